//! The simplest evidence: how far a value lies from its usual one, in robust deviations.
//!
//! The rows remembered are read anew now and then: the season and the one-step forecast of least error are chosen among a few (the level of all rows,
//! moving levels, the last value, values that fall back to a level, each with and without a season), and the scale and tail of the errors come from
//! their quantiles ([`Spread`]), as S-H-ESD (Hochenbaum 2017) has median and MAD of what a season leaves. What is odd is kept out of levels and
//! scales, so that nothing is forgiven because it was seen.

mod filter;
mod fit;
mod grid;
mod season;
mod spread;
mod window;

use serde::{Deserialize, Serialize};

use filter::Filter;
use fit::{Around, FIRST, Fit, Fitted, Rows};
pub(super) use grid::{Grid, GridState};
pub(super) use spread::MOST;
use window::{WINDOWS, Window};

use super::config::HISTORY;

/// Growth of the rows from one fit to the next, and most rows between two.
const GROWTH: f64 = 1.25;
const MOST_BETWEEN: u64 = 32_768;
/// Rows that a fit reads, where no season asks for more.
const FIT_ROWS: usize = 4096;
/// Seasons that a fit reads at least, where they are remembered.
const FIT_SEASONS: usize = 6;
/// Shares of the false alarms that the value or its course, the value where the course is told apart, and the means may raise.
const SHARES: [f64; 3] = [0.8, 0.1, 0.1];
/// What a second reading of a row, which mostly agrees with the first, costs of the evidence of both.
const SECOND: f64 = 0.1;
/// Evidence of a mean that is off, after which means begin anew, and rows within which a second one shows that the level is a new one.
const OFF: f64 = 5.0;
const AGAIN: u32 = 40;

/// Rows far from a level after which it is no longer one to hold values against.
const LEFT: u32 = 48;

/// Evidence of a row, −log₁₀ of a probability.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Found {
    /// Far from its usual value.
    pub value: f64,
    /// Far from where the rows before it led.
    pub course: f64,
    /// The last rows together are.
    pub mean: f64,
}

impl Found {
    fn most(self, other: Self) -> Self {
        Self { value: self.value.max(other.value), course: self.course.max(other.course), mean: self.mean.max(other.mean) }
    }
}

/// A forecast on its way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Track {
    filter: Filter,
    window: Window,
    /// Rows since the one before.
    gap: u32,
    /// Rows since a mean was off; none where none was of late.
    off: Option<u32>,
}

/// What is usual of a channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Robust {
    fit: Option<Fit>,
    main: Track,
    plain: Track,
    #[serde(default)]
    settled: Option<Settled>,
    /// Rows seen from which the next fit is due.
    next: u64,
    /// Rows seen from which a fit chooses anew: once all that can be remembered was read, at every doubling.
    #[serde(default)]
    anew: u64,
    /// Whether the place of rows in the season is unknown.
    lost: bool,
}

/// Where values lay when they lay around one level: later fits may take a drift for their nature, but it is one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settled {
    around: Around,
    season: Option<usize>,
    /// Rows seen then.
    rows: u64,
    /// Rows in sequence that lay far from it.
    far: u32,
}

impl Robust {
    /// Evidence that the row is an anomaly. `value`: from the channel's origin, NaN where missing; `grid`: where the row stands.
    pub fn push(&mut self, value: f64, grid: &Grid) -> Found {
        let Some(fit) = &self.fit else { return Found::default() };
        let (gap, step) = (grid.gap(), grid.now());
        let course = fit.main.season.as_ref().map(|season| if self.lost { None } else { season.at(step) });
        // Without the season alone where the season says nothing: the rows between are then a gap.
        let main = match course {
            None => self.main.push(&fit.main, value, gap),
            Some(Some(course)) => self.main.push(&fit.main, value - course, gap),
            Some(None) => self.main.push(&fit.main, f64::NAN, gap),
        };
        // A level is its own forecast.
        let mut far = 0.0;
        if let Some(settled) = &mut self.settled
            && main.is_some()
            && !fit.main.model.is_level()
        {
            let distance = value - course.flatten().unwrap_or(0.0) - settled.around.level;
            let evidence = settled.around.spread.evidence(distance.abs());
            settled.far = if evidence > OFF { settled.far + 1 } else { 0 };
            far = share(evidence, 1);
            if settled.far > LEFT {
                self.settled = None;
            }
        }
        match &fit.plain {
            Some(plain) if main.is_none() => self.plain.push(plain, value, gap).unwrap_or_default(),
            _ => {
                self.plain.gap = self.plain.gap.saturating_add(gap);
                let main = main.unwrap_or_default();
                Found { value: main.value.max(far), ..main }
            }
        }
    }

    /// Rows of the season that values are held against.
    pub fn season(&self) -> Option<usize> {
        self.fit.as_ref()?.main.season.as_ref().map(|season| season.rows)
    }

