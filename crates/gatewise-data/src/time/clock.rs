//! The part of a cell behind the date: time of day and offset from UTC.

use super::format::Clock;
use super::scan::{Cursor, Scanned, padding};

/// ` 13:00`, `T13:00:00.5Z`, `, 1:00 PM`, ` 13:00:00 +09:00`
pub(super) fn scan_clock<'a>(c: &mut Cursor<'a>, out: &mut Scanned<'a>) -> Option<()> {
    let lead = c.peek().filter(|b| b"T ,".contains(b))?;
    c.at += 1;
    if lead == b',' {
        c.eat(b' ').then_some(())?;
    }
    let mut fields = 0;
    while fields < 3 && (fields == 0 || c.eat(b':')) {
        let (digits, value) = c.small()?;
        if fields == 0 {
            out.hour_padded = padding(digits);
        } else {
            (digits.len() == 2).then_some(())?;
        }
        out.clock[fields] = value;
        fields += 1;
    }
    if fields == 3 && c.eat(b'.') {
        let digits = c.digits();
        (1..=9).contains(&digits.len()).then_some(())?;
        out.fraction = digits.len() as u8;
        out.nanos = digits.parse::<i32>().ok()? * 10_i32.pow(9 - u32::from(out.fraction));
    }
    let twelve_hours = scan_half(c, out)?;
    scan_zone(c, out)?;
    out.form.clock = Some(Clock { lead: char::from(lead), fields: fields as u8, twelve_hours });
    Some(())
}

/// AM or PM; `None` where the hour does not fit it.
fn scan_half(c: &mut Cursor<'_>, out: &mut Scanned<'_>) -> Option<bool> {
    let start = c.at;
    // Halves written otherwise are read by patterns, which write them so again.
    let afternoon = match if c.eat(b' ') { c.letters() } else { "" } {
        "AM" => 0,
        "PM" => 12,
        _ => {
            c.at = start;
            return Some(false);
        }
    };
    (1..=12).contains(&out.clock[0]).then_some(())?;
    out.clock[0] = out.clock[0] % 12 + afternoon;
    Some(true)
}

/// `Z`, ` UTC`, `+09:00`, `-0500`, `+01`
fn scan_zone<'a>(c: &mut Cursor<'a>, out: &mut Scanned<'a>) -> Option<()> {
    if c.done() {
        return Some(());
    }
    let written = c.text.get(c.at..)?;
    out.form.zoned = true;
    out.zone = Some((written, read_offset(written)?));
    c.at = c.text.len();
    Some(())
}

/// Minutes of an offset from UTC.
pub(super) fn read_offset(written: &str) -> Option<i32> {
    let offset = written.trim_start();
    if matches!(offset, "Z" | "z" | "UTC" | "GMT") {
        return Some(0);
    }
    let sign = match offset.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits = offset.get(1..)?;
    let (hours, minutes) = match digits.len() {
        2 => (digits, "0"),
        4 => (digits.get(..2)?, digits.get(2..)?),
        5 if digits.get(2..3) == Some(":") => (digits.get(..2)?, digits.get(3..)?),
        _ => return None,
    };
    let hours: u8 = hours.parse().ok().filter(|h| *h < 24)?;
    let minutes: u8 = minutes.parse().ok().filter(|m| *m < 60)?;
    Some(sign * (i32::from(hours) * 60 + i32::from(minutes)))
}
