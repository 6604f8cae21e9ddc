//! The walk over a text: by a language model, or by networks trained on that very text.

use std::ops::Range;

use gatewise_data::Corpus;
use gatewise_kernels::{Cpu, Isa};

use super::column::{columns, is_right_to_left};
use super::lesson::{Lesson, OnProgress, Run, recipes};
use super::network::{Extent, Trace};
use super::property::Property;
use super::record::{Alike, Context, Form, Network, Source, Stretch, StretchPart, Told, Walk};
use super::similar::similar;
use super::states::{Place, States};
use super::telling::tell;
use super::windows::{TextWindows, answers, one_sequence};
use crate::batch::Batch;
use crate::demo::Course;
use crate::error::Error;
use crate::model::Model;
use crate::task::language::{Builder, LanguageConfig, LanguageError, LanguageModel, Normal, Spans, Unit, Unknown, Vocabulary};

/// Bytes of a long text that are read at most, from its end.
const READ: usize = 4_000_000;
/// Symbols over which units are searched and like states are looked for at most, the last of the text.
const STUDIED: usize = 20_000;
/// Symbols from which on that is worth it.
const LEAST_STUDIED: usize = 2_000;
/// Steps of a walk, unless others are asked for.
pub const USUAL_STEPS: usize = 96;
/// Most steps of a walk.
pub const MOST_STEPS: usize = 400;
/// Symbols of the stretch whose states are drawn.
const STRETCH: usize = 1_000;
/// Characters around a like place.
const AROUND: usize = 30;
/// Most different characters of a text that networks are trained on here.
const MOST_SYMBOLS: usize = 4_000;
/// Unknown symbols that are named.
const NAMED: usize = 8;

/// A text to walk over.
#[derive(Clone, Debug)]
pub struct Passage {
    /// What it is called in errors and on pages.
    pub name: String,
    /// The text, the end of it where it is long.
    pub text: String,
    /// Bytes in front of it that are left out.
    pub skipped: u64,
}

impl Passage {
    /// A text of one's own.
    pub fn of(text: impl Into<String>) -> Self {
        Self { name: "text".to_owned(), text: text.into(), skipped: 0 }
    }

    /// The end of a corpus, up to four megabytes.
    ///
    /// # Errors
    /// A text that cannot be read.
    pub fn read(corpus: &Corpus) -> Result<Self, Error> {
        let (mut text, mut skipped) = (String::new(), 0);
        for part in corpus.parts(None) {
            text.push_str(&part?.text);
            if text.len() > 2 * READ {
                let cut = text.ceil_char_boundary(text.len() - READ);
                skipped += cut as u64;
                text.drain(..cut);
            }
        }
        let cut = text.ceil_char_boundary(text.len().saturating_sub(READ));
        text.drain(..cut);
        Ok(Self { name: corpus.path().to_owned(), text, skipped: skipped + cut as u64 })
    }
}

/// Which part of a text is walked over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The first symbol; where it is left open, the start of a short text, and a line in the last quarter of a long one.
    pub from: Option<usize>,
    /// Symbols.
    pub steps: usize,
}

impl Default for Shown {
    fn default() -> Self {
        Self { from: None, steps: USUAL_STEPS }
    }
}

/// Networks trained on a text, and what their trainings showed.
#[derive(Debug)]
pub struct Here {
    /// The symbols.
    pub vocabulary: Vocabulary,
    /// RNN, GRU and LSTM by their names.
    pub models: Vec<(String, Model<f32>)>,
    /// Every training.
    pub runs: Vec<Run>,
}

impl Here {
    /// A network as a language model, whose file PyTorch reads.
    ///
    /// # Errors
    /// None for the networks trained here.
    pub fn language(&self, place: usize) -> Result<LanguageModel, LanguageError> {
        LanguageModel::new(self.models[place].1.cast(), self.vocabulary.clone())
    }
}

