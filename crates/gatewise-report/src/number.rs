//! Numbers as text: one function for each form that reports use.
//!
//! | form | for |
//! |---|---|
//! | [`figure`], [`fixed`], [`scientific`], [`percent`] | people, on pages: thousands set apart, a typographic minus, a dash for what is no number |
//! | [`plain`], [`trimmed`], [`order`], [`duration`] | people, on a terminal |
//! | [`exact`], [`of_spread`], [`fraction`], [`single`] | programs, in tables |

use std::io::Write;

/// Stands where a figure is missing or not finite.
pub const NO_FIGURE: &str = "–";

/// A figure with about four significant digits: `1,234`, `0.0821`, `3.1e-7`; [`NO_FIGURE`] when not finite.
pub fn figure(value: f64) -> String {
    if !value.is_finite() {
        return NO_FIGURE.to_string();
    }
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e9).contains(&size) {
        return scientific(value, 2);
    }
    fixed(value, decimals(size))
}

/// Digits after the point that give a figure of this size about four significant ones.
pub fn decimals(size: f64) -> usize {
    match size.abs() {
        s if s >= 1000.0 => 0,
        s if s >= 100.0 => 1,
        s if s >= 10.0 => 2,
        s if s >= 0.1 || s == 0.0 => 3,
        s if s >= 0.01 => 4,
        _ => 5,
    }
}

/// A figure with exactly `places` digits after the point, thousands set apart by commas.
pub fn fixed(value: f64, places: usize) -> String {
    if !value.is_finite() {
        return NO_FIGURE.to_string();
    }
    if value.abs() >= 1e15 {
        return scientific(value, 3);
    }
    let digits = format!("{:.places$}", value.abs());
    let (whole, rest) = match digits.find('.') {
        Some(point) => digits.split_at(point),
        None => (digits.as_str(), ""),
    };
    let mut out = String::new();
    let is_zero = digits.bytes().all(|b| matches!(b, b'0' | b'.'));
    if value < 0.0 && !is_zero {
        out.push('\u{2212}');
    }
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out.push_str(rest);
    out
}

