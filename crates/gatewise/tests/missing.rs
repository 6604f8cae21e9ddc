//! Missing values: marked for the network, never learned from, never held against a forecast, and never told by rows that come later.

use gatewise::batch::{Batch, Source};
use gatewise::data::Dataset;
use gatewise::forecast::{
    Backtest, BacktestOptions, CellName, Channels, ForecastConfig, Forecaster, Network, Normalize, Options, Outliers, Plan, Scales, Table,
    Train, Windows,
};
use gatewise::loss::Loss;
use gatewise::train::{Control, Session};
use gatewise::{Cpu, Error};

/// One target and one covariate, of which the rows of `gap` and every ninth value of the covariate are missing; straight lines stand there.
fn holed(rows: usize, gap: std::ops::Range<usize>) -> Dataset {
    let target: Vec<f64> = (0..rows).map(|t| 50.0 + 10.0 * (t % 7) as f64 + ((t * 7919) % 13) as f64).collect();
    let weather: Vec<f64> = (0..rows).map(|t| ((t * 31) % 17) as f64).collect();
    let mut data = Dataset::from_columns(&[("sales", &target), ("weather", &weather)], 1).unwrap();
    let series = &mut data.series[0];
    series.missing = (0..rows).flat_map(|row| [gap.contains(&row), row % 9 == 8 && row + 1 < rows]).collect();
    let line = |row: usize| {
        let share = (row + 1 - gap.start) as f64 / (gap.len() + 1) as f64;
        target[gap.start - 1] + share * (target[gap.end] - target[gap.start - 1])
    };
    gap.clone().for_each(|row| series.values[2 * row] = line(row));
    data
}

fn config(mask: bool) -> ForecastConfig {
    ForecastConfig {
        horizon: 3,
        lookback: 4,
        segment: 2,
        season: 1,
        longer_seasons: Vec::new(),
        stride: 1,
        channels: Channels::Independent,
        normalize: Normalize::None,
        log: false,
        nonnegative: false,
        outliers: Outliers::Keep,
        targets: 1,
        covariates: 1,
        mask,
        limits: Vec::new(),
        quantiles: Vec::new(),
        loss: Loss::Mse,
        network: Network { cell: CellName::Gru, hidden: 3, layers: 1, dropout: 0.0, layer_norm: false, skip: true },
    }
}

fn filled(data: &Dataset, config: &ForecastConfig, origin: usize) -> Batch<f32> {
    let (table, mut batch) = (Table::of(data), Batch::default());
    let windows = Windows::new(&table, config, &Scales::default(), 1, true, |_| origin..origin + 1);
    windows.fill(&[0], &mut batch);
    batch
}

#[test]
fn a_window_has_marks_behind_the_channels_of_each_row() {
    let data = holed(40, 20..23);
    let at = |row: usize, channel: usize| data.series[0].values[2 * row + channel] as f32;
    let batch = filled(&data, &config(true), 24);
    let row = |row: usize, marks: [f32; 2]| [at(row, 0), at(row, 1), marks[0], marks[1]];
    assert_eq!(batch.x, [row(20, [1.0, 0.0]), row(21, [1.0, 0.0]), row(22, [1.0, 0.0]), row(23, [0.0, 0.0])].concat());
    assert_eq!(filled(&data, &config(false), 24).x.len(), 8);
    // Row 26 lacks the covariate, which is no target.
    assert_eq!((&batch.weight[..], &batch.target[..]), (&[1.0; 3][..], &[at(24, 0), at(25, 0), at(26, 0)][..]));
    // From inside the gap it is not known where it leads.
    let inside = filled(&data, &config(true), 22);
    let before = at(19, 0);
    assert_eq!(inside.x[4..], [[at(19, 0), at(19, 1), 0.0, 0.0], [before, at(20, 1), 1.0, 0.0], [before, at(21, 1), 1.0, 0.0]].concat());
    assert_eq!(inside.skip, [at(18, 0), before, before, before]);
    assert_eq!(inside.weight, [0.0, 1.0, 1.0]);
}

fn backtest(data: &Dataset, train: Train) -> Result<Backtest, Error> {
    let mut options = Options { horizon: Some(7), season: Some(vec![7]), train: Some(train), ..Options::default() };
    (options.training.threads, options.training.seed, options.training.max_steps) = (Some(1), Some(3), Some(20));
    let cpu = Cpu::new(1).unwrap();
    let mut session = Session { cpu: &cpu, checkpoints: None, on_event: &mut |_| Control::Continue };
    Ok(Forecaster::backtest(data, &options, &BacktestOptions { windows: 4, stride: None, refit: false }, &mut session)?
        .expect("nobody stopped it"))
}

#[test]
fn a_forecast_from_inside_a_gap_knows_nothing_behind_it() {
    // The last origin is row 133: the gap is around it.
    let data = holed(140, 130..136);
    let mut other = data.clone();
    for row in 130..140 {
        other.series[0].values[2 * row] += if row < 136 { 40.0 } else { 500.0 };
    }
    for train in [Train::None, Train::Full] {
        let (found, changed) = (backtest(&data, train).unwrap(), backtest(&other, train).unwrap());
        let last = |of: &Backtest| of.forecasts.last().unwrap().0.clone();
        assert_eq!(last(&found).origin, 133);
        assert_eq!(last(&found), last(&changed), "{train:?}");
    }
}

#[test]
fn what_is_missing_is_held_against_nothing() {
    let data = holed(140, 119..126);
    let found = backtest(&data, Train::Full).unwrap();
    // A whole window of four is missing.
    assert_eq!((found.score.windows, found.forecasts.len()), (3, 4));
    assert!(found.forecasts.iter().flat_map(|(_, came)| came).filter(|came| came.is_nan()).count() == 7);
    assert!(found.score.model.mae.is_finite() && found.score.model.mase.is_some_and(f64::is_finite));
    let mut wild = data.clone();
    (119..126).for_each(|row| wild.series[0].values[2 * row] = 0.0);
    // What stands there is no truth: the windows before it have the same forecasts and errors.
    let again = backtest(&wild, Train::None).unwrap();
    assert!(again.score.model.mae < 60.0);
}

#[test]
fn a_plan_marks_where_more_than_an_hour_a_year_is_missing() {
    let plan = |data: &Dataset| {
        let options = Options { horizon: Some(7), ..Options::default() };
        Plan::new(data, &options).unwrap()
    };
    let mut data = holed(1000, 200..230);
    let plan_of = plan(&data);
    assert!(plan_of.config.mask);
    assert_eq!(plan_of.config.step_width(), 4 * plan_of.config.segment);
    data.series[0].missing.iter_mut().enumerate().for_each(|(at, missing)| *missing = at == 400);
    assert!(!plan(&data).config.mask);
    data.series[0].missing.clear();
    let without = plan(&data).config;
    assert!(!without.mask && !serde_json::to_string(&without).unwrap().contains("mask"), "a file without marks is as it was");
}
