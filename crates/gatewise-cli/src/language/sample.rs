//! What the network writes as training goes.

use std::cell::RefCell;
use std::rc::Rc;

use gatewise::Cpu;
use gatewise::model::Model;
use gatewise::task::language::{Generator, LanguageError, Sampling, Stop, Vocabulary};
use gatewise::train::Trainer;

/// Characters of a sample, unless the user says otherwise.
const USUAL_LENGTH: usize = 160;

/// Below 1, a network that knows little writes what it is surest of.
const TEMPERATURE: f64 = 0.8;

/// The last sample, until it is taken.
pub(super) type Written = Rc<RefCell<Option<String>>>;

/// Has the network write a little after each reading of the held-back part.
pub(super) fn watch(trainer: &mut Trainer, vocabulary: &Vocabulary, length: Option<usize>) -> Result<Written, LanguageError> {
    let (length, written) = (length.unwrap_or(USUAL_LENGTH), Written::default());
    if length > 0 {
        let vocabulary = Vocabulary::from_json(vocabulary.unit(), &vocabulary.to_json())?;
        let kept = Rc::clone(&written);
        trainer.watch(move |cpu, model| *kept.borrow_mut() = sample(cpu, model, &vocabulary, length));
    }
    Ok(written)
}

/// What the network writes.
fn sample(cpu: &Cpu, model: &mut Model<f32>, vocabulary: &Vocabulary, length: usize) -> Option<String> {
    let sampling = Sampling { temperature: TEMPERATURE, ..Sampling::default() };
    let mut generator = Generator::new(model, vocabulary, cpu, sampling, 1).ok()?;
    let begin = generator.beginning();
    generator.read(&[begin]);
    let (mut text, mut whole) = (String::new(), Stop::default());
    for _ in 0..length {
        whole.push(vocabulary.bytes_of(generator.draw()), &mut text);
    }
    whole.flush(&mut text);
    Some(text.trim_end().to_owned())
}
