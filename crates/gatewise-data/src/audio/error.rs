//! Why a sound could not be used.

use std::io;

/// Why a sound could not be used. The message names the place, [`AudioError::help`] the cure.
#[derive(Debug, thiserror::Error)]
pub enum AudioError {
    /// The file could not be opened or read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// Nothing in the file tells a format.
    #[error("{path}: this is no sound that can be read: {reason}")]
    Format {
        /// The file.
        path: String,
        /// What the reader said.
        reason: String,
    },
    /// A coding that only `ffmpeg` reads, which is not installed.
    #[error("{path}: sound of this kind is read through `ffmpeg`, which is not installed")]
    NeedsFfmpeg {
        /// The file.
        path: String,
    },
    /// A container without sound.
    #[error("{path}: no audio track in this file")]
    NoTrack {
        /// The file.
        path: String,
    },
    /// A coding that is not read.
    #[error("{path}: the coding of this sound is not supported: {reason}")]
    Coding {
        /// The file.
        path: String,
        /// What the reader said.
        reason: String,
    },
    /// A file that begins well and does not go on so.
    #[error("{path}: damaged at {seconds:.2} s: {reason}")]
    Damaged {
        /// The file.
        path: String,
        /// What was read before.
        seconds: f64,
        /// What is wrong.
        reason: String,
    },
    /// A file that asks for more memory than there may be.
    #[error("{path}: {reason}")]
    TooLarge {
        /// The file.
        path: String,
        /// What needs how much.
        reason: String,
    },
    /// A sound without a sample.
    #[error("{path}: the clip has no samples")]
    Empty {
        /// The file.
        path: String,
    },
    /// A sample that is infinite or no number.
    #[error("{path}: sample {index} is {value}")]
    NotFinite {
        /// The file.
        path: String,
        /// Which, from 0.
        index: usize,
        /// What stands there.
        value: f32,
    },
    /// A setting outside its range.
    #[error("`{name}` is {value}; it must be {expected}")]
    Setting {
        /// The key in the configuration.
        name: &'static str,
        /// What was given.
        value: f64,
        /// Its range in words.
        expected: &'static str,
    },
    /// Two rates that no filter can be built for.
    #[error("cannot bring {from} samples a second to {to}: {reason}")]
    Rate {
        /// Samples a second of the clip.
        from: u32,
        /// Samples a second asked for.
        to: u32,
        /// What the resampler said.
        reason: String,
    },
}

impl AudioError {
    /// What to do about it, without the word "help".
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => Some("check the path".to_owned()),
            Self::Io { .. } | Self::Setting { .. } => None,
            Self::Format { .. } | Self::NoTrack { .. } => Some("give wav, flac, mp3 or ogg (Vorbis) files".to_owned()),
            Self::NeedsFfmpeg { path } => Some(format!(
                "install ffmpeg (`apt install ffmpeg`, `brew install ffmpeg`), or turn the file into a wav where there is one: ffmpeg -i '{path}' clip.wav"
            )),
            Self::Coding { path, .. } => Some(format!("turn it into a plain wav: ffmpeg -i '{path}' clip.wav")),
            Self::TooLarge { .. } => Some("cut it into shorter clips, leave it out, or raise ⦃memory-limit⦄".to_owned()),
            Self::Damaged { .. } => Some("copy the file again, or leave it out".to_owned()),
            Self::Empty { .. } => Some("record it again, or leave it out".to_owned()),
            Self::NotFinite { .. } => Some("write the file again with 16-bit samples".to_owned()),
            Self::Rate { .. } => Some("resample the file to a common rate such as 16000 first".to_owned()),
        }
    }

    /// True where the file could not be read at all (exit status 1).
    pub fn is_io(&self) -> bool {
        matches!(self, Self::Io { .. })
    }
}
