//! A sentence read word by word: what its form is, what each network knows after each word, and where one lets go.

use gatewise::demo::{Form, Language, Memory, Reading, Recall, Source};
use serde_json::{Value, json};

use super::page::class;
use crate::number::fixed;
use crate::{Axis, Curve, Figure, TableOf};

/// Words behind the key at which a terminal's table has a row.
const SHOWN: [usize; 14] = [0, 1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 70, 90];
/// Words of a line of a terminal.
const A_LINE: usize = 60;
/// Heights of a probability, from 0 to 1.
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Pairs that are named, the others are counted.
const NAMED: usize = 12;

/// The form of a sentence as an event.
pub fn form_event(problem: &Memory) -> Value {
    let form = problem.form();
    let source = match form.source() {
        Source::Table => "table",
        Source::Suffix { invented: false, .. } => "suffix",
        Source::Suffix { invented: true, .. } => "suffix of invented keys",
        Source::Named => "named",
        Source::InventedAnswers => "invented answers",
        Source::Invented => "invented",
    };
    let (taught, held_back) = form.filler().counts();
    json!({
        "event": "form", "sentence": form.sentence(), "pairs": form.pairs(), "source": source, "filler": form.filler().language(),
        "sentences_taught": taught, "sentences_held_back": held_back, "vocabulary": problem.words().len(), "chance": problem.chance(),
    })
}

