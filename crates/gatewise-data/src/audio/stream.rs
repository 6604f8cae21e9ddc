//! Features of samples that arrive piece by piece.

use super::config::FeatureConfig;
use super::delta::Derivatives;
use super::error::AudioError;
use super::spectrum::{Analyser, size};

/// Turns samples into frames as they come.
///
/// However the samples are cut into pieces, the frames are those of [`FeatureConfig::extract`] to the bit. A frame is given as soon
/// as the samples it is made of are there: half a window after its middle, and four frames later with derivatives.
pub struct Stream {
    config: FeatureConfig,
    analyser: Analyser,
    derivatives: Derivatives,
    /// Samples from the start of the next frame on.
    samples: Vec<f32>,
    base: Vec<f32>,
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Stream {
    /// A stream at its first sample.
    ///
    /// # Errors
    /// A setting out of range.
    pub fn new(config: &FeatureConfig) -> Result<Self, AudioError> {
        config.check()?;
        let mut stream = Self {
            analyser: Analyser::new(config),
            derivatives: Derivatives::new(config.base(), config.deltas),
            samples: Vec::new(),
            base: Vec::new(),
            config: config.clone(),
        };
        stream.restart();
        Ok(stream)
    }

    /// Takes samples at the configuration's rate; returns the frames that are whole now: (·, I).
    pub fn push(&mut self, samples: &[f32]) -> Vec<f32> {
        self.samples.extend_from_slice(samples);
        let (size, hop) = (self.analyser.size(), self.config.hop());
        let mut start = 0;
        self.base.clear();
        while let Some(frame) = self.samples.get(start..start + size) {
            self.analyser.frame(frame, &mut self.base);
            start += hop;
        }
        self.samples.drain(..start);
        let mut out = Vec::with_capacity(self.base.len() * (1 + self.config.deltas));
        self.derivatives.push(&self.base, &mut out);
        out
    }

    /// The frames left when no sample follows, (·, I). The stream then stands at its first sample again.
    pub fn finish(&mut self) -> Vec<f32> {
        let mut out = self.push(&vec![0.0; size(&self.config) / 2]);
        self.derivatives.finish(&mut out);
        self.restart();
        out
    }

    /// The first frame's middle is the first sample: half a frame of zeros goes before.
    fn restart(&mut self) {
        self.samples.clear();
        self.samples.resize(size(&self.config) / 2, 0.0);
    }
}
