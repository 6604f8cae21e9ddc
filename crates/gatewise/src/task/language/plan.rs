//! What was left open: symbols, sizes and steps, by the text and the time there is.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use gatewise_data::{Choice, Corpus};
use gatewise_kernels::{Cpu, Precision};

use super::config::LanguageConfig;
use super::error::LanguageError;
use super::file::LanguageModel;
use super::options::Options;
use super::recipe::Exposure;
use super::script;
use super::size::{self, Outer};
use super::stream::BpttBatches;
use super::text::{self, EncodedText};
use super::vocabulary::{Normal, Unit, Unknown, Vocabulary};
use crate::batch::{Batch, Source};
use crate::choice::Choices;
use crate::error::Error;
use crate::model::{Model, SampledConfig};
use crate::optim::{Optimizer, OptimizerConfig, clip_parts};
use crate::options::{PrecisionName, Preset, ScheduleName, multiplies_bf16};
use crate::params::Params;
use crate::task::forecast::{CellName, TRAINED_LR};
use crate::train::TrainConfig;

/// Share of a text that is held back, where none is asked for.
const VALID_SHARE: f64 = 0.1;

/// Bytes held back at most: readings over the same ones differ by less than what they are to tell apart, and every word that is not learned from is missed.
const MOST_HELD_BACK: f64 = 2e5;

/// Steps that a pass over the text should at least have.
const LEAST_STEPS: u64 = 50;

/// Most texts side by side, of few symbols and of many, as words: more make better use of the processor, and fewer steps of the text. Five passes over the Penn Treebank
/// end at 4.79 nats with 32, at 4.74 with 16, which take a fifth longer.
const MOST_STREAMS: [usize; 2] = [32, 16];

/// Share of a time limit that is planned with; the rest is for saving, samples and a slower hour.
const PLANNED_SHARE: f64 = 0.94;

/// Hidden units of the network whose speed tells how large a one there is time for.
const PROBE_HIDDEN: usize = 256;

/// Seconds that speed is measured for.
const MEASURED_SECONDS: f64 = 1.0;

/// Readings of the held-back part that a training should at least have, if they cost no more than [`READING_SHARE`] of its work.
const LEAST_READINGS: u64 = 8;
const READING_SHARE: f64 = 0.1;

/// Hidden units from which products in bf16 are taken where the processor has them: below, what is rounded takes as long as what is multiplied.
const BF16_HIDDEN: usize = 128;

/// Learning rate of a network with [`LR_HIDDEN`] hidden units over few symbols and over many, of which fewer texts are read at a time; wider ones take smaller steps.
/// Few steps must be long: two passes over a megabyte of Shakespeare with 128 units end at 1.90 nats with 0.002, 1.77 with 0.005, 1.70 with 0.01, 1.66 with
/// 0.02.
const LR: [f64; 2] = [1e-2, 7e-3];
const LR_HIDDEN: f64 = 256.0;

/// What divides the rate at the start of one cycle to give that at its end.
const CYCLE_END: f64 = 1e4;

/// What a plan begins with beside text and options.
#[derive(Debug, Default)]
pub struct Start<'a> {
    /// The model whose weights and symbols training begins with; [`Options::pin`] has settled what they settle.
    pub base: Option<&'a LanguageModel>,
    /// The symbols of a training that has begun, even where the text has changed since.
    pub vocabulary: Option<Vocabulary>,
    /// Whether the weights are trained already, which then take smaller steps.
    pub trained: bool,
    /// Folder for numbers that do not fit in memory; none for that of the system.
    pub scratch: Option<PathBuf>,
}

/// All that a training needs.
#[derive(Debug)]
pub struct Plan {
    /// The network.
    pub config: LanguageConfig,
    /// The training loop.
    pub train: TrainConfig,
    /// Symbols that a gradient flows back through.
    pub window: usize,
    /// Whether every pass cuts the text at other places.
    pub shift_windows: bool,
    /// Whether a window of training begins with the state in which the one before it ended.
    pub carry_state: bool,
    /// The symbols.
    pub vocabulary: Vocabulary,
    /// The text as numbers.
    pub text: EncodedText,
    /// What the vocabulary lacks.
    pub unknown: Unknown,
    /// What the text is called in errors.
    pub place: String,
    /// Every option, the chosen ones too.
    pub options: Options,
    /// What was chosen, and why.
    pub choices: Vec<Choice>,
}

