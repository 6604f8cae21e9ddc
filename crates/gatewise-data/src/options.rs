//! What the caller may settle before a table is read.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Cells that count as missing in every file, whatever [`ReadOptions::na`] adds.
pub const DEFAULT_NA: &[&str] = &["", "NA", "NaN", "nan", "NAN", "null", "NULL", "Null", "None", "<NA>", "#N/A"];

/// Settings of a read; what is left empty is found out from the file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReadOptions {
    /// Columns to forecast (`--target`). Empty: `y` or `target` in a long table, else every column
    /// of numbers.
    pub target: Vec<String>,
    /// Time column (`--time`). `row` counts the rows and reads no time; `year,month,day` joins
    /// columns, as `date,time` does. A suffix settles how it is written: `date:ymd`, `date:dmy`, `date:mdy`, a form of
    /// [`Pattern`](crate::Pattern) such as `date:%d.%m.%y`, `ts:epoch` (seconds), `ts:epoch-ms`, `ts:epoch-us`, `ts:epoch-ns`, `ts:excel` (days of
    /// a spreadsheet), `ts:int`.
    pub time: Option<String>,
    /// Column that names the series of a long table (`--id`); several are parted by commas, and their texts joined.
    pub id: Option<String>,
    /// Further columns of numbers to read beside the targets (`--covariates`).
    pub covariates: Vec<String>,
    /// Columns whose values are known beyond the end of the targets (`--future`): numbers, truth values or categories. The rows behind the last
    /// target are kept of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub future: Vec<String>,
    /// Table of such columns in a file of its own (`--future-file`): rows of one time, and series, are one with those of the table.
    #[serde(skip)]
    pub future_file: Option<PathBuf>,
    /// The categories of such columns, as [`Dataset::levels`](crate::Dataset::levels) of an earlier table says. Empty: those of the table.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub levels: BTreeMap<String, Vec<String>>,
    /// Countries or regions whose public holidays are covariates (`--holidays`): `KR`, `DE-BY`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<String>,
    /// Table of further days that are not like others (`--events`), see [`read_events`](crate::read_events).
    #[serde(skip)]
    pub events_file: Option<PathBuf>,
    /// Such days, where no table says others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    /// The columns of holidays and events, as [`Dataset::calendar`](crate::Dataset::calendar) of an earlier table says. Empty: those that the rows show.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calendar: Vec<String>,
    /// Rows behind the last one for which holidays and events are known: as many as are to be forecast.
    #[serde(skip)]
    pub ahead: usize,
    /// Time from row to row (`--freq`): `h`, `15min`, `D`, `W`, `M`, `Q`, `Y`, `hourly`, `10`, …
    pub freq: Option<String>,
    /// Cells that mean "missing", beside [`DEFAULT_NA`] (`--na`). A number matches by value.
    pub na: Vec<String>,
    /// What happens to missing values and missing rows (`--impute`).
    pub impute: Impute,
    /// Field delimiter (`--delimiter`), an ASCII character.
    pub delimiter: Option<u8>,
    /// What becomes of rows of one series that share a time (`--duplicates`). None: copies are dropped, others refused.
    pub duplicates: Option<Combine>,
    /// How the rows of each step of `freq` become one (`--aggregate`).
    pub aggregate: Option<Combine>,
    /// How text is encoded (`--encoding`): `utf-8`, `euc-kr`, `windows-1252`, …
    pub encoding: Option<String>,
    /// Sheet of a spreadsheet (`--sheet`), by its name or its number from 1.
    pub sheet: Option<String>,
    /// The mark before decimals (`--decimal`).
    pub decimal: Option<DecimalMark>,
}

impl ReadOptions {
    /// The columns that are asked for by name.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        let lists = [&self.target, &self.covariates, &self.future].into_iter().flatten().map(String::as_str);
        lists.chain([&self.time, &self.id].into_iter().flat_map(|setting| crate::names::listed(setting.as_deref())))
    }
}

