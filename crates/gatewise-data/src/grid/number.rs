//! Reads cells as numbers.

use super::written::written;
use crate::options::DEFAULT_NA;

/// What a cell of a column of numbers holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell {
    Number(f64),
    Missing,
    Infinite,
    Text,
}

/// How a file writes numbers and missing values.
#[derive(Clone, Debug, Default)]
pub(crate) struct NumberStyle {
    /// `1.234,5` instead of `1,234.5`.
    pub decimal_comma: bool,
    na: Vec<String>,
    na_numbers: Vec<f64>,
}

impl NumberStyle {
    pub fn new(na: &[String]) -> Self {
        NumberStyle {
            decimal_comma: false,
            na: na.iter().map(|text| text.trim().to_owned()).collect(),
            na_numbers: na.iter().filter_map(|text| text.trim().parse().ok()).collect(),
        }
    }

    pub fn is_missing(&self, cell: &str) -> bool {
        // Most cells start as none of these words does.
        let usual = matches!(cell.as_bytes().first(), None | Some(b'N' | b'n' | b'<' | b'#')) && DEFAULT_NA.contains(&cell);
        usual || self.is_named_missing(cell)
    }

    fn is_named_missing(&self, cell: &str) -> bool {
        self.na.iter().any(|na| na == cell)
    }

    pub fn read(&self, cell: &str) -> Cell {
        match self.number(cell) {
            Some(number) if self.na_numbers.contains(&number) || number.is_nan() => Cell::Missing,
            // None of the usual words is a number, so a number need not be held against them.
            Some(_) if self.is_named_missing(cell) => Cell::Missing,
            Some(number) if number.is_infinite() => Cell::Infinite,
            Some(number) => Cell::Number(number),
            None if self.is_missing(cell) => Cell::Missing,
            None => Cell::Text,
        }
    }

    /// The same with the other decimal mark.
    pub fn with_decimal_comma(&self, decimal_comma: bool) -> Self {
        NumberStyle { decimal_comma, ..self.clone() }
    }

    /// A cell that holds nothing but a number as Rust writes it, or is missing; `None` where it has to be looked at.
    pub fn read_plain(&self, cell: &str) -> Option<Cell> {
        match short_number(cell).map_or_else(|| cell.parse::<f64>(), Ok) {
            Ok(number) if !number.is_finite() => None,
            Ok(number) if self.na_numbers.contains(&number) || self.is_named_missing(cell) => Some(Cell::Missing),
            Ok(number) => Some(Cell::Number(number)),
            Err(_) if self.is_missing(cell) => Some(Cell::Missing),
            Err(_) => None,
        }
    }

    /// Whether a number means that the value is missing.
    pub fn is_missing_number(&self, number: f64) -> bool {
        self.na_numbers.contains(&number)
    }

    /// Whether the cell is a number, finite or not, in any form that people write.
    pub fn is_number(&self, cell: &str) -> bool {
        let in_some_form = || written(cell).is_some_and(|w| w.value(false).or_else(|| w.value(true)).is_some());
        self.number(cell).is_some() || in_some_form()
    }

    fn number(&self, cell: &str) -> Option<f64> {
        if !cell.contains(',') && !self.decimal_comma {
            return cell.parse().ok();
        }
        let (group, point) = if self.decimal_comma { ('.', ',') } else { (',', '.') };
        let (whole, fraction) = match cell.split_once(point) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (cell, None),
        };
        if whole.contains(group) && !grouped_by_thousands(whole, group) {
            return None;
        }
        let mut plain = whole.replace(group, "");
        if let Some(fraction) = fraction {
            plain.push('.');
            plain.push_str(fraction);
        }
        plain.parse().ok()
    }
}

/// Digits of a number that a double holds exactly, and the powers of ten it is divided by.
const SHORT_DIGITS: usize = 15;
const TENS: [f64; SHORT_DIGITS + 1] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// Digits with a point or without, and a minus or none: the quotient of two exact numbers is rounded once, so that it is the nearest double
/// (Clinger 1990, "How to read floating point numbers accurately").
fn short_number(cell: &str) -> Option<f64> {
    let (negative, digits) = match cell.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    (digits.len() <= SHORT_DIGITS + 1).then_some(())?;
    let (mut whole, mut count, mut point) = (0_u64, 0, None);
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                whole = whole * 10 + u64::from(byte - b'0');
                count += 1;
            }
            b'.' if point.is_none() => point = Some(count),
            _ => return None,
        }
    }
    (1..=SHORT_DIGITS).contains(&count).then_some(())?;
    let value = whole as f64 / TENS[count - point.unwrap_or(count)];
    Some(if negative { -value } else { value })
}

