//! How much each candidate counts, from its errors on held-back windows.

use std::collections::BTreeMap;

use super::super::table::Table;
use super::candidate::{Candidate, Combine};
use super::trial::{ByStep, Trial};

/// Nats of evidence in one independent window for a candidate whose error is e times smaller.
const EVIDENCE: f64 = 4.0;
/// Nats of evidence in one row for a candidate whose error of one step on the rows it was fitted to is e times smaller, and the most that all rows
/// say: where windows are few, a fit that is many times closer is no accident.
const FITTED_EVIDENCE: f64 = 0.2;
const MOST_FITTED_EVIDENCE: f64 = 5.0;
/// Independent windows with which the errors on the rows of the fit count half.
const FITTED_FADES: f64 = 3.0;
/// Share of the reference's error that every candidate's is raised by in a single window.
const LUCK: f64 = 0.2;
/// Windows that the prior counts as, so that a few lucky ones do not decide.
const PRIOR_WINDOWS: f64 = 1.0;
/// Windows that all series of a table count as at least for one of them; at most they count as much as its own.
const POOL_WINDOWS: f64 = 3.0;
/// Independent windows that count: further ones show no smaller differences, for what is ahead is not quite what is behind.
const MOST_WINDOWS: f64 = 12.0;
/// Least weight; a candidate with less is left out, and need not be computed.
const LEAST: f64 = 0.04;
/// Share of the windows a candidate has to have forecast to count.
const LEAST_WINDOWS: f64 = 0.5;
/// Share of zeros from which demand is intermittent: the median is zero, and says nothing.
const INTERMITTENT: f64 = 0.5;

/// Whether demand is intermittent: no value below zero, and half or more of them zero.
pub fn is_intermittent(values: impl Iterator<Item = f64>) -> bool {
    let (mut count, mut zeros) = (0usize, 0usize);
    for value in values {
        if value < 0.0 {
            return false;
        }
        count += 1;
        zeros += usize::from(value == 0.0);
    }
    zeros < count && zeros as f64 >= INTERMITTENT * count as f64
}

/// Whether most series of a target column are intermittent demand, by column.
pub fn intermittent_columns(table: &Table<'_>) -> Vec<bool> {
    let series = table.series();
    let is = |channel: usize| series.iter().filter(|s| is_intermittent(s.column(channel, 0, s.len()))).count();
    (0..table.targets()).map(|channel| 2 * is(channel) > series.len()).collect()
}

/// Errors of every candidate over the windows of one series and channel, or of many.
#[derive(Clone, Debug)]
pub(super) struct Evidence {
    losses: Vec<ByStep>,
    /// The losses of all trials that any candidate forecast, of a reference that always applies.
    reference: Vec<ByStep>,
    windows: Vec<f64>,
    trials: f64,
    /// Sums over trials of the logarithm of the error of one step on the rows of the fit over the reference's, and how many there are.
    fitted: Vec<(f64, f64)>,
    /// Sum over trials of the rows before them.
    rows: f64,
}

impl Evidence {
    pub fn new(candidates: usize) -> Self {
        Self {
            losses: vec![ByStep::default(); candidates],
            reference: vec![ByStep::default(); candidates],
            windows: vec![0.0; candidates],
            trials: 0.0,
            fitted: vec![(0.0, 0.0); candidates],
            rows: 0.0,
        }
    }

    /// Adds a trial. `reference` is the candidate all others are held against, on the same windows.
    pub fn add(&mut self, trial: &Trial, reference: usize, squared: bool) {
        let Some(losses) = losses(trial, reference, squared).filter(|losses| losses.iter().any(|loss| !loss.is_nan())) else { return };
        self.trials += 1.0;
        self.rows += trial.origin as f64;
        let deviation = |k: usize| trial.outputs[k].as_ref().and_then(|o| o.fitted_deviation).filter(|d| *d > 0.0);
        for k in 0..trial.outputs.len() {
            if let (Some(own), Some(reference)) = (deviation(k), deviation(reference)) {
                self.fitted[k].0 += (own / reference).ln();
                self.fitted[k].1 += 1.0;
            }
        }
        for (k, loss) in (0..trial.outputs.len()).filter_map(|k| Some((k, self::losses(trial, k, squared)?))) {
            self.losses[k].add(&loss);
            self.reference[k].add(&losses);
            self.windows[k] += 1.0;
        }
    }

    /// Adds what other trials of the same candidates said.
    pub fn add_all(&mut self, other: &Self) {
        for k in 0..self.losses.len() {
            self.losses[k].add_all(&other.losses[k]);
            self.reference[k].add_all(&other.reference[k]);
            self.windows[k] += other.windows[k];
            self.fitted[k].0 += other.fitted[k].0;
            self.fitted[k].1 += other.fitted[k].1;
        }
        self.trials += other.trials;
        self.rows += other.rows;
    }

