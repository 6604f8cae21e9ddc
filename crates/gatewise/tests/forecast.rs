//! The forecast task from windows to scores, on series small enough to check by hand.

use gatewise::Cpu;
use gatewise::baselines::Method;
use gatewise::batch::{Batch, Source};
use gatewise::loss::Loss;
use gatewise::task::forecast::{
    Candidate, CellName, ChannelForecast, Channels, ForecastConfig, Forecaster, Network, Normalize, Outliers, Prediction, Scorer, Split,
    Table, Window, Windows, seasonal_naive, starting_model, training_scales, training_windows,
};

const LEVELS: [f64; 3] = [0.1, 0.5, 0.9];

fn config() -> ForecastConfig {
    ForecastConfig {
        horizon: 3,
        lookback: 8,
        segment: 4,
        longer_seasons: Vec::new(),
        stride: 1,
        season: 4,
        channels: Channels::Independent,
        normalize: Normalize::Window,
        log: false,
        nonnegative: false,
        outliers: Outliers::Replace,
        targets: 1,
        covariates: 0,
        mask: false,
        limits: Vec::new(),
        quantiles: LEVELS.to_vec(),
        loss: Loss::Quantile { levels: LEVELS.to_vec() },
        network: Network { cell: CellName::Gru, hidden: 5, layers: 1, dropout: 0.0, layer_norm: false, skip: true },
    }
}

fn cpu() -> Cpu {
    Cpu::with_isa(gatewise::Isa::Scalar, 1)
}

/// Positive, seasonal and never twice the same.
fn wave(rows: usize, level: f64) -> Vec<f64> {
    (0..rows).map(|t| level * (3.0 + (t % 4) as f64 + 0.1 * t as f64 + ((t * 37) % 11) as f64 * 0.05)).collect()
}

/// A forecaster whose head says something, so that changes of the input show.
fn forecaster(config: &ForecastConfig, table: &Table<'_>, splits: &[Split]) -> Forecaster {
    let mut model = starting_model(config, 7).unwrap();
    let head: Vec<f32> = (0..model.get("head.weight").unwrap().len()).map(|i| ((i * 29) % 17) as f32 * 0.02 - 0.15).collect();
    model.set("head.weight", &head).unwrap();
    Forecaster::new(config.clone(), training_scales(table, config, splits), vec![model]).unwrap()
}

fn predict(forecaster: &mut Forecaster, table: &Table<'_>, origins: impl Fn(usize) -> std::ops::Range<usize>) -> Vec<Prediction> {
    let scales = forecaster.scales_for(table, |s| table.series()[s].len());
    let windows = Windows::new(table, forecaster.config(), &scales, 1, false, origins);
    let mut all = Vec::new();
    forecaster.predict_windows(&cpu(), &windows, &mut |p| all.push(p.clone()));
    all
}

#[test]
fn items_are_numbered_series_by_series_and_channel_by_channel() {
    let values: Vec<f64> = (0..2 * 12).map(f64::from).collect();
    let table = Table::new([("a", &values[..]), ("b", &values[..20])], 2, 2);
    let config = ForecastConfig { targets: 2, ..config() };
    let windows = Windows::new(&table, &config, &Default::default(), 2, true, |_| 0..usize::MAX);
    // Origins 4, 6 and 8 of 12 rows, 4 and 6 of 10: a season before and a horizon behind.
    let origins = [(0, 0, 4), (0, 0, 6), (0, 0, 8), (0, 1, 4), (0, 1, 6), (0, 1, 8), (1, 0, 4), (1, 0, 6), (1, 1, 4), (1, 1, 6)];
    let expected: Vec<Window> = origins.map(|(series, channel, origin)| Window { series, channel, origin }).to_vec();
    assert_eq!((0..windows.len()).map(|item| windows.window(item)).collect::<Vec<_>>(), expected);
    let joint = ForecastConfig { channels: Channels::Joint, ..config };
    assert_eq!(Windows::new(&table, &joint, &Default::default(), 2, true, |_| 0..usize::MAX).len(), 5);
}

