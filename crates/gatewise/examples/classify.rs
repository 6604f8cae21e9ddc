//! Own numbers into a classifier: series from memory, a plan by what they are, answers, figures, a file and back.

use gatewise::classify::{Classifier, EvaluateOptions, Goal, Options, Plan};
use gatewise::data::items::ItemSet;
use gatewise::options::NetworkArgs;
use gatewise::train::{Control, Event, Session};
use gatewise::{AnyModel, Cpu};

/// A swing of two channels that turns one way or the other, begun anywhere: (T, 2).
fn turn(k: usize) -> (Vec<f64>, &'static str) {
    let (way, label) = if k.is_multiple_of(2) { (1.0, "left") } else { (-1.0, "right") };
    let angle = |t: usize| way * 0.4 * t as f64 + 2.4 * k as f64;
    ((0..12 + k % 5).flat_map(|t| [angle(t).cos(), angle(t).sin()]).collect(), label)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cpu = Cpu::new(1)?;
    let mut on_event = |event: &Event| {
        if let Event::Stopped(summary) = event {
            println!("{} steps, {:?}", summary.steps, summary.reason);
        }
        Control::Continue
    };
    let mut session = Session { cpu: &cpu, checkpoints: None, on_event: &mut on_event };

    let mut options = Options { network: NetworkArgs { hidden: Some(8), ..NetworkArgs::default() }, ..Options::default() };
    options.training.max_steps = Some(150);
    options.parts.test_share = Some(0.2);
    let plan = Plan::new(ItemSet::from_series(2, (0..60).map(turn))?, &options, Goal::Classes, &mut session)?;
    for choice in &plan.choices {
        println!("{}: {}", choice.what, choice.value);
    }
    let Some(fitted) = Classifier::fit(&plan, &mut session)? else { return Ok(()) };

    // Any program, the command line among them, reads the file.
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("turns.safetensors");
    fitted.model.save(&path)?;
    let AnyModel::Classifier(mut model) = gatewise::load(&path)? else { return Err("the file holds a classifier".into()) };
    for prediction in model.predict(&cpu, ItemSet::from_series(2, (60..64).map(turn))?)? {
        println!("{}: {:?} with {:.2}", prediction.item, prediction.label(), prediction.probability().unwrap_or(0.0));
    }
    let outcome = model.evaluate(&cpu, ItemSet::from_series(2, (64..100).map(turn))?, &EvaluateOptions::default())?;
    for measure in outcome.evaluation("test").measures {
        println!("{:22} {:.3}, beside {:?}", measure.name, measure.model.unwrap_or(f64::NAN), measure.baselines);
    }
    Ok(())
}
