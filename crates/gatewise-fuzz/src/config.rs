//! Settings that the libraries read.

use gatewise::loss::Loss;
use gatewise::model::{Model, ModelConfig};
use gatewise::task::classify::{Augment, ClassifyConfig};
use gatewise::task::detect::{DetectConfig, Detector, Fleet, FleetConfig};
use gatewise::task::forecast::{Combination, ForecastConfig, starting_model};
use gatewise::task::language::{LanguageConfig, Sampling};
use gatewise::train::TrainConfig;
use gatewise_data::audio::{FeatureConfig, Stream};
use gatewise_data::items::{ItemOptions, Known};
use gatewise_data::video::VideoOptions;
use gatewise_data::{Frequency, ReadOptions, TimeFormat};
use serde::de::DeserializeOwned;

/// Settings as JSON or TOML: whatever they are settings of is checked, and made where the check lets it.
pub fn config(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = read::<TrainConfig>(text).map(|config| config.validate());
    let _ = read::<Loss>(text).map(|loss| loss.validate());
    if let Some(config) = read::<ModelConfig>(text) {
        // As a reader of model files does it: the check comes first.
        let _ = config.check().map(|()| Model::<f32>::new(&config, 1).map(|_| ()));
    }
    if let Some(config) = read::<ForecastConfig>(text) {
        let _ = config.check().map(|()| starting_model(&config, 1).map(|_| ()));
    }
    if let Some(config) = read::<ClassifyConfig>(text) {
        let _ = config.check().map(|()| Model::<f32>::new(&config.model(), 1).map(|_| ()));
    }
    let _ = read::<LanguageConfig>(text).map(|config| config.starting_model(50, 1).map(|_| ()));
    let _ = read::<DetectConfig>(text).map(|config| Detector::new(&config).map(|_| ()));
    if let Some(config) = read::<FleetConfig>(text) {
        let _ = Fleet::new(&config).map(|mut fleet| fleet.series("a"));
    }
    let _ = read::<Sampling>(text).map(|sampling| sampling.check());
    let _ = read::<FeatureConfig>(text).map(|config| Stream::new(&config).map(|mut stream| stream.push(&[0.0; 64])));
    let _ = read::<VideoOptions>(text).map(|options| options.check());
    let _ = read::<Combination>(text);
    let _ = read::<Augment>(text);
    let _ = (read::<ReadOptions>(text), read::<ItemOptions>(text), read::<Known>(text));
    let _ = (read::<Frequency>(text), read::<TimeFormat>(text));
}

/// The settings in either form.
fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok().or_else(|| toml::from_str(text).ok())
}