#[test]
fn a_batch_holds_the_scaled_rows_before_the_origin_and_the_targets_behind() {
    let values = wave(20, 10.0);
    let table = Table::new([("", &values[..])], 1, 1);
    let splits = [Split { train_end: 20, valid_end: 20, end: 20 }];
    let scales = training_scales(&table, &config(), &splits);
    let windows = Windows::new(&table, &config(), &scales, 1, true, |_| 9..11);
    let mut batch = Batch::default();
    windows.fill(&[1, 0], &mut batch);
    assert_eq!((batch.layout.batch(), batch.layout.time(), batch.x.len(), batch.skip.len(), batch.target.len()), (2, 2, 16, 16, 6));
    for (item, origin) in [(0, 10), (1, 9)] {
        let scale = windows.scale(&Window { series: 0, channel: 0, origin }, 0);
        let z: Vec<f32> = values[origin - 8..origin + 3].iter().map(|&v| scale.apply(v) as f32).collect();
        assert_eq!(batch.skip[item * 8..][..8], z[..8]);
        assert_eq!(batch.target[item * 3..][..3], z[8..]);
        for step in 0..2 {
            let row = batch.layout.row(step, batch.place(item));
            assert_eq!(batch.x[row * 4..][..4], z[step * 4..][..4], "item {item} step {step}");
        }
    }
}

#[test]
fn no_part_sees_the_future() {
    let (config, plain) = (config(), wave(40, 1.0));
    let split = [Split { train_end: 24, valid_end: 32, end: 40 }];
    let inputs = |values: &[f64], part: usize| {
        let table = Table::new([("", values)], 1, 1);
        let scales = training_scales(&table, &config, &split);
        let (train, valid) = training_windows(&table, &config, &scales, &split).unwrap();
        let windows = if part == 0 { train } else { valid };
        let mut batch = Batch::default();
        windows.fill(&(0..windows.len()).collect::<Vec<_>>(), &mut batch);
        let last = windows.window(windows.len() - 1).origin + config.horizon;
        (batch.x, batch.skip, batch.target, last)
    };
    for (part, end) in [(0, 24), (1, 32)] {
        let mut changed = plain.clone();
        changed[end..].iter_mut().for_each(|v| *v = 1e6);
        let (a, b) = (inputs(&plain, part), inputs(&changed, part));
        assert_eq!(a.3, end, "the part is used to its end");
        assert_eq!(a, b, "part {part} depends on rows from {end} on");
    }
}

#[test]
fn a_forecast_depends_on_its_past_alone() {
    let (config, plain) = (config(), wave(40, 5.0));
    let split = [Split { train_end: 20, valid_end: 20, end: 40 }];
    let forecast = |values: &[f64]| {
        let table = Table::new([("", values)], 1, 1);
        let mut forecaster = forecaster(&config, &table, &split);
        predict(&mut forecaster, &table, |_| 25..26).remove(0).quantiles
    };
    let mut later = plain.clone();
    later[25..].iter_mut().for_each(|v| *v = -99.0);
    assert_eq!(forecast(&plain), forecast(&later));
    let mut earlier = plain.clone();
    earlier[24] += 1.0;
    assert_ne!(forecast(&plain), forecast(&earlier), "the last row before the origin counts");
}

#[test]
fn training_starts_at_the_seasonal_naive_forecast() {
    let interleaved: Vec<f64> = wave(30, 2.0).into_iter().zip(wave(30, 70.0)).flat_map(|(a, b)| [a, b]).collect();
    let base = ForecastConfig { targets: 2, horizon: 6, ..config() };
    let cases = [
        base.clone(),
        ForecastConfig { log: true, ..base.clone() },
        ForecastConfig { channels: Channels::Joint, ..base.clone() },
        ForecastConfig { normalize: Normalize::Series, ..base.clone() },
        ForecastConfig { normalize: Normalize::None, loss: Loss::Mse, quantiles: Vec::new(), ..base.clone() },
        ForecastConfig { loss: Loss::Gaussian, season: 1, segment: 1, ..base },
    ];
    for config in cases {
        let table = Table::new([("", &interleaved[..])], 2, 2);
        let split = [Split::all_training(30)];
        let model = starting_model(&config, 3).unwrap();
        let mut forecaster = Forecaster::new(config.clone(), training_scales(&table, &config, &split), vec![model]).unwrap();
        let targets = config.window_targets();
        for p in predict(&mut forecaster, &table, |_| 30..31) {
            for index in 0..targets {
                let channel = if targets == 1 { p.window.channel } else { index };
                let mut naive = Vec::new();
                seasonal_naive(&table.series()[0], channel, config.season, 30, config.horizon, &mut naive);
                for (h, naive) in naive.iter().enumerate() {
                    let got = p.point[h * targets + index];
                    assert!((got - naive).abs() < 1e-4 * naive.abs(), "{config:?} channel {channel} step {h}: {got}, naive {naive}");
                }
            }
        }
    }
}

