//! Whether MiniRocket is asked beside the network.

use crate::choice::Choices;
use crate::task::classify::{ClassifyConfig, MOST_ITEMS, Options, Rocket};
use crate::task::forecast::Combine;

/// How the network and MiniRocket become one answer. `media`: whether the items are sound or video, whose numbers are no plain series.
pub(super) fn combine(s: &mut Options, choices: &mut Choices, config: &ClassifyConfig, items: usize, media: bool) -> Combine {
    let unfit = if media { Some("it is for series of numbers, not for sound and video".to_owned()) } else { Rocket::unfit(config, items) };
    if let Some(reason) = unfit {
        let asked = s.combine.replace(Combine::Network).is_some_and(|asked| asked != Combine::Network);
        let many = items > MOST_ITEMS && config.numbers.is_some() && !media && !config.each_step;
        if asked || many {
            choices.note("combine", format!("the network answers alone, without MiniRocket: {reason}"));
        }
        return Combine::Network;
    }
    // A run of an earlier version goes on as it began.
    let usual = if s.training.resumed { Combine::Network } else { Combine::Auto };
    Choices::or_default(&mut s.combine, usual)
}
