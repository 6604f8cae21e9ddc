//! One cell as a number in the forms people write: currency, percent, K and M, marks between thousands, brackets, `<1`.

/// What stands about the digits of a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    /// The currency, as the first of its spellings.
    pub currency: Option<&'static str>,
    pub percent: bool,
    /// K, M, B: the value is multiplied.
    pub scaled: bool,
    /// `<1`: less than the number.
    pub below: bool,
    /// Another minus than `-`, or brackets for one.
    pub minus: bool,
    /// Spaces or apostrophes between thousands.
    pub parted: bool,
}

/// A number taken out of what stands about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Written<'a> {
    pub marks: Marks,
    negative: bool,
    scale: f64,
    /// Digits with their marks.
    pub digits: &'a str,
}

/// Spellings of currencies; those of one line are the same currency.
const CURRENCIES: [&[&str]; 19] = [
    &["$", "US$", "USD"],
    &["€", "EUR"],
    &["£", "GBP"],
    &["¥", "￥", "JPY", "CNY", "円", "元"],
    &["₩", "￦", "KRW", "원"],
    &["₹", "INR", "Rs."],
    &["₽", "RUB", "руб."],
    &["R$", "BRL"],
    &["C$", "CAD"],
    &["A$", "AUD"],
    &["CHF", "Fr."],
    &["zł", "PLN"],
    &["Kč", "CZK"],
    &["kr", "SEK", "NOK", "DKK"],
    &["₺", "TRY"],
    &["₫", "VND"],
    &["₪", "ILS"],
    &["฿", "THB"],
    &["₴", "UAH"],
];

/// Letters behind a number that multiply it.
const SCALES: [(&str, f64); 10] =
    [("K", 1e3), ("k", 1e3), ("M", 1e6), ("bn", 1e9), ("B", 1e9), ("T", 1e12), ("천", 1e3), ("만", 1e4), ("억", 1e8), ("조", 1e12)];

/// Minus signs beside `-`: U+2212, the full-width one, the en dash.
const MINUSES: [char; 3] = ['\u{2212}', '\u{ff0d}', '\u{2013}'];

/// Marks that part thousands beside comma and point: spaces of all widths and apostrophes.
pub(crate) fn parts_thousands(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\u{2007}' | '\u{2008}' | '\'' | '\u{2019}' | '\u{2018}' | '\u{2bc}')
}

fn strip<'a>(cell: &'a str, strip: impl Fn(&'a str, &'static str) -> Option<&'a str>) -> Option<(&'a str, &'static str)> {
    let mut best: Option<(&str, &'static str)> = None;
    for spellings in CURRENCIES {
        for sign in spellings {
            if let Some(rest) = strip(cell, sign)
                && best.is_none_or(|(other, _)| rest.len() < other.len())
            {
                best = Some((rest, spellings[0]));
            }
        }
    }
    best
}

/// Takes a cell apart; `None` where it is no number in any form.
pub(crate) fn written(cell: &str) -> Option<Written<'_>> {
    // All cells with a number have a digit, and text mostly has none.
    if !cell.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut marks = Marks::default();
    let (mut negative, mut scale) = (false, 1.0);
    let mut rest = cell.trim();
    if let Some(inner) = rest.strip_prefix('<').or_else(|| rest.strip_prefix('≤')) {
        (marks.below, rest) = (true, inner.trim_start());
    }
    let mut signed = false;
    let mut bracketed = false;
    loop {
        let mut chars = rest.chars();
        let first = chars.next()?;
        if first.is_ascii_digit() || matches!(first, '.' | ',') {
            break;
        }
        if matches!(first, '+' | '-') || MINUSES.contains(&first) {
            if signed {
                return None;
            }
            (signed, negative) = (true, first != '+');
            marks.minus |= MINUSES.contains(&first);
            rest = chars.as_str().trim_start();
        } else if first == '(' && !signed {
            let inner = chars.as_str();
            let close = inner.rfind(')')?;
            // What stands behind the bracket, such as a currency, stands behind the number.
            if !inner[close + 1..].trim().is_empty() && strip(inner[close + 1..].trim(), |c, sign| c.strip_prefix(sign)).is_none() {
                return None;
            }
            (signed, bracketed, negative) = (true, true, true);
            marks.minus = true;
            rest = inner.trim_start();
        } else {
            let (inner, currency) = strip(rest, |c, sign| c.strip_prefix(sign))?;
            if marks.currency.is_some() {
                return None;
            }
            marks.currency = Some(currency);
            rest = inner.trim_start();
        }
    }
    loop {
        let last = rest.chars().next_back()?;
        if last.is_ascii_digit() || matches!(last, '.' | ',') {
            break;
        }
        if last == '%' || last == '％' {
            if marks.percent {
                return None;
            }
            marks.percent = true;
            rest = rest[..rest.len() - last.len_utf8()].trim_end();
        } else if last == ')' && bracketed {
            bracketed = false;
            rest = rest[..rest.len() - 1].trim_end();
        } else if last == '-' && !signed {
            (signed, negative, marks.minus) = (true, true, true);
            rest = rest[..rest.len() - 1].trim_end();
        } else if let Some((inner, currency)) = strip(rest, |c, sign| c.strip_suffix(sign)) {
            if marks.currency.is_some() {
                return None;
            }
            marks.currency = Some(currency);
            rest = inner.trim_end();
        } else {
            let (inner, factor) = SCALES.iter().find_map(|(word, factor)| Some((rest.strip_suffix(word)?, *factor)))?;
            if marks.scaled {
                return None;
            }
            (marks.scaled, scale) = (true, factor);
            rest = inner.trim_end();
        }
    }
    if bracketed {
        return None;
    }
    let fits = rest.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',') || parts_thousands(c));
    marks.parted = rest.chars().any(parts_thousands);
    (fits && rest.bytes().any(|b| b.is_ascii_digit())).then_some(Written { marks, negative, scale, digits: rest })
}

