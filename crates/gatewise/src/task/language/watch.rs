//! What the network writes as training goes.

use std::convert::Infallible;

use gatewise_kernels::Cpu;

use super::decoding::USUAL_TEMPERATURE;
use super::error::LanguageError;
use super::generate::{Ends, Generator};
use super::sample::Sampling;
use super::vocabulary::Vocabulary;
use crate::model::Model;
use crate::train::{Event, Trainer};

/// Symbols of a sample, unless another number is asked for.
const USUAL_LENGTH: usize = 160;

/// Has the network write a little after each reading of the held-back part.
pub(super) fn watch_samples(trainer: &mut Trainer, vocabulary: &Vocabulary, length: Option<usize>) -> Result<(), LanguageError> {
    let length = length.unwrap_or(USUAL_LENGTH);
    if length > 0 {
        let vocabulary = Vocabulary::from_json(vocabulary.unit(), &vocabulary.to_json())?;
        trainer.watch(move |cpu, model, event| {
            let Event::Epoch { epoch, .. } = *event else { return None };
            Some(Event::Sample { epoch, text: sample(cpu, model, &vocabulary, length)? })
        });
    }
    Ok(())
}

/// What the network writes.
fn sample(cpu: &Cpu, model: &mut Model<f32>, vocabulary: &Vocabulary, length: usize) -> Option<String> {
    let sampling = Sampling { temperature: USUAL_TEMPERATURE, ..Sampling::default() };
    let mut generator = Generator::new(model, vocabulary, cpu, sampling, 1).ok()?;
    let ends = Ends { length, ..Ends::default() };
    let Ok(written) = generator.write::<Infallible>(&ends, "", &mut |_| Ok(()));
    // A character that was cut shows as such.
    let text = written.text + &String::from_utf8_lossy(&written.unfinished);
    Some(text.trim_end().to_owned())
}
