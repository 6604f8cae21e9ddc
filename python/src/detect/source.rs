//! Where rows come from: a file, or columns in memory; and the first of them, by which later ones are read.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use gatewise::data::{Columns, RowOptions, RowReader, Values, count_lines, first_lines};
use gatewise::{Error, Kind};
use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use serde::{Deserialize, Serialize};

/// Lines by which it is found out what the columns are: a header, and as many rows as a reader looks at.
const HEAD: usize = 4097;

/// A table where Python has it.
pub enum Source {
    File(PathBuf),
    Columns { label: String, columns: Columns },
}

/// A cell's text, on one line.
fn on_a_line(text: String) -> String {
    if text.contains(['\n', '\r']) { text.replace(['\n', '\r'], " ") } else { text }
}

impl Source {
    /// A path, or pairs of a name and an array of numbers or a list of texts.
    pub fn of(table: &Bound<'_, PyAny>, label: &str) -> PyResult<Self> {
        if let Ok(path) = table.extract::<PathBuf>() {
            return Ok(Self::File(path));
        }
        let mut columns = Columns::new();
        for column in table.try_iter()? {
            let (name, values): (String, Bound<'_, PyAny>) = column?.extract()?;
            let values = match values.extract::<PyReadonlyArray1<'_, f64>>() {
                Ok(numbers) => Values::Numbers(numbers.as_array().to_vec()),
                Err(_) => {
                    let texts = values.extract::<Vec<Option<String>>>()?.into_iter();
                    Values::Texts(texts.map(|text| on_a_line(text.unwrap_or_default())).collect())
                }
            };
            columns = columns.with(on_a_line(name), values);
        }
        Ok(Self::Columns { label: label.to_owned(), columns })
    }

    /// Whether it is a file.
    pub fn is_file(&self) -> bool {
        matches!(self, Self::File(_))
    }

    /// A reader that stands at the first row.
    pub fn open(&self, options: &RowOptions) -> Result<RowReader, Error> {
        Ok(match self {
            Self::File(path) => RowReader::open(path, options)?,
            Self::Columns { label, columns } => RowReader::of_columns(label, columns, options)?,
        })
    }

    /// How many rows there are, as the command line counts them.
    pub fn rows(&self) -> Result<Option<u64>, Error> {
        Ok(Some(match self {
            Self::Columns { columns, .. } => columns.rows() as u64,
            Self::File(path) => {
                let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
                count_lines(&path.display().to_string(), bytes)?.saturating_sub(1)
            }
        }))
    }

    /// The first rows.
    pub fn head(&self, options: &RowOptions) -> Result<Head, Error> {
        let options = Known::of(options);
        let rows = match self {
            Self::Columns { label, columns } => {
                let first = |values: &Values| match values {
                    Values::Numbers(all) => Cells::Numbers(all.iter().take(HEAD).copied().map(Number).collect()),
                    Values::Texts(all) => Cells::Texts(all.iter().take(HEAD).cloned().collect()),
                    Values::Integers(all) => Cells::Texts(all.iter().take(HEAD).map(written).collect()),
                    Values::Booleans(all) => Cells::Texts(all.iter().take(HEAD).map(written).collect()),
                    Values::Times(all) => Cells::Texts(all.iter().take(HEAD).map(|t| t.map_or(String::new(), |t| t.to_string())).collect()),
                };
                Rows::Columns {
                    label: label.clone(),
                    columns: columns.iter().map(|(name, values)| (name.to_owned(), first(values))).collect(),
                }
            }
            Self::File(path) => {
                let bytes = first_lines(path, HEAD)?;
                Rows::Lines { path: path.display().to_string(), text: String::from_utf8_lossy(&bytes).into_owned() }
            }
        };
        Ok(Head { options, rows })
    }
}

/// A value as a cell; an empty one where there is none.
fn written<T: ToString>(value: &Option<T>) -> String {
    value.as_ref().map_or_else(String::new, T::to_string)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(Kind::Io, format!("{}: {error}", path.display()))
}

/// The first rows of a table, and how they are read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Head {
    options: Known,
    rows: Rows,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Rows {
    Lines { path: String, text: String },
    Columns { label: String, columns: Vec<(String, Cells)> },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Cells {
    Numbers(Vec<Number>),
    Texts(Vec<String>),
}

/// A number to the bit, NaN too.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(from = "u64", into = "u64")]
struct Number(f64);

impl From<u64> for Number {
    fn from(bits: u64) -> Self {
        Self(f64::from_bits(bits))
    }
}

impl From<Number> for u64 {
    fn from(number: Number) -> Self {
        number.0.to_bits()
    }
}

/// How rows are read.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Known {
    values: Vec<String>,
    time: Option<String>,
    id: Option<String>,
    states: Option<Vec<String>>,
    counters: Option<Vec<String>>,
    label: Option<String>,
    na: Vec<String>,
    delimiter: Option<u8>,
}

impl Known {
    fn of(options: &RowOptions) -> Self {
        let RowOptions { values, time, id, states, counters, label, na, delimiter, live: _ } = options.clone();
        Self { values, time, id, states, counters, label, na, delimiter }
    }

    fn options(&self) -> RowOptions {
        let Self { values, time, id, states, counters, label, na, delimiter } = self.clone();
        RowOptions { values, time, id, states, counters, label, na, delimiter, live: false }
    }
}

impl Head {
    /// A reader that stands at the first row.
    pub fn open(&self) -> Result<RowReader, Error> {
        let options = self.options.options();
        Ok(match &self.rows {
            Rows::Lines { path, text } => RowReader::new(path.clone(), Box::new(Cursor::new(text.clone())), &options)?,
            Rows::Columns { label, columns } => {
                let mut all = Columns::new();
                for (name, cells) in columns {
                    let values = match cells {
                        Cells::Numbers(numbers) => Values::Numbers(numbers.iter().map(|number| number.0).collect()),
                        Cells::Texts(texts) => Values::Texts(texts.clone()),
                    };
                    all = all.with(name, values);
                }
                RowReader::of_columns(label, &all, &options)?
            }
        })
    }

    /// A reader that stands behind these rows, and reads others alike.
    pub fn reader(&self) -> Result<RowReader, Error> {
        let mut reader = self.open()?;
        while reader.next_row()?.is_some() {}
        Ok(reader)
    }

    /// How they are read.
    pub fn options(&self) -> RowOptions {
        self.options.options()
    }
}
