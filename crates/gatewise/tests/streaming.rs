//! Streams: a model fed row by row says what it says of all rows at once, and goes on from saved bytes.

#[path = "setup/small_models.rs"]
mod small_models;

use gatewise::Cpu;
use gatewise::classify::{Classifier, Item, Steps, Target};
use gatewise::data::Dataset;
use gatewise::forecast::{ChannelForecast, Channels, Forecaster, Normalize, Options, Plan, Table};
use gatewise::model::Readout;
use gatewise::train::{Control, Session};

fn at_once(forecaster: &mut Forecaster, cpu: &Cpu, rows: &[f64], channels: usize, targets: usize) -> Vec<ChannelForecast> {
    let table = Table::new([("", rows)], channels, targets);
    let mut forecasts = Vec::new();
    forecaster.predict_table(cpu, &table, &mut |forecast| forecasts.push(forecast.clone())).expect("rows enough");
    forecasts
}

#[test]
fn a_series_row_by_row_is_forecast_as_the_whole_of_it() {
    let cpu = Cpu::new(1).unwrap();
    let rows = small_models::rows(40);
    for (channels, normalize, log) in [
        (Channels::Independent, Normalize::Window, false),
        (Channels::Joint, Normalize::Window, true),
        (Channels::Independent, Normalize::None, false),
        (Channels::Joint, Normalize::Series, false),
    ] {
        let mut forecaster = small_models::forecaster(channels, normalize, log);
        let least = forecaster.config().least_past();
        let mut said = Vec::new();
        let mut stream = forecaster.stream(&cpu, "");
        for (k, row) in rows.chunks_exact(3).enumerate() {
            let forecasts = stream.push(row).unwrap().to_vec();
            assert_eq!(forecasts.is_empty(), k + 1 < least);
            said.push(forecasts);
        }
        for (k, said) in said.iter().enumerate().skip(least - 1) {
            let whole = at_once(&mut forecaster, &cpu, &rows[..(k + 1) * 3], 3, 2);
            for (a, b) in said.iter().zip(&whole) {
                assert_eq!((a.channel, a.origin), (b.channel, b.origin));
                let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-5 * b.abs().max(1.0));
                assert!(a.point.len() == 3 && near(&a.point, &b.point), "row {k}: {:?} {:?}", a.point, b.point);
                assert!(a.quantiles.len() == 9 && near(&a.quantiles, &b.quantiles), "row {k}");
            }
        }
    }
}

#[test]
fn simple_methods_forecast_in_a_stream_too() {
    let sales: Vec<f64> = (0..144).map(|t| 100.0 + f64::from(t) + 10.0 * f64::from(t % 12)).collect();
    let data = Dataset::from_columns(&[("sales", &sales[..])], 1).unwrap();
    let mut options = Options { horizon: Some(4), season: Some(vec![12]), ..Options::default() };
    options.training.epochs = Some(2);
    let cpu = Cpu::new(1).unwrap();
    let mut session = Session { cpu: &cpu, checkpoints: None, on_event: &mut |_| Control::Continue };
    let plan = Plan::new(&data, &options).unwrap();
    let mut model = Forecaster::fit(&data, &plan, &mut session).unwrap().unwrap().model;
    assert!(model.combination().is_some());
    let mut stream = model.stream(&cpu, "");
    let mut last = Vec::new();
    for value in &sales {
        last = stream.push(&[*value]).unwrap().to_vec();
    }
    let state = stream.save();
    assert_eq!(last, at_once(&mut model, &cpu, &sales, 1, 1));
    let mut again = model.stream(&cpu, "");
    again.restore(&state).unwrap();
    assert_eq!(again.forecasts(), last);
    let mut alone = model.stream_network(&cpu, "").unwrap();
    assert!(alone.restore(&state).unwrap_err().to_string().contains("others forecast"));
}

#[test]
fn a_stream_of_its_own_and_many_rows_at_once_say_the_same() {
    let cpu = std::sync::Arc::new(Cpu::new(1).unwrap());
    let rows = small_models::rows(40);
    let mut model = small_models::forecaster(Channels::Joint, Normalize::Window, true);
    let mut stream = model.stream(&cpu, "");
    for row in rows.chunks_exact(3) {
        stream.push(row).unwrap();
    }
    let (one_by_one, state) = (stream.forecasts().to_vec(), stream.save());
    let mut own = small_models::forecaster(Channels::Joint, Normalize::Window, true).into_stream(cpu, "");
    assert!(own.extend(&[]).unwrap().is_empty() && own.is_empty());
    let mut wrong = rows.clone();
    wrong[3 * 30] = -1.0;
    assert!(own.extend(&wrong).unwrap_err().to_string().contains("row 31") && own.is_empty(), "none of the rows is read");
    assert!(own.extend(&rows[..8]).is_err() && own.is_empty());
    assert_eq!(own.extend(&rows[..60]).unwrap().len(), 2);
    assert_eq!(own.extend(&rows[60..]).unwrap(), one_by_one);
    assert_eq!(own.len(), 40);
    assert_eq!(own.save(), state);
}

fn answers(classifier: &mut Classifier, cpu: &Cpu, steps: Steps) -> Vec<f32> {
    let item = Item { name: "a".into(), steps, text: String::new(), target: Target::None };
    let mut answer = Vec::new();
    classifier.predict(cpu, &[item], &[0], &mut |opinion| answer = opinion.values);
    let outputs = classifier.config().outputs();
    answer[answer.len() - outputs..].to_vec()
}

