//! Files that hold a table in another form than delimited text: packed, lines of JSON, Parquet, Arrow. They are known by how they begin.

mod arrow;
mod cells;
mod infer;
mod jsonl;
mod number;
mod packed;
mod parquet;
mod typed;
#[cfg(any(feature = "parquet", feature = "arrow"))]
mod unpack;
mod write;

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use gatewise_memory::Budget;

use crate::bytes;
use crate::columns::Columns;
use crate::error::DataError;
use crate::finding::{Finding, FindingKind, Severity};
use crate::guard::caught;
pub(crate) use jsonl::Converter;
pub(crate) use packed::{Packing, checked, reader};
pub use write::{TableForm, TableNames};

/// Bytes that tell what a file is.
pub(crate) const HEAD: usize = 8;

/// How a file holds its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Parquet,
    ArrowFile,
    ArrowStream,
    /// An object a line.
    JsonLines,
    /// One JSON text of many objects.
    JsonArray,
    /// Version 1 of Feather, which is no Arrow.
    OldFeather,
}

impl Form {
    /// The form that the bytes of a file begin like; none of delimited text and what else is told elsewhere.
    pub fn of(head: &[u8]) -> Option<Self> {
        match head {
            [b'P', b'A', b'R', b'1' | b'E', ..] => Some(Self::Parquet),
            [b'A', b'R', b'R', b'O', b'W', b'1', ..] => Some(Self::ArrowFile),
            [b'F', b'E', b'A', b'1', ..] => Some(Self::OldFeather),
            [0xff, 0xff, 0xff, 0xff, ..] => Some(Self::ArrowStream),
            _ => {
                let text = head.strip_prefix("\u{feff}".as_bytes()).unwrap_or(head).trim_ascii_start();
                match text {
                    [b'{', ..] => Some(Self::JsonLines),
                    [b'[', rest @ ..] if rest.trim_ascii_start().starts_with(b"{") => Some(Self::JsonArray),
                    _ => None,
                }
            }
        }
    }
}

/// A column that no task reads.
#[derive(Debug)]
pub(crate) struct Unread {
    pub name: String,
    /// Its type in words.
    pub kind: String,
    /// What makes a column of it that is read.
    pub help: &'static str,
}

/// The columns of a file, those that are not read, and what was noticed.
#[derive(Debug, Default)]
pub(crate) struct Typed {
    pub columns: Columns,
    /// Whether no line names the columns, as in lines of JSON.
    pub unheaded: bool,
    pub unread: Vec<Unread>,
    pub notes: Vec<Finding>,
}

impl Typed {
    /// The columns with what is to be noted of them. A column that is `wanted` by name and not read is an error.
    pub fn settle<'a>(self, wanted: impl Iterator<Item = &'a str>) -> Result<(Columns, Vec<Finding>), Finding> {
        let wanted: Vec<&str> = wanted.collect();
        let mut notes = self.notes;
        for Unread { name, kind, help } in self.unread {
            let (severity, message) = match wanted.contains(&&name[..]) {
                true => (Severity::Error, format!("holds {kind}, which is not read")),
                false => (Severity::Note, format!("holds {kind} and is left out")),
            };
            let kind = if severity == Severity::Error { FindingKind::ColumnType } else { FindingKind::LeftOut };
            let finding = Finding::new(severity, kind, message).column(&name).help(help);
            if severity == Severity::Error {
                return Err(finding);
            }
            notes.push(finding);
        }
        if self.columns.iter().next().is_none() {
            let finding = Finding::error(FindingKind::Empty, "has no column that is read");
            return Err(finding.help("give a table with columns of numbers, texts and times"));
        }
        Ok((self.columns, notes))
    }
}

/// What a file holds.
pub(crate) enum Opened {
    /// Delimited text, or something that is judged elsewhere.
    Bytes(Vec<u8>),
    Columns(Typed),
}

/// Opens a file: unpacked where it is packed, its columns where it has some of their own.
pub(crate) fn open(bytes: Vec<u8>) -> Result<Opened, Finding> {
    let bytes = packed::unpacked(bytes)?;
    let Some(form) = Form::of(&bytes) else { return Ok(Opened::Bytes(bytes)) };
    let typed =
        caught(|| match form {
            Form::Parquet => parquet::read(&bytes),
            Form::ArrowFile | Form::ArrowStream => arrow::read(&bytes),
            Form::JsonLines => jsonl::read(&bytes),
            Form::JsonArray => Err(Finding::error(FindingKind::NotText, "is a JSON array, not an object a line")
                .line(1)
                .help("write each object on a line of its own: jq -c '.[]' FILE")),
            Form::OldFeather => Err(Finding::error(FindingKind::NotText, "is Feather of version 1")
                .help("write it again as Arrow (Feather of version 2) or CSV")),
        });
    typed.unwrap_or_else(|| Err(damaged("it", "is damaged"))).map(Opened::Columns)
}

