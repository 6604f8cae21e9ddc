//! The prior: forecasts of any series, whatever its unit and length, without training.

use gatewise::Cpu;
use gatewise::data::Dataset;
use gatewise::forecast::{Fit, Forecaster, Goal, Options, Plan};
use gatewise::options::Preset;
use gatewise::prior::{History, LEVELS, PretrainConfig, Pretraining, Prior, PriorConfig, PriorRecord, Supply, save_prior};
use gatewise::synthetic::{Draws, Seasons, draw};
use gatewise::train::{Control, Event, Session};

const WIDTH: usize = LEVELS.len();
const MEDIAN: usize = WIDTH / 2;

fn cpu(threads: usize) -> Cpu {
    Cpu::with_isa(gatewise::Isa::best(), threads)
}

fn history(values: &[f64], season: usize) -> History<'_> {
    History { values, season, longer: 1 }
}

fn forecast(values: &[f64], season: usize, horizon: usize) -> Vec<f64> {
    let cpu = cpu(1);
    Prior::built_in(&cpu).forecast(&cpu, &[history(values, season)], horizon).remove(0)
}

fn medians(forecast: &[f64]) -> Vec<f64> {
    forecast.chunks_exact(WIDTH).map(|q| q[MEDIAN]).collect()
}

/// A season of four on a line, without noise.
fn seasonal(rows: usize) -> Vec<f64> {
    (0..rows).map(|t| 50.0 + 0.5 * t as f64 + [6.0, -2.0, -5.0, 1.0][t % 4]).collect()
}

#[test]
fn quantiles_are_in_order_and_wider_the_farther() {
    let values: Vec<f64> = draw(&mut Draws::new(4, 1), 80, Seasons { season: 12, longer: 1 }).values;
    let found = forecast(&values, 12, 36);
    assert_eq!(found.len(), 36 * WIDTH);
    for q in found.chunks_exact(WIDTH) {
        assert!(q.windows(2).all(|w| w[0] < w[1]), "{q:?}");
    }
    let width = |k: usize| found[k * WIDTH + WIDTH - 1] - found[k * WIDTH];
    assert!(width(35) > width(0), "{} and {}", width(0), width(35));
}

#[test]
fn a_season_goes_on() {
    let values = seasonal(48);
    let found = medians(&forecast(&values, 4, 8));
    let truth = &seasonal(56)[48..];
    let error = found.iter().zip(truth).map(|(f, t)| (f - t).abs()).sum::<f64>() / 8.0;
    assert!(error < 1.0, "{found:?} and {truth:?}");
}

#[test]
fn units_do_not_matter() {
    let values: Vec<f64> = seasonal(40).iter().enumerate().map(|(t, v)| v + ((t * 7) % 5) as f64).collect();
    let one = forecast(&values, 4, 12);
    for unit in [1e-9, 1e12, 1e-300, 1e300] {
        let scaled: Vec<f64> = values.iter().map(|v| v * unit).collect();
        for (a, b) in one.iter().zip(forecast(&scaled, 4, 12)) {
            assert!((a - b / unit).abs() < 1e-4 * a.abs(), "{unit:e}: {a} and {}", b / unit);
        }
    }
}

#[test]
fn a_series_turned_over_is_forecast_turned_over() {
    // Values on both sides of zero: growth by ratios has no other side.
    let values: Vec<f64> = seasonal(40).iter().enumerate().map(|(t, v)| v - 60.0 + ((t * 7) % 5) as f64).collect();
    let one = forecast(&values, 4, 12);
    let turned = forecast(&values.iter().map(|v| -v).collect::<Vec<_>>(), 4, 12);
    for (q, r) in one.chunks_exact(WIDTH).zip(turned.chunks_exact(WIDTH)) {
        for k in 0..WIDTH {
            assert!((q[k] + r[WIDTH - 1 - k]).abs() < 1e-4 * (1.0 + q[k].abs()), "{} and {}", q[k], r[WIDTH - 1 - k]);
        }
    }
}

#[test]
fn what_is_constant_stays_so() {
    for value in [0.0, 7.25, -1e-9, 1e300] {
        for rows in [1, 2, 3, 50] {
            assert_eq!(forecast(&vec![value; rows], 12, 5), vec![value; 5 * WIDTH]);
        }
    }
    assert_eq!(forecast(&[f64::NAN, 3.0, f64::NAN], 1, 2), vec![3.0; 2 * WIDTH]);
}

