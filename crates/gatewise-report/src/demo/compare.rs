//! What a comparison found, in words.

use gatewise::demo::{Adding, Demo, Event, Form, Memory, Net, Reading, Score, Trained};
use gatewise::probe::Flow;

use super::sentence;
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
    /// What is seen, in a sentence.
    pub(super) seen: String,
    /// The same networks, trained on sentences without filler alone.
    pub(super) short: Option<&'a [Trained]>,
    /// The sentence read by either, and its form.
    pub(super) sentence: Option<([&'a Reading; 2], &'a Form)>,
}

/// The terms of a comparison, each once.
pub(super) const TERMS: &str = "Textbook RNN (rnn): weights start uniform. Orthogonal start (rnn-orthogonal): \
    its recurrent matrix starts as a rotation, which neither shrinks nor stretches a state. The gradient of every network is clipped: where its norm is \
    above 1, it is scaled down to 1. Forget bias: the LSTM's forget gate starts with a bias of 1, so that it keeps about 3/4 of its cell a step.";

impl<'a> Comparison<'a> {
    /// Of a word remembered.
    ///
    /// `short` are the networks that were trained on sentences without filler alone, and `readings` the sentence read by either.
    pub fn memory(demo: &'a Demo, problem: &'a Memory, results: &'a [Trained], short: &'a [Trained], readings: [&'a Reading; 2]) -> Self {
        let gap = demo.longest();
        let training = if demo.course.growth > 0.0 {
            format!("One network of each kind, whose sentences grow to {gap} words of filler over its training.")
        } else {
            format!("One network of each kind, trained on sentences of 0 to {gap} words of filler.")
        };
        Self {
            demo,
            results,
            kind: "demo memory",
            title: format!("A word remembered over {gap} words"),
            distance: "words between",
            chance: format!("chance {:.1} %", 100.0 * problem.chance()),
            training,
            seen: seen(results, problem, gap),
            short: Some(short),
            sentence: Some((readings, problem.form())),
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
            seen: format!(
                "Networks of equal size add the two marked ones of {longest} numbers; without memory the best answer is always 1."
            ),
            short: None,
            sentence: None,
        }
    }

    /// The scores by distance, and what is left of the gradient; all of it took so many seconds.
    pub fn text(&self, seconds: f64) -> String {
        let results = self.results;
        let mut text = format!("{}\n\n{} by {} ({})\n{:<15}", self.seen, measure(results), self.distance, self.chance, "");
        for distance in &self.demo.distances {
            text += &format!(" {distance:>9}");
        }
        text += &rows(results);
        text += &format!("\n{}", self.training);
        if let Some(short) = self.short {
            text += "\n\nthe same, trained on sentences without filler alone, and read on";
            text += &rows(short);
        }
        if results.iter().any(|r| matches!(r.scores.first(), Some(Score::Choice { .. }))) {
            text += "\n\nmean probability of the right word";
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
        if let Some(([whole, read_on], form)) = self.sentence {
            text += &sentence::text(whole, read_on, form);
        }
        text += &format!("\n{TERMS}\n");
        text += "Share left: what reaches the start of the sequence of the gradient at its end. Half-life: the steps after which half of it is left.\n";
        let sizes: Vec<String> = results.iter().map(|r| r.model.params().values.len().to_string()).collect();
        text + &format!("\nparameters {}; equal steps, sequences, optimiser and learning rate, {seconds:.0} s. {PAGE}\n", sizes.join(", "))
    }
}

/// What a text ends with.
pub(super) const PAGE: &str = "⦃output⦄ page.html draws all of it.";

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

pub(super) fn cell(score: &Score) -> String {
    match score {
        Score::Choice { accuracy, .. } => format!("{:.1} %", 100.0 * accuracy),
        Score::Number { mse } => format!("{mse:.5}"),
    }
}

/// An accuracy in per cent, or an error.
pub(super) fn value(score: &Score) -> f64 {
    match *score {
        Score::Choice { accuracy, .. } => 100.0 * accuracy,
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

fn rows(results: &[Trained]) -> String {
    let line = |r: &Trained| r.scores.iter().fold(format!("\n{:<15}", r.net.name()), |line, score| line + &format!(" {:>9}", cell(score)));
    results.iter().map(line).collect()
}

/// What the figures say, in a sentence.
fn seen(results: &[Trained], problem: &Memory, gap: usize) -> String {
    /// Per cent above chance within which a network counts as guessing.
    const NEAR: f64 = 5.0;
    let at = |end: fn(&[Score]) -> Option<&Score>| {
        let values = results.iter().filter_map(move |r| Some(format!("{} {}", r.net.name(), cell(end(&r.scores)?))));
        values.collect::<Vec<_>>().join(", ")
    };
    let plain = results.iter().find(|r| r.net == Net::Rnn).and_then(|r| Some(value(r.scores.last()?)));
    let chance = 100.0 * problem.chance();
    let end = match plain {
        Some(plain) if plain <= chance + NEAR => format!(" Over {gap} words the textbook RNN does no better than guessing."),
        Some(plain) => format!(" With this seed the textbook RNN is at {plain:.0} % over {gap} words, where guessing is at {chance:.0} %."),
        None => String::new(),
    };
    format!(
        "A word at the start decides one at the end, with filler between. Right answers without filler: {}; with {gap} words of it: {}.{end}",
        at(<[Score]>::first),
        at(<[Score]>::last)
    )
}
