//! The network and the random changes of its training, by the items.

use crate::choice::Choices;
use crate::model::{BranchConfig, Readout};
use crate::task::classify::{Augment, AugmentArgs, ClassifyConfig, Network, Options};
use crate::task::forecast::CellName;

/// Items below which the training is repeated on all of them: too few to spare a part for validation.
pub(super) const REFIT_BELOW: usize = 3000;

/// Videos, of all parts, below which the network is small, its training short and its frames hold motion alone, and how large the network
/// then is: pictures tell a large network enough to learn a few clips by heart.
pub(in crate::task::classify) const FEW_VIDEOS: usize = 200;
const FEW_VIDEOS_HIDDEN: usize = 16;

/// Items below which numbers are augmented.
const AUGMENT_BELOW: usize = 20_000;

/// What the items are, as far as choices ask.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Items to learn from.
    pub(super) items: usize,
    /// Items of all parts.
    pub(super) all: usize,
    /// Whether they are texts.
    pub(super) text: bool,
    /// Whether they are videos.
    pub(super) video: bool,
}

impl Shape {
    /// Of the items `train` to learn from, `all` in all.
    pub(super) fn of(config: &ClassifyConfig, train: &[usize], all: usize) -> Self {
        Self { items: train.len(), all, text: config.symbols.is_some(), video: config.network.encoder.is_some() }
    }

    pub(super) fn few_videos(self) -> bool {
        self.video && self.all < FEW_VIDEOS
    }
}

/// Settles the network.
pub(super) fn network(s: &mut Options, choices: &mut Choices, shape: Shape, each_step: bool) -> Network {
    let small = shape.items < REFIT_BELOW;
    let hidden = choices.infer(&mut s.network.hidden, "hidden", || {
        let hidden = match shape.items {
            _ if shape.few_videos() => FEW_VIDEOS_HIDDEN,
            0..REFIT_BELOW => 64,
            REFIT_BELOW..AUGMENT_BELOW => 96,
            _ if shape.text => 192,
            _ => 128,
        };
        (hidden, String::new())
    });
    let embedding = if shape.text { choices.infer(&mut s.embedding, "embedding", || (64.max(hidden / 2), String::new())) } else { 1 };
    let chrono = Choices::or_default(&mut s.chrono, 0);
    let fcn = Choices::or_default(&mut s.fcn, 0);
    Network {
        cell: Choices::or_default(&mut s.network.cell, CellName::Gru),
        hidden,
        layers: choices.infer(&mut s.network.layers, "layers", || (1, String::new())),
        bidirectional: choices.infer(&mut s.bidirectional, "bidirectional", || (true, String::new())),
        embedding,
        dropout: choices.infer(&mut s.layer.dropout, "dropout", || (if small { 0.3 } else { 0.2 }, String::new())),
        weight_drop: Choices::or_default(&mut s.weight_drop, 0.0),
        layer_norm: Choices::or_default(&mut s.layer.layer_norm, false),
        readout: if each_step { Readout::EachStep } else { Choices::or_default(&mut s.readout, Readout::Concat) },
        chrono: (chrono > 0).then_some(chrono),
        encoder: None,
        branch: (fcn > 0).then(|| BranchConfig::fcn(fcn)),
    }
}

/// How training items are changed.
pub(super) fn augment(s: &mut AugmentArgs, shape: Shape) -> Augment {
    let on = !shape.text && !shape.video && shape.items < AUGMENT_BELOW;
    let strength = |value: f64| if on { value } else { 0.0 };
    Augment {
        jitter: Choices::or_default(&mut s.jitter, strength(0.05)),
        scale: Choices::or_default(&mut s.scale, strength(0.1)),
        shift: Choices::or_default(&mut s.shift, 0.0),
        warp: Choices::or_default(&mut s.warp, strength(0.1)),
        crop: Choices::or_default(&mut s.crop, strength(0.1)),
        mask_time: Choices::or_default(&mut s.mask_time, 0.0),
        mask_channels: Choices::or_default(&mut s.mask_channels, 0.0),
        bands: 0,
        symbols: Choices::or_default(&mut s.drop_symbols, if shape.text { 0.05 } else { 0.0 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_videos_get_a_small_network() {
        let hidden = |shape| network(&mut Options::default(), &mut Choices::default(), shape, false).hidden;
        let numbers = Shape { items: 48, all: 60, text: false, video: false };
        assert_eq!(hidden(numbers), 64);
        assert_eq!(hidden(Shape { video: true, ..numbers }), FEW_VIDEOS_HIDDEN);
        assert_eq!(hidden(Shape { video: true, items: 1000, all: 1200, ..numbers }), 64);
    }
}
