//! Where a text ends: before the first of some strings.

/// Ends a text at the first of some words, which are not part of it any more, and hands out whole characters only.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    words: Vec<Vec<u8>>,
    /// What may still become one of the words, or a character.
    held: Vec<u8>,
    met: Option<usize>,
}

impl Stop {
    /// Words to stop at; empty ones are never met.
    pub fn new(words: &[String]) -> Self {
        Self { words: words.iter().map(|w| w.clone().into_bytes()).collect(), ..Self::default() }
    }

    /// With bytes of a character that was begun before.
    #[must_use]
    pub fn with_begun(mut self, bytes: Vec<u8>) -> Self {
        self.held = bytes;
        self
    }

    /// Takes the bytes at the end that begin a character and do not end it.
    pub fn take_unfinished(&mut self) -> Vec<u8> {
        let whole = self.held.len() - unfinished(&self.held);
        self.held.split_off(whole)
    }

    /// The number of the word that was met.
    pub fn met(&self) -> Option<usize> {
        self.met
    }

    /// Adds bytes. What can be said of them goes to `out`; true where a word was met.
    pub fn push(&mut self, bytes: &[u8], out: &mut String) -> bool {
        self.held.extend_from_slice(bytes);
        // The word that ends first, and of those the longest, so that the pieces that a text comes in make no difference.
        let words = self.words.iter().enumerate();
        let met = words.filter_map(|(number, word)| find(&self.held, word).map(|at| (at + word.len(), at, number))).min();
        if let Some((_, at, number)) = met {
            self.met = Some(number);
            self.held.truncate(at);
            self.flush(out);
            return true;
        }
        let pending = self.words.iter().map(|word| overlap(&self.held, word)).max().unwrap_or(0);
        let free = self.held.len() - pending;
        let whole = free - unfinished(&self.held[..free]);
        out.push_str(&String::from_utf8_lossy(&self.held[..whole]));
        self.held.drain(..whole);
        false
    }

    /// The rest, where the text ends without one of the words.
    pub fn flush(&mut self, out: &mut String) {
        out.push_str(&String::from_utf8_lossy(&self.held));
        self.held.clear();
    }
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    // A slice has no windows of no width.
    if word.is_empty() { None } else { text.windows(word.len()).position(|part| part == word) }
}

/// Bytes at the text's end that a word begins with.
fn overlap(text: &[u8], word: &[u8]) -> usize {
    (1..word.len().min(text.len() + 1)).rev().find(|&n| text.ends_with(&word[..n])).unwrap_or(0)
}

/// Bytes at the end that begin a character of UTF-8 and do not end it.
fn unfinished(bytes: &[u8]) -> usize {
    let continues = bytes.iter().rev().take_while(|byte| (0x80..0xC0).contains(*byte)).count();
    let needed = match bytes[..bytes.len() - continues].last() {
        Some(0xC2..0xE0) => 2,
        Some(0xE0..0xF0) => 3,
        Some(0xF0..0xF5) => 4,
        // No byte of a character of several, or the rest of one whose beginning is gone.
        _ => return 0,
    };
    if continues + 1 < needed { continues + 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stops_at_a_word_and_in_whole_characters() {
        let text = "나는 a\n\n끝".as_bytes();
        for (words, expected, stopped) in [
            (vec![], "나는 a\n\n끝", None),
            (vec!["\n\n"], "나는 a", Some(0)),
            (vec!["끝", "a\n"], "나는 ", Some(1)),
            (vec!["없다", ""], "나는 a\n\n끝", None),
            (vec!["\n끝", "a\n\n", "는 a\n\n"], "나", Some(2)),
            (vec!["나는 a\n\n끝", "는 a"], "나", Some(1)),
        ] {
            let words: Vec<String> = words.into_iter().map(String::from).collect();
            // Byte by byte, and in pieces that words reach across or end inside of.
            for size in [1, 2, 5, text.len()] {
                let (mut stop, mut out) = (Stop::new(&words), String::new());
                let met = text.chunks(size).any(|bytes| stop.push(bytes, &mut out));
                if !met {
                    stop.flush(&mut out);
                }
                assert_eq!((out.as_str(), stop.met()), (expected, stopped), "{words:?} by {size}");
            }
        }
    }

    #[test]
    fn a_character_goes_on_where_it_was_cut() {
        let text = "나는".as_bytes();
        for cut in 1..text.len() {
            let (mut stop, mut out) = (Stop::default(), String::new());
            stop.push(&text[..cut], &mut out);
            let begun = stop.take_unfinished();
            stop.flush(&mut out);
            let mut stop = Stop::default().with_begun(begun);
            stop.push(&text[cut..], &mut out);
            stop.flush(&mut out);
            assert_eq!(out, "나는", "cut at {cut}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_show_as_such() {
        let (mut stop, mut out) = (Stop::default(), String::new());
        stop.push(&[b'a', 0xFF, 0xEB], &mut out);
        stop.push(b" b", &mut out);
        // What cannot become a character any more is not held.
        assert_eq!((out.as_str(), stop.take_unfinished().len()), ("a\u{FFFD}\u{FFFD} b", 0));
        stop.push(&[0x80, 0x80, b'c', 0xE0, 0x80], &mut out);
        assert_eq!((out.as_str(), stop.take_unfinished()), ("a\u{FFFD}\u{FFFD} b\u{FFFD}\u{FFFD}c", vec![0xE0, 0x80]));
    }
}