impl Plan {
    /// Reads the text and fills in what the options leave open. Where a time limit is given, the speed of a step is measured.
    ///
    /// # Errors
    /// A text that cannot be read or learned from, and options that do not fit it or each other.
    pub fn new(corpus: &Corpus, options: &Options, cpu: &Cpu) -> Result<Self, Error> {
        Self::with(corpus, options, Start::default(), cpu)
    }

    /// As [`new`](Self::new), with something to begin with.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with(corpus: &Corpus, options: &Options, start: Start<'_>, cpu: &Cpu) -> Result<Self, Error> {
        let mut options = options.clone();
        let s = &mut options;
        let mut choices = Choices::new(&[]);
        let path = corpus.path();
        let unit = match s.symbols.unit {
            Some(unit) => unit,
            // A list of symbols names characters.
            None if s.symbols.vocabulary_file.is_some() => *s.symbols.unit.insert(Unit::Char),
            None => match script::unit_of(corpus)? {
                (Unit::Char, _) => *s.symbols.unit.insert(Unit::Char),
                chosen => choices.infer(&mut s.symbols.unit, "unit", || chosen),
            },
        };
        let normal = Choices::or_default(&mut s.symbols.normalize_unicode, Normal::Nfc);
        // A training that has begun has its symbols.
        let listed = if start.vocabulary.is_none() { s.symbols.listed(unit, normal)? } else { None };
        let limit = Choices::or_default(&mut s.symbols.vocabulary, text::usual_limit(unit));
        let found = |cut| listed.map_or_else(|| text::vocabulary(corpus, unit, limit, normal, cut), Ok);
        let share = Choices::or_default(&mut s.valid_share, VALID_SHARE.min(MOST_HELD_BACK / (corpus.bytes() as f64).max(1.0)));
        let cut = text::cut(corpus, share, normal, unit)?;
        let vocabulary = match (start.vocabulary, start.base) {
            (Some(vocabulary), _) => vocabulary,
            // Its pieces of words spell every text.
            (None, Some(base)) if unit.is_learned() => joined(base, &base.vocabulary, path)?,
            (None, Some(base)) => joined(base, &found(cut)?, path)?,
            (None, None) => found(cut)?,
        };
        let scratch = start.scratch.unwrap_or_else(std::env::temp_dir);
        let (text, unknown) = EncodedText::read(corpus, &vocabulary, cut, &scratch)?;
        if !text.known && !unknown.is_empty() {
            let error = LanguageError::Vocabulary("none of the text's symbols is in it".into()).about(path);
            return Err(match s.symbols.vocabulary_file {
                Some(_) => error.help("give a list of the symbols of this text with ⦃vocabulary-file⦄, or leave it out"),
                None => error.help("a training goes on with the text that it began with"),
            });
        }
        let symbols = vocabulary.len();
        let many = size::are_many(symbols);
        let length = text.train.end - text.train.start;
        let preset = Choices::or_default(&mut s.training.preset, Preset::Balanced);
        // The last symbol of a window is predicted, so that a window takes one symbol more.
        let longest = length.saturating_sub(1).max(1) as usize;
        if let Some(window) = s.window.filter(|window| *window > longest) {
            return Err(Error::data(format!("{path}: {length} symbols to learn from are too short for a window of {window}"))
                .help(format!("⦃window⦄ {longest}, or a longer text")));
        }
        let window = choices.infer(&mut s.window, "window", || {
            let usual = if matches!(unit, Unit::Char | Unit::Jamo | Unit::Byte) { 64 } else { 40 };
            (usual.min(longest), "symbols".to_string())
        });
        let batch = choices.infer(&mut s.training.batch, "batch", || {
            let most = (length / (window as u64 * LEAST_STEPS)).max(1) as usize;
            let held = (text.valid.end - text.valid.start).saturating_sub(1).max(1) as usize;
            let batch = most.min(held).min(MOST_STREAMS[usize::from(many)]);
            // A power of two shares out evenly among threads.
            (if batch > 1 { 1 << batch.ilog2() } else { 1 }, "texts side by side".to_string())
        });
        let streams = BpttBatches::new(&text.ids, text.train.clone(), batch, window).map_err(|e| e.about(path))?;
        let cell = Choices::or_default(&mut s.network.cell, CellName::Lstm);
        // A run that goes on keeps what it began with: what its settings do not name did not exist.
        let earlier = s.training.resumed;
        let limit = s.training.limit()?;