#[test]
fn a_short_series_is_forecast_from_what_it_has_and_neighbours_do_not_matter() {
    let (long, short) = (wave(30, 1.0), wave(6, 9.0));
    let both = Table::new([("long", &long[..]), ("short", &short[..])], 1, 1);
    let alone = Table::new([("short", &short[..])], 1, 1);
    let config = config();
    let splits = [Split::all_training(30), Split::all_training(6)];
    let mut together = forecaster(&config, &both, &splits);
    let mut apart = forecaster(&config, &alone, &splits[1..]);
    let end = |table: &Table<'_>, s: usize| table.series()[s].len()..table.series()[s].len() + 1;
    let a = predict(&mut together, &both, |s| end(&both, s));
    let b = predict(&mut apart, &alone, |s| end(&alone, s));
    assert_eq!((a.len(), a[1].window.series), (2, 1));
    assert_eq!((&a[1].point, &a[1].quantiles), (&b[0].point, &b[0].quantiles));
    let tiny = Table::new([("tiny", &short[..3])], 1, 1);
    assert!(predict(&mut apart, &tiny, |_| 3..4).is_empty(), "less than a season is too little");
}

#[test]
fn window_scaling_makes_forecasts_follow_level_and_size() {
    let plain = wave(30, 1.0);
    let moved: Vec<f64> = plain.iter().map(|v| 1000.0 * v - 250.0).collect();
    let config = config();
    let forecast = |values: &[f64]| {
        let table = Table::new([("", values)], 1, 1);
        let mut forecaster = forecaster(&config, &table, &[Split::all_training(30)]);
        predict(&mut forecaster, &table, |_| 30..31).remove(0)
    };
    let (a, b) = (forecast(&plain), forecast(&moved));
    for (a, b) in a.quantiles.iter().zip(&b.quantiles) {
        assert!((1000.0 * a - 250.0 - b).abs() < 1e-2, "{a} became {b}");
    }
}

#[test]
fn forecasts_of_what_is_never_negative_are_cut_at_zero() {
    let values: Vec<f64> = wave(30, 1.0).iter().enumerate().map(|(t, v)| if t % 4 == 0 { 0.0 } else { *v }).collect();
    let table = Table::new([("", &values[..])], 1, 1);
    let lowest = |nonnegative| {
        let config = ForecastConfig { nonnegative, ..config() };
        let mut forecaster = forecaster(&config, &table, &[Split::all_training(30)]);
        predict(&mut forecaster, &table, |_| 24..31).iter().flat_map(|p| p.quantiles.clone()).fold(f64::INFINITY, f64::min)
    };
    assert!(lowest(false) < 0.0, "the network says something negative");
    assert_eq!(lowest(true), 0.0);
}

#[test]
fn covariates_reach_the_network() {
    let rows: Vec<f64> = wave(30, 1.0).into_iter().enumerate().flat_map(|(t, v)| [v, (t % 5) as f64]).collect();
    let config = ForecastConfig { covariates: 1, ..config() };
    let forecast = |rows: &[f64]| {
        let table = Table::new([("", rows)], 2, 1);
        let mut forecaster = forecaster(&config, &table, &[Split::all_training(30)]);
        predict(&mut forecaster, &table, |_| 30..31).remove(0).point
    };
    let mut changed = rows.clone();
    changed[2 * 28 + 1] = 3.5;
    assert_ne!(forecast(&rows), forecast(&changed));
}