impl Columns {
    /// The columns of a file that has some of its own: Parquet, Arrow, lines of JSON, each packed or not. None of delimited text and of what is no table.
    /// Columns of lists, structures and bytes are left out.
    ///
    /// # Errors
    /// A file that cannot be read, or is not what it begins as.
    pub fn of_file(path: &Path) -> Result<Option<Self>, DataError> {
        let name = bytes::name(path);
        let invalid = |finding| DataError::Invalid { path: name.clone(), finding: Box::new(finding), more: 0 };
        match open(bytes::read(path)?).map_err(invalid)? {
            Opened::Bytes(_) => Ok(None),
            Opened::Columns(typed) => Ok(Some(typed.settle(std::iter::empty()).map_err(invalid)?.0)),
        }
    }
}

/// Lines that a table has in whatever form, that of its names counted; `path` stands in messages.
///
/// # Errors
/// Bytes that are not what they begin as.
pub fn count_lines(path: &str, bytes: Vec<u8>) -> Result<u64, DataError> {
    match open(bytes) {
        Ok(Opened::Bytes(bytes)) => Ok(memchr::memchr_iter(b'\n', &bytes).count() as u64),
        Ok(Opened::Columns(typed)) => Ok(typed.columns.rows() as u64 + 1),
        Err(finding) => Err(DataError::Invalid { path: path.to_owned(), finding: Box::new(finding), more: 0 }),
    }
}

/// The first `count` lines with something in them of a table in whatever form, as delimited text; the names of columns are one.
///
/// # Errors
/// What the system says, and bytes that are not what they begin as.
pub fn first_lines(path: &Path, count: usize) -> Result<Vec<u8>, DataError> {
    let name = path.display().to_string();
    let io = |error| failed(&name, error);
    let take = |source: &mut dyn BufRead| {
        let (mut bytes, mut lines) = (Vec::new(), 0);
        while lines < count {
            let start = bytes.len();
            if source.read_until(b'\n', &mut bytes)? == 0 {
                break;
            }
            lines += usize::from(!bytes[start..].trim_ascii().is_empty());
        }
        Ok(bytes)
    };
    if Form::of(&first_bytes(path, HEAD).map_err(io)?).is_some() {
        let bytes = std::fs::read(path).map_err(io)?;
        let text = text(&name, bytes, |bytes| Ok(String::from_utf8_lossy(&bytes).into_owned()))?;
        return take(&mut text.as_bytes()).map_err(io);
    }
    let packing = Packing::of(&first_raw(path).map_err(io)?);
    let file = std::fs::File::open(path).map_err(io)?;
    match packing {
        None => take(&mut BufReader::new(file)).map_err(io),
        Some(packing) => take(&mut BufReader::new(reader(packing, file))).map_err(io),
    }
}

/// The first bytes of a file as they are.
fn first_raw(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    std::fs::File::open(path)?.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// The text of a table in a file, with commas between the fields of one that had columns.
pub(crate) fn text(path: &str, bytes: Vec<u8>, decode: impl FnOnce(Vec<u8>) -> Result<String, Finding>) -> Result<String, DataError> {
    let read = || match open(bytes)? {
        Opened::Bytes(bytes) => decode(bytes),
        Opened::Columns(typed) => Ok(typed.settle(std::iter::empty())?.0.text(b',')),
    };
    read().map_err(|finding| DataError::Invalid { path: path.to_owned(), finding: Box::new(finding), more: 0 })
}

/// What is wrong with the bytes of a source, on its way through those that read it.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.message)]
pub(crate) struct Refused(Box<Finding>);

impl Refused {
    fn error(finding: Finding) -> std::io::Error {
        std::io::Error::other(Self(Box::new(finding)))
    }
}

/// Why a source could not be read: its bytes, or the system; `path` stands in the message.
pub(crate) fn failed(path: &str, error: std::io::Error) -> DataError {
    match error.downcast::<Refused>() {
        Ok(Refused(finding)) => DataError::Invalid { path: path.to_owned(), finding, more: 0 },
        Err(source) => DataError::Io { path: path.to_owned(), source },
    }
}

/// The first bytes of a file, unpacked; fewer where there are no more.
///
/// # Errors
/// What the system says; bytes that are packed and damaged.
pub fn first_bytes(path: &Path, count: usize) -> std::io::Result<Vec<u8>> {
    let (packing, file, mut bytes) = (Packing::of(&first_raw(path)?), std::fs::File::open(path)?, Vec::new());
    match packing {
        None => file.take(count as u64).read_to_end(&mut bytes)?,
        Some(packing) => reader(packing, file).take(count as u64).read_to_end(&mut bytes)?,
    };
    Ok(bytes)
}

/// Says that a file of a form cannot be read, and why.
fn damaged(form: &str, why: impl std::fmt::Display) -> Finding {
    Finding::error(FindingKind::Damaged, format!("{form} cannot be read: {why}")).help("copy or load it again; is it whole?")
}

/// Refuses what needs more memory than there is; `what` begins the message.
pub(crate) fn hold(what: impl std::fmt::Display, bytes: u128) -> Result<(), Finding> {
    let held = Budget::current().hold(what, bytes);
    held.map_err(|e| Finding::error(FindingKind::TooLarge, e.to_string()).help("read a part of it, or raise ⦃memory-limit⦄"))
}

#[cfg(not(all(feature = "parquet", feature = "arrow")))]
fn not_built(form: &str, feature: &str) -> Finding {
    Finding::error(FindingKind::NotText, format!("is {form}, and this build is without the feature \"{feature}\""))
        .help(format!("build with the feature \"{feature}\", or write the table as CSV"))
}
