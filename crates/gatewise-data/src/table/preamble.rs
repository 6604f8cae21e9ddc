//! Lines before a table that are told by their first characters: `sep=;` and comments.

use crate::finding::{Finding, FindingKind, Findings};

/// What stands before the table.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Preamble {
    /// Bytes to skip.
    pub bytes: usize,
    /// Line of the file that the rest starts on.
    pub line: u64,
    /// What `sep=` says.
    pub delimiter: Option<u8>,
    /// The first line of the rest is a header, written as a comment.
    pub named: bool,
}

/// Marks that a comment starts with.
const MARKS: [&str; 3] = ["#", "%", "//"];

fn next_line(text: &str) -> (&str, usize) {
    let end = text.find(['\n', '\r']).unwrap_or(text.len());
    let behind = if text[end..].starts_with("\r\n") { end + 2 } else { (end + 1).min(text.len()) };
    (&text[..end], behind)
}

/// Looks at the lines before the table, and says what is left out.
pub(super) fn find(text: &str, findings: &mut Findings) -> Preamble {
    let mut found = Preamble { line: 1, ..Preamble::default() };
    let (line, behind) = next_line(text);
    let bare = line.trim().trim_matches('"');
    if let Some(&[byte]) = bare.strip_prefix("sep=").or_else(|| bare.strip_prefix("SEP=")).map(str::as_bytes)
        && byte.is_ascii()
    {
        found = Preamble { bytes: behind, line: 2, delimiter: Some(byte), named: false };
    }
    let (mut comments, mut last) = (0, None);
    let first_comment = found.line;
    let mut first = "";
    loop {
        let (line, behind) = next_line(&text[found.bytes..]);
        let blank = line.trim().is_empty();
        let Some(mark) =
            MARKS.iter().find(|mark| line.starts_with(*mark)).filter(|mark| !line[mark.len()..].starts_with([',', ';', '\t', '|']))
        else {
            if blank && behind > 0 && comments > 0 {
                found.bytes += behind;
                found.line += 1;
                continue;
            }
            break;
        };
        if comments == 0 {
            first = line;
        }
        comments += 1;
        last = Some((found.bytes + mark.len(), found.line));
        found.bytes += behind;
        found.line += 1;
    }
    let Some((last, line)) = last else { return found };
    // `# date,sales` over rows of as many fields is the header.
    let fields = |line: &str| [',', ';', '\t', '|'].map(|mark| line.matches(mark).count());
    let (own, next) = (fields(next_line(&text[last..]).0), fields(next_line(&text[found.bytes..]).0));
    if own == next && own.iter().any(|count| *count > 0) && !text[found.bytes..].trim().is_empty() {
        let header = next_line(&text[last..]).0;
        let next = next_line(&text[found.bytes..]).0;
        let has_digits = |line: &str| line.bytes().filter(u8::is_ascii_digit).count();
        if has_digits(next) > has_digits(header) {
            comments -= 1;
            let space = header.len() - header.trim_start_matches(' ').len();
            found = Preamble { bytes: last + space, line, named: true, ..found };
        }
    }
    if comments > 0 {
        let lines = if comments == 1 { "line" } else { "lines" };
        let words: String = first.chars().take(40).collect();
        let message = format!("{comments} {lines} of comment above the table left out: \"{words}\"");
        findings.push(Finding::note(FindingKind::AboveTable, message).line(first_comment));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_before_the_table() {
        for (text, rest, line, delimiter, named) in [
            ("a,b\n1,2\n", "a,b\n1,2\n", 1, None, false),
            ("sep=;\r\na;b\r\n", "a;b\r\n", 2, Some(b';'), false),
            ("# x\n# unit: kWh\n\na,b\n1,2\n", "a,b\n1,2\n", 4, None, false),
            ("# made by a tool\n# date,b\n2020,2\n", "date,b\n2020,2\n", 2, None, true),
            ("#,a\n1,5\n", "#,a\n1,5\n", 1, None, false),
        ] {
            let found = find(text, &mut Findings::default());
            assert_eq!((&text[found.bytes..], found.line, found.delimiter, found.named), (rest, line, delimiter, named), "{text:?}");
        }
    }
}
