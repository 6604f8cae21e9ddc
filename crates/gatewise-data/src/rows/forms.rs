//! Where rows come from, by how a source begins: delimited lines, lines of JSON, packed ones, or columns.

use std::io::{self, Cursor, Read};

use gatewise_memory::Budget;

use super::RowOptions;
use crate::columns::Columns;
use crate::error::DataError;
use crate::files::{self, Converter, Form, HEAD, Packing};
use crate::finding::Finding;

/// A source whose form is known.
pub(super) enum Opened {
    /// Delimited lines, and between which their fields are where that is known.
    Lines { source: Box<dyn Read + Send>, delimiter: Option<u8> },
    /// The columns of a file, with what was noticed.
    Columns { columns: Columns, notes: Vec<Finding> },
}

pub(super) fn open(path: &str, source: Box<dyn Read + Send>, options: &RowOptions) -> Result<Opened, DataError> {
    let io = |error| files::failed(path, error);
    let invalid = |finding| DataError::Invalid { path: path.to_owned(), finding: Box::new(finding), more: 0 };
    let (mut head, mut source) = peeked(source).map_err(io)?;
    if let Some(packing) = Packing::of(&head) {
        (head, source) = peeked(files::checked(packing, source)).map_err(io)?;
    }
    match Form::of(&head) {
        None => Ok(Opened::Lines { source, delimiter: None }),
        Some(Form::JsonLines) if options.live => Ok(Opened::Lines { source: Box::new(Converter::new(source)), delimiter: Some(b',') }),
        Some(_) => {
            let (mut bytes, limit) = (Vec::new(), Budget::current().limit());
            source.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(io)?;
            files::hold(path, bytes.len() as u128).map_err(invalid)?;
            match files::open(bytes).map_err(invalid)? {
                files::Opened::Bytes(bytes) => Ok(Opened::Lines { source: Box::new(Cursor::new(bytes)), delimiter: None }),
                files::Opened::Columns(typed) => {
                    let (columns, notes) = typed.settle(options.columns()).map_err(invalid)?;
                    Ok(Opened::Columns { columns: columns.on_lines(), notes })
                }
            }
        }
    }
}

/// How a source begins, and the whole of it.
fn peeked(mut source: Box<dyn Read + Send>) -> io::Result<(Vec<u8>, Box<dyn Read + Send>)> {
    let mut head = Vec::new();
    while head.len() < HEAD {
        let mut bytes = [0; HEAD];
        match source.read(&mut bytes[head.len()..]) {
            Ok(0) => break,
            Ok(count) => head.extend_from_slice(&bytes[head.len()..][..count]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
        // A table that is being written may have no more for a while.
        if head.contains(&b'\n') {
            break;
        }
    }
    Ok((head.clone(), Box::new(Cursor::new(head).chain(source))))
}
