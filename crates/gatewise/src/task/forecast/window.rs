//! Windows over many series: an index, not copies. A window is cut, scaled and laid out only when its batch is filled.

use std::ops::Range;

use super::config::{Channels, ForecastConfig};
use super::scale::{Scale, Scales};
use super::table::{Series, Table};
use crate::batch::{Batch, Source};

/// One window of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Which series.
    pub series: usize,
    /// Which target, or 0 where windows hold all of them.
    pub channel: usize,
    /// First row forecast; the rows before it are what the window sees.
    pub origin: usize,
}

#[derive(Clone, Debug)]
struct Span {
    series: usize,
    channel: usize,
    first: usize,
    stride: usize,
}

/// Windows as numbered items, series by series, channel by channel, in order of time.
#[derive(Clone, Debug)]
pub struct Windows<'a> {
    table: &'a Table<'a>,
    config: ForecastConfig,
    /// By (series, channel) of the table.
    scales: Vec<Scale>,
    spans: Vec<Span>,
    /// Number of the first item behind each span.
    ends: Vec<usize>,
    with_targets: bool,
    /// Whether a value of the table is missing, so that targets have weights.
    has_missing: bool,
}

impl<'a> Windows<'a> {
    /// Windows at every `stride`-th origin of `origins(series)`. Origins without [`ForecastConfig::least_past`] rows before them are left out.
    ///
    /// `with_targets` also fills what follows the origin, for training; then origins need a whole horizon behind them.
    pub fn new(
        table: &'a Table<'a>,
        config: &ForecastConfig,
        scales: &Scales,
        stride: usize,
        with_targets: bool,
        origins: impl Fn(usize) -> Range<usize>,
    ) -> Self {
        Self::strided(table, config, scales, with_targets, |s| (origins(s), stride))
    }

    /// Windows at origins of each series that are equally far apart, without targets; those without enough rows before them are left out.
    ///
    /// # Panics
    /// If the origins of a series are not equally far apart.
    pub fn at(table: &'a Table<'a>, config: &ForecastConfig, scales: &Scales, origins: &[Vec<usize>]) -> Self {
        Self::strided(table, config, scales, false, |s| {
            let origins = &origins[s];
            let stride = if origins.len() > 1 { origins[1] - origins[0] } else { 1 };
            assert!(origins.windows(2).all(|pair| pair[1] - pair[0] == stride), "origins are equally far apart");
            // What lies before the least past is skipped in whole strides.
            let skipped = origins.partition_point(|&o| o < config.least_past());
            (origins.get(skipped).map_or(0..0, |&first| first..origins[origins.len() - 1] + 1), stride)
        })
    }

    fn strided(
        table: &'a Table<'a>,
        config: &ForecastConfig,
        scales: &Scales,
        with_targets: bool,
        origins: impl Fn(usize) -> (Range<usize>, usize),
    ) -> Self {
        let channels = match config.channels {
            Channels::Independent => table.targets(),
            Channels::Joint => 1,
        };
        let mut spans = Vec::new();
        let mut ends = Vec::new();
        let mut total = 0;
        for (s, series) in table.series().iter().enumerate() {
            let (Range { start, end }, stride) = origins(s);
            let last = if with_targets { (series.len() + 1).saturating_sub(config.horizon) } else { series.len() + 1 };
            let (start, end) = (start.max(config.least_past()), end.min(last));
            if start >= end {
                continue;
            }
            for channel in 0..channels {
                total += (end - start).div_ceil(stride);
                spans.push(Span { series: s, channel, first: start, stride });
                ends.push(total);
            }
        }
        // Those of series with windows alone: a large table is forecast a block of series at a time.
        let mut own = vec![Scale::IDENTITY; table.series().len() * table.channels()];
        for span in &spans {
            let id = table.series()[span.series].id;
            for (channel, scale) in own[span.series * table.channels()..][..table.channels()].iter_mut().enumerate() {
                *scale = scales.get(id, channel).unwrap_or(Scale::IDENTITY);
            }
        }
        let has_missing = table.series().iter().any(Series::has_missing);
        Self { table, config: config.clone(), scales: own, spans, ends, with_targets, has_missing }
    }

