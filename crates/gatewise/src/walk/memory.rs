//! The walk over a sentence whose key decides its answer: networks that were trained on others of its form.

use gatewise_kernels::Cpu;

use super::column::{Column, is_right_to_left};
use super::lesson::{Lesson, OnProgress, recipes};
use super::network::{Extent, Trace};
use super::record::{ByWord, Form, Network, Recall, Recalled, Sentence, Source, Walk};
use super::text::Teaching;
use super::windows::answers;
use crate::batch::Batch;
use crate::demo::train::examine;
use crate::demo::{Demo, Memory, Problem, Score, lets_go};
use crate::error::Error;
use crate::model::Model;

/// Optimiser steps of the three networks.
const STEPS: u64 = 1500;
/// Sentences at each distance by which networks are scored.
const EXAMINED: usize = 300;
/// Most words of filler in the sentence that is shown.
const SHOWN_GAP: usize = 40;

/// Trains RNN, GRU and LSTM of equal size on sentences of the form with up to `gap` words of filler, and the runs beside them, and walks over the sentence
/// itself with words of filler that no training has seen. None where it was stopped.
///
/// # Errors
/// Sizes of which no network can be built.
pub fn walk_memory(memory: &Memory, gap: usize, teaching: &Teaching, on_progress: OnProgress<'_>) -> Result<Option<Walk>, Error> {
    let usual = Demo::memory(&[], gap, teaching.steps.unwrap_or(STEPS) as usize, false, teaching.seed);
    let lesson = Lesson { name: "", problem: memory, course: usual.course.clone(), longest: gap, seed: teaching.seed };
    let recipes = recipes();
    let Some(mut taught) = lesson.teach(&recipes, teaching.isa, teaching.threads, &mut *on_progress)? else { return Ok(None) };
    let cpu = Cpu::with_isa(teaching.isa, 1);
    let own = recipes.iter().take_while(|recipe| recipe.share == 1.0).count();
    let short = usual.without_filler();
    let briefly = Lesson { name: " without filler", course: short.course.clone(), longest: short.taught, ..lesson.clone() };
    let Some(mut read_on) = briefly.teach(&recipes[..own], teaching.isa, teaching.threads, on_progress)? else { return Ok(None) };
    let by_distance = |cpu: &Cpu, model: &mut Model<f32>, key: &str| {
        let found: Vec<(f64, f64)> =
            usual.distances.iter().map(|&d| examine(cpu, model, memory, d, EXAMINED, teaching.seed).choice()).collect();
        let (accuracy, probability) = found.into_iter().unzip();
        Recalled { name: key.to_owned(), accuracy, probability }
    };
    let (mut scores, mut by_word, mut networks) = (Vec::new(), Vec::new(), Vec::new());
    let (ids, answer) = memory.own(gap.min(SHOWN_GAP));
    let batch = one_sentence(&ids, answer);
    let name = |id: u32| memory.words()[id as usize].clone();
    for (model, run) in &mut taught {
        let seed = teaching.seed;
        let at_longest = examine(&cpu, model, memory, gap, EXAMINED, seed);
        run.score = Some(at_longest.choice().0);
        if networks.len() == own {
            continue;
        }
        scores.push(by_distance(&cpu, model, &run.key));
        let trace = Trace::of(&cpu, model, &batch, &memory.loss(), &Extent::of_page(ids.len(), own));
        let told = answers(&trace.outputs, &trace.answered, &memory.loss(), &|_| Some(answer), &name);
        networks.push(Network::new(&run.key, model, trace, told));
    }
    let mut short_scores = Vec::new();
    for (model, run) in &mut read_on {
        short_scores.push(by_distance(&cpu, model, &run.key));
        let mut p = memory.recall(&cpu, model, &ids, answer);
        // Before the key nothing can be known of it.
        p[..memory.key_at()].fill(f64::NAN);
        // Where the answer stands, it is asked for as the last word has it.
        p.extend(p.last().copied());
        let over_keys = memory.over_keys(&cpu, model, gap.min(SHOWN_GAP), ids.len());
        by_word.push(ByWord { name: run.key.clone(), lets_go: lets_go(&over_keys, memory.key_at(), memory.chance()), p });
    }
    let words: Vec<String> = memory.spelled(&ids).into_iter().map(str::to_owned).collect();
    let column = |(t, text): (usize, &String)| Column { text: text.clone(), first: Some(t), last: Some(t), known: true, label: None };
    let (key, answered) = &memory.form().pairs()[0];
    let shown = words.iter().chain([&name(answer)]).chain(memory.form().ending()).cloned().collect::<Vec<_>>();
    Ok(Some(Walk {
        task: "memory",
        form: Form::ManyToOne,
        unit: "word",
        source: Source {
            name: memory.form().sentence(),
            total: ids.len(),
            from: 0,
            to: ids.len(),
            direction: if is_right_to_left(&memory.form().sentence()) { "rtl" } else { "ltr" },
        },
        notes: vec![
            format!(
                "Networks were trained on sentences of this form with {} keys and up to {gap} words of filler.",
                memory.form().pairs().len()
            ),
            "The filler of the sentence that is shown is put together anew, of sentences that no training has seen; those of one or two words are in training too.".to_owned(),
        ],
        trained_here: true,
        columns: words.iter().enumerate().map(column).collect(),
        steps: ids.len(),
        stop: words.iter().position(|word| word.ends_with(['.', '。', '!', '?', '۔'])),
        networks,
        memory: None,
        runs: taught.into_iter().map(|(_, run)| run).collect(),
        recall: Some(Recall {
            key: key.clone(),
            answer: answered.clone(),
            chance: memory.chance(),
            made_up: Vec::new(),
            gap_unit: "words",
            distances: usual.distances,
            networks: scores,
            short_networks: short_scores,
            sentence: Sentence { answer_at: words.len(), words: shown, key_at: memory.key_at(), by_word },
        }),
        series: None,
    }))
}

