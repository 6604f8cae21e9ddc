//! What a run has on the disk while it trains, and after a step that went wrong.

mod setup;

use std::path::Path;
use std::time::{Duration, Instant};

use gatewise::batch::{Batch, Source};
use gatewise::error::TrainError;
use gatewise::loss::Loss;
use gatewise::model::{Model, ModelConfig, Readout};
use gatewise::optim::OptimizerConfig;
use gatewise::train::{Control, Event, TrainConfig, Trainer};
use gatewise::{Cell, Cpu, Isa};
use setup::waves::{HORIZON, Waves};

fn trainer(config: TrainConfig, zeros: bool, checkpoint: Option<&Path>) -> Trainer {
    let config = TrainConfig { batch: 7, ..config };
    let mut model = Model::new(&ModelConfig { readout: Readout::Mean, ..ModelConfig::new(Cell::Gru, 1, 9, HORIZON) }, 5).unwrap();
    if zeros {
        model.params_mut().values.fill(0.0);
    }
    let mut trainer = Trainer::new(model, Loss::Mse, config).unwrap();
    checkpoint.into_iter().for_each(|path| trainer.set_checkpoint(path.to_owned()));
    trainer
}

fn run(trainer: &mut Trainer, mut on_event: impl FnMut(&Event) -> Control) -> Result<(), TrainError> {
    let (train, valid) = (Waves::new(45, 1, true, false), Waves::new(10, 2, true, false));
    trainer.run(&Cpu::with_isa(Isa::best(), 1), &train, &valid, &mut on_event).map(drop)
}

fn stop_at(last: u64) -> impl FnMut(&Event) -> Control {
    move |event| if matches!(event, Event::Step { step, .. } if *step >= last) { Control::Stop } else { Control::Continue }
}

#[test]
fn a_checkpoint_within_an_epoch_is_all_that_a_killed_run_needs() {
    let folder = tempfile::tempdir().unwrap();
    let [path, copy] = ["last.safetensors", "copy.safetensors"].map(|name| folder.path().join(name));
    let config = TrainConfig { epochs: 3, checkpoint_seconds: 0.0, ..TrainConfig::default() };
    let mut copied = 0;
    let mut whole = trainer(config.clone(), false, Some(&path));
    run(&mut whole, |event| {
        if let Event::Step { step, step_in_epoch: 4, .. } = event {
            // The writer is a thread of its own, which the training does not wait for.
            let patience = Instant::now();
            while !path.exists() && patience.elapsed() < Duration::from_secs(60) {
                std::thread::sleep(Duration::from_millis(1));
            }
            std::fs::copy(&path, folder.path().join(format!("{step}"))).unwrap();
            copied += 1;
        }
        Control::Continue
    })
    .unwrap();
    assert_eq!(copied, 3);
    let mut within = false;
    for step in [4, 11, 18] {
        std::fs::rename(folder.path().join(format!("{step}")), &copy).unwrap();
        let mut resumed = Trainer::resume(&copy).unwrap();
        run(&mut resumed, |event| {
            within |= matches!(event, Event::Start { step, .. } if step % 7 != 0);
            Control::Continue
        })
        .unwrap();
        assert!(resumed.checkpoint_bytes() == whole.checkpoint_bytes(), "killed about step {step}");
    }
    assert!(within, "one of them was taken within an epoch");
}

/// Waves whose targets are zero but for those of one item: a network of zeros learns nothing before it sees that.
struct Still(Waves, usize);

impl Source for Still {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn fill(&self, items: &[usize], batch: &mut Batch<f32>) {
        self.0.fill(items, batch);
        for (item, number) in items.iter().enumerate() {
            let place = batch.place(item);
            batch.target[place * HORIZON..][..HORIZON].fill(if *number == self.1 { 1e5 } else { 0.0 });
        }
    }
}

#[test]
fn the_weights_before_a_step_that_overflows_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("last.safetensors");
    // The step that sees the item overflows; an epoch has few of all items, so that it comes in one or another.
    let config = |checkpoint_seconds| TrainConfig {
        lr: 1e38,
        steps_per_epoch: Some(3),
        clip_norm: None,
        optimizer: OptimizerConfig::sgd(0.0, false),
        checkpoint_seconds,
        ..TrainConfig::default()
    };
    let mut seen = Vec::new();
    for (item, seconds) in [(0, 10.0), (0, 0.0), (1, 10.0), (2, 10.0), (3, 0.0)] {
        let run = |trainer: &mut Trainer, last: u64| {
            let (train, valid) = (Still(Waves::new(45, 1, true, false), item), Still(Waves::new(10, 2, true, false), usize::MAX));
            trainer.run(&Cpu::with_isa(Isa::best(), 1), &train, &valid, &mut stop_at(last))
        };
        let start = |checkpoint| trainer(config(seconds), true, checkpoint);
        let mut wrong = start(Some(&path));
        let TrainError::NotFinite { step, tensor, .. } = run(&mut wrong, u64::MAX).unwrap_err() else { panic!("another error") };
        assert!(tensor.contains("bias"), "{tensor}");
        seen.push(step);
        let mut before = start(None);
        if step > 1 {
            run(&mut before, step - 1).unwrap();
        }
        let kept = Trainer::resume(&path).unwrap();
        assert!(kept.checkpoint_bytes() == before.checkpoint_bytes(), "item {item}: the state before step {step}");
        assert!(wrong.checkpoint_bytes() == before.checkpoint_bytes(), "and the trainer holds it");
    }
    assert_eq!(seen, [2, 2, 7, 6, 4], "within an epoch and at the start of one");
}
