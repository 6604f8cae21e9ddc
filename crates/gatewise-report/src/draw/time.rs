//! Marks of a time axis, found from the text labels of its points.
//!
//! Labels that read as dates are marked where a year, month, day or hour begins; whole numbers at
//! round numbers; anything else at even distances.

use super::scale::round_step;
use crate::markup::{shorten, width_em};

/// Longest label that is written out, in em.
const LONGEST_LABEL: f64 = 9.0;

/// A marked point of a time axis.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeTick {
    /// Position of the point.
    pub at: f64,
    /// What is written, for instance `Jul`.
    pub label: String,
    /// What it belongs to, for instance the year; written below where it changes.
    pub context: Option<String>,
}

/// Marks for `points` of (position, label), in order of position, on an axis `width` em wide.
pub fn ticks(points: &[(f64, &str)], width: f64) -> Vec<TimeTick> {
    if points.is_empty() {
        return Vec::new();
    }
    calendar_ticks(points, width).or_else(|| number_ticks(points, width)).unwrap_or_else(|| even_ticks(points, width))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Month,
    Year,
}

/// Distances of calendar marks, finest first.
const STEPS: &[(Unit, i64)] = &[
    (Unit::Second, 1),
    (Unit::Second, 5),
    (Unit::Second, 15),
    (Unit::Second, 30),
    (Unit::Minute, 1),
    (Unit::Minute, 5),
    (Unit::Minute, 15),
    (Unit::Minute, 30),
    (Unit::Hour, 1),
    (Unit::Hour, 3),
    (Unit::Hour, 6),
    (Unit::Hour, 12),
    (Unit::Day, 1),
    (Unit::Day, 2),
    (Unit::Day, 7),
    (Unit::Month, 1),
    (Unit::Month, 3),
    (Unit::Month, 6),
    (Unit::Year, 1),
    (Unit::Year, 2),
    (Unit::Year, 5),
    (Unit::Year, 10),
    (Unit::Year, 25),
    (Unit::Year, 50),
    (Unit::Year, 100),
    (Unit::Year, 500),
];

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Year, month, day, hour, minute, second.
type Moment = [i64; 6];

/// Reads `2020-03`, `2020-03-01`, `2020/03/01 12:30`, `2020-03-01T12:30:05Z`.
fn parse_moment(label: &str) -> Option<Moment> {
    let label = label.trim();
    let (date, clock) = match label.find(['T', ' ']) {
        Some(gap) => (&label[..gap], &label[gap + 1..]),
        None => (label, ""),
    };
    let mut moment = [0, 1, 1, 0, 0, 0];
    let mut count = 0;
    for part in date.split(['-', '/']) {
        let digits = if count == 0 { 4 } else { 2 };
        if count == 3 || part.len() > digits || (count == 0 && part.len() != 4) {
            return None;
        }
        moment[count] = number(part)?;
        count += 1;
    }
    if count < 2 || !(1..=12).contains(&moment[1]) || !(1..=31).contains(&moment[2]) {
        return None;
    }
    let clock = clock.split(['Z', '+', '-', '.', '[']).next()?.trim();
    if !clock.is_empty() {
        for (i, part) in clock.split(':').enumerate() {
            *moment.get_mut(3 + i)? = number(part)?;
        }
    }
    let in_range = moment[3] < 24 && moment[4] < 60 && moment[5] < 61;
    in_range.then_some(moment)
}