/// `1.25e-7`, with a typographic minus.
pub fn scientific(value: f64, places: usize) -> String {
    if !value.is_finite() {
        return NO_FIGURE.to_string();
    }
    let text = format!("{value:.places$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa = if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
    format!("{mantissa}e{exponent}").replace('-', "\u{2212}")
}

/// `0.95` as `95 %`.
pub fn percent(share: f64) -> String {
    let text = fixed(share * 100.0, 1);
    format!("{}\u{a0}%", text.strip_suffix(".0").unwrap_or(&text))
}

/// From this size on a number of a terminal is written in millions, and from the next on in billions and trillions.
const UNITS: [(f64, char); 3] = [(1e12, 'T'), (1e9, 'G'), (1e6, 'M')];

/// A number of a terminal: about four significant digits, as `55.77M`, `18.54`, `0.636`, `1.200e-3`.
pub fn plain(value: f64) -> String {
    if let Some((unit, name)) = UNITS.iter().find(|(unit, _)| (*unit..1e15).contains(&value.abs())) {
        return format!("{:.*}{name}", decimals(value / unit), value / unit);
    }
    match value.abs() {
        v if v >= 1e15 => format!("{value:.3e}"),
        v if v >= 1000.0 => format!("{value:.0}"),
        v if v >= 100.0 => format!("{value:.1}"),
        v if v >= 10.0 => format!("{value:.2}"),
        v if v >= 0.1 || v == 0.0 => format!("{value:.3}"),
        v if v >= 0.01 => format!("{value:.4}"),
        _ => format!("{value:.3e}"),
    }
}

/// A number of the data: whole as it is, else in about four significant digits, as `104`, `12345` or `280.3`.
pub fn trimmed(value: f64) -> String {
    if value.abs() < 1e-3 && value != 0.0 {
        return format!("{value:.3e}");
    }
    let text = format!("{value:.*}", decimals(value));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// The size of a number: two digits and the power of ten, as `3.2e-5`.
pub fn order(value: f64) -> String {
    format!("{value:.1e}")
}

/// Seconds as people say them.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 10.0 => format!("{s:.1} s"),
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

/// A number to about seven digits of the spread of its like, as many as single precision holds.
pub fn of_spread(value: f64, spread: f64) -> String {
    let digits = (6.0 - spread.abs().log10().floor()).clamp(0.0, 17.0) as usize;
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A number of a table: seven significant digits, or as many as show seven of the interval's width: a level of 1e9 must not hide changes of 1.
pub fn exact(value: f64, width: f64) -> String {
    const DIGITS: i32 = 7;
    const MOST: i32 = 16;
    let hidden = if value != 0.0 && width > 0.0 { (value.abs() / width).log10().ceil().max(0.0) as i32 } else { 0 };
    let digits = (DIGITS + hidden).min(MOST);
    let rounded: f64 = format!("{value:.*e}", (digits - 1) as usize).parse().unwrap_or(value);
    rounded.to_string()
}

/// Appends a number from 0 to 1 with six digits behind the point.
pub fn fraction(out: &mut Vec<u8>, value: f64) {
    const PLACES: usize = 6;
    const UNIT: u64 = 10_u64.pow(PLACES as u32);
    let mut digits = (value.clamp(0.0, 1.0) * UNIT as f64).round() as u64;
    let mut text = [b'0'; PLACES + 2];
    text[1] = b'.';
    text[0] += (digits / UNIT) as u8;
    digits %= UNIT;
    for place in text[2..].iter_mut().rev() {
        *place += (digits % 10) as u8;
        digits /= 10;
    }
    out.extend_from_slice(&text);
}

/// Appends as many digits as the network's own precision holds.
pub fn single(out: &mut Vec<u8>, value: f64) {
    let single = value as f32;
    // Writing into memory cannot fail.
    let _ = if single.is_finite() { write!(out, "{single}") } else { write!(out, "{value}") };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_follow_the_width_of_the_interval() {
        for ((value, width), text) in [
            ((12.345_678_912, 3.0), "12.345679"),
            ((1_000_000_000.123_456_7, 0.01), "1000000000.123457"),
            ((0.0, 1.0), "0"),
            ((-1.5, 0.0), "-1.5"),
            ((1e300, 1.0), "1000000000000000"),
        ] {
            assert!(exact(value, width).starts_with(text), "{value} {width}: {}", exact(value, width));
        }
    }

    #[test]
    fn scores_have_six_places() {
        for (value, expected) in
            [(0.0, "0.000000"), (1.0, "1.000000"), (0.484_25, "0.484250"), (0.999_999_7, "1.000000"), (1e-6, "0.000001")]
        {
            let mut out = Vec::new();
            fraction(&mut out, value);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn figures_of_a_terminal_have_about_four_digits() {
        for (value, text) in [
            (0.0, "0.000"),
            (0.031_24, "0.0312"),
            (0.636_4, "0.636"),
            (18.543_2, "18.54"),
            (-0.001_2, "-1.200e-3"),
            (-55_773_100.0, "-55.77M"),
            (1.5e9, "1.500G"),
            (9_876.5, "9876"),
            (2e16, "2.000e16"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(plain(value), text);
        }
        for (value, text) in [
            (104.0, "104"),
            (280.298_6, "280.3"),
            (1_234_567.0, "1234567"),
            (-76.907_5, "-76.91"),
            (0.0, "0"),
            (3e-5, "3.000e-5"),
            (200.0, "200"),
        ] {
            assert_eq!(trimmed(value), text);
        }
    }

    #[test]
    fn durations_grow_coarser() {
        for (seconds, text) in [(0.25, "0.2 s"), (9.96, "10.0 s"), (60.0, "60 s"), (600.0, "10 min"), (9000.0, "2.5 h")] {
            assert_eq!(duration(seconds), text);
        }
    }
}
