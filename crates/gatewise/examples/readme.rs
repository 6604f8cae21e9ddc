//! The library part of the README, as it stands there: a test compares. `cargo run --release --example readme`

use std::error::Error;
use std::path::Path;

fn forecast(sales: &[f64], path: &Path) -> Result<(), Box<dyn Error>> {
    // README: a forecast
    use gatewise::data::Dataset;
    use gatewise::forecast::{Forecaster, Options, Plan};
    use gatewise::train::{Control, Session};

    let data = Dataset::from_columns(&[("sales", sales)], 1)?;
    let plan = Plan::new(&data, &Options { horizon: Some(12), ..Options::default() })?; // season, sizes, steps: chosen from the data
    let cpu = gatewise::Cpu::new(2)?;
    let mut session = Session { cpu: &cpu, checkpoints: None, on_event: &mut |_| Control::Continue };
    let mut fitted = Forecaster::fit(&data, &plan, &mut session)?.expect("nobody stopped it");
    let forecast = fitted.model.predict(&cpu, &data)?; // points and calibrated quantiles
    fitted.save(path)?; // `gatewise predict` reads it
    // README: end
    println!("{:.1?}", forecast[0].point);
    Ok(())
}

fn stream(rows: &[f64], path: &Path) -> Result<(), Box<dyn Error>> {
    // README: a stream
    let cpu = gatewise::Cpu::new(1)?;
    let gatewise::AnyModel::Forecaster(mut model, _) = gatewise::load(path)? else { return Err("no forecaster".into()) };
    let mut stream = model.stream(&cpu, "");
    for row in rows.chunks(1) {
        println!("{:?}", stream.push(row)?); // a forecast behind every row; stream.save() keeps where it stands, as bytes
    }
    // README: end
    Ok(())
}

fn cells(x: &[f32]) -> Result<(), Box<dyn Error>> {
    let (w_ih, w_hh, bias) = (vec![0.01; 256], vec![0.01; 256 * 64], vec![0.0; 256]);
    // README: the cells
    use gatewise::kernels::{Cell, Cpu, Dims, Layout, Precision, Recurrent, Streaming, Weights};

    let cpu = Cpu::new(1)?;
    let dims = Dims { cell: Cell::Lstm, input: 1, hidden: 64 };
    let weights = Weights { w_ih: &w_ih, w_hh: &w_hh, b_ih: &bias, b_hh: &bias }; // PyTorch's shapes and gate order
    let mut stream = Streaming::new(cpu.isa(), dims, weights, Precision::F32).ok_or("no streaming kernel")?;
    let outputs = stream.step(&[0.5]).len(); // a row of one sequence: no allocation, no lock, no system call
    let mut lstm = Recurrent::<f32>::new(dims, false);
    lstm.pack(&cpu, weights);
    let (mut h, mut c) = (vec![0.0; 3 * 64], vec![0.0; 3 * 64]);
    lstm.forward(&cpu, &Layout::ragged(&[9, 5, 2]), x, &mut h, &mut c, true); // sequences of any lengths, no padding
    // README: end
    println!("{outputs} outputs a step, {} of a batch", lstm.output().len());
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let sales: Vec<f64> = (0..60).map(|t| 100.0 + f64::from(t) + 10.0 * f64::from(t % 12)).collect();
    let path = std::env::temp_dir().join("gatewise-example-readme.safetensors");
    forecast(&sales, &path)?;
    stream(&sales[58..], &path)?;
    std::fs::remove_file(&path)?;
    cells(&[0.5; 16])
}
