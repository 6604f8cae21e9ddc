//! A run is a function of network, settings, seed and data: interruptions and threads do not show in a single byte.

mod setup;

use gatewise::format::model_bytes;
use gatewise::loss::Loss;
use gatewise::model::{LinearSkipConfig, Model, ModelConfig, Readout};
use gatewise::optim::{OptimizerConfig, Schedule};
use gatewise::train::{Control, Event, Reason, TrainConfig, Trainer};
use gatewise::{Cell, Cpu, Isa};
use serde_json::Value;
use setup::cpus;
use setup::waves::{HORIZON, LOOKBACK, Waves};

/// 45 items in batches of 7: seven steps an epoch, the last of them short.
const ITEMS: usize = 45;

fn network(cell: Cell) -> ModelConfig {
    let width = 3;
    ModelConfig {
        layers: 2,
        dropout: 0.2,
        skip: Some(LinearSkipConfig { lookback: LOOKBACK, horizon: HORIZON, targets: 1, width, all: true }),
        ..ModelConfig::new(cell, 1, 9, HORIZON * width)
    }
}

fn trainer(config: TrainConfig) -> Trainer {
    let model = Model::new(&network(Cell::Lstm), 5).unwrap();
    Trainer::new(model, Loss::Quantile { levels: vec![0.1, 0.5, 0.9] }, TrainConfig { batch: 7, ..config }).unwrap()
}

/// Trains until `steps` are taken in all.
fn run_to(trainer: &mut Trainer, cpu: &Cpu, steps: u64) -> Reason {
    let (train, valid) = (Waves::new(ITEMS, 1, true, true), Waves::new(10, 2, true, true));
    let mut stop = |event: &Event| match event {
        Event::Step { step, .. } if *step == steps => Control::Stop,
        _ => Control::Continue,
    };
    trainer.run(cpu, &train, &valid, &mut stop).unwrap().reason
}

#[test]
fn a_resumed_run_ends_in_the_same_bytes() {
    let cpu = Cpu::with_isa(Isa::best(), 1);
    let adam = TrainConfig::default();
    let configs = [
        ("adam", adam.clone()),
        ("momentum", TrainConfig { optimizer: OptimizerConfig::sgd(0.9, true), lr: 0.05, ..adam.clone() }),
        (
            "plain descent",
            TrainConfig { optimizer: OptimizerConfig::sgd(0.0, false), clip_norm: None, clip_value: Some(0.1), ..adam.clone() },
        ),
        ("bf16", TrainConfig { bf16: true, ..adam.clone() }),
        (
            "plateau",
            TrainConfig {
                schedule: Schedule::ReduceOnPlateau { factor: 0.3, patience: 0, threshold: 0.3, cooldown: 0, floor: 0.0 },
                ..adam.clone()
            },
        ),
        (
            "one cycle",
            TrainConfig { schedule: Schedule::OneCycle { rise: 0.3, div_factor: 25.0, final_div_factor: 1e4 }, epochs: 3, ..adam },
        ),
    ];
    for (name, config) in configs {
        let mut whole = trainer(config.clone());
        assert_eq!(run_to(&mut whole, &cpu, 20), Reason::Interrupted, "{name}");
        // Within the first epoch, within the second, and on its last step, before validation.
        for stop in [3, 10, 14] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("last.safetensors");
            let mut first = trainer(config.clone());
            first.set_checkpoint(path.clone());
            assert_eq!(run_to(&mut first, &cpu, stop), Reason::Interrupted);
            drop(first);
            let mut second = Trainer::resume(&path).unwrap();
            assert_eq!(run_to(&mut second, &cpu, 20), Reason::Interrupted);
            assert!(second.checkpoint_bytes() == whole.checkpoint_bytes(), "{name}, resumed after step {stop}");
            assert!(std::fs::read(&path).unwrap() == whole.checkpoint_bytes(), "{name}: the file is what the run holds");
        }
    }
}

#[test]
fn a_run_to_its_end_is_the_same_with_and_without_a_stop() {
    let cpu = Cpu::with_isa(Isa::best(), 1);
    let config = TrainConfig { epochs: 5, ..TrainConfig::default() };
    let mut whole = trainer(config.clone());
    assert_eq!(run_to(&mut whole, &cpu, u64::MAX), Reason::Epochs);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("last.safetensors");
    let mut first = trainer(config);
    first.set_checkpoint(path.clone());
    run_to(&mut first, &cpu, 17);
    let mut second = Trainer::resume(&path).unwrap();
    assert_eq!(run_to(&mut second, &cpu, u64::MAX), Reason::Epochs);
    assert!(second.checkpoint_bytes() == whole.checkpoint_bytes());
    // A run that is over stays so.
    let before = second.checkpoint_bytes();
    assert_eq!(run_to(&mut second, &cpu, u64::MAX), Reason::Epochs);
    assert!(second.checkpoint_bytes() == before);
    let bytes = |trainer: Trainer| model_bytes(&trainer.into_best(), &Value::Null);
    assert!(bytes(second) == bytes(whole));
}

#[test]
fn one_thread_and_two_train_to_the_same_bytes() {
    for cpu in cpus() {
        let two = Cpu::with_isa(cpu.isa(), 2);
        for cell in Cell::ALL {
            // Sizes beyond one tile of every instruction set, and no multiple of it.
            let config = ModelConfig { bidirectional: true, readout: Readout::Mean, ..ModelConfig::new(cell, 1, 37, HORIZON) };
            let trained = |cpu: &Cpu| {
                let model = Model::new(&config, 5).unwrap();
                let settings = TrainConfig { batch: 70, max_steps: Some(4), ..TrainConfig::default() };
                let mut trainer = Trainer::new(model, Loss::Mse, settings).unwrap();
                let train = Waves::new(150, 1, true, false);
                trainer.run(cpu, &train, &Waves::new(80, 2, true, false), &mut |_| Control::Continue).unwrap();
                trainer.checkpoint_bytes()
            };
            assert!(trained(&cpu) == trained(&two), "{cell:?} {}", cpu.isa());
        }
    }
}

#[test]
fn weights_packed_beside_the_batch_are_those_packed_before_it() {
    // From some ten thousand parameters on a second thread packs them while the first draws the batch.
    let config = ModelConfig::new(Cell::Lstm, 1, 96, HORIZON);
    for (cpu, bf16) in cpus().flat_map(|cpu| [false, true].map(|bf16| (Cpu::with_isa(cpu.isa(), 1), bf16))) {
        let trained = |threads| {
            let model = Model::new(&config, 5).unwrap();
            let settings = TrainConfig { batch: 16, max_steps: Some(3), bf16, ..TrainConfig::default() };
            let mut trainer = Trainer::new(model, Loss::Mse, settings).unwrap();
            let (train, valid) = (Waves::new(48, 1, true, false), Waves::new(8, 2, true, false));
            trainer.run(&Cpu::with_isa(cpu.isa(), threads), &train, &valid, &mut |_| Control::Continue).unwrap();
            trainer.checkpoint_bytes()
        };
        let one = trained(1);
        assert!(trained(2) == one && trained(3) == one, "{} bf16 {bf16}", cpu.isa());
    }
}