/// How networks are trained for a walk.
#[derive(Clone, Copy, Debug)]
pub struct Teaching {
    /// Instruction set of the kernels.
    pub isa: Isa,
    /// Networks trained at once, each on one thread.
    pub threads: usize,
    /// Seed of weights and sequences.
    pub seed: u64,
    /// Optimiser steps of the three networks; where it is left open, as many as their data ask for.
    pub steps: Option<u64>,
}

/// Trains RNN, GRU and LSTM of equal size on a text, and the runs beside them. None where it was stopped.
///
/// # Errors
/// A text of fewer than two symbols, or of too many different ones.
pub fn train_on(passage: &Passage, teaching: &Teaching, on_progress: OnProgress<'_>) -> Result<Option<Here>, Error> {
    let about = |e: LanguageError| e.about(&passage.name);
    let mut found = passage.text.chars();
    if let (Some(_), None) = (found.next(), found.next()) {
        return Err(too_short(passage, 1));
    }
    let builder = Builder::new(Unit::Char, MOST_SYMBOLS).with_normal(Normal::Nfc);
    let vocabulary = builder.build(std::iter::once(passage.text.clone())).map_err(|e| match e {
        LanguageError::TooManySymbols { .. } => {
            Error::data(format!("{}: {e}", passage.name)).help("train a language model on bytes or sub-words of it, and walk with that")
        }
        e => about(e),
    })?;
    let mut ids = Vec::new();
    vocabulary.encode(&passage.text, &mut ids, &mut Unknown::new()).map_err(about)?;
    let problem = TextWindows::new(ids, vocabulary.len());
    let usual = problem.course();
    let course = Course { steps: teaching.steps.unwrap_or(usual.steps), ..usual };
    let lesson = Lesson { name: "", problem: &problem, course, longest: problem.window(), seed: teaching.seed };
    let recipes = recipes();
    let taught = lesson.teach(&recipes, teaching.isa, teaching.threads, on_progress).map_err(|e| about(e.into()))?;
    let Some(taught) = taught else { return Ok(None) };
    let (models, runs): (Vec<_>, Vec<Run>) = taught.into_iter().unzip();
    // The networks that differ in the cell alone come first.
    let own = recipes.iter().take_while(|recipe| recipe.share == 1.0);
    let models = own.zip(models).map(|(recipe, model)| (recipe.key.to_owned(), model)).collect();
    Ok(Some(Here { vocabulary, models, runs }))
}

fn too_short(passage: &Passage, symbols: usize) -> Error {
    let found = if symbols == 1 { "one symbol is".to_owned() } else { format!("{symbols} known symbols are") };
    Error::data(format!("{}: {found} too few for a walk, which needs two", passage.name)).help("give a sentence, as ⦃text⦄, or a file")
}

