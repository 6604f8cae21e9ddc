//! What each column is: time, id, target, covariate, or nothing.

use super::column::{Column, Content, Joined, content, counts_rows};
use super::grid::Grid;
use super::number::NumberStyle;
use crate::dataset::Guess;
use crate::error::DataError;
use crate::finding::{Finding, FindingKind, Findings};
use crate::options::ReadOptions;
use crate::time::{Hint, Kind, Parts, kind_of};

/// Where the times come from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TimeRole {
    /// Rows are counted.
    Rows,
    /// One column.
    Column(usize, Option<Hint>),
    /// Columns year, month, day, ….
    Parts(Parts<usize>),
}

/// Columns by role.
pub(super) struct Roles {
    pub time: TimeRole,
    /// Columns that name the series together.
    pub ids: Vec<usize>,
    pub targets: Vec<usize>,
    pub covariates: Vec<usize>,
}

/// A table before its roles are known.
pub(super) struct Table<'a> {
    pub path: &'a str,
    pub grid: &'a Grid,
    pub names: &'a [String],
    pub style: &'a NumberStyle,
}

/// Id columns of long tables as the usual forecasting libraries call them.
const ID_NAMES: [&str; 3] = ["unique_id", "item_id", "series_id"];
/// Targets that need not be named, in long tables and beside `ds`.
const TARGET_NAMES: [&str; 2] = ["y", "target"];
/// Names under which a column of dates is the time before any other.
const TIME_NAMES: [&str; 12] = ["ds", "timestamp", "datetime", "date_time", "date", "time", "ts", "period", "month", "week", "day", "year"];
/// Names under which rising whole numbers are the time.
const COUNT_NAMES: [&str; 8] = ["ds", "timestamp", "time", "ts", "t", "step", "period", "year"];
/// Names that say time and nothing else: whole numbers under them are the time, in whatever order the rows stand.
const ALWAYS_TIME: [&str; 2] = ["ds", "timestamp"];
/// Names of columns that only count the rows.
const INDEX_NAMES: [&str; 8] = ["no", "index", "idx", "id", "row", "#", "unnamed: 0", "rownames"];

/// Cells looked at to tell whether a column holds times.
const TIME_SAMPLE: usize = 200;