#[test]
fn hostile_histories_give_finite_forecasts() {
    let mut spike = vec![0.0; 40];
    spike[25] = 9.0;
    let mut gap = seasonal(300);
    gap[80..].fill(f64::NAN);
    let cases: [(&str, Vec<f64>, usize); 9] = [
        ("two rows", vec![1.0, 2.0], 12),
        ("three rows", vec![5.0, 1.0, 3.0], 1),
        ("zeros with one value", spike, 7),
        ("a season longer than the series", seasonal(20), 365),
        ("a wrong season", seasonal(60), 7),
        ("nothing in the last two hundred rows", gap, 4),
        ("values at the end of what is a number", vec![1e308, -1e308, 1e308, 0.5e308, -1e308, 1e308, 2.0, 1e308], 2),
        ("values at its beginning", vec![5e-324, 0.0, 1e-323, 5e-324, 0.0, 1.5e-323], 1),
        ("an outlier", (0..50).map(|t| if t == 30 { 1e12 } else { f64::from(t % 3) }).collect(), 1),
    ];
    for (name, values, season) in &cases {
        for horizon in [1, 7, 48, 96, 97, 500] {
            let found = forecast(values, *season, horizon);
            assert_eq!(found.len(), horizon * WIDTH, "{name}");
            assert!(found.iter().all(|v| v.is_finite()), "{name}, {horizon} steps");
            assert!(found.chunks_exact(WIDTH).all(|q| q.is_sorted()), "{name}, {horizon} steps");
        }
    }
    assert!(forecast(&[f64::NAN; 5], 1, 3).iter().all(|v| v.is_nan()), "nothing to forecast from");
    assert!(forecast(&[], 1, 3).iter().all(|v| v.is_nan()));
    assert!(forecast(&[1.0, 2.0], 1, 0).is_empty());
}

#[test]
fn ten_thousand_steps_keep_the_season() {
    let values: Vec<f64> = seasonal(2_000).iter().enumerate().map(|(t, v)| v - 0.5 * t as f64 + ((t * 7) % 5) as f64 * 0.1).collect();
    let found = medians(&forecast(&values, 4, 10_000));
    assert_eq!(found.len(), 10_000);
    for k in [100, 5_000, 9_996] {
        assert!(found[k] > found[k + 1] + 2.0 && found[k + 1] > found[k + 2], "step {k}: {:?}", &found[k..k + 4]);
        assert!((found[k] - 56.0).abs() < 5.0, "step {k}: {}", found[k]);
    }
}

#[test]
fn neither_threads_nor_what_runs_beside_it_change_a_forecast() {
    let mut rng = Draws::new(8, 0);
    let series: Vec<Vec<f64>> =
        (0..300).map(|k| draw(&mut rng, 1 + (k * 37) % 250, Seasons { season: 1 + k % 13, longer: 1 }).values).collect();
    let histories: Vec<History<'_>> = series.iter().enumerate().map(|(k, values)| history(values, 1 + k % 13)).collect();
    let all = |threads: usize| Prior::built_in(&cpu(threads)).forecast(&cpu(threads), &histories, 10);
    let (one, three) = (all(1), all(3));
    assert_eq!(one, three);
    let cpu = cpu(1);
    let mut prior = Prior::built_in(&cpu);
    for k in [0, 7, 120, 299] {
        let alone = prior.forecast(&cpu, &histories[k..=k], 10).remove(0);
        for (a, b) in alone.iter().zip(&one[k]) {
            assert!((a - b).abs() <= 1e-4 * (1.0 + b.abs()), "series {k}: {a} and {b}");
        }
    }
}

fn small() -> Pretraining {
    let network = PriorConfig { hidden: 12, layers: 2, ..PriorConfig::default() };
    let config = PretrainConfig { batch: 16, steps: 12, warmup: 3, ..PretrainConfig::default() };
    Pretraining::new(network, config).unwrap()
}

#[test]
fn a_training_goes_on_to_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (path, record) = (folder.path().join("training.safetensors"), PriorRecord { series: 192, seed: 1, loss: 0.5, widths: [1.0; 3] });
    let finish = |mut training: Pretraining, threads: usize, name: &str| {
        while !training.is_over() {
            training.advance(&cpu(threads), &Supply::synthetic()).unwrap();
        }
        let file = folder.path().join(name);
        save_prior(&file, training.network(), training.average(), &record).unwrap();
        std::fs::read(file).unwrap()
    };
    let whole = finish(small(), 1, "whole");
    let mut part = small();
    for _ in 0..5 {
        part.advance(&cpu(2), &Supply::synthetic()).unwrap();
    }
    part.save(&path).unwrap();
    assert_eq!(finish(Pretraining::resume(&path).unwrap(), 3, "resumed"), whole);

    let cpu = cpu(1);
    let mut prior = Prior::load(&cpu, &folder.path().join("whole")).unwrap();
    assert_eq!(prior.record(), &record);
    assert!(prior.forecast(&cpu, &[history(&seasonal(20), 4)], 6)[0].iter().all(|v| v.is_finite()));
}

#[test]
fn more_series_are_taken_only_while_the_rate_stays() {
    let mut training = small();
    assert!(training.set_steps(100), "nothing was trained yet");
    assert!(training.set_steps(12));
    for _ in 0..9 {
        training.advance(&cpu(1), &Supply::synthetic()).unwrap();
    }
    assert!(!training.set_steps(100), "the rate has begun to fall");
}

#[test]
fn training_lowers_the_loss() {
    let network = PriorConfig { hidden: 24, layers: 1, ..PriorConfig::default() };
    let config = PretrainConfig { batch: 64, steps: 120, warmup: 10, ..PretrainConfig::default() };
    let mut training = Pretraining::new(network, config).unwrap();
    let losses: Vec<f64> = (0..120).map(|_| training.advance(&cpu(2), &Supply::synthetic()).unwrap()).collect();
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    assert!(mean(&losses[100..]) < 0.95 * mean(&losses[..10]), "{} and {}", mean(&losses[..10]), mean(&losses[100..]));
}

