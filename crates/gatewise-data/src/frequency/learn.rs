//! Closed hours and days learned from the times of a table.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::civil::DateTime;

use super::sessions::{NANOS_PER_DAY, Sessions};
use crate::time::civil_nanos;

const DAY: i128 = NANOS_PER_DAY as i128;
const WEEK: i128 = 7 * DAY;
/// Days from a Monday to 1970-01-01.
const THURSDAY: i128 = 3;
/// A time of day, or of the week, belongs to sessions if this share of them has it.
const REGULAR: f64 = 0.5;
/// Rows that sessions must have of those their calendar expects.
const LEAST_PRESENT: f64 = 0.8;
/// Rows that the plain step must lack of those it expects; with fewer there are gaps and no closed times.
const LEAST_CLOSED: f64 = 0.05;
/// Weeks in which a day is closed until it is taken for always closed.
const WEEKS: i128 = 3;

/// Whether so many rows, in series that span so many nanoseconds, leave out enough of those a `step` apart for a calendar.
pub(super) fn may_close(rows: usize, spans: &[i128], step: i128) -> bool {
    (1..=DAY).contains(&step) && {
        let plain: i128 = spans.iter().map(|span| span / step + 1).sum();
        rows as f64 <= (1.0 - LEAST_CLOSED) * plain as f64
    }
}

/// The calendar of rows a `step` apart (nanoseconds, a day at most) that stop for the night, the weekend or on some days. `None` where the times
/// have no such calendar.
pub(super) fn learn(series: &[Vec<DateTime>], step: i128) -> Option<Sessions> {
    let nanos: Vec<Vec<i128>> = series.iter().map(|times| times.iter().map(|at| civil_nanos(*at) + THURSDAY * DAY).collect()).collect();
    let rows: usize = nanos.iter().map(Vec::len).sum();
    let spans: Vec<i128> = nanos.iter().filter_map(|times| Some(times.last()? - times.first()?)).collect();
    if !may_close(rows, &spans, step) {
        return None;
    }
    let present = |sessions: &Sessions| {
        let ends = series.iter().filter_map(|times| Some((times.first()?, times.last()?)));
        let expected: i64 = ends.map(|(first, last)| sessions.steps_between(*first, *last).map(|steps| steps + 1)).sum::<Option<i64>>()?;
        let on_calendar = series.iter().flatten().all(|at| sessions.position(*at).1);
        let share = rows as f64 / expected as f64;
        (on_calendar && share >= LEAST_PRESENT).then_some(share)
    };
    let found = [daily(&nanos, step), weekly(&nanos, step)].into_iter().flatten();
    let judged = found.filter_map(|sessions| Some((present(&sessions)?, sessions)));
    // The first of two that fit alike.
    judged.reduce(|best, other| if other.0 > best.0 { other } else { best }).map(|(_, sessions)| sessions)
}

/// Sessions of a day.
fn daily(series: &[Vec<i128>], step: i128) -> Option<Sessions> {
    let slots = regular(series, DAY, 2)?;
    let runs = runs(&slots, step, DAY)?;
    let (open, rows, pause) = match (step == DAY, &runs[..]) {
        (true, [(open, 1)]) => (*open, 1, (0, 0)),
        (false, [(open, rows)]) => (if *rows * step == DAY { 0 } else { *open }, *rows, (0, 0)),
        (false, [(first, before), (second, after)]) => (*first, before + after, (*before, (second - first) / step - before)),
        _ => return None,
    };
    let sessions: BTreeSet<i128> = series.iter().flatten().map(|at| (at - open).div_euclid(DAY)).collect();
    let days = open_days(&sessions);
    // Without a closed hour or day there is no calendar to learn.
    (days != 0x7f || rows * step < DAY).then_some(())?;
    let small = |number: i128| i64::try_from(number).ok();
    Some(Sessions { step: small(step)?, open: small(open)?, rows: small(rows)?, pause: (small(pause.0)?, small(pause.1)?), days })
}

/// Sessions of a week, such as those of currencies.
fn weekly(series: &[Vec<i128>], step: i128) -> Option<Sessions> {
    let slots = regular(series, WEEK, WEEKS as usize)?;
    let [(open, rows)] = runs(&slots, step, WEEK)?[..] else { return None };
    let small = |number: i128| i64::try_from(number).ok();
    (step < DAY && rows * step < WEEK).then_some(())?;
    Some(Sessions { step: small(step)?, open: small(open)?, rows: small(rows)?, pause: (0, 0), days: 0 })
}

