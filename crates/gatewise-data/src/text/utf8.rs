//! Checks bytes that come in blocks, and knows the place of the first that is wrong.

use super::error::TextError;

/// Counts lines and characters as text goes by.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// Bytes so far.
    byte: u64,
    /// Line ends so far.
    lines: u64,
    /// Characters since the last line end.
    column: u64,
}

impl Place {
    /// The text at the start of `bytes` that is whole; the rest, at most three bytes, belongs to a character not yet read.
    pub(super) fn check<'b>(&self, path: &str, bytes: &'b [u8], last: bool) -> Result<&'b str, TextError> {
        if self.byte == 0 && is_utf16(bytes) {
            return Err(TextError::Utf16 { path: path.to_owned() });
        }
        let (text, bad) = match std::str::from_utf8(bytes) {
            Ok(text) => (text, false),
            Err(e) => {
                let text = std::str::from_utf8(&bytes[..e.valid_up_to()]).unwrap_or_default();
                (text, e.error_len().is_some() || last)
            }
        };
        if let Some(zero) = text.as_bytes().iter().position(|&b| b == 0) {
            let line = self.lines + count_lines(&text.as_bytes()[..zero]) + 1;
            return Err(TextError::Binary { path: path.to_owned(), line, byte: self.byte + zero as u64 });
        }
        if bad {
            let mut place = Place { ..*self };
            place.pass(text);
            let (line, column) = (place.lines + 1, place.column + 1);
            // Compressed files, images and the like have zero bytes nearby; a text in another encoding has none.
            if bytes[text.len()..].iter().take(ZERO_WITHIN).any(|&b| b == 0) {
                return Err(TextError::Binary { path: path.to_owned(), line, byte: place.byte });
            }
            return Err(TextError::NotUtf8 { path: path.to_owned(), line, column, byte: place.byte, value: bytes[text.len()] });
        }
        Ok(text)
    }

    /// Bytes so far.
    pub(super) fn byte(&self) -> u64 {
        self.byte
    }

    /// Enters text that was read.
    pub(super) fn pass(&mut self, text: &str) {
        self.byte += text.len() as u64;
        self.lines += count_lines(text.as_bytes());
        match text.rfind('\n') {
            Some(end) => self.column = text[end + 1..].chars().count() as u64,
            None => self.column += text.chars().count() as u64,
        }
    }
}

/// Whether a text starts as UTF-16 does: with its mark, or with Latin letters each beside a zero byte.
fn is_utf16(bytes: &[u8]) -> bool {
    /// Bytes looked at where there is no mark.
    const LOOKED_AT: usize = 64;
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return true;
    }
    let pairs = || bytes[..bytes.len().min(LOOKED_AT)].chunks_exact(2);
    let all =
        |text: usize| pairs().len() > 1 && pairs().all(|pair| pair[1 - text] == 0 && matches!(pair[text], b'\t'..=b'\r' | b' '..=b'~'));
    all(0) || all(1)
}

/// Bytes behind a wrong one in which a zero byte tells of a binary file.
const ZERO_WITHIN: usize = 512;

fn count_lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&b| b == b'\n').count() as u64
}
