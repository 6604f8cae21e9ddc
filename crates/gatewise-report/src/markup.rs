//! Text inside markup: escaping, and how wide it is.

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
