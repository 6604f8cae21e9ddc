//! The training loop on a small job: it learns, stops early, keeps the best, and stops at the first number that is not finite.

mod setup;

use gatewise::error::TrainError;
use gatewise::loss::Loss;
use gatewise::model::{Model, ModelConfig};
use gatewise::optim::OptimizerConfig;
use gatewise::train::{Control, Event, Reason, Summary, TrainConfig, Trainer};
use gatewise::{Cell, Cpu, Isa};
use setup::waves::{HORIZON, Place, Waves};

fn cpu() -> Cpu {
    Cpu::with_isa(Isa::best(), 1)
}

fn trainer(config: TrainConfig) -> Trainer {
    let model = Model::new(&ModelConfig::new(Cell::Gru, 1, 16, HORIZON), 5).unwrap();
    Trainer::new(model, Loss::Mse, config).unwrap()
}

fn run(trainer: &mut Trainer, train: &Waves, valid: &Waves) -> (Result<Summary, TrainError>, Vec<Event>) {
    let mut events = Vec::new();
    let result = trainer.run(&cpu(), train, valid, &mut |event| {
        events.push(event.clone());
        Control::Continue
    });
    (result, events)
}

fn epochs(events: &[Event]) -> Vec<(f64, Option<f64>)> {
    let losses = events.iter().filter_map(|event| match event {
        Event::Epoch { train_loss, valid_loss, .. } => Some((*train_loss, *valid_loss)),
        _ => None,
    });
    losses.collect()
}

#[test]
fn it_learns_and_tells_about_it() {
    let config = TrainConfig { epochs: 30, batch: 16, lr: 1e-2, ..TrainConfig::default() };
    let mut trainer = trainer(config);
    let (summary, events) = run(&mut trainer, &Waves::new(64, 1, true, false), &Waves::new(16, 2, true, false));
    let summary = summary.unwrap();
    assert_eq!((summary.steps, summary.epochs, summary.reason), (120, 30, Reason::Epochs));
    let losses = epochs(&events);
    let (first, last) = (losses[0].1.unwrap(), losses[29].1.unwrap());
    assert!(last < 0.02 * first, "validation loss from {first} to {last}");
    assert!(
        matches!(events[0], Event::Start { items: 64, valid_items: 16, steps_per_epoch: 4, epochs: 30, step: 0, .. }),
        "{:?}",
        events[0]
    );
    let steps = events.iter().filter(|e| matches!(e, Event::Step { .. })).count();
    assert_eq!((steps, events.len()), (120, 1 + 120 + 30 + 1));
    let json = serde_json::to_value(&events[1]).unwrap();
    assert_eq!((json["event"].as_str(), json["step"].as_u64()), (Some("step"), Some(1)));
    let json = serde_json::to_value(events.last().unwrap()).unwrap();
    assert_eq!((json["event"].as_str(), json["reason"].as_str()), (Some("stopped"), Some("epochs")));
}

#[test]
fn products_of_bf16_learn_as_well_and_the_weights_are_f32() {
    let config = TrainConfig { epochs: 30, batch: 16, lr: 1e-2, ..TrainConfig::default() };
    let (train, valid) = (Waves::new(64, 1, true, false), Waves::new(16, 2, true, false));
    let course = |bf16| {
        let mut trainer = trainer(TrainConfig { bf16, ..config.clone() });
        let losses = epochs(&run(&mut trainer, &train, &valid).1);
        (losses[29].1.unwrap(), losses[0].1.unwrap(), trainer.into_best())
    };
    let ((exact, ..), (rounded, first, model)) = (course(false), course(true));
    assert!(rounded != exact && rounded < 1.5 * exact && rounded < 0.02 * first, "{first} to {rounded}, with f32 to {exact}");
    let sixteen_bits = model.params().values.iter().filter(|w| w.to_bits() & 0xffff == 0).count();
    assert!(sixteen_bits < model.params().values.len() / 10, "the weights that are trained are not rounded");
}

#[test]
fn patience_ends_it_and_the_best_weights_stay() {
    // Full-batch steps of this size overshoot, so that the validation loss rises again.
    let optimizer = OptimizerConfig::sgd(0.95, false);
    let config = TrainConfig { epochs: 200, lr: 0.5, optimizer, clip_norm: None, patience: Some(4), ..TrainConfig::default() };
    let mut trainer = trainer(config);
    let (train, valid) = (Waves::new(64, 1, false, false), Waves::new(16, 2, false, false));
    let (summary, events) = run(&mut trainer, &train, &valid);
    let summary = summary.unwrap();
    assert_eq!(summary.reason, Reason::Patience);
    assert_eq!(summary.epochs, summary.best_epoch.unwrap() + 4);
    let losses = epochs(&events);
    let lowest = losses.iter().map(|l| l.1.unwrap()).fold(f64::INFINITY, f64::min);
    assert_eq!(summary.best, Some(lowest));
    let mut best = trainer.into_best();
    let mut batch = gatewise::batch::Batch::default();
    gatewise::batch::Source::fill(&valid, &(0..16).collect::<Vec<_>>(), &mut batch);
    assert_eq!(best.loss(&cpu(), &batch, &Loss::Mse), lowest);
}

