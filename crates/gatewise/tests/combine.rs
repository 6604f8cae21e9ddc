//! The network beside simple methods: what is combined, how wide its intervals are, and what a model file keeps of it.

use gatewise::Cpu;
use gatewise::baselines::Method;
use gatewise::loss::Loss;
use gatewise::rng::Rng;
use gatewise::task::forecast::{
    Candidate, CellName, ChannelForecast, Channels, Combination, Combine, ForecastConfig, Forecaster, Learned, Network, Normalize,
    Outliers, Scales, Score, Table, TrialOptions, Tried, held_back_origins, is_intermittent, trials,
};

const LEVELS: [f64; 5] = [0.025, 0.1, 0.5, 0.9, 0.975];

fn config(horizon: usize, season: usize) -> ForecastConfig {
    ForecastConfig {
        horizon,
        lookback: 1,
        segment: 1,
        season,
        longer_seasons: Vec::new(),
        stride: 1,
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
        network: Network { cell: CellName::Gru, hidden: 1, layers: 1, dropout: 0.0, layer_norm: false, skip: true },
    }
}

fn cpu() -> Cpu {
    Cpu::with_isa(gatewise::Isa::Scalar, 2)
}

/// A forecaster of simple methods alone, what it learned from the held-back windows, and their score.
fn without_network(config: &ForecastConfig, table: &Table<'_>) -> (Forecaster, Learned, Score) {
    let candidates = Candidate::all();
    let ids: Vec<&str> = table.series().iter().map(|s| s.id).collect();
    let origins: Vec<Vec<usize>> = table.series().iter().map(|s| held_back_origins(s.len(), config.horizon, 20, None)).collect();
    let intermittent = [table.series().iter().all(|s| is_intermittent(s.column(0, 0, s.len())))];
    let options =
        TrialOptions { config, candidates: &candidates, origins: &origins, truth: table, intermittent: &intermittent, asks: &|_, _| true };
    let mut forecaster = Forecaster::new(config.clone(), Scales::default(), Vec::new()).unwrap();
    let trials = trials(&cpu(), &mut forecaster, table, &options);
    let tried = Tried { candidates: &candidates, levels: &LEVELS, horizon: config.horizon, targets: 1, intermittent: &intermittent };
    let learned = Combination::learn(&trials, tried, Combine::Auto, &ids);
    let score = Score::of_trials(table, config.season, (&LEVELS, config.horizon), &candidates, (&trials, &learned)).unwrap();
    forecaster.set_combination(learned.combination.clone()).unwrap();
    (forecaster, learned, score)
}

fn at_end(forecaster: &mut Forecaster, table: &Table<'_>) -> Vec<ChannelForecast> {
    let origins: Vec<Vec<usize>> = table.series().iter().map(|s| vec![s.len()]).collect();
    let mut found = Vec::new();
    forecaster.forecast(&cpu(), table, &Scales::default(), &origins, &mut |f| found.push(f.clone()));
    found
}

/// Steps of a random walk with deviation 1.
fn walk(rows: usize, seed: u64) -> Vec<f64> {
    let mut rng = Rng::new(seed, 0);
    let mut normal = || (0..12).map(|_| rng.unit()).sum::<f64>() - 6.0;
    (0..rows)
        .scan(100.0, |level, _| {
            *level += normal();
            Some(*level)
        })
        .collect()
}

#[test]
fn intervals_of_a_random_walk_hold_the_truth() {
    let (mut inside, mut values) = (0, 0);
    for (seed, rows) in (0..24).zip([60, 124, 156, 300].into_iter().cycle()) {
        let all = walk(rows + 12, seed);
        let table = Table::new([("", &all[..rows])], 1, 1);
        let (mut forecaster, ..) = without_network(&config(12, 1), &table);
        let forecast = at_end(&mut forecaster, &table).remove(0);
        for (h, quantiles) in forecast.quantiles.chunks_exact(5).enumerate() {
            inside += usize::from((quantiles[0]..=quantiles[4]).contains(&all[rows + h]));
            values += 1;
            assert!(quantiles.is_sorted(), "{quantiles:?}");
        }
        let width = |h: usize| forecast.quantiles[h * 5 + 4] - forecast.quantiles[h * 5];
        assert!(width(11) > 1.8 * width(0), "wider with the step: {} and {}", width(0), width(11));
        assert!((2.0..9.0).contains(&width(0)), "a step is ±1.96 wide: {}", width(0));
    }
    let share = inside as f64 / f64::from(values);
    assert!((0.88..=0.99).contains(&share), "{share}");
}