fn number(digits: &str) -> Option<i64> {
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

/// Days since 1970-01-01 in the Gregorian calendar (Howard Hinnant, `days_from_civil`).
fn day_number([year, month, day, ..]: Moment) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// How many whole units lie before the moment, and whether it is the very start of one.
fn count_of(moment: Moment, unit: Unit) -> (i64, bool) {
    let [year, month, day, hour, minute, second] = moment;
    let day_count = day_number(moment);
    let hours = day_count * 24 + hour;
    let minutes = hours * 60 + minute;
    match unit {
        Unit::Second => (minutes * 60 + second, true),
        Unit::Minute => (minutes, second == 0),
        Unit::Hour => (hours, minute + second == 0),
        Unit::Day => (day_count, hour + minute + second == 0),
        Unit::Month => (year * 12 + month - 1, day == 1 && hour + minute + second == 0),
        Unit::Year => (year, month == 1 && day == 1 && hour + minute + second == 0),
    }
}

fn calendar_ticks(points: &[(f64, &str)], width: f64) -> Option<Vec<TimeTick>> {
    let moments: Vec<Moment> = points.iter().map(|(_, label)| parse_moment(label)).collect::<Option<_>>()?;
    let finest = [Unit::Year, Unit::Month, Unit::Day, Unit::Hour, Unit::Minute, Unit::Second]
        .into_iter()
        .enumerate()
        .filter(|&(field, _)| moments.iter().any(|m| m[field] != moments[0][field]))
        .map(|(_, unit)| unit)
        .next_back()?;
    STEPS
        .iter()
        .filter(|(unit, _)| *unit >= finest)
        .map(|&(unit, step)| (unit, starts(&moments, unit, step)))
        .find(|(unit, starts)| starts.len() as f64 * room(*unit) <= width)
        .filter(|(_, starts)| starts.len() >= 2)
        .map(|(unit, starts)| name_ticks(points, &moments, unit, &starts))
}

/// Space a mark takes, in em.
fn room(unit: Unit) -> f64 {
    match unit {
        Unit::Year | Unit::Month => 3.6,
        Unit::Day => 4.8,
        Unit::Second | Unit::Minute | Unit::Hour => 5.2,
    }
}

/// The points at which a new multiple of `step` units begins.
fn starts(moments: &[Moment], unit: Unit, step: i64) -> Vec<usize> {
    let mut before = None;
    let mut found = Vec::new();
    for (i, &moment) in moments.iter().enumerate() {
        let (count, is_start) = count_of(moment, unit);
        let multiple = count.div_euclid(step);
        let begins = match before {
            None => is_start && count.rem_euclid(step) == 0,
            Some(last) => last != multiple,
        };
        if begins {
            found.push(i);
        }
        before = Some(multiple);
    }
    found
}

fn name_ticks(points: &[(f64, &str)], moments: &[Moment], unit: Unit, starts: &[usize]) -> Vec<TimeTick> {
    let mut before = None;
    starts
        .iter()
        .map(|&i| {
            let [year, month, day, hour, minute, second] = moments[i];
            let name = MONTHS[(month - 1) as usize];
            let (label, context) = match unit {
                Unit::Year => (year.to_string(), None),
                Unit::Month => (name.to_string(), Some(year.to_string())),
                Unit::Day => (format!("{day} {name}"), Some(year.to_string())),
                Unit::Hour | Unit::Minute => (format!("{hour:02}:{minute:02}"), Some(format!("{day} {name} {year}"))),
                Unit::Second => (format!("{hour:02}:{minute:02}:{second:02}"), Some(format!("{day} {name} {year}"))),
            };
            let is_new = context != before;
            before.clone_from(&context);
            TimeTick { at: points[i].0, label, context: context.filter(|_| is_new) }
        })
        .collect()
}

/// Marks at round whole numbers.
fn number_ticks(points: &[(f64, &str)], width: f64) -> Option<Vec<TimeTick>> {
    let values: Vec<i64> = points.iter().map(|(_, label)| label.trim().parse().ok()).collect::<Option<_>>()?;
    let span = values.last()?.checked_sub(*values.first()?)?;
    let longest = points.iter().map(|(_, l)| width_em(l)).fold(0.0, f64::max);
    let count = (width / (longest + 2.0)).max(1.0);
    let step = round_step((span as f64 / count).max(1.0)) as i64;
    let found: Vec<TimeTick> =
        points.iter().zip(&values).filter(|(_, value)| *value % step.max(1) == 0).map(|(&(at, label), _)| plain_tick(at, label)).collect();
    let fits = found.len() >= 2 && found.len() as f64 <= count + 2.0;
    fits.then_some(found)
}

fn even_ticks(points: &[(f64, &str)], width: f64) -> Vec<TimeTick> {
    let longest = points.iter().map(|(_, l)| width_em(l)).fold(0.0, f64::max);
    let room = longest.min(LONGEST_LABEL) + 2.0;
    let count = (width / room).floor().max(1.0) as usize;
    let stride = points.len().div_ceil(count).max(1);
    points.iter().step_by(stride).map(|&(at, label)| plain_tick(at, label)).collect()
}

fn plain_tick(at: f64, label: &str) -> TimeTick {
    TimeTick { at, label: shorten(label.trim(), LONGEST_LABEL), context: None }
}
