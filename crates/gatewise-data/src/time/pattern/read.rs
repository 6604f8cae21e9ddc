//! Reading times in a pattern.

use jiff::civil::{Date, DateTime, ISOWeekDate, Weekday};

use super::super::clock::read_offset;
use super::super::names;
use super::super::scan::PIVOT_YEAR;
use super::{Field, Item, Pattern};

/// The numbers and names of a cell.
#[derive(Clone, Copy, Default)]
struct Fields {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    hour: i8,
    minute: i8,
    second: i8,
    nanos: i32,
    afternoon: Option<bool>,
    week: Option<i8>,
    weekday: Option<Weekday>,
    day_of_year: Option<i16>,
    offset: Option<i32>,
}

impl Pattern {
    /// The civil time of a text, and minutes of its offset from UTC. `None` where the text is written otherwise, where the calendar has no
    /// such day, or where the weekday is another.
    pub fn read(&self, text: &str) -> Option<(DateTime, Option<i32>)> {
        let (fields, rest) = self.read_start(text)?;
        rest.is_empty().then_some(())?;
        Some((fields.civil()?, fields.offset))
    }

    /// What follows the part of a text that has this form.
    pub(in super::super) fn rest_of<'a>(&self, text: &'a str) -> Option<&'a str> {
        Some(self.read_start(text)?.1)
    }

    fn read_start<'a>(&self, text: &'a str) -> Option<(Fields, &'a str)> {
        let mut rest = text;
        let mut fields = Fields::default();
        for (at, item) in self.items.iter().enumerate() {
            rest = match item {
                Item::Text(text) => rest.strip_prefix(text.as_str())?,
                Item::Number(field, _) => {
                    let packed = |item: Option<&Item>| matches!(item, Some(Item::Number(..)));
                    let exact = packed(self.items.get(at + 1)) || (at > 0 && packed(self.items.get(at - 1)));
                    let (number, rest) = read_number(rest, *field, exact)?;
                    fields.set(*field, number)?;
                    rest
                }
                Item::Month { .. } => {
                    let letters = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
                    fields.month = Some(names::month(&rest[..letters])?);
                    &rest[letters..]
                }
                Item::Weekday { .. } => {
                    let (day, rest) = names::weekday(rest)?;
                    fields.weekday = Some(day);
                    rest
                }
                Item::HalfDay(words) => {
                    let [morning, afternoon] = words.words();
                    let late = rest.strip_prefix(afternoon);
                    fields.afternoon = Some(late.is_some());
                    late.or_else(|| rest.strip_prefix(morning))?
                }
                Item::Fraction(_) => {
                    let digits = digits_of(rest).min(9);
                    (digits > 0).then_some(())?;
                    fields.nanos = rest[..digits].parse::<i32>().ok()? * 10_i32.pow(9 - digits as u32);
                    &rest[digits..]
                }
                Item::Offset => {
                    fields.offset = Some(read_offset(rest)?);
                    ""
                }
            };
        }
        Some((fields, rest))
    }
}

