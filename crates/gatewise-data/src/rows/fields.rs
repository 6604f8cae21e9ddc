//! A line as text, and its fields.

use std::ops::Range;

use crate::finding::{Finding, FindingKind};

/// The text of a line; what is wrong with it where it is none.
pub(super) fn text_of(bytes: &[u8], line: u64) -> Result<&str, Box<Finding>> {
    let wrong = |what: String, help: &str| Box::new(Finding::error(FindingKind::NotText, what).line(line).help(help));
    if bytes.contains(&0) {
        return Err(wrong("holds a zero byte: this is no text file".to_owned(), "give a CSV or TSV file"));
    }
    std::str::from_utf8(bytes).map_err(|e| {
        let byte = bytes.get(e.valid_up_to()).copied().unwrap_or_default();
        let help = "convert the file: iconv -f latin1 -t utf-8 (or -f cp949, -f gbk, as it was written)";
        wrong(format!("byte 0x{byte:02x} is not UTF-8 text"), help)
    })
}

/// Where the fields of a line lie, without the blanks around them. Quoted fields lose their quotes, in place; a quoted field ends on its line.
pub(super) fn split(text: &mut String, delimiter: u8, fields: &mut Vec<Range<usize>>) {
    fields.clear();
    if text.contains('"') {
        let cells = split_owned(text, delimiter);
        text.clear();
        for cell in cells {
            let start = text.len();
            text.push_str(&cell);
            fields.push(start..text.len());
        }
        return;
    }
    let bytes = text.as_bytes();
    let mut start = 0;
    for at in 0..=bytes.len() {
        if at == bytes.len() || bytes[at] == delimiter {
            let cell = &text[start..at];
            let trimmed = cell.trim_start();
            let left = at - trimmed.len();
            fields.push(left..left + trimmed.trim_end().len());
            start = at + 1;
        }
    }
}

/// The fields of a line as texts of their own; quotes are taken off.
pub(super) fn split_owned(text: &str, delimiter: u8) -> Vec<String> {
    // Making a reader of quoted fields costs more than splitting a hundred lines.
    if !text.contains('"') {
        return text.split(char::from(delimiter)).map(|cell| cell.trim().to_owned()).collect();
    }
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let record = reader.records().next().and_then(Result::ok).unwrap_or_default();
    record.iter().map(|cell| cell.trim().to_owned()).collect()
}