/// The sentence with its answer.
fn one_sentence(ids: &[u32], answer: u32) -> Batch<f32> {
    let mut batch = Batch::default();
    batch.set_full(1, ids.len(), 0);
    batch.symbols.extend_from_slice(ids);
    batch.target.push(answer as f32);
    batch
}

impl Score {
    /// Accuracy and probability of a choice; no numbers of another score.
    fn choice(self) -> (f64, f64) {
        match self {
            Score::Choice { accuracy, probability } => (accuracy, probability),
            Score::Number { .. } => (f64::NAN, f64::NAN),
        }
    }
}

#[cfg(test)]
mod tests {
    use gatewise_kernels::Isa;

    use super::*;
    use crate::demo::Language;
    use crate::train::Control;

    #[test]
    fn a_sentence_of_the_form_is_walked_over_word_by_word() {
        let memory = Memory::new(Language::Ko);
        let teaching = Teaching { isa: Isa::Scalar, threads: 2, seed: 0, steps: Some(2) };
        let walk = walk_memory(&memory, 4, &teaching, &mut |_, _, _, _| Control::Continue).unwrap().unwrap();
        let recall = walk.recall.as_ref().unwrap();
        assert_eq!((walk.networks.len(), walk.columns.len(), recall.distances.clone()), (3, walk.steps, vec![0, 2, 4]));
        assert_eq!((recall.sentence.words.len(), recall.key.as_str()), (walk.steps + 1 + memory.form().ending().len(), "한국"));
        assert_eq!((recall.short_networks.len(), recall.sentence.by_word.len()), (3, 3));
        for network in &walk.networks {
            assert_eq!(network.trace.gradient.steps, [walk.steps - 1], "one answer, at the end");
            assert!(network.answers[0].p.is_some_and(|p| p > 0.0 && p < 1.0));
        }
    }
}
