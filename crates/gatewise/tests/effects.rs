//! Covariates that are known beyond the end: what they add is found, taken off and put back.

use gatewise::Cpu;
use gatewise::data::{Dataset, Series};
use gatewise::forecast::{Forecaster, Options, Plan, Table};
use gatewise::task::forecast::Train;
use gatewise::train::{Control, Session};

const AHEAD: usize = 10;

/// Numbers that look random, in (−1, 1).
fn draws(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// A week's pattern around `level` in a little noise, moved by a promotion: the values with `AHEAD` more, and the promotions.
fn shop(rows: usize, level: f64, seed: u64, moved: impl Fn(f64, f64) -> f64) -> (Vec<f64>, Vec<f64>) {
    let mut draw = draws(seed);
    let plan: Vec<f64> = (0..rows + AHEAD).map(|_| f64::from(u8::from(draw() > 0.6))).collect();
    let plain = (0..rows + AHEAD).map(|t| level * (1.0 + 0.1 * f64::from(u8::from(t % 7 < 2)) + 0.01 * draw()));
    (plain.zip(&plan).map(|(v, promo)| moved(v, *promo)).collect(), plan)
}

/// A table of shops, whose last values are not in it.
fn dataset(shops: &[(Vec<f64>, Vec<f64>)]) -> Dataset {
    let first = &shops[0].0[..shops[0].0.len() - AHEAD];
    let mut data = Dataset::from_columns(&[("sales", first)], 1).unwrap();
    data.known = vec!["promo".to_owned()];
    let times = data.series[0].times.clone();
    data.series = shops
        .iter()
        .enumerate()
        .map(|(s, (values, plan))| {
            let rows = values.len() - AHEAD;
            Series {
                id: format!("shop {s}"),
                times: times[..rows].to_vec(),
                values: values[..rows].to_vec(),
                known: plan.clone(),
                imputed: Vec::new(),
                missing: Vec::new(),
            }
        })
        .collect();
    data
}

fn options(train: Train) -> Options {
    let mut options = Options { season: Some(vec![7]), train: Some(train), ..Options::default() };
    (options.training.seed, options.training.max_steps, options.backtest_windows) = (Some(1), Some(30), Some(6));
    options
}

fn fit(data: &Dataset, options: &Options) -> (Plan, Forecaster) {
    let cpu = Cpu::new(1).unwrap();
    let plan = Plan::new(data, options).unwrap();
    let mut session = Session { cpu: &cpu, checkpoints: None, on_event: &mut |_| Control::Continue };
    let fitted = Forecaster::fit(data, &plan, &mut session).unwrap().expect("nobody stopped it");
    (plan, fitted.model)
}

/// The largest error of the forecasts, as a share of the level.
fn worst(model: &mut Forecaster, data: &Dataset, shops: &[(Vec<f64>, Vec<f64>)]) -> f64 {
    let found = model.predict(&Cpu::new(1).unwrap(), data).unwrap();
    let error = |(forecast, (values, _)): (&gatewise::forecast::ChannelForecast, &(Vec<f64>, Vec<f64>))| {
        let truth = &values[values.len() - AHEAD..];
        forecast.point.iter().zip(truth).map(|(p, t)| (p - t).abs() / t.abs()).fold(0.0, f64::max)
    };
    found.iter().zip(shops).map(error).fold(0.0, f64::max)
}

#[test]
fn a_promotion_is_on_the_forecast_by_whatever_method() {
    for (moved, multiplies) in [((|v, promo| v + 60.0 * promo) as fn(f64, f64) -> f64, false), (|v, promo| v * (1.0 + promo), true)] {
        let growing = |level: f64, seed| {
            let (values, plan) = shop(140, level, seed, |v, _| v);
            let values = values.iter().zip(&plan).enumerate().map(|(t, (v, promo))| moved(v * (1.0 + t as f64 / 100.0), *promo));
            (values.collect::<Vec<f64>>(), plan)
        };
        let shops = [growing(100.0, 5)];
        let data = dataset(&shops);
        for train in [Train::Auto, Train::None] {
            let (plan, mut model) = fit(&data, &options(train));
            assert_eq!(plan.config.horizon, AHEAD, "as far as the plan goes");
            let effects = model.effects().expect("the promotion shows");
            let target = effects.targets()[0].as_ref().unwrap();
            assert_eq!(target.multiplicative, multiplies);
            let own = target.series["shop 0"][0];
            assert!(if multiplies { (own - 2f64.ln()).abs() < 0.02 } else { (own - 60.0).abs() < 2.0 }, "{own}");
            let error = worst(&mut model, &data, &shops);
            assert!(error < 0.1, "{train:?}, multiplies: {multiplies}: {error}");
        }
    }
}

#[test]
fn a_model_file_keeps_it_and_a_table_without_a_plan_is_refused() {
    let shops = [shop(120, 50.0, 7, |v, promo| v * (1.0 + 0.5 * promo))];
    let data = dataset(&shops);
    let (_, mut model) = fit(&data, &options(Train::Auto));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.safetensors");
    model.save(&path, &serde_json::json!({})).unwrap();
    let (mut again, _) = Forecaster::load(&path).unwrap();
    let cpu = Cpu::new(1).unwrap();
    assert_eq!(again.effects(), model.effects());
    assert_eq!(again.predict(&cpu, &data).unwrap(), model.predict(&cpu, &data).unwrap());

    let mut short = data.clone();
    short.series[0].known.truncate(120 + AHEAD - 1);
    let error = again.predict(&cpu, &short).unwrap_err();
    assert!(error.to_string().contains("reach 9 rows beyond the last target, and a forecast takes 10"), "{error}");
    let mut none = data.clone();
    (none.known, none.series[0].known) = (Vec::new(), Vec::new());
    assert!(again.check(&Table::of(&none)).unwrap_err().to_string().contains("1 covariates"));
    assert!(again.stream(&cpu, "").push(&[1.0]).unwrap_err().to_string().contains("known beyond the end"));
    let mut longer = options(Train::Auto);
    longer.horizon = Some(AHEAD + 1);
    let plan = Plan::new(&data, &longer).unwrap();
    let mut session = Session { cpu: &cpu, checkpoints: None, on_event: &mut |_| Control::Continue };
    assert!(Forecaster::fit(&data, &plan, &mut session).unwrap_err().to_string().contains("reach 10 rows"), "before anything is trained");
}

#[test]
fn shops_lend_each_other_and_a_new_one_has_what_they_share() {
    let lift = |v: f64, promo: f64| v * (1.0 + 0.4 * promo);
    let mut shops: Vec<_> = (0..6u32).map(|s| shop(60, 10.0 * f64::from(s + 1), 20 + u64::from(s), lift)).collect();
    let data = dataset(&shops);
    let (_, mut model) = fit(&data, &options(Train::None));
    assert!(worst(&mut model, &data, &shops) < 0.12);
    shops.push(shop(60, 500.0, 99, lift));
    let error = worst(&mut model, &dataset(&shops), &shops);
    assert!(error < 0.12, "{error}");
}

#[test]
fn what_moves_nothing_is_left_out() {
    let mut left_out = 0;
    for seed in 30..40 {
        let shops = [shop(100, 100.0, seed, |v, _| v)];
        let data = dataset(&shops);
        let plan = Plan::new(&data, &options(Train::None)).unwrap();
        left_out += usize::from(plan.effects.is_none());
        if plan.effects.is_none() {
            assert!(plan.choices.iter().any(|choice| choice.value.contains("do not follow")), "it is said");
        }
    }
    assert!(left_out >= 7, "{left_out} of 10");
}
