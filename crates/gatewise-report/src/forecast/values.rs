//! The figures of one series: what the chart reads out under the pointer, and the tables below it.

use super::ForecastRow;
use super::panel::{BASELINE_NAME, Point, Series};
use crate::html::page::{Cell, Column, Readout, details, table};
use crate::number::{decimals, fixed, percent, scientific};

impl Series<'_> {
    /// A row of texts for each position of `recent` and of the forecast, which may lie among them.
    pub fn readout(&self, recent: &[Point<'_>]) -> Readout {
        let held = self.panel.held_back.as_ref().map_or(&[][..], |h| &h.rows);
        let place = |row: &ForecastRow| recent.binary_search_by(|p| p.0.total_cmp(&row.position)).ok();
        let beyond = self.ahead().filter(|row| place(row).is_none());
        let total = recent.len() + beyond.clone().count();
        let blank = vec![String::new(); total];
        let (mut truth, mut model, mut base) = (blank.clone(), blank.clone(), blank.clone());
        let mut bands = vec![blank; self.intervals.len()];
        let mut out = Readout::default();
        for (i, (at, label, value)) in recent.iter().enumerate() {
            out.x.push(*at);
            out.label.push((*label).to_string());
            truth[i] = self.text(*value);
            let row = held.binary_search_by(|r| r.position.total_cmp(at));
            if let Ok(row) = row {
                model[i] = self.text(held[row].model);
                base[i] = self.text(held[row].baseline);
            }
        }
        for row in self.ahead() {
            let i = place(row).unwrap_or_else(|| {
                out.x.push(row.position);
                out.label.push(row.label.clone());
                out.x.len() - 1
            });
            model[i] = self.text(row.median);
            for (band, &(low, high, _)) in bands.iter_mut().zip(&self.intervals) {
                band[i] = format!("{} to {}", self.quantile(row, low), self.quantile(row, high));
            }
        }
        out.series.push(("observed".to_string(), truth));
        out.series.push(("forecast".to_string(), model));
        if !held.is_empty() {
            out.series.push((BASELINE_NAME.to_string(), base));
        }
        for (band, (_, _, coverage)) in bands.into_iter().zip(&self.intervals) {
            out.series.push((percent(*coverage), band));
        }
        out
    }

    /// The forecast, and the held-back part, as tables the reader opens; at most `limit` rows each.
    pub fn tables(&self, limit: usize) -> String {
        let name = &self.panel.name;
        let mut columns = vec![(Column::Name, "time".to_string()), (Column::Figure, "forecast".to_string())];
        for level in &self.panel.quantile_levels {
            columns.push((Column::Figure, format!("{} quantile", percent(*level))));
        }
        let rows: Vec<Vec<Cell>> = self.panel.forecast[..limit.min(self.panel.forecast.len())]
            .iter()
            .map(|r| {
                let mut row = vec![Cell::new(&r.label), Cell::with_class(self.text(r.median), "best")];
                let levels = 0..self.panel.quantile_levels.len();
                row.extend(levels.map(|i| Cell::new(self.quantile(r, i))));
                row
            })
            .collect();
        let summary = |what: &str, count: usize| match count > limit {
            true => format!("{what} (the first {limit} of {count} rows)"),
            false if count == 1 => format!("{what} (one row)"),
            false => format!("{what} ({count} rows)"),
        };
        let mut out = String::new();
        if !rows.is_empty() {
            out +=
                &details(&summary("Forecast values", self.panel.forecast.len()), &table(&format!("Forecast of {name}"), &columns, &rows));
        }
        let Some(held) = &self.panel.held_back else {
            return out;
        };
        let columns = [
            (Column::Name, "time".to_string()),
            (Column::Figure, "observed".to_string()),
            (Column::Figure, "forecast".to_string()),
            (Column::Figure, "forecast error".to_string()),
            (Column::Figure, BASELINE_NAME.to_string()),
            (Column::Figure, format!("{BASELINE_NAME} error")),
        ];
        let rows: Vec<Vec<Cell>> = held.rows[..limit.min(held.rows.len())]
            .iter()
            .map(|r| {
                let figures = [r.truth, r.model, r.model - r.truth, r.baseline, r.baseline - r.truth];
                let cells = figures.into_iter().map(|v| Cell::new(self.text(v)));
                std::iter::once(Cell::new(&r.label)).chain(cells).collect()
            })
            .collect();
        out + &details(
            &summary("Held-back part, step by step", held.rows.len()),
            &table(&format!("Held-back part of {name}"), &columns, &rows),
        )
    }

    fn quantile(&self, row: &ForecastRow, column: usize) -> String {
        self.text(row.quantiles.get(column).copied().unwrap_or(f64::NAN))
    }

    /// A figure with the digits that suit the whole series.
    pub fn text(&self, value: f64) -> String {
        if self.size != 0.0 && !(1e-3..1e12).contains(&self.size) {
            return scientific(value, 3);
        }
        fixed(value, decimals(self.size))
    }
}
