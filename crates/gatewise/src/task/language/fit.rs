//! A language model out of a plan: trained, and held against the text kept back.

use std::ops::Range;

use gatewise_kernels::{Cpu, Precision};

use super::baseline::Baseline;
use super::config::LanguageConfig;
use super::counted::{Counted, Shared};
use super::error::LanguageError;
use super::file::LanguageModel;
use super::plan::Plan;
use super::probed::probe_windows;
use super::score::Score;
use super::stream::BpttBatches;
use super::text::EncodedText;
use super::watch::watch_samples;
use crate::batch::{Empty, Source};
use crate::error::{Error, Kind, TrainError};
use crate::evaluation::{Better, Evaluation, Measure};
use crate::train::{Control, Event, Reason, Session, Summary, Trainer, train_one, watch_gradients_of};

/// The checkpoint of a training, in the folder that the session names.
pub const CHECKPOINT: &str = "last.safetensors";

/// Why a training ended.
struct Failed(Error);

impl From<TrainError> for Failed {
    fn from(error: TrainError) -> Self {
        Self(error.at(|_| String::new(), "a lower ⦃lr⦄, or a ⦃clip-norm⦄; the weights before that step are in the run folder"))
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

/// A language model that is ready, and what is known of it.
#[derive(Debug)]
pub struct Fitted {
    /// The model.
    pub model: LanguageModel,
    /// How it predicts the text kept back, beside what counting symbols predicts; none where nothing was held back.
    pub held_back: Option<HeldBack>,
    /// How the training ended.
    pub summary: Summary,
}

/// A model and the simple methods over the same text.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldBack {
    /// The model's.
    pub score: Score,
    /// That of counting.
    pub baseline: Baseline,
    /// What was predicted, and what unknown symbols cost the model and counting alike.
    pub counted: Counted,
}

impl HeldBack {
    /// The model's figures that do not hang on its unit.
    pub fn shared(&self) -> Shared {
        self.counted.share(self.score.nats, self.score.symbols)
    }

