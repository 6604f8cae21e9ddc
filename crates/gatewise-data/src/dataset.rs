//! A table that has been read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::choice::Choice;
use crate::finding::Finding;
use crate::frequency::Frequency;
use crate::names::is_series_id;
use crate::options::{Event, ReadOptions};
use crate::time::{Time, TimeFormat};

/// How a table holds its series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// One row a time, columns are channels; one series.
    Wide,
    /// One row a time and series, an id column tells the series apart.
    Long,
}

/// The covariate of any public holiday.
pub(crate) const ANY_HOLIDAY: &str = "holiday";

/// Series on one regular time grid, read from a table.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// File as given, or `<stdin>`.
    pub path: String,
    /// Wide or long.
    pub layout: Layout,
    /// Channel names: targets first, then covariates.
    pub channels: Vec<String>,
    /// How many of `channels` are targets.
    pub targets: usize,
    /// Columns that are known beyond the end of the targets.
    pub future: Vec<String>,
    /// What these are as numbers, and holidays and events behind them: the columns of [`Series::known`].
    pub known: Vec<String>,
    /// The categories of each column of text among them, the usual one first: each of the others is a column of [`known`](Self::known) that is 1
    /// where it stands.
    pub levels: BTreeMap<String, Vec<String>>,
    /// Days that are not like others, as they were given.
    pub events: Vec<Event>,
    /// Which of [`known`](Self::known), the last ones, are holidays and events.
    pub calendar: Vec<String>,
    /// Column that names the series, in a long table.
    pub id_column: Option<String>,
    /// Time column; joined by commas where there are several; none where rows are counted.
    pub time_column: Option<String>,
    /// How the time column is written.
    pub time_format: TimeFormat,
    /// The series, in the order of their first rows.
    pub series: Vec<Series>,
    /// Time from row to row, the same for every series.
    pub frequency: Frequency,
    /// What was noticed, worst first.
    pub findings: Vec<Finding>,
    /// What was found out rather than given.
    pub guesses: Vec<Choice>,
}

impl Dataset {
    /// One series of equal steps out of memory: a name and the values of each column, all as long, and how many of them, from the first, are
    /// forecast; the others are covariates. Rows are counted from 1.
    ///
    /// # Errors
    /// No target, columns of different lengths, and values that are not finite, each with its column and row.
    ///
    /// ```
    /// let data = gatewise_data::Dataset::from_columns(&[("sales", &[3.0, 5.0, 4.0])], 1)?;
    /// assert_eq!(data.series[0].len(), 3);
    /// # Ok::<(), gatewise_data::ColumnsError>(())
    /// ```
    pub fn from_columns(columns: &[(&str, &[f64])], targets: usize) -> Result<Self, ColumnsError> {
        let rows = columns.first().map_or(0, |(_, values)| values.len());
        if targets == 0 || targets > columns.len() {
            return Err(ColumnsError::Targets { targets, columns: columns.len() });
        }
        for (name, values) in columns {
            if values.len() != rows {
                return Err(ColumnsError::Length { column: (*name).to_owned(), rows: values.len(), expected: rows });
            }
            if let Some(row) = values.iter().position(|value| !value.is_finite()) {
                return Err(ColumnsError::NotFinite { column: (*name).to_owned(), row: row + 1, value: values[row] });
            }
        }
        let values = (0..rows).flat_map(|row| columns.iter().map(move |(_, values)| values[row])).collect();
        let times = (1..=rows).map(|row| Time::Index(i64::try_from(row).unwrap_or(i64::MAX))).collect();
        Ok(Self {
            path: "<memory>".to_owned(),
            layout: Layout::Wide,
            channels: columns.iter().map(|(name, _)| (*name).to_owned()).collect(),
            targets,
            future: Vec::new(),
            known: Vec::new(),
            levels: BTreeMap::new(),
            events: Vec::new(),
            calendar: Vec::new(),
            id_column: None,
            time_column: None,
            time_format: TimeFormat::Row,
            series: vec![Series { id: String::new(), times, values, known: Vec::new(), imputed: Vec::new(), missing: Vec::new() }],
            frequency: Frequency::Steps(1),
            findings: Vec::new(),
            guesses: Vec::new(),
        })
    }

    /// Whether a known covariate tells apart what another one says already: a holiday by its name, or a day beside one, where "holiday" is any of them.
    pub fn refines(&self, column: usize) -> bool {
        let Some(name) = self.known.get(column) else { return false };
        name != ANY_HOLIDAY && self.calendar.contains(name) && !self.events.iter().any(|event| event.name == *name)
    }

    /// Writes a time in the form the file has, to be joined to the file by equal text.
    pub fn format_time(&self, time: &Time) -> String {
        self.time_format.format(time)
    }

    /// Reads a time given by the user: in the file's form, or as an ISO date where the file has
    /// dates. `None` where it is neither.
    pub fn parse_time(&self, text: &str) -> Option<Time> {
        self.time_format.parse_loosely(text)
    }

    /// Settings under which the next table has the same columns in the same roles: what `given` left open and no name tells, such as the
    /// columns that name the series, is as it was found here.
    pub fn reading(&self, given: &ReadOptions) -> ReadOptions {
        let found = self.id_column.clone().filter(|name| !is_series_id(name));
        ReadOptions {
            id: given.id.clone().or(found),
            future: self.future.clone(),
            levels: self.levels.clone(),
            events: self.events.clone(),
            calendar: self.calendar.clone(),
            ..given.clone()
        }
    }