#[test]
fn a_model_file_forecasts_as_the_forecaster_it_was_written_by() {
    let values = wave(30, 4.0);
    let table = Table::new([("x", &values[..])], 1, 1);
    let config = config();
    let splits = [Split::all_training(30)];
    let members = vec![starting_model(&config, 1).unwrap(), starting_model(&config, 2).unwrap()];
    let mut before = Forecaster::new(config.clone(), training_scales(&table, &config, &splits), members).unwrap();
    let data = serde_json::json!({"columns": ["x"]});
    assert_eq!(before.to_bytes(&data), before.to_bytes(&data));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.safetensors");
    before.save(&path, &data).unwrap();
    let (mut after, found) = Forecaster::load(&path).unwrap();
    assert_eq!((found, after.config(), after.members().len()), (data, &config, 2));
    let end = |_| 30..31;
    assert_eq!(predict(&mut before, &table, end)[0].quantiles, predict(&mut after, &table, end)[0].quantiles);
}

#[test]
fn scores_by_hand() {
    let values = [1.0, 2.0, 3.0, 4.0, 1.0, 2.0, 3.0, 4.0, 2.0, 2.0, 5.0];
    let table = Table::new([("", &values[..])], 1, 1);
    let mut scorer = Scorer::new(1, &LEVELS);
    let quantiles = vec![0.0, 1.0, 2.5, 1.5, 2.0, 2.5, 2.0, 3.0, 4.0];
    let forecast = ChannelForecast { series: 0, channel: 0, origin: 8, point: vec![1.0, 2.0, 3.0], quantiles };
    let other = Candidate::Method(Method::Mean);
    scorer.add(&table, &values[8..], &forecast, &[(other, &[2.0, 2.0, 2.0])]);
    let score = scorer.finish(&table, |_| 8).unwrap();
    let close = |got: f64, expected: f64| assert!((got - expected).abs() < 1e-5, "got {got}, expected {expected}");
    close(score.model.mae, 1.0);
    close(score.model.rmse, (5.0_f64 / 3.0).sqrt());
    // With a season of 1 the baseline repeats 4, and the mean step before the forecast is 9/7.
    close(score.baseline.mae, 5.0 / 3.0);
    close(score.model.mase.unwrap(), 7.0 / 9.0);
    close(score.coverage[0].nominal, 0.8);
    close(score.coverage[0].actual, 2.0 / 3.0);
    assert_eq!((score.windows, score.series.len(), score.coverage.len()), (1, 1, 1));
    close(score.method(other).unwrap().metrics.mae, 1.0);
    assert_eq!((score.best_method(), score.steps.len()), (Some(other), 3));
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let bad: [(&str, ForecastConfig); 5] = [
        ("segment", ForecastConfig { segment: 3, ..config() }),
        ("horizon", ForecastConfig { horizon: 0, ..config() }),
        ("quantiles", ForecastConfig { quantiles: vec![0.9, 0.1], ..config() }),
        ("levels", ForecastConfig { loss: Loss::Quantile { levels: vec![1.5] }, ..config() }),
        ("hidden", ForecastConfig { network: Network { hidden: 0, ..config().network }, ..config() }),
    ];
    for (word, config) in bad {
        let error = config.check().unwrap_err().to_string();
        assert!(error.contains(word), "{word} in {error}");
    }
    let values = [3.0, 0.0, 1.0, 2.0, 5.0, 3.0, 2.0, 1.0, 1.0, 1.0, 1.0];
    let table = Table::new([("s", &values[..])], 1, 1);
    let log = ForecastConfig { log: true, ..config() };
    let splits = [Split::all_training(11)];
    let error = training_windows(&table, &log, &training_scales(&table, &log, &splits), &splits).unwrap_err().to_string();
    assert!(error.contains("row 2") && error.contains("⦃log⦄"), "{error}");
    let short = Table::new([("s", &values[..5])], 1, 1);
    let splits = [Split::all_training(5)];
    let error = training_windows(&short, &config(), &Default::default(), &splits).unwrap_err().to_string();
    assert!(error.contains("5 rows") && error.contains('7'), "{error}");
}
