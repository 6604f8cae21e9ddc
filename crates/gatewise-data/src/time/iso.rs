//! The commonest forms of dates, read by their bytes: `2020-01-31`, `2020-01-31 13:00`, `2020-01-31T13:00:00`.

use super::format::{Clock, DateOrder, MonthStyle};
use super::scan::{Form, Scanned};

/// A number of two digits.
fn two(tens: u8, ones: u8) -> Option<i8> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| ((tens - b'0') * 10 + (ones - b'0')) as i8)
}

/// What [`scan`](super::scan::scan) makes of a cell in one of these forms; `None` for every other cell.
pub(super) fn scan_iso(text: &str) -> Option<Scanned<'_>> {
    let bytes = text.as_bytes();
    let (date, clock) = match bytes.len() {
        10 | 16 | 19 => bytes.split_at(10),
        _ => return None,
    };
    let &[a, b, c, d, separator, month_tens, month_ones, again, day_tens, day_ones] = date else { return None };
    (matches!(separator, b'-' | b'/') && again == separator).then_some(())?;
    let year = i16::from(two(a, b)?) * 100 + i16::from(two(c, d)?);
    let (first, second) = (two(month_tens, month_ones)?, two(day_tens, day_ones)?);
    let (lead, numbers, fields) = match *clock {
        [] => (b' ', [0; 3], 0),
        [lead, h, hh, b':', m, mm] => (lead, [two(h, hh)?, two(m, mm)?, 0], 2),
        [lead, h, hh, b':', m, mm, b':', s, ss] => (lead, [two(h, hh)?, two(m, mm)?, two(s, ss)?], 3),
        _ => return None,
    };
    matches!(lead, b' ' | b'T').then_some(())?;
    let form = Form {
        order: DateOrder::YearMonthDay,
        separator: Some(char::from(separator)),
        month: MonthStyle::Number,
        year_digits: 4,
        clock: (fields > 0).then_some(Clock { lead: char::from(lead), fields, twelve_hours: false }),
        zoned: false,
    };
    let padded = (month_tens == b'0' || day_tens == b'0').then_some(true);
    let hour_padded = (clock.get(1) == Some(&b'0')).then_some(true);
    Some(Scanned { form, year, first, second, clock: numbers, nanos: 0, padded, hour_padded, fraction: 0, zone: None })
}

#[cfg(test)]
mod tests {
    use super::super::scan::scan_any;
    use super::*;

    #[test]
    fn reads_as_the_scan_of_any_form_does() {
        for text in
            ["2020-01-31", "2020/12/11", "0099-00-99", "2020-10-10 24:00", "2020-01-31T13:00", "2020-11-30 01:02:03", "1999-12-31T99:99:99"]
        {
            assert_eq!(scan_iso(text), scan_any(text), "{text}");
            assert!(scan_iso(text).is_some(), "{text}");
        }
        for text in [
            "2020-01/31",
            "2020-1-031",
            "2020-01-31,13:00",
            "2020-01-31 1:000",
            "2020-01-31T13:00Z00",
            "20200131T13:00:00",
            "é020-01-3",
            "2020-01-31 13.00",
        ] {
            assert_eq!(scan_iso(text), None, "{text}");
        }
    }
}
