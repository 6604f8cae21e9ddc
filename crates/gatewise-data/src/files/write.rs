//! Forms that a table is written in.

use std::io::{self, Write};
use std::path::Path;

use ruzstd::encoding::{CompressionLevel, compress};

use super::{Packing, infer, jsonl};
use crate::columns::Columns;
use crate::error::DataError;
use crate::time::TimeFormat;

/// A form that a table is written in, by the name of its file.
///
/// ```
/// use gatewise_data::{TableForm, TableNames};
///
/// let form = TableForm::of("forecast.jsonl.gz".as_ref())?;
/// let mut out = Vec::new();
/// form.write(b"ds,forecast\n2026-05-01,1.5\n", &TableNames::default(), &mut out)?;
/// assert_eq!(out[..2], [0x1f, 0x8b]);
/// assert!(TableForm::of("forecast.csv".as_ref())?.is_plain());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableForm {
    kind: Kind,
    packing: Option<Packing>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    JsonLines,
    #[cfg(feature = "parquet")]
    Parquet,
    #[cfg(feature = "arrow")]
    Arrow {
        is_file: bool,
    },
}

/// What is known of the columns of a table in text.
#[derive(Clone, Copy, Debug, Default)]
pub struct TableNames<'a> {
    /// Columns of names, which stay texts though they look like numbers.
    pub texts: &'a [&'a str],
    /// Columns of times.
    pub times: &'a [&'a str],
    /// How these are written; none: in ISO form, else they stay texts.
    pub format: Option<&'a TimeFormat>,
}

impl TableForm {
    /// The form that a name of a file asks for: `.parquet`, `.arrow`, `.feather` and `.ipc`, `.arrows` (a stream), `.jsonl` and `.ndjson`, and these last or
    /// any other name with `.gz` or `.zst` behind; CSV as it is under every other name.
    ///
    /// # Errors
    /// A form that this build is without, and one that is packed in itself with `.gz` or `.zst` behind.
    pub fn of(path: &Path) -> Result<Self, DataError> {
        let usage =
            |message: String, help: &str| DataError::Usage { message: format!("{}: {message}", path.display()), help: help.to_owned() };
        let ending = |path: &Path| path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        let (packing, inner) = match &ending(path)[..] {
            "gz" => (Some(Packing::Gzip), path.with_extension("")),
            "zst" => (Some(Packing::Zstd), path.with_extension("")),
            _ => (None, path.to_owned()),
        };
        let kind = match &ending(&inner)[..] {
            "jsonl" | "ndjson" => Kind::JsonLines,
            "parquet" | "pq" => parquet().ok_or_else(|| usage("this build is without the feature \"parquet\"".to_owned(), WITHOUT))?,
            "arrow" | "feather" | "ipc" => {
                arrow(true).ok_or_else(|| usage("this build is without the feature \"arrow\"".to_owned(), WITHOUT))?
            }
            "arrows" => arrow(false).ok_or_else(|| usage("this build is without the feature \"arrow\"".to_owned(), WITHOUT))?,
            _ => Kind::Text,
        };
        if packing.is_some() && !matches!(kind, Kind::Text | Kind::JsonLines) {
            return Err(usage("such a file is packed by itself".to_owned(), "leave .gz or .zst out of its name"));
        }
        Ok(Self { kind, packing })
    }

    /// Whether the text of a table is written as it is.
    pub fn is_plain(self) -> bool {
        self.kind == Kind::Text && self.packing.is_none()
    }

    /// Writes a table that is there as CSV: numbers as numbers of 64 bits, times as timestamps without a zone, truth values, and the rest as texts; empty
    /// cells are missing.
    ///
    /// # Errors
    /// Those of `out`; a text that is no CSV; a column beyond what the form holds.
    pub fn write(self, csv: &[u8], names: &TableNames<'_>, out: &mut dyn Write) -> io::Result<()> {
        if self.kind == Kind::Text {
            return self.pack(csv, out);
        }
        let columns = infer::columns(csv, names).map_err(io::Error::other)?;
        self.write_columns(&columns, out)
    }

