//! Columns as Parquet: plain values packed with Snappy, a group of rows behind another.

use std::io::{self, Write};

use super::footer::MAGIC;
use super::thrift::Writer;
use crate::columns::{Columns, Values};
use crate::files::cells::{Cell, Kind, cells};
use crate::time::{Time, civil_nanos};

/// Rows of a group.
const GROUP: usize = 1 << 17;

/// The number of the type that values have in a file.
fn physical(kind: Kind) -> i64 {
    match kind {
        Kind::Bool => 0,
        Kind::Whole | Kind::Micros | Kind::Nanos => 2,
        Kind::Double => 5,
        Kind::Text => 6,
    }
}

/// Where a column of a group lies.
struct Place {
    at: usize,
    size: usize,
    packed: usize,
}

/// Writes columns of one length.
///
/// # Errors
/// Those of `out`; a column whose texts a page cannot hold.
pub(crate) fn write(columns: &Columns, out: &mut dyn Write) -> io::Result<()> {
    let kinds: Vec<Kind> = columns.iter().map(|(_, values)| Kind::of(values)).collect();
    let mut at = MAGIC.len();
    out.write_all(MAGIC)?;
    let mut groups: Vec<(usize, Vec<Place>)> = Vec::new();
    for first in (0..columns.rows()).step_by(GROUP) {
        let rows = first..columns.rows().min(first + GROUP);
        let mut places = Vec::new();
        for ((_, values), kind) in columns.iter().zip(&kinds) {
            let page = page(values, *kind, rows.clone());
            let packed = snap::raw::Encoder::new().compress_vec(&page).map_err(io::Error::other)?;
            let head = head(page.len(), packed.len(), rows.len())?;
            out.write_all(&head)?;
            out.write_all(&packed)?;
            places.push(Place { at, size: head.len() + page.len(), packed: head.len() + packed.len() });
            at += head.len() + packed.len();
        }
        groups.push((rows.len(), places));
    }
    let footer = footer(columns, &kinds, &groups);
    out.write_all(&footer)?;
    out.write_all(&(footer.len() as u32).to_le_bytes())?;
    out.write_all(MAGIC)
}

/// Which values are there, and those.
fn page(values: &Values, kind: Kind, rows: std::ops::Range<usize>) -> Vec<u8> {
    let mut there = Vec::new();
    let mut body = Vec::new();
    let mut bits = Vec::new();
    for cell in cells(values, rows) {
        there.push(cell.is_some());
        match cell {
            None => {}
            Some(Cell::Bool(value)) => bits.push(value),
            Some(Cell::Whole(value)) => body.extend(value.to_le_bytes()),
            Some(Cell::Number(value)) => body.extend(value.to_le_bytes()),
            Some(Cell::Time(time)) => match (kind, time) {
                (Kind::Micros, Time::Date(at)) => body.extend((civil_nanos(at).div_euclid(1000) as i64).to_le_bytes()),
                (Kind::Nanos, Time::Date(at)) => body.extend((civil_nanos(at) as i64).to_le_bytes()),
                (Kind::Whole, Time::Index(index)) => body.extend(index.to_le_bytes()),
                (_, time) => text(&mut body, &time.to_string()),
            },
            Some(Cell::Text(value)) => text(&mut body, value),
        }
    }
    let mut levels = Writer::default();
    levels.varint((there.len().div_ceil(8) as u64) << 1 | 1);
    levels.bytes.extend(packed(&there));
    let mut page = (levels.bytes.len() as u32).to_le_bytes().to_vec();
    page.append(&mut levels.bytes);
    page.append(&mut packed(&bits));
    page.append(&mut body);
    page
}

fn text(body: &mut Vec<u8>, value: &str) {
    body.extend((value.len() as u32).to_le_bytes());
    body.extend_from_slice(value.as_bytes());
}

/// Eight a byte, the first in its lowest bit.
fn packed(bits: &[bool]) -> Vec<u8> {
    bits.chunks(8).map(|eight| eight.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit))).collect()
}

fn head(size: usize, packed: usize, rows: usize) -> io::Result<Vec<u8>> {
    let fits =
        |size: usize| i32::try_from(size).map(i64::from).map_err(|_| io::Error::other("a column is too large for a page of Parquet"));
    let (mut out, last) = (Writer::default(), &mut 0);
    out.i32(last, 1, 0);
    out.i32(last, 2, fits(size)?);
    out.i32(last, 3, fits(packed)?);
    out.begin(last, 5);
    let inner = &mut 0;
    out.i32(inner, 1, rows as i64);
    for (field, encoding) in [(2, 0), (3, 3), (4, 3)] {
        out.i32(inner, field, encoding);
    }
    out.end();
    out.end();
    Ok(out.bytes)
}

fn footer(columns: &Columns, kinds: &[Kind], groups: &[(usize, Vec<Place>)]) -> Vec<u8> {
    let (mut out, last) = (Writer::default(), &mut 0);
    out.i32(last, 1, 1);
    out.list(last, 2, 12, kinds.len() + 1);
    let root = &mut 0;
    out.text(root, 4, "schema");
    out.i32(root, 5, kinds.len() as i64);
    out.end();
    for ((name, _), kind) in columns.iter().zip(kinds) {
        element(&mut out, name, *kind);
    }
    out.i64(last, 3, columns.rows() as i64);
    out.list(last, 4, 12, groups.len());
    for (rows, places) in groups {
        let group = &mut 0;
        out.list(group, 1, 12, places.len());
        for ((place, (name, _)), kind) in places.iter().zip(columns.iter()).zip(kinds) {
            let chunk = &mut 0;
            out.i64(chunk, 2, 0);
            out.begin(chunk, 3);
            let about = &mut 0;
            out.i32(about, 1, physical(*kind));
            out.list(about, 2, 5, 2);
            out.item(0);
            out.item(3);
            out.list(about, 3, 8, 1);
            out.element(name);
            out.i32(about, 4, 1);
            out.i64(about, 5, *rows as i64);
            out.i64(about, 6, place.size as i64);
            out.i64(about, 7, place.packed as i64);
            out.i64(about, 9, place.at as i64);
            out.end();
            out.end();
        }
        out.i64(group, 2, places.iter().map(|place| place.size as i64).sum());
        out.i64(group, 3, *rows as i64);
        out.end();
    }
    out.text(last, 6, concat!("gatewise version ", env!("CARGO_PKG_VERSION")));
    out.end();
    out.bytes
}

/// A column of the schema; its values may be missing.
fn element(out: &mut Writer, name: &str, kind: Kind) {
    let last = &mut 0;
    out.i32(last, 1, physical(kind));
    out.i32(last, 3, 1);
    out.text(last, 4, name);
    match kind {
        Kind::Text => {
            out.i32(last, 6, 0);
            out.begin(last, 10);
            out.begin(&mut 0, 1);
            out.end();
            out.end();
        }
        Kind::Micros | Kind::Nanos => {
            out.begin(last, 10);
            out.begin(&mut 0, 8);
            let stamp = &mut 0;
            out.bool(stamp, 1, false);
            out.begin(stamp, 2);
            out.begin(&mut 0, if kind == Kind::Micros { 2 } else { 3 });
            (0..4).for_each(|_| out.end());
        }
        Kind::Bool | Kind::Whole | Kind::Double => {}
    }
    out.end();
}

/// A small file with every kind of column.
#[cfg(test)]
pub(super) fn sample() -> Vec<u8> {
    let mut out = Vec::new();
    write(&crate::files::cells::sample(), &mut out).unwrap();
    out
}
