//! Text inside markup: escaping, and figures as people read them.

/// Stands where a figure is missing or not finite.
pub const NO_FIGURE: &str = "–";

/// Escapes `text` for the content and the quoted attributes of HTML and SVG.
///
/// Control characters are not allowed in XML even when escaped; they become U+FFFD.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(c),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// Escapes JSON for the inside of a `<script>` element, where `</script>` or `<!--` would end it.
pub fn escape_json(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

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

/// The width of `text` in em, near enough to keep labels apart.
pub fn width_em(text: &str) -> f64 {
    text.chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ' ' | '|' | '\'' => 0.32,
            'm' | 'w' | 'M' | 'W' | '%' => 0.88,
            c if c.is_ascii_uppercase() => 0.68,
            c if c.is_ascii() => 0.56,
            c if (c as u32) < 0x1100 => 0.62,
            _ => 1.0,
        })
        .sum()
}

/// `text` cut to at most `width` em, with an ellipsis where it was cut.
pub fn shorten(text: &str, width: f64) -> String {
    if width_em(text) <= width {
        return text.to_string();
    }
    let mut out = String::new();
    for c in text.chars() {
        out.push(c);
        if width_em(&out) + 1.0 > width {
            break;
        }
    }
    out.push('…');
    out
}

/// `0.95` as `95 %`.
pub fn percent(share: f64) -> String {
    let text = fixed(share * 100.0, 1);
    format!("{}\u{a0}%", text.strip_suffix(".0").unwrap_or(&text))
}