    /// Whether the rows are to be read anew.
    pub fn is_due(&self, rows: u64) -> bool {
        rows >= self.next.max(FIRST as u64)
    }

    /// Reads the rows anew. `values`: those remembered, oldest first, of `rows` seen.
    pub fn fit(&mut self, values: &[f64], grid: &Grid, rows: u64, seasons: &[usize]) {
        let longest = seasons.iter().chain(self.fit.iter().flat_map(|fit| &fit.found)).copied().max().unwrap_or(1);
        let kept = values.len().min(FIT_ROWS.max(FIT_SEASONS * longest));
        let read = Rows { values: &values[values.len() - kept..], gaps: &grid.gaps(rows, kept), end: grid.now() };
        let found = self.fit.as_ref().map_or(Vec::new(), |fit| fit.found.clone());
        let track = |(filter, window): (Filter, Window)| Track { filter, window, gap: 0, off: None };
        if rows < self.anew
            && let Some(fit) = &mut self.fit
        {
            self.main = fit.renew(&read).map_or_else(|| self.main.clone(), track);
        } else if let Some((fit, standing)) = Fit::new(&read, seasons, &found, rows <= HISTORY as u64) {
            self.anew = if rows < HISTORY as u64 { 0 } else { 2 * rows };
            (self.main, self.plain) = (track(standing.main), track(standing.plain));
            (self.fit, self.lost) = (Some(fit), false);
        }
        let fitted = self.fit.as_ref().map(|fit| &fit.main);
        let season = fitted.and_then(|fitted| fitted.season.as_ref()).map(|course| course.rows);
        self.settled = match fitted.and_then(|fitted| fitted.value) {
            Some(around) => Some(Settled { around, season, rows, far: 0 }),
            None => self.settled.filter(|settled| settled.season == season && rows <= 2 * settled.rows),
        };
        self.next = rows + ((rows as f64 * (GROWTH - 1.0)) as u64).clamp(4, MOST_BETWEEN);
    }

    /// Forgets the last rows; `lost`: those to come do not stand on the grid of those seen.
    pub fn restart(&mut self, lost: bool) {
        (self.main, self.plain, self.lost) = (Track::default(), Track::default(), lost);
        let fitted = self.fit.as_ref().map(|fit| &fit.main);
        let season = fitted.and_then(|fitted| fitted.season.as_ref()).map(|course| course.rows);
        self.settled = fitted.and_then(|fitted| fitted.value).map(|around| Settled { around, season, rows: 0, far: 0 });
        let behind = self.fit.as_ref().map_or(0, |fit| fit.rows as u64);
        self.anew = 0;
        self.next = ((behind as f64 * GROWTH) as u64).min(HISTORY as u64);
    }

    /// Whether a saved one can be gone on from.
    pub fn is_sound(&self) -> bool {
        let tracks = [&self.main, &self.plain].into_iter().all(|track| track.filter.is_sound() && track.window.is_sound());
        tracks && self.fit.as_ref().is_none_or(Fit::is_sound)
    }
}

impl Track {
    fn push(&mut self, fitted: &Fitted, value: f64, gap: u32) -> Option<Found> {
        self.gap = self.gap.saturating_add(gap);
        if value.is_nan() {
            return None;
        }
        let gap = f64::from(std::mem::take(&mut self.gap).max(1));
        let error = self.filter.push(fitted.model, (fitted.bias, fitted.error.scale), value, gap)? - fitted.bias;
        let own = share(fitted.error.evidence(error.abs()), 0);
        let means = self.window.push(error / fitted.error.scale);
        let mean = means.iter().zip(&fitted.means).filter_map(|(mean, spread)| Some(spread.as_ref()?.evidence((*mean)?.abs())));
        let mean = mean.fold(0.0, f64::max);
        self.off = self.off.map(|rows| rows + 1).filter(|rows| *rows <= AGAIN);
        if mean > OFF {
            self.window.clear();
            if self.off.take().is_some() {
                self.filter.settle(value);
            } else {
                self.off = Some(0);
            }
        }
        let mean = share(mean - (WINDOWS.len() as f64).log10(), 2);
        Some(if fitted.model.is_level() { Found { value: own, course: 0.0, mean } } else { Found { value: 0.0, course: own, mean } })
    }
}

/// Evidence as that of one among the kinds that share the false alarms.
fn share(evidence: f64, at: usize) -> f64 {
    (evidence + SHARES[at].log10()).max(0.0)
}

/// The evidence of two readings of a row.
pub(super) fn either(a: Found, b: Found) -> Found {
    let up_to_half = |found: Found| {
        let less = |evidence: f64| (evidence - SECOND).max(0.0);
        Found { value: less(found.value), course: less(found.course), mean: less(found.mean) }
    };
    up_to_half(a).most(up_to_half(b))
}