#[test]
fn the_method_that_fits_the_data_counts_for_most() {
    let weight = |score: &Score, methods: &[Method]| -> f64 {
        methods.iter().filter_map(|m| score.method(Candidate::Method(*m))).filter_map(|m| m.weight).sum()
    };
    let noise = |t: usize| ((t * 7919 + t * t * 31) % 97) as f64 / 97.0;
    let seasonal: Vec<f64> = (0..120).map(|t| [10.0, 40.0, 20.0, 5.0][t % 4] * 3.0 + noise(t)).collect();
    let table = Table::new([("", &seasonal[..])], 1, 1);
    let (_, _, score) = without_network(&config(4, 4), &table);
    assert_eq!(weight(&score, &[Method::LastValue, Method::Drift, Method::Mean]), 0.0, "{:?}", score.methods);
    let line: Vec<f64> = (0..120).map(|t| 3.0 * t as f64 + noise(t)).collect();
    let table = Table::new([("", &line[..])], 1, 1);
    let (mut forecaster, _, score) = without_network(&config(6, 1), &table);
    assert_eq!(weight(&score, &[Method::LastValue, Method::Mean]), 0.0, "{:?}", score.methods);
    let forecast = at_end(&mut forecaster, &table).remove(0);
    assert!((forecast.point[5] - 3.0 * 125.5).abs() < 3.0, "{:?}", forecast.point);
}

#[test]
fn every_series_is_forecast_however_short_or_constant() {
    let (long, short, constant) = (walk(80, 1), [5.0, 6.0, 8.0], [7.0; 40]);
    let table = Table::new([("long", &long[..]), ("short", &short[..]), ("constant", &constant[..])], 1, 1);
    let (mut forecaster, ..) = without_network(&config(12, 1), &table);
    let found = at_end(&mut forecaster, &table);
    assert_eq!(found.iter().map(|f| f.series).collect::<Vec<_>>(), [0, 1, 2]);
    assert!(found.iter().all(|f| f.point.iter().chain(&f.quantiles).all(|v| v.is_finite())));
    assert!((found[1].point[0] - 8.0).abs() < 3.0, "{:?}", found[1].point);
    assert!(found[1].quantiles[4] - found[1].quantiles[0] > 0.5, "three rows are no certainty: {:?}", found[1].quantiles);
    assert!(found[2].point.iter().all(|v| (v - 7.0).abs() < 1e-9), "{:?}", found[2].point);
    let single = [3.0];
    let table = Table::new([("", &single[..])], 1, 1);
    let origins = vec![vec![1]];
    let mut count = 0;
    forecaster.forecast(&cpu(), &table, &Scales::default(), &origins, &mut |f| {
        count += 1;
        assert!(f.point.iter().all(|v| (v - 3.0).abs() < 1e-12), "{:?}", f.point);
    });
    assert_eq!(count, 1);
}

#[test]
fn intermittent_demand_has_a_mean_and_a_median_of_zero() {
    let mut rng = Rng::new(4, 0);
    let mut demand = || if rng.unit() < 0.25 { 2.0 + (5.0 * rng.unit()).floor() } else { 0.0 };
    let demand: Vec<f64> = (0..200).map(|_| demand()).collect();
    let table = Table::new([("", &demand[..])], 1, 1);
    let config = ForecastConfig { nonnegative: true, ..config(8, 1) };
    let (mut forecaster, learned, _) = without_network(&config, &table);
    assert!(learned.combination.is_mean(0));
    let mean = demand.iter().sum::<f64>() / 200.0;
    let forecast = at_end(&mut forecaster, &table).remove(0);
    for (point, quantiles) in forecast.point.iter().zip(forecast.quantiles.chunks_exact(5)) {
        assert!((0.5 * mean..2.0 * mean).contains(point), "{point} against {mean}");
        assert_eq!((quantiles[0], quantiles[2]), (0.0, 0.0));
        assert!(quantiles[4] >= 2.0, "{quantiles:?}");
    }
}

#[test]
fn a_level_of_a_billion_does_not_hide_its_changes() {
    let values: Vec<f64> = (0..100).map(|t| 1e9 + 5e-4 * t as f64 + 1e-3 * ((t * 37 % 11) as f64 / 11.0)).collect();
    let table = Table::new([("", &values[..])], 1, 1);
    let (mut forecaster, ..) = without_network(&config(7, 1), &table);
    let forecast = at_end(&mut forecaster, &table).remove(0);
    for (h, point) in forecast.point.iter().enumerate() {
        let expected = 5e-4 * (100 + h) as f64 + 5e-4;
        assert!((point - 1e9 - expected).abs() < 1e-3, "step {h}: {} against {expected}", point - 1e9);
    }
}

#[test]
fn a_model_file_keeps_weights_and_widths_and_needs_no_network() {
    let values = walk(90, 5);
    let table = Table::new([("x", &values[..])], 1, 1);
    let (mut before, learned, _) = without_network(&config(6, 1), &table);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.safetensors");
    before.save(&path, &serde_json::json!({})).unwrap();
    let (mut after, _) = Forecaster::load(&path).unwrap();
    assert!(after.members().is_empty());
    assert_eq!(after.combination(), Some(&learned.combination));
    assert_eq!(at_end(&mut before, &table), at_end(&mut after, &table));
}

#[test]
fn a_combination_of_other_quantiles_or_columns_is_refused() {
    let values = walk(60, 2);
    let table = Table::new([("", &values[..])], 1, 1);
    let (_, learned, _) = without_network(&config(4, 1), &table);
    let other = ForecastConfig { quantiles: vec![0.5], loss: Loss::Quantile { levels: vec![0.5] }, ..config(4, 1) };
    let mut forecaster = Forecaster::new(other, Scales::default(), Vec::new()).unwrap();
    let error = forecaster.set_combination(learned.combination).unwrap_err().to_string();
    assert!(error.contains("combination"), "{error}");
}
