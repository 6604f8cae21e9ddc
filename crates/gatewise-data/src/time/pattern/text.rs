//! Patterns as text and back.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::super::names::{HalfDay, Style};
use super::{Field, Item, Pad, Pattern};

/// A text that is no pattern of times.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{pattern}\" is no form of times: {what}")]
pub struct ParsePatternError {
    pattern: String,
    what: String,
}

/// Letters that stand for several.
const SHORTHANDS: [(char, &str); 5] = [('F', "%Y-%m-%d"), ('T', "%H:%M:%S"), ('R', "%H:%M"), ('D', "%m/%d/%y"), ('x', "%m/%d/%y")];
/// Letters of numbers, with the flag that settles what stands before one digit.
const NUMBERS: [(&str, Field, Pad); 19] = [
    ("Y", Field::Year, Pad::Zero),
    ("y", Field::YearOfTwo, Pad::Zero),
    ("m", Field::Month, Pad::Zero),
    ("d", Field::Day, Pad::Zero),
    ("e", Field::Day, Pad::Space),
    ("H", Field::Hour, Pad::Zero),
    ("k", Field::Hour, Pad::Space),
    ("OH", Field::HourTo24, Pad::Zero),
    ("I", Field::Hour12, Pad::Zero),
    ("l", Field::Hour12, Pad::Space),
    ("M", Field::Minute, Pad::Zero),
    ("S", Field::Second, Pad::Zero),
    ("q", Field::Quarter, Pad::Zero),
    ("Oq", Field::HalfYear, Pad::Zero),
    ("G", Field::WeekYear, Pad::Zero),
    ("V", Field::Week, Pad::Zero),
    ("u", Field::WeekdayNumber, Pad::Zero),
    ("j", Field::DayOfYear, Pad::Zero),
    ("W", Field::Week, Pad::Zero),
];

impl FromStr for Pattern {
    type Err = ParsePatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let failed = |what: String| ParsePatternError { pattern: text.to_owned(), what };
        let mut items: Vec<Item> = Vec::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c != '%' {
                push_text(&mut items, c);
                continue;
            }
            let flag = chars.next_if(|c| matches!(c, '-' | '^' | '0' | '_'));
            let digits: Option<u8> = chars.next_if(char::is_ascii_digit).and_then(|c| c.to_digit(10)).map(|digit| digit as u8);
            let local = chars.next_if_eq(&'O').is_some();
            let letter = chars.next().ok_or_else(|| failed("it ends with a %".to_owned()))?;
            if let Some((_, long)) = SHORTHANDS.iter().find(|(short, _)| *short == letter) {
                items.extend(long.parse::<Pattern>()?.items);
                continue;
            }
            let item = item(letter, local, flag, digits).ok_or_else(|| failed(format!("%{letter} is not known")))?;
            match item {
                Item::Text(text) => text.chars().for_each(|c| push_text(&mut items, c)),
                item => items.push(item),
            }
        }
        let has = |wanted: &[Field]| items.iter().any(|item| matches!(item, Item::Number(field, _) if wanted.contains(field)));
        if !has(&[Field::Year, Field::YearOfTwo, Field::WeekYear]) {
            return Err(failed("it has no year (%Y, %y or %G)".to_owned()));
        }
        Ok(Pattern { items })
    }
}

fn push_text(items: &mut Vec<Item>, c: char) {
    match items.last_mut() {
        Some(Item::Text(text)) => text.push(c),
        _ => items.push(Item::Text(c.to_string())),
    }
}

fn item(letter: char, local: bool, flag: Option<char>, digits: Option<u8>) -> Option<Item> {
    let capitals = flag == Some('^');
    let style = |style| if local { Style::Local } else { style };
    let name = if local { format!("O{letter}") } else { letter.to_string() };
    if let Some((_, field, pad)) = NUMBERS.iter().find(|(known, ..)| *known == name) {
        let pad = match flag {
            Some('-') => Pad::Nothing,
            Some('_') => Pad::Space,
            _ => *pad,
        };
        return Some(Item::Number(*field, pad));
    }
    Some(match letter {
        '%' => Item::Text("%".to_owned()),
        'b' | 'h' => Item::Month { style: style(Style::Short), capitals },
        'B' => Item::Month { style: Style::Long, capitals },
        'a' => Item::Weekday { style: style(Style::Short), capitals },
        'A' => Item::Weekday { style: Style::Long, capitals },
        'p' => Item::HalfDay(if local { HalfDay::Korean } else { HalfDay::Upper }),
        'P' => Item::HalfDay(HalfDay::Lower),
        'f' => Item::Fraction(digits.unwrap_or(6).min(9)),
        'z' => Item::Offset,
        _ => return None,
    })
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for item in &self.items {
            match item {
                Item::Text(text) => f.write_str(&text.replace('%', "%%"))?,
                Item::Number(field, pad) => {
                    let letters = |wanted: Pad| NUMBERS.iter().find(|(_, known, usual)| known == field && *usual == wanted);
                    let (flag, letters) = match (letters(*pad), letters(Pad::Zero)) {
                        (Some((letters, ..)), _) => ("", *letters),
                        (None, Some((letters, ..))) if *pad == Pad::Nothing => ("-", *letters),
                        (None, zero) => ("_", zero.map_or("d", |(letters, ..)| *letters)),
                    };
                    write!(f, "%{flag}{letters}")?;
                }
                Item::Month { style, capitals } | Item::Weekday { style, capitals } => {
                    let letters = match (style, matches!(item, Item::Month { .. })) {
                        (Style::Short, true) => "b",
                        (Style::Long, true) => "B",
                        (Style::Local, true) => "Ob",
                        (Style::Short, false) => "a",
                        (Style::Long, false) => "A",
                        (Style::Local, false) => "Oa",
                    };
                    write!(f, "%{}{letters}", if *capitals { "^" } else { "" })?;
                }
                Item::HalfDay(HalfDay::Upper) => f.write_str("%p")?,
                Item::HalfDay(HalfDay::Lower) => f.write_str("%P")?,
                Item::HalfDay(HalfDay::Korean) => f.write_str("%Op")?,
                Item::Fraction(6) => f.write_str("%f")?,
                Item::Fraction(digits) => write!(f, "%{digits}f")?,
                Item::Offset => f.write_str("%z")?,
            }
        }
        Ok(())
    }
}

impl Serialize for Pattern {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
