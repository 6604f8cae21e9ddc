//! Model files and checkpoints: the first version stays readable, the same content gives the same bytes, and what is wrong is said.

mod support;

use std::path::Path;

use gatewise::batch::Batch;
use gatewise::error::{FormatError, TrainError};
use gatewise::format::{load_model, model_bytes, save_model};
use gatewise::loss::Loss;
use gatewise::model::{EmbeddingConfig, LinearSkipConfig, Model, ModelConfig};
use gatewise::train::{TrainConfig, Trainer};
use gatewise::{Cell, Cpu, Isa};
use serde_json::json;
use support::{close, widen};

const VERSION_1: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/model_v1.safetensors");

/// A network that uses every part a file can hold.
fn network() -> Model<f32> {
    let config = ModelConfig {
        layers: 2,
        bidirectional: true,
        layer_norm: true,
        dropout: 0.1,
        embedding: Some(EmbeddingConfig { symbols: 3, width: 2 }),
        skip: Some(LinearSkipConfig { lookback: 4, horizon: 2, targets: 1, width: 3, all: true }),
        ..ModelConfig::new(Cell::Lstm, 1, 3, 6)
    };
    Model::new(&config, 11).unwrap()
}

fn batch() -> Batch<f32> {
    let mut batch = Batch::default();
    batch.set_full(1, 4, 1);
    batch.x.copy_from_slice(&[0.5, -1.0, 0.25, 2.0]);
    batch.symbols = vec![0, 2, 1, 1];
    batch.skip = batch.x.clone();
    batch
}

fn output(model: &mut Model<f32>) -> Vec<f64> {
    widen(model.forward(&Cpu::with_isa(Isa::Scalar, 1), &batch(), false, None))
}

#[test]
fn every_cell_comes_back_from_its_file() {
    for cell in Cell::ALL {
        let mut model = Model::new(&ModelConfig { cell, ..network().config().clone() }, 11).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        save_model(&path, &model, &json!(null)).unwrap();
        let (mut read, _) = load_model(&path).unwrap();
        assert_eq!(read.config(), model.config());
        let from_state = ["recurrent.weight_hh_l0", "recurrent.bias_hh_l1_reverse"].map(|name| read.get(name).is_some());
        assert_eq!(from_state, [cell.spec().recurrent; 2], "{cell:?}");
        assert_eq!(read.params().values.len() as u128, read.config().parameters(), "{cell:?}");
        assert_eq!(output(&mut read), output(&mut model), "{cell:?}");
    }
}

/// Makes the golden file of the version that is written now; a new version gets a new name and keeps the old files.
#[test]
#[ignore = "writes a golden file"]
fn write_the_golden_file() {
    let mut model = network();
    let task = json!({ "output": output(&mut model), "note": "ünïcode", "nothing": null });
    save_model(Path::new(VERSION_1), &model, &task).unwrap();
}

#[test]
fn version_1_is_read() {
    let (mut model, task) = load_model(Path::new(VERSION_1)).unwrap();
    assert_eq!(model.config(), network().config());
    let expected: Vec<f64> = serde_json::from_value(task["output"].clone()).unwrap();
    assert_eq!(expected.len(), 6);
    close("output", &output(&mut model), &expected, 1e-6);
    assert_eq!(task["note"], "ünïcode");
}

#[test]
fn the_same_save_twice_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("a.safetensors"), folder.path().join("b.safetensors"));
    let task = json!({ "z": 1, "a": { "y": 0.1, "b": [2] } });
    save_model(&first, &network(), &task).unwrap();
    let (model, read) = load_model(&first).unwrap();
    assert_eq!(read, task);
    save_model(&second, &model, &read).unwrap();
    assert!(std::fs::read(&first).unwrap() == std::fs::read(&second).unwrap());
}

#[test]
fn pytorch_finds_its_names_and_shapes() {
    let bytes = model_bytes(&network(), &json!({}));
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let cases: [(&str, &[usize]); 6] = [
        ("recurrent.weight_ih_l0", &[12, 3]),
        ("recurrent.weight_hh_l1_reverse", &[12, 3]),
        ("recurrent.bias_hh_l0", &[12]),
        ("head.weight", &[6, 6]),
        ("embedding.weight", &[3, 2]),
        ("skip.weight", &[2, 4]),
    ];
    for (name, shape) in cases {
        assert_eq!(file.tensor(name).unwrap().shape(), shape, "{name}");
    }
    let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
    let keys: Vec<_> = header.metadata().as_ref().unwrap().keys().collect();
    assert_eq!(keys, ["gatewise"]);
}

#[test]
fn files_that_do_not_fit_are_errors_that_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.safetensors");
    let whole = model_bytes(&network(), &json!({}));
    let swap = |from: &str, to: &str| {
        assert_eq!(from.len(), to.len(), "the header keeps its length");
        let at = whole.windows(from.len()).position(|w| w == from.as_bytes()).unwrap_or_else(|| panic!("no {from}"));
        let mut bytes = whole.clone();
        bytes[at..at + from.len()].copy_from_slice(to.as_bytes());
        bytes
    };
    let not_a_number = {
        let mut bytes = whole.clone();
        let end = bytes.len();
        bytes[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
        bytes
    };
    let cases = [
        (Vec::new(), "it is empty"),
        (whole[..whole.len() / 2].to_vec(), "not a complete safetensors file"),
        (b"unique_id,ds,y\n1,2,3\n".to_vec(), "not a complete safetensors file"),
        (swap(r#"\"format\":1"#, r#"\"format\":7"#), "format version 7"),
        (swap(r#"\"kind\":\"model\""#, r#"\"kind\":\"muddl\""#), "is a muddl, not a model"),
        (swap(r#"\"hidden\":3"#, r#"\"hidden\":4"#), "describes"),
        (swap(r#"\"hidden\":3"#, r#"\"hidden\":0"#), "`hidden` is 0"),
        (swap(r#"\"hidden\":3"#, r#"\"hiddem\":3"#), "hiddem"),
        (swap(r#"\"cell\":\"lstm\""#, r#"\"cell\":\"lsmt\""#), "lsmt"),
        (swap("head.weight", "head.weighd"), "tensor `head.weight`: it is missing"),
        (not_a_number, "NaN"),
    ];
    for (bytes, expected) in cases {
        std::fs::write(&path, bytes).unwrap();
        let text = load_model(&path).unwrap_err().to_string();
        assert!(text.contains(expected) && text.contains("m.safetensors"), "got: {text}\nexpected: {expected}");
    }
    let missing = load_model(&folder.path().join("none.safetensors")).unwrap_err();
    assert!(matches!(missing, FormatError::Io { action: "read", .. }), "{missing}");
}

#[test]
fn models_and_checkpoints_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let (model, last) = (folder.path().join("model.safetensors"), folder.path().join("last.safetensors"));
    save_model(&model, &network(), &json!({})).unwrap();
    let trainer = Trainer::new(network(), Loss::Mse, TrainConfig::default()).unwrap();
    trainer.save(&last).unwrap();
    assert!(load_model(&last).unwrap_err().to_string().contains("is a checkpoint, not a model"));
    assert!(matches!(Trainer::resume(&model), Err(TrainError::Format(FormatError::Kind { .. }))));
    assert!(Trainer::resume(&last).unwrap().checkpoint_bytes() == std::fs::read(&last).unwrap());
}
