//! Where the series of a training come from: synthetic ones, windows of one's own, or some of each.
//!
//! Item i of all that are ever drawn comes from stream i of the seed, whatever the threads, so that a training that goes on draws what it would have
//! drawn.

use super::context::{CONTEXT, History, rows_read};
use super::item::Item;
use crate::synthetic::{self, Draws, Seasons};

/// Most steps that are forecast at once.
pub(crate) const HORIZON: usize = 48;

/// Fewest rows before an origin of one's own series.
const LEAST_PAST: usize = 3;

/// A series of one's own.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnSeries {
    /// Values in order of time, NaN where one is missing.
    pub values: Vec<f64>,
    /// Rows of the season, and of a longer one; 1 for none.
    pub season: usize,
    /// Rows of a longer season; 1 for none.
    pub longer: usize,
}

/// What series are drawn from.
#[derive(Clone, Debug, Default)]
pub struct Supply {
    own: Vec<OwnSeries>,
    /// Origins up to and with each series.
    ends: Vec<usize>,
    /// Share of items from one's own series.
    share: f64,
    /// Steps that are forecast of one's own; drawn anew for each item where none.
    horizon: Option<usize>,
}

impl Supply {
    /// Synthetic series alone.
    pub fn synthetic() -> Self {
        Self::default()
    }

    /// Windows of `own` series for a share of the items, the more of a series the longer it is; the rest are synthetic. Steps forecast are `horizon`
    /// where it is given, at most as many as there are.
    pub fn own(own: Vec<OwnSeries>, share: f64, horizon: Option<usize>) -> Self {
        let mut total = 0;
        let ends = own.iter().map(|series| {
            total += series.values.len().saturating_sub(LEAST_PAST);
            total
        });
        let ends: Vec<usize> = ends.collect();
        let share = if total == 0 { 0.0 } else { share };
        Self { own, ends, share, horizon }
    }

    /// Share of items from one's own series.
    pub fn share(&self) -> f64 {
        self.share
    }

    /// What one's own series are known by: their values and seasons; 0 where there are none.
    pub fn fingerprint(&self) -> u64 {
        let mix = |hash: u64, word: u64| (hash ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
        self.own.iter().fold(0, |hash, series| {
            let seasons = mix(mix(hash, series.season as u64), series.longer as u64);
            series.values.iter().fold(seasons, |hash, v| mix(hash, v.to_bits()))
        })
    }

    /// Origins in one's own series.
    pub fn origins(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Draws an item; not where its past is one value.
    pub(super) fn draw(&self, rng: &mut Draws, item: &mut Item) -> bool {
        if self.share > 0.0 && rng.chance(self.share) { self.draw_own(rng, item) } else { draw_synthetic(rng, item) }
    }

    fn draw_own(&self, rng: &mut Draws, item: &mut Item) -> bool {
        // A table of constants has nothing to learn from: after some tries a synthetic series stands for them.
        for _ in 0..8 {
            let at = rng.below(self.origins());
            let which = self.ends.partition_point(|&end| end <= at);
            let first = if which == 0 { 0 } else { self.ends[which - 1] };
            let series = &self.own[which];
            let origin = LEAST_PAST + at - first;
            let steps = self.horizon.unwrap_or_else(|| horizon(rng)).min(series.values.len() - origin);
            if set_window(series, origin, steps, item) {
                return true;
            }
        }
        draw_synthetic(rng, item)
    }
}

/// The window of a series at `origin` as an item; not where a value to forecast is missing or the past is one value.
pub(super) fn set_window(series: &OwnSeries, origin: usize, steps: usize, item: &mut Item) -> bool {
    let OwnSeries { values, season, longer } = series;
    let past = &values[origin.saturating_sub(rows_read(*season, *longer))..origin];
    let truth = &values[origin..origin + steps];
    truth.iter().all(|v| v.is_finite()) && item.set(&History { values: past, season: *season, longer: *longer }, truth)
}

fn draw_synthetic(rng: &mut Draws, item: &mut Item) -> bool {
    let seasons = Seasons::draw(rng);
    let (rows, horizon) = (past_rows(rng, seasons), horizon(rng));
    let mut values = synthetic::draw(rng, rows + horizon, seasons).values;
    shift(rng, &mut values);
    let (past, truth) = values.split_at_mut(rows);
    lose(rng, past);
    let told = told(rng, seasons);
    item.set(&History { values: past, season: told.season, longer: told.longer }, truth)
}

/// Rows of the past: few more often than many, two seasons more often than not.
fn past_rows(rng: &mut Draws, seasons: Seasons) -> usize {
    let (least, most) = (3.0_f64, CONTEXT as f64);
    let drawn = libm::exp(rng.uniform(libm::log(least), libm::log(most))) as usize;
    let two = 2 * seasons.season + 2;
    let rows = if rng.chance(0.7) { drawn.max(two) } else { drawn };
    if seasons.longer > 1 && rng.chance(0.7) { rows.max(seasons.longer + 2 + rng.below(2 * seasons.longer)) } else { rows }
}

/// Steps of the future.
fn horizon(rng: &mut Draws) -> usize {
    const USUAL: [usize; 8] = [6, 8, 12, 13, 18, 18, 24, HORIZON];
    if rng.chance(0.7) { USUAL[rng.below(USUAL.len())] } else { 1 + rng.below(HORIZON) }
}

/// Moves series whose zero means nothing, however far: that of a generator is where it began. Those above zero stay where they are in seven of ten.
fn shift(rng: &mut Draws, values: &mut [f64]) {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    if low >= 0.0 && !rng.chance(0.3) {
        return;
    }
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let deviation = (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count).sqrt();
    let far = libm::exp(rng.uniform(libm::log(0.5), libm::log(3000.0)));
    let by = deviation * far * if rng.chance(0.5) { 1.0 } else { -1.0 };
    values.iter_mut().for_each(|v| *v += by);
}

/// Leaves out values of one series in eight: here and there, or a stretch; seldom the last ones.
fn lose(rng: &mut Draws, past: &mut [f64]) {
    if !rng.chance(0.125) || past.len() < 6 {
        return;
    }
    let keep = if rng.chance(0.2) { 0 } else { 1 };
    let open = past.len() - keep;
    if rng.chance(0.6) {
        let share = rng.uniform(0.02, 0.3);
        past[..open].iter_mut().for_each(|v| {
            if rng.chance(share) {
                *v = f64::NAN;
            }
        });
    } else {
        let length = 1 + rng.below(past.len().min(CONTEXT) / 3);
        let from = rng.below(open);
        past[from..(from + length).min(open)].fill(f64::NAN);
    }
}

/// Seasons as they are told: sometimes not, seldom wrong, now and then without the longer one.
fn told(rng: &mut Draws, seasons: Seasons) -> Seasons {
    let draw = rng.unit();
    if draw < 0.12 {
        Seasons::NONE
    } else if draw < 0.13 {
        Seasons::draw(rng)
    } else if draw < 0.33 {
        Seasons { longer: 1, ..seasons }
    } else {
        seasons
    }
}
