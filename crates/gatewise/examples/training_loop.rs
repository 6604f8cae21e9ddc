//! A network of one's own on data of one's own: which of two rising sequences rises faster. `cargo run --release --example training_loop`

use gatewise::batch::{Batch, Empty, Source};
use gatewise::loss::Loss;
use gatewise::model::{Model, ModelConfig};
use gatewise::train::{Control, Event, TrainConfig, Trainer};
use gatewise::{Cell, Cpu};

/// Sequences of two channels and any length; the answer is the difference of their slopes.
struct Slopes(Vec<(f32, f32, usize)>);

impl Source for Slopes {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn fill(&self, items: &[usize], batch: &mut Batch<f32>) {
        let lengths: Vec<usize> = items.iter().map(|&item| self.0[item].2).collect();
        batch.set_ragged(&lengths, 2);
        batch.target.resize(items.len(), 0.0);
        for (k, &item) in items.iter().enumerate() {
            let (a, b, length) = self.0[item];
            let sequence: Vec<f32> = (0..length).flat_map(|t| [a * t as f32, b * t as f32]).collect();
            batch.set_sequence(k, &sequence);
            let place = batch.place(k);
            batch.target[place] = a - b;
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data = Slopes((0..512_usize).map(|k| ((k % 7) as f32 / 10.0, (k % 5) as f32 / 10.0, 4 + k % 9)).collect());
    let model = Model::new(&ModelConfig::new(Cell::Gru, 2, 16, 1), 1)?;
    let config = TrainConfig { epochs: 20, batch: 32, lr: 1e-2, patience: None, ..TrainConfig::default() };
    let mut trainer = Trainer::new(model, Loss::Mse, config)?;
    let cpu = Cpu::new(2)?;
    let summary = trainer.run(&cpu, &data, &Empty, &mut |event| {
        if let Event::Epoch { epoch, train_loss, .. } = event
            && epoch % 5 == 0
        {
            println!("epoch {epoch}: loss {train_loss:.5}");
        }
        Control::Continue
    })?;
    println!("{} steps; the weights carry PyTorch's names:", summary.steps);
    for tensor in trainer.into_best().params().specs() {
        println!("  {} {:?}", tensor.name, tensor.shape);
    }
    Ok(())
}
