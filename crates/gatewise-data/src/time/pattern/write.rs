//! Writing times in a pattern.

use std::fmt::Write;

use jiff::ToSpan;
use jiff::civil::{DateTime, Time};

use super::super::names::{write_month, write_weekday};
use super::{Field, Item, Pad, Pattern};

impl Pattern {
    /// Writes a civil time.
    pub fn format(&self, at: DateTime) -> String {
        let ends_at_24 = self.items.iter().any(|item| matches!(item, Item::Number(Field::HourTo24, _)));
        let midnight = ends_at_24 && at.time() == Time::midnight();
        let at = if midnight { at.saturating_sub(1.day()) } else { at };
        let mut text = String::new();
        for item in &self.items {
            match item {
                Item::Text(part) => text.push_str(part),
                Item::Number(field, pad) => push_number(&mut text, *field, number(*field, at, midnight), *pad),
                Item::Month { style, capitals } => push_name(&mut text, write_month(at.month(), *style), *capitals),
                Item::Weekday { style, capitals } => push_name(&mut text, write_weekday(at.weekday(), *style), *capitals),
                Item::HalfDay(words) => text.push_str(words.words()[usize::from(at.hour() >= 12)]),
                Item::Fraction(digits) => text.push_str(&format!("{:09}", at.subsec_nanosecond())[..usize::from(*digits)]),
                Item::Offset => text.push_str("+0000"),
            }
        }
        text
    }
}

fn push_name(text: &mut String, name: &str, capitals: bool) {
    if capitals { text.push_str(&name.to_uppercase()) } else { text.push_str(name) }
}

fn push_number(text: &mut String, field: Field, value: i32, pad: Pad) {
    let digits = field.digits();
    // Writing to a String cannot fail.
    let _ = match pad {
        Pad::Zero => write!(text, "{value:0digits$}"),
        Pad::Space => write!(text, "{value:digits$}"),
        Pad::Nothing => write!(text, "{value}"),
    };
}

fn number(field: Field, at: DateTime, midnight: bool) -> i32 {
    let week = at.date().iso_week_date();
    match field {
        Field::Year => i32::from(at.year()),
        Field::YearOfTwo => i32::from(at.year()).rem_euclid(100),
        Field::Month => i32::from(at.month()),
        Field::Day => i32::from(at.day()),
        Field::HourTo24 if midnight => 24,
        Field::Hour | Field::HourTo24 => i32::from(at.hour()),
        Field::Hour12 => (i32::from(at.hour()) + 11) % 12 + 1,
        Field::Minute => i32::from(at.minute()),
        Field::Second => i32::from(at.second()),
        Field::Quarter => (i32::from(at.month()) + 2) / 3,
        Field::HalfYear => (i32::from(at.month()) + 5) / 6,
        Field::WeekYear => i32::from(week.year()),
        Field::Week => i32::from(week.week()),
        Field::WeekdayNumber => i32::from(at.weekday().to_monday_one_offset()),
        Field::DayOfYear => i32::from(at.day_of_year()),
    }
}
