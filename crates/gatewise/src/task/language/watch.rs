//! What the network writes as training goes.

use gatewise_kernels::Cpu;

use super::error::LanguageError;
use super::generate::{Generator, Stop};
use super::sample::Sampling;
use super::vocabulary::{Decoder, Vocabulary};
use crate::model::Model;
use crate::train::{Event, Trainer};

/// Symbols of a sample, unless another number is asked for.
const USUAL_LENGTH: usize = 160;

/// Below 1, a network that knows little writes what it is surest of.
const TEMPERATURE: f64 = 0.8;

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
    let sampling = Sampling { temperature: TEMPERATURE, ..Sampling::default() };
    let mut generator = Generator::new(model, vocabulary, cpu, sampling, 1).ok()?;
    let begin = generator.beginning();
    generator.read(&[begin]);
    let (mut text, mut whole) = (String::new(), Stop::default());
    let (mut decoder, mut bytes) = (Decoder::new(vocabulary, ""), Vec::new());
    for _ in 0..length {
        bytes.clear();
        decoder.push(generator.draw(), &mut bytes);
        whole.push(&bytes, &mut text);
    }
    bytes.clear();
    decoder.finish(&mut bytes);
    whole.push(&bytes, &mut text);
    whole.flush(&mut text);
    Some(text.trim_end().to_owned())
}
