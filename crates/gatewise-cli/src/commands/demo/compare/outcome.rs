//! What a comparison found, in words and figures.

use gatewise::demo::{Memory, Net, Score, Trained};
use gatewise::probe::Flow;

use super::Words;

pub(super) fn cell(score: &Score) -> String {
    match score {
        Score::Choice { accuracy, .. } => format!("{:.1} %", 100.0 * accuracy),
        Score::Number { mse } => format!("{mse:.5}"),
    }
}

pub(super) fn value(score: &Score) -> f64 {
    match *score {
        Score::Choice { accuracy, .. } => accuracy,
        Score::Number { mse } => mse,
    }
}

pub(super) fn half_life(flow: &Flow) -> String {
    flow.half_life.map_or("beyond".to_string(), |lag| format!("{lag:.1}"))
}

/// The scores by distance, and what is left of the gradient.
pub(super) fn outcome(results: &[Trained], distances: &[usize], words: &Words) -> String {
    let measure = measure(results);
    let mut text = format!("{measure} by {} ({})\n{:<15}", words.distance, words.chance, "");
    for distance in distances {
        text += &format!(" {distance:>9}");
    }
    text += &rows(results, |r| &r.scores);
    text += &format!("\n{}", words.training);
    if results.iter().any(|r| matches!(r.scores.first(), Some(Score::Choice { .. }))) {
        text += "\n\nprobability of the right word";
        for r in results {
            text += &format!("\n{:<15}", r.net.name());
            for score in &r.scores {
                if let Score::Choice { probability, .. } = score {
                    text += &format!(" {probability:>9.4}");
                }
            }
        }
    }
    text += "\n\ngradient of the last step's loss, on its way back";
    text += &format!("\n{:<15} {:>22} {:>22} {:>24}", "", "share left, untrained", "share left, trained", "half-life in steps");
    for r in results {
        text += &format!(
            "\n{:<15} {:>22} {:>22} {:>24}",
            r.net.name(),
            format!("{:.1e}", r.flow_at_start.share_left()),
            format!("{:.1e}", r.flow.share_left()),
            half_life(&r.flow)
        );
    }
    text + "\n"
}

fn rows(results: &[Trained], scores: fn(&Trained) -> &[Score]) -> String {
    let line = |r: &Trained| scores(r).iter().fold(format!("\n{:<15}", r.net.name()), |line, score| line + &format!(" {:>9}", cell(score)));
    results.iter().map(line).collect()
}

/// What the figures say, and what they do not.
pub(super) fn remark(results: &[Trained], problem: &Memory, curriculum: bool) -> String {
    /// Above chance by so much, a network has learnt something.
    const ABOVE_CHANCE: f64 = 0.1;
    let longest = |net: Net| results.iter().find(|r| r.net == net).and_then(|r| Some(value(r.scores.last()?)));
    let fails = longest(Net::Rnn).map(|plain| plain <= problem.chance() + ABOVE_CHANCE);
    let mut text = if curriculum {
        "Sentences grew along the training, so that each length was learnt from the one before.".to_string()
    } else {
        "Every network read sentences of all lengths up to its longest, from the first step on.".to_string()
    };
    text += match (fails, curriculum) {
        (None, _) => "",
        (Some(true), false) => {
            " The textbook RNN does not find the word over the longest gap: its gradient is gone before it arrives. \
             Led there by ever longer sentences it may: --curriculum."
        }
        (Some(true), true) => " The textbook RNN does not find the word over the longest gap even so.",
        (Some(false), true) => {
            " Led by ever longer sentences, the textbook RNN finds the word over gaps at which it fails without (leave out --curriculum)."
        }
        (Some(false), false) => " With this seed the textbook RNN learnt something over the longest gap too.",
    };
    if !curriculum {
        text += "\n\nthe networks of the last column on shorter sentences";
        text += &rows(results, |r| &r.own_scores);
    }
    text
}

pub(super) fn measure(results: &[Trained]) -> &'static str {
    match results.first().and_then(|r| r.scores.first()) {
        Some(Score::Number { .. }) => "mean squared error",
        _ => "accuracy",
    }
}

pub(super) fn equal(results: &[Trained]) -> String {
    let sizes: Vec<String> = results.iter().map(|r| r.model.params().values.len().to_string()).collect();
    format!("parameters {}, equal steps and sequences", sizes.join(", "))
}

/// The first and the last words of a long text.
pub(super) fn shortened(text: &str) -> String {
    const WORDS: usize = 10;
    let words: Vec<&str> = text.split(' ').collect();
    if words.len() <= 2 * WORDS {
        return text.to_string();
    }
    format!("{} … ({} words) … {}", words[..WORDS].join(" "), words.len() - 2 * WORDS, words[words.len() - WORDS..].join(" "))
}
