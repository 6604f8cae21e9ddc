//! Where key, filler and answer stand in a sentence as it was written.

use super::error::FormError;

/// Words a sentence may have of its own.
const MOST_WORDS: usize = 200;
/// What marks the place of the filler.
const MARK: &str = "…";

/// A sentence in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// Words before the key's.
    pub before: Vec<String>,
    /// What stands in the key's word before and behind the key.
    pub around_key: (String, String),
    /// Words between the key's and the filler.
    pub near: Vec<String>,
    /// Words between the filler and the answer's.
    pub closing: Vec<String>,
    /// What stands in the answer's word before and behind the answer.
    pub around_answer: (String, String),
    /// Words behind the answer's.
    pub ending: Vec<String>,
    /// Whether spaces stand between words; else each sign is one.
    pub spaced: bool,
    /// Whether the place of the filler was marked.
    pub marked: bool,
}

/// Signs that are written without spaces: kana and Han.
fn is_sign(c: char) -> bool {
    matches!(u32::from(c), 0x3040..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF)
}

fn is_hangul(c: char) -> bool {
    matches!(u32::from(c), 0xAC00..=0xD7A3)
}

/// Whether sentences of this text are written without spaces.
pub fn without_spaces(text: &str) -> bool {
    text.chars().any(is_sign) && !text.chars().any(is_hangul)
}

/// The words of a part of the text: what spaces set apart, and each sign alone, with the marks behind it.
fn words(part: &str, spaced: bool) -> Vec<String> {
    if spaced {
        return part.split_whitespace().map(str::to_string).collect();
    }
    let mut words: Vec<String> = Vec::new();
    for word in part.split_whitespace() {
        let first = words.len();
        for c in word.chars() {
            match words.get_mut(first..).and_then(<[String]>::last_mut) {
                Some(last) if !c.is_alphanumeric() || !is_sign(c) && !last.chars().any(is_sign) => last.push(c),
                _ => words.push(c.to_string()),
            }
        }
    }
    words
}

/// Places at which a word of `text` begins with `word`; without spaces, wherever it stands.
fn found(text: &str, word: &str, spaced: bool) -> Vec<usize> {
    let begins = |at: usize| !spaced || !text[..at].chars().next_back().is_some_and(char::is_alphanumeric);
    text.match_indices(word).map(|(at, _)| at).filter(|&at| begins(at)).collect()
}

/// Whether `word` begins with `begin`, marks in front left aside.
pub fn begins(word: &str, begin: &str) -> bool {
    word.trim_start_matches(|c: char| !c.is_alphanumeric()).starts_with(begin.trim_start_matches(|c: char| !c.is_alphanumeric()))
        && begin.chars().any(char::is_alphanumeric)
        || word == begin
}

/// The sentence in parts; all three are composed and without spaces at their ends.
///
/// # Errors
/// What stands in the way, with its place.
pub fn places(sentence: &str, key: &str, answer: &str) -> Result<Places, FormError> {
    for (what, text) in [("the sentence", sentence), ("the key", key), ("the answer", answer)] {
        if text.is_empty() {
            return Err(FormError::Empty { what });
        }
    }
    if key == answer {
        return Err(FormError::Same { word: key.to_string() });
    }
    if answer.contains(char::is_whitespace) {
        return Err(FormError::LongAnswer { answer: answer.to_string() });
    }
    let text = sentence.replace("...", MARK);
    // A mark right behind a letter ends the sentence too.
    let ends = text.find(MARK).is_some_and(|at| text[..at].ends_with(char::is_alphanumeric));
    let stop = if without_spaces(&text) { "。" } else { "." };
    let text = if ends { text.replacen(MARK, &format!("{stop}{MARK}"), 1) } else { text }.replace(MARK, " … ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let spaced = !without_spaces(&text);
    let number = |at: usize| words(&text[..at], spaced).len() + usize::from(!spaced || text[..at].ends_with(' ') || at == 0);
    let count = words(&text, spaced).len();
    if count > MOST_WORDS {
        return Err(FormError::Long { words: count, most: MOST_WORDS });
    }
    if count < 2 {
        return Err(FormError::OneWord { word: text });
    }
    let missing = |what: &'static str, word: &str| {
        let inside = text.split(' ').find(|w| w.contains(word)).map_or(String::new(), |w| format!(" (it stands within \"{w}\")"));
        FormError::Missing { what, word: word.to_string(), inside }
    };
    let mark = text.find(MARK);
    let answers = found(&text, answer, spaced);
    // The word of an answer is no key: 한국 begins 한국어 too.
    let keys: Vec<usize> = found(&text, key, spaced).into_iter().filter(|at| !answers.contains(at)).collect();
    let Some(&first_answer) = answers.first() else { return Err(missing("the answer", answer)) };
    let Some(&key_at) = keys.first() else { return Err(missing("the key", key)) };
    let key_end = key_at + key.len();
    let behind: Vec<usize> = answers.iter().copied().filter(|&at| at >= key_end).collect();
    let answer_at = match mark.filter(|&mark| mark >= key_end) {
        Some(mark) => behind.iter().copied().find(|&at| at > mark),
        None => behind.last().copied(),
    };
    let Some(answer_at) = answer_at else {
        if let (Some(mark), false) = (mark, behind.is_empty()) {
            return Err(FormError::MarkOutside { at: number(mark), key: key.to_string(), answer: answer.to_string() });
        }
        let (at, key_at) = (number(first_answer), number(key_at));
        return Err(FormError::AnswerFirst { answer: answer.to_string(), at, key: key.to_string(), key_at });
    };
    if mark.is_some_and(|mark| mark < key_at) {
        let at = mark.map_or(0, number);
        return Err(FormError::MarkOutside { at, key: key.to_string(), answer: answer.to_string() });
    }
    let again = |word: &str, at: usize| FormError::Again { word: word.to_string(), at: number(at) };
    if first_answer < answer_at {
        return Err(again(answer, first_answer));
    }
    if let Some(&at) = keys.iter().find(|&&at| at > key_at && at < answer_at) {
        return Err(again(key, at));
    }
    let word_start = |at: usize| if spaced { text[..at].rfind(' ').map_or(0, |space| space + 1) } else { at };
    let word_end = |at: usize| text[at..].find(|c: char| c == ' ' || !spaced && c.is_alphanumeric()).map_or(text.len(), |end| at + end);
    let (key_start, key_stop) = (word_start(key_at), word_end(key_end));
    let (answer_start, answer_stop) = (word_start(answer_at), word_end(answer_at + answer.len()));
    if answer_start < key_stop {
        let word = text[key_start..key_stop].to_string();
        return Err(FormError::OneTogether { key: key.to_string(), answer: answer.to_string(), word });
    }
    let between = &text[key_stop..answer_start];
    let (near, closing) = match between.split_once(MARK) {
        Some((near, closing)) => (words(near, spaced), words(&closing.replace(MARK, " "), spaced)),
        None => cut(words(between, spaced), &text[key_end..key_stop]),
    };
    let part = |from: usize, to: usize| text[from..to].to_string();
    Ok(Places {
        before: words(&text[..key_start], spaced),
        around_key: (part(key_start, key_at), part(key_end, key_stop)),
        near,
        closing,
        around_answer: (part(answer_start, answer_at), part(answer_at + answer.len(), answer_stop)),
        ending: words(&text[answer_stop..].replace(MARK, " "), spaced),
        spaced,
        marked: between.contains(MARK),
    })
}