/// A walk of networks that read the same symbols, the last of which tells what its units say.
///
/// # Errors
/// A text of fewer than two symbols that the networks know, or a window that lies outside of it.
pub fn walk(cpu: &Cpu, networks: &[(String, Model<f32>)], vocabulary: &Vocabulary, passage: &Passage, shown: Shown) -> Result<Walk, Error> {
    let about = |e: LanguageError| e.about(&passage.name);
    let text = vocabulary.normal().apply(&passage.text);
    let mut unknown = Unknown::new();
    let spans = vocabulary.spans(&text, &mut unknown).map_err(about)?;
    if spans.ids.is_empty() && !unknown.is_empty() {
        let symbols = unknown.keys().take(NAMED).cloned().collect::<Vec<_>>().join(" ");
        let error = Error::data(format!("{}: the model knows none of these symbols: {symbols}", passage.name));
        return Err(error.help("give a text in the script that the model was trained on"));
    }
    let total = spans.ids.len();
    if total < 2 {
        return Err(too_short(passage, total));
    }
    let mut notes = Vec::new();
    if passage.skipped > 0 {
        notes.push(format!(
            "The last {} bytes are read, {} before them are left out; symbols are counted from there.",
            passage.text.len(),
            passage.skipped
        ));
    }
    if !unknown.is_empty() {
        let named: Vec<&str> = unknown.keys().take(NAMED).map(String::as_str).collect();
        let how = if vocabulary.rare().is_some() { "are read as one symbol of rare words" } else { "are left out, without a step" };
        notes.push(format!("{} symbols the model has never seen {how}: {}", unknown.values().sum::<u64>(), named.join(" ")));
    }
    let window = choose(&text, &spans, shown, passage, &mut notes)?;
    let studied = (total >= LEAST_STUDIED).then(|| total.saturating_sub(STUDIED)..total);
    let stretch = networks.last().map(|(name, model)| stretch(cpu, name, model, &text, &spans, vocabulary, &window, studied.clone()));
    if studied.is_none() {
        notes.push(format!("What single units say is searched in texts of {LEAST_STUDIED} symbols or more; this one has {total}."));
    }
    let always =
        stretch.iter().flat_map(|s| &s.properties).map(|told| Place { layer: told.telling.unit.layer, unit: told.telling.unit.unit });
    let layers = networks.iter().map(|(_, model)| model.config().layers).sum();
    let usual = Extent::of_page(window.len(), layers);
    let telling = Extent { always: always.collect(), ..usual.clone() };
    let slice = if window.len() == total { 0..text.len() } else { whole_characters(&text, &spans, &window) };
    let own = Spans {
        ids: spans.ids[window.clone()].to_vec(),
        places: spans.places[window.clone()].iter().map(|p| p.start.max(slice.start) - slice.start..p.end - slice.start).collect(),
        ..Spans::default()
    };
    let next = spans.ids.get(window.end).copied();
    let mut batch = Batch::default();
    one_sequence(&own.ids, next, &mut batch);
    let loss = LanguageConfig::loss(vocabulary.len());
    let steps = own.ids.len();
    let truth = |t: usize| own.ids.get(t + 1).copied().or(if t + 1 == steps { next } else { None });
    let networks = networks
        .iter()
        .enumerate()
        .map(|(k, (name, model))| {
            // Units tell of the last network's states.
            let extent = if k + 1 == networks.len() { &telling } else { &usual };
            let trace = Trace::of(cpu, model, &batch, &loss, extent);
            let answers = answers(&trace.outputs, &trace.answered, &loss, &truth, &|id| vocabulary.show(id));
            Network::new(name, model, trace, answers)
        })
        .collect();
    let stop = own.ids.iter().position(|&id| vocabulary.show(id).contains(['.', '。', '!', '?', '！', '？', '؟', '۔']));
    Ok(Walk {
        task: "language",
        form: Form::ManyToMany,
        unit: unit_of(vocabulary),
        source: Source {
            name: passage.name.clone(),
            total,
            from: window.start,
            to: window.end,
            direction: if is_right_to_left(&text[slice.clone()]) { "rtl" } else { "ltr" },
        },
        notes,
        trained_here: false,
        columns: columns(&text[slice], &own, vocabulary),
        steps,
        stop,
        networks,
        memory: stretch,
        runs: Vec::new(),
        recall: None,
        series: None,
    })
}

/// What a symbol of a vocabulary is called.
pub(super) fn unit_of(vocabulary: &Vocabulary) -> &'static str {
    match vocabulary.unit() {
        Unit::Char => "character",
        Unit::Byte => "byte",
        Unit::Word => "word",
        Unit::Token => "token",
        Unit::SubWord | Unit::Unigram => "subword",
        Unit::Jamo => "letter",
    }
}

