//! Arrow's own form, as a file or as a stream: messages in FlatBuffers, each with the buffers of its columns behind it.

use super::Typed;
use crate::finding::Finding;

#[cfg(feature = "arrow")]
mod batch;
#[cfg(feature = "arrow")]
mod flat;
#[cfg(feature = "arrow")]
mod flat_write;
#[cfg(feature = "arrow")]
mod gather;
#[cfg(feature = "arrow")]
mod messages;
#[cfg(feature = "arrow")]
mod schema;
#[cfg(feature = "arrow")]
pub(crate) mod write;

#[cfg(not(feature = "arrow"))]
pub(super) fn read(_: &[u8]) -> Result<Typed, Finding> {
    Err(super::not_built("Arrow", "arrow"))
}

/// Why the bytes are no Arrow, in words.
#[cfg(feature = "arrow")]
type Damage = String;

/// Reads every flat column.
#[cfg(feature = "arrow")]
pub(super) fn read(bytes: &[u8]) -> Result<Typed, Finding> {
    use std::collections::HashMap;

    use super::{Unread, damaged, typed};
    use batch::Batch;
    use gather::Gathered;
    use messages::Kind;

    let not = |why: Damage| damaged("Arrow", why);
    let mut messages = messages::Messages::new(bytes).map_err(not)?;
    let fields = messages.schema().map_err(not)?;
    let mut gathered: Vec<Gathered> = fields.iter().map(Gathered::new).collect();
    let mut dictionaries: HashMap<i64, Gathered> = HashMap::new();
    let (mut texts, mut total) = (0, 0_usize);
    while let Some(message) = messages.next().map_err(not)? {
        match message.kind {
            Kind::Dictionary { id, is_delta } => {
                let Some(field) = fields.iter().find(|field| field.dictionary.as_ref().is_some_and(|d| d.id == id)) else { continue };
                let Ok(meant) = &field.kind else { continue };
                let mut batch = Batch::new(&message).map_err(not)?;
                total = total.saturating_add(batch.rows);
                super::hold(format_args!("a dictionary of {total} values"), gatewise_memory::product(&[total, size_of::<Option<i128>>()]))?;
                let values = batch.values(meant, &mut texts)?;
                let rows = batch.rows;
                match dictionaries.get_mut(&id).filter(|_| is_delta) {
                    Some(known) => known.push(values, rows).map_err(not)?,
                    None => {
                        let mut first = Gathered::new(field);
                        first.push(values, rows).map_err(not)?;
                        dictionaries.insert(id, first);
                    }
                }
            }
            Kind::Record => {
                let mut batch = Batch::new(&message).map_err(not)?;
                // A footer may name a batch many times.
                total = total.saturating_add(batch.rows);
                let needed = gatewise_memory::product(&[total, fields.len(), size_of::<Option<i128>>()]);
                super::hold(format_args!("a table of {total} rows × {} columns", fields.len()), needed)?;
                for (field, gathered) in fields.iter().zip(&mut gathered) {
                    let rows = batch.rows;
                    match (&field.kind, &field.dictionary) {
                        (Err(_), None) => batch.pass_over(&field.shape).map_err(not)?,
                        (Err(_), Some(_)) => batch.pass_over(&schema::Shape::fixed()).map_err(not)?,
                        (Ok(kind), None) => {
                            let values = batch.values(kind, &mut texts).map_err(|finding| finding.column(&field.name))?;
                            gathered.push(values, rows).map_err(not)?;
                        }
                        (Ok(_), Some(about)) => {
                            let places = batch.places(about.bytes, about.signed).map_err(not)?;
                            let dictionary = dictionaries.get(&about.id).ok_or_else(|| not("a dictionary is missing".to_owned()))?;
                            gathered.push(dictionary.at(&places, &mut texts)?, rows).map_err(not)?;
                        }
                    }
                }
            }
        }
    }
    let mut found = Typed::default();
    for (field, gathered) in fields.into_iter().zip(gathered) {
        match field.kind {
            Err(unread) => found.unread.push(Unread { name: field.name, kind: unread.what.to_owned(), help: unread.help }),
            Ok(kind) => {
                let values = typed::values(&field.name, gathered.raw, &kind.logical, &mut found.notes)?;
                found.columns = std::mem::take(&mut found.columns).with(field.name, values);
            }
        }
    }
    Ok(found)
}

#[cfg(all(test, feature = "arrow"))]
mod tests {
    use super::*;

    fn sample(is_file: bool) -> Vec<u8> {
        let mut out = Vec::new();
        write::write(&crate::files::cells::sample(), is_file, &mut out).unwrap();
        out
    }

    #[test]
    fn what_is_cut_anywhere_is_refused_and_never_panics() {
        let whole = sample(true);
        assert!(read(&whole).is_ok());
        for end in 6..whole.len() {
            assert!(read(&whole[..end]).is_err(), "{end}");
        }
        let stream = sample(false);
        assert!(read(&stream).is_ok());
        // A stream may end without its mark, between messages.
        let ends = (4..stream.len()).filter(|end| read(&stream[..*end]).is_ok()).count();
        assert!(ends <= 3, "{ends}");
    }

    #[test]
    fn changed_bytes_are_read_or_refused() {
        let whole = sample(true);
        for at in 0..whole.len() {
            for value in [0x00, 0x7f, 0xff, whole[at] ^ 1, whole[at] ^ 0x80] {
                let mut changed = whole.clone();
                changed[at] = value;
                // The result is whatever the bytes say; a panic would fail the test.
                let _ = read(&changed);
            }
        }
    }
}
