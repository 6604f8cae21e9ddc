//! Where the fields of a text lie: quotes, delimiters and line ends.

use std::collections::HashMap;

use memchr::{memchr, memchr3};

/// Ends of fields; four bytes each where the text allows it.
enum Ends {
    Short(Vec<u32>),
    Long(Vec<usize>),
}

impl Ends {
    fn push(&mut self, at: usize) {
        match self {
            Ends::Short(ends) => ends.push(at as u32),
            Ends::Long(ends) => ends.push(at),
        }
    }

    fn get(&self, index: usize) -> usize {
        match self {
            Ends::Short(ends) => ends[index] as usize,
            Ends::Long(ends) => ends[index],
        }
    }

    fn len(&self) -> usize {
        match self {
            Ends::Short(ends) => ends.len(),
            Ends::Long(ends) => ends.len(),
        }
    }
}

/// Start of the text that tells how many fields the rest has.
const SAMPLE_BYTES: usize = 1 << 20;

/// The fields of a text, by their number in the file. A field is borrowed from the text, unless quotes in it had to be undone.
pub(super) struct Cells {
    text: String,
    /// A field starts behind the end of the one before.
    ends: Ends,
    undone: HashMap<usize, String>,
}

/// One row while the text is split.
pub(super) struct SplitRow {
    pub line: u64,
    /// Its first field.
    pub first: usize,
    pub width: usize,
    /// A blank line stands before it.
    pub blank_before: bool,
}

impl Cells {
    /// Splits a text whose first line has the number `line`, and tells each row.
    pub fn split(text: String, delimiter: u8, line: u64, mut row: impl FnMut(SplitRow)) -> Self {
        // A vector that grows would be twice as large as it has to be.
        let sample = &text.as_bytes()[..text.len().min(SAMPLE_BYTES)];
        let fields = memchr::memchr2_iter(delimiter, b'\n', sample).count() + 1;
        let fields = if sample.len() < text.len() { (text.len() / sample.len() + 1) * (fields + fields / 50) } else { fields };
        let ends = match u32::try_from(text.len()) {
            Ok(_) => Ends::Short(Vec::with_capacity(fields)),
            Err(_) => Ends::Long(Vec::with_capacity(fields)),
        };
        let mut cells = Cells { text: String::new(), ends, undone: HashMap::new() };
        let bytes = text.as_bytes();
        // Lines end in LF or CRLF; in CR where there is no LF. A CR before LF is white space of the last field.
        let newline = if memchr(b'\n', bytes).is_none() && memchr(b'\r', bytes).is_some() { b'\r' } else { b'\n' };
        let (mut start, mut from, mut line) = (0, 0, line);
        let (mut first, mut line_of_row, mut blank) = (0, line, false);
        loop {
            let hit = memchr3(delimiter, newline, b'"', &bytes[from..]).map(|at| from + at);
            let at = hit.unwrap_or(bytes.len());
            if hit.is_some() && bytes[at] == b'"' && bytes[at] != delimiter {
                from = at + 1;
                if bytes[start..at].iter().all(u8::is_ascii_whitespace) {
                    let (end, undone) = quoted(&text, at + 1, delimiter, newline);
                    line += count(newline, &bytes[at..end]);
                    if let Some(undone) = undone {
                        cells.undone.insert(cells.ends.len(), undone);
                    }
                    from = end;
                }
                continue;
            }
            let ends_row = hit.is_none() || bytes[at] == newline && newline != delimiter;
            let nothing = ends_row && cells.ends.len() == first && bytes[start..at].iter().all(u8::is_ascii_whitespace);
            if !nothing {
                cells.ends.push(at);
            } else if hit.is_some() {
                blank = true;
            }
            // A blank line belongs to no row: its end is skipped as white space before the next field.
            start = if nothing { start } else { at + 1 };
            from = at + 1;
            if ends_row {
                if cells.ends.len() > first {
                    row(SplitRow { line: line_of_row, first, width: cells.ends.len() - first, blank_before: blank });
                    blank = false;
                }
                first = cells.ends.len();
                line += 1;
                line_of_row = line;
            }
            if hit.is_none() {
                break;
            }
        }
        cells.text = text;
        cells
    }

    /// A field without the white space and the quotes around it.
    pub fn get(&self, index: usize) -> &str {
        let start = if index == 0 { 0 } else { self.ends.get(index - 1) + 1 };
        let cell = trimmed(&self.text[start..self.ends.get(index)]);
        if cell.as_bytes().first() != Some(&b'"') {
            return cell;
        }
        match self.undone.get(&index) {
            Some(undone) => undone.trim(),
            None => cell[1..].strip_suffix('"').unwrap_or(&cell[1..]).trim(),
        }
    }
}

fn count(byte: u8, bytes: &[u8]) -> u64 {
    memchr::memchr_iter(byte, bytes).count() as u64
}

/// Where a quoted field ends that starts at `from`, behind its quote, and what it holds where the quotes are not just around it.
fn quoted(text: &str, from: usize, delimiter: u8, newline: u8) -> (usize, Option<String>) {
    let bytes = text.as_bytes();
    let (mut at, mut doubled) = (from, false);
    let close = loop {
        match memchr(b'"', &bytes[at..]).map(|offset| at + offset) {
            None => break bytes.len(),
            Some(quote) if bytes.get(quote + 1) == Some(&b'"') => {
                doubled = true;
                at = quote + 2;
            }
            Some(quote) => break quote,
        }
    };
    let behind = (close + 1).min(bytes.len());
    let end = memchr::memchr2(delimiter, newline, &bytes[behind..]).map_or(bytes.len(), |offset| behind + offset);
    let tail = text[behind..end].trim();
    let undone = (doubled || !tail.is_empty()).then(|| text[from..close].replace("\"\"", "\"") + tail);
    (end, undone)
}

/// `str::trim`, without a look at each character where the ends are plain.
fn trimmed(cell: &str) -> &str {
    let plain = |byte: &u8| (0x21..0x80).contains(byte);
    match cell.as_bytes() {
        [] => cell,
        [first, .., last] if plain(first) && plain(last) => cell,
        [only] if plain(only) => cell,
        _ => cell.trim(),
    }
}
