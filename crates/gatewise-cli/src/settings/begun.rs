//! What a run began with, beside its `config.toml`: so that it goes on from any folder, over the same data and under the same settings.

use std::path::{Path, PathBuf};

use gatewise_data::Fingerprint;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::os_path::OsPath;
use super::{CONFIG_FILE, RunMetadata};
use crate::cli_error::CliError;
use crate::run_folder::RunFolder;

/// Its file in a run folder.
pub const BEGUN_FILE: &str = "begun.toml";

const ABOUT: &str = "# What the run began with. A run that is resumed is held against it; it is not for editing.\n\n";

/// Settings that may be others when a run goes on: they change no number.
const FREE: [&str; 4] = ["threads", "checkpoint_every", "watch_gradients", "memory_limit"];

/// What a run began with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Begun {
    /// The folder that relative paths start from.
    folder: OsPath,
    data: OsPath,
    from: Option<OsPath>,
    /// Where the result goes, beside the run folder.
    output: Option<OsPath>,
    /// Flags that are no settings.
    #[serde(default)]
    flags: Vec<String>,
    /// What was read, as far as it can be read again.
    #[serde(default)]
    input: Vec<Input>,
    /// The whole `config.toml`.
    config: Table,
}

/// A file or folder that the run reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Input {
    path: OsPath,
    #[serde(flatten)]
    fingerprint: Fingerprint,
}

impl Begun {
    /// Of a run that begins now, in this folder, and reads the data and `others`.
    pub fn now(origin: &RunMetadata, config: Table, others: &[&Path]) -> Result<Self, CliError> {
        let mut input = Vec::new();
        for path in std::iter::once(origin.data.as_path()).chain(others.iter().copied()) {
            if let Some(fingerprint) = fingerprint(path)? {
                input.push(Input { path: path.into(), fingerprint });
            }
        }
        let folder = std::env::current_dir().map_err(|e| CliError::io(format!("the current folder: {e}")))?;
        let path = |path: &Option<PathBuf>| path.as_deref().map(OsPath::from);
        Ok(Self {
            folder: folder.as_path().into(),
            data: origin.data.as_path().into(),
            from: path(&origin.from),
            output: path(&origin.output),
            flags: origin.flags.clone(),
            input,
            config,
        })
    }

    /// The file's text.
    pub fn text(&self) -> anyhow::Result<String> {
        Ok(format!("{ABOUT}{}", toml::to_string(self)?))
    }

    /// What a run folder says; nothing of runs of earlier versions.
    pub fn read(folder: &RunFolder) -> Result<Option<Self>, CliError> {
        let path = folder.file(BEGUN_FILE);
        if !path.exists() {
            return Ok(None);
        }
        let damaged = |e: &dyn std::fmt::Display| {
            CliError::data(format!("{}: {e}", path.display())).help("put the file back as the run wrote it, or begin a new run")
        };
        let text = std::fs::read_to_string(&path).map_err(|e| damaged(&e))?;
        toml::from_str(&text).map(Some).map_err(|e| damaged(&e.message()))
    }

    /// Goes to the folder that the run began in, where there still is one: its paths are relative to it.
    pub fn go_there(&self, folder: &mut RunFolder) -> Result<(), CliError> {
        let there: &Path = self.folder.as_ref();
        if std::env::current_dir().is_ok_and(|here| here == there) || !there.is_dir() {
            return Ok(());
        }
        folder.make_absolute()?;

        std::env::set_current_dir(there).map_err(|e| CliError::io(format!("{}: {e}", there.display())))
    }

    /// Where the run comes from: as `config.toml` says, and exactly where that cannot.
    pub fn origin(&self, config: RunMetadata) -> RunMetadata {
        let exact =
            |path: &Path, own: &OsPath| if path.to_string_lossy() == own.as_ref().to_string_lossy() { own.into() } else { path.into() };
        RunMetadata {
            data: exact(&config.data, &self.data),
            from: config.from.as_deref().map(|from| self.from.as_ref().map_or(from.into(), |own| exact(from, own))),
            output: self.output.as_ref().map(PathBuf::from),
            flags: self.flags.clone(),
            ..config
        }
    }

    /// Refuses a `config.toml` that was edited under a training: what has been learned was learned under the settings before.
    pub fn refuse_edited(&self, config: &Table, run: &Path) -> Result<(), CliError> {
        let free = |key: &str| FREE.contains(&key) || key == super::metadata::VERSION || key == super::metadata::DATA;
        let keys = self.config.keys().chain(config.keys().filter(|key| !self.config.contains_key(*key)));
        let shown = |value: Option<&Value>| value.map_or("not there".to_owned(), Value::to_string);
        let changed = keys.filter(|key| !free(key) && self.config.get(*key) != config.get(*key));
        let changed: Vec<String> =
            changed.map(|key| format!("{key} is {} and was {}", shown(config.get(key)), shown(self.config.get(key)))).collect();
        if changed.is_empty() {
            return Ok(());
        }
        let config = run.join(CONFIG_FILE);
        Err(CliError::usage(format!("{}: edited since the training began: {}", config.display(), changed.join("; "))).help(format!(
            "a training goes on with the settings it began with: put {} back; or begin a new one: gatewise {} DATA --config {}",
            if changed.len() == 1 { "it" } else { "them" },
            self.command().unwrap_or("train ..."),
            config.display()
        )))
    }

    /// Refuses data that are others than those at the start.
    pub fn refuse_other_data(&self, origin: &RunMetadata, run: &Path) -> Result<(), CliError> {
        for Input { path, fingerprint: before } in &self.input {
            let path = if *path == self.data { origin.data.as_path() } else { path.as_ref() };
            let now = fingerprint(path)?;
            let what = match &now {
                Some(now) if now == before => continue,
                Some(now) if (now.files, now.bytes) == (before.files, before.bytes) => "as many bytes as before, but others".to_owned(),
                Some(now) => format!("{}, and had {}", size(now), size(before)),
                None => "no regular file".to_owned(),
            };
            let own = run.join(crate::model::MODEL_FILE);
            let weights =
                if own.exists() { format!("--from {}", run.display()) } else { format!("--config {}", run.join(CONFIG_FILE).display()) };
            // The user may have typed the command in another folder.
            let path = if run.is_absolute() { std::path::absolute(path).unwrap_or(path.to_owned()) } else { path.to_owned() };
            return Err(CliError::data(format!("{}: changed since the run began: it has {what}", path.display())).help(format!(
                "put it back as it was, or begin a new run on the new data: gatewise {} {} {weights}",
                self.command().unwrap_or("train ..."),
                path.display()
            )));
        }
        Ok(())
    }

    fn command(&self) -> Option<&str> {
        let command = self.config.get(super::metadata::COMMAND)?.as_str()?;
        Some(if command == "forecast" { "train forecast" } else { command })
    }
}

fn size(fingerprint: &Fingerprint) -> String {
    match fingerprint.files {
        1 => format!("{} bytes", fingerprint.bytes),
        files => format!("{} bytes in {files} files", fingerprint.bytes),
    }
}

/// Run folders that lie among the data are none of them.
fn fingerprint(path: &Path) -> Result<Option<Fingerprint>, CliError> {
    Fingerprint::of(path, BEGUN_FILE).map_err(|e| CliError::io(format!("{}: {e}", path.display())))
}
