//! Backtests: forecasts of rows that nothing of them was learned from.

use gatewise::data::{Dataset, Series, Time};
use gatewise::forecast::{Backtest, BacktestOptions, Forecaster, Options, Plan, Train};
use gatewise::train::{Control, Event, Session};
use gatewise::{Cpu, Error};

fn sales(rows: usize) -> Vec<f64> {
    (0..rows).map(|t| 100.0 + t as f64 + 10.0 * (t % 12) as f64 + ((t * 7919) % 13) as f64).collect()
}

fn quick() -> Options {
    let mut options = Options { horizon: Some(6), season: Some(vec![12]), train: Some(Train::None), ..Options::default() };
    options.training.threads = Some(1);
    options
}

fn test(data: &Dataset, options: &Options, windows: usize, stride: Option<usize>, refit: bool) -> Result<Backtest, Error> {
    let cpu = Cpu::new(1).unwrap();
    let mut session = Session { cpu: &cpu, checkpoints: None, on_event: &mut |_| Control::Continue };
    let backtest = BacktestOptions { windows, stride, refit };
    Ok(Forecaster::backtest(data, options, &backtest, &mut session)?.expect("nobody stopped it"))
}

#[test]
fn each_window_is_forecast_as_by_a_forecaster_of_the_rows_before_it() {
    let values = sales(72);
    let data = Dataset::from_columns(&[("sales", &values)], 1).unwrap();
    let found = test(&data, &quick(), 3, None, true).unwrap();
    let origins: Vec<usize> = found.forecasts.iter().map(|(forecast, _)| forecast.origin).collect();
    assert_eq!((origins, found.score.windows, found.short), (vec![54, 60, 66], 3, 0));
    let cpu = Cpu::new(1).unwrap();
    for (forecast, came) in &found.forecasts {
        let before = Dataset::from_columns(&[("sales", &values[..forecast.origin])], 1).unwrap();
        let mut session = Session { cpu: &cpu, checkpoints: None, on_event: &mut |_| Control::Continue };
        let mut fitted = Forecaster::fit(&before, &Plan::new(&before, &quick()).unwrap(), &mut session).unwrap().unwrap();
        let alone = fitted.model.predict(&cpu, &before).unwrap();
        assert_eq!((&forecast.point, &forecast.quantiles), (&alone[0].point, &alone[0].quantiles));
        assert_eq!(came[..], values[forecast.origin..forecast.origin + 6]);
    }
    let absolute: f64 = found.forecasts.iter().flat_map(|(f, came)| f.point.iter().zip(came).map(|(a, b)| (a - b).abs())).sum();
    assert!((found.score.model.mae - absolute / 18.0).abs() < 1e-9);
}

#[test]
fn what_comes_later_changes_no_forecast() {
    let values = sales(72);
    let mut wild = values.clone();
    wild[70] = 1e6;
    for refit in [false, true] {
        let of = |values: &[f64]| test(&Dataset::from_columns(&[("sales", values)], 1).unwrap(), &quick(), 2, Some(4), refit).unwrap();
        let (found, other) = (of(&values), of(&wild));
        let forecasts = |found: &Backtest| found.forecasts.iter().map(|(forecast, _)| forecast.clone()).collect::<Vec<_>>();
        assert_eq!(forecasts(&found), forecasts(&other));
        assert!(other.score.model.rmse > 1e5, "the truth is what it is");
    }
}

#[test]
fn short_series_are_left_out_or_have_fewer_windows() {
    let mut data = Dataset::from_columns(&[("y", &sales(40))], 1).unwrap();
    for (id, rows) in [("short", 20), ("none", 11)] {
        let times = (0..rows).map(Time::Index).collect();
        let series =
            Series { id: id.into(), times, values: sales(rows as usize), known: Vec::new(), imputed: Vec::new(), missing: Vec::new() };
        data.series.push(series);
    }
    for refit in [false, true] {
        let found = test(&data, &quick(), 4, None, refit).unwrap();
        let windows = |s: usize| found.forecasts.iter().filter(|(forecast, _)| forecast.series == s).count();
        assert_eq!((windows(0), windows(1), windows(2), found.short), (4, 2, 0, 1));
    }
}

#[test]
fn windows_that_no_series_has_room_for_are_refused_with_a_cure() {
    let data = Dataset::from_columns(&[("y", &sales(30))], 1).unwrap();
    let cure = |error: Error| error.remedy().unwrap_or_default().to_owned();
    assert!(cure(test(&data, &quick(), 9, None, false).unwrap_err()).contains("4 at most"));
    assert_eq!(test(&data, &quick(), 4, None, false).unwrap().score.windows, 4);
    let short = Dataset::from_columns(&[("y", &sales(11))], 1).unwrap();
    assert!(cure(test(&short, &quick(), 1, None, false).unwrap_err()).contains("more rows"));
    assert!(test(&data, &quick(), 0, None, false).unwrap_err().to_string().contains("windows"));
    assert!(test(&data, &quick(), 1, Some(0), false).unwrap_err().to_string().contains("stride"));
    let held = Options { test_from: Some("20".into()), ..quick() };
    assert!(test(&data, &held, 1, None, false).unwrap_err().to_string().contains("test-from"));
    assert!(test(&data, &Options { horizon: None, ..quick() }, 1, None, false).is_err());
    assert!(test(&data, &quick(), usize::MAX, Some(usize::MAX), true).is_err());
}

#[test]
fn trainings_are_told_by_window_and_can_be_stopped() {
    let data = Dataset::from_columns(&[("y", &sales(90))], 1).unwrap();
    let mut options = Options { train: Some(Train::Full), lookback: Some(12), ..quick() };
    options.training.max_steps = Some(2);
    let cpu = Cpu::new(1).unwrap();
    let mut phases = Vec::new();
    let mut hear = |event: &Event| {
        if let Event::Phase { name } = event {
            phases.push(name.clone());
        }
        Control::Continue
    };
    let mut session = Session { cpu: &cpu, checkpoints: None, on_event: &mut hear };
    let backtest = BacktestOptions { windows: 2, stride: None, refit: true };
    assert!(Forecaster::backtest(&data, &options, &backtest, &mut session).unwrap().is_some());
    assert!(phases[0].starts_with("window 1 of 2, ") && phases.last().unwrap().starts_with("window 2 of 2, "), "{phases:?}");
    let mut session = Session { cpu: &cpu, checkpoints: None, on_event: &mut |_| Control::Stop };
    assert!(Forecaster::backtest(&data, &options, &backtest, &mut session).unwrap().is_none());
}
