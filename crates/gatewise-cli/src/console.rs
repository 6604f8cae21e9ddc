//! The console: data and events on standard output, lines for people on standard error.

use std::borrow::Cow;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use gatewise_data::{Choice, Finding};
use serde_json::{Value, json};

use crate::args::ConsoleArgs;
use crate::cli_error::{Diagnostic, as_flags};

/// Findings of one reading that are said before "and so many more".
const SAID_FINDINGS: usize = 8;

/// Whether an event could not be written.
static LOST: AtomicBool = AtomicBool::new(false);

/// Whether standard output could not take an event, as on a full disk.
pub fn lost_events() -> bool {
    LOST.load(Ordering::Relaxed)
}

/// How much is said, and where.
#[derive(Debug, Clone, Copy)]
pub struct Console {
    quiet: bool,
    json: bool,
}

/// What hears of a row of a table as an event.
pub type OnRow = Box<dyn FnMut(&Value)>;

impl Console {
    pub fn new(args: ConsoleArgs) -> Self {
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
    pub fn is_verbose(&self) -> bool {
        !self.quiet && !self.json
    }

    /// Whether a progress bar makes sense.
    pub fn bar(&self) -> bool {
        self.is_verbose() && std::io::stderr().is_terminal()
    }

    /// A line for people.
    pub fn info(&self, text: impl AsRef<str>) {
        if self.is_verbose() {
            // Nobody is left to tell when standard error is gone.
            let _ = writeln!(std::io::stderr(), "{}", visible(&as_flags(text.as_ref())));
        }
    }

    /// Writes to standard output; a reader that has gone away, as `head` does, is no fault.
    pub fn print(&self, text: &str) -> anyhow::Result<()> {
        let mut out = std::io::stdout();
        // A file or a program gets every byte, a terminal none that it would obey.
        let text = if out.is_terminal() { visible(text) } else { text.into() };
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(e.into()),
            _ => Ok(()),
        }
    }

    /// One event of `--json`.
    pub fn event(&self, event: &Value) {
        if self.json {
            // The work goes on, and its end tells.
            if self.print(&as_flags(&format!("{event}\n"))).is_err() {
                LOST.store(true, Ordering::Relaxed);
            }
        }
    }

    /// What hears of the rows of a table, where standard output carries events.
    pub fn on_row(self) -> Option<OnRow> {
        self.json.then(|| Box::new(move |event: &Value| self.event(event)) as _)
    }

    /// What reading the table found.
    pub fn findings(&self, path: &str, findings: &[Finding]) {
        for finding in findings {
            self.event(&json!({"event": "finding", "path": path, "finding": finding}));
        }
        for finding in findings.iter().take(SAID_FINDINGS) {
            self.info(gatewise_report::data::finding(path, finding));
        }
        if findings.len() > SAID_FINDINGS {
            self.info(format!("note: {} more; `gatewise check {path}` lists them", findings.len() - SAID_FINDINGS));
        }
    }

    /// What was guessed, with the flag that overrides it.
    pub fn guesses(&self, guesses: &[Choice]) {
        for guess in guesses {
            self.event(&json!({"event": "guess", "what": guess.what, "value": guess.value, "flag": guess.flag}));
        }
        /// Characters of a value: a table may have names without end.
        const SHOWN: usize = 100;
        let width = |texts: &dyn Fn(&Choice) -> usize| guesses.iter().map(texts).max().unwrap_or(0);
        let (what, value) = (width(&|g| g.what.chars().count()), width(&|g| brief(&g.value, SHOWN).chars().count()));
        for g in guesses {
            self.info(format!("  {:what$}  {:value$}  {}", g.what, brief(&g.value, SHOWN), as_flags(&g.flag)));
        }
    }

    /// Why the command ends early.
    pub fn failed(&self, diagnostic: &Diagnostic) {
        let Diagnostic { status, message, help } = diagnostic;
        self.event(&json!({"event": "error", "status": *status as u8, "message": message, "help": help}));
        let mut text = format!("error: {message}\n");
        for line in help.iter().flat_map(|h| h.lines()) {
            text += &format!("help: {line}\n");
        }
        // As in `say`.
        let _ = std::io::stderr().write_all(visible(&text).as_bytes());
    }
}

/// Text with control characters written out, and those that turn the direction of writing: names of columns, labels and paths are others' words, and a
/// terminal would obey them.
pub fn visible(text: &str) -> Cow<'_, str> {
    let obeyed = |c: char| c.is_control() && !matches!(c, '\n' | '\t') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if !text.contains(obeyed) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if obeyed(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    Cow::Owned(out)
}

/// A path in an event, which is text: what is none is shown as well as it can be.
pub fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The first characters of a text, at most `most` of them and a mark that there are more.
pub fn brief(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::{brief, visible};

    #[test]
    fn a_long_text_is_shown_by_its_start() {
        assert_eq!((&*brief("가나다", 3), &*brief("가나다라", 3), &*brief("", 0)), ("가나다", "가나다…", ""));
    }

    #[test]
    fn a_terminal_is_told_nothing_it_would_obey() {
        assert_eq!(visible("plain\ttext, 한국어\n"), "plain\ttext, 한국어\n");
        assert_eq!(visible("a\u{1b}[2Jb\u{7}\u{9b}c\r\u{202e}d"), "a\\u{1b}[2Jb\\u{7}\\u{9b}c\\r\\u{202e}d");
    }
}
