//! Character n-grams of a text, as the numbers of buckets.

/// Characters of the longest n-gram.
pub const LONGEST: usize = 4;

/// Buckets that n-grams are hashed to: so many that two n-grams of a text hardly ever share one, and few enough that a single-precision number
/// holds each exactly.
pub const BUCKETS: usize = 1 << 24;

/// FNV-1a of 32 bits (G. Fowler, L. Noll and P. Vo): where it begins, and what it multiplies by.
const OFFSET: u32 = 0x811c_9dc5;
const PRIME: u32 = 0x0100_0193;

/// The buckets of all runs of 1 to [`LONGEST`] characters of a text, sorted, one as often as it occurs.
///
/// The text is read in lower case, white space as one blank, with a blank before and behind; a run of blanks alone is none. The bucket of a run
/// is the FNV-1a hash of its UTF-8 bytes, folded to 24 bits by XOR.
pub fn buckets(text: &str, out: &mut Vec<u32>) {
    out.clear();
    let plain = plain(text);
    let places: Vec<usize> = plain.char_indices().map(|(at, _)| at).chain([plain.len()]).collect();
    for (first, &from) in places.iter().enumerate() {
        let (mut hash, mut at) = (OFFSET, from);
        for &to in places.iter().skip(first + 1).take(LONGEST) {
            hash = plain.as_bytes()[at..to].iter().fold(hash, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(PRIME));
            at = to;
            if to - from > 1 || plain.as_bytes()[from] != b' ' {
                out.push((hash >> 24) ^ (hash & (BUCKETS as u32 - 1)));
            }
        }
    }
    out.sort_unstable();
}

/// Lower case, white space as one blank, a blank at either end.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len() + 2);
    plain.push(' ');
    for word in text.split_whitespace() {
        plain.extend(word.chars().flat_map(char::to_lowercase));
        plain.push(' ');
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<u32> {
        let mut out = Vec::new();
        buckets(text, &mut out);
        out
    }

    /// The bucket of one run.
    fn bucket(run: &str) -> u32 {
        let hash = run.bytes().fold(OFFSET, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(PRIME));
        (hash >> 24) ^ (hash & 0x00ff_ffff)
    }

    #[test]
    fn runs_of_one_to_four_characters_are_counted() {
        let mut want: Vec<u32> = [" 한", " 한국", " 한국 ", "한", "한국", "한국 ", "국", "국 "].map(bucket).to_vec();
        want.sort_unstable();
        assert_eq!(of("한국"), want);
        assert_eq!(of("  A\tb\u{3000}"), of("a B"), "white space and case");
        assert_eq!(of(""), of(" \n"));
        assert!(of("").is_empty());
        assert!(of("한국 사람").iter().all(|b| (*b as usize) < BUCKETS));
    }

    #[test]
    fn the_hash_is_the_published_one() {
        // FNV-1a of 32 bits of "a" is 0xe40c292c.
        assert_eq!(bucket("a"), 0xe4 ^ 0x000c_292c);
    }
}