    /// Writes columns of one length.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn write_columns(self, columns: &Columns, out: &mut dyn Write) -> io::Result<()> {
        columns.check("columns").map_err(io::Error::other)?;
        match self.kind {
            Kind::Text => self.pack(columns.text(b',').as_bytes(), out),
            Kind::JsonLines => self.pack(&jsonl::lines(columns), out),
            #[cfg(feature = "parquet")]
            Kind::Parquet => super::parquet::write::write(columns, out),
            #[cfg(feature = "arrow")]
            Kind::Arrow { is_file } => super::arrow::write::write(columns, is_file, out),
        }
    }

    fn pack(self, bytes: &[u8], out: &mut dyn Write) -> io::Result<()> {
        match self.packing {
            None => out.write_all(bytes),
            Some(Packing::Gzip) => {
                let mut packed = flate2::write::GzEncoder::new(out, flate2::Compression::default());
                packed.write_all(bytes)?;
                packed.finish().map(drop)
            }
            Some(Packing::Zstd) => {
                let mut packed = Vec::new();
                compress(bytes, &mut packed, CompressionLevel::Fastest);
                out.write_all(&packed)
            }
        }
    }
}

const WITHOUT: &str = "build with it, or write a name that ends in .csv or .jsonl";

#[cfg(feature = "parquet")]
fn parquet() -> Option<Kind> {
    Some(Kind::Parquet)
}

#[cfg(not(feature = "parquet"))]
fn parquet() -> Option<Kind> {
    None
}

#[cfg(feature = "arrow")]
fn arrow(is_file: bool) -> Option<Kind> {
    Some(Kind::Arrow { is_file })
}

#[cfg(not(feature = "arrow"))]
fn arrow(_: bool) -> Option<Kind> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(all(feature = "parquet", feature = "arrow"))]
    use crate::columns::Values;
    use crate::files::{Opened, cells, open};

    fn read_back(name: &str, columns: &Columns) -> Columns {
        let mut out = Vec::new();
        TableForm::of(name.as_ref()).unwrap().write_columns(columns, &mut out).unwrap();
        match open(out).unwrap() {
            Opened::Columns(typed) => typed.columns,
            Opened::Bytes(_) => panic!("{name} has no columns"),
        }
    }

    #[cfg(all(feature = "parquet", feature = "arrow"))]
    #[test]
    fn columns_of_every_kind_come_back_from_typed_files() {
        let columns = cells::sample();
        for name in ["a.parquet", "b.arrow", "c.feather", "d.arrows"] {
            for ((name, found), (_, written)) in read_back(name, &columns).iter().zip(columns.iter()) {
                match (name, found, written) {
                    ("step", Values::Integers(found), _) => assert_eq!(found[1..], [1, 2, 3, 4, 5, 6, 7, 8].map(Some)),
                    (_, Values::Numbers(a), Values::Numbers(b)) => {
                        assert!(a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()))
                    }
                    _ => assert_eq!(found, written, "{name}"),
                }
            }
        }
    }

    #[cfg(all(feature = "parquet", feature = "arrow"))]
    #[test]
    fn tables_of_many_rows_and_of_none_come_back() {
        for rows in [0, 1, 300_000] {
            let columns = Columns::new().with("n", Values::Integers((0..rows).map(|k| (k % 5 > 0).then_some(k)).collect()));
            for name in ["a.parquet", "b.arrow", "c.arrows"] {
                assert_eq!(read_back(name, &columns), columns, "{name} of {rows}");
            }
        }
    }

    #[test]
    fn lines_of_json_come_back_packed_or_not() {
        let columns = cells::sample();
        for name in ["a.jsonl", "b.ndjson.gz", "c.jsonl.zst"] {
            let found = read_back(name, &columns);
            assert_eq!(found.iter().map(|(name, _)| name).collect::<Vec<_>>(), columns.iter().map(|(name, _)| name).collect::<Vec<_>>());
            for name in ["name", "count", "open"] {
                let of = |columns: &Columns| columns.iter().find(|(found, _)| *found == name).unwrap().1.clone();
                assert_eq!(of(&found), of(&columns), "{name}");
            }
        }
    }

    #[test]
    fn text_stays_as_it_is_within_what_it_is_packed_in() {
        let csv = b"a,b\n1,007\n";
        for name in ["a.csv", "a.csv.gz", "a.txt.ZST"] {
            let (form, mut out) = (TableForm::of(name.as_ref()).unwrap(), Vec::new());
            form.write(csv, &TableNames::default(), &mut out).unwrap();
            assert!(form.is_plain() == (out == csv) && matches!(open(out).unwrap(), Opened::Bytes(bytes) if bytes == csv), "{name}");
        }
    }

    #[test]
    fn names_that_no_form_has_are_refused_with_a_cure() {
        #[cfg(feature = "parquet")]
        let error = TableForm::of("a.parquet.gz".as_ref()).unwrap_err();
        #[cfg(not(feature = "parquet"))]
        let error = TableForm::of("a.parquet".as_ref()).unwrap_err();
        assert!(error.to_string().starts_with("a.parquet") && error.is_usage() && error.help().is_some(), "{error}");
    }
}
