//! From a path to UTF-8 text.

use chardetng::EncodingDetector;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::choice::Choice;
use crate::finding::{Finding, FindingKind, Findings};

/// File starts that tell what a file is instead of text in UTF-8.
const UNREAD: [(&[u8], &str, &str); 3] = [
    (b"PK\x03\x04", "a zip archive or a spreadsheet (xlsx)", "export the sheet as CSV"),
    (b"\xff\xfe", "UTF-16 text", "save it as UTF-8: iconv -f utf-16 -t utf-8"),
    (b"\xfe\xff", "UTF-16 text", "save it as UTF-8: iconv -f utf-16 -t utf-8"),
];

fn refuse(bytes: &[u8], signatures: &[(&[u8], &str, &str)]) -> Result<(), Finding> {
    match signatures.iter().find(|(signature, ..)| bytes.starts_with(signature)) {
        None => Ok(()),
        Some((_, what, help)) => Err(Finding::error(FindingKind::NotText, format!("is {what}, not a table in text")).help(*help)),
    }
}

fn refuse_zeros(bytes: &[u8]) -> Result<(), Finding> {
    match memchr::memchr(0, bytes) {
        None => Ok(()),
        Some(at) => Err(Finding::error(FindingKind::NotText, "holds a zero byte: this is no text file")
            .line(line_at(bytes, at))
            .help("give CSV, TSV, a spreadsheet, lines of JSON, Parquet or Arrow")),
    }
}

fn utf8(bytes: Vec<u8>) -> Result<String, (usize, Vec<u8>)> {
    match String::from_utf8(bytes) {
        Ok(mut text) => {
            if text.starts_with('\u{feff}') {
                text.drain(..'\u{feff}'.len_utf8());
            }
            Ok(text)
        }
        Err(error) => Err((error.utf8_error().valid_up_to(), error.into_bytes())),
    }
}

/// Checks that the bytes are UTF-8; drops a byte-order mark.
pub(super) fn decode(bytes: Vec<u8>) -> Result<String, Finding> {
    refuse(&bytes, &UNREAD)?;
    refuse_zeros(&bytes)?;
    utf8(bytes).map_err(|(at, bytes)| {
        let byte = bytes.get(at).copied().unwrap_or_default();
        Finding::error(FindingKind::NotText, format!("byte 0x{byte:02x} is not UTF-8 text"))
            .line(line_at(&bytes, at))
            .help("convert the file: iconv -f latin1 -t utf-8 (or -f cp949, -f gbk, as it was written)")
    })
}

/// Text in the encoding `given`, else by its byte-order mark, as UTF-8, or by a guess, which is told.
pub(super) fn decode_any(
    bytes: Vec<u8>,
    given: Option<&str>,
    guesses: &mut Vec<Choice>,
    findings: &mut Findings,
) -> Result<String, Finding> {
    let marked = Encoding::for_bom(&bytes).map(|(encoding, _)| encoding);
    if let Some(label) = given {
        let encoding = label_of(label).ok_or_else(|| {
            Finding::error(FindingKind::NotText, format!("\"{label}\" is no known encoding"))
                .help("⦃encoding⦄ utf-8, utf-16le, windows-1252 (latin-1), euc-kr (cp949), shift_jis, gbk, …")
        })?;
        return whole(encoding, &bytes);
    }
    let encoding = match marked.or_else(|| unmarked_utf16(&bytes)) {
        Some(encoding) if encoding != UTF_8 => encoding,
        _ => {
            refuse_zeros(&bytes)?;
            match utf8(bytes) {
                Ok(text) => return Ok(text),
                Err((at, bytes)) => return guessed(&bytes, at, guesses, findings),
            }
        }
    };
    guesses.push(Choice { what: "encoding".to_owned(), value: encoding.name().to_owned(), flag: "⦃encoding⦄".to_owned() });
    whole(encoding, &bytes)
}

