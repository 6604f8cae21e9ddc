//! The console: data and events on standard output, lines for people on standard error.

use std::borrow::Cow;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use gatewise_data::{Choice, Finding};
use serde_json::{Value, json};

use crate::args::{ConsoleArgs, TableForm};
use crate::cli_error::{Diagnostic, as_flags};
use crate::terminal::table::{TableWriter, unless_left};
use crate::terminal::{colour, line_width, padded, width_of};

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
    form: Option<TableForm>,
}

/// What hears of a row of a table as an event.
pub type OnRow = Box<dyn FnMut(&Value)>;

impl Console {
    pub fn new(args: ConsoleArgs) -> Self {
        Self { quiet: args.quiet, json: args.json, form: args.format }
    }

    /// With standard output left to one result; people are told as much as before.
    pub fn without_events(self) -> Self {
        Self { quiet: self.quiet || self.json, json: false, ..self }
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
        self.is_verbose() && line_width().is_some()
    }

    /// A line for people.
    pub fn info(&self, text: impl AsRef<str>) {
        if self.is_verbose() {
            // Nobody is left to tell when standard error is gone.
            let _ = colour::say(&visible(&format!("{}\n", as_flags(text.as_ref()))));
        }
    }

    /// Writes to standard output; a reader that has gone away, as `head` does, is no fault.
    pub fn print(&self, text: &str) -> anyhow::Result<()> {
        self.write(text, |text| {
            let mut out = std::io::stdout();
            out.write_all(text.as_bytes()).and_then(|()| out.flush())
        })
    }

    /// As [`print`](Self::print), with lines that warn in colour where it takes colours.
    pub fn print_findings(&self, text: &str) -> anyhow::Result<()> {
        self.write(text, colour::say_out)
    }

    fn write(&self, text: &str, write: impl FnOnce(&str) -> std::io::Result<()>) -> anyhow::Result<()> {
        // A file or a program gets every byte, a terminal none that it would obey.
        let text = if std::io::stdout().is_terminal() { visible(text) } else { text.into() };
        Ok(unless_left(write(&text))?)
    }

    /// A table on standard output that is shown when all of it has come.
    pub fn table(&self) -> TableWriter {
        if self.aligns() { TableWriter::aligned() } else { TableWriter::csv(std::io::stdout().is_terminal()) }
    }

    /// A table on standard output whose rows are shown as they come.
    pub fn live_table(&self) -> TableWriter {
        if self.aligns() { TableWriter::live() } else { TableWriter::csv(std::io::stdout().is_terminal()) }
    }

    /// Prints a table that is held whole as CSV.
    pub fn print_table(&self, csv: &[u8]) -> anyhow::Result<()> {
        let mut table = self.table();
        Ok(unless_left(table.write_all(csv).and_then(|()| table.finish()))?)
    }

    /// Whether tables are aligned for people.
    pub fn aligns(&self) -> bool {
        self.form.map_or_else(|| std::io::stdout().is_terminal(), |form| form == TableForm::Table)
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
        let (what, value) = (width(&|g| width_of(&g.what)), width(&|g| width_of(&brief(&g.value, SHOWN))));
        for g in guesses {
            let value = padded(&brief(&g.value, SHOWN), value, false);
            self.info(format!("  {}  {value}  {}", padded(&g.what, what, false), as_flags(&g.flag)));
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
        // As in `info`.
        let _ = colour::say(&visible(&text));
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