impl Written<'_> {
    /// The number, with the mark of decimals that its column has. What is less than a limit counts as half of it.
    pub fn value(&self, decimal_comma: bool) -> Option<f64> {
        let plain = plain_digits(self.digits, decimal_comma)?;
        // `987.65K` is 987650: the exponent keeps the decimal digits exact.
        let number: f64 = match self.scale {
            1.0 => plain.parse().ok()?,
            scale => format!("{plain}e{}", scale.log10().round()).parse().ok()?,
        };
        let number = if self.marks.below { number / 2.0 } else { number };
        Some(if self.negative { -number } else { number })
    }
}

/// The digits as Rust reads them; `None` where marks stand at other places than between thousands.
pub(crate) fn plain_digits(digits: &str, decimal_comma: bool) -> Option<String> {
    let (group, point) = if decimal_comma { ('.', ',') } else { (',', '.') };
    let (whole, fraction) = match digits.split_once(point) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let is_mark = |c: char| c == group || parts_thousands(c);
    if whole.contains(is_mark) && !grouped(whole, is_mark) {
        return None;
    }
    let mut plain: String = whole.chars().filter(|c| !is_mark(*c)).collect();
    if let Some(fraction) = fraction {
        plain.push('.');
        plain.push_str(fraction);
    }
    plain.bytes().all(|b| b.is_ascii_digit() || b == b'.').then_some(plain)
}

/// `1.234.567`, by one mark; also the Indian `12,34,567`.
pub(crate) fn grouped(whole: &str, is_mark: impl Fn(char) -> bool) -> bool {
    let mut marks = whole.chars().filter(|c| is_mark(*c));
    let first_mark = marks.next();
    if marks.any(|mark| Some(mark) != first_mark) {
        return false;
    }
    let groups: Vec<&str> = whole.split(is_mark).collect();
    let [first, middle @ .., last] = &groups[..] else { return true };
    let digits = groups.iter().all(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit()));
    let thousands = first.len() <= 3 && middle.iter().all(|group| group.len() == 3);
    let indian = first.len() <= 2 && !middle.is_empty() && middle.iter().all(|group| group.len() == 2);
    digits && last.len() == 3 && (thousands || indian)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        for (cell, comma, expected) in [
            ("$5,003.42", false, 5003.42),
            ("-$5", false, -5.0),
            ("$-5", false, -5.0),
            ("US$ 1,000", false, 1000.0),
            ("5.003,42 €", true, 5003.42),
            ("€5,5", true, 5.5),
            ("₩1,234,567", false, 1_234_567.0),
            ("1,234원", false, 1234.0),
            ("5\u{a0}003,42", true, 5003.42),
            ("5\u{202f}003,42\u{a0}zł", true, 5003.42),
            ("1'234'567.5", false, 1_234_567.5),
            ("1’234", false, 1234.0),
            ("\u{2212}4.93", false, -4.93),
            ("(5.0)", false, -5.0),
            ("($1,234.50)", false, -1234.5),
            ("(5,0) €", true, -5.0),
            ("5.0-", false, -5.0),
            ("12%", false, 12.0),
            ("12,5 %", true, 12.5),
            ("987.65K", false, 987_650.0),
            ("1.12M", false, 1_120_000.0),
            ("$1.2bn", false, 1.2e9),
            ("1.2만", false, 12_000.0),
            ("<1", false, 0.5),
            ("₹12,34,567.5", false, 1_234_567.5),
        ] {
            assert_eq!(written(cell).and_then(|w| w.value(comma)), Some(expected), "{cell}");
        }
    }

    #[test]
    fn other_texts_are_no_numbers() {
        for cell in
            ["", "5 apples", "1 2", "12 34", "2020-01-01", "1:30", "$", "K", "Q1", "#5", "5.0)", "(5", "1'2", "--5", "5KM", "$5€", "1.2.3"]
        {
            assert_eq!(written(cell).and_then(|w| w.value(false)), None, "{cell}");
        }
    }
}
