//! Files of sound and video as sequences of numbers, with the features `audio` and `video`.

#[cfg(any(feature = "audio", feature = "video"))]
mod load;
#[cfg(any(feature = "audio", feature = "video"))]
mod settle;

use std::path::PathBuf;

#[cfg(feature = "audio")]
use gatewise_data::audio::FeatureConfig;
use gatewise_data::items::ItemSet;
#[cfg(not(any(feature = "audio", feature = "video")))]
use gatewise_data::items::{Content, OnError};
#[cfg(feature = "video")]
use gatewise_data::video::{self, VideoOptions};
use serde::{Deserialize, Serialize};

use crate::choice::Choices;
use crate::error::Error;
use crate::model::EncoderConfig;

use crate::task::classify::{Change, MediaArgs};
#[cfg(not(any(feature = "audio", feature = "video")))]
use crate::train::{Control, Event};

/// How files become numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaSpec {
    /// Features of sound.
    #[cfg(feature = "audio")]
    Audio(FeatureConfig),
    /// Frames of a video.
    #[cfg(feature = "video")]
    Video(VideoOptions),
}

/// Where decoded files are kept.
pub(super) struct Kept {
    #[cfg(any(feature = "audio", feature = "video"))]
    cache: Option<gatewise_data::cache::Cache>,
}

impl Kept {
    /// In a folder; none keeps nothing.
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        #[cfg(any(feature = "audio", feature = "video"))]
        return Self { cache: folder.map(gatewise_data::cache::Cache::new) };
        #[cfg(not(any(feature = "audio", feature = "video")))]
        {
            drop(folder);
            Self {}
        }
    }
}

/// What the files of a set are; none where it holds no files.
pub(super) fn settle(set: &ItemSet, s: &mut MediaArgs, choices: &mut Choices, kept: &Kept) -> Result<Option<MediaSpec>, Error> {
    #[cfg(any(feature = "audio", feature = "video"))]
    return settle::settle(set, s, choices, kept);
    #[cfg(not(any(feature = "audio", feature = "video")))]
    {
        let _ = (s, choices, kept);
        match set.items.iter().any(|item| matches!(item.content, Content::File(_))) {
            true => Err(Error::usage("this program reads neither sound nor video").help("the features audio and video of gatewise do")),
            false => Ok(None),
        }
    }
}

/// Filters of the encoder's convolutions, and the values that the recurrent stack reads of a picture.
#[cfg(feature = "video")]
const FILTERS: [usize; 3] = [8, 16, 24];
#[cfg(feature = "video")]
const ENCODED: usize = 48;

impl MediaSpec {
    /// Numbers of a step.
    pub fn width(&self) -> usize {
        match *self {
            #[cfg(feature = "audio")]
            Self::Audio(ref config) => config.width(),
            #[cfg(feature = "video")]
            Self::Video(ref options) => options.numbers(),
        }
    }

    /// Bands of sound, which a step repeats for each derivative; 0 of pictures.
    pub fn bands(&self) -> usize {
        match *self {
            #[cfg(feature = "audio")]
            Self::Audio(ref config) => config.base(),
            #[cfg(feature = "video")]
            Self::Video(_) => 0,
        }
    }

    /// The encoder of pictures; none of sound.
    pub fn encoder(&self) -> Option<EncoderConfig> {
        match *self {
            #[cfg(feature = "audio")]
            Self::Audio(_) => None,
            #[cfg(feature = "video")]
            Self::Video(ref o) => Some(EncoderConfig {
                channels: o.channels(),
                height: o.height,
                width: o.width,
                filters: FILTERS.to_vec(),
                pool: Default::default(),
                outputs: ENCODED,
            }),
        }
    }

    /// What such files are, and what to give.
    pub(super) fn reads(&self) -> (&'static str, &'static str) {
        match *self {
            #[cfg(feature = "audio")]
            Self::Audio(_) => ("sound", "give a file of sound, a folder of them, or a table with a column of their paths (⦃input-column⦄)"),
            #[cfg(feature = "video")]
            Self::Video(_) => (
                "video or pictures",
                "give a file of them, a folder of such files, or a table with a column of their paths (⦃input-column⦄)",
            ),
        }
    }

    /// Changes of training clips that numbers alone do not tell, for videos.
    pub(super) fn change(&self) -> Option<Box<Change<'_>>> {
        match *self {
            #[cfg(feature = "audio")]
            Self::Audio(_) => None,
            #[cfg(feature = "video")]
            Self::Video(ref options) => {
                /// Pixels that a picture is moved by at most, as a share of its side.
                const SHIFT: f64 = 0.1;
                let augment = video::Augment { flip: true, shift: (options.width as f64 * SHIFT) as usize };
                Some(Box::new(move |values, rng| augment.apply(values, options, &mut || rng.unit())))
            }
        }
    }

    /// Reads the files of a set in place of their paths.
    #[cfg(not(any(feature = "audio", feature = "video")))]
    pub(super) fn load(&self, _: &mut ItemSet, _: OnError, _: &Kept, _: usize, _: &mut dyn FnMut(&Event) -> Control) -> Result<(), Error> {
        match *self {}
    }
}