/// The times of a period that most periods with rows have.
fn regular(series: &[Vec<i128>], period: i128, least: usize) -> Option<BTreeSet<i128>> {
    let mut counts: BTreeMap<i128, HashSet<i128>> = BTreeMap::new();
    let mut periods = HashSet::new();
    for at in series.iter().flatten() {
        counts.entry(at.rem_euclid(period)).or_default().insert(at.div_euclid(period));
        periods.insert(at.div_euclid(period));
    }
    let enough = |seen: &HashSet<i128>| seen.len() as f64 >= REGULAR * periods.len() as f64;
    (periods.len() > least).then(|| counts.into_iter().filter(|(_, seen)| enough(seen)).map(|(slot, _)| slot).collect())
}

/// Runs of slots a step apart around the period, as start and number, the one behind the longest break first. `None` where slots lie off the
/// step.
fn runs(slots: &BTreeSet<i128>, step: i128, period: i128) -> Option<Vec<(i128, i128)>> {
    let slots: Vec<i128> = slots.iter().copied().collect();
    let &first = slots.first()?;
    let gap = |i: usize| slots.get(i + 1).map_or(first + period, |next| *next) - slots[i];
    let widest = (0..slots.len()).rev().max_by_key(|i| gap(*i))?;
    let mut runs: Vec<(i128, i128)> = Vec::new();
    let mut last = None;
    for i in (0..slots.len()).map(|i| (i + widest + 1) % slots.len()) {
        let at = if i <= widest { slots[i] + period } else { slots[i] };
        match (last, runs.last_mut()) {
            (Some(before), Some(run)) if at - before == step => run.1 += 1,
            (Some(before), _) if (at - before) % step != 0 => return None,
            _ => runs.push((at, 1)),
        }
        last = Some(at);
    }
    // Seen from the period in which the first run opens.
    let shift = runs.first()?.0.div_euclid(period) * period;
    Some(runs.into_iter().map(|(start, rows)| (start - shift, rows)).collect())
}

/// Days of the week with sessions. A day without is closed if it was so often enough, as is a weekend that was once.
fn open_days(sessions: &BTreeSet<i128>) -> u8 {
    let (Some(first), Some(last)) = (sessions.first(), sessions.last()) else { return 0x7f };
    let mut days = 0_u8;
    for session in sessions {
        days |= 1 << session.rem_euclid(7);
    }
    let times = |day: i128| (*first..=*last).filter(|session| session.rem_euclid(7) == day).count() as i128;
    let weekend = days & 0x60 == 0 && times(5).min(times(6)) > 0;
    for day in 0..7 {
        if days >> day & 1 == 0 && times(day) < WEEKS && !(weekend && day >= 5) {
            days |= 1 << day;
        }
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frequency::Frequency;

    /// The first `count` times of a calendar, without those for which `closed` holds.
    fn times(code: &str, start: &str, count: i64, closed: impl Fn(&DateTime) -> bool) -> Vec<DateTime> {
        let frequency: Frequency = code.parse().unwrap();
        let start = crate::time::Time::Date(start.parse().unwrap());
        let times = (0..count).filter_map(|k| match frequency.next(&start, k) {
            crate::time::Time::Date(at) => Some(at),
            crate::time::Time::Index(_) => None,
        });
        times.filter(|at| !closed(at)).collect()
    }

    #[test]
    fn calendars_are_learned() {
        const HOUR: i128 = DAY / 24;
        let holiday = |at: &DateTime| at.date().to_string() == "2024-03-29";
        for (code, start, step) in [
            ("30min@09:30-16:00/Mon-Fri", "2024-03-01 09:30", HOUR / 2),
            ("30min@09:00-11:30+12:30-15:00/Mon-Fri", "2024-03-01 09:00", HOUR / 2),
            ("h@08:00-20:00/Mon-Sun", "2024-03-01 08:00", HOUR),
            ("h@18:00-05:00/Sun-Thu", "2024-03-03 18:00", HOUR),
            ("h@Sun17:00-Fri16:00", "2024-03-03 17:00", HOUR),
            ("h@00:00-23:00/Mon-Fri", "2024-03-01 00:00", HOUR),
            ("D/MonTueWedThuFriSun", "2024-03-01", DAY),
            ("D/Mon-Sat", "2024-03-01", DAY),
            ("D@17:00/Mon-Thu", "2024-03-04 17:00", DAY),
        ] {
            let rows = if step == DAY { 60 } else { 500 };
            let found = learn(&[times(code, start, rows, holiday)], step).map(|sessions| Frequency::Sessions(sessions).code());
            assert_eq!(found.as_deref(), Some(code));
        }
        // A few rows that are missing here and there are gaps.
        let gaps = times("h", "2024-03-01", 500, |at| at.day() == 7 && at.hour() == 3 || at.day() == 9 && at.hour() > 21);
        assert_eq!(learn(&[gaps], HOUR), None);
        assert_eq!(learn(&[times("h", "2024-03-01", 500, |at| at.day() == 7)], HOUR), None);
        assert_eq!(learn(&[], HOUR), None);
    }
}
