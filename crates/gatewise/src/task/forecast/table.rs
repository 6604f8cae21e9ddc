//! The series of a forecast, borrowed from wherever they were read.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use super::effects::{Additions, Effects};
use super::outliers::Outlier;

/// Series of equal channels, each on its own regular time grid.
#[derive(Clone, Debug)]
pub struct Table<'a> {
    series: Vec<Series<'a>>,
    channels: usize,
    targets: usize,
    /// Covariates known beyond the end.
    known: usize,
    /// Which of these tell apart what others say already.
    refining: Vec<bool>,
    /// What these add to each row and was taken off the targets.
    additions: Option<Arc<Additions>>,
    /// Whether outliers count as what they count as.
    calm: bool,
    /// Logarithms of the targets, (len, targets) by series: taken once, where a forecast is on that scale.
    logs: OnceLock<Vec<Vec<f64>>>,
}

/// One series: an id and its values.
#[derive(Clone, Debug)]
pub struct Series<'a> {
    /// Name, unique in the table; may be empty where there is one series.
    pub id: &'a str,
    values: Cow<'a, [f64]>,
    channels: usize,
    /// (rows and rows ahead, known covariates).
    known: &'a [f64],
    /// Which values are missing, (len, channels); empty where none is.
    missing: &'a [bool],
}

impl<'a> Table<'a> {
    /// A table of `channels` columns, the first `targets` of which are forecast; the others are covariates.
    /// Each series is (id, values), values (len, channels) row after row, all finite.
    ///
    /// # Panics
    /// If there is no target, or a series is not whole rows.
    pub fn new(series: impl IntoIterator<Item = (&'a str, &'a [f64])>, channels: usize, targets: usize) -> Self {
        assert!(targets > 0 && targets <= channels, "{targets} targets of {channels} channels");
        let series = series
            .into_iter()
            .map(|(id, values)| {
                assert_eq!(values.len() % channels, 0, "series \"{id}\" is whole rows");
                Series { id, values: Cow::Borrowed(values), channels, known: &[], missing: &[] }
            })
            .collect();
        Self { series, channels, targets, known: 0, refining: Vec::new(), additions: None, calm: false, logs: OnceLock::new() }
    }

    /// The series of a table that was read.
    pub fn of(dataset: &'a gatewise_data::Dataset) -> Self {
        let series = dataset.series.iter().map(|s| (s.id.as_str(), s.values.as_slice()));
        let mut table = Self::new(series, dataset.channels.len(), dataset.targets);
        table.known = dataset.known.len();
        table.refining = (0..table.known).map(|column| dataset.refines(column)).collect();
        table
            .series
            .iter_mut()
            .zip(&dataset.series)
            .for_each(|(series, read)| (series.known, series.missing) = (&read.known, &read.missing));
        table
    }

    /// The same table with what known covariates add taken off the targets; outliers are looked for in what is left.
    #[must_use]
    pub fn less(mut self, effects: Option<&Effects>) -> Self {
        // A table is less what is added once; one of other covariates is refused by whoever checks it.
        let Some(effects) = effects.filter(|effects| self.additions.is_none() && effects.columns() == self.known) else { return self };
        let additions = effects.additions(&self);
        self.change_targets(|series, row, channel, value| additions.without(series, row, channel, value));
        Self { additions: Some(Arc::new(additions)), logs: OnceLock::new(), ..self }
    }

    /// The same table with what was taken off put back.
    pub(super) fn whole(&self) -> Self {
        let mut whole = self.clone();
        let Some(additions) = whole.additions.take() else { return whole };
        whole.change_targets(|series, row, channel, value| additions.with(series, row, channel, value));
        Self { logs: OnceLock::new(), ..whole }
    }

    fn change_targets(&mut self, change: impl Fn(usize, usize, usize, f64) -> f64) {
        for (s, series) in self.series.iter_mut().enumerate() {
            for (row, values) in series.values.to_mut().chunks_exact_mut(self.channels).enumerate() {
                values[..self.targets].iter_mut().enumerate().for_each(|(channel, value)| *value = change(s, row, channel, *value));
            }
        }
    }

    /// What was taken off the targets.
    pub(super) fn additions(&self) -> Option<&Additions> {
        self.additions.as_deref()
    }

