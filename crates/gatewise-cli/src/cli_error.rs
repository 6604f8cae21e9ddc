//! Errors that end a command early: a message with its remedy, and the exit status.

use std::borrow::Cow;
use std::fmt;
use std::process::ExitCode;

use gatewise::Kind;
use gatewise::error::TrainError;
use gatewise::task::forecast::ForecastError;
use gatewise_data::{DataError, TextError, write_settings};

/// Exit statuses, as `gatewise --help` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Input, output or an internal fault.
    Io = 1,
    /// Wrong usage.
    Usage = 2,
    /// Bad data.
    Data = 3,
    /// Numbers that are not finite.
    NotFinite = 4,
    /// Anomalies found, with `--fail-on-anomaly`.
    Anomaly = 5,
    /// Ended by a hang-up of the terminal.
    HungUp = 129,
    /// Interrupted by Ctrl-C.
    Interrupted = 130,
    /// Ended by SIGTERM.
    Terminated = 143,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        ExitCode::from(status as u8)
    }
}

/// An error for the user: place, remedy and exit status.
#[derive(Debug)]
pub struct CliError {
    /// Exit status.
    pub status: Status,
    message: String,
    help: Option<String>,
}

impl CliError {
    /// Wrong usage.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { status: Status::Usage, message: flagged(message), help: None }
    }

    /// Bad data.
    pub fn data(message: impl Into<String>) -> Self {
        Self { status: Status::Data, message: flagged(message), help: None }
    }

    /// Input or output.
    pub fn io(message: impl Into<String>) -> Self {
        Self { status: Status::Io, message: flagged(message), help: None }
    }

    /// With another status.
    pub fn status(mut self, status: Status) -> Self {
        self.status = status;
        self
    }

    /// With what to do about it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(flagged(help));
        self
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CliError {}

impl From<Kind> for Status {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Io => Status::Io,
            Kind::Usage => Status::Usage,
            Kind::Data => Status::Data,
            Kind::NotFinite => Status::NotFinite,
        }
    }
}

impl From<gatewise::Error> for CliError {
    fn from(error: gatewise::Error) -> Self {
        Self { status: error.kind().into(), message: flagged(error.to_string()), help: error.remedy().map(flagged) }
    }
}

fn flagged(text: impl Into<String>) -> String {
    let text = text.into();
    as_flags(&text).into_owned()
}

/// A text of a library with its settings as flags.
pub fn as_flags(text: &str) -> Cow<'_, str> {
    write_settings(text, |name| format!("--{name}"))
}

impl From<DataError> for CliError {
    fn from(error: DataError) -> Self {
        gatewise::Error::from(error).into()
    }
}

impl From<TextError> for CliError {
    fn from(error: TextError) -> Self {
        gatewise::Error::from(error).into()
    }
}

impl From<TrainError> for CliError {
    fn from(error: TrainError) -> Self {
        gatewise::Error::from(error).into()
    }
}

impl From<ForecastError> for CliError {
    fn from(error: ForecastError) -> Self {
        gatewise::Error::from(error).into()
    }
}

/// What is left to say of an error that ended a command.
pub struct Diagnostic {
    /// Exit status.
    pub status: Status,
    /// The whole chain in one line.
    pub message: String,
    /// The remedy.
    pub help: Option<String>,
}

impl Diagnostic {
    /// Status and remedy from wherever they stand in the chain; an error without them is an internal fault.
    pub fn of(error: &anyhow::Error) -> Self {
        let failure = error.chain().find_map(|e| e.downcast_ref::<CliError>());
        let library = error.chain().find_map(|e| e.downcast_ref::<gatewise::Error>());
        let status = failure.map(|f| f.status).or_else(|| library.map(|e| e.kind().into()));
        let help = failure.map_or_else(|| library.and_then(|e| e.remedy()).map(flagged), |f| f.help.clone());
        Self { status: status.unwrap_or(Status::Io), message: flagged(format!("{error:#}")), help }
    }
}

/// The known name most like `word`, if one is near enough to be what was meant.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Jaro-Winkler similarity from which a suggestion helps more than it puzzles.
    const NEAR: f64 = 0.75;
    let scored = known.into_iter().map(|name| (strsim::jaro_winkler(word, name), name));
    scored.filter(|(score, _)| *score >= NEAR).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}
