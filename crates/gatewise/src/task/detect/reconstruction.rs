//! Windows of an unusual shape: each value plausible, their course not, such as a heartbeat upside down.
//!
//! An [`Autoencoder`] that learned to give windows back gives those of a kind it never saw back badly (Malhotra et al. 2016). The error of each channel is
//! held against its own past. Windows end at the row at hand and are read every eighth of their length; what one says holds until the next.

use serde::{Deserialize, Serialize};

use super::autoencoder::{Autoencoder, AutoencoderState};
use super::config::DetectConfig;
use super::error::DetectError;
use super::net::Net;
use super::tail::{Tail, is_left_out};
use crate::format::Tensor;
use crate::rng::Rng;

/// Windows that begin within the length of one.
const OVERLAP: usize = 8;
/// Windows' lengths that have to be there before the network learns, and steps that it catches up with at each row.
const FIRST_LENGTHS: u64 = 2;
const CATCH_UP: u64 = 2;
/// Draws of a window without a missing value before a place in a batch is left empty.
const DRAWS: usize = 4;
/// Windows that the usual error is averaged over, the later ones counting for more: it falls while the network learns. What an error lies above it is
/// the magnitude that is held against its own past, for a long window of noise has an error with little spread around a large mean.
const USUAL_WINDOWS: f64 = 64.0;
/// Share of magnitudes that are no peaks, and their mean excess in squared squashed units that is no surprise.
const LEVEL: f64 = 0.98;
const LEAST_EXCESS: f64 = 0.01;
/// Share of rows from which a shape is unusual, as the usual rate of alarms has it; a window stands for the rows until the next.
const RARE: f64 = 1e-4;
/// Most windows that are called unusual, however long they are.
const MOST_RARE: f64 = 3e-3;
/// Share of the largest error, each in its channel's usual error, from which a channel is to blame too: what is odd in one channel leads the encoder astray,
/// and with it the windows of all.
const BLAMED: f64 = 0.5;
/// The past is begun anew at each doubling of the windows, from the first of these numbers to the last: while the network learns, the errors of a worse one say
/// little.
const FIRST_TURN: u64 = 64;
const LAST_TURN: u64 = 4096;
/// Rows of each further unusual shape that is not learned from, see [`is_left_out`].
const LEFT_OUT: u64 = 2000;

/// The errors of a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Past {
    now: Tail,
    /// The errors since the last turn, which takes them for the past; none after the last one.
    next: Option<Tail>,
    /// The usual error; none before the first.
    usual: Option<f64>,
    /// Stretches of unusual windows, and whether the one under way is left out of what is learned.
    stretches: u64,
    left_out: bool,
    /// What the last window said, −log₁₀ of a probability; 0 where its shape was usual.
    evidence: f64,
}

impl Past {
    fn new() -> Self {
        let tail = || Tail::new(LEVEL, LEAST_EXCESS);
        Self { now: tail(), next: Some(tail()), usual: None, stretches: 0, left_out: false, evidence: 0.0 }
    }

    /// An error as a multiple of the usual one.
    fn relative(&self, error: f64) -> f64 {
        let usual = self.usual.unwrap_or(error);
        if usual > 0.0 { error / usual } else { 0.0 }
    }

    /// `least`: evidence of an unusual shape, beyond any where the channel is not to blame; `rows`: learned from so far.
    fn push(&mut self, error: f64, least: f64, rows: u64, learn: bool) {
        let usual = self.usual.unwrap_or(error);
        let magnitude = (error - usual).max(0.0);
        let evidence = self.now.evidence(magnitude);
        let unusual = evidence >= least;
        if learn {
            if unusual && self.evidence == 0.0 {
                self.stretches = self.stretches.saturating_add(1);
                self.left_out = is_left_out(self.stretches, rows, LEFT_OUT);
            }
            if !(unusual && self.left_out) {
                self.usual = Some(usual + (error - usual) / USUAL_WINDOWS);
                self.now.push(magnitude);
                if let Some(next) = &mut self.next {
                    next.push(magnitude);
                }
            }
        }
        self.evidence = if unusual { evidence } else { 0.0 };
    }
}

/// Where the watch for shapes stands, beside the network's blocks of numbers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShapeState {
    network: AutoencoderState,
    pasts: Vec<Past>,
    windows: u64,
    whole: u64,
    since: u64,
}

/// Watches the shapes of windows of N rows.
pub(super) struct Reconstruction {
    config: DetectConfig,
    rows: usize,
    network: Autoencoder,
    pasts: Vec<Past>,
    errors: Vec<f64>,
    /// Windows learned from.
    windows: u64,
    /// Rows since a value was missing or spoke for itself.
    whole: u64,
    /// Rows since the last window.
    since: u64,
}

