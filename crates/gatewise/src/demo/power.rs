//! Powers of a number beside gradients measured in networks of that spectral radius; then a sweep of the radius.

use gatewise_kernels::{Cell, Cpu};
use serde::Serialize;

use super::radius::{Recurrence, SWEEP_STEPS, SweepPoint, sweep, sweep_networks, usable_band};
use crate::error::ModelError;

/// What the powers of a radius do to a gradient.
#[derive(Clone, Debug)]
pub struct Power {
    /// The radius.
    pub radius: f64,
    /// The radius to the power of [`Power::STEPS`].
    pub product: f64,
    /// Networks of that radius.
    pub measured: Vec<Measured>,
    /// The sweep of the radius: the points of a network and length together.
    pub sweeps: Vec<Vec<SweepPoint>>,
}

/// A network and what is left of its gradient.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Which network, in words.
    pub name: &'static str,
    /// What a curve of it is called; none where it has none.
    pub curve: Option<&'static str>,
    /// The network.
    pub recurrence: Recurrence,
    /// (STEPS + 1): the share of the gradient left after 0, 1 … [`Power::STEPS`] steps.
    pub shares: Vec<f64>,
}

/// What is told while it is measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum PowerEvent {
    /// The power itself.
    Power {
        /// The radius.
        radius: f64,
        /// The exponent.
        steps: usize,
        /// Their power.
        power: f64,
    },
    /// A network of that radius is measured.
    Measured {
        /// Which, in words.
        net: &'static str,
        /// Its recurrence.
        recurrence: Recurrence,
        /// Steps between loss and gradient.
        steps: usize,
        /// The share of the gradient left after them.
        share: f64,
    },
    /// What clipping makes of the power.
    Clipping {
        /// The largest norm that passes.
        bound: f64,
        /// The norm before.
        before: f64,
        /// The norm behind.
        after: f64,
    },
    /// A point of the sweep.
    Sweep {
        /// Which network.
        net: &'static str,
        /// Its radius.
        radius: f64,
        /// Steps between loss and gradient.
        steps: usize,
        /// The share of the gradient left after them.
        share: f64,
    },
    /// The radii at which a network can learn over a length.
    Band {
        /// Which network.
        net: &'static str,
        /// The length.
        steps: usize,
        /// The lowest radius; none where no radius is usable.
        low: Option<f64>,
        /// The highest radius.
        high: Option<f64>,
    },
}

impl Power {
    /// Steps the powers are taken over.
    pub const STEPS: usize = 100;
    /// Largest gradient norm that clipping lets pass.
    pub const CLIP: f64 = 1.0;

    /// Measures networks at `radius`, and others at the radii of the sweep.
    ///
    /// # Errors
    /// As [`Recurrence::shares`].
    pub fn measure(cpu: &Cpu, radius: f64, seed: u64, on_event: &mut dyn FnMut(&PowerEvent)) -> Result<Self, ModelError> {
        let steps = Self::STEPS;
        let (product, lags): (f64, Vec<usize>) = (radius.powi(steps as i32), (0..=steps).collect());
        on_event(&PowerEvent::Power { radius, steps, power: product });
        let mut measured = Vec::new();
        for (name, recurrence, curve) in cases(radius) {
            let shares = recurrence.shares(cpu, &lags, seed)?;
            on_event(&PowerEvent::Measured { net: name, recurrence, steps, share: shares[steps] });
            measured.push(Measured { name, curve, recurrence, shares });
        }
        on_event(&PowerEvent::Clipping { bound: Self::CLIP, before: product, after: product.min(Self::CLIP) });
        let mut sweeps = Vec::new();
        for network in sweep_networks() {
            for steps in SWEEP_STEPS {
                let points = sweep(cpu, network, steps, seed)?;
                for SweepPoint { recurrence, share, .. } in &points {
                    on_event(&PowerEvent::Sweep { net: recurrence.name(), radius: recurrence.radius, steps, share: *share });
                }
                sweeps.push(points);
            }
        }
        for points in &sweeps {
            let Some(SweepPoint { recurrence, steps, .. }) = points.first() else { continue };
            let band = usable_band(points);
            on_event(&PowerEvent::Band { net: recurrence.name(), steps: *steps, low: band.map(|b| b.0), high: band.map(|b| b.1) });
        }
        Ok(Self { radius, product, measured, sweeps })
    }
}

/// A network's name, itself, and the name of its curve.
type Case = (&'static str, Recurrence, Option<&'static str>);

fn cases(radius: f64) -> [Case; 7] {
    let plain = Recurrence::new(Cell::RnnTanh, radius);
    let orthogonal = Recurrence { radius: 1.0, orthogonal: true, ..plain };
    let lstm = |remember| Recurrence { remember, ..Recurrence::new(Cell::Lstm, radius) };
    let gru = Recurrence { remember: Some(Power::STEPS), ..Recurrence::new(Cell::Gru, radius) };
    [
        ("RNN, state near zero, where tanh is straight", Recurrence { inputs: false, ..plain }, Some("RNN, straight")),
        ("RNN that reads inputs", plain, Some("RNN")),
        ("RNN, orthogonal start of radius 1, reads inputs", orthogonal, None),
        ("RNN, orthogonal start of radius 1, state near zero", Recurrence { inputs: false, ..orthogonal }, None),
        ("LSTM of this radius, forget bias 1", lstm(None), None),
        ("LSTM of this radius, gates set to remember 100 steps", lstm(Some(Power::STEPS)), Some("LSTM, open gates")),
        ("GRU of this radius, gate set to remember 100 steps", gru, None),
    ]
}