        let outer = outer(s, symbols, earlier);
        let given = s.network.layers.zip(s.network.hidden);
        let measured = |network: &LanguageConfig, precision| step_seconds(network, precision, &streams, batch, symbols, cpu, path);
        let read = symbols_per_step(&streams);
        // Operations a second.
        let speed = |limit: Duration, precision| {
            let (layers, hidden) = given.unwrap_or((1, PROBE_HIDDEN));
            let seconds = measured(&config(cell, layers, hidden, outer), precision)?;
            Ok::<_, Error>((limit, size::OPERATIONS * outer.products(cell, layers, hidden) * read / seconds))
        };
        let probed = precision(s, given.map_or(usize::MAX, |(_, hidden)| hidden));
        let open = given.is_none() || s.training.max_steps.or(s.training.epochs).is_none();
        let limited = limit.filter(|_| open).map(|limit| speed(limit, probed)).transpose()?;
        let size = match (given, limited) {
            (Some(given), _) => given,
            (None, Some((limit, speed))) => outer.size(speed * limit.as_secs_f64() * PLANNED_SHARE, cell, length as f64),
            (None, None) => {
                let (products, passes) = usual(preset, length);
                outer.size(size::OPERATIONS * products * passes * length as f64, cell, products)
            }
        };
        let hidden = choices.infer(&mut s.network.hidden, "hidden", || (size.1, String::new()));
        let layers = choices.infer(&mut s.network.layers, "layers", || (size.0, String::new()));
        if s.training.precision.is_none() && precision(s, hidden) == Precision::Bf16 {
            choices.infer(&mut s.training.precision, "precision", || (PrecisionName::Bf16, "this processor multiplies it".to_owned()));
        }
        let symbols_told = || format!("{symbols} symbols");
        if outer.tied {
            choices.infer(&mut s.tied, "tied", || (true, symbols_told()));
        }
        if outer.sampled > 0 {
            choices.infer(&mut s.sampled_outputs, "sampled-outputs", || (outer.sampled, symbols_told()));
        }
        (s.tied, s.sampled_outputs) = (Some(outer.tied), Some(outer.sampled));
        let embedding = Choices::or_default(&mut s.embedding, outer.embedding(hidden));

