//! Files decoded side by side, and kept on disk.

use std::path::{Path, PathBuf};

use gatewise_data::Frames;
#[cfg(feature = "audio")]
use gatewise_data::audio::{self, AudioError};
use gatewise_data::cache::{Cache, load_all};
use gatewise_data::items::{Content, ItemSet, OnError};
#[cfg(feature = "video")]
use gatewise_data::video::{self, VideoError};

use super::{Kept, MediaSpec};
use crate::error::{Error, Kind};
use crate::train::{Control, Event};

/// Broken files that are named.
const NAMED: usize = 5;

/// Files read between two events.
const TOLD_EVERY: usize = 500;

/// The files of a set.
pub(super) fn files(set: &ItemSet) -> impl Iterator<Item = &Path> {
    set.items.iter().filter_map(|item| match &item.content {
        Content::File(path) => Some(path.as_path()),
        _ => None,
    })
}

/// What a file could not be read for.
pub(super) struct Broken {
    message: String,
    help: Option<String>,
    io: bool,
}

#[cfg(feature = "audio")]
impl From<AudioError> for Broken {
    fn from(e: AudioError) -> Self {
        Self { message: e.to_string(), help: e.help(), io: e.is_io() }
    }
}

#[cfg(feature = "video")]
impl From<VideoError> for Broken {
    fn from(e: VideoError) -> Self {
        Self { message: e.to_string(), help: e.help(), io: e.is_io() }
    }
}

impl MediaSpec {
    /// A file's numbers, from the cache where they are kept.
    pub(super) fn frames(&self, path: &Path, kept: &Kept) -> Result<Frames, Broken> {
        kept.cache.as_ref().map_or_else(|| self.read(path), |cache| cache.frames(path, self, || self.read(path)))
    }

    fn read(&self, path: &Path) -> Result<Frames, Broken> {
        match *self {
            #[cfg(feature = "audio")]
            Self::Audio(ref config) => Ok(config.extract(&audio::decode(path)?)?),
            #[cfg(feature = "video")]
            Self::Video(ref options) => Ok(video::decode(path, options)?),
        }
    }

    /// Reads the files of a set in place of their paths. Those that are broken are left out or refused, as `on_error` says.
    pub(in crate::task::classify) fn load(
        &self,
        set: &mut ItemSet,
        on_error: OnError,
        kept: &Kept,
        threads: usize,
        on_event: &mut dyn FnMut(&Event) -> Control,
    ) -> Result<(), Error> {
        let paths: Vec<PathBuf> = files(set).map(Path::to_path_buf).collect();
        let (mut loaded, mut broken) = (Vec::with_capacity(paths.len()), Vec::new());
        for (part, some) in paths.chunks(TOLD_EVERY).enumerate() {
            let found = load_all(some, threads, |path| self.frames(path, kept), || {});
            let first = part * TOLD_EVERY;
            loaded.extend(found.items.into_iter().map(|(k, frames)| (first + k, frames)));
            broken.extend(found.broken.into_iter().map(|(_, broken)| broken));
            if some.len() == TOLD_EVERY {
                on_event(&Event::Files { done: first + TOLD_EVERY, of: paths.len() });
            }
        }
        if let Some(cause) = kept.cache.as_ref().and_then(Cache::take_error) {
            on_event(&Event::Warning { message: format!("frames cannot be kept: {cause} (⦃cache⦄ FOLDER)") });
        }
        if let (Some(first), OnError::Refuse) = (broken.first(), on_error) {
            let more = match broken.len() - 1 {
                0 => String::new(),
                n => format!("\n{n} more broken file{}", if n == 1 { "" } else { "s" }),
            };
            let remedy = first.help.as_ref().map(|help| format!("{help}\n")).unwrap_or_default();
            let error = Error::new(if first.io { Kind::Io } else { Kind::Data }, &first.message);
            return Err(error.help(format!("{remedy}⦃on-error⦄ skip leaves broken files out{more}")));
        }
        let mut note = |message: String| {
            on_event(&Event::Note { path: Some(set.path.clone()), message });
        };
        broken.iter().take(NAMED).for_each(|broken| note(format!("{}; left out", broken.message)));
        if broken.len() > NAMED {
            note(format!("{} more broken files are left out", broken.len() - NAMED));
        }
        let mut frames = loaded.into_iter().peekable();
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
            return Err(Error::data(format!("{}: none of its files can be read", set.path)).help("⦃on-error⦄ refuse names the first"));
        }
        set.channels = (1..=self.width()).map(|k| k.to_string()).collect();
        Ok(())
    }
}
