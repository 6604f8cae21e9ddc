//! Tables in files, in the form that their names ask for.

use std::io::Write;
use std::path::{Path, PathBuf};

use gatewise_data::{Dataset, TableForm, TableNames};

use crate::cli_error::CliError;
use crate::run_folder::{Stream, write_atomically};

/// Names that columns of forecasts and of answers have where they are names.
const TEXTS: [&str; 7] = ["unique_id", "channel", "item", "label", "symbol", "series", "kind"];
/// Names of the times of forecasts.
const TIMES: [&str; 3] = ["ds", "cutoff", "time"];

/// What is known of tables of forecasts, answers and features.
pub fn usual() -> TableNames<'static> {
    TableNames { texts: &TEXTS, times: &TIMES, format: None }
}

/// What is known of forecasts from a table.
pub fn forecasts(dataset: &Dataset) -> TableNames<'_> {
    TableNames { format: Some(&dataset.time_format), ..usual() }
}

/// A table that is written bit by bit as CSV. A file of CSV takes it as it comes; any other form, when all of it is there.
#[derive(Debug)]
pub struct TableFile {
    file: Stream,
    path: PathBuf,
    form: TableForm,
    held: Vec<u8>,
}

impl TableFile {
    pub fn create(path: &Path) -> Result<Self, CliError> {
        Ok(Self { form: TableForm::of(path)?, file: Stream::create(path)?, path: path.to_owned(), held: Vec::new() })
    }

    /// Puts the file in its place.
    pub fn finish(mut self, names: &TableNames<'_>) -> Result<(), CliError> {
        if !self.form.is_plain() {
            self.form.write(&self.held, names, &mut self.file).map_err(|e| Stream::failed(&self.path, e))?;
        }
        self.file.finish()
    }
}

impl Write for TableFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.form.is_plain() { self.file.write(bytes) } else { self.held.write(bytes) }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// Writes a table that is there as CSV.
pub fn write_table(path: &Path, csv: &[u8], names: &TableNames<'_>) -> Result<(), CliError> {
    let form = TableForm::of(path)?;
    if form.is_plain() {
        return write_atomically(path, csv);
    }
    let mut bytes = Vec::new();
    form.write(csv, names, &mut bytes).map_err(|e| Stream::failed(path, e))?;
    write_atomically(path, &bytes)
}

#[cfg(test)]
mod tests {
    use gatewise_data::{Columns, Values};

    use super::*;

    #[test]
    fn tables_have_the_form_of_their_name_and_the_types_of_their_columns() {
        let folder = tempfile::tempdir().unwrap();
        let csv = b"unique_id,ds,forecast\n1,2026-05-01,2.5\n2,2026-05-02,3\n";
        let at = |name: &str| folder.path().join(name);
        write_table(&at("plain.csv"), csv, &usual()).unwrap();
        assert_eq!(std::fs::read(at("plain.csv")).unwrap(), csv);
        for name in [
            "a.jsonl",
            "a.jsonl.gz",
            #[cfg(feature = "parquet")]
            "a.parquet",
            #[cfg(feature = "arrow")]
            "a.arrow",
        ] {
            let mut file = TableFile::create(&at(name)).unwrap();
            csv.chunks(7).for_each(|part| file.write_all(part).unwrap());
            file.finish(&usual()).unwrap();
            let columns = Columns::of_file(&at(name)).unwrap().unwrap();
            let found: Vec<&Values> = columns.iter().map(|(_, values)| values).collect();
            assert_eq!(*found[0], Values::Texts(vec!["1".into(), "2".into()]), "{name}");
            assert_eq!(matches!(found[1], Values::Times(_)), !name.contains("json"), "{name}");
            assert_eq!(*found[2], Values::Numbers(vec![2.5, 3.0]), "{name}");
        }
        assert!(TableFile::create(&at("a.parquet.gz")).is_err() && !at("a.parquet.gz").exists());
    }
}