impl Reconstruction {
    /// `rows`: N.
    pub fn new(config: &DetectConfig, rows: usize) -> Result<Self, DetectError> {
        Ok(Self {
            network: Autoencoder::new(config, rows)?,
            pasts: vec![Past::new(); config.channels],
            errors: vec![0.0; config.channels],
            windows: 0,
            whole: 0,
            since: 0,
            config: config.clone(),
            rows,
        })
    }

    /// Takes in the row that `net` took in last. `plausible`: nothing else speaks against it; where something does, windows begin anew behind it.
    pub fn push(&mut self, net: &Net, plausible: bool, learn: bool) {
        let rows = self.rows as u64;
        if !plausible || !net.is_whole(net.rows() - 1) {
            self.forget();
            return;
        }
        (self.whole, self.since) = (self.whole + 1, self.since.saturating_add(1));
        if self.whole < rows || self.since < self.stride() || self.network.steps() == 0 {
            return;
        }
        self.since = 0;
        let first = net.rows() - rows;
        let least = -(RARE * self.stride() as f64).min(MOST_RARE).log10();
        self.network.errors(net.cpu(), |window| net.copy_rows(first, window), &mut self.errors);
        // A network that has run away says nothing.
        self.errors.iter_mut().filter(|error| !error.is_finite()).for_each(|error| *error = 0.0);
        let seen = self.windows * self.stride();
        let most = self.pasts.iter().zip(&self.errors).map(|(past, error)| past.relative(*error)).fold(0.0, f64::max);
        for (past, &error) in self.pasts.iter_mut().zip(&self.errors) {
            let least = if past.relative(error) >= BLAMED * most { least } else { f64::INFINITY };
            past.push(error, least, seen, learn);
        }
        if learn {
            self.windows += 1;
            if self.windows.is_power_of_two() && (FIRST_TURN..=LAST_TURN).contains(&self.windows) {
                self.turn();
            }
        }
    }

    /// Rows between two windows.
    fn stride(&self) -> u64 {
        (self.rows / OVERLAP).max(1) as u64
    }

    fn turn(&mut self) {
        let last = self.windows == LAST_TURN;
        for past in &mut self.pasts {
            let new = (!last).then(|| Tail::new(LEVEL, LEAST_EXCESS));
            if let Some(next) = std::mem::replace(&mut past.next, new) {
                past.now = next;
            }
        }
    }

    /// What the last window says of a channel, −log₁₀ of a probability.
    pub fn evidence(&self, channel: usize) -> f64 {
        self.pasts[channel].evidence
    }

    /// Learns, as much as is due.
    pub fn learn(&mut self, net: &Net) {
        let (rows, kept) = (self.rows as u64, net.kept());
        if kept < FIRST_LENGTHS * rows {
            return;
        }
        let due = self.config.steps_due(net.rows()).saturating_sub(self.network.steps());
        let choices = (kept - rows + 1) as usize;
        for _ in 0..due.min(CATCH_UP) {
            self.network.train(net.cpu(), |rng: &mut Rng, window| {
                (0..DRAWS).any(|_| {
                    let first = net.rows() - kept + rng.below(choices) as u64;
                    net.copy_rows(first, window);
                    (first..first + rows).all(|row| net.is_whole(row))
                })
            });
        }
    }

    /// Forgets the last rows, not what was learned.
    pub fn forget(&mut self) {
        (self.whole, self.since) = (0, 0);
        self.pasts.iter_mut().for_each(|past| (past.evidence, past.left_out) = (0.0, false));
    }

    pub fn state(&self) -> ShapeState {
        let Self { windows, whole, since, .. } = *self;
        ShapeState { network: self.network.state(), pasts: self.pasts.clone(), windows, whole, since }
    }

    /// Blocks of numbers under their names.
    pub fn tensors(&self) -> impl Iterator<Item = (String, Tensor)> {
        self.network.tensors().map(|(name, tensor)| (format!("shape.{name}"), tensor))
    }

    /// Goes on from a saved state; `find` gives the block of a name.
    pub fn restore<'a>(&mut self, state: ShapeState, find: &dyn Fn(&str) -> Option<&'a [f32]>) -> Result<(), String> {
        let ShapeState { network, pasts, windows, whole, since } = state;
        let number = |v: f64| v.is_finite() && v >= 0.0;
        let sound = |past: &Past| {
            past.now.is_sound() && past.next.as_ref().is_none_or(Tail::is_sound) && number(past.evidence) && past.usual.is_none_or(number)
        };
        if pasts.len() != self.pasts.len() || !pasts.iter().all(sound) {
            return Err("`shape` does not fit the settings".to_owned());
        }
        self.network.restore(network, &|name| find(&format!("shape.{name}")))?;
        (self.pasts, self.windows, self.whole, self.since) = (pasts, windows, whole, since);
        Ok(())
    }
}
