//! A forecast from numbers in memory: what is chosen, how it did on rows kept back, and the next year. `cargo run --release --example forecast`

use gatewise::Cpu;
use gatewise::data::{Dataset, write_settings};
use gatewise::forecast::{Forecaster, Options, Plan};
use gatewise::train::{Control, Event, Session};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sales: Vec<f64> = (0..96).map(|t| 200.0 + 1.5 * f64::from(t) + 30.0 * (f64::from(t) * std::f64::consts::FRAC_PI_6).sin()).collect();
    let data = Dataset::from_columns(&[("sales", &sales)], 1)?;

    let plan = Plan::new(&data, &Options { horizon: Some(12), ..Options::default() })?;
    for choice in &plan.choices {
        println!("{:14} {}  (setting {})", choice.what, choice.value, write_settings(&choice.flag, str::to_owned));
    }

    let cpu = Cpu::new(2)?;
    let mut on_event = |event: &Event| {
        if let Event::Stopped(summary) = event {
            println!("trained {} steps: {:?}", summary.steps, summary.reason);
        }
        Control::Continue
    };
    let mut session = Session { cpu: &cpu, checkpoints: None, on_event: &mut on_event };
    let mut fitted = Forecaster::fit(&data, &plan, &mut session)?.expect("every event was answered with Continue");
    if let Some(held_back) = &fitted.held_back {
        println!("mean absolute error on rows kept back: {:.2}", held_back.score.model.mae);
    }

    let forecast = &fitted.model.predict(&cpu, &data)?[0];
    let levels = fitted.model.config().quantiles.clone();
    for (step, (point, quantiles)) in forecast.point.iter().zip(forecast.quantiles.chunks(levels.len())).enumerate() {
        println!("{:3} {point:8.2}   {:8.2} to {:8.2}", step + 1, quantiles[0], quantiles[levels.len() - 1]);
    }
    Ok(())
}
