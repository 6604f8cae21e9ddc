//! Tables written to a temporary folder and read back.

use std::path::PathBuf;

use gatewise_data::{DataError, Dataset, Finding, ReadOptions, inspect_table, read_table};

/// Reads `bytes` as the file `t.csv`; messages start with `t.csv` whatever the folder is.
pub fn read_bytes(bytes: &[u8], options: &ReadOptions) -> Result<Dataset, DataError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, bytes).unwrap();
    read_table(&path, options)
}

pub fn read(text: &str, options: &ReadOptions) -> Result<Dataset, DataError> {
    read_bytes(text.as_bytes(), options)
}

/// Reads a table that must be good.
#[allow(dead_code)] // Each test binary has its own copy of this module.
pub fn good(text: &str, options: &ReadOptions) -> Dataset {
    read(text, options).unwrap_or_else(|error| panic!("{error}\nin {text:?}"))
}

/// Reads a table that must be refused: the message without the folder, and the help.
#[allow(dead_code)]
pub fn refusal(bytes: &[u8], options: &ReadOptions) -> (String, String) {
    match read_bytes(bytes, options) {
        Ok(dataset) => panic!("read without an error: {dataset:?}"),
        Err(error) => {
            let message = error.to_string();
            let start = message.find("t.csv").unwrap_or(0);
            (message[start..].to_owned(), error.help().unwrap_or_default())
        }
    }
}

/// What `inspect_table` finds.
#[allow(dead_code)]
pub fn findings(text: &str, options: &ReadOptions) -> Vec<Finding> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, text).unwrap();
    inspect_table(&path, options).unwrap().1
}

/// A file of that name in a folder that goes with the first value.
#[allow(dead_code)]
pub fn holding(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// Options from `key=value` pairs as the command line has them.
#[allow(dead_code)]
pub fn options(flags: &str) -> ReadOptions {
    let mut options = ReadOptions::default();
    for (key, value) in flags.split_whitespace().filter_map(|flag| flag.split_once('=')) {
        let value = value.to_owned();
        match key {
            "target" => options.target.push(value),
            "covariates" => options.covariates.push(value),
            "time" => options.time = Some(value),
            "id" => options.id = Some(value),
            "freq" => options.freq = Some(value),
            "na" => options.na.push(value),
            "duplicates" => options.duplicates = Some(value.parse().unwrap()),
            "aggregate" => options.aggregate = Some(value.parse().unwrap()),
            "encoding" => options.encoding = Some(value),
            "sheet" => options.sheet = Some(value),
            "decimal" => options.decimal = Some(value.parse().unwrap()),
            "delimiter" => options.delimiter = value.bytes().next(),
            "impute" => options.impute = value.parse().unwrap(),
            _ => panic!("no option {key}"),
        }
    }
    options
}