/// The words between key and answer, cut where the filler stands: behind the first word that ends a sentence, else a clause, else ahead of all.
/// `behind_key` is the end of the key's own word.
fn cut(mut between: Vec<String>, behind_key: &str) -> (Vec<String>, Vec<String>) {
    for ends in [&['.', '!', '?', '。', '！', '？', '؟', '।', ';', ':'][..], &[',', '、', '，', '،']] {
        if behind_key.ends_with(ends) {
            return (Vec::new(), between);
        }
        if let Some(at) = between.iter().position(|word| word.ends_with(ends)) {
            let closing = between.split_off(at + 1);
            return (between, closing);
        }
    }
    (Vec::new(), between)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(words: &[String]) -> String {
        words.join("|")
    }

    #[test]
    fn parts_of_sentences() {
        for (sentence, key, answer, parts) in [
            ("나는 한국 사람이야. … 그래서 나는 한국어를 잘해.", "한국", "한국어", "나는/</>/사람이야./그래서|나는/<>를/잘해."),
            ("나는 한국 사람이야. 그래서 나는 한국어를 잘해.", "한국", "한국어", "나는/</>/사람이야./그래서|나는/<>를/잘해."),
            ("저는 한국인이에요... 그래서 \"한국어\"를 써요.", "한국", "한국어", "저는/</>인이에요.//그래서/<\">\"를/써요."),
            ("I am from Korea, so I speak Korean.", "Korea", "Korean", "I|am|from/</>,//so|I|speak/<>./"),
            ("Korea made me speak Korean", "Korea", "Korean", "/</>//made|me|speak/<>/"),
            ("我是韩国人。…所以我说韩语。", "韩国", "韩语", "我|是/</>/人。/所|以|我|说/<>。/"),
        ] {
            let p = places(sentence, key, answer).unwrap();
            let found = format!(
                "{}/<{}/>{}/{}/{}/<{}>{}/{}",
                joined(&p.before),
                p.around_key.0,
                p.around_key.1,
                joined(&p.near),
                joined(&p.closing),
                p.around_answer.0,
                p.around_answer.1,
                joined(&p.ending)
            );
            assert_eq!(found, parts, "{sentence}");
        }
    }

    #[test]
    fn what_cannot_be_has_its_place() {
        let error = |sentence, key, answer| places(sentence, key, answer).unwrap_err().to_string();
        for (sentence, key, answer, said) in [
            ("", "a", "b", "sentence is empty"),
            ("a b", "", "b", "key is empty"),
            ("a b", "a", "", "answer is empty"),
            ("ab", "a", "b", "single word"),
            ("a b", "a", "a", "both \"a\""),
            ("x b", "a", "b", "key \"a\" begins no word"),
            ("education is a cat", "cation", "cat", "within \"education\""),
            ("a x", "a", "b", "answer \"b\" begins no word"),
            ("b then a", "a", "b", "answer \"b\" stands at word 1, the key \"a\" only at word 3"),
            ("a b … c", "a", "b", "place … is at word 3"),
            ("x … a b", "a", "b", "place … is at word 2"),
            ("a then a says b", "a", "b", "\"a\" stands once more at word 3"),
            ("a, then b … and b", "a", "b", "\"b\" stands once more at word 3"),
            ("a-b c", "a", "b", "stand in one word, \"a-b\""),
            ("나는 한국어를 잘해.", "한국", "한국어", "key \"한국\" begins no word"),
            ("a b c", "a", "b c", "several words"),
        ] {
            let found = error(sentence, key, answer);
            assert!(found.contains(said), "{sentence} / {key} / {answer}: {found}");
        }
        let long = format!("a {} b", "x ".repeat(300));
        assert!(error(&long, "a", "b").contains("302 words"));
    }
}
