//! The training of a language model, and what is known of it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use gatewise::data::{Corpus, Severity};
use gatewise::language::{Fitted, LanguageModel, Plan, Start};
use gatewise::train::Event;
use gatewise::{Cpu, Error};
use gatewise_report::language::{Foreseen, LanguageReport, Trained as Facts, about_text, render_language, title, verdict};
use pyo3::prelude::*;
use serde_json::{Value, json};

use super::Trained;
use super::settings::Settings;
use crate::errors::{in_page, raised};
use crate::model::opened;
use crate::told::{choices, config, said};
use crate::watch::{Watch, stopped};

/// What is trained, in events.
const PHASE: &str = "training";

/// What a training is of.
pub struct Work {
    pub corpus: Corpus,
    pub settings: Settings,
    /// The file of the model whose weights it begins with.
    pub base: Option<PathBuf>,
    pub cpu: Arc<Cpu>,
    /// What the page says of its making, and when that was.
    pub command: String,
    pub created: String,
}

/// A text that is ready to be learned from.
struct Planned {
    corpus: Corpus,
    base: Option<LanguageModel>,
    plan: Plan,
}

fn plan(corpus: Corpus, settings: &Settings, base: Option<PathBuf>, cpu: &Cpu) -> Result<Planned, Error> {
    let (mut options, corpus) = (settings.options().clone(), corpus.parted(true));
    let given = base.is_some();
    let base = match base {
        Some(path) => {
            let model = LanguageModel::of_file(opened(&path)?)?;
            options.pin(&model, &path.display().to_string())?;
            Some(model)
        }
        None => None,
    };
    let start = Start { base: base.as_ref(), trained: given, ..Start::default() };
    let plan = Plan::with(&corpus, &options, start, cpu)?;
    Ok(Planned { corpus, base, plan })
}

impl Work {
    /// Trains; gives the model and what is known of it.
    pub fn train(self, watch: &mut Watch) -> PyResult<(Trained, Value)> {
        let Self { corpus, settings, base, cpu, command, created } = self;
        let planned = plan(corpus.interrupted_by(watch.interrupt()), &settings, base, &cpu);
        let Planned { corpus, base, plan } = planned.map_err(raised)?;
        let mut notes: Vec<Value> = about_text(&corpus, &plan).iter().map(|line| said(Severity::Note, line.trim_start())).collect();
        if let Some(base) = &base {
            let (symbols, all) = (base.vocabulary.len(), plan.vocabulary.len());
            let told = format!("begun with the weights of a model of {symbols} symbols, to which {} are new", all - symbols);
            notes.push(said(Severity::Note, &told));
        }
        if !plan.holds_back() {
            let told = "nothing is held back, so nothing will be known of how well the model foresees new text (⦃valid-share⦄)";
            notes.push(said(Severity::Warning, told));
        }
        let trained = watch.session(&cpu, |session| {
            session.tell(&Event::Phase { name: PHASE.to_owned() });
            LanguageModel::fit(&plan, base, session)
        });
        let Fitted { model, held_back, summary } = trained?.ok_or_else(stopped)?;
        let (epochs, samples) = (watch.epochs(summary.best_epoch), std::mem::take(&mut watch.samples));
        notes.append(&mut watch.notes);

        let (foreseen, symbols) = (held_back.as_ref().map(Foreseen), model.vocabulary.len());
        let facts = Facts {
            bytes: corpus.bytes(),
            learned: plan.text.train.end - plan.text.train.start,
            symbols,
            config: &plan.config,
            parameters: model.model.params().values.len(),
            summary: &summary,
            seed: plan.train.seed,
            kernels: &format!("{}, threads: {}", cpu.isa().with_products(plan.train.precision()), cpu.threads()),
        };
        let verdict = verdict(foreseen.as_ref(), symbols);
        let report = LanguageReport {
            title: title(corpus.path()),
            command,
            created,
            facts: facts.facts(),
            guesses: plan.choices.clone(),
            metrics: foreseen.map(|held| held.metrics()).unwrap_or_default(),
            verdict: verdict.clone(),
            epochs,
            samples,
            settings: config([(serde_json::to_value(&plan.options), &Value::Null)]),
        };
        let page = in_page(&render_language(&report));
        let details = json!({
            "choices": choices(&plan.choices),
            "notes": notes,
            "metrics": foreseen.map(|held| held.json()),
            "verdict": verdict,
        });
        Ok((Trained { model: Mutex::new(model), page: Some(page) }, details))
    }
}
