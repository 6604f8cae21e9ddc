//! Cells of a table as text.

/// A cell of a table behind `out`, quoted where it has to be.
pub fn write_cell(out: &mut Vec<u8>, text: &str, delimiter: u8) {
    let special = |b: u8| b == delimiter || b == b'"' || b == b'\n' || b == b'\r';
    if !text.bytes().any(special) {
        return out.extend_from_slice(text.as_bytes());
    }
    out.push(b'"');
    out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        for (text, expected) in [("a", "a"), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\"")] {
            let mut out = Vec::new();
            write_cell(&mut out, text, b',');
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