/// The encoding of a name, with the names that systems use beside those of the web.
fn label_of(label: &str) -> Option<&'static Encoding> {
    if let Some(encoding) = Encoding::for_label(label.trim().as_bytes()) {
        return Some(encoding);
    }
    let label = label.trim().to_ascii_lowercase().replace('_', "-");
    let label = match label.as_str() {
        "cp949" | "uhc" | "ms949" => "euc-kr",
        "latin-1" => "latin1",
        "cp932" | "sjis" => "shift_jis",
        "cp936" => "gbk",
        "utf16" | "utf-16" => "utf-16le",
        label => match label.strip_prefix("cp125") {
            Some(page) => return Encoding::for_label(format!("windows-125{page}").as_bytes()),
            None => label,
        },
    };
    Encoding::for_label(label.as_bytes())
}

/// All of the bytes, or the first that has no meaning in the encoding.
fn whole(encoding: &'static Encoding, bytes: &[u8]) -> Result<String, Finding> {
    let (text, encoding, wrong) = encoding.decode(bytes);
    if !wrong {
        return Ok(text.into_owned());
    }
    let line = 1 + text.split('\u{fffd}').next().unwrap_or("").matches('\n').count() as u64;
    let message = format!("holds bytes that have no meaning in {}", encoding.name());
    Err(Finding::error(FindingKind::NotText, message).line(line).help("⦃encoding⦄ with the one that the file was written in"))
}

/// UTF-16 without its mark: every other byte is zero, as it is for digits and delimiters.
fn unmarked_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(1 << 10)];
    let zeros = |parity: usize| sample.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let many = sample.len() / 5;
    match sample.len() >= 8 && bytes.len().is_multiple_of(2) {
        true if odd > many && even == 0 => Some(UTF_16LE),
        true if even > many && odd == 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// Currency signs of windows-1252: € £ ¤ ¥.
const CURRENCIES: [u8; 4] = [0x80, 0xa3, 0xa4, 0xa5];

/// The encoding that the letters speak for. A currency sign beside a digit is no letter, which the detector cannot know.
fn likely(bytes: &[u8]) -> &'static Encoding {
    let ascii = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_none_or(u8::is_ascii);
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(|b| b.is_ascii_digit() || b" -.,".contains(b));
    let is_sign = |at: usize| {
        let (before, after) = (at.checked_sub(1), Some(at + 1));
        CURRENCIES.contains(&bytes[at]) && ascii(before) && ascii(after) && (digit(before) || digit(after))
    };
    let letters: Vec<u8> = bytes.iter().enumerate().filter(|(at, byte)| byte.is_ascii() || !is_sign(*at)).map(|(_, byte)| *byte).collect();
    let signs = letters.len() < bytes.len();
    let mut detector = EncodingDetector::new();
    detector.feed(&letters, true);
    let guess = detector.guess(None, false);
    if signs && guess.is_single_byte() { WINDOWS_1252 } else { guess }
}

/// The encoding that the bytes speak for; `at` is the first byte that is not UTF-8.
fn guessed(bytes: &[u8], at: usize, guesses: &mut Vec<Choice>, findings: &mut Findings) -> Result<String, Finding> {
    let encoding = likely(bytes);
    let text = whole(encoding, bytes)?;
    let line = line_at(bytes, at);
    let first = text.lines().nth(usize::try_from(line - 1).unwrap_or(usize::MAX)).unwrap_or("");
    let first: String = first.chars().take(60).collect();
    let message = format!("not UTF-8: read as {}, which makes \"{first}\" of this line", encoding.name());
    let help = "⦃encoding⦄ euc-kr (cp949), windows-1252 (latin-1), shift_jis, gbk, … reads it otherwise";
    findings.push(Finding::note(FindingKind::Encoding, message).line(line).help(help));
    guesses.push(Choice { what: "encoding".to_owned(), value: encoding.name().to_owned(), flag: "⦃encoding⦄".to_owned() });
    Ok(text)
}

fn line_at(bytes: &[u8], at: usize) -> u64 {
    1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count() as u64
}
