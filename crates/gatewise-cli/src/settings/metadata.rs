//! Where a run came from: the keys of `config.toml` that are no settings.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::cli_error::CliError;

/// The command that began a run, and what it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunMetadata {
    /// The command's name, as "train forecast".
    pub command: String,
    pub data: PathBuf,
    /// The model whose weights training began with.
    pub from: Option<PathBuf>,
    /// Where its result goes, beside the run folder; it stands in no `config.toml`.
    pub output: Option<PathBuf>,
    /// Flags of the command that are no settings, such as --online; they stand in no `config.toml` either.
    pub flags: Vec<String>,
}

pub const COMMAND: &str = "command";
pub const DATA: &str = "data";
const FROM: &str = "from";
pub const VERSION: &str = "version";

impl RunMetadata {
    /// As a table of `config.toml`, with the version that wrote it.
    pub fn table(&self) -> Table {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let entries = [
            (COMMAND, Some(self.command.clone())),
            (DATA, Some(text(&self.data))),
            (FROM, self.from.as_deref().map(text)),
            (VERSION, Some(env!("CARGO_PKG_VERSION").to_owned())),
        ];
        entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), Value::from(value?)))).collect()
    }

    /// Out of the table of a run's `config.toml`, which is at `place`.
    pub fn of(table: &Table, place: &Path) -> Result<Self, CliError> {
        let text = |key: &str| table.get(key).and_then(Value::as_str);
        let missing = |key: &str| {
            CliError::data(format!("{}: this is no run, for it has no \"{key}\"", place.display()))
                .help("name a folder that a training left, or train anew")
        };
        Ok(Self {
            command: text(COMMAND).ok_or_else(|| missing(COMMAND))?.to_owned(),
            data: text(DATA).map(PathBuf::from).ok_or_else(|| missing(DATA))?,
            from: text(FROM).map(PathBuf::from),
            output: None,
            flags: Vec::new(),
        })
    }

    /// Refuses a run of another command than `commands`.
    pub fn expect(&self, commands: &[&str], run: &Path) -> Result<(), CliError> {
        if commands.contains(&self.command.as_str()) {
            return Ok(());
        }
        let failure = CliError::usage(format!("{} is a run of \"{}\"", run.display(), self.command));
        Err(match self.command.as_str() {
            "detect" => failure.help(format!("gatewise train detect --resume {}", run.display())),
            "forecast" => failure.help(format!("gatewise train forecast --resume {}", run.display())),
            command => failure.help(format!("gatewise {command} --resume {}", run.display())),
        })
    }
}

/// Splits a `config.toml` into where it came from and its settings.
pub fn split(table: Table) -> (Table, Table) {
    table.into_iter().partition(|(key, _)| [COMMAND, DATA, FROM, VERSION].contains(&key.as_str()))
}