/// The window that is shown.
fn choose(text: &str, spans: &Spans, shown: Shown, passage: &Passage, notes: &mut Vec<String>) -> Result<Range<usize>, Error> {
    let total = spans.ids.len();
    let steps = shown.steps.clamp(2, MOST_STEPS);
    if let Some(from) = shown.from {
        if from > total - 2 {
            let error = Error::usage(format!("{}: a walk from symbol {from} lies outside a text of {total}", passage.name));
            return Err(error.help(format!("⦃from⦄ {} at most", total - 2)));
        }
        let from = first_whole(text, spans, from);
        return Ok(from..(from + steps).min(total));
    }
    if total <= steps {
        return Ok(0..total);
    }
    // Behind the half that units are chosen by, and in the end of the text, which a model of it has held back.
    let studied = total.min(STUDIED);
    let behind = (total - (total / 4).max(steps).min(total)).max(total - studied / 2).min(total - steps);
    let begins = |at: &usize| {
        let start = spans.places[*at].start;
        text.is_char_boundary(start) && (start == 0 || text[..start].ends_with(['\n', '.', '!', '?', '。']))
    };
    let from = (behind..total - steps).find(begins).unwrap_or_else(|| first_whole(text, spans, behind));
    notes.push(format!("A window of {steps} of {total} symbols is shown, from symbol {from} on; ⦃from⦄ and ⦃steps⦄ choose another."));
    Ok(from..from + steps)
}

/// The first symbol from `from` on that begins with a character: of bytes some do not.
fn first_whole(text: &str, spans: &Spans, from: usize) -> usize {
    let last = spans.places.len() - 2;
    (from..last).find(|&at| text.is_char_boundary(spans.places[at].start)).unwrap_or(last)
}

/// The bytes of some symbols, up to the ends of the characters they lie in.
fn whole_characters(text: &str, spans: &Spans, symbols: &Range<usize>) -> Range<usize> {
    text.floor_char_boundary(spans.places[symbols.start].start)..text.ceil_char_boundary(spans.places[symbols.end - 1].end)
}

/// What the units of a network say over the text, and their states around the window.
#[allow(clippy::too_many_arguments, reason = "one text in several forms")]
fn stretch(
    cpu: &Cpu,
    name: &str,
    model: &Model<f32>,
    text: &str,
    spans: &Spans,
    vocabulary: &Vocabulary,
    window: &Range<usize>,
    studied: Option<Range<usize>>,
) -> Stretch {
    let range = studied.clone().unwrap_or_else(|| window.clone());
    let states = States::of(cpu, model, &spans.ids[range.clone()]);
    let part = whole_characters(text, spans, &range);
    let holds: Vec<(Property, Vec<bool>)> = Property::ALL
        .map(|p| (p, by_symbol(&p.holds(&text[part.clone()]), &text[part.clone()], &spans.places[range.clone()], part.start)))
        .into();
    let found = if studied.is_some() { tell(&states, &holds) } else { Vec::new() };
    // The window with what stands before and behind it.
    let inside = window.start >= range.start && window.end <= range.end;
    let first = if inside { window.start.saturating_sub(STRETCH / 4).max(range.start) } else { range.start };
    let drawn = first..(first + STRETCH).min(range.end);
    let config = model.config();
    let parts = (0..config.layers)
        .map(|layer| {
            let must: Vec<usize> = found.iter().filter(|t| t.unit.layer == layer).map(|t| t.unit.unit).collect();
            let column = |unit: usize| layer * config.hidden + unit;
            let value = |at: usize, unit: usize| states.row(at - range.start)[column(unit)];
            let units = super::network::telling(config.hidden, drawn.len(), Extent::default().units, &must, |t, j| {
                f64::from(value(drawn.start + t, j))
            });
            let values = drawn.clone().flat_map(|at| units.iter().map(move |&j| (at, j))).map(|(at, j)| value(at, j)).collect();
            StretchPart { layer, state: if config.cell.has_memory() { "c" } else { "h" }, units, values }
        })
        .collect();
    let properties = found
        .into_iter()
        .map(|telling| {
            let all = &holds.iter().find(|(p, _)| *p == telling.property).expect("it was searched for").1;
            Told { labels: all[drawn.start - range.start..drawn.end - range.start].to_vec(), telling }
        })
        .collect();
    let alike = if studied.is_some() && inside {
        let steps: Vec<usize> = (0..window.len()).collect();
        let at: Vec<usize> = steps.iter().map(|t| window.start + t - range.start).collect();
        let context = |place: super::similar::Similar| {
            let at = range.start + place.at;
            let span = whole_characters(text, spans, &(at..at + 1));
            let before: String = text[..span.start].chars().rev().take(AROUND).collect::<Vec<_>>().into_iter().rev().collect();
            Context {
                place: super::similar::Similar { at, ..place },
                before,
                text: text[span.clone()].to_owned(),
                after: text[span.end..].chars().take(AROUND).collect(),
            }
        };
        let found = similar(&states, &at);
        steps.into_iter().zip(found).map(|(step, places)| Alike { step, places: places.into_iter().map(context).collect() }).collect()
    } else {
        Vec::new()
    };
    Stretch {
        network: name.to_owned(),
        text: drawn.clone().map(|at| vocabulary.show(spans.ids[at])).collect(),
        from: drawn.start,
        parts,
        properties,
        similar: alike,
    }
}

