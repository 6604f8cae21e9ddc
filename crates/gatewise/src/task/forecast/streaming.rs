//! A forecaster on rows as they come: one in, a forecast of the rows behind it out.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use gatewise_kernels::Cpu;

use super::config::Channels;
use super::error::ForecastError;
use super::outputs::ChannelForecast;
use super::predict::Forecaster;
use super::scale::{Scale, Scales};
use super::table::Table;
use crate::error::Error;
use crate::format::state::{StateReader, StateWriter, cut_off, fingerprint};

/// A forecaster at work on one series.
///
/// Where simple methods count, outliers count as in [`predict`](Forecaster::predict), with the rows so far; networks alone take rows as they come.
///
/// Where the networks forecast alone, a warm [`push`](Self::push) allocates nothing and keeps the rows looked back on. Where simple methods count for
/// something in the forecast, every row is kept, for they are fitted anew to all of them.
#[derive(Debug)]
pub struct ForecastStream<'m> {
    forecaster: Held<Box<Forecaster>, &'m mut Forecaster>,
    cpu: Held<Arc<Cpu>, &'m Cpu>,
    id: String,
    /// Whether simple methods forecast too.
    combined: bool,
    /// The last rows, (rows, C), and how many came before them.
    rows: Vec<f64>,
    dropped: usize,
    /// Of each channel all rows, on the logarithmic scale where that is used; what the model knows of the series goes before.
    moments: Vec<Moments>,
    known: Vec<Option<Scale>>,
    /// Scales of the windows of a row, (windows, channels of a window).
    scales: Vec<Scale>,
    forecasts: Vec<ChannelForecast>,
}

/// What a stream works with: its own, or lent.
#[derive(Debug)]
enum Held<O, L> {
    Own(O),
    Lent(L),
}

impl<T, O: Deref<Target = T>, L: Deref<Target = T>> Deref for Held<O, L> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Own(own) => own,
            Self::Lent(lent) => lent,
        }
    }
}

impl<T, O: DerefMut<Target = T>, L: DerefMut<Target = T>> DerefMut for Held<O, L> {
    fn deref_mut(&mut self) -> &mut T {
        match self {
            Self::Own(own) => own,
            Self::Lent(lent) => lent,
        }
    }
}

/// Count, mean and sum of squares about it, row by row (Welford 1962).
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn push(&mut self, value: f64) {
        self.count += 1.0;
        let off = value - self.mean;
        self.mean += off / self.count;
        self.squares += off * (value - self.mean);
    }

    fn scale(&self) -> Scale {
        Scale::of_moments(self.mean, self.squares / self.count.max(1.0))
    }
}

impl Forecaster {
    /// Begins a series: rows go in one at a time, and a forecast of the [`horizon`](super::ForecastConfig::horizon) rows behind each comes out, as
    /// [`predict`](Self::predict) gives it. `id` names the series where the model knows several; else it is empty.
    ///
    /// ```
    /// # use gatewise::data::Dataset;
    /// # use gatewise::forecast::{Forecaster, Options, Plan};
    /// # use gatewise::train::{Control, Session};
    /// # let sales: Vec<f64> = (0..60).map(|t| 100.0 + f64::from(t) + 10.0 * f64::from(t % 12)).collect();
    /// # let data = Dataset::from_columns(&[("sales", &sales)], 1)?;
    /// # let options = Options { horizon: Some(6), season: Some(vec![12]), ..Options::default() };
    /// # let cpu = gatewise::Cpu::new(1)?;
    /// # let mut session = gatewise::train::Session { cpu: &cpu, checkpoints: None, on_event: &mut |_| Control::Continue };
    /// # let fitted = Forecaster::fit(&data, &Plan::new(&data, &options)?, &mut session)?.expect("nobody stopped it");
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("sales.safetensors");
    /// # fitted.save(&path)?;
    /// let gatewise::AnyModel::Forecaster(mut model, _) = gatewise::load(&path)? else { panic!("a forecaster") };
    /// let mut stream = model.stream(&cpu, "");
    /// for value in [161.0, 172.0, 183.0] {
    ///     let forecast = stream.push(&[value])?;
    ///     println!("{:?}", forecast.first().map(|f| &f.point));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stream<'m>(&'m mut self, cpu: &'m Cpu, id: &str) -> ForecastStream<'m> {
        let combined = self.combination().is_some();
        ForecastStream::new(Held::Lent(self), Held::Lent(cpu), id, combined)
    }

    /// As [`stream`](Self::stream), of a stream that keeps the forecaster.
    pub fn into_stream(self, cpu: Arc<Cpu>, id: &str) -> ForecastStream<'static> {
        let combined = self.combination().is_some();
        ForecastStream::new(Held::Own(Box::new(self)), Held::Own(cpu), id, combined)
    }

    /// As [`stream`](Self::stream), with the forecasts of the networks alone.
    ///
    /// # Errors
    /// A forecaster without networks.
    pub fn stream_network<'m>(&'m mut self, cpu: &'m Cpu, id: &str) -> Result<ForecastStream<'m>, Error> {
        self.check_network()?;
        Ok(ForecastStream::new(Held::Lent(self), Held::Lent(cpu), id, false))
    }
}

