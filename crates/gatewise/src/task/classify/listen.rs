//! Classes of sound that never ends: an answer each time a window has moved on.

use gatewise_data::audio::{FeatureConfig, Stream};
use gatewise_kernels::Cpu;

use super::metrics::best;
use super::{ClassifierModel, Item, MediaSpec, Steps, Target};
use crate::error::Error;

/// Seconds that an answer is about where the caller does not say, and between two answers.
const WINDOW: f64 = 1.0;
const EVERY: f64 = 0.25;

/// Names what is heard in a stream of sound.
pub struct Listener<'a> {
    model: &'a mut ClassifierModel,
    stream: Stream,
    config: FeatureConfig,
    /// Frames that an answer is about, and between two answers.
    window: usize,
    every: usize,
    /// The latest frames, (window, width) at most.
    rows: Vec<f32>,
    /// Frames so far, and at the next answer.
    seen: usize,
    due: usize,
}

/// What is heard in a window.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// Seconds from the start of the sound to the end of the window.
    pub seconds: f64,
    /// Whether the sound ended before it filled a window.
    pub short: bool,
    /// The most probable class.
    pub class: usize,
    /// The probability of each class. (K)
    pub probabilities: Vec<f32>,
}

impl<'a> Listener<'a> {
    /// With windows of so many seconds; of one where it is left open.
    ///
    /// # Errors
    /// A model that was not trained on sound, or predicts values.
    pub fn new(model: &'a mut ClassifierModel, window: Option<f64>) -> Result<Self, Error> {
        let Some(MediaSpec::Audio(config)) = model.spec.media.clone() else {
            return Err(Error::usage("⦃follow⦄ reads sound; this model was not trained on sound").help("leave ⦃follow⦄ out"));
        };
        if model.classifier.config().labels().is_empty() {
            return Err(Error::usage("⦃follow⦄ names classes; this model predicts values").help("leave ⦃follow⦄ out"));
        }
        let stream = Stream::new(&config).map_err(|e| Error::usage(e.to_string()))?;
        let frames = |seconds: f64| ((seconds * f64::from(config.rate) / config.hop() as f64).round() as usize).max(1);
        let (window, every) = (frames(window.unwrap_or(WINDOW)), frames(EVERY));
        Ok(Self { model, stream, config, window, every, rows: Vec::new(), seen: 0, due: window })
    }

    /// Samples a second of the sound it takes.
    pub fn rate(&self) -> u32 {
        self.config.rate
    }

    /// Seconds between two answers.
    pub fn every(&self) -> f64 {
        EVERY
    }

    /// Seconds of a window.
    pub fn window(&self) -> f64 {
        self.seconds(self.window)
    }

    /// Takes further samples, from −1 to 1, and tells what is heard in the windows that they fill.
    pub fn push(&mut self, cpu: &Cpu, samples: &[f32]) -> Vec<Heard> {
        let frames = self.stream.push(samples);
        self.hear(cpu, &frames, false)
    }

    /// The end of the sound, which has an answer too, be it shorter than a window; none where there is not even a frame.
    pub fn finish(&mut self, cpu: &Cpu) -> Vec<Heard> {
        let frames = self.stream.finish();
        self.hear(cpu, &frames, true)
    }

    /// Whether anything could be answered so far.
    pub fn has_heard(&self) -> bool {
        self.seen > 0
    }

    fn hear(&mut self, cpu: &Cpu, frames: &[f32], ended: bool) -> Vec<Heard> {
        let width = self.config.width();
        let count = frames.len() / width;
        let mut heard = Vec::new();
        for (k, row) in frames.chunks_exact(width).enumerate() {
            self.rows.extend_from_slice(row);
            self.seen += 1;
            if self.seen < self.due && !(ended && k + 1 == count) {
                continue;
            }
            self.due = self.seen + self.every;
            let excess = (self.rows.len() / width).saturating_sub(self.window) * width;
            self.rows.drain(..excess);
            let items = [Item { name: String::new(), steps: Steps::Numbers(self.rows.clone()), text: String::new(), target: Target::None }];
            let (seconds, short) = (self.seconds(self.seen), self.seen < self.window);
            self.model.classifier.predict(cpu, &items, &[0], &mut |opinion| {
                heard.push(Heard { seconds, short, class: best(&opinion.values), probabilities: opinion.values });
            });
        }
        heard
    }

    fn seconds(&self, frames: usize) -> f64 {
        frames as f64 * self.config.hop() as f64 / f64::from(self.config.rate)
    }
}