#[test]
fn without_validation_the_last_weights_stay() {
    let mut trainer = trainer(TrainConfig { epochs: 3, ..TrainConfig::default() });
    let (summary, _) = run(&mut trainer, &Waves::new(20, 1, true, false), &Waves::new(0, 2, true, false));
    let summary = summary.unwrap();
    assert_eq!((summary.reason, summary.best), (Reason::Epochs, None));
    let last = trainer.model().params().values.clone();
    assert_eq!(trainer.into_best().params().values, last);
}

#[test]
fn limits_end_it() {
    let (train, valid) = (Waves::new(40, 1, true, false), Waves::new(4, 2, true, false));
    let base = TrainConfig { batch: 8, ..TrainConfig::default() };
    let cases = [
        (TrainConfig { max_steps: Some(7), ..base.clone() }, Reason::MaxSteps, 7, 2),
        (TrainConfig { max_steps: Some(10), ..base.clone() }, Reason::MaxSteps, 10, 2),
        (TrainConfig { steps_per_epoch: Some(2), epochs: 3, ..base.clone() }, Reason::Epochs, 6, 3),
        (TrainConfig { time_limit: Some(1e-9), ..base }, Reason::TimeLimit, 1, 1),
    ];
    for (config, reason, steps, epochs) in cases {
        let summary = run(&mut trainer(config), &train, &valid).0.unwrap();
        assert_eq!((summary.reason, summary.steps, summary.epochs), (reason, steps, epochs));
    }
}

#[test]
fn a_run_out_of_time_can_go_on() {
    let (train, valid) = (Waves::new(40, 1, true, false), Waves::new(4, 2, true, false));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("last.safetensors");
    let mut first = trainer(TrainConfig { batch: 8, time_limit: Some(1e-9), ..TrainConfig::default() });
    first.set_checkpoint(path.clone());
    assert_eq!(run(&mut first, &train, &valid).0.unwrap().steps, 1);
    let summary = run(&mut Trainer::resume(&path).unwrap(), &train, &valid).0.unwrap();
    assert_eq!((summary.reason, summary.steps, summary.epochs), (Reason::TimeLimit, 2, 2));
}

#[test]
fn the_first_number_that_is_not_finite_stops_it() {
    let cases = [(Place::Input, "the input"), (Place::Target, "the target")];
    for (place, expected) in cases {
        let mut train = Waves::new(40, 1, true, false);
        train.bad = Some((23, place));
        let mut trainer = trainer(TrainConfig { batch: 8, ..TrainConfig::default() });
        let before = trainer.model().params().values.clone();
        let (error, events) = run(&mut trainer, &train, &Waves::new(4, 2, true, false));
        let taken = events.iter().filter(|e| matches!(e, Event::Step { .. })).count() as u64;
        match error.unwrap_err() {
            TrainError::NotFinite { step, tensor, rows } => assert_eq!((step, &tensor[..], &rows[..]), (taken + 1, expected, &[23][..])),
            other => panic!("{other}"),
        }
        assert_eq!(taken == 0, trainer.model().params().values == before, "a step that fails changes no weight");
        assert!(trainer.model().params().values.iter().all(|v| v.is_finite()));
    }
    let mut trainer =
        trainer(TrainConfig { lr: 1e38, optimizer: OptimizerConfig::sgd(0.0, false), clip_norm: None, ..TrainConfig::default() });
    let error = run(&mut trainer, &Waves::new(40, 1, true, false), &Waves::new(0, 2, true, false)).0.unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("step ") && text.contains("lower the learning rate"), "{text}");
    let mut train = Waves::new(40, 1, true, false);
    train.bad = Some((2, Place::Target));
    let error = run(&mut self::trainer(TrainConfig::default()), &Waves::new(8, 1, true, false), &train).0.unwrap_err();
    assert!(error.to_string().contains("in validation, the target is not finite (items 2)"), "{error}");
}

#[test]
fn nothing_to_train_on_and_other_data_are_errors() {
    let (none, some, other) = (Waves::new(0, 1, true, false), Waves::new(9, 1, true, false), Waves::new(8, 1, true, false));
    assert!(matches!(run(&mut trainer(TrainConfig::default()), &none, &none).0, Err(TrainError::Empty)));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("last.safetensors");
    let mut first = trainer(TrainConfig::default());
    first.set_checkpoint(path.clone());
    first.set_task(serde_json::json!({ "name": "waves" }));
    first.run(&cpu(), &some, &none, &mut |_| Control::Stop).unwrap();
    let mut second = Trainer::resume(&path).unwrap();
    assert_eq!(second.task()["name"], "waves");
    assert!(matches!(run(&mut second, &other, &none).0, Err(TrainError::OtherData { expected: 9, found: 8 })));
}
