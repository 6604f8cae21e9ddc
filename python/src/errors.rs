//! Errors of the library as exceptions, with the names of settings as Python writes them.

use gatewise::Kind;
use gatewise::data::write_settings;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// Where the classes are defined.
const MODULE: &str = "gatewise.errors";

/// What stands around the name of a setting until what follows it is looked at.
const MARKS: [char; 2] = ['\u{e000}', '\u{e001}'];

/// Words that stand for a number, a file or a name of the user's.
const PLACEHOLDERS: [&str; 8] = ["N", "FILE", "TEXT", "TIME", "ROW", "COLUMN", "SIZE", "WAY"];

/// Words of a sentence that follow the name of a setting without being its value.
const PROSE: [&str; 41] = [
    "a", "an", "and", "as", "beside", "cannot", "changes", "does", "for", "given", "gives", "has", "here", "if", "in", "is", "it", "keeps",
    "learns", "means", "name", "names", "needs", "of", "on", "or", "out", "reads", "refuses", "rounds", "says", "sets", "takes", "that",
    "the", "to", "too", "was", "watches", "with", "wrote",
];

/// What the library says of the command line, and what Python has in its place.
const COMMANDS: [(&str, &str); 6] = [
    ("`gatewise train classify`", "Classifier"),
    ("`gatewise train regress`", "Regressor"),
    ("`gatewise train language`", "LanguageModel"),
    ("`gatewise generate save_state`", "generate(save_state=FILE)"),
    ("; \"-\" reads standard input", ""),
    ("; the weights before that step are in the run folder", ""),
];

/// A text of the library with its settings as keyword arguments: `impute="linear"`.
pub fn in_python(text: &str) -> String {
    COMMANDS.iter().fold(written(text, "\""), |text, (command, python)| text.replace(command, python))
}

/// As [`in_python`], within a page.
pub fn in_page(text: &str) -> String {
    written(text, "&quot;")
}

/// A setting as a keyword argument.
fn keyword(name: &str) -> String {
    // A word of Python's own is no name of an argument.
    if name == "from" { "base".to_owned() } else { name.replace('-', "_") }
}

fn written(text: &str, quote: &str) -> String {
    let marked = write_settings(text, |name| format!("{}{}{}", MARKS[0], keyword(name), MARKS[1]));
    let mut pieces = marked.split(MARKS[0]);
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let Some((name, behind)) = piece.split_once(MARKS[1]) else {
            out += piece;
            continue;
        };
        out += name;
        let (value, behind) = value(behind);
        match value {
            Some(Value::Bare(word)) => out += &format!("={word}"),
            Some(Value::Quoted(word)) => out += &format!("={quote}{word}{quote}"),
            None => {}
        }
        out += behind;
    }
    out
}

/// What a setting is set to in a sentence.
enum Value<'a> {
    Bare(&'a str),
    Quoted(&'a str),
}

/// The value at the start of a text, and what is behind it.
fn value(text: &str) -> (Option<Value<'_>>, &str) {
    let Some(start) = text.strip_prefix([' ', '=']) else { return (None, text) };
    for mark in ['"', '\''] {
        if let Some((word, behind)) = start.strip_prefix(mark).and_then(|inner| inner.split_once(mark)) {
            return (Some(Value::Quoted(word)), behind);
        }
    }
    let token = start.split(|c: char| c.is_whitespace() || c == '<').next().unwrap_or_default();
    let word = token.trim_end_matches([',', ';', ':', '.', ')', '?', '…']);
    let behind = &start[word.len()..];
    match word {
        _ if word.is_empty() || word.contains(MARKS) || PROSE.contains(&word) || !word.starts_with(|c: char| c.is_alphanumeric()) => {
            (None, text)
        }
        "true" => (Some(Value::Bare("True")), behind),
        "false" => (Some(Value::Bare("False")), behind),
        _ if PLACEHOLDERS.contains(&word) || word.parse::<f64>().is_ok() => (Some(Value::Bare(word)), behind),
        _ => (Some(Value::Quoted(word)), behind),
    }
}

/// The first setting that a text names within marks.
fn setting(text: &str) -> Option<String> {
    let mut first = None;
    write_settings(text, |name| {
        first.get_or_insert_with(|| keyword(name));
        String::new()
    });
    first
}

/// The setting that a text begins with, as "horizon is 0" and "`threads` is 0" do.
fn subject(text: &str) -> Option<String> {
    let word = text.trim_start_matches('`').split([' ', '`']).next()?;
    crate::settings::is_setting(word).then(|| word.to_owned())
}

/// The class of a kind, and its word.
fn class(py: Python<'_>, kind: Kind) -> PyResult<(Bound<'_, PyType>, &'static str)> {
    static CLASSES: [PyOnceLock<Py<PyType>>; 4] = [const { PyOnceLock::new() }; 4];
    let (at, name, word) = match kind {
        Kind::Io => (0, "FileError", "io"),
        Kind::Usage => (1, "SettingError", "usage"),
        Kind::Data => (2, "DataError", "data"),
        Kind::NotFinite => (3, "NotFiniteError", "not_finite"),
    };
    Ok((CLASSES[at].import(py, MODULE, name)?.clone(), word))
}

/// An exception of a kind. The texts name settings within marks.
fn made(py: Python<'_>, kind: Kind, message: &str, remedy: Option<&str>, named: Option<String>) -> PyResult<PyErr> {
    let (class, word) = class(py, kind)?;
    let exception = class.call1((in_python(message),))?;
    exception.setattr("kind", word)?;
    let marked = || setting(message).or_else(|| remedy.and_then(setting));
    let begun = || if kind == Kind::Usage { subject(message) } else { None };
    exception.setattr("setting", named.or_else(begun).or_else(marked))?;
    exception.setattr("remedy", remedy.map(in_python))?;
    Ok(PyErr::from_value(exception))
}

/// The exception of an error.
pub fn raised(error: impl Into<gatewise::Error>) -> PyErr {
    let error = error.into();
    if crate::attend::is_left() {
        return PyRuntimeError::new_err(error.to_string());
    }
    Python::attach(|py| made(py, error.kind(), &error.to_string(), error.remedy(), None).unwrap_or_else(|failure| failure))
}

/// The exception of a setting that is none, or is set to what it cannot be.
pub fn refused(setting: &str, message: &str, remedy: Option<&str>) -> PyErr {
    Python::attach(|py| made(py, Kind::Usage, message, remedy, Some(setting.to_owned())).unwrap_or_else(|failure| failure))
}