        let pass = streams.windows();
        let mut network = LanguageConfig {
            embedding,
            variational: Choices::or_default(&mut s.variational, !earlier),
            zoneout: Choices::or_default(&mut s.zoneout, 0.0),
            layer_norm: Choices::or_default(&mut s.layer.layer_norm, false),
            ..config(cell, layers, hidden, outer)
        };
        let parameters = network.model(symbols).parameters() as f64 / length.max(1) as f64;
        let exposure = |steps: u64| Exposure { passes: steps as f64 / pass as f64, parameters, many };
        let steps = match (s.training.max_steps, s.training.epochs, limited) {
            (Some(steps), ..) => steps as u64,
            (None, Some(epochs), _) => epochs as u64 * pass,
            (None, None, Some((limit, speed))) => {
                let left = limit.as_secs_f64() * PLANNED_SHARE - MEASURED_SECONDS * 2.0;
                let fit = |seconds: f64| (left / (seconds * (1.0 + READING_SHARE))).max(1.0) as u64;
                let about = fit(size::OPERATIONS * outer.products(cell, layers, hidden) * read / speed);
                // What is hidden takes time too.
                let mut trial = network.clone();
                regularise(&mut trial, &mut s.clone(), exposure(about), earlier, &mut Choices::new(&[]));
                fit(measured(&trial, precision(s, hidden))?)
            }
            (None, None, None) => usual(preset, length).1 as u64 * pass,
        };
        let passes = steps as f64 / pass as f64;
        choices.infer(&mut s.training.max_steps, "max-steps", || (steps as usize, format!("{passes:.1} passes over the text")));
        let weight_decay = regularise(&mut network, s, exposure(steps), earlier, &mut choices);
        let held_back = (text.valid.end - text.valid.start) as f64;
        // A reading goes forward only, a third of the work of training on as much.
        let affordable = (READING_SHARE * 3.0 * steps as f64 * read / held_back.max(1.0)) as u64;
        let readings = LEAST_READINGS.max(steps.div_ceil(pass)).min(affordable).max(1);
        let every = Choices::or_default(&mut s.validate_every, steps.div_ceil(readings) as usize).min(pass as usize) as u64;
        let lr = choices.infer(&mut s.training.lr, "lr", || (rate(hidden, many, start.trained), String::new()));
        let readings = steps.div_ceil(every);
        // A short memory of squared gradients follows the few steps that there are.
        let optimizer = OptimizerConfig::AdamW { beta1: 0.9, beta2: 0.99, eps: 1e-8, weight_decay };
        let train = TrainConfig {
            epochs: readings,
            batch,
            steps_per_epoch: Some(every),
            lr,
            optimizer,
            schedule: s.training.schedule_of(ScheduleName::Cosine, readings, CYCLE_END),
            clip_norm: s.training.longest_gradient(),
            bf16: s.training.bf16(&mut choices),
            patience: Some(Choices::or_default(&mut s.training.patience, (readings / 4).max(5) as usize) as u64),
            seed: s.training.start(),
            max_steps: Some(steps),
            time_limit: limit.as_ref().map(Duration::as_secs_f64),
            checkpoint_seconds: s.training.checkpoint_seconds()?,
            average: Choices::or_default(&mut s.average, 0.0),
            ..TrainConfig::default()
        };
        network.model(symbols).check_training().map_err(|e| LanguageError::from(e).about(path))?;
        let carry_state = Choices::or_default(&mut s.carry_state, true);
        let shift_windows = Choices::or_default(&mut s.shift_windows, !earlier);
        let (place, choices) = (path.to_owned(), choices.finish());
        Ok(Self { config: network, train, window, shift_windows, carry_state, vocabulary, text, unknown, place, options, choices })
    }
}

impl Plan {
    /// Whether anything is held back: without, nothing will be known of how well the model predicts new text.
    pub fn holds_back(&self) -> bool {
        self.text.valid.end - self.text.valid.start > self.train.batch as u64
    }
}

/// Products of the network and passes over the text, where no time limit says.
fn usual(preset: Preset, length: u64) -> (f64, f64) {
    let length = length as f64;
    match preset {
        Preset::Fast => (length / 4.0, 4.0),
        Preset::Balanced => (length * 1.3, 10.0),
        Preset::Best => (length * 3.5, 20.0),
    }
}

/// A learning rate to a tenth of a per mille.
fn rate(hidden: usize, many: bool, trained: bool) -> f64 {
    let wider = (LR_HIDDEN / hidden as f64).sqrt().clamp(0.25, 1.5);
    let rate = LR[usize::from(many)] * wider * if trained { TRAINED_LR } else { 1.0 };
    (rate * 1e4).round() / 1e4
}

/// What the options say of the outer layers, and the usual where they say nothing.
fn outer(options: &Options, symbols: usize, earlier: bool) -> Outer {
    let usual = if earlier { Outer { symbols, tied: false, sampled: 0 } } else { Outer::usual(symbols) };
    Outer { symbols, tied: options.tied.unwrap_or(usual.tied), sampled: options.sampled_outputs.unwrap_or(usual.sampled) }
}

fn config(cell: CellName, layers: usize, hidden: usize, outer: Outer) -> LanguageConfig {
    let sampled = Some(outer.sampled).filter(|sampled| (1..outer.symbols).contains(sampled));
    LanguageConfig {
        cell,
        hidden,
        layers,
        embedding: outer.embedding(hidden),
        tied: outer.tied,
        sampled: sampled.map(|sampled| SampledConfig { frequent: sampled / 2, drawn: sampled - sampled / 2 }),
        ..LanguageConfig::default()
    }
}

