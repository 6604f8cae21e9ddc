//! Parquet: columns in pages, and a footer that says where they lie. Flat columns are read.

use super::Typed;
use crate::finding::Finding;

#[cfg(feature = "parquet")]
mod bits;
#[cfg(feature = "parquet")]
mod chunk;
#[cfg(feature = "parquet")]
mod delta;
#[cfg(feature = "parquet")]
mod footer;
#[cfg(feature = "parquet")]
mod kind;
#[cfg(feature = "parquet")]
mod plain;
#[cfg(feature = "parquet")]
mod thrift;
#[cfg(feature = "parquet")]
pub(crate) mod write;

#[cfg(not(feature = "parquet"))]
pub(super) fn read(_: &[u8]) -> Result<Typed, Finding> {
    Err(super::not_built("Parquet", "parquet"))
}

/// Why the bytes are no Parquet, in words.
#[cfg(feature = "parquet")]
type Damage = String;

/// Reads every flat column.
#[cfg(feature = "parquet")]
pub(super) fn read(bytes: &[u8]) -> Result<Typed, Finding> {
    use super::{Unread, damaged, hold, typed};
    use gatewise_memory::product;

    if bytes.starts_with(b"PARE") {
        let finding = Finding::error(crate::finding::FindingKind::NotText, "is Parquet that is encrypted");
        return Err(finding.help("write it without encryption"));
    }
    let not = |why: Damage| damaged("Parquet", why);
    let footer = footer::read(bytes).map_err(not)?;
    let mut typed = Typed::default();
    let columns = footer.columns.iter().filter(|column| column.kind.is_ok()).count();
    let cell = size_of::<Option<i128>>();
    hold(format_args!("a table of {} rows × {columns} columns", footer.rows), product(&[footer.rows, columns, cell]))?;
    let mut texts = 0;
    for column in &footer.columns {
        let kind = match &column.kind {
            Ok(kind) => kind,
            Err(unread) => {
                typed.unread.push(Unread { name: column.name.clone(), kind: unread.what.to_owned(), help: unread.help });
                continue;
            }
        };
        let raw = chunk::column(bytes, column, kind, footer.rows, &mut texts).map_err(|failed| match failed {
            chunk::Failed::Damage(why) => not(why).column(&column.name),
            chunk::Failed::Refused(finding) => finding.column(&column.name),
        })?;
        let values = typed::values(&column.name, raw, &kind.logical, &mut typed.notes)?;
        typed.columns = std::mem::take(&mut typed.columns).with(column.name.clone(), values);
    }
    Ok(typed)
}

#[cfg(all(test, feature = "parquet"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_anywhere_is_refused_and_never_panics() {
        let whole = write::sample();
        assert!(read(&whole).is_ok());
        for end in 4..whole.len() {
            assert!(read(&whole[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn changed_bytes_are_read_or_refused() {
        let whole = write::sample();
        for at in 0..whole.len() {
            for value in [0x00, 0x7f, 0xff, whole[at] ^ 1, whole[at] ^ 0x80] {
                let mut changed = whole.clone();
                changed[at] = value;
                // The result is whatever the bytes say; a panic would fail the test.
                let _ = read(&changed);
            }
        }
    }

    #[test]
    fn footers_that_lie_are_refused() {
        let mut whole = write::sample();
        let at = whole.len() - 8;
        for length in [0_u32, 7, u32::MAX, at as u32] {
            whole[at..at + 4].copy_from_slice(&length.to_le_bytes());
            let refused = read(&whole).unwrap_err();
            assert!(refused.message.contains("cannot be read") && refused.help.is_some(), "{}", refused.message);
        }
    }

    /// A file of one column that is said to have so many rows, and no page.
    fn claiming(rows: i64) -> Vec<u8> {
        let (mut out, last) = (thrift::Writer::default(), &mut 0);
        out.list(last, 2, 12, 2);
        let root = &mut 0;
        out.text(root, 4, "schema");
        out.i32(root, 5, 1);
        out.end();
        let column = &mut 0;
        out.i32(column, 1, 2);
        out.text(column, 4, "n");
        out.end();
        out.i64(last, 3, rows);
        out.list(last, 4, 12, 1);
        let group = &mut 0;
        out.list(group, 1, 12, 1);
        out.begin(&mut 0, 3);
        let about = &mut 0;
        for (field, value) in [(5, rows), (7, 0), (9, 4)] {
            out.i64(about, field, value);
        }
        out.end();
        out.end();
        out.i64(group, 3, rows);
        out.end();
        out.end();
        [&b"PAR1"[..], &out.bytes, &(out.bytes.len() as u32).to_le_bytes(), b"PAR1"].concat()
    }

    #[test]
    fn rows_beyond_memory_are_refused_before_they_are_held() {
        let refused = read(&claiming(1 << 60)).unwrap_err();
        assert_eq!(refused.kind, crate::finding::FindingKind::TooLarge, "{}", refused.message);
        assert!(refused.help.unwrap().contains("memory-limit"));
        let refused = read(&claiming(3)).unwrap_err();
        assert!(refused.message.contains("breaks off") && refused.column.as_deref() == Some("n"), "{}", refused.message);
        assert!(read(&claiming(-1)).unwrap_err().message.contains("negative"));
    }
}
