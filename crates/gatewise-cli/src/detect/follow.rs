//! Where rows come from: a file, a growing file, standard input once or to be read twice.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use gatewise::Kind;
use gatewise_data::{Growing, RowOptions, RowReader, count_lines};
use serde_json::json;

use crate::cli_error::CliError;
use crate::console::Console;
use crate::job::interrupt;

/// A source that can be opened, and again where it is read twice.
pub struct Source {
    path: PathBuf,
    follow: bool,
    console: Console,
    /// Standard input, kept where it is read twice.
    kept: Option<Vec<u8>>,
}

impl Source {
    pub fn new(path: &Path, follow: bool, twice: bool, console: Console) -> Result<Self, CliError> {
        let kept = if path.as_os_str() == "-" && twice && !follow {
            let mut bytes = Vec::new();
            std::io::stdin().lock().read_to_end(&mut bytes).map_err(|e| CliError::io(format!("<stdin>: {e}")))?;
            Some(bytes)
        } else {
            None
        };
        Ok(Self { path: path.to_path_buf(), follow, console, kept })
    }

    pub fn open(&mut self, options: &RowOptions) -> Result<RowReader, CliError> {
        let options = &RowOptions { live: self.follow, ..options.clone() };
        if let Some(kept) = &self.kept {
            return Ok(RowReader::new("<stdin>".to_owned(), Box::new(Cursor::new(kept.clone())), options)?);
        }
        if self.follow && self.path.as_os_str() != "-" {
            let console = self.console;
            let tell = move |what: &str| {
                console.event(&json!({"event": "note", "message": what}));
                console.info(format!("note: {what}"));
            };
            let file = Growing::open(&self.path, Box::new(interrupt::asked), Box::new(tell))
                .map_err(|e| CliError::io(format!("{}: {e}", self.path.display())).help("check the path; \"-\" reads standard input"))?;
            return Ok(RowReader::new(format!("<{}>", self.path.display()), Box::new(file), options)?);
        }
        Ok(RowReader::open(&self.path, options)?)
    }

    /// Lines of the source, to make a share of an expected count; `None` where they cannot be known.
    pub fn lines(&self) -> Result<Option<u64>, gatewise::Error> {
        if let Some(kept) = &self.kept {
            return Ok(Some(count_lines("<stdin>", kept.clone())?));
        }
        if self.follow || self.path.as_os_str() == "-" {
            return Ok(None);
        }
        let bytes = std::fs::read(&self.path).map_err(|e| gatewise::Error::new(Kind::Io, format!("{}: {e}", self.path.display())))?;
        Ok(Some(count_lines(&self.path.display().to_string(), bytes)?))
    }
}
