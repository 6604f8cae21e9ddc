//! Fine-tuning of a prior on series of one's own: small steps, pulled back to the start (L2-SP, Li et al. 2018), kept only where they gain.

use gatewise_kernels::Cpu;

use super::network::PriorNetwork;
use super::pretrain::{PretrainConfig, Pretraining};
use super::supply::{OwnSeries, Supply, set_window};
use crate::error::TrainError;

/// Highest rate.
const LR: f64 = 5e-4;

/// Share of the steps over which the rate falls to zero.
const DECAY: f64 = 0.8;

/// Share of the distance from the start that a step of the highest rate takes back.
const PULL: f64 = 1e-3;

/// Judgements of a training.
const JUDGED: u64 = 8;

/// Judgements without a gain after which it ends.
const PATIENCE: usize = 2;

/// Share of the loss that has to be gained for the weights to be kept.
const LEAST_GAIN: f64 = 0.02;

/// A window that judges: series and origin.
pub(crate) type Origin = (usize, usize);

/// How long a prior is fine-tuned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TuneConfig {
    pub steps: u64,
    pub batch: usize,
    pub seed: u64,
    pub horizon: usize,
}

/// Weights after a fine-tuning.
#[derive(Debug)]
pub(crate) struct Tuned {
    pub values: Vec<f32>,
    /// Steps that they took.
    pub steps: u64,
    /// Loss over the windows that judge, before and after; none where there are none.
    pub losses: Option<(f64, f64)>,
}

/// Fine-tunes the weights of `start`. With windows that judge, `(series, origins)`, the best weights are kept if they gain; without, the last ones are.
/// `go_on` hears of every step: its number, loss, norm of the gradient, rate and the seconds so far, and may end the training.
///
/// # Errors
/// A gradient that is not finite.
pub(crate) fn tune(
    cpu: &Cpu,
    start: &PriorNetwork<f32>,
    supply: &Supply,
    judges: (&[OwnSeries], &[Origin]),
    config: TuneConfig,
    go_on: &mut dyn FnMut(u64, f64, f64, f64, f64) -> bool,
) -> Result<Option<Tuned>, TrainError> {
    let TuneConfig { steps, batch, seed, horizon } = config;
    let usual = PretrainConfig {
        seed,
        batch,
        steps,
        lr: LR,
        decay: DECAY,
        warmup: (steps / 20).max(1),
        weight_decay: 0.0,
        clip: 1.0,
        ..PretrainConfig::default()
    };
    let mut training = Pretraining::of(start, usual)?;
    let began = std::time::Instant::now();
    let (series, origins) = judges;
    let judge = |training: &mut Pretraining| {
        let fill = |at: usize, item: &mut super::item::Item| {
            let (s, origin) = origins[at];
            if !set_window(&series[s], origin, horizon.min(series[s].values.len() - origin), item) {
                item.clear();
            }
        };
        training.loss_of(cpu, origins.len(), fill)
    };
    let before = (!origins.is_empty()).then(|| judge(&mut training));
    let mut best: Option<(f64, u64, Vec<f32>)> = None;
    let (every, mut stale) = ((steps / JUDGED).max(1), 0);
    while !training.is_over() {
        let rate = training.rate();
        let loss = training.advance(cpu, supply)?;
        if !go_on(training.steps_taken(), loss, training.last_norm(), rate, began.elapsed().as_secs_f64()) {
            return Ok(None);
        }
        let pull = (PULL * rate / LR) as f32;
        let values = &mut training.network_mut().params_mut().values;
        for (value, &at) in values.iter_mut().zip(&start.params().values) {
            *value -= pull * (*value - at);
        }
        if before.is_some() && training.steps_taken().is_multiple_of(every) {
            let loss = judge(&mut training);
            if best.as_ref().is_none_or(|(least, ..)| loss < *least) {
                best = Some((loss, training.steps_taken(), training.network().params().values.clone()));
                stale = 0;
            } else {
                stale += 1;
                if stale >= PATIENCE {
                    break;
                }
            }
        }
    }
    Ok(match (before, best) {
        (Some(before), Some((after, steps, values))) if after < (1.0 - LEAST_GAIN) * before => {
            Some(Tuned { values, steps, losses: Some((before, after)) })
        }
        (Some(before), best) => {
            let after = best.map_or(before, |(after, ..)| after);
            Some(Tuned { values: Vec::new(), steps: 0, losses: Some((before, after)) })
        }
        (None, _) => Some(Tuned { values: training.network().params().values.clone(), steps: training.steps_taken(), losses: None }),
    })
}