/// What training hides, by the options and, where they say nothing, by how often the network meets the text.
/// Gives the weight decay.
fn regularise(network: &mut LanguageConfig, s: &mut Options, exposure: Exposure, earlier: bool, choices: &mut Choices) -> f64 {
    let usual = exposure.regularisation();
    let mut choose = |given: &mut Option<f64>, name: &'static str, usual: f64, later: bool| {
        // What is not hidden needs no word.
        let none = usual == 0.0 || earlier && later;
        if none { Choices::or_default(given, 0.0) } else { choices.infer(given, name, || (usual, exposure.told())) }
    };
    network.dropout = choose(&mut s.layer.dropout, "dropout", usual.dropout, false);
    network.output_dropout = s.output_dropout;
    network.input_dropout = choose(&mut s.input_dropout, "input-dropout", usual.input_dropout, true);
    network.embedding_dropout = choose(&mut s.embedding_dropout, "embedding-dropout", usual.embedding_dropout, true);
    let recurrent = network.cell.spec().recurrent;
    network.weight_drop = choose(&mut s.weight_drop, "weight-drop", if recurrent { usual.weight_drop } else { 0.0 }, true);
    network.activation_penalty = choose(&mut s.activation_penalty, "activation-penalty", usual.activation_penalty, true);
    network.slowness_penalty = choose(&mut s.slowness_penalty, "slowness-penalty", usual.slowness_penalty, true);
    choose(&mut s.training.weight_decay, "weight-decay", usual.weight_decay, true)
}

/// Symbols that a step predicts, in the mean.
fn symbols_per_step(streams: &BpttBatches<'_>) -> f64 {
    streams.symbols() as f64 / streams.windows() as f64
}

/// How a network of so many hidden units is trained.
fn precision(options: &Options, hidden: usize) -> Precision {
    let usual = !options.training.resumed && hidden >= BF16_HIDDEN && multiplies_bf16();
    match options.training.precision {
        Some(PrecisionName::Bf16) => Precision::Bf16,
        None if usual => Precision::Bf16,
        _ => Precision::F32,
    }
}

/// Seconds of a training step, measured.
fn step_seconds(
    config: &LanguageConfig,
    precision: Precision,
    streams: &BpttBatches<'_>,
    batch: usize,
    symbols: usize,
    cpu: &Cpu,
    path: &str,
) -> Result<f64, Error> {
    let mut model: Model<f32> = config.starting_model(symbols, 0).map_err(|e| e.about(path))?;
    model.set_precision(precision);
    let (loss, items) = (LanguageConfig::loss(symbols), (0..batch).collect::<Vec<_>>());
    let mut optimizer = Optimizer::new(OptimizerConfig::adam(), model.params().values.len());
    let mut data = Batch::default();
    let mut step = |seconds: &mut Vec<f64>| {
        let start = Instant::now();
        streams.fill(&items, &mut data);
        model.loss_and_grad(cpu, &data, &loss);
        let touched = model.touched().to_vec();
        let Params { values, grads, .. } = model.params_mut();
        clip_parts(cpu, grads, Some(1.0), &touched);
        // At a rate of 0 the weights stay.
        optimizer.step_parts(cpu, 0.0, values, grads, &touched);
        seconds.push(start.elapsed().as_secs_f64());
    };
    // The first one makes buffers.
    step(&mut Vec::new());
    let mut seconds = Vec::new();
    while seconds.len() < 2 || seconds.iter().sum::<f64>() < MEASURED_SECONDS {
        step(&mut seconds);
    }
    Ok(seconds.iter().sum::<f64>() / seconds.len() as f64)
}

/// The model's symbols with those of the text behind them.
fn joined(base: &LanguageModel, text: &Vocabulary, place: &str) -> Result<Vocabulary, Error> {
    let own = Vocabulary::from_json(base.vocabulary.unit(), &base.vocabulary.to_json()).map_err(|e| e.about(place))?;
    own.with_normal(base.vocabulary.normal()).joined(text).map_err(|e| e.about(place))
}
