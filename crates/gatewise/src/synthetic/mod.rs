//! Series drawn from known processes: for pre-training, for tests, for trying things out.
//!
//! A series is drawn in three steps: a [`Kind`] by its share, values of that kind with parameters from its priors, then the
//! transforms that observed series have gone through (ratio scale, rounding, outliers, shifts). The same seed gives the same bytes on every
//! machine. `docs/synthetic.md` lists formulas and priors.
//!
//! ```
//! use gatewise::synthetic::{Draws, Seasons, draw};
//!
//! let mut rng = Draws::new(0, 0);
//! let seasons = Seasons::draw(&mut rng);
//! let series = draw(&mut rng, 240, seasons);
//! assert_eq!(series.values.len(), 240);
//! ```

mod breaks;
mod draws;
mod ets;
mod gaussian_process;
mod intermittent;
mod noise;
mod sarima;
mod scale;
mod season;
mod spikes;
mod steps;
mod transform;
mod trend;
mod volatility;

use serde::{Deserialize, Serialize};

pub use draws::Draws;

/// Bound of every value.
const BOUND: f64 = 1e9;
/// Numbers a row that are held at once: two series that are mixed, with a component each and a sorted copy.
const NUMBERS: usize = 6;
/// Draws of a series until one stays within the bound; none of thousands needs a second.
const ATTEMPTS: usize = 64;

/// The process that a series is drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Exponential smoothing in its state-space form: level, slope and season that follow the errors.
    Ets,
    /// Seasonal autoregressive integrated moving averages.
    Sarima,
    /// A trend, a season and noise.
    TrendSeason,
    /// Sums and products of Gaussian processes.
    GaussianProcess,
    /// Counts and intermittent demand.
    Intermittent,
    /// Levels that jump, and sawtooths.
    Steps,
    /// Stochastic volatility and jump diffusions.
    Volatility,
    /// Pulses over a quiet level.
    Spikes,
    /// One value.
    Constant,
}

/// How often each kind is drawn.
const SHARES: [(Kind, f64); 9] = [
    (Kind::Ets, 0.30),
    (Kind::Sarima, 0.22),
    (Kind::TrendSeason, 0.22),
    (Kind::GaussianProcess, 0.08),
    (Kind::Intermittent, 0.06),
    (Kind::Steps, 0.04),
    (Kind::Volatility, 0.03),
    (Kind::Spikes, 0.03),
    (Kind::Constant, 0.02),
];

impl Kind {
    /// Every kind, the most frequent first.
    pub const ALL: [Self; 9] = {
        let mut all = [Self::Ets; 9];
        let mut k = 0;
        while k < all.len() {
            all[k] = SHARES[k].0;
            k += 1;
        }
        all
    };

    /// The names of all, in the same order.
    pub const NAMES: [&'static str; 9] = {
        let mut names = [""; 9];
        let mut k = 0;
        while k < names.len() {
            names[k] = Self::ALL[k].name();
            k += 1;
        }
        names
    };

    /// Its name on the command line and in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ets => "ets",
            Self::Sarima => "sarima",
            Self::TrendSeason => "trend-season",
            Self::GaussianProcess => "gaussian-process",
            Self::Intermittent => "intermittent",
            Self::Steps => "steps",
            Self::Volatility => "volatility",
            Self::Spikes => "spikes",
            Self::Constant => "constant",
        }
    }

    /// The share of series that are of this kind where none is asked for.
    pub fn share(self) -> f64 {
        SHARES.iter().find(|(kind, _)| *kind == self).map_or(0.0, |&(_, share)| share)
    }
}

/// After how many rows a series may repeat; 1 stands for none. A series of any kind may come without the season that its calendar suggests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seasons {
    /// The season.
    pub season: usize,
    /// A longer one around it, as the week is around the day.
    pub longer: usize,
}

/// Seasons and how often each is drawn.
const SEASONS: [(usize, f64); 16] = [
    (1, 0.28),
    (4, 0.20),
    (12, 0.27),
    (7, 0.06),
    (24, 0.07),
    (5, 0.02),
    (6, 0.015),
    (13, 0.015),
    (52, 0.02),
    (48, 0.015),
    (96, 0.01),
    (2, 0.005),
    (3, 0.005),
    (8, 0.005),
    (10, 0.005),
    (30, 0.005),
];
/// Season, the longer one around it, how often it comes with it.
const LONGER: [(usize, usize, f64); 3] = [(24, 168, 0.15), (7, 365, 0.10), (48, 336, 0.10)];
/// Seasons whose series often grow by ratios: years, quarters, months.
const ECONOMIC: [usize; 3] = [1, 4, 12];

