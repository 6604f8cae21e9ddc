//! What the program says: data and events on standard output, talk on standard error.

use std::io::{IsTerminal, Write};

use gatewise_data::{Finding, Guess, Severity};
use serde_json::{Value, json};

use crate::args::TalkArgs;
use crate::failure::Obituary;

/// Findings of one reading that are said before "and so many more".
const SAID_FINDINGS: usize = 8;

/// How much is said, and where.
#[derive(Debug, Clone, Copy)]
pub struct Talk {
    quiet: bool,
    json: bool,
}

impl Talk {
    pub fn new(args: TalkArgs) -> Self {
        Self { quiet: args.quiet, json: args.json }
    }

    /// With standard output left to one result; people are told as much as before.
    pub fn without_events(self) -> Self {
        Self { quiet: self.quiet || self.json, json: false }
    }

    /// Whether standard output carries events.
    pub fn json(&self) -> bool {
        self.json
    }

    /// Whether people read along.
    pub fn aloud(&self) -> bool {
        !self.quiet && !self.json
    }

    /// Whether a progress bar makes sense.
    pub fn bar(&self) -> bool {
        self.aloud() && std::io::stderr().is_terminal()
    }

    /// A line for people.
    pub fn say(&self, text: impl AsRef<str>) {
        if self.aloud() {
            // Nobody is left to tell when standard error is gone.
            let _ = writeln!(std::io::stderr(), "{}", text.as_ref());
        }
    }

    /// Writes to standard output; a reader that has gone away, as `head` does, is no fault.
    pub fn print(&self, text: &str) -> anyhow::Result<()> {
        match std::io::stdout().write_all(text.as_bytes()).and_then(|()| std::io::stdout().flush()) {
            Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(e.into()),
            _ => Ok(()),
        }
    }

    /// One event of `--json`.
    pub fn event(&self, event: &Value) {
        if self.json {
            // As above: a closed pipe ends the reading, not the work.
            let _ = self.print(&format!("{event}\n"));
        }
    }

    /// What reading the table found.
    pub fn findings(&self, path: &str, findings: &[Finding]) {
        for finding in findings {
            self.event(&json!({"event": "finding", "path": path, "finding": finding}));
        }
        for finding in findings.iter().take(SAID_FINDINGS) {
            self.say(describe(path, finding));
        }
        if findings.len() > SAID_FINDINGS {
            self.say(format!("note: {} more; `gatewise check {path}` lists them", findings.len() - SAID_FINDINGS));
        }
    }

    /// What was guessed, with the flag that overrides it.
    pub fn guesses(&self, guesses: &[Guess]) {
        for guess in guesses {
            self.event(&json!({"event": "guess", "what": guess.what, "value": guess.value, "flag": guess.flag}));
        }
        let width = |text: &dyn Fn(&Guess) -> &String| guesses.iter().map(|g| text(g).chars().count()).max().unwrap_or(0);
        let (what, value) = (width(&|g| &g.what), width(&|g| &g.value));
        for g in guesses {
            self.say(format!("  {:what$}  {:value$}  {}", g.what, g.value, g.flag));
        }
    }

    /// Why the command ends early.
    pub fn failed(&self, obituary: &Obituary) {
        let Obituary { status, message, help } = obituary;
        self.event(&json!({"event": "error", "status": *status as u8, "message": message, "help": help}));
        let mut text = format!("error: {message}\n");
        for line in help.iter().flat_map(|h| h.lines()) {
            text += &format!("help: {line}\n");
        }
        // As in `say`.
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
}

/// A finding as a line: severity, place, what, and the cure.
pub fn describe(path: &str, finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let help = finding.help.as_ref().map(|h| format!(" ({h})")).unwrap_or_default();
    format!("{severity}: {}{help}", finding.describe(path))
}
