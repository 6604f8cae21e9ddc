//! Korean particles, which agree with the syllable before them.

/// Particles behind a consonant and behind a vowel.
const PAIRS: [(&str, &str); 10] = [
    ("은", "는"),
    ("이", "가"),
    ("을", "를"),
    ("과", "와"),
    ("으로", "로"),
    ("이야", "야"),
    ("이에요", "예요"),
    ("이라고", "라고"),
    ("이라서", "라서"),
    ("이랑", "랑"),
];
/// First and last Hangul syllable, and final consonants a row of them has, none among them.
const SYLLABLES: std::ops::RangeInclusive<u32> = 0xAC00..=0xD7A3;
const FINALS: u32 = 28;
/// The final consonant ㄹ, behind which 로 stands.
const RIEUL: u32 = 8;

/// What follows `word` where `rest` follows another of its kind: the particle in the form that `word` asks for, all else as it is.
pub fn agreeing(word: &str, rest: &str) -> String {
    let Some(last) = word.chars().next_back().map(u32::from).filter(|c| SYLLABLES.contains(c)) else { return rest.to_string() };
    let closing = (last - SYLLABLES.start()) % FINALS;
    let end = rest.trim_end_matches(|c: char| !c.is_alphanumeric());
    let Some((consonant, vowel)) = PAIRS.into_iter().find(|pair| pair.0 == end || pair.1 == end) else { return rest.to_string() };
    let open = closing == 0 || vowel == "로" && closing == RIEUL;
    format!("{}{}", if open { vowel } else { consonant }, &rest[end.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn particles_agree_and_all_else_stays() {
        for (word, rest, expected) in [
            ("일본", "를", "을"),
            ("일본어", "을", "를"),
            ("서울", "으로", "로"),
            ("부산", "로", "으로"),
            ("소", "이야.", "야."),
            ("독일", "인이야.", "인이야."),
            ("Rom", "를", "를"),
            ("빨강", "", ""),
        ] {
            assert_eq!(agreeing(word, rest), expected, "{word} + {rest}");
        }
    }
}
