//! Why a video could not be used.

use std::io;
use std::path::Path;

use gatewise_memory::product;

use super::sink::Sink;
use crate::guard::hold_share;

/// Why a video could not be used. The message names the place, [`VideoError::help`] the cure.
#[derive(Debug, thiserror::Error)]
pub enum VideoError {
    /// The file could not be opened or read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// Nothing in the file tells a video.
    #[error("{path}: this is no video that can be read: {reason}")]
    Format {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file that begins well and does not go on so.
    #[error("{path}: damaged after {frames} frames: {reason}")]
    Damaged {
        /// The file.
        path: String,
        /// Frames read before.
        frames: usize,
        /// What is wrong.
        reason: String,
    },
    /// A clip without a frame.
    #[error("{path}: no frame in this video")]
    NoFrames {
        /// The file or folder.
        path: String,
    },
    /// A coding that only `ffmpeg` reads, which is not installed.
    #[error("{path}: {coding} is read through `ffmpeg`, which is not installed")]
    NeedsFfmpeg {
        /// The file.
        path: String,
        /// What it holds.
        coding: String,
    },
    /// A file that asks for more memory than there may be.
    #[error("{path}: {reason}")]
    TooLarge {
        /// The file.
        path: String,
        /// What needs how much.
        reason: String,
    },
    /// What `ffmpeg` said.
    #[error("{path}: ffmpeg cannot read it: {reason}")]
    Ffmpeg {
        /// The file.
        path: String,
        /// The last thing it said.
        reason: String,
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
}

impl VideoError {
    pub(super) fn damaged(path: &Path, sink: &Sink, reason: impl ToString) -> Self {
        Self::Damaged { path: path.display().to_string(), frames: sink.seen(), reason: reason.to_string() }
    }

    /// Refuses a picture whose pixels, of so many bytes while they are read, do not fit in the memory that a file may take.
    pub(super) fn hold(path: &Path, (width, height): (usize, usize), bytes: usize) -> Result<(), Self> {
        let needed = product(&[width, height, bytes]);
        hold_share(&format!("a picture of {width} × {height} pixels"), needed)
            .map_err(|reason| Self::TooLarge { path: path.display().to_string(), reason })
    }

    /// What to do about it, without the word "help".
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => Some("check the path".to_owned()),
            Self::Io { .. } | Self::Setting { .. } => None,
            Self::Format { .. } | Self::Ffmpeg { .. } | Self::NoFrames { .. } => {
                Some("give mp4, gif or y4m files, or a folder of png or jpeg pictures for each clip; or leave this one out".to_owned())
            }
            Self::TooLarge { .. } => Some("leave it out, write it smaller, or raise ⦃memory-limit⦄".to_owned()),
            Self::Damaged { .. } => Some("copy the file again, or leave it out".to_owned()),
            Self::NeedsFfmpeg { path, .. } => Some(format!(
                "install ffmpeg (`apt install ffmpeg`, `brew install ffmpeg`), \
                 or turn the file into H.264 where there is one: ffmpeg -i '{path}' -c:v libx264 clip.mp4"
            )),
        }
    }

    /// True where the file could not be read at all (exit status 1).
    pub fn is_io(&self) -> bool {
        matches!(self, Self::Io { .. })
    }
}
