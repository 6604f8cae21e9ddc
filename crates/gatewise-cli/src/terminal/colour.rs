//! Colours of what is said: when, and which.

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{IsTerminal, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};

/// First words of a line, and how they look.
const WORDS: [(&str, Style); 4] = [
    ("error:", AnsiColor::Red.on_default().bold()),
    ("warning:", AnsiColor::Yellow.on_default()),
    ("note:", AnsiColor::Cyan.on_default()),
    ("help:", AnsiColor::Green.on_default()),
];

/// Headings of tables.
const HEADING: Style = Style::new().bold();

/// Whether a stream takes colours, by the variables of its environment (no-color.org, bixense.com/clicolors), as clap decides for its own messages.
pub fn is_wanted(variable: impl Fn(&str) -> Option<OsString>, is_terminal: bool) -> bool {
    if variable("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        return false;
    }
    if variable("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
        return true;
    }
    let asked = variable("CLICOLOR").map(|value| value != "0");
    let knows = || match variable("TERM") {
        Some(term) => term != "dumb",
        None => cfg!(windows),
    };
    is_terminal && asked != Some(false) && (asked == Some(true) || knows())
}

/// A text whose lines begin in colour where they warn.
fn painted(text: &str) -> Cow<'_, str> {
    let begins = |line: &str| {
        let word = line.trim_start();
        WORDS.iter().find(|(name, _)| word.starts_with(name)).map(|&(name, style)| (line.len() - word.len(), name, style))
    };
    if !text.lines().any(|line| begins(line).is_some()) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 32);
    for line in text.split_inclusive('\n') {
        match begins(line) {
            Some((at, name, style)) => out += &format!("{}{style}{name}{style:#}{}", &line[..at], &line[at + name.len()..]),
            None => out += line,
        }
    }
    out.into()
}

/// The heading of a table.
pub fn heading(text: &str) -> String {
    format!("{HEADING}{text}{HEADING:#}")
}

/// Whether standard output takes colours.
pub fn on_out() -> bool {
    is_wanted(|name| std::env::var_os(name), std::io::stdout().is_terminal())
}

/// Writes what is said to standard error.
pub fn say(text: &str) -> std::io::Result<()> {
    let err = std::io::stderr();
    match is_wanted(|name| std::env::var_os(name), err.is_terminal()) {
        true => AutoStream::always(err).write_all(painted(text).as_bytes()),
        false => err.lock().write_all(text.as_bytes()),
    }
}

/// Writes what is said to standard output.
pub fn say_out(text: &str) -> std::io::Result<()> {
    let out = std::io::stdout();
    match on_out() {
        true => AutoStream::always(out).write_all(painted(text).as_bytes()),
        false => out.lock().write_all(text.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides_about_colours() {
        type Case<'a> = (&'a [(&'a str, &'a str)], bool, bool);
        let cases: [Case<'_>; 12] = [
            (&[("TERM", "xterm")], true, true),
            (&[("TERM", "xterm")], false, false),
            (&[], true, cfg!(windows)),
            (&[("TERM", "dumb")], true, false),
            (&[("TERM", "dumb"), ("CLICOLOR", "1")], true, true),
            (&[("TERM", "xterm"), ("CLICOLOR", "0")], true, false),
            (&[("TERM", "xterm"), ("NO_COLOR", "1")], true, false),
            (&[("TERM", "xterm"), ("NO_COLOR", "")], true, true),
            (&[("CLICOLOR_FORCE", "1")], false, true),
            (&[("CLICOLOR_FORCE", "0")], false, false),
            (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], true, false),
            (&[("CLICOLOR_FORCE", "1"), ("CLICOLOR", "0"), ("TERM", "dumb")], false, true),
        ];
        for (variables, is_terminal, expected) in cases {
            let variable = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| value.into());
            assert_eq!(is_wanted(variable, is_terminal), expected, "{variables:?} {is_terminal}");
        }
    }

    #[test]
    fn a_word_at_the_start_of_a_line_is_painted_and_nothing_else() {
        assert_eq!(painted("plain, no error: here\n"), "plain, no error: here\n");
        let text = "a\n  note: b error: c\nwarnings: d\nhelp: e";
        assert_eq!(painted(text), "a\n  \u{1b}[36mnote:\u{1b}[0m b error: c\nwarnings: d\n\u{1b}[32mhelp:\u{1b}[0m e");
        assert_eq!(painted("error: x\n"), "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m x\n");
    }
}
