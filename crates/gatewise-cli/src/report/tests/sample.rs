//! Reports to render: one real series, and many made ones.

use crate::report::*;

/// The README's sample series: 144 months of airline passengers.
const AIRLINE: &str = include_str!("../../../../../samples/airline-passengers.csv");

/// The airline series with its last year held back and a forecast of another year. The model's
/// figures are last year's, scaled by the growth of a year: a stand-in for a network.
pub fn airline() -> ForecastReport {
    let rows: Vec<(f64, String, f64)> = AIRLINE
        .lines()
        .skip(1)
        .enumerate()
        .map(|(i, line)| {
            let (month, count) = line.split_once(',').expect("two columns");
            let month = month.trim_matches('"').to_string();
            (i as f64, month, count.parse().expect("a number"))
        })
        .collect();
    let held = rows[132..]
        .iter()
        .zip(&rows[120..])
        .map(|((position, label, truth), (_, _, year_ago))| HeldBackRow {
            position: *position,
            label: label.clone(),
            truth: *truth,
            model: year_ago * 1.09,
            baseline: *year_ago,
        })
        .collect();
    let levels = [0.025, 0.1, 0.5, 0.9, 0.975];
    let forecast = (0..12)
        .map(|i| {
            let median = rows[132 + i].2 * 1.09;
            let spread = 12.0 + 2.2 * i as f64;
            ForecastRow {
                position: (144 + i) as f64,
                label: format!("1961-{:02}", i + 1),
                median,
                quantiles: [-1.96, -1.28, 0.0, 1.28, 1.96].map(|z| median + z * spread).to_vec(),
            }
        })
        .collect();
    let epochs = (1..=60)
        .map(|epoch| {
            let t = epoch as f64;
            EpochRow {
                epoch,
                train_loss: 0.6 * (-t / 9.0).exp() + 0.018 + 0.002 * (t * 1.7).sin(),
                valid_loss: 0.7 * (-t / 8.0).exp() + 0.031 + 0.0004 * (t - 43.0).max(0.0) + 0.003 * (t * 2.3).cos(),
                lr: 0.01 * 0.5f64.powi((epoch / 25) as i32),
                grad_norm: 2.4 * (-t / 14.0).exp() + 0.12 + 0.05 * (t * 3.1).sin().abs(),
                best: epoch == 43,
            }
        })
        .collect();
    let naive = |value| vec![("seasonal_naive".to_string(), value)];
    let metric = |name: &str, model, baselines, lower_is_better| MetricRow { name: name.to_string(), model, baselines, lower_is_better };
    let pair = |a: &str, b: &str| (a.to_string(), b.to_string());
    let guess = |a: &str, b: &str, c: &str| (a.to_string(), b.to_string(), c.to_string());
    ForecastReport {
        title: "Airline passengers, 12 months ahead".to_string(),
        command: "gatewise forecast samples/airline-passengers.csv --horizon 12 --seed 7".to_string(),
        created: "2026-11-23 16:40 UTC".to_string(),
        facts: vec![
            pair("Model", "LSTM, 1 layer of 32"),
            pair("Parameters", "4,900"),
            pair("Time taken", "11.4 s"),
            pair("Seed", "7"),
            pair("Rows read", "144"),
            pair("Last observation", "1960-12"),
        ],
        guesses: vec![
            guess("season", "12 months", "--season 12"),
            guess("frequency", "monthly", "--freq M"),
            guess("look-back", "36 steps", "--lookback 36"),
            guess("target", "Passengers", "--target Passengers"),
        ],
        warnings: vec!["The spread grows with the level; the series was forecast on a logarithmic scale.".to_string()],
        metrics: vec![
            metric("MASE", 0.462, naive(1.568), true),
            metric("sMAPE", 2.91, naive(9.97), true),
            metric("MAE", 14.1, naive(47.83), true),
            metric("RMSE", 18.2, naive(50.71), true),
            metric("coverage of the 80 % interval", 0.833, vec![], false),
        ],
        verdict: "On the held-back year the model is off by 14 thousand passengers a month; repeating last year is off by 48 thousand."
            .to_string(),
        epochs,
        panels: vec![Panel {
            name: "Passengers".to_string(),
            history: rows,
            held_back: Some(HeldBack { rows: held }),
            forecast,
            quantile_levels: levels.to_vec(),
            note: Some("Thousands of passengers a month.".to_string()),
        }],
        total_panels: 1,
        settings: "[model]\ncell = \"lstm\"\nhidden = 32\nlayers = 1\n\n[train]\nepochs = 200\nlr = 0.01\nseed = 7\n".to_string(),
    }
}

/// Many hourly channels, some of them hard.
pub fn many(count: usize) -> ForecastReport {
    let mut report = airline();
    report.title = "Power transformer load".to_string();
    report.total_panels = 414;
    report.metrics[0].model = 1.9;
    report.metrics[1].model = 9.97;
    report.panels = (0..count)
        .map(|k| {
            let value = |i: usize| {
                let t = i as f64;
                20.0 + 8.0 * (t * std::f64::consts::TAU / 24.0 + k as f64).sin() + 3.0 * (t * 0.37 * (k + 1) as f64).sin()
            };
            let label = |i: usize| format!("2018-{:02}-{:02} {:02}:00:00", 6 + i / 720, 1 + i / 24 % 30, i % 24);
            Panel {
                name: format!("Channel {k}"),
                history: (0..672).map(|i| (i as f64, label(i), value(i))).collect(),
                held_back: Some(HeldBack {
                    rows: (624..672)
                        .map(|i| HeldBackRow {
                            position: i as f64,
                            label: label(i),
                            truth: value(i),
                            model: 0.7 * value(i) + 6.0 + k as f64 / 4.0,
                            baseline: value(i - 24),
                        })
                        .collect(),
                }),
                forecast: (672..720)
                    .map(|i| ForecastRow {
                        position: i as f64,
                        label: label(i),
                        median: value(i),
                        quantiles: vec![value(i) - 4.0, value(i) - 2.0, value(i) + 2.0, value(i) + 4.0],
                    })
                    .collect(),
                quantile_levels: vec![0.025, 0.1, 0.9, 0.975],
                note: Some(format!("MASE {:.2}", 0.6 + k as f64 / 10.0)),
            }
        })
        .collect();
    report
}