/// An event of one day or several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// What it is called; events of one name are one covariate.
    pub name: String,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

impl Event {
    /// From the first to the last.
    pub(crate) fn days(&self) -> impl Iterator<Item = Date> {
        self.from.series(jiff::Span::new().days(1)).take_while(|day| *day <= self.to)
    }
}

/// How several rows become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Combine {
    /// The first row of the file.
    First,
    /// The last row of the file.
    Last,
    /// Their mean.
    Mean,
    /// Their sum; right for sales and counts.
    Sum,
}

impl std::fmt::Display for Combine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Combine::First => "first",
            Combine::Last => "last",
            Combine::Mean => "mean",
            Combine::Sum => "sum",
        })
    }
}

/// A word that names no way to combine rows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no way to combine rows: use first, last, mean or sum")]
pub struct ParseCombineError(String);

impl FromStr for Combine {
    type Err = ParseCombineError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().to_ascii_lowercase().as_str() {
            "first" => Ok(Combine::First),
            "last" => Ok(Combine::Last),
            "mean" | "average" | "avg" => Ok(Combine::Mean),
            "sum" | "total" => Ok(Combine::Sum),
            _ => Err(ParseCombineError(text.to_owned())),
        }
    }
}

/// The mark before decimals; the other one may part thousands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecimalMark {
    /// `1,234.5`
    Point,
    /// `1.234,5`
    Comma,
}

impl std::fmt::Display for DecimalMark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            DecimalMark::Point => "point",
            DecimalMark::Comma => "comma",
        })
    }
}

/// A word `--decimal` does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no decimal mark: use point or comma")]
pub struct ParseDecimalMarkError(String);

impl FromStr for DecimalMark {
    type Err = ParseDecimalMarkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().to_ascii_lowercase().as_str() {
            "point" | "." => Ok(DecimalMark::Point),
            "comma" | "," => Ok(DecimalMark::Comma),
            _ => Err(ParseDecimalMarkError(text.to_owned())),
        }
    }
}

/// What to do about values and rows missing inside a series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Impute {
    /// Missing values and rows are marked as such ([`Series::missing`](crate::Series::missing)), and a straight line stands in their places.
    #[default]
    Mask,
    /// A missing value or row is an error that names its place.
    Refuse,
    /// Straight line between the values before and after.
    Linear,
    /// The last value seen.
    Forward,
    /// Zero; right for counts and sales where no row means nothing happened.
    Zero,
}

impl Impute {
    /// Whether nothing was said of what stands in for a missing value.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Impute::Mask | Impute::Refuse)
    }

    /// The word the flag takes.
    pub fn name(self) -> &'static str {
        match self {
            Impute::Mask => "mask",
            Impute::Refuse => "refuse",
            Impute::Linear => "linear",
            Impute::Forward => "forward",
            Impute::Zero => "zero",
        }
    }
}

impl std::fmt::Display for Impute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A word `--impute` does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no way to impute: use mask, refuse, linear, forward or zero")]
pub struct ParseImputeError(String);

impl FromStr for Impute {
    type Err = ParseImputeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().to_ascii_lowercase().as_str() {
            "mask" => Ok(Impute::Mask),
            "refuse" | "none" => Ok(Impute::Refuse),
            "linear" | "interpolate" => Ok(Impute::Linear),
            "forward" | "ffill" => Ok(Impute::Forward),
            "zero" | "0" => Ok(Impute::Zero),
            _ => Err(ParseImputeError(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impute_reads_its_own_names() {
        for way in [Impute::Mask, Impute::Refuse, Impute::Linear, Impute::Forward, Impute::Zero] {
            assert_eq!(way.to_string().parse(), Ok(way));
        }
        assert!("mean".parse::<Impute>().is_err());
        for way in [Combine::First, Combine::Last, Combine::Mean, Combine::Sum] {
            assert_eq!(way.to_string().parse(), Ok(way));
        }
        assert!("linear".parse::<Combine>().is_err());
    }
}
