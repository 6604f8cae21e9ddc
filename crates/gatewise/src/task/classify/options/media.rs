//! Options of sound and video.

use serde::{Deserialize, Serialize};

#[cfg(feature = "clap")]
use crate::options::parse::{any_count, at_least_one, word};

/// Which features are made of sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SoundFeatures {
    /// Decibels in mel bands.
    LogMel,
    /// Mel-frequency cepstral coefficients.
    Mfcc,
}

impl std::fmt::Display for SoundFeatures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::LogMel => "log-mel",
            Self::Mfcc => "mfcc",
        })
    }
}

/// What a video's frames hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VideoChannels {
    /// Grey values.
    Grey,
    /// How they differ from the frame before.
    Motion,
    /// Either.
    Both,
}

impl std::fmt::Display for VideoChannels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Grey => "grey",
            Self::Motion => "motion",
            Self::Both => "both",
        })
    }
}

/// What a network reads of sound and video.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[cfg_attr(feature = "clap", command(next_help_heading = "Sound and video"))]
pub struct MediaArgs {
    /// Features of sound
    #[cfg_attr(feature = "clap", arg(long, value_name = "KIND", value_parser = word::<SoundFeatures>(&["log-mel", "mfcc"])))]
    pub features: Option<SoundFeatures>,
    /// Samples a second that sound is brought to
    #[cfg_attr(feature = "clap", arg(long, value_name = "HZ"))]
    pub rate: Option<u32>,
    /// Mel bands
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = at_least_one()))]
    pub mels: Option<usize>,
    /// Derivatives in time beside the features of sound: 0, 1 or 2
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = any_count()))]
    pub deltas: Option<usize>,
    /// Width and height of a video's frames in pixels
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = at_least_one()))]
    pub frame_size: Option<usize>,
    /// Frames a second of a video
    #[cfg_attr(feature = "clap", arg(long, value_name = "N"))]
    pub fps: Option<f64>,
    /// What a video's frames hold: grey values, how they differ from the frame before, or both
    #[cfg_attr(feature = "clap", arg(long, value_name = "WHAT", value_parser = word::<VideoChannels>(&["grey", "motion", "both"])))]
    pub video_channels: Option<VideoChannels>,
}