fn digits_of(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// A number of as many digits as the field has, or, where `exact` is false, fewer if it may have fewer.
fn read_number(text: &str, field: Field, exact: bool) -> Option<(i16, &str)> {
    let shortens = field.shortens() && !exact;
    let text = if shortens { text.strip_prefix(' ').unwrap_or(text) } else { text };
    let digits = digits_of(text).min(field.digits());
    (digits == field.digits() || (shortens && digits > 0)).then_some(())?;
    Some((text[..digits].parse().ok()?, &text[digits..]))
}

impl Fields {
    /// `None` where no calendar has the number.
    fn set(&mut self, field: Field, number: i16) -> Option<()> {
        let small = number as i8;
        let within = |low: i16, high: i16| (low..=high).contains(&number).then_some(small);
        match field {
            Field::Year | Field::WeekYear => self.year = Some(number),
            Field::YearOfTwo => self.year = Some(if number < PIVOT_YEAR { 2000 } else { 1900 } + number),
            Field::Month => self.month = Some(within(1, 12)?),
            Field::Day => self.day = Some(within(1, 31)?),
            Field::Hour | Field::HourTo24 => self.hour = within(0, 24)?,
            Field::Hour12 => self.hour = within(0, 12)?,
            Field::Minute => self.minute = within(0, 59)?,
            Field::Second => self.second = within(0, 59)?,
            Field::Quarter => self.month = Some(within(1, 4)? * 3 - 2),
            Field::HalfYear => self.month = Some(within(1, 2)? * 6 - 5),
            Field::Week => self.week = Some(within(1, 53)?),
            Field::WeekdayNumber => self.weekday = Some(Weekday::from_monday_one_offset(within(1, 7)?).ok()?),
            Field::DayOfYear => self.day_of_year = Some(number),
        }
        Some(())
    }

    fn civil(&self) -> Option<DateTime> {
        let year = self.year?;
        let date = match (self.week, self.day_of_year) {
            (Some(week), _) => ISOWeekDate::new(year, week, self.weekday.unwrap_or(Weekday::Monday)).ok()?.date(),
            (None, Some(day)) => Date::new(year, 1, 1).ok()?.with().day_of_year(day).build().ok()?,
            (None, None) => Date::new(year, self.month.unwrap_or(1), self.day.unwrap_or(1)).ok()?,
        };
        if self.weekday.is_some_and(|day| day != date.weekday()) {
            return None;
        }
        let hour = match self.afternoon {
            None => self.hour,
            Some(afternoon) => self.hour % 12 + if afternoon { 12 } else { 0 },
        };
        if hour == 24 {
            let midnight = self.minute == 0 && self.second == 0 && self.nanos == 0;
            return midnight.then(|| date.tomorrow().ok())?.map(|day| day.at(0, 0, 0, 0));
        }
        DateTime::new(date.year(), date.month(), date.day(), hour, self.minute, self.second, self.nanos).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back_as_they_were() {
        for (pattern, text, civil) in [
            ("%d.%m.%y", "31.01.24", "2024-01-31T00:00:00"),
            ("%y-%m-%d", "24-01-31", "2024-01-31T00:00:00"),
            ("%G-W%V", "2021-W01", "2021-01-04T00:00:00"),
            ("%GW%V", "2020W53", "2020-12-28T00:00:00"),
            ("%G-W%V-%u", "2021-W01-7", "2021-01-10T00:00:00"),
            ("Q%q %Y", "Q3 2008", "2008-07-01T00:00:00"),
            ("%YH%Oq", "2008H2", "2008-07-01T00:00:00"),
            ("%Y%j", "2024060", "2024-02-29T00:00:00"),
            ("%Y%m%d%H", "2024030123", "2024-03-01T23:00:00"),
            ("%Y%m%dT%H%M%S", "20240301T010203", "2024-03-01T01:02:03"),
            ("%a, %d %b %Y", "Mon, 01 Jan 2024", "2024-01-01T00:00:00"),
            ("%^a %^b %-d, %Y", "THU FEB 1, 2024", "2024-02-01T00:00:00"),
            ("%d %B %Y", "01 May 2024", "2024-05-01T00:00:00"),
            ("%-d %Ob %Y", "1 Sept 2024", "2024-09-01T00:00:00"),
            ("%Y년 %-m월 %-d일", "2024년 1월 1일", "2024-01-01T00:00:00"),
            ("%Y. %-m. %-d.(%Oa)", "2024. 1. 1.(월)", "2024-01-01T00:00:00"),
            ("%Y-%m-%d %Op %-I:%M", "2024-03-01 오전 12:30", "2024-03-01T00:30:00"),
            ("%Y-%m-%d %Op %-I:%M", "2024-03-01 오후 12:30", "2024-03-01T12:30:00"),
            ("%Y-%m-%d %I:%M%P", "2024-03-01 01:30pm", "2024-03-01T13:30:00"),
            ("%Y-%m-%d %OH:%M", "2024-02-29 24:00", "2024-03-01T00:00:00"),
            ("%Y-%m-%d %H:%M:%S,%3f", "2024-03-01 01:02:03,250", "2024-03-01T01:02:03.25"),
            ("%m/%e/%Y %k:%M", "03/ 1/2024  7:05", "2024-03-01T07:05:00"),
            ("100%% %Y", "100% 2024", "2024-01-01T00:00:00"),
        ] {
            let pattern: Pattern = pattern.parse().unwrap();
            let (at, offset) = pattern.read(text).unwrap_or_else(|| panic!("{pattern} {text}"));
            assert_eq!((at.to_string().as_str(), offset), (civil, None), "{pattern}");
            assert_eq!(pattern.format(at), text);
            assert_eq!(pattern.to_string().parse(), Ok(pattern));
        }
    }

    #[test]
    fn what_the_calendar_lacks_is_refused() {
        for (pattern, text) in [
            ("%y-%m-%d", "24-01-32"),
            ("%G-W%V", "2021-W53"),
            ("%a %Y-%m-%d", "Mon 2024-01-02"),
            ("%Y%m", "202413"),
            ("%Y-%m-%d %H:%M", "2024-01-01 24:01"),
            ("%Y%j", "2023366"),
            ("%Y%m%d", "2024011"),
            ("%Y-%m-%d", "2024-01-01x"),
        ] {
            assert_eq!(pattern.parse::<Pattern>().unwrap().read(text), None, "{text}");
        }
        for text in ["%H:%M", "%Y %", "%Y %!", ""] {
            assert!(text.parse::<Pattern>().is_err(), "{text}");
        }
        let zoned: Pattern = "%Y-%m-%d %H%z".parse().unwrap();
        assert_eq!(zoned.read("2024-01-01 05+0930").unwrap().1, Some(570));
    }
}
