//! From options and items to everything a training needs; what the user left open is decided here.

mod answer;
mod combine;
mod network;
mod parts;
mod prepare;
mod setup;
mod text;
mod training;

use std::fmt;

use gatewise_data::Choice;
use gatewise_data::items::ItemSet;

use super::media::{self, MediaSpec};
use super::{ClassifyConfig, Item, ItemSpec, MediaArgs, Options, encode};
use crate::choice::Choices;
use crate::error::Error;
use crate::task::forecast::Combine;
use crate::train::{Event, Session};
#[cfg(feature = "video")]
pub(super) use network::FEW_VIDEOS;
use network::Shape;
pub use parts::Parts;
use prepare::Prepared;
use setup::damaged;
pub use setup::{Begun, Goal, Setup};
pub use training::Training;
use training::Work;

/// All that a training needs, with the items as the network reads them: their scales are a part of the plan, and a large set is held once.
pub struct Plan {
    /// The classifier.
    pub config: ClassifyConfig,
    /// What it should know of its items.
    pub spec: ItemSpec,
    /// Which items are learned from, decide when to stop, and are held back.
    pub parts: Parts,
    /// Its training.
    pub training: Training,
    /// How the network and the simple method beside it become one answer.
    pub combine: Combine,
    /// Every option, the chosen ones too.
    pub options: Options,
    /// What was chosen, in reading the items too.
    pub choices: Vec<Choice>,
    items: Vec<Item>,
}

impl Plan {
    /// Fills in what the options leave open. Where the session keeps checkpoints and finds the one of a training under way, the plan is that
    /// training's.
    ///
    /// # Errors
    /// An option that does not fit the others or the items, and items that there is nothing to learn from.
    pub fn new(set: ItemSet, options: &Options, goal: Goal, session: &mut Session<'_>) -> Result<Self, Error> {
        let begun = session.checkpoints.as_deref().map(Begun::find).transpose()?.flatten();
        Self::with(set, options, Setup { begun, ..Setup::new(goal) }, session)
    }

    /// As [`new`](Self::new), of items that were read from files, with a model whose weights training begins with, or of a training under way.
    ///
    /// # Errors
    /// As [`new`](Self::new), and files that cannot be decoded.
    pub fn with(mut set: ItemSet, options: &Options, setup: Setup<'_>, session: &mut Session<'_>) -> Result<Self, Error> {
        let Setup { goal, read, base, begun, cache } = setup;
        let mut options = options.clone();
        let s = &mut options;
        let normal = setup::spelling(s, base);
        encode::spell(&mut set, normal);
        let found = std::mem::take(&mut set.guesses);
        let mut choices = Choices::new(&found);
        let kept = media::Kept::new(cache);
        let media = match (&begun, base) {
            (Some(begun), _) => begun.spec.media.clone(),
            (None, Some(base)) => {
                if s.media != MediaArgs::default() {
                    let message =
                        "what a step of sound or video holds is settled by the model of ⦃from⦄; the settings for it are passed over";
                    session.tell(&Event::Note { path: None, message: message.into() });
                }
                base.spec.media.clone()
            }
            (None, None) => media::settle(&set, &mut s.media, &mut choices, &kept)?,
        };
        if let Some(media) = &media {
            media.load(&mut set, read.on_error, &kept, s.training.threads.unwrap_or(0), session.on_event)?;
        }
        let parts = Parts::of(&set, &mut s.parts, goal, &mut choices)?;
        let Prepared { config, spec, items } = match begun {
            Some(begun) => Prepared::as_begun(set, begun)?,
            None => Prepared::anew(goal, set, &parts, s, &mut choices, base, (read, media, normal))?,
        };
        let shape = Shape::of(&config, &parts.train, items.len());
        let work =
            Work { config: &config, items: &items, train: &parts.train, valid: &parts.valid, warm: base.is_some(), cpu: session.cpu };
        let training = Training::new(s, &mut choices, shape, &work)?;
        let learned = parts.train.len() + parts.valid.len();
        let read = parts.train.iter().chain(&parts.valid).map(|&k| items[k].text.as_str());
        let combine = combine::combine(s, &mut choices, &config, read, learned, spec.media.is_some());
        Ok(Self { config, spec, parts, training, combine, choices: choices.finish(), options, items })
    }

    /// The items as the network reads them, in the order they were given.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// Bands of sound that a step repeats for each derivative; 0 of other items.
    pub(super) fn bands(&self) -> usize {
        self.spec.media.as_ref().map_or(0, MediaSpec::bands)
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { config, parts, training, combine, items, .. } = self;
        let mut plan = f.debug_struct("Plan");
        plan.field("config", config).field("parts", parts).field("training", training).field("combine", combine);
        plan.field("items", &items.len()).finish_non_exhaustive()
    }
}
