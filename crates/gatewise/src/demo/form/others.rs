//! Other keys and answers beside those of a sentence: from a table, by a regular suffix, as they were named, or invented.

use unicode_normalization::UnicodeNormalization;

use super::error::FormError;
use super::invent::Syllables;
use super::relations::{RELATIONS, Relation};

/// Keys with their answers where as many are known, the sentence's own among them.
pub const KEYS: usize = 12;

/// Where the other pairs come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A built-in table has key and answer.
    Table,
    /// The answer is the key with a suffix, and so are the others'.
    Suffix {
        /// The suffix.
        suffix: String,
        /// Whether the keys are invented too.
        invented: bool,
    },
    /// They were named.
    Named,
    /// Real keys of a table, with answers that are invented.
    InventedAnswers,
    /// Keys and answers are invented.
    Invented,
}

/// A key and the answer it decides.
pub type Pair = (String, String);

/// The own pair first, then the others, and where these come from. `free` says that a word is not in the sentence already.
///
/// # Errors
/// Pairs in `named` that are none, or not each with a key and an answer of its own.
pub fn pairs(
    key: &str,
    answer: &str,
    named: Option<&str>,
    syllables: &Syllables,
    free: &dyn Fn(&str) -> bool,
) -> Result<(Vec<Pair>, Source), FormError> {
    let mut pairs = vec![(key.to_string(), answer.to_string())];
    let mut add = |(key, answer): Pair| {
        let new = pairs.iter().all(|(k, a)| *k != key && *a != answer && *k != answer && *a != key);
        if pairs.len() < KEYS && new && free(&key) && free(&answer) {
            pairs.push((key, answer));
        }
    };
    if let Some(named) = named {
        let named = parsed(named, key, answer)?;
        pairs.extend(named);
        return Ok((pairs, Source::Named));
    }
    let lower = key.chars().next().is_some_and(char::is_lowercase);
    let write = |word: &str| if lower { word.to_lowercase() } else { word.to_string() };
    if let Some((others, tail)) = table(key, answer) {
        others.into_iter().for_each(|(k, a)| add((write(k) + tail, write(a))));
        return Ok((pairs, Source::Table));
    }
    let known: Vec<String> = keys_beside(key).into_iter().map(write).collect();
    let invented = || syllables.words(2 * KEYS, &|word| !free(word) || word == key || word == answer);
    match answer.strip_prefix(key) {
        Some(suffix) => {
            let keys = if known.is_empty() { invented() } else { known.clone() };
            keys.into_iter().for_each(|k| add((k.clone(), k + suffix)));
            Ok((pairs, Source::Suffix { suffix: suffix.to_string(), invented: known.is_empty() }))
        }
        None => {
            let words = invented();
            let (answers, keys) = words.split_at(KEYS);
            let source = if known.is_empty() { Source::Invented } else { Source::InventedAnswers };
            let keys = if known.is_empty() { keys.to_vec() } else { known };
            keys.into_iter().zip(answers).for_each(|(k, a)| add((k, a.clone())));
            Ok((pairs, source))
        }
    }
}

/// A table in the direction in which it has `key` and `answer`, without them, and what follows each of its keys in `key`.
fn table<'k>(key: &'k str, answer: &str) -> Option<(Vec<(&'static str, &'static str)>, &'k str)> {
    let matching = |of: (&'static str, &'static str)| -> Option<&'k str> {
        let tail = tail(key, of.0)?;
        (of.1.to_lowercase() == answer.to_lowercase()).then_some(tail)
    };
    RELATIONS.into_iter().flat_map(both_ways).find_map(|table| {
        let tail = table.iter().find_map(|&of| matching(of))?;
        Some((table.into_iter().filter(|&of| matching(of).is_none()).collect(), tail))
    })
}

fn both_ways(relation: Relation) -> [Vec<(&'static str, &'static str)>; 2] {
    [relation.to_vec(), relation.iter().map(|&(k, a)| (a, k)).collect()]
}

/// What follows the table's word in `key`: nothing, or 인 and 사람 behind a country.
fn tail<'k>(key: &'k str, of: &str) -> Option<&'k str> {
    if key.to_lowercase() == of.to_lowercase() {
        return Some("");
    }
    key.strip_prefix(of).filter(|tail| ["인", "사람", " 사람"].contains(tail))
}