    /// The window of an item.
    ///
    /// # Panics
    /// If there are not that many.
    pub fn window(&self, item: usize) -> Window {
        let at = self.ends.partition_point(|&end| end <= item);
        let Span { series, channel, first, stride } = self.spans[at];
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        Window { series, channel, origin: first + (item - start) * stride }
    }

    /// The table the windows lie in.
    pub fn table(&self) -> &'a Table<'a> {
        self.table
    }

    /// Targets a window forecasts.
    pub fn targets(&self) -> usize {
        self.config.window_targets()
    }

    /// The table's channel behind channel `index` of a window: targets first, then covariates.
    pub fn channel(&self, window: &Window, index: usize) -> usize {
        match self.config.channels {
            Channels::Joint => index,
            Channels::Independent if index == 0 => window.channel,
            Channels::Independent => self.table.targets() + index - 1,
        }
    }

    /// Rows a window sees, at most the lookback.
    pub fn past(&self, window: &Window) -> usize {
        window.origin.min(self.config.lookback)
    }

    /// A channel of the table from row `first` to before row `end`, on the logarithmic scale if that is used.
    fn values(&self, series: usize, channel: usize, first: usize, end: usize) -> impl ExactSizeIterator<Item = f64> + Clone + '_ {
        let targets = self.table.targets();
        let logs = (self.config.log && channel < targets).then(|| self.table.logs(series));
        let plain = &self.table.series()[series];
        let last = plain.known_until(channel, end).saturating_sub(1);
        (first..end).map(move |row| {
            let row = row.min(last);
            logs.map_or_else(|| plain.at(row, channel), |logs| logs[row * targets + channel])
        })
    }

    /// Level and spread of a table's channel as a window sees it; of targets on the logarithmic scale, if that is used.
    pub fn scale(&self, window: &Window, channel: usize) -> Scale {
        let past = self.past(window);
        let recent = past.min(self.config.season.max(1));
        let values = |rows: usize| self.values(window.series, channel, window.origin - rows, window.origin);
        let whole = self.scales[window.series * self.table.channels() + channel];
        self.config.normalize.scale(whole, values(recent), values(past))
    }

    /// A value of the network back in the units of the data.
    pub fn undo(&self, scale: Scale, z: f64) -> f64 {
        self.config.undo(scale, z)
    }

    fn steps(&self, window: &Window) -> usize {
        self.past(window).div_ceil(self.config.segment)
    }

    /// Writes what window number `item` of the batch sees, and its targets.
    fn fill_window(&self, item: usize, window: &Window, batch: &mut Batch<f32>) {
        let (targets, place, past) = (self.config.window_targets(), batch.place(item), self.past(window));
        let row = self.scaled_rows(window);
        fill_past(&self.config, batch, place, past, |back, seen| row(window.origin - back, seen));
        if self.with_targets {
            let values = self.config.horizon * targets;
            let ahead = batch.target[place * values..][..values].chunks_exact_mut(targets);
            ahead.enumerate().for_each(|(h, ahead)| row(window.origin + h, ahead));
            let series = &self.table.series()[window.series];
            if series.has_missing() {
                let is_missing = |at: usize| series.is_missing(window.origin + at / targets, self.channel(window, at % targets));
                let weights = batch.weight[place * values..][..values].iter_mut().enumerate();
                weights.filter(|(at, _)| is_missing(*at)).for_each(|(_, weight)| *weight = 0.0);
            }
        }
    }

    /// Writes a row of the table as the window sees it: its targets on their scale, then as many covariates and marks as there is room for. What is missing
    /// at the origin is the last value before it.
    fn scaled_rows(&self, window: &Window) -> impl Fn(usize, &mut [f32]) + '_ {
        let (first, targets, all_targets) = (window.channel, self.config.window_targets(), self.table.targets());
        let series = &self.table.series()[window.series];
        let logs = self.config.log.then(|| self.table.logs(window.series));
        let scaled: Vec<_> =
            (0..self.config.window_channels()).map(|index| self.scale(window, self.channel(window, index)).applied()).collect();
        let channels = scaled.len();
        let known: Vec<usize> = match series.has_missing() {
            true => (0..channels).map(|index| series.known_until(self.channel(window, index), window.origin)).collect(),
            false => Vec::new(),
        };
        let window = *window;
        move |row, out| {
            let (out, marks) = out.split_at_mut(channels.min(out.len()));
            if !known.is_empty() {
                // A row that is looked back on; those behind the origin are what they are.
                let seen = |index: usize| if row < window.origin { row.min(known[index].saturating_sub(1)) } else { row };
                for (index, (out, scaled)) in out.iter_mut().zip(&scaled).enumerate() {
                    let (channel, row) = (self.channel(&window, index), seen(index));
                    let logs = logs.filter(|_| channel < all_targets);
                    *out = scaled(logs.map_or_else(|| series.at(row, channel), |logs| logs[row * all_targets + channel])) as f32;
                }
                let marked = marks.iter_mut().enumerate();
                marked.for_each(|(index, mark)| *mark = f32::from(u8::from(series.is_missing(row, self.channel(&window, index)))));
                return;
            }
            let plain = series.row(row);
            let (of_targets, of_covariates) = out.split_at_mut(targets);
            match logs {
                Some(logs) => {
                    let logs = &logs[row * all_targets + first..][..targets];
                    of_targets.iter_mut().zip(logs).zip(&scaled).for_each(|((out, &v), scaled)| *out = scaled(v) as f32);
                }
                None => of_targets.iter_mut().zip(&plain[first..]).zip(&scaled).for_each(|((out, &v), scaled)| *out = scaled(v) as f32),
            }
            let covariates = plain[all_targets..].iter().zip(&scaled[targets..]);
            of_covariates.iter_mut().zip(covariates).for_each(|(out, (&v, scaled))| *out = scaled(v) as f32);
        }
    }
}

