//! What covariates that are known beyond the end add to each target: taken off before anything is forecast, and put back on the forecast.

use std::collections::BTreeMap;

use gatewise_baselines::regressors::{Evidence, Pooled, evidence, pool};
use gatewise_data::Dataset;
use serde::{Deserialize, Serialize};

use super::table::Table;

/// What known covariates add to the targets of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effects {
    /// Value of each covariate that adds nothing: its usual one. (K).
    usual: Vec<f64>,
    /// By target; none where nothing is added.
    targets: Vec<Option<TargetEffects>>,
}

/// What they add to one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetEffects {
    /// Whether they multiply it: the coefficients are those of its logarithm.
    pub multiplicative: bool,
    /// Coefficients of a series that was not learned from, (K): for each standard deviation of the target where they add to it.
    pub shared: Vec<f64>,
    /// Standard deviations of these.
    pub deviation: Vec<f64>,
    /// Coefficients of each series that was, in units of its data or of logarithms.
    pub series: BTreeMap<String, Vec<f64>>,
}

/// The additions to a table's targets, row by row, beyond its end too.
#[derive(Clone, Debug)]
pub(super) struct Additions {
    multiplicative: Vec<bool>,
    /// By series: (rows and rows ahead, targets).
    values: Vec<Vec<f64>>,
}

impl Effects {
    /// Of the first `rows(s)` rows of each series of a table as it is, whose seasons are `seasons`; multiplicative ones alone where the target is forecast
    /// on the logarithmic scale. `None` without known covariates, and where the targets are as likely without them.
    pub fn of(table: &Table<'_>, seasons: &[usize], rows: impl Fn(usize) -> usize, log: bool) -> Option<Self> {
        let columns = table.known();
        if columns == 0 {
            return None;
        }
        let rows: Vec<usize> = table.series().iter().enumerate().map(|(s, series)| rows(s).min(series.len())).collect();
        let (usual, scales): (Vec<f64>, Vec<f64>) = (0..columns).map(|k| place_and_scale(table, &rows, k)).unzip();
        let regressors: Vec<Vec<f64>> = (0..rows.len())
            .map(|s| {
                table.series()[s].known()[..rows[s] * columns]
                    .chunks_exact(columns)
                    .flat_map(|row| row.iter().zip(&usual).map(|(v, u)| v - u))
                    .collect()
            })
            .collect();
        let of_target = |channel: usize| {
            let fit = |multiplicative: bool| Fitted::of(table, channel, &regressors, (columns, seasons), &scales, &rows, multiplicative);
            let (added, multiplied) = (if log { None } else { fit(false) }, fit(true));
            let found = match (added, multiplied) {
                (Some(added), Some(multiplied)) if multiplied.likelihood > added.likelihood => multiplied,
                (Some(added), _) => added,
                (None, multiplied) => multiplied?,
            };
            let series = table.series().iter().zip(found.pooled.each).zip(&found.units);
            let series = series.map(|((series, own), unit)| (series.id.to_owned(), own.iter().map(|v| v * unit).collect())).collect();
            let Pooled { shared, deviation, .. } = found.pooled;
            Some(TargetEffects { multiplicative: found.multiplicative, shared, deviation, series })
        };
        let targets: Vec<Option<TargetEffects>> = (0..table.targets()).map(of_target).collect();
        targets.iter().any(Option::is_some).then_some(Self { usual, targets })
    }

    /// Covariates K.
    pub fn columns(&self) -> usize {
        self.usual.len()
    }

    /// Value of each covariate that adds nothing: (K).
    pub fn usual(&self) -> &[f64] {
        &self.usual
    }

    /// By target; none where nothing is added.
    pub fn targets(&self) -> &[Option<TargetEffects>] {
        &self.targets
    }

    /// Whether a target's forecast may not be on the logarithmic scale: what is left without the effects may be below zero.
    pub fn adds(&self) -> bool {
        self.targets.iter().flatten().any(|target| !target.multiplicative)
    }

