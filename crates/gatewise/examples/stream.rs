//! A model file in another program: loaded, fed row by row, put aside as bytes and taken up again. `cargo run --release --example stream`

use gatewise::data::Dataset;
use gatewise::forecast::{Forecaster, Options, Plan};
use gatewise::train::{Control, Session};
use gatewise::{AnyModel, Cpu};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cpu = Cpu::new(1)?;
    let load: Vec<f64> = (0..240).map(|t| 50.0 + 20.0 * (f64::from(t) * std::f64::consts::TAU / 24.0).sin() + f64::from(t % 5)).collect();
    let path = std::env::temp_dir().join("gatewise-example-stream.safetensors");
    train(&load, &path, &cpu)?;

    // These five lines are all that a program needs that has a model file, be it one of the command line.
    let AnyModel::Forecaster(mut model, _) = gatewise::load(&path)? else { return Err("no forecaster".into()) };
    let mut stream = model.stream(&cpu, "");
    for &value in &load {
        stream.push(&[value])?;
    }
    println!("next three: {:.1?}", stream.forecasts()[0].point);

    let state = stream.save();
    let next = stream.push(&[52.0])?[0].point.clone();
    let mut again = model.stream(&cpu, "");
    again.restore(&state)?;
    assert_eq!(again.push(&[52.0])?[0].point, next, "a stream goes on where its bytes were saved");
    println!("after one more row: {next:.1?}, from {} bytes of state", state.len());
    Ok(std::fs::remove_file(&path)?)
}

fn train(load: &[f64], path: &std::path::Path, cpu: &Cpu) -> Result<(), Box<dyn std::error::Error>> {
    let data = Dataset::from_columns(&[("load", load)], 1)?;
    let mut options = Options { horizon: Some(3), season: Some(vec![24]), ..Options::default() };
    options.training.epochs = Some(5);
    let plan = Plan::new(&data, &options)?;
    let mut session = Session { cpu, checkpoints: None, on_event: &mut |_| Control::Continue };
    Ok(Forecaster::fit(&data, &plan, &mut session)?.expect("every event was answered with Continue").save(path)?)
}