    /// By candidate: the logarithm of its error over that of the reference; none where it forecast too few windows.
    fn log_ratios(&self) -> Vec<Option<f64>> {
        let ratio = |k: usize| {
            let (loss, reference) = (self.losses[k].mean()?, self.reference[k].mean()?);
            let enough = self.windows[k] >= LEAST_WINDOWS * self.trials && self.windows[k] > 0.5;
            // A few errors of almost nothing are luck, and those of a reference without any say nothing.
            let luck = LUCK / (1.0 + self.windows[k]) * if reference > 0.0 { reference } else { 1.0 };
            enough.then(|| ((loss + luck) / (reference + luck)).ln())
        };
        (0..self.losses.len()).map(ratio).collect()
    }
}

impl Evidence {
    /// By candidate: nats that the errors on the rows of the fit speak against it, beside the one that fits best. A candidate without such errors
    /// stands in the middle.
    fn fitted_nats(&self) -> Vec<f64> {
        let means: Vec<Option<f64>> = self.fitted.iter().map(|(sum, count)| (*count > 0.0).then(|| sum / count)).collect();
        let mut known: Vec<f64> = means.iter().flatten().copied().collect();
        known.sort_unstable_by(f64::total_cmp);
        let (Some(&lowest), Some(&middle)) = (known.first(), known.get(known.len() / 2)) else { return vec![0.0; means.len()] };
        let power = (FITTED_EVIDENCE * self.rows / self.trials.max(1.0)).min(MOST_FITTED_EVIDENCE);
        means.into_iter().map(|mean| power * (mean.unwrap_or(middle) - lowest)).collect()
    }
}

/// Losses of a candidate by step, scaled so that trials of all series compare.
fn losses(trial: &Trial, candidate: usize, squared: bool) -> Option<Vec<f64>> {
    let output = trial.outputs.get(candidate)?.as_ref()?;
    let scale = if trial.scale > 0.0 { trial.scale } else { 1.0 };
    let loss = |(truth, point): (&f64, &f64)| {
        let error = (truth - point).abs() / scale;
        if squared { error * error } else { error }
    };
    Some(trial.truth.iter().zip(&output.point).map(loss).collect())
}

/// What is known of how good the candidates are: of one channel's own windows, and of all series together.
pub(super) struct Weigher<'a> {
    pub candidates: &'a [Candidate],
    pub combine: Combine,
    /// Whether errors are squared, for intermittent demand; then a logarithm of them counts half.
    pub squared: bool,
}

impl Weigher<'_> {
    /// Weights from a channel's own evidence, `own_windows` independent ones, and that of its table, `pool_windows`.
    pub fn weights(&self, own: Option<(&Evidence, f64)>, pool: (&Evidence, f64)) -> Vec<f64> {
        let (pooled, pool_windows) = (pool.0.log_ratios(), pool.1.min(MOST_WINDOWS));
        let (ratios, windows) = match own {
            None => (pooled, pool_windows),
            Some((own, own_windows)) => {
                let own_windows = own_windows.min(MOST_WINDOWS);
                let lent = pool_windows.min(POOL_WINDOWS.max(own_windows));
                let blend = |(own, pooled): (Option<f64>, Option<f64>)| match (own, pooled) {
                    (Some(own), Some(pooled)) => Some((own_windows * own + lent * pooled) / (own_windows + lent)),
                    (own, _) => own,
                };
                (own.log_ratios().into_iter().zip(pooled).map(blend).collect(), own_windows + lent)
            }
        };
        let fade = FITTED_FADES / (FITTED_FADES + windows);
        let fitted: Vec<f64> = own.map_or(pool.0, |(own, _)| own).fitted_nats().into_iter().map(|nats| fade * nats).collect();
        self.of_ratios(&ratios, &fitted, windows)
    }

    /// Weights ∝ prior · exp(−evidence · windows · log ratio − nats of the fit), the smallest left out; a sum of 1.
    fn of_ratios(&self, ratios: &[Option<f64>], fitted: &[f64], windows: f64) -> Vec<f64> {
        let network = self.candidates.iter().position(|c| *c == Candidate::Network);
        if let (Combine::Network, Some(network)) = (self.combine, network) {
            return one(network, ratios.len());
        }
        let best = (0..ratios.len())
            .filter(|&k| ratios[k].is_some())
            .min_by(|&a, &b| ratios[a].unwrap_or(0.0).total_cmp(&ratios[b].unwrap_or(0.0)));
        let Some(best) = best else {
            return self.without_evidence();
        };
        if self.combine == Combine::Best {
            return one(best, ratios.len());
        }
        let power = if self.squared { 0.5 } else { 1.0 } * EVIDENCE * windows * windows / (windows + PRIOR_WINDOWS);
        let lowest = ratios[best].unwrap_or(0.0);
        let weight = |k: usize| ratios[k].map_or(0.0, |r| self.candidates[k].prior() * (-power * (r - lowest) - fitted[k]).exp());
        pruned((0..ratios.len()).map(weight).collect())
    }

    /// Weights where nothing was held back: what forecasts well elsewhere; a network has shown nothing.
    fn without_evidence(&self) -> Vec<f64> {
        let weight = |c: &Candidate| if *c == Candidate::Network { 0.0 } else { c.prior() };
        let weights: Vec<f64> = self.candidates.iter().map(weight).collect();
        if weights.iter().sum::<f64>() > 0.0 { pruned(weights) } else { one(0, weights.len()) }
    }
}

