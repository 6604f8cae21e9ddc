//! Forecasts of a trained prior.

use std::cmp::Reverse;
use std::path::Path;

use gatewise_kernels::{Cpu, deal};

use super::context::{Context, History, Reading};
use super::network::{Batch, PriorNetwork, TOKEN_OUTPUTS};
use super::quantiles::{LEVELS, MEDIAN, OUTPUTS, quantiles};
use super::thinned;
use super::tokens::{PATCH, past_tokens, write};
use super::weights::{PriorRecord, TASK, add_part, part_of, prior_of, tuned_contents};
use crate::error::FormatError;
use crate::format::{Contents, ModelFile, decode, encode, read, write_atomic};

/// Histories that run together.
const TOGETHER: usize = 256;

/// The weights that the library carries.
const BUILT_IN: &[u8] = include_bytes!("weights.safetensors");

/// Version of the built-in weights: other weights have another number.
pub const VERSION: u32 = 1;

/// Steps beyond which a series is thinned: the network has seen half as many.
pub(crate) const MOST_STEPS: usize = 96;

/// Histories that a thread reads at least.
const GRAIN: usize = 2;

/// Middles of the groups of steps that widths are told of, 1–6, 7–18 and 19–48; between them a width lies on a line.
const MIDDLES: [f64; 3] = [3.5, 12.5, 33.5];

/// The prior's network, ready to forecast.
#[derive(Debug)]
pub struct Prior {
    network: PriorNetwork<f32>,
    record: PriorRecord,
    batch: Batch<f32>,
    items: Vec<Item>,
}

/// One of the histories that run together.
#[derive(Debug, Default)]
struct Item {
    at: usize,
    context: Context,
    /// Tokens of the series, then of the series turned over.
    tokens: [Vec<f32>; 2],
    length: usize,
}

impl Prior {
    /// The prior that the library carries.
    pub fn built_in(cpu: &Cpu) -> Self {
        Self::decode(cpu, Path::new("the built-in prior"), BUILT_IN).expect("the tests read the weights")
    }

    /// Reads a prior's file.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, or is something else.
    pub fn load(cpu: &Cpu, path: &Path) -> Result<Self, FormatError> {
        Self::of_file(cpu, ModelFile::open(path)?)
    }

