//! A written form of times in the letters of `strftime`.

mod read;
mod text;
mod write;

use super::names::{HalfDay, Style};

pub use text::ParsePatternError;

/// The written form of a time as a text of `strftime`, such as `%d.%m.%y %H:%M`.
///
/// Beside the usual letters: `%q` the quarter, `%Oq` the half of the year, `%Op` 오전 or 오후, `%Oa` the weekday in Korean, `%Ob` months of
/// three letters but `Sept`, `%OH` hours of which midnight is the 24th of the day before; `%-d` without and `%e` with a space for the
/// leading zero, `%^b` in capitals. A time goes to text and back unchanged as far as the form writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    Text(String),
    Number(Field, Pad),
    Month {
        style: Style,
        capitals: bool,
    },
    Weekday {
        style: Style,
        capitals: bool,
    },
    HalfDay(HalfDay),
    /// Digits of a second, this many when written.
    Fraction(u8),
    /// Offset from UTC.
    Offset,
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Year,
    YearOfTwo,
    Month,
    Day,
    Hour,
    /// Hours of which midnight is the 24th of the day before.
    HourTo24,
    Hour12,
    Minute,
    Second,
    Quarter,
    HalfYear,
    WeekYear,
    Week,
    WeekdayNumber,
    DayOfYear,
}

/// What stands before a number of one digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pad {
    Zero,
    Space,
    Nothing,
}

impl Field {
    /// Digits that the number has at most.
    fn digits(self) -> usize {
        match self {
            Field::Year | Field::WeekYear => 4,
            Field::DayOfYear => 3,
            Field::Quarter | Field::HalfYear | Field::WeekdayNumber => 1,
            _ => 2,
        }
    }

    /// Whether the number may have fewer digits.
    fn shortens(self) -> bool {
        self.digits() == 2 && self != Field::YearOfTwo
    }

    fn is_clock(self) -> bool {
        matches!(self, Field::Hour | Field::HourTo24 | Field::Hour12 | Field::Minute | Field::Second)
    }
}

impl Pattern {
    /// The same form with or without leading zeros in dates and in hours.
    pub(super) fn padded(&self, date: bool, hour: bool) -> Self {
        let pad = |padded: bool| if padded { Pad::Zero } else { Pad::Nothing };
        let mut items = self.items.clone();
        for item in &mut items {
            if let Item::Number(field, old) = item
                && field.shortens()
                && !matches!(field, Field::Minute | Field::Second)
            {
                *old = pad(if field.is_clock() { hour } else { date });
            }
        }
        Pattern { items }
    }

    /// The same form with midnight as the 24th hour of the day before.
    pub(super) fn to_24(&self) -> Self {
        let mut items = self.items.clone();
        for item in &mut items {
            if let Item::Number(field @ Field::Hour, _) = item {
                *field = Field::HourTo24;
            }
        }
        Pattern { items }
    }

    /// The same form with the offset as it is written in `text`.
    pub(super) fn with_offset(&self, text: &str) -> Self {
        let item = |item: &Item| if *item == Item::Offset { Item::Text(text.to_owned()) } else { item.clone() };
        Pattern { items: self.items.iter().map(item).collect() }
    }

    /// The same form with so many digits of a second.
    pub(super) fn with_fraction(&self, digits: u8) -> Self {
        let item = |item: &Item| if matches!(item, Item::Fraction(_)) { Item::Fraction(digits) } else { item.clone() };
        Pattern { items: self.items.iter().map(item).collect() }
    }

    pub(super) fn has_offset(&self) -> bool {
        self.items.contains(&Item::Offset)
    }

    pub(super) fn has_fraction(&self) -> bool {
        self.items.iter().any(|item| matches!(item, Item::Fraction(_)))
    }
}