/// Where zero lies says nothing of noise or of a walk: intervals are as wide at any level.
#[test]
fn intervals_are_as_wide_at_any_level() {
    let cpu = cpu(2);
    let mut prior = Prior::built_in(&cpu);
    let mut rng = Draws::new(5, 0);
    for level in [0.0, 50.0, 1e3, 1e6] {
        let noise: Vec<Vec<f64>> = (0..100).map(|_| (0..60).map(|_| level + rng.normal()).collect()).collect();
        let walks: Vec<Vec<f64>> = noise
            .iter()
            .map(|values| {
                values
                    .iter()
                    .scan(level, |sum, v| {
                        *sum += v - level;
                        Some(*sum)
                    })
                    .collect()
            })
            .collect();
        let mut mean_width = |series: &[Vec<f64>], k: usize| {
            let histories: Vec<History<'_>> = series.iter().map(|values| history(values, 1)).collect();
            let found = prior.forecast(&cpu, &histories, 12);
            found.iter().map(|q| q[k * WIDTH + 10] - q[k * WIDTH + 2]).sum::<f64>() / series.len() as f64
        };
        // 80 % of a normal distribution lie within 1.28 deviations of its middle.
        for (name, series, k, expected) in [
            ("noise", &noise, 0, 2.56),
            ("noise", &noise, 11, 2.56),
            ("walk", &walks, 0, 2.56),
            ("walk", &walks, 11, 2.56 * 12.0_f64.sqrt()),
        ] {
            let width = mean_width(series, k);
            assert!((0.9 * expected..1.6 * expected).contains(&width), "{name} at {level}, step {k}: {width}, expected {expected}");
        }
    }
}

/// Fine-tuning on a table whose shape no synthetic series has is kept, goes on to the same bytes, and comes back from the model file.
#[test]
fn fine_tuning_is_kept_where_it_gains() {
    // A pattern of seven rows whose season is not told, with little noise.
    let mut rng = Draws::new(3, 0);
    let pattern = [0.0, 9.0, 2.0, 7.0, -4.0, 5.0, 1.0];
    let values: Vec<f64> = (0..700).map(|t| 20.0 + pattern[t % 7] + 0.2 * rng.normal()).collect();
    let data = Dataset::from_columns(&[("y", &values)], 1).unwrap();
    let mut options = Options { horizon: Some(4), season: Some(vec![1]), tune_prior: Some(true), ..Options::default() };
    options.training.preset = Some(Preset::Fast);
    options.training.max_steps = Some(5);
    let plan = Plan::new(&data, &options).unwrap();
    let cpu = cpu(2);
    let folder = tempfile::tempdir().unwrap();
    let mut notes = Vec::new();
    let train = |notes: &mut Vec<String>| {
        let mut on_event = |event: &Event| {
            if let Event::Note { message, .. } = event {
                notes.push(message.clone());
            }
            Control::Continue
        };
        let mut session = Session { cpu: &cpu, checkpoints: Some(folder.path().to_owned()), on_event: &mut on_event };
        Fit::new(&data, &plan, Goal::Model, None).train(&mut session).unwrap().unwrap().forecaster
    };
    let tuned = train(&mut notes);
    assert!(tuned.own_prior().is_some() && notes.iter().any(|note| note.contains("fine-tuned for")), "{notes:?}");
    // A finished training is taken as it is.
    let again = train(&mut Vec::new());
    let bytes = |forecaster: &Forecaster| forecaster.to_bytes(&serde_json::Value::Null);
    assert_eq!(bytes(&again), bytes(&tuned));
    let path = folder.path().join("model.safetensors");
    tuned.save(&path, &serde_json::Value::Null).unwrap();
    let (loaded, _) = Forecaster::load(&path).unwrap();
    let weights = |forecaster: &Forecaster| forecaster.own_prior().unwrap().network().params().values.clone();
    assert_eq!(weights(&loaded), weights(&tuned));
}

#[test]
fn beyond_what_the_patches_reach_the_near_steps_stay() {
    let values: Vec<f64> =
        (0..600).map(|t| 30.0 + 8.0 * f64::from(t % 24 / 12) + 3.0 * f64::from(t / 24 % 7 / 5) + f64::from(t * 7 % 5)).collect();
    let history = History { values: &values, season: 24, longer: 168 };
    let cpu = cpu(2);
    let mut prior = Prior::built_in(&cpu);
    let near = prior.forecast(&cpu, &[history], 96).remove(0);
    let far = prior.forecast(&cpu, &[history], 168).remove(0);
    assert_eq!(far[..near.len()], near);
    assert_eq!(far.len(), 168 * WIDTH);
    let scale = 8.0;
    assert!((far[96 * WIDTH + MEDIAN] - far[95 * WIDTH + MEDIAN]).abs() < 1.5 * scale, "no leap where stretches begin");
}
