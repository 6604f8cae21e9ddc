//! Which columns are the time, found out or given.

use super::roles::Table;
use crate::error::DataError;
use crate::names::is_one_of;
use crate::time::{FIRST, Hint, Kind, Parts, Reading, called_clock_field, is_clock};

/// Where the times come from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TimeRole {
    /// Rows are counted.
    Rows,
    /// One column.
    Column(usize, Option<Hint>),
    /// Columns year, month, day, ….
    Parts(Parts<usize>),
    /// Two or three columns whose cells make up one text.
    Joined(Vec<usize>, Joint, Option<Hint>),
}

/// How the cells of several columns make up one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joint {
    /// A date and a time of day.
    Clock,
    /// A date and an hour, perhaps a minute.
    Hour,
    /// A year and a week of it.
    Week,
    /// A year and a quarter of it.
    Quarter,
}

impl Joint {
    /// The text of the cells of a row.
    pub fn text(self, cells: &[&str]) -> String {
        let [first, second, ..] = cells else { return cells.concat() };
        match self {
            _ if first.is_empty() || second.is_empty() => String::new(),
            Joint::Clock => format!("{first} {second}"),
            Joint::Hour => format!("{first} {second}:{:0>2}", cells.get(2).copied().unwrap_or("00")),
            Joint::Week => format!("{first}-W{second:0>2}"),
            Joint::Quarter => format!("{first}-Q{second}"),
        }
    }
}

/// Names under which a column of dates is the time, behind the first ones.
const DATE_NAMES: [&str; 9] = ["period", "month", "week", "day", "year", "일시", "일자", "날짜", "시간"];
/// Names under which rising whole numbers are the time.
const COUNT_NAMES: [&str; 8] = ["ds", "timestamp", "time", "ts", "t", "step", "period", "year"];
/// Names that say time and nothing else: whole numbers under them are the time, in whatever order the rows stand.
const ALWAYS_TIME: [&str; 2] = ["ds", "timestamp"];
/// Names of the parts of a date in columns of their own.
const YEARS: [&str; 6] = ["year", "yr", "yyyy", "연도", "년도", "년"];
const MONTHS: [&str; 6] = ["month", "mon", "mo", "mm", "mnth", "월"];
const DAYS: [&str; 5] = ["day", "dd", "mday", "dom", "일"];
const HOURS: [&str; 6] = ["hour", "hr", "hh", "hours", "시", "hour_ending"];
const MINUTES: [&str; 4] = ["minute", "min", "minutes", "분"];
const SECONDS: [&str; 4] = ["second", "sec", "seconds", "초"];
const WEEKS: [&str; 6] = ["week", "weeknum", "weekofyear", "week_of_year", "주차", "주"];
const QUARTERS: [&str; 3] = ["quarter", "qtr", "분기"];

/// Cells looked at to tell whether a column holds times.
pub(super) const TIME_SAMPLE: usize = 200;

