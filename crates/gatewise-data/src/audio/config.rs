//! Which features are made of a sound, as it stands in configuration and model files.

use serde::{Deserialize, Serialize};

use super::decode::Clip;
use super::error::AudioError;
use super::stream::Stream;
use crate::frames::Frames;

/// Features of a sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Decibels in mel bands.
    #[default]
    LogMel,
    /// Mel-frequency cepstral coefficients: the cosine transform of the decibels over the bands.
    Mfcc,
}

/// How features are made of a clip. The values are librosa's, to 1e-3 (tested), for
///
/// - `librosa.feature.melspectrogram(y, sr=rate, n_fft=N, win_length=W, hop_length=P, window="hann", center=True, pad_mode="constant",
///   power=2, n_mels=mels, fmin=low_hz, fmax=high_hz, htk=False, norm="slaney")`, where W and P are `window_ms` and `hop_ms` in samples,
///   to the nearest, and N is the least power of two not below W;
/// - `librosa.power_to_db(·, ref=1, amin=1e-10, top_db=None)`: no bound hangs on the loudest frame, so that a stream gives the same;
/// - MFCC: `librosa.feature.mfcc(S=·, n_mfcc=coefficients, dct_type=2, norm="ortho", lifter=0)`;
/// - deltas: `librosa.feature.delta(·, width=9, order=1 or 2, mode="interp")`; a clip of less than nine frames uses the largest odd width.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeatureConfig {
    /// Which features.
    pub kind: Kind,
    /// Samples a second; clips of another rate are resampled.
    pub rate: u32,
    /// Length of the analysis window in milliseconds.
    pub window_ms: f64,
    /// Time between frames in milliseconds.
    pub hop_ms: f64,
    /// Mel bands.
    pub mels: usize,
    /// Cepstral coefficients, of MFCC alone.
    pub coefficients: usize,
    /// Lower edge of the lowest band in Hz.
    pub low_hz: f64,
    /// Upper edge of the highest band in Hz; half the rate where it is left open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high_hz: Option<f64>,
    /// Derivatives in time beside the features: 0, 1 (velocity) or 2 (and acceleration).
    pub deltas: usize,
}

impl Default for FeatureConfig {
    /// The usual frames of speech recognition: 25 ms every 10 ms.
    fn default() -> Self {
        Self {
            kind: Kind::LogMel,
            rate: 16_000,
            window_ms: 25.0,
            hop_ms: 10.0,
            mels: 40,
            coefficients: 13,
            low_hz: 20.0,
            high_hz: None,
            deltas: 0,
        }
    }
}

/// Fastest rate that a file may ask for, above every converter sold.
const MAX_RATE: u32 = 768_000;
/// Longest window, far above what any feature uses; it bounds the memory that a damaged model file can ask for.
const MAX_WINDOW_MS: f64 = 10_000.0;
/// Most mel bands, as above.
const MAX_MELS: usize = 1024;
/// Most derivatives.
const MAX_DELTAS: usize = 2;

impl FeatureConfig {
    /// Numbers I of a frame.
    pub fn width(&self) -> usize {
        self.base() * (1 + self.deltas)
    }

    /// Numbers of a frame without derivatives.
    pub fn base(&self) -> usize {
        match self.kind {
            Kind::LogMel => self.mels,
            Kind::Mfcc => self.coefficients,
        }
    }

    /// Samples of the window W.
    pub(super) fn window(&self) -> usize {
        self.samples(self.window_ms)
    }

    /// Samples between frames P.
    pub fn hop(&self) -> usize {
        self.samples(self.hop_ms)
    }

    fn samples(&self, ms: f64) -> usize {
        const MS: f64 = 1000.0;
        (f64::from(self.rate) * ms / MS).round() as usize
    }

    /// Upper edge of the highest band in Hz.
    pub(super) fn high(&self) -> f64 {
        self.high_hz.unwrap_or(f64::from(self.rate) / 2.0)
    }

    /// Frames of a clip of so many samples: one at every hop, the first at sample 0.
    pub fn steps(&self, samples: usize) -> usize {
        1 + samples / self.hop().max(1)
    }

    /// Checks every setting.
    ///
    /// # Errors
    /// Names the first that is out of range.
    pub fn check(&self) -> Result<(), AudioError> {
        let up_to_half = f64::from(self.rate) / 2.0;
        let checks = [
            ("rate", f64::from(self.rate), (1..=MAX_RATE).contains(&self.rate), "from 1 to 768000 samples a second"),
            (
                "window_ms",
                self.window_ms,
                self.window_ms <= MAX_WINDOW_MS && self.window() >= 2,
                "at least two samples and at most 10000 ms",
            ),
            ("hop_ms", self.hop_ms, self.hop_ms <= self.window_ms && self.hop() >= 1, "at least a sample and at most the window"),
            ("mels", self.mels as f64, (1..=MAX_MELS).contains(&self.mels), "from 1 to 1024"),
            (
                "coefficients",
                self.coefficients as f64,
                self.kind == Kind::LogMel || (1..=self.mels).contains(&self.coefficients),
                "from 1 to the number of mel bands",
            ),
            ("high_hz", self.high(), self.high() > self.low_hz && self.high() <= up_to_half, "above low_hz and at most half the rate"),
            ("low_hz", self.low_hz, self.low_hz >= 0.0, "at least 0"),
            ("deltas", self.deltas as f64, self.deltas <= MAX_DELTAS, "0, 1 or 2"),
        ];
        match checks.into_iter().find(|(_, _, good, _)| !good) {
            Some((name, value, _, expected)) => Err(AudioError::Setting { name, value, expected }),
            None => Ok(()),
        }
    }

    /// Frames (T, I) of a clip, T = [`steps`](Self::steps) of its samples at this configuration's rate.
    ///
    /// # Errors
    /// A setting out of range, or a rate that cannot be resampled.
    pub fn extract(&self, clip: &Clip) -> Result<Frames, AudioError> {
        let mut stream = Stream::new(self)?;
        let resampled;
        let samples = if clip.rate == self.rate {
            &clip.samples
        } else {
            resampled = clip.clone().resample(self.rate)?.samples;
            &resampled
        };
        let mut values = stream.push(samples);
        values.extend(stream.finish());
        let width = self.width();
        Ok(Frames { steps: values.len() / width, width, values })
    }
}
