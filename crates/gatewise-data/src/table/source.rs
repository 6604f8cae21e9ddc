//! From a path to UTF-8 text.

use std::io::Read;
use std::path::Path;

use crate::error::DataError;
use crate::finding::{Finding, FindingKind};

/// Name of standard input in messages.
const STDIN: &str = "<stdin>";

/// The path in messages.
pub(crate) fn name(path: &Path) -> String {
    if path.as_os_str() == "-" { STDIN.to_owned() } else { path.display().to_string() }
}

/// Reads the file, or standard input for `-`.
pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>, DataError> {
    let read = if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    read.map_err(|source| DataError::Io { path: name(path), source })
}

/// File starts that tell what a file is instead of a table.
const SIGNATURES: [(&[u8], &str, &str); 6] = [
    (b"\x1f\x8b", "gzip", "unpack it first, or pipe it in: gunzip -c FILE | gatewise … -"),
    (b"PK\x03\x04", "a zip archive or a spreadsheet (xlsx)", "export the sheet as CSV"),
    (b"PAR1", "a Parquet file", "write it as CSV"),
    (b"\x28\xb5\x2f\xfd", "zstd", "unpack it first"),
    (b"\xff\xfe", "UTF-16 text", "save it as UTF-8: iconv -f utf-16 -t utf-8"),
    (b"\xfe\xff", "UTF-16 text", "save it as UTF-8: iconv -f utf-16 -t utf-8"),
];

/// Checks that the bytes are text; drops a byte-order mark.
pub(super) fn decode(bytes: Vec<u8>) -> Result<String, Finding> {
    for (signature, what, help) in SIGNATURES {
        if bytes.starts_with(signature) {
            let message = format!("is {what}, not a table in text");
            return Err(Finding::error(FindingKind::NotText, message).help(help));
        }
    }
    // `contains` compares a vector of bytes at a time, `position` one byte.
    if bytes.contains(&0)
        && let Some(at) = bytes.iter().position(|byte| *byte == 0)
    {
        return Err(Finding::error(FindingKind::NotText, "holds a zero byte: this is no text file")
            .line(line_at(&bytes, at))
            .help("give a CSV or TSV file"));
    }
    match String::from_utf8(bytes) {
        Ok(mut text) => {
            if text.starts_with('\u{feff}') {
                text.drain(..'\u{feff}'.len_utf8());
            }
            Ok(text)
        }
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let bytes = error.as_bytes();
            let byte = bytes.get(at).copied().unwrap_or_default();
            Err(Finding::error(FindingKind::NotText, format!("byte 0x{byte:02x} is not UTF-8 text"))
                .line(line_at(bytes, at))
                .help("convert the file: iconv -f latin1 -t utf-8 (or -f cp949, -f gbk, as it was written)"))
        }
    }
}

fn line_at(bytes: &[u8], at: usize) -> u64 {
    1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count() as u64
}
