//! The footer: which columns there are, and where their chunks lie.

use super::super::unpack::Codec;
use super::Damage;
use super::kind::{self, Kind, NESTED, NotRead};
use super::thrift::{Reader, Value};

/// Marks at the start and the end of a file.
pub(super) const MAGIC: &[u8; 4] = b"PAR1";

/// What a file holds.
pub(super) struct Footer {
    pub rows: usize,
    pub columns: Vec<Column>,
}

/// A column at the top of the schema.
pub(super) struct Column {
    pub name: String,
    pub kind: Result<Kind, NotRead>,
    /// Whether values may be missing.
    pub optional: bool,
    /// One for each group of rows.
    pub chunks: Vec<Chunk>,
    /// Which of the leaves of the schema it is.
    leaf: usize,
}

/// The pages of a column in a group of rows.
pub(super) struct Chunk {
    pub codec: Option<Codec>,
    pub values: usize,
    pub start: usize,
    pub length: usize,
}

pub(super) fn read(bytes: &[u8]) -> Result<Footer, Damage> {
    let end = bytes.len().checked_sub(8).filter(|end| *end >= 4).ok_or("it breaks off")?;
    let (length, magic) = bytes[end..].split_at(4);
    if magic != MAGIC {
        return Err("its end is missing".to_owned());
    }
    let length = length.try_into().map_or(0, u32::from_le_bytes) as usize;
    let start = end.checked_sub(length).filter(|start| *start >= 4).ok_or_else(|| format!("its footer is said to have {length} bytes"))?;
    let about = Reader { rest: &bytes[start..end] }.structure()?;
    let rows = about.size(3, "the number of rows")?;
    let mut columns = schema(about.list(2))?;
    let mut counted = 0_usize;
    for group in about.list(4) {
        counted = counted.checked_add(group.size(3, "the number of rows of a group")?).ok_or("it has too many rows")?;
        for column in columns.iter_mut().filter(|column| column.kind.is_ok()) {
            let about = group.list(1).get(column.leaf).and_then(|chunk| chunk.get(3)).ok_or("a group of rows lacks a column")?;
            column.chunks.push(chunk(about)?);
        }
    }
    if counted != rows {
        return Err(format!("its groups have {counted} rows, it is said to have {rows}"));
    }
    Ok(Footer { rows, columns })
}

/// The columns at the top of the schema.
fn schema(elements: &[Value<'_>]) -> Result<Vec<Column>, Damage> {
    let Some((root, mut rest)) = elements.split_first() else { return Err("it has no schema".to_owned()) };
    let (mut columns, mut leaf) = (Vec::new(), 0);
    for _ in 0..root.size(5, "the number of columns")? {
        let element = rest.first().ok_or("its schema breaks off")?;
        let name = String::from_utf8_lossy(element.bytes(4).unwrap_or_default()).into_owned();
        let children = element.int(5).unwrap_or(0);
        let repeated = element.int(3) == Some(2);
        let kind = if children > 0 || repeated { Err(NESTED) } else { kind::of(element) };
        columns.push(Column { name, kind, optional: element.int(3) == Some(1), chunks: Vec::new(), leaf });
        leaf += pass_over(&mut rest)?;
    }
    Ok(columns)
}

/// Goes behind an element and all below it; how many leaves those are.
fn pass_over(rest: &mut &[Value<'_>]) -> Result<usize, Damage> {
    let (mut wanted, mut leaves) = (1_usize, 0);
    while wanted > 0 {
        let (element, behind) = rest.split_first().ok_or("its schema breaks off")?;
        *rest = behind;
        let children = usize::try_from(element.int(5).unwrap_or(0)).map_err(|e| e.to_string())?;
        leaves += usize::from(children == 0);
        wanted = (wanted - 1).checked_add(children).ok_or("its schema breaks off")?;
    }
    Ok(leaves)
}

fn chunk(about: &Value<'_>) -> Result<Chunk, Damage> {
    let data = about.size(9, "the place of a column")?;
    // Some writers say 0 where there is no dictionary.
    let dictionary = about.int(11).and_then(|at| usize::try_from(at).ok()).filter(|at| *at >= MAGIC.len());
    let codec = match about.int(4) {
        Some(0) | None => Some(Codec::Plain),
        Some(1) => Some(Codec::Snappy),
        Some(2) => Some(Codec::Gzip),
        Some(6) => Some(Codec::Zstd),
        Some(7) => Some(Codec::Lz4Block),
        Some(_) => None,
    };
    Ok(Chunk {
        codec,
        values: about.size(5, "the number of values of a column")?,
        start: dictionary.map_or(data, |dictionary| dictionary.min(data)),
        length: about.size(7, "the length of a column")?,
    })
}