    /// What is said of them: of each covariate, the largest first, the factor or what it adds.
    pub fn tell(&self, dataset: &Dataset) -> String {
        let of_target = |(target, name): (&Option<TargetEffects>, &String)| {
            let Some(target) = target else { return format!("{name}: nothing") };
            let alone = target.series.len() == 1;
            let own = target.series.values().next().filter(|_| alone).unwrap_or(&target.shared);
            let mut order: Vec<usize> = (0..own.len()).collect();
            order.sort_by(|a, b| own[*b].abs().total_cmp(&own[*a].abs()));
            let one = |k: usize| match (target.multiplicative, alone) {
                (true, _) => format!("{} ×{}", dataset.known[k], digits(own[k].exp())),
                (false, true) => format!("{} {}{}", dataset.known[k], if own[k] < 0.0 { "−" } else { "+" }, digits(own[k].abs())),
                (false, false) => {
                    format!("{} {}{} standard deviations", dataset.known[k], if own[k] < 0.0 { "−" } else { "+" }, digits(own[k].abs()))
                }
            };
            let named: Vec<String> = order.iter().take(NAMED).map(|k| one(*k)).collect();
            let more = order.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            if self.targets.len() > 1 { format!("{name}: {}{more}", named.join(", ")) } else { named.join(", ") + &more }
        };
        self.targets.iter().zip(&dataset.channels).map(of_target).collect::<Vec<_>>().join("; ")
    }

    /// Whether the numbers belong together, which those of a damaged file do not.
    pub(super) fn is_sound(&self, targets: usize) -> bool {
        let columns = self.usual.len();
        let whole = |v: &[f64]| v.len() == columns && v.iter().all(|v| v.is_finite());
        let sound = |t: &TargetEffects| whole(&t.shared) && whole(&t.deviation) && t.series.values().all(|v| whole(v));
        whole(&self.usual) && self.targets.len() == targets && self.targets.iter().flatten().all(sound)
    }

    /// What is added to each row of a table.
    pub(super) fn additions(&self, table: &Table<'_>) -> Additions {
        let (columns, targets) = (self.columns(), table.targets());
        let of_series = |series: &super::table::Series<'_>| {
            let coefficients: Vec<Option<Vec<f64>>> = (0..targets)
                .map(|channel| {
                    // A column of another model's table has the effects of its place, or none.
                    let target = self.targets.get(channel)?.as_ref()?;
                    let unit = if target.multiplicative { 1.0 } else { spread(series.column(channel, 0, series.len())) };
                    Some(target.series.get(series.id).cloned().unwrap_or_else(|| target.shared.iter().map(|v| v * unit).collect()))
                })
                .collect();
            let row = |known: &[f64]| -> Vec<f64> {
                let sum = |own: &Vec<f64>| own.iter().zip(known).zip(&self.usual).map(|((c, v), usual)| c * (v - usual)).sum();
                coefficients.iter().map(|own| own.as_ref().map_or(0.0, sum)).collect()
            };
            series.known().chunks_exact(columns).flat_map(row).collect()
        };
        let multiplicative =
            (0..targets).map(|c| self.targets.get(c).is_some_and(|t| t.as_ref().is_some_and(|t| t.multiplicative))).collect();
        Additions { multiplicative, values: table.series().iter().map(of_series).collect() }
    }
}

impl Additions {
    /// A target's value at a row without what is added.
    pub fn without(&self, series: usize, row: usize, channel: usize, value: f64) -> f64 {
        let (added, multiplies) = self.at(series, row, channel);
        if multiplies { value * (-added).exp() } else { value - added }
    }

    /// A value with what is added at a row. Where nothing is known of the row, nothing is added.
    pub fn with(&self, series: usize, row: usize, channel: usize, value: f64) -> f64 {
        let (added, multiplies) = self.at(series, row, channel);
        if multiplies { value * added.exp() } else { value + added }
    }

    fn at(&self, series: usize, row: usize, channel: usize) -> (f64, bool) {
        let targets = self.multiplicative.len();
        (self.values[series].get(row * targets + channel).copied().unwrap_or(0.0), self.multiplicative[channel])
    }
}

/// The effects on one target, added or multiplied.
struct Fitted {
    multiplicative: bool,
    pooled: Pooled,
    /// What a coefficient of one is in units of each series.
    units: Vec<f64>,
    /// Of all series in units of the data, to compare the two kinds by.
    likelihood: f64,
}

