//! Finds the delimiter.

/// Tried in this order: where two split the rows equally well, the rarer one inside numbers and
/// words wins (`2020;1,5` splits in two by either).
const CANDIDATES: [u8; 4] = [b'\t', b';', b'|', b','];

/// How much of the file is looked at.
const SAMPLE_BYTES: usize = 64 * 1024;
const SAMPLE_ROWS: usize = 100;

/// The delimiter that splits most rows into the same number of fields; a comma where none does.
pub(crate) fn find(text: &str) -> u8 {
    let mut end = text.len().min(SAMPLE_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let sample = &text.as_bytes()[..end];
    let mut best = (0.0, b',');
    for delimiter in CANDIDATES {
        let share = consistency(sample, delimiter);
        if share > best.0 {
            best = (share, delimiter);
        }
    }
    best.1
}

/// Share of the rows that have the commonest number of fields above one.
fn consistency(sample: &[u8], delimiter: u8) -> f64 {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(sample);
    let widths: Vec<usize> = reader.byte_records().map_while(Result::ok).take(SAMPLE_ROWS).map(|record| record.len()).collect();
    let count = |width: usize| widths.iter().filter(|w| **w == width).count();
    let most = widths.iter().filter(|w| **w > 1).map(|w| count(*w)).max();
    most.unwrap_or(0) as f64 / widths.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn found_by_how_evenly_it_splits() {
        for (text, delimiter) in [
            ("a,b\n1,2\n", b','),
            ("a;b\n1,5;2,5\n3,5;4,5\n", b';'),
            ("2020;1,5\n2021;2,5\n", b';'),
            ("a\tb\n1,000\t2\n", b'\t'),
            ("a|b\n1|2\n", b'|'),
            ("name,note\nx,\"a;b\"\ny,c;d;e\n", b','),
            ("single\n1\n2\n", b','),
            ("", b','),
        ] {
            assert_eq!(find(text), delimiter, "{text:?}");
        }
    }
}
