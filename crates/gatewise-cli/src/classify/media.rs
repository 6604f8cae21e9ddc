//! Files of sound and video as sequences of numbers: decoded side by side, kept on disk.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use gatewise::model::EncoderConfig;
use gatewise::rng::Rng;
use gatewise::task::classify::SoundFeatures;
use gatewise_data::Frames;
use gatewise_data::audio::{self, AudioError, FeatureConfig, Kind};
use gatewise_data::cache::{Cache, load_all};
use gatewise_data::items::{Content, ItemOptions, ItemSet, OnError};
use gatewise_data::video::{self, VideoError, VideoOptions};
use serde::{Deserialize, Serialize};

use super::plan::FEW_VIDEOS;
use crate::args::{MediaArgs, VideoChannels};
use crate::failure::Failure;
use crate::talk::Talk;
use gatewise::choice::Choices;

/// How files become numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaSpec {
    Audio(FeatureConfig),
    Video(VideoOptions),
}

/// Highest rate that features are made at: speech has little above half of it.
const HIGHEST_RATE: u32 = 16_000;

/// Files whose rate, or motion, is looked at.
const LOOKED_AT: usize = 5;

/// Mean change of a pixel from frame to frame, of a range of 1, below which a video counts as a still picture.
const STILL: f64 = 2e-4;

/// Broken files that are named.
const NAMED: usize = 5;

/// Between two words on how many files are read.
const SAID_EVERY: usize = 500;

/// Filters of the encoder's convolutions, and the values that the recurrent stack reads of a picture.
const FILTERS: [usize; 3] = [8, 16, 24];
const ENCODED: usize = 48;

/// What the files of a set are; none where it holds no files.
pub fn spec(set: &ItemSet, s: &mut MediaArgs, guesses: &mut Choices, cache: Option<&Cache>) -> Result<Option<MediaSpec>, Failure> {
    let files: Vec<&Path> = files(set).collect();
    let Some(first) = files.first() else { return Ok(None) };
    let sound = is_sound(first);
    if let Some(odd) = files.iter().find(|file| is_sound(file) != sound) {
        let message = format!("{}: sound and video together: {} and {}", set.path, first.display(), odd.display());
        return Err(Failure::data(message).help("train on each for itself"));
    }
    if !sound {
        let usual = VideoOptions::default();
        let side = guesses.infer(&mut s.frame_size, "frame-size", || (usual.width, "pixels, both ways".to_owned()));
        let fps = guesses.infer(&mut s.fps, "fps", || (usual.fps.unwrap_or(10.0), String::new()));
        let options = VideoOptions { width: side, height: side, fps: Some(fps), ..usual };
        let channels = guesses.infer(&mut s.video_channels, "video-channels", || channels(&files, &options, cache));
        let (grey, differences) = (channels != VideoChannels::Motion, channels != VideoChannels::Grey);
        let options = VideoOptions { grey, differences, ..options };
        options.check().map_err(|e| Failure::usage(e.to_string()))?;
        return Ok(Some(MediaSpec::Video(options)));
    }
    let rate = guesses.infer(&mut s.rate, "rate", || {
        let step = files.len().div_ceil(LOOKED_AT).max(1);
        let rates = files.iter().step_by(step).filter_map(|file| audio::decode(file).ok()).map(|clip| clip.rate);
        (rates.min().unwrap_or(HIGHEST_RATE).min(HIGHEST_RATE), "samples a second, the lowest of the files looked at".to_owned())
    });
    let usual = FeatureConfig::default();
    let config = FeatureConfig {
        rate,
        kind: match guesses.infer(&mut s.features, "features", || (SoundFeatures::LogMel, String::new())) {
            SoundFeatures::LogMel => Kind::LogMel,
            SoundFeatures::Mfcc => Kind::Mfcc,
        },
        mels: Choices::usual(&mut s.mels, usual.mels),
        deltas: Choices::usual(&mut s.deltas, usual.deltas),
        ..usual
    };
    config.check().map_err(|e| Failure::usage(e.to_string()))?;
    Ok(Some(MediaSpec::Audio(config)))
}