/// Keys of a table that knows `key`, whatever its answer.
fn keys_beside(key: &str) -> Vec<&'static str> {
    let own = |of: &&(&str, &str)| of.0.to_lowercase() == key.to_lowercase();
    let table = RELATIONS.into_iter().flat_map(both_ways).find(|table| table.iter().any(|of| own(&of)));
    table.map_or(Vec::new(), |table| table.iter().filter(|of| !own(of)).map(|of| of.0).collect())
}

/// Pairs as they are named: `key:answer,key:answer`; the own one among them is passed over.
fn parsed(named: &str, key: &str, answer: &str) -> Result<Vec<Pair>, FormError> {
    let mut pairs: Vec<Pair> = Vec::new();
    for (at, written) in named.split([',', '，', '、']).enumerate() {
        let at = at + 1;
        let fault = || FormError::Pair { pair: written.trim().to_string(), at };
        let (k, a) = written.split_once([':', '：']).ok_or_else(fault)?;
        let composed = |text: &str| text.trim().nfc().collect::<String>();
        let pair = (composed(k), composed(a));
        if pair.0.is_empty() || pair.1.is_empty() || pair.0 == pair.1 || pair.1.contains(char::is_whitespace) {
            return Err(fault());
        }
        if (pair.0.as_str(), pair.1.as_str()) == (key, answer) {
            continue;
        }
        let before = || pairs.iter().flat_map(|(k, a)| [k.as_str(), a.as_str()]).chain([key, answer]);
        if let Some(word) = [&pair.0, &pair.1].into_iter().find(|word| before().any(|other| other == word.as_str())) {
            return Err(FormError::Twice { word: word.clone(), at });
        }
        pairs.push(pair);
    }
    if pairs.is_empty() {
        return Err(FormError::Pair { pair: named.trim().to_string(), at: 1 });
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(key: &str, answer: &str, named: Option<&str>) -> (Vec<Pair>, Source) {
        pairs(key, answer, named, &Syllables::Korean, &|_| true).unwrap()
    }

    #[test]
    fn tables_hold_twelve_keys_with_an_answer_each() {
        for relation in RELATIONS {
            let mut words: Vec<&str> = relation.iter().flat_map(|&(k, a)| [k, a]).collect();
            words.sort_unstable();
            words.dedup();
            assert_eq!((relation.len(), words.len()), (KEYS, 2 * KEYS), "{relation:?}");
        }
    }

    #[test]
    fn other_pairs_are_known_or_regular_or_invented() {
        for (key, answer, source, second) in [
            ("한국", "한국어", Source::Table, ("일본", "일본어")),
            ("한국인", "한국어", Source::Table, ("일본인", "일본어")),
            ("서울", "한국", Source::Table, ("도쿄", "일본")),
            ("korea", "korean", Source::Table, ("japan", "japanese")),
            ("야옹", "고양이", Source::Table, ("멍멍", "강아지")),
            ("한국", "한국말", Source::Suffix { suffix: "말".into(), invented: false }, ("일본", "일본말")),
        ] {
            let (pairs, from) = of(key, answer, None);
            assert_eq!((from, pairs.len()), (source, KEYS), "{key}: {pairs:?}");
            assert_eq!((pairs[1].0.as_str(), pairs[1].1.as_str()), second);
        }
        assert_eq!(of("마법사", "마법사님", None).1, Source::Suffix { suffix: "님".into(), invented: true });
        assert_eq!(of("한국", "자전거", None).1, Source::InventedAnswers);
        let (pairs, from) = of("마법사", "지팡이", None);
        assert_eq!((from, pairs.len()), (Source::Invented, KEYS));
    }

    #[test]
    fn named_pairs_are_taken_as_they_are() {
        let (pairs, source) = of("가", "나", Some(" 다:라 , 마：바,가:나"));
        assert_eq!((pairs.len(), source), (3, Source::Named));
        for (named, said) in [
            ("", "pair 1"),
            ("다", "pair 1"),
            ("다:라,:바", "pair 2"),
            ("다:라,마:라", "\"라\" a second time, in pair 2"),
            ("다:다", "pair 1"),
        ] {
            let error = super::pairs("가", "나", Some(named), &Syllables::Korean, &|_| true).unwrap_err().to_string();
            assert!(error.contains(said), "{named}: {error}");
        }
    }
}
