//! Clips of any rate brought to one.

use rubato::audioadapter_buffers::owned::InterleavedOwned;
use rubato::{Async, FixedAsync, Resampler, SincInterpolationParameters};

use super::decode::Clip;
use super::error::AudioError;

/// Samples that the filter works on at once.
const CHUNK: usize = 1024;
/// The ratio of the rates does not change within a clip.
const FIXED_RATIO: f64 = 1.0;

impl Clip {
    /// The clip at `rate` samples a second, of the same duration, through a windowed sinc that passes what both rates can hold;
    /// it may lie up to a sample beside the original. A clip of that rate comes back as it is.
    ///
    /// # Errors
    /// A rate of zero, or two rates that no filter can be built for.
    pub fn resample(self, rate: u32) -> Result<Clip, AudioError> {
        if self.rate == rate || self.samples.is_empty() {
            return Ok(Clip { rate, ..self });
        }
        let failed = |reason: String| AudioError::Rate { from: self.rate, to: rate, reason };
        let ratio = f64::from(rate) / f64::from(self.rate);
        let mut resampler =
            Async::<f32>::new_sinc(ratio, FIXED_RATIO, &SincInterpolationParameters::default(), CHUNK, 1, FixedAsync::Input)
                .map_err(|e| failed(e.to_string()))?;
        let length = self.samples.len();
        let input = InterleavedOwned::new_from(self.samples, 1, length).map_err(|e| failed(e.to_string()))?;
        let output = resampler.process_all(&input, length, None).map_err(|e| failed(e.to_string()))?;
        Ok(Clip { rate, samples: output.take_data() })
    }
}
