//! Forecasts as a table: `[unique_id,][channel,][cutoff,]ds,forecast,q0.025,…`.

use std::io::{self, Write};

use gatewise::task::forecast::{ChannelForecast, time_at};
use gatewise_data::Dataset;
use serde_json::{Map, Value};

use crate::OnRow;
use crate::number::exact;

/// Forecasts written row by row, in the form that the data's own table has.
pub struct ForecastTable<'a, W: Write> {
    dataset: &'a Dataset,
    writer: csv::Writer<W>,
    columns: Vec<String>,
    with_id: bool,
    with_channel: bool,
    with_cutoff: bool,
    levels: usize,
    /// The row at hand.
    row: Vec<String>,
    on_row: Option<OnRow<'a>>,
}

impl<'a, W: Write> ForecastTable<'a, W> {
    /// A table for forecasts at `levels`; `with_cutoff` names the last time that each forecast saw.
    ///
    /// # Errors
    /// What writing to `sink` fails with.
    pub fn new(sink: W, dataset: &'a Dataset, levels: &[f64], with_cutoff: bool, on_row: Option<OnRow<'a>>) -> io::Result<Self> {
        let (with_id, with_channel) = (dataset.series.len() > 1 || dataset.id_column.is_some(), dataset.targets > 1);
        let optional = [("unique_id", with_id), ("channel", with_channel), ("cutoff", with_cutoff)];
        let mut columns: Vec<String> = optional.iter().filter(|(_, with)| *with).map(|(name, _)| name.to_string()).collect();
        columns.extend(["ds".to_string(), "forecast".to_string()]);
        columns.extend(levels.iter().map(|level| format!("q{level}")));
        let mut writer = csv::Writer::from_writer(sink);
        writer.write_record(&columns)?;
        Ok(Self { dataset, writer, columns, with_id, with_channel, with_cutoff, levels: levels.len(), row: Vec::new(), on_row })
    }

    /// Writes one forecast, a row a step.
    ///
    /// # Errors
    /// What writing fails with.
    pub fn write(&mut self, forecast: &ChannelForecast) -> io::Result<()> {
        let ChannelForecast { series, channel, origin, point, quantiles } = forecast;
        for (h, point) in point.iter().enumerate() {
            self.row.clear();
            if self.with_id {
                self.row.push(self.dataset.series[*series].id.clone());
            }
            if self.with_channel {
                self.row.push(self.dataset.channels[*channel].clone());
            }
            if self.with_cutoff {
                self.row.push(self.time(*series, origin - 1));
            }
            self.row.push(self.time(*series, origin + h));
            let quantiles = &quantiles[h * self.levels..][..self.levels];
            let width = quantiles.last().zip(quantiles.first()).map_or(0.0, |(high, low)| high - low);
            self.row.push(exact(*point, width));
            self.row.extend(quantiles.iter().map(|&q| exact(q, width)));
            self.writer.write_record(&self.row)?;
            if self.on_row.is_some() {
                let event = self.event();
                self.on_row.iter_mut().for_each(|on_row| on_row(&event));
            }
        }
        Ok(())
    }

    fn time(&self, series: usize, row: usize) -> String {
        self.dataset.format_time(&time_at(self.dataset, series, row))
    }

    /// The row at hand as an event.
    fn event(&self) -> Value {
        let texts = self.columns.len() - 1 - self.levels;
        let mut event = Map::from_iter([("event".to_string(), Value::from("forecast"))]);
        for (at, (column, cell)) in self.columns.iter().zip(&self.row).enumerate() {
            let value = if at < texts { Value::from(cell.as_str()) } else { cell.parse::<f64>().map_or(Value::Null, Value::from) };
            event.insert(column.clone(), value);
        }
        Value::Object(event)
    }

    /// Writes what is left and gives the sink back.
    ///
    /// # Errors
    /// What writing fails with.
    pub fn finish(self) -> io::Result<W> {
        self.writer.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}