impl<'m> ForecastStream<'m> {
    fn new(forecaster: Held<Box<Forecaster>, &'m mut Forecaster>, cpu: Held<Arc<Cpu>, &'m Cpu>, id: &str, combined: bool) -> Self {
        let config = forecaster.config();
        let channels = config.targets + config.covariates;
        let known = (0..channels).map(|channel| forecaster.scales().get(id, channel)).collect();
        // Twice what is looked back on, so that rows move to the front once in as many.
        let rows = Vec::with_capacity(if combined { 0 } else { 2 * config.lookback * channels });
        let moments = vec![Moments::default(); channels];
        Self { forecaster, cpu, id: id.to_owned(), combined, rows, dropped: 0, moments, known, scales: Vec::new(), forecasts: Vec::new() }
    }

    /// Columns of a row: targets, then covariates.
    fn channels(&self) -> usize {
        self.moments.len()
    }

    /// Reads a row, (C): the targets, then the covariates, in units of the data. Gives a forecast of each target; none before there are rows
    /// enough to look back on.
    ///
    /// # Errors
    /// A row of other columns, a number that is not finite, or one without a logarithm where it is needed.
    pub fn push(&mut self, row: &[f64]) -> Result<&[ChannelForecast], Error> {
        self.check(row, self.len() + 1)?;
        self.take(row);
        self.answer();
        Ok(&self.forecasts)
    }

    /// Reads many rows, (rows, C), as [`push`](Self::push) reads one, and forecasts behind the last alone.
    ///
    /// # Errors
    /// As [`push`](Self::push); none of the rows is read then.
    pub fn extend(&mut self, rows: &[f64]) -> Result<&[ChannelForecast], Error> {
        let channels = self.channels();
        for (number, row) in (self.len() + 1..).zip(rows.chunks(channels)) {
            self.check(row, number)?;
        }
        rows.chunks_exact(channels).for_each(|row| self.take(row));
        if !rows.is_empty() {
            self.answer();
        }
        Ok(&self.forecasts)
    }

    /// Keeps a row that was checked.
    fn take(&mut self, row: &[f64]) {
        let config = self.forecaster.config();
        let (channels, log, targets) = (self.channels(), config.log, config.targets);
        for (channel, (moments, &value)) in self.moments.iter_mut().zip(row).enumerate() {
            moments.push(if log && channel < targets { value.ln() } else { value });
        }
        if !self.combined && self.rows.len() == 2 * config.lookback * channels {
            let kept = (config.lookback - 1) * channels;
            let from = self.rows.len() - kept;
            self.rows.copy_within(from.., 0);
            self.rows.truncate(kept);
            self.dropped += from / channels;
        }
        self.rows.extend_from_slice(row);
    }

    fn answer(&mut self) {
        match (self.is_empty(), self.combined) {
            (true, _) => {}
            (false, true) => self.combine(),
            (false, false) => self.network(),
        }
    }

    /// Who forecasts.
    pub fn forecaster(&self) -> &Forecaster {
        &self.forecaster
    }

    /// The last forecasts, one a target; none before the first.
    pub fn forecasts(&self) -> &[ChannelForecast] {
        &self.forecasts
    }

    /// Rows so far.
    pub fn len(&self) -> usize {
        self.dropped + self.rows.len() / self.channels()
    }

    /// Whether no row came.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Checks the row that comes as number `number`.
    fn check(&self, row: &[f64], number: usize) -> Result<(), Error> {
        if self.forecaster.effects().is_some() {
            return Err(Error::usage(
                "the model forecasts with columns that are known beyond the end (⦃future⦄), and a row says nothing of those to come",
            )
            .help("forecast a table, or train a model without ⦃future⦄"));
        }
        let config = self.forecaster.config();
        if row.len() != self.channels() {
            let (expected_targets, expected_covariates) = (config.targets, config.covariates);
            let targets = row.len().saturating_sub(expected_covariates);
            return Err(ForecastError::Columns { expected_targets, expected_covariates, targets, covariates: row.len() - targets }.into());
        }
        if let Some(at) = row.iter().position(|v| !v.is_finite()) {
            return Err(Error::data(format!("column {} of row {number} is {}", at + 1, row[at]))
                .help("fill what is missing, as with the value before it"));
        }
        let bad = row[..config.targets].iter().position(|v| config.log && *v <= 0.0);
        bad.map_or(Ok(()), |at| {
            Err(ForecastError::NotPositive { series: self.id.clone(), channel: at + 1, row: number, value: row[at] }.into())
        })
    }

