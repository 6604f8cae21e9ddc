//! What a trained network says of items.

use gatewise_kernels::{Cpu, Precision};

use super::beside::Beside;
use super::calibrate::temperature;
use super::config::{Answer, ClassifyConfig};
use super::error::ClassifyError;
use super::examples::Examples;
use super::item::{Item, Steps, Target};
use super::simple::SimpleMethod;
use crate::batch::{Batch, Source};
use crate::model::Model;

/// Items answered at once.
const BATCH: usize = 128;

/// A network with what it needs to read items and to answer.
#[derive(Debug)]
pub struct Classifier {
    pub(super) config: ClassifyConfig,
    pub(super) model: Model<f32>,
    pub(super) beside: Option<Beside>,
}

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// The network with what stands beside it.
    Together,
    /// The network alone.
    Network,
    /// The simple method alone; the network where there is none.
    Simple,
}

/// What is said of an item.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemPrediction {
    /// The item's number.
    pub item: usize,
    /// Answers: 1, or one for each step.
    pub steps: usize,
    /// (steps, K): the probability of each class, or each of the values.
    pub values: Vec<f32>,
    /// The values without the rounding of single precision, which costs digits where the level is high: (K); empty of classes.
    pub exact: Vec<f64>,
}

/// What the network extracts from an item.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// The item's number.
    pub item: usize,
    /// Steps T of the network.
    pub steps: usize,
    /// Outputs of the recurrent stack: (T, D·H).
    pub states: Vec<f32>,
}

impl Classifier {
    /// Puts both together.
    ///
    /// # Errors
    /// A configuration that makes no sense, or a network of other sizes.
    pub fn new(config: ClassifyConfig, model: Model<f32>) -> Result<Self, ClassifyError> {
        config.check()?;
        if *model.config() != config.model() {
            return Err(ClassifyError::setting("network", "has other sizes than its task describes"));
        }
        Ok(Self { config, model, beside: None })
    }

    /// What it is.
    pub fn config(&self) -> &ClassifyConfig {
        &self.config
    }

    /// How the network holds its weights from the next answer on; see [`Model::set_precision`].
    pub fn set_precision(&mut self, precision: Precision) {
        self.model.set_precision(precision);
    }

    /// The network.
    pub fn model(&self) -> &Model<f32> {
        &self.model
    }

    /// What answers beside the network; none where it stands alone.
    pub fn beside(&self) -> Option<&Beside> {
        self.beside.as_ref()
    }

    /// Lets a simple method answer beside the network, or the network alone.
    pub fn set_beside(&mut self, beside: Option<Beside>) {
        self.beside = beside;
    }

    /// Checks that items can be read.
    ///
    /// # Errors
    /// The first that cannot.
    pub fn check(&self, items: &[Item]) -> Result<(), ClassifyError> {
        if let Some(Beside { simple: SimpleMethod::Ngrams(_), .. }) = &self.beside
            && let Some(item) = items.iter().find(|item| item.text.is_empty() && item.len(0) > 0)
        {
            let problem = "its text is missing, which the n-grams beside the network read".to_owned();
            return Err(ClassifyError::Item { item: item.name.clone(), problem });
        }
        check_items(&self.config, items)
    }

    /// Finds the temperature that suits the items `chosen`, whose truth is known. Values and classes of steps stay as they are.
    pub fn calibrate(&mut self, cpu: &Cpu, items: &[Item], chosen: &[usize]) {
        let Answer::Classes { temperature: found, .. } = &mut self.config.answer else { return };
        *found = 1.0;
        let (mut raw, mut classes) = (Vec::new(), Vec::new());
        self.run(cpu, items, chosen, &mut |part, batch, model| {
            let width = model.output().len() / rows(batch, part.len(), model);
            for (k, &item) in part.iter().enumerate() {
                let place = batch.place(k);
                match &items[item].target {
                    Target::Each(each) => {
                        for (t, class) in each.iter().enumerate() {
                            raw.extend_from_slice(&model.output()[batch.layout.row(t, place) * width..][..width]);
                            classes.push(*class);
                        }
                    }
                    target => {
                        raw.extend_from_slice(&model.output()[place * width..][..width]);
                        classes.push(target.class());
                    }
                }
            }
        });
        if let Answer::Classes { temperature: found, .. } = &mut self.config.answer {
            *found = temperature(&raw, &classes);
        }
    }

    /// Answers for the items `chosen`, in that order.
    pub fn predict(&mut self, cpu: &Cpu, items: &[Item], chosen: &[usize], sink: &mut dyn FnMut(ItemPrediction)) {
        self.predict_by(cpu, Voice::Together, items, chosen, sink);
    }

    /// As [`predict`](Self::predict), by one of those who answer.
    pub fn predict_by(&mut self, cpu: &Cpu, voice: Voice, items: &[Item], chosen: &[usize], sink: &mut dyn FnMut(ItemPrediction)) {
        let beside = if voice == Voice::Network { None } else { self.beside.take() };
        let Some(own) = &beside else { return self.network(cpu, items, chosen, sink) };
        let config = self.config.clone();
        let outputs = config.outputs();
        for chosen in chosen.chunks(BATCH) {
            let simple = own.simple.probabilities(cpu, &config, items, chosen);
            let mut rows = simple.chunks_exact(outputs);
            // What counts for nothing need not be asked.
            if voice == Voice::Simple || own.network == 0.0 {
                for (&item, row) in chosen.iter().zip(rows) {
                    sink(ItemPrediction { item, steps: 1, values: row.to_vec(), exact: Vec::new() });
                }
                continue;
            }
            self.network(cpu, items, chosen, &mut |mut opinion| {
                own.mix(&mut opinion.values, rows.next().unwrap_or_default());
                sink(opinion);
            });
        }
        self.beside = beside;
    }

