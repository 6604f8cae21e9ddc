//! How files become numbers, by what they are.

use std::path::Path;

#[cfg(feature = "audio")]
use gatewise_data::audio::{self, FeatureConfig, Kind};
use gatewise_data::items::ItemSet;
#[cfg(feature = "video")]
use gatewise_data::video::VideoOptions;

use super::load::files;
use super::{Kept, MediaSpec};
use crate::choice::Choices;
use crate::error::Error;
use crate::task::classify::MediaArgs;
#[cfg(feature = "audio")]
use crate::task::classify::SoundFeatures;
#[cfg(feature = "video")]
use crate::task::classify::VideoChannels;
#[cfg(feature = "video")]
use crate::task::classify::plan::FEW_VIDEOS;

/// Highest rate that features are made at: speech has little above half of it.
#[cfg(feature = "audio")]
const HIGHEST_RATE: u32 = 16_000;

/// Files whose rate, or motion, is looked at.
const LOOKED_AT: usize = 5;

/// Mean change of a pixel from frame to frame, of a range of 1, below which a video counts as a still picture.
#[cfg(feature = "video")]
const STILL: f64 = 2e-4;

/// What the files of a set are; none where it holds no files.
pub(super) fn settle(set: &ItemSet, s: &mut MediaArgs, choices: &mut Choices, kept: &Kept) -> Result<Option<MediaSpec>, Error> {
    let files: Vec<&Path> = files(set).collect();
    let Some(first) = files.first() else { return Ok(None) };
    let sound = is_sound(first);
    if let Some(odd) = files.iter().find(|file| is_sound(file) != sound) {
        let message = format!("{}: sound and video together: {} and {}", set.path, first.display(), odd.display());
        return Err(Error::data(message).help("train on each for itself"));
    }
    if sound { sounds(&files, s, choices) } else { videos(&files, s, choices, kept) }.map(Some)
}

#[cfg(feature = "audio")]
fn sounds(files: &[&Path], s: &mut MediaArgs, choices: &mut Choices) -> Result<MediaSpec, Error> {
    let rate = choices.infer(&mut s.rate, "rate", || {
        let step = files.len().div_ceil(LOOKED_AT).max(1);
        let rates = files.iter().step_by(step).filter_map(|file| audio::decode(file).ok()).map(|clip| clip.rate);
        (rates.min().unwrap_or(HIGHEST_RATE).min(HIGHEST_RATE), "samples a second, the lowest of the files looked at".to_owned())
    });
    let usual = FeatureConfig::default();
    let config = FeatureConfig {
        rate,
        kind: match choices.infer(&mut s.features, "features", || (SoundFeatures::LogMel, String::new())) {
            SoundFeatures::LogMel => Kind::LogMel,
            SoundFeatures::Mfcc => Kind::Mfcc,
        },
        mels: Choices::or_default(&mut s.mels, usual.mels),
        deltas: Choices::or_default(&mut s.deltas, usual.deltas),
        ..usual
    };
    config.check().map_err(|e| Error::usage(e.to_string()))?;
    Ok(MediaSpec::Audio(config))
}

#[cfg(not(feature = "audio"))]
fn sounds(_: &[&Path], _: &mut MediaArgs, _: &mut Choices) -> Result<MediaSpec, Error> {
    Err(Error::usage("this program reads no sound").help("the feature audio of gatewise does"))
}

#[cfg(feature = "video")]
fn videos(files: &[&Path], s: &mut MediaArgs, choices: &mut Choices, kept: &Kept) -> Result<MediaSpec, Error> {
    let usual = VideoOptions::default();
    let side = choices.infer(&mut s.frame_size, "frame-size", || (usual.width, "pixels, both ways".to_owned()));
    let fps = choices.infer(&mut s.fps, "fps", || (usual.fps.unwrap_or(10.0), String::new()));
    let options = VideoOptions { width: side, height: side, fps: Some(fps), ..usual };
    let channels = choices.infer(&mut s.video_channels, "video-channels", || channels(files, &options, kept));
    let (grey, differences) = (channels != VideoChannels::Motion, channels != VideoChannels::Grey);
    let options = VideoOptions { grey, differences, ..options };
    options.check().map_err(|e| Error::usage(e.to_string()))?;
    Ok(MediaSpec::Video(options))
}

#[cfg(not(feature = "video"))]
fn videos(_: &[&Path], _: &mut MediaArgs, _: &mut Choices, _: &Kept) -> Result<MediaSpec, Error> {
    Err(Error::usage("this program reads no video").help("the feature video of gatewise does"))
}

/// What frames hold, and why: few clips are told apart by their scenes alone, which says nothing of a new scene, unless most stand still.
#[cfg(feature = "video")]
fn channels(files: &[&Path], options: &VideoOptions, kept: &Kept) -> (VideoChannels, String) {
    if files.len() >= FEW_VIDEOS {
        return (VideoChannels::Both, String::new());
    }
    // Read as they will be if they move, so that a kept clip is read once.
    let moving = MediaSpec::Video(VideoOptions { grey: false, differences: true, ..options.clone() });
    let step = files.len().div_ceil(LOOKED_AT).max(1);
    let still = |file: &&Path| {
        let frames = moving.frames(file, kept).ok().filter(|frames| !frames.values.is_empty())?;
        // Frames hold roots of differences.
        let sum: f64 = frames.values.iter().map(|&x| f64::from(x * x)).sum();
        Some(sum / (frames.values.len() as f64) < STILL)
    };
    let looks: Vec<bool> = files.iter().step_by(step).filter_map(still).collect();
    if 2 * looks.iter().filter(|&&still| still).count() >= looks.len() {
        return (VideoChannels::Both, String::new());
    }
    (VideoChannels::Motion, format!("with fewer than {FEW_VIDEOS} clips grey values teach scenes by heart"))
}

#[cfg(feature = "audio")]
fn is_sound(path: &Path) -> bool {
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    path.is_file() && (audio::EXTENSIONS.contains(&ending.as_str()) || audio::FFMPEG_EXTENSIONS.contains(&ending.as_str()))
}

#[cfg(not(feature = "audio"))]
fn is_sound(_: &Path) -> bool {
    false
}
