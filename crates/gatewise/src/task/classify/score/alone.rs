//! What the network and the simple method beside it say alone.

use gatewise_kernels::Cpu;

use crate::task::classify::{Classifier, ConfusionMatrix, Item, MethodName, Target, Voice};

/// What each of the two says alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Alone {
    /// The network.
    pub network: VoiceFigures,
    /// The simple method.
    pub simple: VoiceFigures,
    /// What that method is called.
    pub name: MethodName,
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
        let beside = classifier.beside()?;
        let (share, name) = (beside.network, beside.simple.name());
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
        Some(Self { network: figures(Voice::Network, share), simple: figures(Voice::Simple, 1.0 - share), name })
    }

    /// Both by name.
    pub fn rows(&self) -> [(&'static str, &VoiceFigures); 2] {
        [("network", &self.network), (self.name.title, &self.simple)]
    }
}
