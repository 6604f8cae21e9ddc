//! Reports to render: one real series, and many made ones.

use gatewise::baselines::Method;
use gatewise::task::forecast::{Candidate, Coverage, Expectation, MethodScore, Metrics, Score, SeriesScore, Standing, StepScore};
use gatewise_data::Choice;

use crate::EpochRow;
use crate::forecast::*;

/// The README's sample series: 144 months of airline passengers.
const AIRLINE: &str = include_str!("../../../../samples/airline-passengers.csv");

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
    let pair = |a: &str, b: &str| (a.to_string(), b.to_string());
    let guess = |what: &str, value: &str, flag: &str| Choice { what: what.into(), value: value.into(), flag: flag.into() };
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
            guess("season", "12 months", "⦃season⦄ 12"),
            guess("frequency", "monthly", "⦃freq⦄ M"),
            guess("look-back", "36 steps", "⦃lookback⦄ 36"),
            guess("target", "Passengers", "⦃target⦄ Passengers"),
        ],
        warnings: vec!["The spread grows with the level; the series was forecast on a logarithmic scale.".to_string()],
        backtest: Some(backtest(&rows)),
        verdict: "On the held-back year the model is off by 14 thousand passengers a month; repeating last year is off by 48 thousand."
            .to_string(),
        epochs,
        panels: vec![Panel {
            name: "Passengers".to_string(),
            time: "Month".to_string(),
            value: "Passengers".to_string(),
            history: rows.clone(),
            held_back: Some(HeldBack { rows: held }),
            forecast,
            quantile_levels: levels.to_vec(),
            note: Some("Thousands of passengers a month.".to_string()),
        }],
        total_panels: 1,
        settings: "[model]\ncell = \"lstm\"\nhidden = 32\nlayers = 1\n\n[train]\nepochs = 200\nlr = 0.01\nseed = 7\n".to_string(),
    }
}

/// Errors of one forecast.
pub fn metrics(mase: f64) -> Metrics {
    Metrics { mae: 30.5 * mase, rmse: 39.4 * mase, smape: 6.3 * mase, mape: Some(6.1 * mase), mase: Some(mase) }
}

/// Four forecasts of the last years, and what they come to beside simple methods.
fn backtest(rows: &[(f64, String, f64)]) -> Backtest {
    let levels = [0.025, 0.1, 0.5, 0.9, 0.975];
    let window = |origin: usize| {
        let forecast = (origin..origin + 12).map(|row| {
            let median = rows[row - 12].2 * 1.1;
            let quantiles = [-1.96, -1.28, 0.0, 1.28, 1.96].map(|z| median + z * 15.0).to_vec();
            ForecastRow { position: row as f64, label: rows[row].1.clone(), median, quantiles }
        });
        Panel {
            name: format!("from {} on", rows[origin].1),
            time: "Month".to_string(),
            value: "Passengers".to_string(),
            history: rows[origin - 28..origin + 12].to_vec(),
            held_back: None,
            forecast: forecast.collect(),
            quantile_levels: levels.to_vec(),
            note: Some("MAE 14.1; 11 of 12 values lie in the 95 % interval".to_string()),
        }
    };
    let method = |candidate, mase, weight| MethodScore { candidate, windows: 20, metrics: metrics(mase), weight: Some(weight) };
    let step = |h: usize| StepScore { mae: 8.0 + h as f64, inside: vec![0.95 - 0.01 * h as f64, 0.85 - 0.02 * h as f64] };
    let score = Score {
        windows: 20,
        model: metrics(0.462),
        baseline: metrics(1.568),
        methods: vec![
            method(Candidate::Network, 0.511, 0.62),
            method(Candidate::Method(Method::Mean), 6.2, 0.0),
            MethodScore { windows: 18, ..method(Candidate::Method(Method::Ar), 0.39, 0.0) },
            method(Candidate::Method(Method::SeasonalNaive), 1.568, 0.0),
            method(Candidate::Method(Method::Ets), 0.66, 0.38),
        ],
        expected: Some(Expectation { mean: 0.462, low: 0.31, high: 0.715, windows: 20, independent: 4.2 }),
        against: Some((Candidate::Method(Method::Ets), Standing::Better)),
        coverage: vec![Coverage { nominal: 0.95, actual: 0.942 }, Coverage { nominal: 0.8, actual: 0.305 }],
        steps: (0..12).map(step).collect(),
        series: vec![SeriesScore { series: 0, channel: 0, model: metrics(0.462), baseline: metrics(1.568) }],
    };
    Backtest {
        about: "Of the last 50 rows, which nothing was learned from.".to_string(),
        horizon: 12,
        score,
        names: vec!["Passengers".to_string()],
        drawn: 1,
        shown: 6,
        windows: [94, 106, 120, 132].map(window).to_vec(),
        overlapping: [96, 98].map(window).to_vec(),
    }
}

/// The airline series' score as one of `count` series, the later ones harder.
pub fn of_many(backtest: &mut Backtest, count: usize) {
    let series = |s: usize| SeriesScore { series: s, channel: 0, model: metrics(0.5 + 0.01 * s as f64), baseline: metrics(1.0) };
    backtest.score.series = (0..count).map(series).collect();
    backtest.names = (0..count).map(|s| format!("Channel {s}")).collect();
}

/// Many hourly channels, some of them hard.
pub fn many(count: usize) -> ForecastReport {
    let mut report = airline();
    report.title = "Power transformer load".to_string();
    report.total_panels = 414;
    if let Some(backtest) = &mut report.backtest {
        of_many(backtest, 414);
    }
    report.panels = (0..count)
        .map(|k| {
            let value = |i: usize| {
                let t = i as f64;
                20.0 + 8.0 * (t * std::f64::consts::TAU / 24.0 + k as f64).sin() + 3.0 * (t * 0.37 * (k + 1) as f64).sin()
            };
            let label = |i: usize| format!("2018-{:02}-{:02} {:02}:00:00", 6 + i / 720, 1 + i / 24 % 30, i % 24);
            Panel {
                name: format!("Channel {k}"),
                time: "date".to_string(),
                value: format!("Channel {k}"),
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
