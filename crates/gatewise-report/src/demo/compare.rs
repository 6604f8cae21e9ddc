//! What a comparison found, in words.

use gatewise::demo::{Adding, Completion, Demo, Event, Memory, Net, Score, Trained};
use gatewise::probe::Flow;

use crate::number::order;

/// Steps between two lines of progress.
const SAID_EVERY: u64 = 500;

/// Networks of equal size that learned one problem alike, and what a reader must know of it.
#[derive(Debug)]
pub struct Comparison<'a> {
    pub(super) demo: &'a Demo,
    pub(super) results: &'a [Trained],
    pub(super) kind: &'static str,
    pub(super) title: String,
    pub(super) distance: &'static str,
    pub(super) chance: String,
    /// How the networks were trained.
    pub(super) training: String,
    /// What the figures say, and what they do not.
    remark: Option<String>,
    /// A sentence completed by each.
    pub(super) completions: &'a [(Net, Completion)],
}

impl<'a> Comparison<'a> {
    /// Of a word remembered.
    pub fn memory(demo: &'a Demo, problem: &Memory, results: &'a [Trained], completions: &'a [(Net, Completion)]) -> Self {
        let gap = demo.longest();
        let training = if demo.apart {
            "Each column has networks of its own, trained on sentences of up to so many words of filler.".to_string()
        } else {
            format!("One network of each kind, whose sentences grow to {gap} words of filler over its training.")
        };
        Self {
            demo,
            results,
            kind: "demo memory",
            title: format!("A word remembered over {gap} words"),
            distance: "words between",
            chance: format!("chance {:.1} %", 100.0 * problem.chance()),
            training,
            remark: Some(remark(results, problem, !demo.apart)),
            completions,
        }
    }

    /// Of two numbers added.
    pub fn adding(demo: &'a Demo, results: &'a [Trained]) -> Self {
        let longest = demo.longest();
        Self {
            demo,
            results,
            kind: "demo adding",
            title: format!("Two of {longest} numbers added"),
            distance: "length",
            chance: format!("chance {:.4}", Adding::CHANCE),
            training: format!("One network of each kind, whose sequences grow to {longest} steps over its training."),
            remark: None,
            completions: &[],
        }
    }

    /// The scores by distance, and what is left of the gradient; all of it took so many seconds.
    pub fn text(&self, seconds: f64) -> String {
        let results = self.results;
        let mut text = format!("{} by {} ({})\n{:<15}", measure(results), self.distance, self.chance, "");
        for distance in &self.demo.distances {
            text += &format!(" {distance:>9}");
        }
        text += &rows(results, |r| &r.scores);
        text += &format!("\n{}", self.training);
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
                order(r.flow_at_start.share_left()),
                order(r.flow.share_left()),
                half_life(&r.flow)
            );
        }
        text += "\n";
        if let Some(remark) = &self.remark {
            text += &format!("\n{remark}\n");
        }
        text += &self.sentences();
        let sizes: Vec<String> = results.iter().map(|r| r.model.params().values.len().to_string()).collect();
        text + &format!("\nparameters {}, equal steps and sequences in {seconds:.0} s\n", sizes.join(", "))
    }

    fn sentences(&self) -> String {
        let Some((_, first)) = self.completions.first() else { return String::new() };
        let mut text = format!("\n{}\n", shortened(&first.text));
        for (net, c) in self.completions {
            let (name, percent) = (net.name(), 100.0 * c.probability);
            text += &format!("  {name:<15} … {} {}   ({}, {percent:.0} %)\n", c.written, c.ending, right(c));
        }
        text
    }
}

/// An event of a comparison for people; nothing where it is too small to be said.
pub fn told(event: &Event) -> Option<String> {
    Some(match event {
        Event::Start { net, longest, parameters, hidden, steps } => {
            format!("{:<15} up to {longest}: {parameters} parameters, {hidden} hidden units, {steps} steps", net.name())
        }
        Event::Step { net, longest, step, loss, grad_norm, .. } if step.is_multiple_of(SAID_EVERY) => {
            format!("{:<15} up to {longest}: step {step}, loss {loss:.4}, gradient {grad_norm:.2}", net.name())
        }
        Event::NotFinite { net, longest, step } => {
            format!("{:<15} up to {longest}: step {step}, the gradient is not finite; training ends here", net.name())
        }
        Event::Trained { net, longest, seconds, clipped, .. } => {
            let clipped = 100.0 * clipped;
            format!("{:<15} up to {longest}: trained in {seconds:.1} s, gradient clipped in {clipped:.0} % of the steps", net.name())
        }
        _ => return None,
    })
}

pub(super) fn right(completion: &Completion) -> &'static str {
    if completion.written == completion.right { "right" } else { "wrong" }
}

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

pub(super) fn measure(results: &[Trained]) -> &'static str {
    match results.first().and_then(|r| r.scores.first()) {
        Some(Score::Number { .. }) => "mean squared error",
        _ => "accuracy",
    }
}

fn rows(results: &[Trained], scores: fn(&Trained) -> &[Score]) -> String {
    let line = |r: &Trained| scores(r).iter().fold(format!("\n{:<15}", r.net.name()), |line, score| line + &format!(" {:>9}", cell(score)));
    results.iter().map(line).collect()
}

/// What the figures of memory say, and what they do not.
fn remark(results: &[Trained], problem: &Memory, curriculum: bool) -> String {
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
             Led there by ever longer sentences it may: ⦃curriculum⦄."
        }
        (Some(true), true) => " The textbook RNN does not find the word over the longest gap even so.",
        (Some(false), true) => {
            " Led by ever longer sentences, the textbook RNN finds the word over gaps at which it fails without (leave out ⦃curriculum⦄)."
        }
        (Some(false), false) => " With this seed the textbook RNN learnt something over the longest gap too.",
    };
    if !curriculum {
        text += "\n\nthe networks of the last column on shorter sentences";
        text += &rows(results, |r| &r.own_scores);
    }
    text
}

/// The first and the last words of a long text.
fn shortened(text: &str) -> String {
    const WORDS: usize = 10;
    let words: Vec<&str> = text.split(' ').collect();
    if words.len() <= 2 * WORDS {
        return text.to_string();
    }
    format!("{} … ({} words) … {}", words[..WORDS].join(" "), words.len() - 2 * WORDS, words[words.len() - WORDS..].join(" "))
}
