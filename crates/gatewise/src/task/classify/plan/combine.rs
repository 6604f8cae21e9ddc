//! Whether a simple method is asked beside the network.

use crate::choice::Choices;
use crate::task::classify::{ClassifyConfig, MOST_ITEMS, Ngrams, Options, SimpleMethod};
use crate::task::forecast::Combine;

/// How the network and the simple method become one answer. `learned`: how many items are learned from, `texts`: theirs; `media`: whether they are sound or
/// video, whose numbers are no plain series.
pub(super) fn combine<'i>(
    s: &mut Options,
    choices: &mut Choices,
    config: &ClassifyConfig,
    texts: impl Iterator<Item = &'i str>,
    learned: usize,
    media: bool,
) -> Combine {
    let unfit =
        if media { Some("it is for series of numbers, not for sound and video".to_owned()) } else { SimpleMethod::unfit(config, learned) };
    let name = SimpleMethod::name_for(config).title;
    if let Some(reason) = unfit {
        let asked = s.combine.replace(Combine::Network).is_some_and(|asked| asked != Combine::Network);
        let many = learned > MOST_ITEMS && config.numbers.is_some() && !media && !config.each_step;
        if asked || many {
            choices.note("combine", format!("the network answers alone, without {name}: {reason}"));
        }
        return Combine::Network;
    }
    // A run of an earlier version goes on as it began.
    let usual = if s.training.resumed { Combine::Network } else { Combine::Auto };
    let combine = Choices::or_default(&mut s.combine, usual);
    if combine != Combine::Network && config.symbols.is_some() {
        let most = Ngrams::most_characters(config.outputs());
        if texts.map(|text| text.chars().count()).sum::<usize>() > most {
            choices.note(
                "combine",
                format!("{name} are learned from {most} characters, those of items drawn at random; the network reads all"),
            );
        }
    }
    combine
}