/// What holds at each character, at the last one of each symbol. `places` count bytes from `offset` before the text.
fn by_symbol(holds: &[bool], text: &str, places: &[Range<usize>], offset: usize) -> Vec<bool> {
    let mut ends = text.char_indices().map(|(at, c)| at + c.len_utf8()).zip(holds).peekable();
    let mut last = false;
    let at = |place: &Range<usize>| {
        while let Some((_, holds)) = ends.next_if(|(end, _)| *end <= place.end - offset) {
            last = *holds;
        }
        last
    };
    places.iter().map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Control;

    #[test]
    fn what_holds_is_told_by_symbol() {
        let text = "나aZ";
        let places = [0..3, 3..4, 4..5].map(|p: Range<usize>| p.start + 7..p.end + 7);
        assert_eq!(by_symbol(&[true, false, true], text, &places, 7), [true, false, true]);
        // Bytes of one syllable: it holds from its last byte on.
        let bytes: Vec<Range<usize>> = (0..3).map(|k| k..k + 1).collect();
        assert_eq!(by_symbol(&[true], "나", &bytes, 0), [false, false, true]);
    }

    #[test]
    fn texts_that_cannot_be_walked_over_are_refused_with_a_cure() {
        let cpu = Cpu::with_isa(Isa::Scalar, 1);
        for text in ["", "a", "aaaa"] {
            let mut listen = |_: &str, _, _, _| Control::Continue;
            let teaching = Teaching { isa: Isa::Scalar, threads: 1, seed: 0, steps: None };
            let error = train_on(&Passage::of(text), &teaching, &mut listen).err().unwrap();
            assert!(error.remedy().is_some(), "{text:?}: {error}");
        }
        let vocabulary = Builder::new(Unit::Char, 10).build(std::iter::once("ab".to_owned())).unwrap();
        let config = crate::demo::Problem::network(&TextWindows::new(vec![0, 1], 2), 4);
        let networks = vec![("lstm".to_owned(), Model::new(&config, 0).unwrap())];
        for (text, from) in [("xyz", None), ("xaz", None), ("abab", Some(3))] {
            let shown = Shown { from, ..Shown::default() };
            let error = walk(&cpu, &networks, &vocabulary, &Passage::of(text), shown).err().unwrap();
            assert!(error.remedy().is_some(), "{text:?}: {error}");
        }
        let walked = walk(&cpu, &networks, &vocabulary, &Passage::of("abxab"), Shown::default()).unwrap();
        assert_eq!((walked.steps, walked.columns.len(), walked.notes.len()), (4, 5, 2), "{:?}", walked.notes);
    }
}
