//! Sessions as text: `30min@09:30-16:00/Mon-Fri`, `D/Mon-Sat`, `h@Sun17:00-Fri16:00`.

use super::sessions::{NANOS_PER_DAY, Sessions};
use super::{Frequency, NANOS_PER_SECOND};

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Nanoseconds from the start of the day, or of the week where a weekday stands before.
fn parse_clock(text: &str) -> Option<(Option<i64>, i64)> {
    let day = DAYS.iter().position(|day| text.starts_with(day));
    let clock = text.get(if day.is_some() { 3 } else { 0 }..)?;
    let mut seconds = 0;
    let mut fields = clock.split(':');
    for (each, most) in [(3600, 23), (60, 59), (1, 59)] {
        let Some(field) = fields.next() else { break };
        seconds += field.parse::<i64>().ok().filter(|n| (0..=most).contains(n))? * each;
    }
    (fields.next().is_none() && clock.contains(':')).then_some((day.map(|day| day as i64), seconds * NANOS_PER_SECOND))
}

fn write_clock(nanos: i64) -> String {
    let seconds = nanos.rem_euclid(NANOS_PER_DAY) / NANOS_PER_SECOND;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if second == 0 { format!("{hour:02}:{minute:02}") } else { format!("{hour:02}:{minute:02}:{second:02}") }
}

/// Open days as `Mon-Fri`, or one after the other where they do not follow each other.
fn write_days(days: u8) -> String {
    let open: Vec<usize> = (0..7).filter(|day| days >> day & 1 == 1).collect();
    // A run may pass the end of the week: Sun-Thu.
    let starts: Vec<usize> = open.iter().copied().filter(|day| days >> ((day + 6) % 7) & 1 == 0).collect();
    match (&starts[..], open.len()) {
        (_, 7) => "Mon-Sun".to_owned(),
        ([start], length) if length > 2 && (*start + length <= 7 || length < 6) => {
            format!("{}-{}", DAYS[*start], DAYS[(start + length - 1) % 7])
        }
        _ => open.iter().map(|day| DAYS[*day]).collect(),
    }
}

fn parse_days(text: &str) -> Option<u8> {
    let day = |name: &str| DAYS.iter().position(|known| *known == name);
    if let Some((first, last)) = text.split_once('-') {
        let (first, last) = (day(first)?, day(last)?);
        return Some((0..=(last + 7 - first) % 7).fold(0, |days, next| days | 1 << ((first + next) % 7)));
    }
    let mut days = 0_u8;
    for at in (0..text.len()).step_by(3) {
        days |= 1 << day(text.get(at..at + 3)?)?;
    }
    (days != 0).then_some(days)
}

impl Sessions {
    /// Reads `step[@open-close[+open-close]][/days]`, where the times are those of the first and the last rows.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (times, days) = text.split_once('/').map_or((text, None), |(times, days)| (times, Some(days)));
        let (step, clocks) = times.split_once('@').map_or((times, None), |(step, clocks)| (step, Some(clocks)));
        let step = match step.parse().ok()? {
            Frequency::Clock(nanos) if nanos < NANOS_PER_DAY => nanos,
            Frequency::Days(1) => NANOS_PER_DAY,
            _ => return None,
        };
        let days = days.map_or(Some(0), parse_days)?;
        if step == NANOS_PER_DAY {
            let (day, open) = clocks.map_or(Some((None, 0)), parse_clock)?;
            return (days != 0 && day.is_none()).then_some(Sessions { step, open, rows: 1, pause: (0, 0), days });
        }
        let mut parts = clocks?.split('+').map(|part| {
            let (open, close) = part.split_once('-')?;
            Some((parse_clock(open)?, parse_clock(close)?))
        });
        let ((first_day, open), (last_day, close)) = parts.next()??;
        if let (Some(first_day), Some(last_day), 0) = (first_day, last_day, days) {
            let open = open + first_day * NANOS_PER_DAY;
            let length = (close + last_day * NANOS_PER_DAY - open).rem_euclid(7 * NANOS_PER_DAY);
            return (length % step == 0).then_some(Sessions { step, open, rows: length / step + 1, pause: (0, 0), days });
        }
        let steps = |from: i64, to: i64| {
            let length = (to - from).rem_euclid(NANOS_PER_DAY);
            (length % step == 0).then_some(length / step)
        };
        let first = steps(open, close)? + 1;
        let (rows, pause) = match parts.next() {
            None => (first, (0, 0)),
            Some(part) => {
                let ((_, again), (_, end)) = part?;
                (first + steps(again, end)? + 1, (first, steps(close, again)? - 1))
            }
        };
        (days != 0 && first_day.is_none()).then_some(Sessions { step, open, rows, pause, days })
    }

    /// Opening and closing times, with the pause.
    fn hours(&self) -> String {
        let time = |slot: i64| self.open + slot * self.step;
        let (before, length) = self.pause;
        let end = self.rows + length - 1;
        if self.days == 0 {
            let day = |nanos: i64| DAYS[Self::weekday(nanos.div_euclid(NANOS_PER_DAY)).to_monday_zero_offset() as usize];
            let (first, last) = (time(0), time(end));
            return format!("{}{}-{}{}", day(first), write_clock(first), day(last), write_clock(last));
        }
        if length == 0 {
            return format!("{}-{}", write_clock(time(0)), write_clock(time(end)));
        }
        let clock = |slot: i64| write_clock(time(slot));
        format!("{}-{}+{}-{}", clock(0), clock(before - 1), clock(before + length), clock(end))
    }

    pub(super) fn code(&self, step: &str) -> String {
        let days = if self.days == 0 { String::new() } else { format!("/{}", write_days(self.days)) };
        match (self.step == NANOS_PER_DAY, self.open) {
            (true, 0) => format!("D{days}"),
            (true, open) => format!("D@{}{days}", write_clock(open)),
            (false, _) => format!("{step}@{}{days}", self.hours()),
        }
    }

    pub(super) fn words(&self, step: &str) -> String {
        match (self.step == NANOS_PER_DAY, self.days) {
            (true, days) => format!("daily, {}", write_days(days)),
            (false, 0) => format!("{step}, {}", self.hours()),
            (false, days) => format!("{step}, {}, {}", self.hours(), write_days(days)),
        }
    }
}
