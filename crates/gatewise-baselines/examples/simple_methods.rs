//! Forecasts of every method for series that come as JSON, one a line: `{"y": [..], "seasons": [12], "horizon": 12}`.
//!
//! Each answer is a line of JSON: by method its label, means, standard deviations and the microseconds of the fit.

use std::io::{BufRead, BufWriter, Write};
use std::time::Instant;

use gatewise_baselines::{Method, fit};
use serde::Deserialize;
use serde_json::{Map, json};

#[derive(Deserialize)]
struct Series {
    y: Vec<f64>,
    seasons: Vec<usize>,
    horizon: usize,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let series: Series = serde_json::from_str(&line?)?;
        let mut answer = Map::new();
        for method in Method::ALL {
            let start = Instant::now();
            let Some(fitted) = fit(method, &series.y, &series.seasons) else { continue };
            let micros = start.elapsed().as_micros() as u64;
            let forecast = fitted.forecast(series.horizon);
            let entry = json!({ "label": fitted.label(), "mean": forecast.mean, "sd": forecast.sd, "micros": micros });
            answer.insert(method.name().into(), entry);
        }
        writeln!(out, "{}", serde_json::Value::Object(answer))?;
    }
    Ok(())
}