    /// The whole forecaster's, over all rows.
    fn combine(&mut self) {
        let Self { forecaster, rows, id, cpu, forecasts, .. } = self;
        let (channels, targets, log) = (self.moments.len(), forecaster.config().targets, forecaster.config().log);
        let table = Table::new([(&id[..], &rows[..])], channels, targets).calmed(forecaster.config().outliers);
        let mut scales = Scales::of(&table, |_| rows.len() / channels, log);
        scales.overlay(forecaster.scales());
        forecasts.clear();
        forecaster.forecast(cpu, &table, &scales, &[vec![rows.len() / channels]], &mut |forecast| forecasts.push(forecast.clone()));
    }

    /// The networks' alone, over the rows looked back on.
    fn network(&mut self) {
        let (seen, channels) = (self.len(), self.channels());
        let Self { forecaster, cpu, rows, moments, known, scales, forecasts, .. } = self;
        if seen < forecaster.config().least_past() {
            return;
        }
        let config = forecaster.config();
        let (own, levels, horizon, width) = (config.window_targets(), config.quantiles.len(), config.horizon, config.window_channels());
        let (ways, targets, log, normalize) = (config.channels, config.targets, config.log, config.normalize);
        let windows = if ways == Channels::Independent { targets } else { 1 };
        let past = seen.min(config.lookback);
        let rows = &rows[rows.len() - past * channels..];
        let recent = past.min(config.season.max(1));
        let column = |window: usize, index: usize| match ways {
            Channels::Joint => index,
            Channels::Independent if index == 0 => window,
            Channels::Independent => targets + index - 1,
        };
        let value = |row: usize, channel: usize| {
            let value = rows[row * channels + channel];
            if log && channel < targets { value.ln() } else { value }
        };
        scales.clear();
        for window in 0..windows {
            scales.extend((0..width).map(|index| {
                let channel = column(window, index);
                let whole = known[channel].unwrap_or_else(|| moments[channel].scale());
                let of = |rows: usize| (past - rows..past).map(move |row| value(row, channel));
                normalize.scale(whole, of(recent), of(past))
            }));
        }
        forecaster.answer(cpu, windows, past, |window, row, out| {
            // A row that comes is whole: its marks stay 0.
            for (index, out) in out.iter_mut().take(width).enumerate() {
                *out = scales[window * width + index].applied()(value(row, column(window, index))) as f32;
            }
        });
        let blank =
            |channel| ChannelForecast { series: 0, channel, origin: 0, point: vec![0.0; horizon], quantiles: vec![0.0; horizon * levels] };
        if forecasts.is_empty() {
            forecasts.extend((0..windows * own).map(blank));
        }
        for (at, forecast) in forecasts.iter_mut().enumerate() {
            forecast.origin = seen;
            forecaster.answered(at / own, at % own, scales[at / own * width + at % own], forecast);
        }
    }

    fn fingerprint(&self) -> u64 {
        fingerprint(self.forecaster.config(), self.forecaster.members().iter().map(|model| &model.params().values[..]))
    }

    /// Where the series stands, to go on from.
    pub fn save(&self) -> Vec<u8> {
        let moments: Vec<f64> = self.moments.iter().flat_map(|m| [m.count, m.mean, m.squares]).collect();
        let writer = StateWriter::new(self.fingerprint()).count(usize::from(self.combined)).count(self.dropped);
        writer.f64s(&self.rows).f64s(&moments).finish()
    }

    /// Goes on where [`save`](Self::save) left off; the forecasts are those behind the last row.
    ///
    /// # Errors
    /// Bytes of another model or of another kind of stream, or damaged ones; the stream then stands where it stood.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let mut reader = StateReader::new(bytes, self.fingerprint())?;
        if reader.count()? != usize::from(self.combined) {
            return Err(Error::data("the state is that of a stream in which others forecast").help("begin the stream as it was begun then"));
        }
        let (dropped, mut rows, moments) = (reader.count()?, reader.f64s()?, reader.f64s()?);
        reader.finish()?;
        let (channels, config) = (self.channels(), self.forecaster.config());
        let room = 2 * config.lookback * channels;
        let fits = rows.len().is_multiple_of(channels) && moments.len() == 3 * channels && (self.combined || rows.len() <= room);
        if !fits || config.log && rows.chunks_exact(channels).any(|row| row[..config.targets].iter().any(|v| *v <= 0.0)) {
            return Err(cut_off());
        }
        if !self.combined {
            rows.reserve_exact(room - rows.len());
        }
        let of = |m: &[f64]| Moments { count: m[0], mean: m[1], squares: m[2] };
        self.moments = moments.chunks_exact(3).map(of).collect();
        (self.dropped, self.rows) = (dropped, rows);
        self.forecasts.clear();
        self.answer();
        Ok(())
    }
}
