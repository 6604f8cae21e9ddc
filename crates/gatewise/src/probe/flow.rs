//! Gradient flow: how much of the loss at one step reaches the states k steps before (Pascanu, Mikolov and Bengio 2013).

use gatewise_kernels::{Cpu, Real};
use serde::Serialize;

use super::spread::Spread;
use super::unroll::Unrolled;
use crate::batch::Batch;
use crate::loss::Loss;
use crate::model::{Model, Readout};

/// The gradient of the last step's loss by lag, in one layer and direction.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Flow {
    /// Layer, from 0.
    pub layer: usize,
    /// Whether the direction reads from the end; its lags count the other way.
    pub reverse: bool,
    /// ‖∂L_T/∂h_{T−k}‖ at index k, over the sequences of the batch.
    pub h: Vec<Spread>,
    /// ‖∂L_T/∂c_{T−k}‖ at index k, everything that reaches c counted; empty for cells without.
    pub c: Vec<Spread>,
    /// First lag, interpolated, at which the median of [`Flow::carried`] is half of that at lag 0 or less and stays so; 0 where there is no
    /// gradient at all, none within the lags measured.
    pub half_life: Option<f64>,
    /// Mean factor of that median by step: below 1 it vanishes, above 1 it explodes; 0 where nothing is left of it one step back.
    pub factor: f64,
}

impl Flow {
    /// The gradient of the state that carries memory: c of an LSTM, else h.
    pub fn carried(&self) -> &[Spread] {
        if self.c.is_empty() { &self.h } else { &self.c }
    }

    /// Median of [`Flow::carried`] at each lag, over that at lag 0.
    pub fn shares(&self) -> Vec<f64> {
        let first = self.carried().first().map_or(0.0, |s| s.median);
        self.carried().iter().map(|s| if first > 0.0 { s.median / first } else { 0.0 }).collect()
    }

    /// Share of the gradient at lag 0 that is left at the longest lag.
    pub fn share_left(&self) -> f64 {
        self.shares().last().copied().unwrap_or(0.0)
    }
}

/// Measures the flow in every layer and direction. The loss stands on the last step of each sequence.
pub fn gradient_flow<F: Real>(cpu: &Cpu, model: &Model<F>, batch: &Batch<F>, loss: &Loss) -> Vec<Flow> {
    flow_of(cpu, &Unrolled::run(cpu, model, batch), loss)
}

pub(super) fn flow_of(cpu: &Cpu, run: &Unrolled, loss: &Loss) -> Vec<Flow> {
    let (layout, config) = (run.layout(), &run.config);
    let mut dy = run.last_step_gradient(cpu, loss);
    let mut flows = Vec::new();
    for layer in (0..config.layers).rev() {
        let d_raw = run.before_norm(cpu, layer, dy);
        let mut dx = vec![0.0; layout.rows() * run.dims(layer).input];
        for reverse in [true, false].into_iter().skip(usize::from(!config.bidirectional)) {
            let mut h = vec![Vec::new(); layout.time()];
            let mut c = vec![Vec::new(); layout.time()];
            run.back(layer, reverse, &d_raw, &mut dx, &mut |t, b, dh, dc| {
                let anchor = if reverse && config.readout == Readout::Last { 0 } else { layout.length(b) - 1 };
                let lag = if reverse { t.checked_sub(anchor) } else { Some(anchor - t) };
                if let Some(lag) = lag {
                    h[lag].push(norm(dh));
                    if !dc.is_empty() {
                        c[lag].push(norm(dc));
                    }
                }
            });
            flows.push(summary(layer, reverse, h, c));
        }
        dy = dx;
    }
    flows.reverse();
    flows
}

fn summary(layer: usize, reverse: bool, h: Vec<Vec<f64>>, c: Vec<Vec<f64>>) -> Flow {
    let spreads = |lags: Vec<Vec<f64>>| -> Vec<Spread> { lags.into_iter().filter(|lag| !lag.is_empty()).map(Spread::of).collect() };
    let (h, c) = (spreads(h), spreads(c));
    let mut flow = Flow { layer, reverse, h, c, half_life: None, factor: 1.0 };
    let medians: Vec<f64> = flow.carried().iter().map(|s| s.median).collect();
    (flow.half_life, flow.factor) = (half_life(&medians), factor(&medians));
    flow
}

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|v| v * v).sum::<f64>().sqrt()
}

/// Where the curve falls below half of its start for good, between two lags on a logarithmic scale.
fn half_life(medians: &[f64]) -> Option<f64> {
    if medians.len() > 1 && medians.iter().all(|m| *m == 0.0) {
        return Some(0.0);
    }
    let up_to_half = medians.first()? / 2.0;
    let lag = medians.iter().rposition(|&m| m > up_to_half)? + 1;
    let (before, after) = (medians[lag - 1], *medians.get(lag)?);
    let part = if after > 0.0 { (before / up_to_half).ln() / (before / after).ln() } else { 1.0 };
    Some((lag - 1) as f64 + part)
}

/// The slope of a straight line through the logarithms, by least squares over the lags with a gradient.
fn factor(medians: &[f64]) -> f64 {
    let points: Vec<(f64, f64)> = medians.iter().enumerate().filter(|(_, m)| **m > 0.0).map(|(lag, m)| (lag as f64, m.ln())).collect();
    let n = points.len() as f64;
    let (mean_x, mean_y) = (points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n);
    let (mut xy, mut xx) = (0.0, 0.0);
    for (x, y) in points {
        xy += (x - mean_x) * (y - mean_y);
        xx += (x - mean_x) * (x - mean_x);
    }
    // One lag with a gradient at most, of several: nothing is carried on.
    if xx > 0.0 {
        (xy / xx).exp()
    } else if medians.len() > 1 {
        0.0
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_life_and_factor_of_a_power() {
        let curve: Vec<f64> = (0..50).map(|k| 3.0 * 0.9_f64.powi(k)).collect();
        let expected = 0.5_f64.ln() / 0.9_f64.ln();
        assert!((half_life(&curve).unwrap() - expected).abs() < 1e-9);
        assert!((factor(&curve) - 0.9).abs() < 1e-12);
        let growing: Vec<f64> = (0..50).map(|k| 1.2_f64.powi(k)).collect();
        assert_eq!(half_life(&growing), None);
        assert!((factor(&growing) - 1.2).abs() < 1e-12);
        assert_eq!(half_life(&[1.0, 0.1, 2.0, 0.9]), None, "it comes back and ends above the half");
        for none in [[0.0; 3], [1.0, 0.0, 0.0]] {
            assert!(half_life(&none).unwrap() <= 1.0);
            assert_eq!(factor(&none), 0.0);
        }
    }
}