    /// Covariates known beyond the end.
    pub fn known(&self) -> usize {
        self.known
    }

    /// Whether a known covariate tells apart what another one says already.
    pub(super) fn refines(&self, column: usize) -> bool {
        self.refining.get(column).copied().unwrap_or(false)
    }

    /// Rows behind the last one of a series of which the known covariates are there.
    pub fn rows_ahead(&self, series: usize) -> usize {
        let series = &self.series[series];
        (series.known.len() / self.known.max(1)).saturating_sub(series.len())
    }

    /// The same table, each of `outliers` as what it counts as.
    pub(super) fn with(mut self, outliers: &[Outlier]) -> Self {
        self.calm = true;
        for outlier in outliers {
            let at = outlier.row * self.channels + outlier.channel;
            self.series[outlier.series].values.to_mut()[at] = outlier.counts_as;
        }
        if outliers.is_empty() { self } else { Self { logs: OnceLock::new(), ..self } }
    }

    /// Whether outliers count as what they count as.
    pub(super) fn is_calm(&self) -> bool {
        self.calm
    }

    /// Share of all values that is missing.
    pub(super) fn missing_share(&self) -> f64 {
        let missing: usize = self.series.iter().map(|series| series.missing.iter().filter(|missing| **missing).count()).sum();
        missing as f64 / self.series.iter().map(|series| series.values.len()).sum::<usize>().max(1) as f64
    }

    /// Every series.
    pub fn series(&self) -> &[Series<'a>] {
        &self.series
    }

    /// Columns, covariates counted.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Columns that are forecast.
    pub fn targets(&self) -> usize {
        self.targets
    }

    /// The logarithms of a series' targets: (len, targets).
    pub(super) fn logs(&self, series: usize) -> &[f64] {
        let of = |s: &Series<'_>| s.values.chunks_exact(self.channels).flat_map(|row| row[..self.targets].iter().map(|v| v.ln())).collect();
        &self.logs.get_or_init(|| self.series.iter().map(of).collect())[series]
    }
}

impl Series<'_> {
    /// Rows.
    pub fn len(&self) -> usize {
        self.values.len() / self.channels
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Whether any value is missing.
    pub(super) fn has_missing(&self) -> bool {
        !self.missing.is_empty()
    }

    /// Whether the value of a channel at a row is missing, and another stands there for it.
    pub fn is_missing(&self, row: usize, channel: usize) -> bool {
        self.missing.get(row * self.channels + channel).copied().unwrap_or(false)
    }

    /// The row from which nothing is known of a channel before row `end`: what stands there was told by rows from `end` on.
    pub(super) fn known_until(&self, channel: usize, end: usize) -> usize {
        let known = if self.has_missing() { (1..end).rev().find(|row| !self.is_missing(*row, channel)).unwrap_or(0) } else { return end };
        (known + 1).min(end)
    }

    /// The value of one channel at one row.
    pub fn at(&self, row: usize, channel: usize) -> f64 {
        self.values[row * self.channels + channel]
    }

    /// Covariates known beyond the end, row after row.
    pub(super) fn known(&self) -> &[f64] {
        self.known
    }

    /// Every channel at one row.
    pub(super) fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.channels..][..self.channels]
    }

    /// One channel from row `first` to before row `end`, as it is known there: a value missing at the end is the last one before it.
    pub fn column(&self, channel: usize, first: usize, end: usize) -> impl ExactSizeIterator<Item = f64> + Clone + '_ {
        let known = self.known_until(channel, end);
        (first..end).map(move |row| self.values[row.min(known.saturating_sub(1)) * self.channels + channel])
    }

    /// The value of one channel at one row as it came; not a number where it is missing.
    pub fn observed(&self, row: usize, channel: usize) -> f64 {
        if self.is_missing(row, channel) { f64::NAN } else { self.at(row, channel) }
    }

    /// One channel from row `first` to before row `end` as it came; not a number where it is missing.
    pub fn truth(&self, channel: usize, first: usize, end: usize) -> impl ExactSizeIterator<Item = f64> + '_ {
        (first..end).map(move |row| self.observed(row, channel))
    }
}