impl Seasons {
    /// None.
    pub const NONE: Self = Self { season: 1, longer: 1 };

    /// Seasons as often as calendars have them.
    pub fn draw(rng: &mut Draws) -> Self {
        let season = rng.pick(&SEASONS);
        let longer = LONGER.iter().find(|(of, _, _)| *of == season).filter(|(_, _, share)| rng.chance(*share));
        Self { season, longer: longer.map_or(1, |&(_, longer, _)| longer) }
    }

    /// Whether rows are years, or no season is known.
    fn is_none(self) -> bool {
        self.season <= 1
    }

    fn is_economic(self) -> bool {
        ECONOMIC.contains(&self.season)
    }
}

/// A drawn series.
#[derive(Clone, Debug, PartialEq)]
pub struct Synthetic {
    /// The process it was drawn from; one that was mixed into it is not told.
    pub kind: Kind,
    /// The seasons it was drawn with.
    pub seasons: Seasons,
    /// The values, all finite and below 10⁹ in size.
    pub values: Vec<f64>,
}

/// What transforms and tests must know of a series beside its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nature {
    /// Independent differences, without drift and season.
    Walk,
    /// Independent values around a level.
    White,
    /// Positive, with errors and growth by ratios.
    Ratio,
    /// Whole numbers from zero, or one value: no transform leaves it what it is.
    Finished,
    Other,
}

/// A series before it is one.
struct Draft {
    values: Vec<f64>,
    nature: Nature,
}

impl Draft {
    fn other(values: Vec<f64>) -> Self {
        Self { values, nature: Nature::Other }
    }
}

/// A series of a kind drawn by the shares.
pub fn draw(rng: &mut Draws, rows: usize, seasons: Seasons) -> Synthetic {
    let kind = rng.pick(&SHARES);
    draw_kind(rng, kind, rows, seasons)
}

/// Bytes that a series takes while it is drawn.
pub fn bytes(rows: usize, seasons: Seasons) -> u128 {
    let numbers = NUMBERS as u128 * rows as u128 + 4 * (seasons.season as u128 + seasons.longer as u128);
    numbers * size_of::<f64>() as u128
}

/// A series of a given kind.
pub fn draw_kind(rng: &mut Draws, kind: Kind, rows: usize, seasons: Seasons) -> Synthetic {
    let seasons = Seasons { season: seasons.season.max(1), longer: seasons.longer.max(1) };
    Synthetic { kind, seasons, values: bounded(rng, kind, rows, seasons).values }
}

/// A series within the bound: drawn anew until it is.
fn bounded(rng: &mut Draws, kind: Kind, rows: usize, seasons: Seasons) -> Draft {
    for _ in 0..ATTEMPTS {
        let draft = raw(rng, kind, rows, seasons);
        let draft = transform::apply(rng, draft, |rng| {
            let partner = partner(rng);
            raw(rng, partner, rows, seasons).values
        });
        if draft.values.iter().all(|value| value.abs() < BOUND) {
            return draft;
        }
    }
    Draft { values: vec![0.0; rows], nature: Nature::Finished }
}

/// A kind that another may be mixed with.
fn partner(rng: &mut Draws) -> Kind {
    rng.pick(&SHARES[..4])
}

fn raw(rng: &mut Draws, kind: Kind, rows: usize, seasons: Seasons) -> Draft {
    match kind {
        Kind::Ets => ets::draw(rng, rows, seasons),
        Kind::Sarima => sarima::draw(rng, rows, seasons),
        Kind::TrendSeason => trend::draw(rng, rows, seasons),
        Kind::GaussianProcess => gaussian_process::draw(rng, rows, seasons),
        Kind::Intermittent => intermittent::draw(rng, rows, seasons),
        Kind::Steps => steps::draw(rng, rows, seasons),
        Kind::Volatility => volatility::draw(rng, rows, seasons),
        Kind::Spikes => spikes::draw(rng, rows, seasons),
        Kind::Constant => constant(rng, rows),
    }
}

/// One value: zero in a tenth of the cases, else normal at one of four sizes.
fn constant(rng: &mut Draws, rows: usize) -> Draft {
    let size = rng.pick(&[(0.0, 0.1), (1.0, 0.3), (10.0, 0.3), (100.0, 0.2), (1000.0, 0.1)]);
    Draft { values: vec![rng.normal() * size; rows], nature: Nature::Finished }
}

#[cfg(test)]
mod tests;