impl Table<'_> {
    /// The columns year, month, … that make up a date.
    fn date_parts(&self, free: &dyn Fn(usize) -> bool) -> Option<Parts<usize>> {
        let part = |names: &[&str]| self.find_known(names, |c| free(c) && self.whole_numbers(c));
        let day = part(&DAYS);
        let hour = day.and_then(|_| part(&HOURS));
        let minute = hour.and_then(|_| part(&MINUTES));
        Some(Parts { year: part(&YEARS)?, month: part(&MONTHS)?, day, hour, minute, second: minute.and_then(|_| part(&SECONDS)) })
    }

    fn whole_numbers(&self, column: usize) -> bool {
        let mut cells = self.column(column).sample(TIME_SAMPLE).peekable();
        cells.peek().is_some() && cells.all(|(_, cell)| cell.parse::<i64>().is_ok())
    }

    pub fn reading(&self, index: usize) -> Reading {
        let column = self.column(index);
        Reading::of(column.name, column.sample(TIME_SAMPLE).map(|(_, cell)| cell), self.plain, false)
    }

    /// Whether a column holds dates. Where the step is given as a whole number, only the forms that are nothing but dates count.
    fn is_date(&self, index: usize) -> bool {
        let reading = self.reading(index);
        reading.kind() == Kind::Date && (!self.plain || reading == Reading::Dates)
    }

    /// Whole numbers that rise from row to row, unless another column tells series apart or the name leaves no doubt.
    fn counts_up(&self, index: usize, long: bool) -> bool {
        let sure = long || is_one_of(&self.names[index], &ALWAYS_TIME);
        let numbers = self.column(index).sample(TIME_SAMPLE).filter_map(|(_, c)| c.parse::<i64>().ok());
        self.reading(index).kind() == Kind::Integer && (sure || numbers.is_sorted_by(|a, b| a < b))
    }

    /// The time, where no column of `taken` is it.
    pub fn guess_time(&self, ids: &[usize], taken: &[usize]) -> TimeRole {
        let free = |c: usize| !ids.contains(&c) && !taken.contains(&c);
        let long = !ids.is_empty();
        let dates = |c: usize| free(c) && self.is_date(c);
        let date =
            self.find_known(&FIRST, dates).or_else(|| self.find_known(&DATE_NAMES, dates)).or_else(|| self.all().find(|c| dates(*c)));
        // A column that is called year is a part of the date where a month stands beside it.
        if date.is_none_or(|date| is_one_of(&self.names[date], &YEARS) || is_one_of(&self.names[date], &MONTHS))
            && let Some(parts) = self.date_parts(&free)
        {
            return TimeRole::Parts(parts);
        }
        if let Some(date) = date {
            return match self.beside(date, &free) {
                Some((mut columns, joint)) => {
                    columns.insert(0, date);
                    TimeRole::Joined(columns, joint, None)
                }
                None => TimeRole::Column(date, None),
            };
        }
        self.find_known(&COUNT_NAMES, |c| free(c) && self.counts_up(c, long))
            .map_or(TimeRole::Rows, |column| TimeRole::Column(column, None))
    }

    /// The columns that together with a date make up its time: a time of day, an hour, a week or a quarter of a year.
    fn beside(&self, date: usize, free: &dyn Fn(usize) -> bool) -> Option<(Vec<usize>, Joint)> {
        let others = |c: usize| c != date && free(c);
        if is_one_of(&self.names[date], &YEARS) {
            let part = |names: &[&str]| self.find_known(names, |c| others(c) && self.whole_numbers(c));
            return part(&WEEKS).map(|c| (vec![c], Joint::Week)).or_else(|| part(&QUARTERS).map(|c| (vec![c], Joint::Quarter)));
        }
        let with_clock = self.column(date).sample(TIME_SAMPLE).any(|(_, cell)| crate::time::has_clock(cell));
        if with_clock {
            return None;
        }
        let clock = |c: &usize| {
            let mut cells = self.column(*c).sample(TIME_SAMPLE).peekable();
            cells.peek().is_some() && cells.all(|(_, cell)| is_clock(cell))
        };
        if let Some(clock) = self.all().filter(|c| others(*c)).find(clock) {
            return Some((vec![clock], Joint::Clock));
        }
        let field = |names: &[&str]| {
            self.find_known(names, |c| {
                let range = called_clock_field(&self.names[c]).unwrap_or(0..=24);
                let within = |cell: &str| cell.parse().is_ok_and(|number: i64| range.contains(&number));
                others(c) && self.column(c).sample(TIME_SAMPLE).all(|(_, cell)| within(cell))
            })
        };
        let hour = field(&HOURS).filter(|_| self.repeats(date))?;
        Some((std::iter::once(hour).chain(field(&MINUTES)).collect(), Joint::Hour))
    }

    /// Whether most cells of a column are those of the row before.
    fn repeats(&self, column: usize) -> bool {
        let column = self.column(column);
        let rows = column.rows().min(TIME_SAMPLE);
        let again = (1..rows).filter(|row| column.cell(*row) == column.cell(row - 1)).count();
        again * 2 >= rows.saturating_sub(1) && again > 0
    }

    /// `--time`: a column, `row`, several columns, or columns with a hint.
    pub fn given_time(&self, text: &str) -> Result<TimeRole, DataError> {
        if let Some(column) = self.find(text) {
            return Ok(TimeRole::Column(column, None));
        }
        if text == "row" {
            return Ok(TimeRole::Rows);
        }
        let mut wrong = None;
        for (at, _) in text.match_indices(':') {
            let (name, hint) = (&text[..at], &text[at + 1..]);
            let Ok(role) = self.columns_of_time(name) else { continue };
            match (hint.parse::<Hint>(), role) {
                (Ok(hint), TimeRole::Column(column, _)) => return Ok(TimeRole::Column(column, Some(hint))),
                (Ok(hint), TimeRole::Joined(columns, joint, _)) => return Ok(TimeRole::Joined(columns, joint, Some(hint))),
                (Ok(_), _) => {}
                (Err(what), _) => wrong = Some(what),
            }
        }
        match wrong {
            Some(what) => Err(DataError::Usage {
                message: format!("⦃time⦄ {text}: {what}"),
                help: "write ymd, dmy, mdy, int, epoch, epoch-ms, epoch-us, epoch-ns, excel or a form such as %d.%m.%Y behind the colon"
                    .to_owned(),
            }),
            None => self.columns_of_time(text),
        }
    }

    /// One column by its name, or several by their names with commas between.
    fn columns_of_time(&self, text: &str) -> Result<TimeRole, DataError> {
        if let Some(column) = self.find(text) {
            return Ok(TimeRole::Column(column, None));
        }
        if !text.contains(',') {
            return self.named(text).map(|column| TimeRole::Column(column, None));
        }
        let columns: Vec<usize> = text.split(',').map(|name| self.named(name.trim())).collect::<Result<_, _>>()?;
        let given = |c: usize| columns.contains(&c);
        if let Some(parts) = self.date_parts(&given) {
            return Ok(TimeRole::Parts(parts));
        }
        match self.beside(columns[0], &given) {
            Some((mut others, joint)) if others.len() + 1 == columns.len() => {
                others.insert(0, columns[0]);
                Ok(TimeRole::Joined(others, joint, None))
            }
            _ => Err(DataError::Usage {
                message: format!("⦃time⦄ {text}: these columns together give no time"),
                help: "name a date and a time of day, a date and an hour, a year and a week or quarter, or year, month, day, hour, …."
                    .to_owned(),
            }),
        }
    }

    pub fn time_columns(&self, time: &TimeRole) -> Vec<usize> {
        match time {
            TimeRole::Rows => Vec::new(),
            TimeRole::Column(column, _) => vec![*column],
            TimeRole::Joined(columns, ..) => columns.clone(),
            TimeRole::Parts(parts) => [Some(parts.year), Some(parts.month)]
                .into_iter()
                .chain([parts.day, parts.hour, parts.minute, parts.second])
                .flatten()
                .collect(),
        }
    }
}