    fn network(&mut self, cpu: &Cpu, items: &[Item], chosen: &[usize], sink: &mut dyn FnMut(ItemPrediction)) {
        let (answer, loss) = (self.config.answer.clone(), self.config.loss.clone());
        let scales = answer.scales();
        let (outputs, each_step) = (self.config.outputs(), self.config.each_step);
        self.run(cpu, items, chosen, &mut |part, batch, model| {
            let mut values = model.output().to_vec();
            let mut exact = Vec::new();
            match answer {
                Answer::Value { .. } | Answer::Values { .. } => {
                    exact = values.iter().zip(scales.iter().cycle()).map(|(v, (center, spread))| f64::from(*v) * spread + center).collect();
                    values.iter_mut().zip(&exact).for_each(|(v, wide)| *v = *wide as f32);
                }
                Answer::Classes { temperature, .. } => {
                    let scaled: Vec<f32> = values.iter().map(|v| (f64::from(*v) / temperature) as f32).collect();
                    loss.probabilities(&scaled, &mut values);
                }
            }
            for (k, &item) in part.iter().enumerate() {
                let place = batch.place(k);
                let steps = if each_step { batch.layout.length(place) } else { 1 };
                let row = |t: usize| if each_step { batch.layout.row(t, place) } else { place };
                let values = (0..steps).flat_map(|t| values[row(t) * outputs..][..outputs].iter().copied()).collect();
                let exact = exact.chunks_exact(outputs).nth(place).map(<[f64]>::to_vec).unwrap_or_default();
                sink(ItemPrediction { item, steps, values, exact });
            }
        });
    }

    /// The outputs of the recurrent stack alone over the items `chosen`, in that order.
    pub fn features(&mut self, cpu: &Cpu, items: &[Item], chosen: &[usize], sink: &mut dyn FnMut(Features)) {
        self.run(cpu, items, chosen, &mut |part, batch, model| {
            let states = model.stack().output();
            let width = model.config().width();
            for (k, &item) in part.iter().enumerate() {
                let place = batch.place(k);
                let steps = batch.layout.length(place);
                let states = (0..steps).flat_map(|t| states[batch.layout.row(t, place) * width..][..width].iter().copied()).collect();
                sink(Features { item, steps, states });
            }
        });
    }

    fn run(&mut self, cpu: &Cpu, items: &[Item], chosen: &[usize], see: &mut See<'_>) {
        let Self { config, model, .. } = self;
        let mut batch = Batch::default();
        let examples = Examples::new(config, items, chosen);
        let numbers: Vec<usize> = (0..chosen.len()).collect();
        for (part, chosen) in numbers.chunks(BATCH).zip(chosen.chunks(BATCH)) {
            examples.fill(part, &mut batch);
            model.forward(cpu, &batch, false, None);
            see(chosen, &batch, model);
        }
    }
}

/// Sees a batch after the forward: the items' numbers, the batch and the network.
type See<'a> = dyn FnMut(&[usize], &Batch<f32>, &Model<f32>) + 'a;

/// Rows of the output.
fn rows(batch: &Batch<f32>, items: usize, model: &Model<f32>) -> usize {
    if model.config().readout == crate::model::Readout::EachStep { batch.layout.rows() } else { items }
}

/// Checks that items suit a configuration.
///
/// # Errors
/// The first item that does not.
pub fn check_items(config: &ClassifyConfig, items: &[Item]) -> Result<(), ClassifyError> {
    let channels = config.channels();
    for item in items {
        let wrong = |problem: String| Err(ClassifyError::Item { item: item.name.clone(), problem });
        match (&item.steps, &config.symbols) {
            (Steps::Numbers(values), None) => {
                if values.is_empty() || values.len() % channels != 0 {
                    return wrong(format!("{} numbers are no sequence of {channels} channels", values.len()));
                }
                if let Some(at) = values.iter().position(|v| !v.is_finite()) {
                    return wrong(format!("step {} is {}", at / channels + 1, values[at]));
                }
            }
            (Steps::Symbols(ids), Some(input)) => {
                if ids.iter().any(|id| *id as usize >= input.symbols) {
                    return wrong(format!("a symbol is not among the {} known", input.symbols));
                }
            }
            (Steps::Numbers(_), Some(_)) => return wrong("it holds numbers, the model reads text".to_owned()),
            (Steps::Symbols(_), None) => return wrong(format!("it holds text, the model reads {channels} channels of numbers")),
        }
        let (steps, classes) = (item.len(channels), config.labels().len());
        let fits = match &item.target {
            Target::None => true,
            Target::Class(class) => *class < classes && !config.each_step,
            Target::Value(_) => matches!(config.answer, super::Answer::Value { .. }),
            Target::Values(values) => values.len() == config.targets().len() && values.iter().all(|v| v.is_finite()),
            Target::Each(each) => config.each_step && each.len() == steps && each.iter().flatten().all(|class| *class < classes),
        };
        if !fits {
            return wrong("its label is not of the kind that the model gives".to_owned());
        }
    }
    Ok(())
}
