//! What a text that is written begins with, and where it is kept.

use std::path::Path;

use gatewise_data::Interrupt;
use gatewise_kernels::{Cpu, Precision};

use super::adapt::Adaptation;
use super::decoding::Decoding;
use super::file::LanguageModel;
use super::generate::Generator;
use super::ids::Ids;
use crate::error::Error;

/// What a text begins with.
#[derive(Clone, Debug, Default)]
pub struct Opening<'a> {
    /// The prompt.
    pub prompt: &'a str,
    /// Its symbols, as [`Vocabulary::prompt`](super::Vocabulary::prompt) gives them.
    pub symbols: &'a [u32],
    /// How the model learns from them first; none where it stays as it is.
    pub adaptation: Option<Adaptation>,
    /// How weights are held.
    pub precision: Precision,
    /// A file with where a text stood, which is gone on with.
    pub load_state: Option<&'a Path>,
    /// Whether it will be kept where the text stands at its end.
    pub saves_state: bool,
    /// What may end it all.
    pub interrupt: Interrupt,
}

impl Opening<'_> {
    fn check(&self, decoding: &Decoding) -> Result<(), Error> {
        let (count, saves, loads) = (decoding.count(), self.saves_state, self.load_state.is_some());
        for (setting, given) in [("⦃save-state⦄", saves), ("⦃load-state⦄", loads)] {
            if given && count > 1 {
                let message = format!("{setting} is for one text, and ⦃count⦄ {count} writes {count}");
                return Err(Error::usage(message).help(format!("leave out ⦃count⦄, or {setting}")));
            }
        }
        if let (true, Some(beams)) = (saves, decoding.beams) {
            let message = format!("⦃save-state⦄ is for a text that is drawn, and ⦃beams⦄ {beams} looks for one");
            return Err(Error::usage(message).help("leave out ⦃beams⦄, or ⦃save-state⦄"));
        }
        if self.adaptation.is_none() {
            return Ok(());
        }
        let conflicts = [
            ("⦃precision⦄ rounds them", self.precision != Precision::F32),
            ("⦃save-state⦄ keeps none", saves),
            ("⦃load-state⦄ has none", loads),
        ];
        if let Some((why, _)) = conflicts.into_iter().find(|(_, given)| *given) {
            return Err(Error::usage(format!("⦃adapt⦄ changes the weights, and {why}")).help("leave out one of them"));
        }
        if self.symbols.len() < 2 {
            let message = "⦃adapt⦄ learns from the prompt, which has fewer than two symbols that the model knows";
            return Err(Error::usage(message).help("give a longer ⦃prompt⦄, or leave out ⦃adapt⦄"));
        }
        Ok(())
    }
}

impl Decoding {
    /// What writes so, behind an opening that it has read. A model that learns from the opening stays as it has become.
    ///
    /// # Errors
    /// As [`check`](Self::check); settings that do not go with the opening; a state of another model.
    pub fn open<'m>(&self, language: &'m mut LanguageModel, cpu: &'m Cpu, opening: &Opening<'_>) -> Result<Generator<'m>, Error> {
        self.check().map_err(|e| e.about("the text"))?;
        opening.check(self)?;
        language.model.set_precision(opening.precision);
        let learn = |settings| {
            let ids = Ids::of(language.vocabulary.len(), opening.symbols).interrupted_by(opening.interrupt.clone());
            language.adapt(cpu, &ids, settings).map_err(|e| e.about("the prompt"))
        };
        let recollection = opening.adaptation.map(learn).transpose()?;
        let LanguageModel { model, vocabulary } = language;
        let mut generator = self.generator(model, vocabulary, cpu).map_err(|e| e.about("the text"))?;
        generator.interrupt_by(opening.interrupt.clone());
        recollection.into_iter().for_each(|recollection| generator.recall(recollection));
        if let Some(path) = opening.load_state {
            let foreign =
                |e: crate::error::FormatError| Error::data(e.to_string()).help("give a file that ⦃save-state⦄ wrote, with the same model");
            generator.resume(path, self.seed.is_none()).map_err(foreign)?;
        }
        generator.read(opening.symbols);
        generator.behind(opening.prompt);
        Ok(generator)
    }
}