fn one(at: usize, len: usize) -> Vec<f64> {
    (0..len).map(|k| f64::from(u8::from(k == at))).collect()
}

/// A sum of 1, without weights below the least.
fn pruned(mut weights: Vec<f64>) -> Vec<f64> {
    for _ in 0..2 {
        let sum: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|w| *w = if *w < LEAST * sum { 0.0 } else { *w / sum });
    }
    let sum: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|w| *w /= sum);
    weights
}

/// Independent windows among those of one channel: as many as fit between the first row forecast and the last side by side.
pub(super) fn independent_windows<'a>(trials: impl Iterator<Item = &'a Trial>, horizon: usize) -> f64 {
    let (mut first, mut end) = (usize::MAX, 0);
    for trial in trials {
        first = first.min(trial.origin);
        end = end.max(trial.origin + trial.truth.len());
    }
    if end > first { ((end - first) as f64 / horizon as f64).max(0.5) } else { 0.0 }
}

/// Trials by series and channel, in order of time.
pub(super) fn by_channel(trials: &[Trial]) -> BTreeMap<(usize, usize), Vec<&Trial>> {
    let mut sorted: BTreeMap<(usize, usize), Vec<&Trial>> = BTreeMap::new();
    for trial in trials {
        sorted.entry((trial.series, trial.channel)).or_default().push(trial);
    }
    sorted
}

#[cfg(test)]
mod tests {
    use gatewise_baselines::Method;

    use super::super::trial::Output;
    use super::*;

    const CANDIDATES: [Candidate; 3] = [Candidate::Network, Candidate::Method(Method::LastValue), Candidate::Method(Method::Theta)];

    /// Trials of 4 steps with a truth of 0, in which candidate k is off by `errors[k]`.
    fn evidence(errors: [Option<f64>; 3], windows: usize) -> Evidence {
        let mut evidence = Evidence::new(3);
        for w in 0..windows {
            let output = |e: Option<f64>| e.map(|e| Output { point: vec![e; 4], quantiles: Vec::new(), fitted_deviation: None });
            let trial =
                Trial { series: 0, channel: 0, origin: 10 + 4 * w, scale: 2.0, truth: vec![0.0; 4], outputs: errors.map(output).into() };
            evidence.add(&trial, 1, false);
        }
        evidence
    }

    fn weights(errors: [Option<f64>; 3], windows: usize) -> Vec<f64> {
        let weigher = Weigher { candidates: &CANDIDATES, combine: Combine::Auto, squared: false };
        let evidence = evidence(errors, windows);
        weigher.weights(None, (&evidence, windows as f64))
    }

    #[test]
    fn the_better_count_for_more_and_with_many_windows_for_all() {
        let few = weights([Some(0.8), Some(0.9), Some(0.9)], 1);
        assert!(few.iter().all(|w| *w > 0.05), "one window decides nothing: {few:?}");
        assert_eq!(weights([Some(0.5), Some(1.0), Some(0.9)], 20), [1.0, 0.0, 0.0]);
        let equal = weights([Some(1.0), Some(1.0), Some(1.0)], 20);
        assert!((equal[2] - 2.0 * equal[0]).abs() < 1e-12 && (equal.iter().sum::<f64>() - 1.0).abs() < 1e-12, "the prior: {equal:?}");
    }

    #[test]
    fn a_candidate_that_cannot_forecast_has_no_weight() {
        assert_eq!(weights([None, Some(1.0), None], 3), [0.0, 1.0, 0.0]);
        let weigher = Weigher { candidates: &CANDIDATES, combine: Combine::Auto, squared: false };
        let unknown = weigher.weights(None, (&Evidence::new(3), 0.0));
        assert!(unknown[0] == 0.0 && unknown[2] > unknown[1], "nothing held back: {unknown:?}");
        for (combine, expected) in [(Combine::Best, [0.0, 0.0, 1.0]), (Combine::Network, [1.0, 0.0, 0.0])] {
            let weigher = Weigher { combine, ..weigher };
            assert_eq!(weigher.weights(None, (&evidence([Some(0.95), Some(1.0), Some(0.9)], 4), 4.0)), expected);
        }
    }

    #[test]
    fn a_series_is_lent_what_its_table_knows() {
        let weigher = Weigher { candidates: &CANDIDATES, combine: Combine::Auto, squared: false };
        let (own, pool) = (evidence([Some(1.1), Some(1.0), Some(1.0)], 1), evidence([Some(0.4), Some(1.0), Some(1.0)], 400));
        let weights = weigher.weights(Some((&own, 1.0)), (&pool, 400.0));
        assert!(weights[0] > 0.8, "{weights:?}");
    }

    #[test]
    fn mostly_zeros_are_intermittent() {
        assert!(is_intermittent([0.0, 0.0, 3.0, 0.0].into_iter()));
        for plain in [vec![0.0; 4], vec![1.0, 2.0, 0.0], vec![0.0, 0.0, -1.0], vec![]] {
            assert!(!is_intermittent(plain.iter().copied()), "{plain:?}");
        }
    }
}
