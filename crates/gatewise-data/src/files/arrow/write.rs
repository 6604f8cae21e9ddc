//! Columns as Arrow: a stream, or a file around one.

use std::io::{self, Write};

use super::flat_write::{Flat, Slot};
use super::messages::{CONTINUED, MAGIC};
use crate::columns::Columns;
use crate::files::cells::{Cell, Kind, cells};
use crate::time::{Time, civil_nanos};

/// Rows of a batch.
const BATCH: usize = 1 << 17;

/// The version of the format: 5.
const VERSION: Slot = Slot::I16(4);

/// Writes columns of one length.
///
/// # Errors
/// Those of `out`; a column whose texts a batch cannot hold.
pub(crate) fn write(columns: &Columns, is_file: bool, out: &mut dyn Write) -> io::Result<()> {
    let kinds: Vec<Kind> = columns.iter().map(|(_, values)| Kind::of(values)).collect();
    let mut at = 0_usize;
    let mut put = |bytes: &[u8]| {
        at += bytes.len();
        out.write_all(bytes).map(|()| at)
    };
    if is_file {
        put(MAGIC)?;
        put(&[0; 2])?;
    }
    let (mut head, slots) = Flat::new(&[VERSION, Slot::U8(1), Slot::Offset, Slot::I64(0)]);
    schema(&mut head, slots[2], columns, &kinds);
    let mut at = put(&message(head))?;
    let mut blocks: Vec<i64> = Vec::new();
    for first in (0..columns.rows()).step_by(BATCH) {
        let (head, body) = batch(columns, &kinds, first..columns.rows().min(first + BATCH))?;
        let head = message(head);
        blocks.extend([at as i64, head.len() as i64, body.len() as i64]);
        put(&head)?;
        at = put(&body)?;
    }
    put(&CONTINUED)?;
    put(&[0; 4])?;
    if is_file {
        let (mut footer, slots) = Flat::new(&[VERSION, Slot::Offset, Slot::None, Slot::Offset]);
        schema(&mut footer, slots[1], columns, &kinds);
        footer.numbers(slots[3], blocks.len() / 3, &blocks);
        put(&footer.bytes)?;
        put(&(footer.bytes.len() as u32).to_le_bytes())?;
        put(MAGIC)?;
    }
    Ok(())
}

/// A message with its length before it, whose end is a multiple of eight.
fn message(mut head: Flat) -> Vec<u8> {
    while !head.bytes.len().is_multiple_of(8) {
        head.bytes.push(0);
    }
    [&CONTINUED[..], &(head.bytes.len() as u32).to_le_bytes(), &head.bytes].concat()
}

fn schema(flat: &mut Flat, slot: usize, columns: &Columns, kinds: &[Kind]) {
    let schema = flat.table(slot, &[Slot::None, Slot::Offset]);
    let fields = flat.tables(schema[1], kinds.len());
    for ((slot, (name, _)), kind) in fields.into_iter().zip(columns.iter()).zip(kinds) {
        let (code, of): (u8, &[Slot]) = match kind {
            Kind::Bool => (6, &[]),
            Kind::Whole => (2, &[Slot::I32(64), Slot::U8(1)]),
            Kind::Double => (3, &[Slot::I16(2)]),
            Kind::Text => (5, &[]),
            Kind::Micros => (10, &[Slot::I16(2)]),
            Kind::Nanos => (10, &[Slot::I16(3)]),
        };
        let field = flat.table(slot, &[Slot::Offset, Slot::U8(1), Slot::U8(code), Slot::Offset, Slot::None, Slot::Offset]);
        flat.text(field[0], name);
        flat.table(field[3], of);
        flat.tables(field[5], 0);
    }
}

/// Some rows: the message that tells of them, and their buffers.
fn batch(columns: &Columns, kinds: &[Kind], rows: std::ops::Range<usize>) -> io::Result<(Flat, Vec<u8>)> {
    let (mut nodes, mut buffers, mut body) = (Vec::new(), Vec::new(), Vec::new());
    let mut put = |bytes: &[u8]| {
        buffers.extend([body.len() as i64, bytes.len() as i64]);
        body.extend_from_slice(bytes);
        body.resize(body.len().next_multiple_of(8), 0);
    };
    for ((_, values), kind) in columns.iter().zip(kinds) {
        let (mut there, mut bits, mut data, mut offsets) = (Vec::new(), Vec::new(), Vec::new(), vec![0_i32]);
        for cell in cells(values, rows.clone()) {
            there.push(cell.is_some());
            match (kind, cell) {
                (Kind::Bool, cell) => bits.push(cell == Some(Cell::Bool(true))),
                (Kind::Double, cell) => data.extend(if let Some(Cell::Number(value)) = cell { value } else { 0.0 }.to_le_bytes()),
                (Kind::Whole | Kind::Micros | Kind::Nanos, cell) => data.extend(whole(*kind, cell).to_le_bytes()),
                (Kind::Text, cell) => {
                    match cell {
                        Some(Cell::Text(text)) => data.extend_from_slice(text.as_bytes()),
                        Some(Cell::Time(time)) => data.extend_from_slice(time.to_string().as_bytes()),
                        _ => {}
                    }
                    let end = i32::try_from(data.len()).map_err(|_| io::Error::other("a column is too large for a batch of Arrow"))?;
                    offsets.push(end);
                }
            }
        }
        nodes.extend([there.len() as i64, there.iter().filter(|there| !**there).count() as i64]);
        put(&packed(&there));
        match kind {
            Kind::Bool => put(&packed(&bits)),
            Kind::Text => {
                put(&offsets.iter().flat_map(|offset| offset.to_le_bytes()).collect::<Vec<u8>>());
                put(&data);
            }
            _ => put(&data),
        }
    }
    let (mut head, slots) = Flat::new(&[VERSION, Slot::U8(3), Slot::Offset, Slot::I64(body.len() as i64)]);
    let batch = head.table(slots[2], &[Slot::I64(rows.len() as i64), Slot::Offset, Slot::Offset]);
    head.numbers(batch[1], nodes.len() / 2, &nodes);
    head.numbers(batch[2], buffers.len() / 2, &buffers);
    Ok((head, body))
}

fn whole(kind: Kind, cell: Option<Cell<'_>>) -> i64 {
    match (kind, cell) {
        (_, Some(Cell::Whole(value))) => value,
        (_, Some(Cell::Time(Time::Index(index)))) => index,
        (Kind::Nanos, Some(Cell::Time(Time::Date(at)))) => civil_nanos(at) as i64,
        (_, Some(Cell::Time(Time::Date(at)))) => civil_nanos(at).div_euclid(1000) as i64,
        _ => 0,
    }
}

/// Eight a byte, the first in its lowest bit.
fn packed(bits: &[bool]) -> Vec<u8> {
    bits.chunks(8).map(|eight| eight.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit))).collect()
}
