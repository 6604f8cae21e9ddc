//! Names of months and weekdays, and the words for the halves of a day.

use jiff::civil::Weekday;

/// Months in English, January first.
pub(crate) const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const KOREAN_WEEKDAYS: [&str; 7] = ["월", "화", "수", "목", "금", "토", "일"];

/// How a name is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Jan, Mon
    Short,
    /// January, Monday
    Long,
    /// Sept for September, else as `Short`; 월 for Monday.
    Local,
}

/// The month of a name in English, whole or shortened to three letters; `Sept` is one too.
pub(crate) fn month(name: &str) -> Option<i8> {
    let short = |long: &str| name.len() == 3 && long[..3].eq_ignore_ascii_case(name);
    let sept = |long: &str| long == "September" && name.eq_ignore_ascii_case("sept");
    let index = MONTHS.iter().position(|long| long.eq_ignore_ascii_case(name) || short(long) || sept(long))?;
    Some(index as i8 + 1)
}

pub(super) fn write_month(month: i8, style: Style) -> &'static str {
    let name = MONTHS[(month as usize + 11) % 12];
    match style {
        Style::Long => name,
        Style::Local if month == 9 => "Sept",
        _ => &name[..3],
    }
}

/// The weekday that a text starts with, and what follows it.
pub(super) fn weekday(text: &str) -> Option<(Weekday, &str)> {
    let of = |index: usize| Weekday::from_monday_zero_offset(index as i8).ok();
    let letters = text.len() - text.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
    let (name, rest) = text.split_at(letters);
    if name.is_empty() {
        let index = KOREAN_WEEKDAYS.iter().position(|day| text.starts_with(day))?;
        return Some((of(index)?, text.strip_prefix(KOREAN_WEEKDAYS[index])?));
    }
    let short = |long: &str| name.len() == 3 && long[..3].eq_ignore_ascii_case(name);
    let index = WEEKDAYS.iter().position(|long| long.eq_ignore_ascii_case(name) || short(long))?;
    Some((of(index)?, rest))
}

pub(super) fn write_weekday(day: Weekday, style: Style) -> &'static str {
    let index = day.to_monday_zero_offset() as usize;
    match style {
        Style::Long => WEEKDAYS[index],
        Style::Short => &WEEKDAYS[index][..3],
        Style::Local => KOREAN_WEEKDAYS[index],
    }
}

/// Words for morning and afternoon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HalfDay {
    /// AM, PM
    Upper,
    /// am, pm
    Lower,
    /// 오전, 오후
    Korean,
}

impl HalfDay {
    pub fn words(self) -> [&'static str; 2] {
        match self {
            HalfDay::Upper => ["AM", "PM"],
            HalfDay::Lower => ["am", "pm"],
            HalfDay::Korean => ["오전", "오후"],
        }
    }
}