    /// The table with the first rows of each series, `rows` of the one of this number; a series without an answer is left out. What is known of
    /// rows ahead stays known.
    ///
    /// # Panics
    /// If a series has fewer rows.
    #[must_use]
    pub fn heads(&self, rows: impl Fn(usize) -> Option<usize>) -> Self {
        let channels = self.channels.len();
        let head = |(s, series): (usize, &Series)| {
            let rows = rows(s)?;
            Some(Series {
                id: series.id.clone(),
                times: series.times[..rows].to_vec(),
                values: series.values[..rows * channels].to_vec(),
                known: series.known.clone(),
                imputed: series.imputed.iter().copied().filter(|row| *row < rows).collect(),
                missing: series.missing.iter().copied().take(rows * channels).collect(),
            })
        };
        Self {
            path: self.path.clone(),
            layout: self.layout,
            channels: self.channels.clone(),
            targets: self.targets,
            future: self.future.clone(),
            known: self.known.clone(),
            levels: self.levels.clone(),
            events: self.events.clone(),
            calendar: self.calendar.clone(),
            id_column: self.id_column.clone(),
            time_column: self.time_column.clone(),
            time_format: self.time_format.clone(),
            series: self.series.iter().enumerate().filter_map(head).collect(),
            frequency: self.frequency,
            findings: Vec::new(),
            guesses: self.guesses.clone(),
        }
    }

    /// Rows of all series together.
    pub fn rows(&self) -> usize {
        self.series.iter().map(Series::len).sum()
    }
}

/// One series: a value of every channel at every step of the frequency.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Text of the id column; empty in a wide table.
    pub id: String,
    /// Time of each row, rising by one step of the frequency.
    pub times: Vec<Time>,
    /// (len, channels), row-major, in the file's units; finite in what `read_table` returns.
    pub values: Vec<f64>,
    /// (len + rows ahead, [`Dataset::known`]), row-major: what is known of each row, and of rows behind the last one.
    pub known: Vec<f64>,
    /// Rows where a value was filled in, rising.
    pub imputed: Vec<usize>,
    /// (len, channels), row-major: which values are missing under [`Impute::Mask`](crate::Impute::Mask), and only stood in for in `values`; empty where none is.
    pub missing: Vec<bool>,
}

impl Series {
    /// Rows.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// True without a row.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// Rows behind the last one of which `columns` known covariates are there.
    pub fn rows_ahead(&self, columns: usize) -> usize {
        (self.known.len() / columns.max(1)).saturating_sub(self.len())
    }

    /// Values of one channel out of `channels`, in time order.
    pub fn channel(&self, index: usize, channels: usize) -> impl Iterator<Item = f64> {
        self.values.iter().skip(index).step_by(channels.max(1)).copied()
    }
}

/// Columns that make no series.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ColumnsError {
    /// Too few columns to forecast so many, or none to forecast.
    #[error("{targets} targets of {columns} columns: give from 1 to all of them")]
    Targets {
        /// Asked for.
        targets: usize,
        /// There are.
        columns: usize,
    },
    /// A column that is longer or shorter than the first.
    #[error("column \"{column}\" has {rows} rows, the first one {expected}")]
    Length {
        /// Its name.
        column: String,
        /// Its rows.
        rows: usize,
        /// Those of the first column.
        expected: usize,
    },
    /// A value that is no number.
    #[error("column \"{column}\", row {row}: {value} is not finite; fill it in first")]
    NotFinite {
        /// The column's name.
        column: String,
        /// The row, from 1.
        row: usize,
        /// The value.
        value: f64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_memory_are_one_series_or_refused_with_their_place() {
        let data = Dataset::from_columns(&[("a", &[1.0, 2.0]), ("b", &[3.0, 4.0])], 1).unwrap();
        assert_eq!((data.series[0].values.as_slice(), data.rows(), data.targets), (&[1.0, 3.0, 2.0, 4.0][..], 2, 1));
        assert_eq!(data.frequency.next(data.series[0].times.last().unwrap(), 1), Time::Index(3));
        let refused = |columns: &[(&str, &[f64])], targets| Dataset::from_columns(columns, targets).unwrap_err().to_string();
        assert!(refused(&[], 0).contains("targets"));
        assert!(refused(&[("a", &[1.0])], 2).contains("2 targets of 1"));
        assert!(refused(&[("a", &[1.0]), ("b", &[])], 1).contains("\"b\" has 0 rows"));
        assert!(refused(&[("a", &[1.0, f64::NAN])], 1).contains("row 2"));
    }

    #[test]
    fn heads_are_the_first_rows_with_what_was_filled_in_of_them() {
        let mut data = Dataset::from_columns(&[("a", &[1.0, 2.0, 3.0]), ("b", &[4.0, 5.0, 6.0])], 1).unwrap();
        data.series[0].imputed = vec![0, 2];
        let other = Series {
            id: "short".into(),
            times: vec![Time::Index(1)],
            values: vec![7.0, 8.0],
            known: Vec::new(),
            imputed: vec![0],
            missing: Vec::new(),
        };
        data.series.push(other);
        let heads = data.heads(|s| (s == 0).then_some(2));
        assert_eq!(heads.series.len(), 1);
        assert_eq!(
            (heads.series[0].len(), &heads.series[0].values[..], &heads.series[0].imputed[..]),
            (2, &[1.0, 4.0, 2.0, 5.0][..], &[0][..])
        );
    }
}
