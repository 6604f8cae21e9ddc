//! Places in a table.

use gatewise_data::{Dataset, Series, Time};

use crate::error::Error;

/// A place in time as the user gave it: a time, or a row number from 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    /// A time, of the table's own form.
    Time(Time),
    /// A row, from 0.
    Row(usize),
}

impl Place {
    /// Reads the value of a setting. A whole number is a row, unless the table's own times are written so.
    ///
    /// # Errors
    /// Text that is neither.
    pub fn parse(dataset: &Dataset, setting: &str, text: &str) -> Result<Self, Error> {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let times_are_numbers = dataset.series.iter().filter_map(|s| s.times.first()).all(|t| is_number(&dataset.format_time(t)));
        let failed = || {
            let example = dataset.series.iter().find_map(|s| s.times.last()).map(|t| dataset.format_time(t));
            Error::usage(format!("{setting} {text}: neither a time of {} nor a row number", dataset.path))
                .help(format!("write a time as the table does, such as {setting} \"{}\"", example.unwrap_or_default()))
        };
        if is_number(text) && !times_are_numbers {
            let row = text.parse::<usize>().ok().filter(|&row| row > 0).ok_or_else(failed)?;
            return Ok(Self::Row(row - 1));
        }
        dataset.parse_time(text).map(Self::Time).ok_or_else(failed)
    }

    /// The first row of a series at or behind this place; its length where there is none.
    pub fn row(self, series: &Series) -> usize {
        match self {
            Self::Row(row) => row.min(series.len()),
            Self::Time(time) => series.times.partition_point(|t| *t < time),
        }
    }
}
