//! One frame: window, Fourier transform, mel bands, decibels, cepstrum.

use std::f64::consts::TAU;

use rustfft::algorithm::Radix4;
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftDirection};

use super::config::{FeatureConfig, Kind};
use super::mel::{Bands, cosines};

/// Energy that silence is taken for: −100 dB, librosa's `amin`.
const LEAST_POWER: f64 = 1e-10;

/// Makes the features of one frame. In f64, so that a quiet band beside a loud one keeps its decibels.
pub(super) struct Analyser {
    fft: Radix4<f64>,
    /// The window in the middle of zeros: (N).
    window: Vec<f64>,
    bands: Bands,
    /// (coefficients, mels); empty for log-mel.
    cosines: Vec<f64>,
    spectrum: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
    power: Vec<f64>,
    decibels: Vec<f64>,
}

impl Analyser {
    pub fn new(config: &FeatureConfig) -> Self {
        let (length, size) = (config.window(), size(config));
        let before = (size - length) / 2;
        let mut window = vec![0.0; size];
        for (n, w) in window[before..][..length].iter_mut().enumerate() {
            *w = 0.5 - 0.5 * (TAU * n as f64 / length as f64).cos();
        }
        let fft = Radix4::new(size, FftDirection::Forward);
        let coefficients = if config.kind == Kind::Mfcc { config.coefficients } else { 0 };
        Self {
            bands: Bands::new(config.rate, size, config.mels, config.low_hz, config.high()),
            cosines: cosines(coefficients, config.mels),
            spectrum: Vec::with_capacity(size),
            scratch: vec![Complex::default(); fft.get_inplace_scratch_len()],
            power: Vec::with_capacity(size / 2 + 1),
            decibels: Vec::with_capacity(config.mels),
            window,
            fft,
        }
    }

    /// Samples N that a frame is made of.
    pub fn size(&self) -> usize {
        self.window.len()
    }

    /// `samples`: (N) around the middle of the frame. Adds the frame's features to `out`.
    pub fn frame(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.spectrum.clear();
        self.spectrum.extend(samples.iter().zip(&self.window).map(|(&x, w)| Complex::new(f64::from(x) * w, 0.0)));
        self.fft.process_with_scratch(&mut self.spectrum, &mut self.scratch);
        self.power.clear();
        // The bins above the middle mirror those below.
        self.power.extend(self.spectrum[..=self.window.len() / 2].iter().map(Complex::norm_sqr));
        self.decibels.clear();
        self.decibels.extend(self.bands.apply(&self.power).map(|power| 10.0 * power.max(LEAST_POWER).log10()));
        if self.cosines.is_empty() {
            out.extend(self.decibels.iter().map(|&x| x as f32));
        } else {
            let rows = self.cosines.chunks_exact(self.decibels.len());
            out.extend(rows.map(|row| row.iter().zip(&self.decibels).map(|(c, x)| c * x).sum::<f64>() as f32));
        }
    }
}

/// Samples N that a frame is made of.
pub(super) fn size(config: &FeatureConfig) -> usize {
    config.window().next_power_of_two()
}
