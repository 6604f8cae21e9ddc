//! MiniRocket beside the network: whether it is asked, and what either says alone.

use std::fmt::Write;

use gatewise::Cpu;
use gatewise::task::classify::{Classifier, ClassifyConfig, Item, Rocket, Target, Verdicts, Voice};
use gatewise::task::forecast::Combine;
use serde_json::{Value, json};

use crate::args::ClassifyArgs;
use gatewise::choice::Choices;

/// How the network and MiniRocket become one answer. `media`: whether the items are sound or video, whose numbers are no plain series.
pub fn combine(s: &mut ClassifyArgs, guesses: &mut Choices, config: &ClassifyConfig, items: usize, media: bool) -> Combine {
    let unfit = if media { Some("it is for series of numbers, not for sound and video".to_owned()) } else { Rocket::unfit(config, items) };
    if let Some(reason) = unfit {
        let asked = s.combine.replace(Combine::Network).is_some_and(|asked| asked != Combine::Network);
        let many = items > gatewise::task::classify::MOST_ITEMS && config.numbers.is_some() && !media && !config.each_step;
        if asked || many {
            guesses.note("combine", format!("the network answers alone, without MiniRocket: {reason}"));
        }
        return Combine::Network;
    }
    // A run of an earlier version goes on as it began.
    let usual = if s.training.resumed { Combine::Network } else { Combine::Auto };
    Choices::usual(&mut s.combine, usual)
}

/// What each says alone.
pub struct Alone {
    share: f64,
    network: Figures,
    rocket: Figures,
}

/// Accuracy and loss.
struct Figures {
    accuracy: f64,
    loss: f64,
}

impl Alone {
    /// Holds each against the truth of the items `chosen`; none where the network answers alone.
    pub fn of(cpu: &Cpu, classifier: &mut Classifier, items: &[Item], chosen: &[usize]) -> Option<Self> {
        let share = classifier.beside()?.network;
        let known: Vec<usize> = chosen.iter().copied().filter(|&k| super::known(&items[k].target)).collect();
        if known.is_empty() {
            return None;
        }
        let mut figures = |voice| {
            let mut verdicts = Verdicts::new(classifier.config().labels().len(), 0.0);
            classifier.predict_by(cpu, voice, items, &known, &mut |opinion| {
                if let Target::Class(class) = items[opinion.item].target {
                    verdicts.add(&items[opinion.item].name, &opinion.values, class);
                }
            });
            let metrics = verdicts.finish();
            Figures { accuracy: metrics.accuracy, loss: metrics.loss }
        };
        Some(Self { share, network: figures(Voice::Network), rocket: figures(Voice::Rocket) })
    }

    /// The lines of both, with what each counts for.
    pub fn text(&self) -> String {
        let mut text = format!("  {:18} {:>8} {:>8} {:>8}", "alone", "accuracy", "loss", "share");
        for (name, figures, share) in self.rows() {
            let _ = write!(text, "\n  {name:18} {:>8.4} {:>8.4} {share:>8.2}", figures.accuracy, figures.loss);
        }
        text
    }

    /// By name: accuracy, loss and share.
    pub fn json(&self) -> Value {
        let row = |figures: &Figures, share: f64| json!({"accuracy": figures.accuracy, "loss": figures.loss, "share": share});
        json!({"network": row(&self.network, self.share), "minirocket": row(&self.rocket, 1.0 - self.share)})
    }

    /// For the report: a line for each.
    pub fn facts(&self) -> Vec<(String, String)> {
        let fact = |(name, figures, share): (&str, &Figures, f64)| {
            (format!("{name} alone"), format!("accuracy {:.4}, loss {:.4}; share in the answer {share:.2}", figures.accuracy, figures.loss))
        };
        self.rows().map(fact).into()
    }

    fn rows(&self) -> [(&'static str, &Figures, f64); 2] {
        [("network", &self.network, self.share), ("MiniRocket", &self.rocket, 1.0 - self.share)]
    }
}
