//! Small networks of every sort.

use gatewise::Cell;
use gatewise::model::{
    BranchBlock, BranchConfig, EmbeddingConfig, EncoderConfig, EncoderPool, LinearSkipConfig, Model, ModelConfig, Readout,
};

pub const READOUTS: [Readout; 6] = [Readout::Last, Readout::Mean, Readout::Max, Readout::Attention, Readout::Concat, Readout::EachStep];

/// Every cell in one and both directions with every readout, one and two layers, with and without layer norm.
pub fn recurrent() -> impl Iterator<Item = ModelConfig> {
    let plain = Cell::ALL.into_iter().flat_map(|cell| READOUTS.map(|readout| ModelConfig { readout, ..ModelConfig::new(cell, 3, 4, 2) }));
    plain.flat_map(|config| {
        let deep = ModelConfig { layers: 2, layer_norm: true, ..config.clone() };
        let both = |config: &ModelConfig| ModelConfig { bidirectional: true, ..config.clone() };
        [both(&config), both(&deep), config, deep]
    })
}

/// What may stand around the layers.
pub fn around() -> Vec<ModelConfig> {
    let base = ModelConfig::new(Cell::Gru, 3, 4, 6);
    let pictures = |pool| EncoderConfig { channels: 2, height: 5, width: 6, filters: vec![3, 4], pool, outputs: 3 };
    let pooled = |pool| ModelConfig { input: 60, encoder: Some(pictures(pool)), ..base.clone() };
    let symbols = ModelConfig { input: 0, embedding: Some(EmbeddingConfig { symbols: 6, width: 4 }), ..base.clone() };
    let skip = |width, all| LinearSkipConfig { lookback: 5, horizon: 3, targets: 2 / width, width, all };
    vec![
        pooled(EncoderPool::Flatten),
        pooled(EncoderPool::Mean),
        pooled(EncoderPool::MeanMax),
        symbols.clone(),
        ModelConfig { input: 3, ..symbols.clone() },
        ModelConfig { tied: true, readout: Readout::EachStep, ..symbols },
        ModelConfig { skip: Some(skip(1, true)), ..base.clone() },
        ModelConfig { skip: Some(skip(2, true)), ..base.clone() },
        ModelConfig { skip: Some(skip(2, false)), ..base.clone() },
        ModelConfig {
            branch: Some(BranchConfig { blocks: vec![BranchBlock { filters: 3, taps: 4 }, BranchBlock { filters: 2, taps: 3 }] }),
            ..base
        },
    ]
}

/// Such a network with every weight drawn, also those that begin at zero or one.
pub fn built(config: &ModelConfig) -> Model<f32> {
    let mut model = Model::new(config, 7).unwrap();
    let mut at = 0.0_f32;
    for value in &mut model.params_mut().values {
        at += 0.7;
        *value += 0.3 * at.sin();
    }
    model
}
