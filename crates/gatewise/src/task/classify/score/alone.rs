//! What the network and MiniRocket say alone.

use gatewise_kernels::Cpu;

use crate::task::classify::{Classifier, ConfusionMatrix, Item, Target, Voice};

/// What each of the two says alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Alone {
    /// The network.
    pub network: VoiceFigures,
    /// MiniRocket.
    pub rocket: VoiceFigures,
}

/// How one of them does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VoiceFigures {
    /// Share of right answers.
    pub accuracy: f64,
    /// Mean of −ln p of the true class, in nats.
    pub loss: f64,
    /// What it counts for in the answer, from 0 to 1.
    pub share: f64,
}

impl Alone {
    /// Holds each against the truth of the items `known`; none where the network answers alone, and without items.
    pub(super) fn of(cpu: &Cpu, classifier: &mut Classifier, items: &[Item], known: &[usize]) -> Option<Self> {
        let share = classifier.beside()?.network;
        if known.is_empty() {
            return None;
        }
        let mut figures = |voice, share| {
            let mut verdicts = ConfusionMatrix::new(classifier.config().labels().len(), 0.0);
            classifier.predict_by(cpu, voice, items, known, &mut |opinion| {
                if let Target::Class(class) = items[opinion.item].target {
                    verdicts.add(&items[opinion.item].name, &opinion.values, class);
                }
            });
            let metrics = verdicts.finish();
            VoiceFigures { accuracy: metrics.accuracy, loss: metrics.loss, share }
        };
        Some(Self { network: figures(Voice::Network, share), rocket: figures(Voice::Rocket, 1.0 - share) })
    }

    /// Both by name.
    pub fn rows(&self) -> [(&'static str, &VoiceFigures); 2] {
        [("network", &self.network), ("MiniRocket", &self.rocket)]
    }
}
