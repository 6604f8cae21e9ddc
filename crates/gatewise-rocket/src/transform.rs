//! From series to features.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use gatewise_kernels::vectorize;

use crate::convolve::{KERNELS, Shared, TAPS, places};
use crate::plan::Plan;

/// Convolutions and the biases that their places are held against.
#[derive(Clone, Debug, PartialEq)]
pub struct Transform {
    plan: Plan,
    /// One a feature: (F).
    biases: Vec<f32>,
}

/// Room for one series.
#[derive(Default)]
struct Room {
    turned: Vec<f32>,
    shared: Shared,
    out: Vec<f32>,
}

impl Transform {
    /// Puts both together; none where they do not fit.
    pub fn new(plan: Plan, biases: Vec<f32>) -> Option<Self> {
        (plan.is_sound() && biases.len() == plan.features() && biases.iter().all(|b| b.is_finite())).then_some(Self { plan, biases })
    }

    /// Takes the biases of each convolution from one of the series, drawn by `draw`, a number in [0, 1): low-discrepancy quantiles of what the
    /// convolution gives there. `series`: at least one, each (T, C), row-major, with finite values.
    pub fn fit(plan: Plan, series: &[&[f32]], draw: &mut dyn FnMut() -> f64) -> Self {
        let golden = f64::midpoint(5.0_f64.sqrt(), 1.0);
        let mut biases = Vec::with_capacity(plan.features());
        let mut room = Room::default();
        for (at, &dilation) in plan.dilations.iter().enumerate() {
            for (kernel, places) in places().enumerate() {
                let drawn = ((draw() * series.len() as f64) as usize).min(series.len() - 1);
                let values = turn(series[drawn], plan.channels, &mut room.turned);
                room.shared.prepare(values, plan.channels, dilation);
                room.shared.convolve(places, reads(&plan, at * KERNELS + kernel), &mut room.out);
                room.out.sort_unstable_by(f32::total_cmp);
                for _ in 0..plan.counts[at] {
                    let level = (biases.len() + 1) as f64 * golden % 1.0;
                    biases.push(quantile(&room.out, level));
                }
            }
        }
        Self { plan, biases }
    }

    /// Its convolutions.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What places are held against: (F).
    pub fn biases(&self) -> &[f32] {
        &self.biases
    }

    /// The features of each series, (N, F), on some threads; `series` as in [`fit`](Self::fit).
    pub fn apply(&self, series: &[&[f32]], threads: usize) -> Vec<f32> {
        let features = self.biases.len();
        let mut out = vec![0.0; series.len() * features];
        let next = AtomicUsize::new(0);
        let rows: Vec<Mutex<&mut [f32]>> = out.chunks_exact_mut(features).map(Mutex::new).collect();
        let work = || {
            let mut room = Room::default();
            loop {
                let k = next.fetch_add(1, Ordering::Relaxed);
                let (Some(row), Some(values)) = (rows.get(k), series.get(k)) else { return };
                let mut row = row.lock().expect("no holder panics");
                vectorize!(self.one(values, &mut room, &mut row));
            }
        };
        let threads = threads.clamp(1, series.len().max(1));
        std::thread::scope(|scope| {
            (1..threads).for_each(|_| drop(scope.spawn(work)));
            work();
        });
        drop(rows);
        out
    }

    /// Every other convolution, in turn by dilation, counts the places alone whose taps all lie inside, where there are any.
    #[inline(always)]
    fn one(&self, values: &[f32], room: &mut Room, row: &mut [f32]) {
        let plan = &self.plan;
        let values = turn(values, plan.channels, &mut room.turned);
        let mut feature = 0;
        for (at, &dilation) in plan.dilations.iter().enumerate() {
            room.shared.prepare(values, plan.channels, dilation);
            let edge = (TAPS / 2).saturating_mul(dilation);
            for (kernel, places) in places().enumerate() {
                room.shared.convolve(places, reads(plan, at * KERNELS + kernel), &mut room.out);
                let length = room.out.len();
                let inside = (at + kernel) % 2 == 1 && edge.saturating_mul(2) < length;
                let seen = if inside { &room.out[edge..length - edge] } else { &room.out[..] };
                for (bias, share) in self.biases[feature..][..plan.counts[at]].iter().zip(&mut row[feature..]) {
                    *share = above(seen, *bias) as f32 / seen.len() as f32;
                }
                feature += plan.counts[at];
            }
        }
    }
}

/// The channels that a convolution reads.
fn reads(plan: &Plan, convolution: usize) -> &[usize] {
    plan.reads.get(convolution).map_or(&[0], |read| &read[..])
}

#[inline(always)]
fn above(values: &[f32], bias: f32) -> u32 {
    values.iter().map(|&value| u32::from(value > bias)).sum()
}

/// (T, C) as (C, T).
#[inline(always)]
fn turn<'a>(values: &'a [f32], channels: usize, room: &'a mut Vec<f32>) -> &'a [f32] {
    if channels == 1 {
        return values;
    }
    room.clear();
    (0..channels).for_each(|c| room.extend(values.iter().skip(c).step_by(channels)));
    room
}

/// Between the two neighbours in rank.
fn quantile(sorted: &[f32], level: f64) -> f32 {
    let at = level * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    (f64::from(low) + (f64::from(high) - f64::from(low)) * at.fract()) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(k: usize, length: usize) -> Vec<f32> {
        (0..length).map(|t| ((t * (k + 2)) as f32 * 0.31).sin() + 0.1 * k as f32).collect()
    }

    fn fitted(all: &[&[f32]], channels: usize, length: usize) -> Transform {
        let mut state = 0.0;
        let mut draw = move || {
            state = (state + 0.618_033_988_75_f64) % 1.0;
            state
        };
        let plan = Plan::new(channels, length, 2000, &mut draw);
        Transform::fit(plan, all, &mut draw)
    }

    #[test]
    fn quantiles_lie_between_neighbours() {
        assert_eq!([0.0, 0.25, 0.5, 1.0].map(|level| quantile(&[1.0, 2.0, 4.0], level)), [1.0, 1.5, 2.0, 4.0]);
    }

    #[test]
    fn shares_are_those_of_places_above() {
        let own = series(1, 50);
        let transform = fitted(&[&own], 1, 50);
        let row = transform.apply(&[&own], 1);
        assert_eq!(row.len(), transform.plan().features());
        assert!(row.iter().all(|share| (0.0..=1.0).contains(share)));
        // Biases are quantiles of this series' own places: over padded convolutions as many lie above as the level leaves.
        let golden = f64::midpoint(5.0_f64.sqrt(), 1.0);
        let level = golden % 1.0;
        assert!((f64::from(row[0]) - (1.0 - level)).abs() < 0.03, "{} {level}", row[0]);
    }

    #[test]
    fn threads_lengths_and_order_leave_every_bit() {
        let all: Vec<Vec<f32>> = [3, 40, 7, 90, 1].iter().enumerate().map(|(k, &length)| series(k, 2 * length)).collect();
        let all: Vec<&[f32]> = all.iter().map(Vec::as_slice).collect();
        let transform = fitted(&all, 2, 90);
        let together = transform.apply(&all, 3);
        assert!(together.iter().all(|share| share.is_finite()));
        let features = transform.plan().features();
        for (k, series) in all.iter().enumerate() {
            assert_eq!(transform.apply(&[series], 1), together[k * features..][..features], "{k}");
        }
        assert_eq!(Transform::new(transform.plan().clone(), transform.biases().to_vec()).as_ref(), Some(&transform));
        assert_eq!(Transform::new(transform.plan().clone(), vec![0.0; 3]), None);
    }
}
