//! Columns that another reader has, such as one of Parquet, of a database, or of arrays in memory.

use crate::error::DataError;
use crate::grid::{Grid, write_cell};
use crate::time::Time;

/// Between the cells of the text that columns become.
const DELIMITER: u8 = b'\t';

/// What a column holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Numbers; NaN where there is none.
    Numbers(Vec<f64>),
    /// Whole numbers with all of their digits; none where there is none.
    Integers(Vec<Option<i64>>),
    /// Truth values, which are texts to all tasks; none where there is none.
    Booleans(Vec<Option<bool>>),
    /// Texts, such as the names of series; empty where there is none.
    Texts(Vec<String>),
    /// Times; none where there is none.
    Times(Vec<Option<Time>>),
}

impl Values {
    /// Rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::Integers(values) => values.len(),
            Self::Booleans(values) => values.len(),
            Self::Texts(values) => values.len(),
            Self::Times(values) => values.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A cell as text, which reads back as the same value; times have the `clock` of their column.
    fn text(&self, row: usize, clock: Clock) -> String {
        match self {
            Self::Numbers(values) if values[row].is_nan() => String::new(),
            Self::Numbers(values) => values[row].to_string(),
            Self::Integers(values) => values[row].map_or(String::new(), |value| value.to_string()),
            Self::Booleans(values) => values[row].map_or(String::new(), |value| value.to_string()),
            Self::Texts(values) => values[row].clone(),
            Self::Times(values) => values[row].map_or(String::new(), |time| clock.text(time)),
        }
    }

    /// How the times of the column are written, all alike.
    pub(crate) fn clock(&self) -> Clock {
        let Self::Times(values) = self else { return Clock::None };
        let of = |time: &Time| match time {
            Time::Index(_) => Clock::None,
            Time::Date(at) => match at.subsec_nanosecond() {
                0 if at.time() == jiff::civil::Time::midnight() => Clock::None,
                0 => Clock::Seconds,
                nanos if nanos % 1_000_000 == 0 => Clock::Digits(3),
                nanos if nanos % 1_000 == 0 => Clock::Digits(6),
                _ => Clock::Digits(9),
            },
        };
        values.iter().flatten().map(of).max().unwrap_or(Clock::None)
    }
}

/// The time of day behind a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Clock {
    None,
    Seconds,
    /// Seconds with digits behind them.
    Digits(usize),
}

impl Clock {
    pub fn text(self, time: Time) -> String {
        match (self, time) {
            (_, Time::Index(index)) => index.to_string(),
            (Self::None, Time::Date(at)) => at.date().to_string(),
            (Self::Seconds, Time::Date(at)) => format!("{} {}", at.date(), at.time()),
            (Self::Digits(digits), Time::Date(at)) => format!("{} {:.digits$}", at.date(), at.time()),
        }
    }
}

/// Named columns of one length, from whatever reader: [`read_columns`](crate::read_columns) makes series of them as
/// [`read_table`](crate::read_table) does of a file, with the same roles, settings and findings.
///
/// ```
/// use gatewise_data::{Columns, ReadOptions, Time, Values, read_columns};
///
/// let days = (1..=4).map(|day| Some(Time::Date(jiff::civil::date(2024, 5, day).at(0, 0, 0, 0)))).collect();
/// let columns = Columns::new()
///     .with("day", Values::Times(days))
///     .with("sales", Values::Numbers(vec![3.0, 5.0, 4.0, 6.0]));
/// let data = read_columns("<database>", &columns, &ReadOptions::default())?;
/// assert_eq!((data.frequency.code(), data.channels), ("D".to_owned(), vec!["sales".to_owned()]));
/// # Ok::<(), gatewise_data::DataError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns(Vec<(String, Values)>);

impl Columns {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a further column.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, values: Values) -> Self {
        self.0.push((name.into(), values));
        self
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Values)> {
        self.0.iter().map(|(name, values)| (&name[..], values))
    }

    /// Rows; those of the longest column.
    pub fn rows(&self) -> usize {
        self.0.iter().map(|(_, values)| values.len()).max().unwrap_or(0)
    }

    /// Refuses columns of several lengths; `name` is that of the table.
    pub(crate) fn check(&self, name: &str) -> Result<(), DataError> {
        let mut lengths = self.iter().map(|(column, values)| (column, values.len()));
        let Some((column, rows)) = lengths.find(|(_, rows)| *rows != self.rows()) else { return Ok(()) };
        let message = format!("{name}: column \"{column}\" has {rows} rows, others have {}", self.rows());
        Err(DataError::Usage { message, help: "give columns of one length, with NaN or none where a value is missing".to_owned() })
    }

    /// The cells with the names above them, which stand on the line `first`. Columns have one length.
    pub(crate) fn grid(&self, first: u64) -> Grid {
        Grid::parse(self.text(DELIMITER), DELIMITER, first)
    }

    /// The lines of a table, that of the names first. Columns have one length.
    pub(crate) fn text(&self, delimiter: u8) -> String {
        let mut text = Vec::new();
        let mut line = |cells: &mut dyn Iterator<Item = String>| {
            for (column, cell) in cells.enumerate() {
                if column > 0 {
                    text.push(delimiter);
                }
                write_cell(&mut text, &cell, delimiter);
            }
            text.push(b'\n');
        };
        line(&mut self.0.iter().map(|(name, _)| name.clone()));
        let clocks: Vec<Clock> = self.0.iter().map(|(_, values)| values.clock()).collect();
        for row in 0..self.rows() {
            // A lone empty cell would be a blank line.
            let cell =
                |(values, clock): (&Values, &Clock)| Some(values.text(row, *clock)).filter(|text| self.0.len() > 1 || !text.is_empty());
            let cells = self.0.iter().map(|(_, values)| values).zip(&clocks);
            line(&mut cells.map(|cells| cell(cells).unwrap_or_else(|| "NA".to_owned())));
        }
        String::from_utf8(text).expect("cells are UTF-8")
    }

    /// With names and texts of one line each.
    pub(crate) fn on_lines(self) -> Self {
        let flat = |text: String| if text.contains(['\n', '\r']) { text.replace(['\n', '\r'], " ") } else { text };
        let values = |values| match values {
            Values::Texts(texts) => Values::Texts(texts.into_iter().map(flat).collect()),
            values => values,
        };
        Self(self.0.into_iter().map(|(name, column)| (flat(name), values(column))).collect())
    }

    /// Whether any column holds numbers, which have decimal points.
    pub(crate) fn has_numbers(&self) -> bool {
        self.iter().any(|(_, values)| matches!(values, Values::Numbers(_) | Values::Integers(_)))
    }

    pub(crate) const DELIMITER: u8 = DELIMITER;
}
