//! Pulses over a quiet level: yₜ = σ·eₜ + Σ hₖ·g(t − tₖ), σ log-uniform (.02, .5).
//!
//! Pulses come 4 to 15 times in a hundred rows: once a season (or in a steady period) in 40 %, by chance in 30 %, in clusters in 30 %. Their
//! height is 2 to 10 times lognormal(.3), of one sign; their width 1 to 3 rows; their form a box or a peak that falls off on both sides.
//! Source: TempoPFN (Moroshan 2025).

use super::noise::Noise;
use super::{Draft, Draws, Seasons};

const ARRIVALS: [(Arrival, f64); 3] = [(Arrival::Periodic, 0.4), (Arrival::Chance, 0.3), (Arrival::Clusters, 0.3)];
/// Probability that a cluster ends, per row, and how much denser pulses are in one.
const CLUSTER_ENDS: f64 = 0.15;
const DENSER: f64 = 4.0;

#[derive(Clone, Copy)]
enum Arrival {
    Periodic,
    Chance,
    Clusters,
}

pub(super) fn draw(rng: &mut Draws, rows: usize, seasons: Seasons) -> Draft {
    let mut noise = Noise::draw(rng);
    let sigma = rng.log_uniform(0.02, 0.5);
    let mut values: Vec<f64> = (0..rows).map(|_| sigma * noise.next(rng)).collect();
    let rate = rng.uniform(0.04, 0.15);
    let arrival = rng.pick(&ARRIVALS);
    let (width, is_box) = (1 + rng.below(3), rng.chance(0.5));
    let height = rng.uniform(2.0, 10.0) * if rng.chance(0.5) { 1.0 } else { -1.0 };
    let spread = if rng.chance(0.3) { 0.0 } else { 0.3 };
    let period = if seasons.season > 3 { seasons.season } else { 1 + (1.0 / rate) as usize };
    let phase = rng.below(period);
    let mut is_cluster = rng.chance(1.0 / DENSER);
    for t in 0..rows {
        let comes = match arrival {
            Arrival::Periodic => t % period == phase,
            Arrival::Chance => rng.chance(rate),
            Arrival::Clusters => {
                let ends = if is_cluster { CLUSTER_ENDS } else { CLUSTER_ENDS / (DENSER - 1.0) };
                is_cluster ^= rng.chance(ends);
                is_cluster && rng.chance((DENSER * rate).min(1.0))
            }
        };
        if !comes {
            continue;
        }
        let peak = height * libm::exp(spread * rng.normal());
        if is_box {
            values[t..(t + width).min(rows)].iter_mut().for_each(|value| *value += peak);
        } else {
            for (at, value) in values.iter_mut().enumerate().take(t + width).skip((t + 1).saturating_sub(width)) {
                *value += peak * (1.0 - t.abs_diff(at) as f64 / width as f64);
            }
        }
    }
    Draft::other(values)
}
