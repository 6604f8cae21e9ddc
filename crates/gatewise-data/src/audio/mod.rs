//! Sound to learn from: decoded, mixed to one channel, brought to one rate, turned into features.
//!
//! [`decode`] reads wav, flac, mp3 and ogg files. [`FeatureConfig::extract`] makes log-mel or MFCC frames of a clip; [`Stream`] makes the
//! same frames, to the bit, of samples that arrive piece by piece.
//!
//! ```
//! use gatewise_data::audio::{Clip, FeatureConfig, Stream};
//!
//! let clip = Clip { rate: 8000, samples: (0..4000).map(|n| (n as f32 * 0.3).sin()).collect() };
//! let config = FeatureConfig { rate: 8000, ..FeatureConfig::default() };
//! let frames = config.extract(&clip)?;
//! assert_eq!((frames.steps, frames.width), (4000 / 80 + 1, config.width()));
//!
//! let mut stream = Stream::new(&config)?;
//! let mut rows = stream.push(&clip.samples[..1000]);
//! rows.extend(stream.push(&clip.samples[1000..]));
//! rows.extend(stream.finish());
//! assert_eq!(rows, frames.values);
//! # Ok::<(), gatewise_data::audio::AudioError>(())
//! ```

mod config;
mod decode;
mod delta;
mod error;
mod ffmpeg;
mod mel;
mod resample;
mod spectrum;
mod stream;
mod wav;

pub use config::{FeatureConfig, Kind};
pub use decode::{Clip, EXTENSIONS, decode, from_pcm16};
pub use error::AudioError;
pub use ffmpeg::EXTENSIONS as FFMPEG_EXTENSIONS;
pub use stream::Stream;