/// The form of a sentence in words: where the filler stands, what else stands in the place of the key, and all that is invented.
pub fn form_text(form: &Form) -> String {
    let mut text = format!("sentence: {}", form.sentence());
    if !form.is_marked() {
        text += "\n\"…\" is where the filler stands, behind the sentence or clause of the key; write … there to move it";
    }
    let others: Vec<String> = form.pairs().iter().skip(1).take(NAMED).map(|(key, answer)| format!("{key} → {answer}")).collect();
    let more = form.pairs().len().saturating_sub(1 + NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    text += &format!("\nother keys and answers: {}{more}", others.join(", "));
    let own = "⦃others⦄ \"key:answer,key:answer\" names your own";
    text += &match form.source() {
        Source::Table | Source::Named => String::new(),
        Source::Suffix { suffix, invented: false } => {
            format!("\nthe other answers are made as yours is, by \"{suffix}\" behind the key; {own}")
        }
        Source::Suffix { suffix, invented: true } => {
            format!("\nthe other keys are INVENTED words, their answers made as yours is, by \"{suffix}\" behind the key; {own}")
        }
        Source::InventedAnswers => format!("\nthe other keys are real, their answers INVENTED words, as no table has yours; {own}"),
        Source::Invented => format!("\nthe other keys and answers are INVENTED words, as no table has yours; {own}"),
    };
    let (taught, held_back) = form.filler().counts();
    let words = match form.filler().language() {
        Some(Language::Ko) => "Korean sentences",
        Some(Language::En) => "English sentences",
        None => "sentences of INVENTED words, as it is built in for Korean and English alone",
    };
    text + &format!("\nfiller: {words}; {taught} for training, {held_back} more that are read in the examination alone")
}

/// What each network knows after each word, as events; the networks were trained on up to `longest` words of filler.
pub fn recall_events(reading: &Reading, longest: usize) -> Vec<Value> {
    let event = |recall: &Recall| {
        let words: Vec<Value> = reading
            .words
            .iter()
            .zip(&recall.probabilities)
            .zip(&recall.over_keys)
            .map(|((word, p), mean)| json!({"word": word, "probability": p, "over_keys": mean}))
            .collect();
        json!({
            "event": "recall", "net": recall.net, "longest": longest, "gap": reading.gap, "key_at": reading.key_at, "answer": reading.answer, "chance": reading.chance,
            "bound": reading.bound, "lets_go": recall.lets_go, "lets_go_word": recall.lets_go.map(|at| &reading.words[at]),
            "written": recall.written, "written_probability": recall.written_probability, "words": words,
        })
    };
    reading.recalls.iter().map(event).collect()
}

/// The sentence for a terminal: completed by the networks of `whole`, and read word by word by those that were trained without filler.
pub(super) fn text(whole: &Reading, reading: &Reading, form: &Form) -> String {
    let mut text = format!("\n{}\n", shortened(reading, form));
    for recall in &whole.recalls {
        let right = if recall.written == reading.answer { "right" } else { "wrong" };
        let (name, percent) = (recall.net.name(), 100.0 * recall.written_probability);
        text += &format!("  {name:<15} … {} {}   ({right}, {percent:.0} %)\n", recall.written, reading.ending.join(" "));
    }
    text += &format!(
        "\nThe networks that learned the sentence without filler read on: the probability of \"{}\" if the filler ended after each word\n(▁ 0 to █ 1), a sign a word, from the key on\n",
        reading.answer
    );
    let behind: Vec<usize> = (reading.key_at..reading.words.len()).collect();
    for line in behind.chunks(A_LINE) {
        for recall in &reading.recalls {
            let signs: String = line.iter().map(|&at| height(recall.probabilities[at])).collect();
            text += &format!("  {:<15} {signs}\n", recall.net.name());
        }
    }
    let names: String = reading.recalls.iter().map(|r| format!(" {:>14}", r.net.name())).collect();
    text += &format!("\n{:>12}{names}  after\n", "behind key");
    let last = reading.words.len() - 1;
    for at in SHOWN.iter().map(|behind| reading.key_at + behind).filter(|&at| at < last).chain([last]) {
        let cells: String = reading.recalls.iter().map(|r| format!(" {:>12.1} %", 100.0 * r.probabilities[at])).collect();
        text += &format!("{:>12}{cells}  {}\n", at - reading.key_at, reading.words[at]);
    }
    text + "\n" + &let_go(reading).iter().map(|line| format!("{line}\n")).collect::<String>()
}

/// Where each network lets go, a sentence each.
pub(super) fn let_go(reading: &Reading) -> Vec<String> {
    let bound = fixed(100.0 * reading.bound, 0);
    let line = |recall: &Recall| {
        let name = recall.net.name();
        match recall.lets_go {
            None => {
                format!("{name} holds the word to the end: with every key in its place, the right answer ends above {bound} % on average.")
            }
            Some(at) if recall.over_keys[reading.key_at..].iter().all(|&p| p < reading.bound) => {
                format!(
                    "{name} never had the word: with every key in its place, the right answer is below {bound} % on average from \"{}\" on.",
                    reading.words[at]
                )
            }
            Some(at) => format!(
                "{name} lets go after \"{}\", {}: from there on, with every key in its place, the right answer stays below {bound} % on average.",
                reading.words[at],
                match at - reading.key_at {
                    0 => "the key itself".to_string(),
                    1 => "1 word behind the key".to_string(),
                    behind => format!("{behind} words behind the key"),
                }
            ),
        }
    };
    reading.recalls.iter().map(line).collect()
}

/// The sentence for a page: curves by word and a table of all words.
pub(super) fn figure(reading: &Reading, form: &Form) -> Figure {
    let behind = |at: usize| at as f64 - reading.key_at as f64;
    let curve = |recall: &Recall| {
        let points = recall.probabilities.iter().enumerate().skip(reading.key_at).map(|(at, p)| (behind(at), 100.0 * p));
        Curve::line(class(recall.net), recall.net.name(), points.collect())
    };
    let row = |at: usize| {
        let cells = reading.recalls.iter().map(|r| format!("{} %", fixed(100.0 * r.probabilities[at], 1)));
        [reading.words[at].clone(), format!("{}", behind(at))].into_iter().chain(cells).collect()
    };
    let columns =
        ["word", "behind the key"].into_iter().map(str::to_string).chain(reading.recalls.iter().map(|r| r.net.name().to_string()));
    Figure {
        heading: "The sentence, word by word".to_string(),
        lead: format!(
            "{} The probability, in per cent, of \"{}\" if the filler ended after each word, by the networks that learned the sentence without filler. Guessing among the answers is right in {} %. {}",
            form.written(&[&reading.words[..], std::slice::from_ref(&reading.answer), &reading.ending[..]].concat()),
            reading.answer,
            fixed(100.0 * reading.chance, 1),
            let_go(reading).join(" ")
        ),
        x_name: "words behind the key",
        axis: Axis::Percent,
        curves: reading.recalls.iter().rev().map(curve).collect(),
        tables: vec![TableOf {
            caption: "Probability of the right answer after each word".to_string(),
            columns: columns.collect(),
            rows: (0..reading.words.len()).map(row).collect(),
        }],
    }
}

fn height(p: f64) -> char {
    HEIGHTS[((p * HEIGHTS.len() as f64) as usize).min(HEIGHTS.len() - 1)]
}

/// The first and the last words of a long sentence.
fn shortened(reading: &Reading, form: &Form) -> String {
    const WORDS: usize = 10;
    let words = &reading.words;
    if words.len() <= 2 * WORDS {
        return form.written(words);
    }
    let (first, last) = (&words[..WORDS], &words[words.len() - WORDS..]);
    format!("{} … ({} words) … {}", form.written(first), words.len() - 2 * WORDS, form.written(last))
}