#[test]
fn a_sequence_row_by_row_is_answered_as_the_whole_of_it() {
    let cpu = Cpu::new(1).unwrap();
    let rows: Vec<f32> = (0..30).map(|k| (k as f32 * 0.9).sin() * 2.0).collect();
    for (readout, segment, changes) in [
        (Readout::Last, 1, false),
        (Readout::Mean, 1, true),
        (Readout::Max, 3, true),
        (Readout::Concat, 2, false),
        (Readout::EachStep, 1, true),
    ] {
        let mut classifier = small_models::classifier(readout, segment, changes);
        let mut stream = classifier.stream(&cpu).unwrap();
        let said: Vec<Option<Vec<f32>>> = rows.chunks_exact(2).map(|row| stream.push(row).unwrap().map(<[f32]>::to_vec)).collect();
        for (k, said) in said.iter().enumerate() {
            assert_eq!(said.is_some(), (k + 1).is_multiple_of(segment), "{readout:?}");
            if let Some(said) = said {
                let whole = answers(&mut classifier, &cpu, Steps::Numbers(rows[..(k + 1) * 2].to_vec()));
                assert_eq!(*said, whole, "{readout:?}, row {k}");
            }
        }
    }
    let (mut regressor, symbols) = (small_models::regressor(), [0, 3, 4, 1, 1]);
    let mut stream = regressor.stream(&cpu).unwrap();
    for symbol in symbols {
        stream.push_symbol(symbol).unwrap();
    }
    let last = stream.answer().to_vec();
    assert_eq!(last, answers(&mut regressor, &cpu, Steps::Symbols(symbols.to_vec())));
}

#[test]
fn streams_go_on_from_saved_bytes() {
    let cpu = Cpu::new(1).unwrap();
    let rows: Vec<f32> = (0..20).map(|k| (k as f32 * 0.9).sin()).collect();
    let mut classifier = small_models::classifier(Readout::Concat, 3, true);
    let mut stream = classifier.stream(&cpu).unwrap();
    let (head, tail) = rows.split_at(10);
    for row in head.chunks_exact(2) {
        stream.push(row).unwrap();
    }
    let state = stream.save();
    let whole: Vec<_> = tail.chunks_exact(2).map(|row| stream.push(row).unwrap().map(<[f32]>::to_vec)).collect();
    let mut again = small_models::classifier(Readout::Concat, 3, true);
    let mut stream = again.stream(&cpu).unwrap();
    stream.restore(&state).unwrap();
    let rest: Vec<_> = tail.chunks_exact(2).map(|row| stream.push(row).unwrap().map(<[f32]>::to_vec)).collect();
    assert_eq!(whole, rest);
    let mut other = small_models::classifier(Readout::Mean, 3, true);
    assert!(other.stream(&cpu).unwrap().restore(&state).unwrap_err().to_string().contains("another model"));

    let values = small_models::rows(30);
    let mut forecaster = small_models::forecaster(Channels::Independent, Normalize::Window, false);
    let mut stream = forecaster.stream(&cpu, "");
    let (head, tail) = values.split_at(21 * 3);
    for row in head.chunks_exact(3) {
        stream.push(row).unwrap();
    }
    let (state, seen) = (stream.save(), stream.forecasts().to_vec());
    let whole: Vec<_> = tail.chunks_exact(3).map(|row| stream.push(row).unwrap().to_vec()).collect();
    let mut stream = forecaster.stream(&cpu, "");
    stream.restore(&state).unwrap();
    assert_eq!((stream.len(), stream.forecasts()), (21, &seen[..]));
    let rest: Vec<_> = tail.chunks_exact(3).map(|row| stream.push(row).unwrap().to_vec()).collect();
    assert_eq!(whole, rest);
    (0..state.len()).step_by(7).for_each(|end| assert!(stream.restore(&state[..end]).is_err(), "{end}"));

    let mut language = small_models::language();
    let mut stream = language.stream(&cpu);
    for symbol in [0, 1, 2, 0] {
        stream.push(symbol).unwrap();
    }
    let state = stream.save();
    let next = stream.push(1).unwrap().to_vec();
    stream.restart();
    assert_ne!(stream.push(1).unwrap(), next);
    stream.restore(&state).unwrap();
    assert_eq!(stream.push(1).unwrap(), next);
}

#[test]
fn what_cannot_be_streamed_says_why() {
    let cpu = Cpu::new(1).unwrap();
    let text = |error: gatewise::Error| format!("{error} {}", error.remedy().unwrap_or_default());
    let mut forecaster = small_models::forecaster(Channels::Joint, Normalize::Window, true);
    let mut stream = forecaster.stream(&cpu, "");
    for (row, what) in [(&[1.0, 2.0][..], "2 and 1"), (&[1.0, f64::NAN, 1.0], "column 2 of row 1"), (&[0.0, 1.0, 1.0], "no logarithm")] {
        if what == "2 and 1" {
            assert!(stream.push(row).is_err());
        } else {
            assert!(text(stream.push(row).unwrap_err()).contains(what), "{what}");
        }
    }
    assert!(stream.is_empty());
    let mut attention = small_models::classifier(Readout::Attention, 1, false);
    assert!(text(attention.stream(&cpu).unwrap_err()).contains("whole sequence"));
    let mut classifier = small_models::classifier(Readout::Last, 1, false);
    let mut stream = classifier.stream(&cpu).unwrap();
    assert!(text(stream.push(&[1.0]).unwrap_err()).contains("2"));
    assert!(text(stream.push(&[1.0, f32::INFINITY]).unwrap_err()).contains("channel 2"));
    assert!(text(stream.push_symbol(0).unwrap_err()).contains("numbers"));
    let mut language = small_models::language();
    assert!(text(language.stream(&cpu).push(3).unwrap_err()).contains("3 of the vocabulary"));
}
