//! Writes a table as it was understood: ISO dates, plain numbers, UTF-8.

use std::io::{self, Write};

use jiff::civil::DateTime;

use crate::dataset::Dataset;
use crate::time::{Time, TimeFormat};

/// Names of id columns that are recognised unasked.
const ID_NAMES: [&str; 3] = ["unique_id", "item_id", "series_id"];
/// Names under which whole numbers are a time unasked.
const COUNT_NAMES: [&str; 7] = ["ds", "timestamp", "time", "ts", "t", "step", "period"];

/// Columns of the plain table, and those that had to be called otherwise.
struct Names {
    id: Option<String>,
    time: Option<String>,
    channels: Vec<String>,
    renamed: Vec<String>,
}

impl Names {
    fn of(dataset: &Dataset) -> Self {
        let mut renamed = Vec::new();
        let mut called = |old: &str, new: &str| {
            if old != new {
                renamed.push(format!("column \"{old}\" is called \"{new}\""));
            }
            new.to_owned()
        };
        let known = |name: &str, names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        let id = dataset.id_column.as_deref().map(|name| called(name, if known(name, &ID_NAMES) { name } else { "unique_id" }));
        let time = dataset.time_column.as_deref().filter(|_| dataset.time_format != TimeFormat::Row).map(|name| {
            let counts = matches!(dataset.time_format, TimeFormat::Integer);
            match name {
                _ if counts && !known(name, &COUNT_NAMES) => called(name, "step"),
                _ if !counts && (name.contains(',') || !is_word(name)) => called(name, "date"),
                _ => name.to_owned(),
            }
        });
        // A header of numbers would be taken for a row.
        let channels =
            dataset.channels.iter().map(|name| if is_word(name) { name.clone() } else { called(name, &format!("column_{name}")) });
        let channels = channels.collect();
        Names { id, time, channels, renamed }
    }
}

fn is_word(name: &str) -> bool {
    name.chars().any(char::is_alphabetic) && crate::time::kind_of("", std::iter::once(name)) != crate::time::Kind::Date
}

impl Dataset {
    /// Writes the series as a plain table in UTF-8, a row a time and series: dates in ISO form, numbers with a point and nothing else. Tells
    /// which columns are called otherwise than in the file.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_plain(&self, out: impl Write) -> io::Result<Vec<String>> {
        let names = Names::of(self);
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(names.id.iter().chain(&names.time).chain(&names.channels))?;
        let dates = Dates::of(self);
        let mut row: Vec<String> = Vec::new();
        for series in &self.series {
            for (time, values) in series.times.iter().zip(series.values.chunks(self.channels.len().max(1))) {
                row.clear();
                row.extend(names.id.is_some().then(|| series.id.clone()));
                row.extend(names.time.is_some().then(|| dates.text(time)));
                row.extend(values.iter().map(f64::to_string));
                writer.write_record(&row)?;
            }
        }
        writer.flush()?;
        Ok(names.renamed)
    }
}

/// One written form for all times of a table.
struct Dates {
    /// Hours and minutes, then seconds, then parts of one.
    clock: u8,
}

impl Dates {
    fn of(dataset: &Dataset) -> Self {
        let clock_of = |time: &Time| match time {
            Time::Index(_) => 0,
            Time::Date(at) if at.subsec_nanosecond() != 0 => 3,
            Time::Date(at) if at.second() != 0 => 2,
            Time::Date(at) => u8::from(at.hour() != 0 || at.minute() != 0),
        };
        Dates { clock: dataset.series.iter().flat_map(|series| &series.times).map(clock_of).max().unwrap_or(0) }
    }

    fn text(&self, time: &Time) -> String {
        match time {
            Time::Index(index) => index.to_string(),
            Time::Date(at) => self.date(*at),
        }
    }

    fn date(&self, at: DateTime) -> String {
        let mut text = format!("{:04}-{:02}-{:02}", at.year(), at.month(), at.day());
        if self.clock > 0 {
            text += &format!(" {:02}:{:02}", at.hour(), at.minute());
        }
        if self.clock > 1 {
            text += &format!(":{:02}", at.second());
        }
        if self.clock > 2 {
            text += &format!(".{:09}", at.subsec_nanosecond());
        }
        text
    }
}