/// What frames hold, and why: few clips are told apart by their scenes alone, which says nothing of a new scene, unless most stand still.
fn channels(files: &[&Path], options: &VideoOptions, cache: Option<&Cache>) -> (VideoChannels, String) {
    if files.len() >= FEW_VIDEOS {
        return (VideoChannels::Both, String::new());
    }
    // Read as they will be if they move, so that a kept clip is read once.
    let moving = MediaSpec::Video(VideoOptions { grey: false, differences: true, ..options.clone() });
    let step = files.len().div_ceil(LOOKED_AT).max(1);
    let still = |file: &&Path| {
        let frames = moving.kept(file, cache).ok().filter(|frames| !frames.values.is_empty())?;
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

fn files(set: &ItemSet) -> impl Iterator<Item = &Path> {
    set.items.iter().filter_map(|item| match &item.content {
        Content::File(path) => Some(path.as_path()),
        _ => None,
    })
}

fn is_sound(path: &Path) -> bool {
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    path.is_file() && (audio::EXTENSIONS.contains(&ending.as_str()) || audio::FFMPEG_EXTENSIONS.contains(&ending.as_str()))
}

/// What a file could not be read for.
struct Broken {
    message: String,
    help: Option<String>,
    io: bool,
}

impl From<AudioError> for Broken {
    fn from(e: AudioError) -> Self {
        Self { message: e.to_string(), help: e.help(), io: e.is_io() }
    }
}

impl From<VideoError> for Broken {
    fn from(e: VideoError) -> Self {
        Self { message: e.to_string(), help: e.help(), io: e.is_io() }
    }
}

impl MediaSpec {
    /// Numbers of a step.
    pub fn width(&self) -> usize {
        match self {
            Self::Audio(config) => config.width(),
            Self::Video(options) => options.numbers(),
        }
    }

    /// Bands of sound, which a step repeats for each derivative; 0 of pictures.
    pub fn bands(&self) -> usize {
        match self {
            Self::Audio(config) => config.base(),
            Self::Video(_) => 0,
        }
    }

    /// The encoder of pictures; none of sound.
    pub fn encoder(&self) -> Option<EncoderConfig> {
        match self {
            Self::Audio(_) => None,
            Self::Video(o) => Some(EncoderConfig {
                channels: o.channels(),
                height: o.height,
                width: o.width,
                filters: FILTERS.to_vec(),
                pool: Default::default(),
                outputs: ENCODED,
            }),
        }
    }

    /// A file's numbers, from the cache where they are kept.
    fn kept(&self, path: &Path, cache: Option<&Cache>) -> Result<Frames, Broken> {
        cache.map_or_else(|| self.read(path), |cache| cache.frames(path, self, || self.read(path)))
    }

    fn read(&self, path: &Path) -> Result<Frames, Broken> {
        match self {
            Self::Audio(config) => Ok(config.extract(&audio::decode(path)?)?),
            Self::Video(options) => Ok(video::decode(path, options)?),
        }
    }

    /// Reads the files of a set in place of their paths. Those that are broken are left out or refused, as `options` say.
    pub fn load(&self, set: &mut ItemSet, options: &ItemOptions, cache: Option<&Cache>, threads: usize, talk: Talk) -> Result<(), Failure> {
        let paths: Vec<PathBuf> = files(set).map(Path::to_path_buf).collect();
        let (done, count) = (AtomicUsize::new(0), paths.len());
        let loaded = load_all(
            &paths,
            threads,
            |path| self.kept(path, cache),
            || {
                let n = done.fetch_add(1, Ordering::Relaxed) + 1;
                if n.is_multiple_of(SAID_EVERY) {
                    talk.say(format!("  {n} of {count} files read"));
                }
            },
        );
        if let Some(trouble) = cache.and_then(Cache::trouble) {
            talk.say(format!("warning: frames cannot be kept: {trouble} (--cache FOLDER)"));
        }
        if let (Some((_, broken)), OnError::Refuse) = (loaded.broken.first(), options.on_error) {
            let failure = if broken.io { Failure::io(&broken.message) } else { Failure::data(&broken.message) };
            let more = loaded.broken.len() - 1;
            let more = if more > 0 { format!("\n{more} more broken file{}", if more == 1 { "" } else { "s" }) } else { String::new() };
            let cure = broken.help.as_ref().map(|h| format!("{h}\n")).unwrap_or_default();
            return Err(failure.help(format!("{cure}--on-error skip leaves broken files out{more}")));
        }
        for (_, broken) in loaded.broken.iter().take(NAMED) {
            talk.event(&serde_json::json!({"event": "note", "path": set.path, "message": format!("{}; left out", broken.message)}));
            talk.say(format!("  note: {}; left out", broken.message));
        }
        if loaded.broken.len() > NAMED {
            talk.say(format!("  note: {} more broken files are left out", loaded.broken.len() - NAMED));
        }
        let mut frames = loaded.items.into_iter().peekable();
        let mut number = 0;
        set.items.retain_mut(|item| {
            if !matches!(item.content, Content::File(_)) {
                return true;
            }
            number += 1;
            match frames.next_if(|(k, _)| *k == number - 1) {
                Some((_, frames)) => {
                    item.content = Content::Frames(frames.values);
                    true
                }
                None => false,
            }
        });
        if set.items.is_empty() {
            return Err(Failure::data(format!("{}: none of its files can be read", set.path)).help("--on-error refuse names the first"));
        }
        set.channels = (1..=self.width()).map(|k| k.to_string()).collect();
        Ok(())
    }

    /// Changes of training clips that numbers alone do not tell, for videos.
    pub fn change(&self) -> Option<impl Fn(&mut Vec<f32>, &mut Rng) + '_> {
        /// Pixels that a picture is moved by at most, as a share of its side.
        const SHIFT: f64 = 0.1;
        let Self::Video(options) = self else { return None };
        let augment = video::Augment { flip: true, shift: (options.width as f64 * SHIFT) as usize };
        Some(move |values: &mut Vec<f32>, rng: &mut Rng| augment.apply(values, options, &mut || rng.unit()))
    }
}

/// The folder of kept frames: the one given, none for `none`, else the user's.
pub fn cache(given: Option<&Path>) -> Option<Cache> {
    match given {
        Some(path) if path == Path::new("none") => None,
        Some(path) => Some(Cache::new(path)),
        None => {
            let variable = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
            let base = variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")))?;
            Some(Cache::new(base.join("gatewise").join("frames")))
        }
    }
}
