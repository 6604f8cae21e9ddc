//! Invented words: of Korean or English syllables, or of the letters of a sentence in another language.

use crate::rng::Rng;

/// Stream of a seed that words are drawn from; the seed is fixed, so that a sentence always has the same.
const STREAM: u64 = 1 << 38;
/// Syllables that begin and end a Korean word which is none.
const KOREAN: [&[&str]; 2] =
    [&["바", "누", "로", "디", "모", "케", "소", "파", "류", "가"], &["람", "솔", "딘", "벨", "킨", "톤", "밀", "곤", "짐", "렌"]];
const ENGLISH: [&[&str]; 2] = [
    &["ba", "nu", "lo", "di", "mo", "ke", "so", "pa", "ru", "ga"],
    &["lam", "sop", "din", "vel", "kin", "tov", "mip", "gon", "zim", "ren"],
];
/// Signs that stand for words in a script without spaces: the ten heavenly stems, in order, as names of nothing.
const STEMS: [&str; 10] = ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸"];
/// Letters of a word made of the sentence's own.
const LETTERS: std::ops::RangeInclusive<usize> = 3..=6;
/// Draws after which letters are taken to be too few.
const PATIENCE: usize = 50;

/// What words are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Syllables {
    /// Hangul.
    Korean,
    /// Latin letters, as English has them.
    English,
    /// Single signs, without spaces between.
    Signs,
    /// The letters of a sentence; none where it has none.
    Of(Vec<char>),
}

impl Syllables {
    /// `count` words that are all different and none of which `taken` says to exist.
    pub fn words(&self, count: usize, taken: &dyn Fn(&str) -> bool) -> Vec<String> {
        let mut rng = Rng::new(0, STREAM);
        let mut words: Vec<String> = Vec::with_capacity(count);
        let mut failed = 0;
        while words.len() < count {
            // Where words run out, numbers set them apart.
            let word = if failed < PATIENCE { self.draw(&mut rng) } else { format!("{}{}", self.draw(&mut rng), words.len() + 1) };
            if taken(&word) || words.contains(&word) {
                failed += 1;
            } else {
                failed = 0;
                words.push(word);
            }
        }
        words
    }

    fn draw(&self, rng: &mut Rng) -> String {
        let two = |rng: &mut Rng, parts: [&[&str]; 2]| parts.map(|part| part[rng.below(part.len())]).concat();
        match self {
            Syllables::Korean => two(rng, KOREAN),
            Syllables::English => two(rng, ENGLISH),
            Syllables::Signs => two(rng, [&STEMS, &STEMS]),
            Syllables::Of(letters) if letters.is_empty() => String::from("#"),
            Syllables::Of(letters) => {
                let length = LETTERS.start() + rng.below(LETTERS.end() - LETTERS.start() + 1);
                (0..length).map(|_| letters[rng.below(letters.len())]).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invented_words_differ_and_are_none_that_is_taken() {
        for syllables in [Syllables::Korean, Syllables::English, Syllables::Signs, Syllables::Of(vec!['ж']), Syllables::Of(Vec::new())] {
            let first = syllables.words(1, &|_| false).remove(0);
            let words = syllables.words(80, &|word| word == first);
            let mut sorted = words.clone();
            sorted.sort();
            sorted.dedup();
            assert!(sorted.len() == 80 && !words.contains(&first), "{syllables:?}: {words:?}");
        }
    }
}