impl Fitted {
    fn of(
        table: &Table<'_>,
        channel: usize,
        regressors: &[Vec<f64>],
        (columns, seasons): (usize, &[usize]),
        scales: &[f64],
        rows: &[usize],
        multiplicative: bool,
    ) -> Option<Self> {
        let (mut found, mut units, mut likelihood): (Vec<Option<Evidence>>, Vec<f64>, f64) = (Vec::new(), Vec::new(), 0.0);
        for ((series, x), &rows) in table.series().iter().zip(regressors).zip(rows) {
            let values = || series.column(channel, 0, rows);
            if multiplicative && values().any(|v| v <= 0.0) {
                return None;
            }
            let unit = if multiplicative { 1.0 } else { spread(values()) };
            let y: Vec<f64> = values().map(|v| if multiplicative { v.ln() } else { v / unit }).collect();
            // The longest season that the rows show often enough.
            let season = seasons.iter().copied().filter(|season| LEAST_SEASONS * season <= rows).max().unwrap_or(1);
            let evidence = evidence(&y, x, columns, season);
            if let Some(evidence) = &evidence {
                let jacobian: f64 = if multiplicative { y.iter().sum() } else { rows as f64 * unit.ln() };
                likelihood += evidence.log_likelihood - jacobian;
            }
            found.push(evidence);
            units.push(unit);
        }
        let moves = if multiplicative { deviation_of_logs(table, channel, rows) } else { 1.0 };
        let scales: Vec<f64> = scales.iter().map(|s| s / moves).collect();
        Some(Self { multiplicative, pooled: pool(&found, &scales)?, units, likelihood })
    }
}

/// The mean standard deviation of the logarithms of a target.
fn deviation_of_logs(table: &Table<'_>, channel: usize, rows: &[usize]) -> f64 {
    let spreads = table.series().iter().zip(rows).filter(|(_, rows)| **rows > 1).map(|(s, &rows)| {
        let logs: Vec<f64> = s.column(channel, 0, rows).map(f64::ln).collect();
        spread(logs.iter().copied())
    });
    let (sum, count) = spreads.fold((0.0, 0.0), |(sum, count), v| (sum + v, count + 1.0));
    if count > 0.0 { sum / count } else { 1.0 }
}

/// The standard deviation, 1 of a constant.
fn spread(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let (sum, count) = values.clone().fold((0.0, 0.0), |(sum, count), v| (sum + v, count + 1.0));
    let mean = sum / f64::max(count, 1.0);
    let spread = (values.map(|v| (v - mean).powi(2)).sum::<f64>() / f64::max(count, 1.0)).sqrt();
    if spread.is_finite() && spread > 0.0 { spread } else { 1.0 }
}

/// Covariates that are named.
const NAMED: usize = 4;

/// A number of three digits that count.
fn digits(value: f64) -> String {
    let places = if value > 0.0 { (2.0 - value.log10().floor()).clamp(0.0, 6.0) as usize } else { 0 };
    format!("{value:.places$}")
}

/// Times that a season has to be seen.
const LEAST_SEASONS: usize = 3;

/// How far a column of zeros and ones counts to move.
const INDICATOR: f64 = 0.5;

/// How much less is expected of a covariate that tells apart what another one says already.
const REFINES: f64 = 4.0;

/// The median of a known covariate over all series, and how far it moves.
fn place_and_scale(table: &Table<'_>, rows: &[usize], column: usize) -> (f64, f64) {
    let columns = table.known();
    let each =
        table.series().iter().zip(rows).flat_map(|(s, &rows)| s.known()[..rows * columns].iter().skip(column).step_by(columns).copied());
    let mut values: Vec<f64> = each.collect();
    if values.is_empty() {
        return (0.0, 1.0);
    }
    let scale = if values.iter().all(|v| *v == 0.0 || *v == 1.0) { INDICATOR } else { spread(values.iter().copied()) };
    let scale = if table.refines(column) { REFINES * scale } else { scale };
    let middle = values.len() / 2;
    (*values.select_nth_unstable_by(middle, f64::total_cmp).1, scale)
}