    /// Reads the bytes of a prior's file; `path` stands in errors.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn decode(cpu: &Cpu, path: &Path, bytes: &[u8]) -> Result<Self, FormatError> {
        Self::of(cpu, path, &decode(path, bytes)?)
    }

    /// As [`load`](Self::load), of a file that was read.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn of_file(cpu: &Cpu, file: ModelFile) -> Result<Self, FormatError> {
        let (path, contents) = file.of_task(&[TASK], "prior", "give the file that `gatewise train prior` made")?;
        Self::of(cpu, &path, &contents)
    }

    fn of(cpu: &Cpu, path: &Path, contents: &Contents) -> Result<Self, FormatError> {
        contents.expect(path, "model", "give the file of a prior")?;
        let (network, record) = prior_of(path, contents)?;
        Ok(Self::ready(cpu, network, record))
    }

    fn ready(cpu: &Cpu, mut network: PriorNetwork<f32>, record: PriorRecord) -> Self {
        network.pack(cpu);
        Self { network, record, batch: Batch::default(), items: Vec::new() }
    }

    /// The same with other weights, in the order of the network's parameters.
    pub(crate) fn with_weights(&self, cpu: &Cpu, values: &[f32]) -> Self {
        let mut network = PriorNetwork::empty(self.network.config());
        network.params_mut().values.copy_from_slice(values);
        Self::ready(cpu, network, self.record.clone())
    }

    /// The same prior once more.
    pub(crate) fn clone_on(&self, cpu: &Cpu) -> Self {
        self.with_weights(cpu, &self.network.params().values)
    }

    /// Writes a training of it that is over, after so many steps; [`load_tuned`](Self::load_tuned) reads it.
    pub(crate) fn save_tuned(&self, path: &Path, steps: u64) -> Result<(), FormatError> {
        write_atomic(path, &encode(&tuned_contents(&self.network, &self.record, steps)))
    }

    /// A training that is over, and its steps.
    pub(crate) fn load_tuned(cpu: &Cpu, path: &Path) -> Result<(Self, u64), FormatError> {
        let contents = read(path)?;
        let steps = contents.field(path, "steps")?;
        Ok((Self::within(cpu, path, &contents, "")?, steps))
    }

    /// A prior whose tensors stand behind `prefix` in the file of another model.
    pub(crate) fn within(cpu: &Cpu, path: &Path, contents: &Contents, prefix: &str) -> Result<Self, FormatError> {
        let (network, record) = part_of(path, contents, prefix)?;
        Ok(Self::ready(cpu, network, record))
    }

    /// Adds what [`within`](Self::within) reads to the file of another model.
    pub(crate) fn add_to(&self, contents: &mut Contents, prefix: &str) {
        add_part(contents, &self.network, &self.record, prefix);
    }

    /// How it was trained.
    pub fn record(&self) -> &PriorRecord {
        &self.record
    }

    /// The network.
    pub fn network(&self) -> &PriorNetwork<f32> {
        &self.network
    }

    /// Quantiles at [`LEVELS`] of `horizon` steps after each history: (horizon, levels), in units of the series. A history without any value gives
    /// NaN; one that holds a single value over and over gives that value. Beyond 96 steps the means of stretches are forecast, and seasons and noise
    /// within them put back.
    pub fn forecast(&mut self, cpu: &Cpu, histories: &[History<'_>], horizon: usize) -> Vec<Vec<f64>> {
        if horizon > MOST_STEPS {
            return thinned::forecast(histories, horizon, MOST_STEPS, |histories, steps| self.forecast_near(cpu, histories, steps));
        }
        self.forecast_near(cpu, histories, horizon)
    }

    fn forecast_near(&mut self, cpu: &Cpu, histories: &[History<'_>], horizon: usize) -> Vec<Vec<f64>> {
        let mut found = vec![Vec::new(); histories.len()];
        for (first, part) in (0..).step_by(TOGETHER).zip(histories.chunks(TOGETHER)) {
            self.forecast_part(cpu, part, horizon, &mut found[first..first + part.len()]);
        }
        found
    }

    fn forecast_part(&mut self, cpu: &Cpu, histories: &[History<'_>], horizon: usize, found: &mut [Vec<f64>]) {
        let future = horizon.div_ceil(PATCH).max(1);
        self.items.resize_with(histories.len(), Item::default);
        let mut readings = vec![Reading::Empty; histories.len()];
        deal(cpu, (&mut self.items[..], &mut readings[..]), GRAIN, |first, (items, readings)| {
            for (k, (item, reading)) in items.iter_mut().zip(readings).enumerate() {
                item.at = first + k;
                *reading = item.context.read(&histories[first + k]);
                item.length = 0;
                if *reading == Reading::Varied {
                    item.length = past_tokens(item.context.rows) + future;
                    for (tokens, sign) in item.tokens.iter_mut().zip([1.0, -1.0]) {
                        write(&item.context, future, sign, tokens);
                    }
                }
            }
        });
        for (out, reading) in found.iter_mut().zip(&readings) {
            match reading {
                Reading::Empty => *out = vec![f64::NAN; horizon * LEVELS.len()],
                Reading::Constant(value) => *out = vec![*value; horizon * LEVELS.len()],
                Reading::Varied => *out = vec![0.0; horizon * LEVELS.len()],
            }
        }
        self.items.sort_by_key(|item| Reverse(item.length));
        let count = self.items.iter().take_while(|item| item.length > 0).count();
        if count == 0 || horizon == 0 {
            return;
        }
        let items = &self.items[..count];
        let lengths: Vec<usize> = items.iter().map(|item| item.length).collect();
        for (turned, sign) in [1.0, -1.0].into_iter().enumerate() {
            let tokens: Vec<&[f32]> = items.iter().map(|item| &item.tokens[turned][..]).collect();
            self.batch.set(&lengths, &vec![future; count], &tokens);
            self.network.forward(cpu, &self.batch, false);
            for (item, raw) in items.iter().zip(self.network.output().chunks_exact(future * TOKEN_OUTPUTS)) {
                let steps = raw.chunks_exact(OUTPUTS).zip(found[item.at].chunks_exact_mut(LEVELS.len()));
                for (k, (raw, out)) in steps.enumerate() {
                    let step = item.context.step(k).signed(sign);
                    let q = quantiles(raw, &step).map(|q| sign * (step.center + step.unit * q));
                    for (level, out) in out.iter_mut().enumerate() {
                        *out += 0.5 * q[if turned == 0 { level } else { LEVELS.len() - 1 - level }];
                    }
                }
            }
        }
        for item in items {
            for (k, out) in found[item.at].chunks_exact_mut(LEVELS.len()).enumerate() {
                let width = width_at(&self.record.widths, k);
                let median = out[MEDIAN];
                for out in out {
                    let value = item.context.last + item.context.scale * (median + width * (*out - median));
                    *out = value.clamp(-f64::MAX, f64::MAX);
                }
            }
        }
    }
}

/// Factor on the width of the intervals of step `k`.
fn width_at(widths: &[f64; 3], k: usize) -> f64 {
    let step = (k as f64 + 1.0).clamp(MIDDLES[0], MIDDLES[2]);
    let at = usize::from(step > MIDDLES[1]);
    let share = (step - MIDDLES[at]) / (MIDDLES[at + 1] - MIDDLES[at]);
    (1.0 - share) * widths[at] + share * widths[at + 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_go_from_group_to_group() {
        let widths = [1.2, 1.1, 0.9];
        let at = |k| width_at(&widths, k);
        assert_eq!((at(0), at(2), at(200)), (1.2, 1.2, 0.9));
        assert!((at(7) - 1.15).abs() < 1e-12 && (at(22) - 1.0).abs() < 1e-12, "{} {}", at(7), at(22));
    }
}