/// `1.234.567`, with a sign or without.
fn grouped_by_thousands(whole: &str, group: char) -> bool {
    let digits = whole.trim_start_matches(['+', '-']);
    let mut groups = digits.split(group);
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    groups.next().is_some_and(|first| (1..=3).contains(&first.len()) && all_digits(first))
        && groups.all(|rest| rest.len() == 3 && all_digits(rest))
}

/// What commas and points in a cell say about the decimal mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CommaEvidence {
    /// `1,5` or `1.234,5`: the comma is the decimal mark.
    Decimal,
    /// `1,234.5` or `1,234,567`: the comma parts thousands.
    Thousands,
    /// `1,234` may be either.
    Either,
    /// No comma, or no number.
    Silent,
}

pub(crate) fn comma_evidence(cell: &str) -> CommaEvidence {
    let digits = cell.trim_start_matches(['+', '-']);
    let Some(last) = digits.rfind(',') else {
        return CommaEvidence::Silent;
    };
    let numeric = digits.bytes().all(|b| b.is_ascii_digit() || b == b',' || b == b'.');
    if !numeric || !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return CommaEvidence::Silent;
    }
    let commas = digits.matches(',').count();
    match digits.rfind('.') {
        Some(point) if point > last => CommaEvidence::Thousands,
        Some(_) if commas == 1 => CommaEvidence::Decimal,
        Some(_) => CommaEvidence::Silent,
        None if commas > 1 => CommaEvidence::Thousands,
        None if digits.len() - last - 1 == 3 && !digits.starts_with('0') => CommaEvidence::Either,
        None => CommaEvidence::Decimal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_as_numbers() {
        let point = NumberStyle::new(&["-999".to_owned(), "n/a".to_owned()]);
        let comma = NumberStyle { decimal_comma: true, ..NumberStyle::default() };
        for (style, cell, expected) in [
            (&point, "1.5", Cell::Number(1.5)),
            (&point, "-2e3", Cell::Number(-2000.0)),
            (&point, "1,234,567.5", Cell::Number(1_234_567.5)),
            (&point, "12,34", Cell::Text),
            (&point, "", Cell::Missing),
            (&point, "NaN", Cell::Missing),
            (&point, "-nan", Cell::Missing),
            (&point, "-999.0", Cell::Missing),
            (&point, "n/a", Cell::Missing),
            (&point, "N/A", Cell::Text),
            (&point, "inf", Cell::Infinite),
            (&point, "1e999", Cell::Infinite),
            (&point, "-Infinity", Cell::Infinite),
            (&point, "$5", Cell::Text),
            (&comma, "1,5", Cell::Number(1.5)),
            (&comma, "1.234,5", Cell::Number(1234.5)),
            (&comma, "-1.234.567", Cell::Number(-1_234_567.0)),
            (&comma, "1.5", Cell::Text),
            (&comma, "7", Cell::Number(7.0)),
        ] {
            assert_eq!(style.read(cell), expected, "{cell:?}");
        }
    }

    #[test]
    fn short_numbers_are_the_nearest_doubles() {
        for cell in
            ["0", "-0", "7", "-7.", ".5", "-.25", "00.10", "0.1", "123456789012345", "0.12345678901234", "-99999.9999999999", "1234567.89"]
        {
            let read = short_number(cell).unwrap();
            assert_eq!(read.to_bits(), cell.parse::<f64>().unwrap().to_bits(), "{cell}");
        }
        for cell in ["", "-", ".", "-.", "+1", "1e3", "1.2.3", "--1", "1,5", "1234567890123456", "NaN", " 1"] {
            assert_eq!(short_number(cell), None, "{cell:?}");
        }
    }

    #[test]
    fn commas_tell() {
        for (cell, expected) in [
            ("1,5", CommaEvidence::Decimal),
            ("0,125", CommaEvidence::Decimal),
            ("1.234,50", CommaEvidence::Decimal),
            ("-1,234.5", CommaEvidence::Thousands),
            ("1,234,567", CommaEvidence::Thousands),
            ("1,234", CommaEvidence::Either),
            ("Seoul, 5", CommaEvidence::Silent),
            ("1.5", CommaEvidence::Silent),
        ] {
            assert_eq!(comma_evidence(cell), expected, "{cell:?}");
        }
    }
}