/// Whether a column of that name tells the series of a long table apart.
pub(crate) fn is_series_id(name: &str) -> bool {
    is_one_of(name, &ID_NAMES)
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

impl<'a> Table<'a> {
    pub fn column(&self, index: usize) -> Column<'a> {
        Column::new(self.grid, self.style, index, &self.names[index])
    }

    fn all(&self) -> std::ops::Range<usize> {
        0..self.names.len()
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    /// The first of the columns that has one of the names, the names' order deciding.
    fn find_known(&self, names: &[&str], fits: impl Fn(usize) -> bool) -> Option<usize> {
        names.iter().find_map(|known| self.all().find(|c| self.names[*c].eq_ignore_ascii_case(known) && fits(*c)))
    }

    fn named(&self, name: &str) -> Result<usize, DataError> {
        self.find(name).ok_or_else(|| DataError::UnknownColumn {
            path: self.path.to_owned(),
            column: name.to_owned(),
            suggestion: self.suggestion(name),
            columns: self.names.to_vec(),
        })
    }

    fn suggestion(&self, name: &str) -> Option<String> {
        /// Less alike than this, a name is another word and no slip of the finger.
        const ALIKE: f64 = 0.7;
        let wanted = name.trim().to_lowercase();
        let likeness = |known: &String| strsim::jaro_winkler(&wanted, &known.to_lowercase());
        self.names
            .iter()
            .map(|known| (likeness(known), known))
            .filter(|(likeness, _)| *likeness >= ALIKE)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, known)| known.clone())
    }

    /// The two or more columns year, month, … that make up a date.
    fn date_parts(&self) -> Option<Parts<usize>> {
        let part = |name: &str| {
            self.find_known(&[name], |c| {
                let cells = self.column(c).sample(TIME_SAMPLE).map(|(_, cell)| cell);
                matches!(kind_of("", cells), Kind::Integer)
            })
        };
        let day = part("day");
        let hour = day.and_then(|_| part("hour"));
        let minute = hour.and_then(|_| part("minute"));
        Some(Parts { year: part("year")?, month: part("month")?, day, hour, minute, second: minute.and_then(|_| part("second")) })
    }

    fn time_kind(&self, index: usize) -> Kind {
        let column = self.column(index);
        kind_of(column.name, column.sample(TIME_SAMPLE).map(|(_, cell)| cell))
    }

    /// Whole numbers that rise from row to row, unless another column tells series apart or the name leaves no doubt.
    fn counts_up(&self, index: usize, long: bool) -> bool {
        let sure = long || is_one_of(&self.names[index], &ALWAYS_TIME);
        let numbers = self.column(index).sample(TIME_SAMPLE).filter_map(|(_, c)| c.parse::<i64>().ok());
        self.time_kind(index) == Kind::Integer && (sure || numbers.is_sorted_by(|a, b| a < b))
    }

    fn guess_time(&self, ids: &[usize]) -> TimeRole {
        if let Some(parts) = self.date_parts() {
            return TimeRole::Parts(parts);
        }
        let free = |c: usize| !ids.contains(&c);
        let long = !ids.is_empty();
        let dates = |c: usize| free(c) && self.time_kind(c) == Kind::Date;
        self.find_known(&TIME_NAMES, dates)
            .or_else(|| self.all().find(|c| dates(*c)))
            .or_else(|| self.find_known(&COUNT_NAMES, |c| free(c) && self.counts_up(c, long)))
            .map_or(TimeRole::Rows, |column| TimeRole::Column(column, None))
    }

    /// `--time`: a column, `row`, several columns, or a column with a hint.
    fn given_time(&self, text: &str) -> Result<TimeRole, DataError> {
        if let Some(column) = self.find(text) {
            return Ok(TimeRole::Column(column, None));
        }
        if text == "row" {
            return Ok(TimeRole::Rows);
        }
        if let Some((name, hint)) = text.rsplit_once(':')
            && let (Some(column), Ok(hint)) = (self.find(name), hint.parse())
        {
            return Ok(TimeRole::Column(column, Some(hint)));
        }
        if text.contains(',') {
            for name in text.split(',') {
                self.named(name.trim())?;
            }
            if let Some(parts) = self.date_parts() {
                return Ok(TimeRole::Parts(parts));
            }
        }
        self.named(text).map(|column| TimeRole::Column(column, None))
    }

    /// `--id`: a column, or several, parted by commas.
    fn given_ids(&self, text: &str) -> Result<Vec<usize>, DataError> {
        if self.find(text).is_some() || !text.contains(',') {
            return Ok(vec![self.named(text)?]);
        }
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(|name| self.named(name)).collect()
    }

    pub fn time_columns(&self, time: &TimeRole) -> Vec<usize> {
        match time {
            TimeRole::Rows => Vec::new(),
            TimeRole::Column(column, _) => vec![*column],
            TimeRole::Parts(parts) => [Some(parts.year), Some(parts.month)]
                .into_iter()
                .chain([parts.day, parts.hour, parts.minute, parts.second])
                .flatten()
                .collect(),
        }
    }

    pub fn list(&self, columns: &[usize]) -> String {
        let names: Vec<&str> = columns.iter().map(|c| self.names[*c].as_str()).collect();
        names.join(",")
    }

    /// Settles every column's role; what was not given is added to `guesses`.
    pub fn roles(&self, options: &ReadOptions, findings: &mut Findings, guesses: &mut Vec<Guess>) -> Result<Roles, DataError> {
        let mut guess = |what: &str, value: String, flag: &str| {
            guesses.push(Guess { what: what.to_owned(), value, flag: flag.to_owned() });
        };
        let ids = match &options.id {
            Some(text) => self.given_ids(text)?,
            None => self.find_known(&ID_NAMES, |_| true).into_iter().collect(),
        };
        if let ([id], None) = (&ids[..], &options.id) {
            guess("series id", self.names[*id].clone(), "--id");
        }
        let given: Vec<usize> = options.target.iter().map(|name| self.named(name)).collect::<Result<_, _>>()?;
        let covariates: Vec<usize> = options.covariates.iter().map(|name| self.named(name)).collect::<Result<_, _>>()?;
        let time = match &options.time {
            Some(text) => self.given_time(text)?,
            None => {
                let time = self.guess_time(&ids);
                let value = match &time {
                    TimeRole::Rows => "rows counted from 1".to_owned(),
                    time => self.list(&self.time_columns(time)),
                };
                guess("time", value, "--time");
                time
            }
        };
        let mut used = self.time_columns(&time);
        for id in &ids {
            self.refuse_second_role(*id, "--id", &used)?;
            used.push(*id);
        }
        for (flag, columns) in [("--target", &given), ("--covariates", &covariates)] {
            for column in columns {
                self.refuse_second_role(*column, flag, &used)?;
                used.push(*column);
            }
        }
        let targets = if given.is_empty() {
            let targets = self.guess_targets(&used, !ids.is_empty(), &time, findings);
            guess("target", self.list(&targets), "--target");
            targets
        } else {
            given
        };
        if time == TimeRole::Rows && options.time.is_none() {
            findings.push(Finding::note(FindingKind::NoTime, "no time column: rows are taken as steps of one, counted from 1"));
        }
        Ok(Roles { time, ids, targets, covariates })
    }

    /// The roles once times were seen to repeat and columns to tell their rows apart: no target is one of them, and a customary target
    /// stands alone.
    pub fn roles_by_id(
        &self,
        options: &ReadOptions,
        before: &Roles,
        ids: Vec<usize>,
        guesses: &mut Vec<Guess>,
        findings: &mut Findings,
    ) -> Roles {
        let is_id = |finding: &Finding| ids.iter().any(|c| finding.column.as_ref() == Some(&self.names[*c]));
        findings.retain(|finding| finding.kind != FindingKind::LeftOut || !is_id(finding));
        guesses.push(Guess { what: "series id".to_owned(), value: self.list(&ids), flag: "--id".to_owned() });
        let mut targets: Vec<usize> = before.targets.iter().copied().filter(|c| !ids.contains(c)).collect();
        if options.target.is_empty() {
            if let Some(customary) = self.find_known(&TARGET_NAMES, |c| targets.contains(&c)) {
                for c in targets.iter().filter(|c| **c != customary) {
                    findings.push(self.only_target(*c));
                }
                targets = vec![customary];
            }
            guesses.retain(|guess| guess.flag != "--target");
            guesses.push(Guess { what: "target".to_owned(), value: self.list(&targets), flag: "--target".to_owned() });
        }
        Roles { time: before.time.clone(), ids, targets, covariates: before.covariates.clone() }
    }

    fn only_target(&self, index: usize) -> Finding {
        let name = &self.names[index];
        Finding::note(FindingKind::LeftOut, "left out: only the target is read unasked")
            .column(name)
            .help(format!("--covariates {name}, or --target {name}"))
    }

    /// The column that names the series, put together where there are several.
    pub fn id_column<'b>(&self, ids: &[usize], joined: &'b Joined, name: &'b str) -> Option<Column<'b>>
    where
        'a: 'b,
    {
        match ids {
            [] => None,
            [id] => Some(self.column(*id)),
            [first, ..] => Some(self.column(*first).joined(joined, name)),
        }
    }

    fn refuse_second_role(&self, column: usize, flag: &str, used: &[usize]) -> Result<(), DataError> {
        if !used.contains(&column) {
            return Ok(());
        }
        let name = &self.names[column];
        Err(DataError::Usage {
            message: format!("{flag} {name}: the column \"{name}\" has another role already"),
            help: format!("leave it out of {flag}, or give the other role to another column"),
        })
    }

    fn guess_targets(&self, used: &[usize], long: bool, time: &TimeRole, findings: &mut Findings) -> Vec<usize> {
        let numbers = |c: usize| content(self.column(c)) == Content::Numbers;
        let beside_ds = matches!(time, TimeRole::Column(c, _) if self.names[*c] == "ds");
        let customary = (long || beside_ds).then(|| self.find_known(&TARGET_NAMES, |c| !used.contains(&c) && numbers(c))).flatten();
        let mut targets = Vec::new();
        for c in self.all().filter(|c| !used.contains(c)) {
            let column = self.column(c);
            let left_out = |why: &str| Finding::note(FindingKind::LeftOut, format!("left out: {why}")).column(column.name);
            let called_index = is_one_of(column.name, &INDEX_NAMES) || (column.name == (c + 1).to_string() && c == 0);
            match content(column) {
                Content::Nothing => findings.push(left_out("every cell is missing")),
                Content::Text => findings.push(self.left_out_text(c)),
                Content::Numbers if customary.is_some_and(|target| target != c) => findings.push(self.only_target(c)),
                Content::Numbers if called_index && counts_rows(column) => {
                    let help = format!("--time {0}, or --target {0}", column.name);
                    findings.push(left_out("it counts the rows").help(help));
                }
                Content::Numbers if self.is_decimal_time(c, time) => {
                    let help = format!("--target {} takes it as a channel", column.name);
                    findings.push(left_out("times as decimal numbers are not read").help(help));
                }
                Content::Numbers => targets.push(c),
            }
        }
        targets
    }

    /// A column of text, with the first cell that is no number.
    fn left_out_text(&self, index: usize) -> Finding {
        let column = self.column(index);
        let (row, cell) = column.present().find(|(row, _)| !column.is_number(*row)).unwrap_or((0, ""));
        let help = if self.time_kind(index) == Kind::Date {
            format!("--time \"{}\" makes it the time", column.name)
        } else {
            format!("write it as numbers to have it read; --target \"{}\" lists what is none", column.name)
        };
        let message = format!("left out: it holds text, first \"{}\"", cell.chars().take(40).collect::<String>());
        Finding::note(FindingKind::LeftOut, message).column(column.name).line(column.line(row)).help(help)
    }

    /// Seconds such as 0.00, 0.01, … in a column called time.
    fn is_decimal_time(&self, index: usize, time: &TimeRole) -> bool {
        let column = self.column(index);
        let numbers = column.sample(TIME_SAMPLE).filter_map(|(_, c)| c.parse::<f64>().ok());
        *time == TimeRole::Rows && is_one_of(column.name, &COUNT_NAMES) && numbers.is_sorted_by(|a, b| a < b)
    }
}
