//! Weights to and from PyTorch: tensors carry its names, shapes and gate order. `cargo run --release --example pytorch`

use gatewise::batch::Batch;
use gatewise::format::{load_model, save_model};
use gatewise::model::{Model, ModelConfig};
use gatewise::{Cell, Cpu};
use serde_json::json;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // What `torch.nn.LSTM(3, 5).state_dict()` holds, flattened; here made up, there read from a file.
    let state_dict = [("weight_ih_l0", 20 * 3), ("weight_hh_l0", 20 * 5), ("bias_ih_l0", 20), ("bias_hh_l0", 20)]
        .map(|(name, count)| (name, (0..count).map(|k| ((k * 37 % 101) as f32 - 50.0) / 200.0).collect::<Vec<f32>>()));

    let mut model = Model::<f32>::new(&ModelConfig::new(Cell::Lstm, 3, 5, 1), 1)?;
    for (name, values) in &state_dict {
        model.set(&format!("recurrent.{name}"), values)?;
    }
    let mut batch = Batch::default();
    batch.set_full(1, 4, 3);
    batch.set_sequence(0, &[0.1, -0.2, 0.3, 0.4, 0.0, -0.1, 0.2, 0.2, -0.3, 0.0, 0.5, 0.1]);
    let cpu = Cpu::new(1)?;
    let output = model.forward(&cpu, &batch, false, None)[0];

    // The way back: a safetensors file, which Python reads with `safetensors.torch.load_file`.
    let path = std::env::temp_dir().join("gatewise-example-pytorch.safetensors");
    save_model(&path, &model, &json!(null))?;
    let (mut again, _) = load_model(&path)?;
    std::fs::remove_file(&path)?;
    assert_eq!(again.forward(&cpu, &batch, false, None)[0], output);
    for tensor in again.params().specs() {
        println!("{:28} {:?}", tensor.name, tensor.shape);
    }
    Ok(())
}