/// Writes what a window at `place` sees of its last `past` rows; `row` writes the one so many rows before the origin, scaled.
pub(super) fn fill_past(config: &ForecastConfig, batch: &mut Batch<f32>, place: usize, past: usize, row: impl Fn(usize, &mut [f32])) {
    let (width, targets, input) = (config.row_width(), config.window_targets(), config.step_width());
    // A first segment that the series does not fill is zero, the level, where it begins.
    let lead = past.div_ceil(config.segment) * config.segment - past;
    // A segment is filled up before the next step begins: the place of a row is counted, for a division takes longer than all else.
    let (mut step, mut within) = (lead / config.segment, lead % config.segment);
    for back in (1..=past).rev() {
        let seen = &mut batch.x[batch.layout.row(step, place) * input + within * width..][..width];
        row(back, seen);
        if config.network.skip {
            let at = (place + 1) * config.lookback - back;
            // A call that copies takes longer than one number.
            match (&*seen, targets) {
                ([first, ..], 1) => batch.skip[at] = *first,
                _ => batch.skip[at * targets..][..targets].copy_from_slice(&seen[..targets]),
            }
        }
        within += 1;
        if within == config.segment {
            (step, within) = (step + 1, 0);
        }
    }
}

impl Source for Windows<'_> {
    fn rows(&self, items: usize) -> Option<u128> {
        Some(items as u128 * self.config.steps() as u128)
    }

    fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    fn fill(&self, items: &[usize], batch: &mut Batch<f32>) {
        let config = &self.config;
        let windows: Vec<Window> = items.iter().map(|&item| self.window(item)).collect();
        let steps: Vec<usize> = windows.iter().map(|w| self.steps(w)).collect();
        if steps.iter().all(|&s| s == config.steps()) {
            batch.set_full(items.len(), config.steps(), config.step_width());
        } else {
            batch.set_ragged(&steps, config.step_width());
        }
        let targets = config.window_targets();
        if config.network.skip {
            batch.skip.resize(items.len() * config.lookback * targets, 0.0);
        }
        if self.with_targets {
            batch.target.resize(items.len() * config.horizon * targets, 0.0);
            if self.has_missing {
                batch.weight.resize(items.len() * config.horizon * targets, 1.0);
            }
        }
        for (item, window) in windows.iter().enumerate() {
            self.fill_window(item, window, batch);
        }
    }
}