    /// As every task tells it: nats and perplexity of a symbol, and what does not hang on the unit, of the model and of counting.
    pub fn evaluation(&self) -> Evaluation {
        let share = |nats: f64| self.counted.share(nats, self.score.symbols);
        let measure = |key: &str, name: &str, of: &dyn Fn(f64) -> Option<f64>| Measure {
            key: key.to_owned(),
            name: name.to_owned(),
            model: of(self.score.nats),
            baselines: self.baseline.methods().into_iter().map(|(method, nats)| (method.name(), of(nats))).collect(),
            better: Better::Lower,
        };
        Evaluation {
            part: "valid".to_owned(),
            count: self.score.symbols,
            unit: "symbols".to_owned(),
            measures: vec![
                measure("nats", "nats", &|nats| Some(nats)),
                measure("bits_per_char", "bits per character", &|nats| share(nats).bits_per_char),
                measure("perplexity", "perplexity", &|nats| Some(nats.exp())),
                measure("perplexity_per_token", "perplexity per token", &|nats| share(nats).perplexity_per_token),
                measure("bits_per_byte", "bits per byte", &|nats| share(nats).bits_per_byte),
            ],
        }
    }
}

impl LanguageModel {
    /// Trains a language model as `plan` says, and holds it against the text kept back.
    ///
    /// ```
    /// use gatewise::data::Corpus;
    /// use gatewise::language::{LanguageModel, Options, Plan};
    /// use gatewise::train::{Control, Session};
    ///
    /// let text = "나는 한국 사람이야. 한국어를 잘해. ".repeat(40);
    /// let corpus = Corpus::from_texts([text]);
    /// let cpu = gatewise::Cpu::new(1)?;
    /// let mut options = Options::default();
    /// (options.network.hidden, options.training.epochs, options.sample) = (Some(32), Some(3), Some(0));
    /// let plan = Plan::new(&corpus, &options, &cpu)?;
    /// let mut session = Session { cpu: &cpu, checkpoints: None, on_event: &mut |_| Control::Continue };
    /// let fitted = LanguageModel::fit(&plan, None, &mut session)?.expect("nobody stopped it");
    /// let held_back = fitted.held_back.expect("a tenth of the text");
    /// assert!(held_back.score.nats < (plan.vocabulary.len() as f64).ln(), "{held_back:?}");
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("text.safetensors");
    /// fitted.model.save(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// `base` has the weights that training begins with. Where the session keeps checkpoints, the same call goes on where it was stopped. `None`
    /// where an event was answered with [`Control::Stop`].
    ///
    /// # Errors
    /// Numbers that are not finite; symbols or checkpoints that cannot be read or written.
    pub fn fit(plan: &Plan, base: Option<LanguageModel>, session: &mut Session<'_>) -> Result<Option<Fitted>, Error> {
        let Plan { text, vocabulary, place, train: config, options, .. } = plan;
        let streams = |part: &Range<u64>| BpttBatches::new(&text.ids, part.clone(), config.batch, plan.window).map_err(|e| e.about(place));
        let train = streams(&text.train)?.shifted(plan.shift_windows.then_some(config.seed)).carried(plan.carry_state);
        let held_back = plan.holds_back().then(|| streams(&text.valid)).transpose()?;
        let valid: &dyn Source = held_back.as_ref().map_or(&Empty, |held_back| held_back);
        let loss = LanguageConfig::loss(vocabulary.len());
        let begin = || {
            let model = match base {
                Some(base) => base.grown(vocabulary, &plan.config, config.seed).map(|grown| grown.model),
                None => plan.config.starting_model(vocabulary.len(), config.seed),
            };
            let mut trainer = Trainer::new(model.map_err(|e| e.about(place))?, loss.clone(), config.clone())?;
            trainer.set_task(LanguageModel::task(vocabulary));
            Ok(trainer)
        };
        let watch = |trainer: &mut Trainer| {
            watch_samples(trainer, vocabulary, options.sample).map_err(|e| e.about(place))?;
            if options.training.watches_gradients() {
                watch_gradients_of(trainer, probe_windows(&text.ids, text.train.clone(), trainer.model(), place)?, &loss);
            }
            Ok(())
        };
        let checkpoint = session.checkpoint(CHECKPOINT);
        let (cpu, on_event) = (session.cpu, &mut *session.on_event);
        let mut hear = |event: &Event| {
            let control = on_event(event);
            if train.failure().is_some() { Control::Stop } else { control }
        };
        let mut own = Session { cpu, checkpoints: session.checkpoints.clone(), on_event: &mut hear };
        let trained = train_one::<Failed>(&mut own, checkpoint, config, (&train, valid), begin, watch);
        if let Some(broken) = train.failure() {
            return Err(Error::new(Kind::Io, broken.to_string()));
        }
        let (network, summary) = trained.map_err(|e| e.0)?;
        let mut model = LanguageModel::new(network, vocabulary.clone()).map_err(|e| e.about(place))?;
        if summary.reason == Reason::Interrupted {
            return Ok(None);
        }
        let held_back = model.judge(cpu, text).map_err(|e| e.about(place))?;
        Ok(Some(Fitted { model, held_back, summary }))
    }

    /// How the model predicts the held-back part of a text, beside counting on the part before it; none of fewer than two symbols.
    fn judge(&mut self, cpu: &Cpu, text: &EncodedText) -> Result<Option<HeldBack>, LanguageError> {
        if text.valid.end - text.valid.start < 2 {
            return Ok(None);
        }
        let score = self.score(cpu, &text.ids, text.valid.clone(), 0)?;
        let baseline = Baseline::of(&text.ids, self.vocabulary.len(), text.train.clone(), text.valid.clone())?;
        Ok(Some(HeldBack { score, baseline, counted: text.counted }))
    }

    /// As [`evaluate`](Self::evaluate) with weights held in `precision`, in which they stay; and the nats of a symbol of those of 32 bits, where it is
    /// another.
    ///
    /// # Errors
    /// As [`evaluate`](Self::evaluate).
    pub fn evaluate_in(&mut self, cpu: &Cpu, text: &EncodedText, precision: Precision) -> Result<(HeldBack, Option<f64>), LanguageError> {
        self.model.set_precision(Precision::F32);
        let exact = match precision {
            Precision::F32 => None,
            Precision::Bf16 | Precision::Int8 => Some(self.score(cpu, &text.ids, text.valid.clone(), 0)?.nats),
        };
        self.model.set_precision(precision);
        Ok((self.evaluate(cpu, text)?, exact))
    }

    /// How the model predicts a whole text, beside counting that learns as it reads it.
    ///
    /// # Errors
    /// Fewer than two symbols that the model knows, or numbers that cannot be read any more.
    pub fn evaluate(&mut self, cpu: &Cpu, text: &EncodedText) -> Result<HeldBack, LanguageError> {
        let score = self.score(cpu, &text.ids, text.valid.clone(), 0)?;
        let baseline = Baseline::while_reading(&text.ids, self.vocabulary.len(), text.valid.clone())?;
        Ok(HeldBack { score, baseline, counted: text.counted })
    }
}
