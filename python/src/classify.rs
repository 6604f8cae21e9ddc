//! Classifiers and regressors of sequences: fit, predict, evaluate, save and load, as the command line does each.

mod given;
mod settings;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use gatewise::classify::{ClassifierModel, ClassifyConfig, Encoded, Encoding, EvaluateOptions, Fit, Goal, Plan, Setup};
use gatewise::data::Severity;
use gatewise::data::items::ItemSet;
use gatewise::language::LanguageModel;
use gatewise::train::{Control, Event};
use gatewise::{Cpu, Error, Precision};
use gatewise_report::classify::{ClassifyReport, outcome_json, outcome_text, render_classify, verdict};
use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;
use serde_json::{Value, json};

use crate::attend::attended;
use crate::errors::{in_page, raised};
use crate::model::opened;
use crate::settings::{Settings as _, kernels};
use crate::told::{choices, config, said};
use crate::watch::{self, Watch, stopped};
use given::{Given, Labels};
pub use settings::Settings;

/// A classifier or regressor that was trained.
#[pyclass(frozen, module = "gatewise._gatewise", name = "_Classifier")]
pub struct Trained {
    model: Mutex<ClassifierModel>,
    /// The page of its training; none of a model that was read from a file.
    page: Option<String>,
}

/// What a training begins with: a classifier or regressor, or a language model, whose symbols and layers it takes over.
fn begun_with(path: &Path, settings: &Settings) -> Result<ClassifierModel, Error> {
    let file = opened(path)?;
    let task = file.task();
    if task == gatewise::language::NAME {
        return ClassifierModel::of_language(&LanguageModel::of_file(file)?, settings.options());
    }
    if !gatewise::classify::NAMES.contains(&task.as_str()) {
        let error = Error::data(format!("{}: a model for the task \"{task}\", no classifier", path.display()));
        return Err(error.help("give a classifier, a regressor or a language model"));
    }
    ClassifierModel::of_file(file)
}

/// What a training is of.
struct Work {
    given: Given,
    labels: Option<Labels>,
    groups: Option<Vec<String>>,
    goal: Goal,
    settings: Settings,
    /// The file of the model whose weights it begins with.
    base: Option<PathBuf>,
    /// What the page says of its making, and of what it is.
    command: String,
    title: String,
}

fn notes_of(set: &ItemSet) -> Vec<Value> {
    set.notes.iter().map(|note| said(Severity::Note, &format!("{}: {note}", set.path))).collect()
}

fn train(work: Work, cpu: &Cpu, watch: &mut Watch) -> PyResult<(Trained, Value)> {
    let Work { given, labels, groups, goal, settings, base, command, title } = work;
    let base = base.map(|path| begun_with(&path, &settings)).transpose().map_err(raised)?;
    let mut setup = Setup { base: base.as_ref(), cache: settings.cache(), ..Setup::new(goal) };
    setup.read = setup.reading(settings.reading(setup.usual_reading()), settings.options());
    let set = given.read(&setup.read, labels, groups).map_err(raised)?;
    let mut notes = notes_of(&set);
    let plan = watch.session(cpu, |session| Plan::with(set, settings.options(), setup, session))?;

    let fit = Fit::new(&plan, base.as_ref());
    let mut trained = watch.session(cpu, |session| fit.train(session))?.ok_or_else(stopped)?;
    let epochs = watch.epochs(trained.summary.best_epoch);
    let valid = watch.session(cpu, |session| Ok(fit.judge(session, &mut trained)))?;
    if fit.refits() {
        trained = watch.session(cpu, |session| fit.refit(session, trained))?.ok_or_else(stopped)?;
    }
    let mut model = trained.model;
    let test = fit.test(cpu, &mut model);
    watch.check()?;
    notes.append(&mut watch.notes);

    let outcome = test.as_ref().or(valid.as_ref());
    let report = ClassifyReport {
        title,
        command,
        config: model.classifier.config(),
        outcome,
        unseen: test.is_some(),
        epochs: &epochs,
        parts: &plan.parts,
        settings: &config([(serde_json::to_value(&plan.options), &Value::Null)]),
    };
    let page = in_page(&render_classify(&report));
    let details = json!({
        "choices": choices(&plan.choices),
        "notes": notes,
        "score": {"valid": valid.as_ref().map(outcome_json), "test": test.as_ref().map(outcome_json)},
        "score_text": outcome.map(outcome_text),
        "verdict": outcome.map(|outcome| verdict(&outcome.score, test.is_some())),
        "parts": {"train": plan.parts.train, "valid": plan.parts.valid, "test": plan.parts.test},
    });
    Ok((Trained { model: Mutex::new(model), page: Some(page) }, details))
}

/// Answers, the rows of each item, and notes, as Python has them.
type Answered<'py> = (Bound<'py, PyAny>, Option<Vec<usize>>, Bound<'py, PyAny>);

/// Answers to items: (rows, K), with the steps of each item where each step has one.
struct Answers {
    classes: Vec<f32>,
    values: Vec<f64>,
    steps: Vec<usize>,
    notes: Vec<Value>,
    config: ClassifyConfig,
}

impl Trained {
    /// The model. Whoever waits for it must not hold up Python, which who has it may wait for.
    fn model(&self) -> MutexGuard<'_, ClassifierModel> {
        self.model.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Items as the model reads them, and what is to be said of reading them.
    fn encoded(
        model: &ClassifierModel,
        (given, labels): (Given, Option<Labels>),
        settings: &Settings,
        labelled: bool,
    ) -> Result<(Encoded, Vec<Value>), Error> {
        let options = settings.reading(model.reading_of(labelled));
        let memory = !matches!(given, Given::File(_));
        let set = given.read(&options, labels, None)?;
        let (ours, theirs) = (model.classifier.config().channels(), set.channels.len());
        let numbers = model.spec.text.is_none() && model.spec.media.is_none();
        if memory && numbers && theirs > 0 && ours != theirs {
            let error = Error::data(format!("{}: {theirs} channels of numbers, the model reads {ours}", set.path));
            return Err(error.help("give items of as many channels as the model learned from: (items, time, channels)"));
        }
        let mut notes = notes_of(&set);
        let threads = settings.options().training.threads.unwrap_or(0);
        let how = Encoding { labelled, on_error: options.on_error, cache: settings.cache(), threads };
        let mut hear = |event: &Event| {
            match event {
                Event::Note { message, .. } => notes.push(said(Severity::Note, message)),
                Event::Warning { message } => notes.push(said(Severity::Warning, message)),
                _ => {}
            }
            Control::Continue
        };
        let encoded = model.encode(set, &how, &mut hear)?;
        if labelled && !encoded.foreign.is_empty() {
            notes.push(said(Severity::Warning, &format!("{}; they are left out", encoded.describe_foreign())));
        }
        Ok((encoded, notes))
    }
}

#[pymethods]
impl Trained {
    /// Trains on items; gives the model and what is known of it.
    #[staticmethod]
    #[expect(clippy::too_many_arguments, reason = "each is an argument in Python")]
    fn fit<'py>(
        py: Python<'py>,
        items: &Bound<'py, PyAny>,
        labels: Option<&Bound<'py, PyAny>>,
        groups: Option<Vec<String>>,
        values: bool,
        settings: &str,
        base: Option<PathBuf>,
        callback: Option<Py<PyAny>>,
        command: String,
        title: String,
    ) -> PyResult<(Self, Bound<'py, PyAny>)> {
        let settings = Settings::of(settings)?;
        let cpu = kernels(settings.options().training.threads)?;
        let (given, labels) = (Given::of(items)?, labels.map(Labels::of).transpose()?);
        let goal = if values { Goal::Values } else { Goal::Classes };
        let work = Work { given, labels, groups, goal, settings, base, command, title };
        let fit = move |caller| train(work, &cpu, &mut Watch::new(caller));
        let (trained, details) = attended(py, callback.as_ref(), fit)?;
        Ok((trained, watch::to_python(py, &details)?))
    }

    /// Answers to items: probabilities (rows, classes) as 32-bit numbers, or values (rows, targets) as 64-bit ones; the rows of each item
    /// where every step has an answer, else None; and what is to be said.
    fn predict<'py>(slf: Py<Self>, py: Python<'py>, items: &Bound<'py, PyAny>, settings: &str) -> PyResult<Answered<'py>> {
        let settings = Settings::of(settings)?;
        let (cpu, given) = (kernels(settings.options().training.threads)?, Given::of(items)?);
        let answered = attended(py, None, move |_| {
            let mut model = slf.get().model();
            model.classifier.set_precision(Precision::F32);
            let (Encoded { items, .. }, notes) = Self::encoded(&model, (given, None), &settings, false).map_err(raised)?;
            let config = model.classifier.config().clone();
            let mut answers = Answers { classes: Vec::new(), values: Vec::new(), steps: Vec::new(), notes, config };
            let chosen: Vec<usize> = (0..items.len()).collect();
            model.classifier.predict(&cpu, &items, &chosen, &mut |answer| {
                answers.classes.extend(answer.values);
                answers.values.extend(answer.exact);
                answers.steps.push(answer.steps);
            });
            Ok(answers)
        });
        let Answers { classes, values, steps, notes, config } = answered?;
        let (width, rows) = (config.outputs(), steps.iter().sum::<usize>());
        let answers = match config.labels() {
            [] => PyArray1::from_vec(py, values).reshape([rows, width])?.into_any(),
            _ => PyArray1::from_vec(py, classes).reshape([rows, width])?.into_any(),
        };
        Ok((answers, config.each_step.then_some(steps), watch::to_python(py, &Value::from(notes))?))
    }

    /// Names of items, in the order of their answers.
    fn names(slf: Py<Self>, py: Python<'_>, items: &Bound<'_, PyAny>, settings: &str) -> PyResult<Vec<String>> {
        let (settings, given) = (Settings::of(settings)?, Given::of(items)?);
        attended(py, None, move |_| {
            let (encoded, _) = Self::encoded(&slf.get().model(), (given, None), &settings, false).map_err(raised)?;
            Ok(encoded.items.into_iter().map(|item| item.name).collect())
        })
    }

    /// Holds answers against labels, beside the most frequent class or the mean; gives the figures and what is to be said.
    fn evaluate<'py>(
        slf: Py<Self>,
        py: Python<'py>,
        items: &Bound<'py, PyAny>,
        labels: Option<&Bound<'py, PyAny>>,
        settings: &str,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let settings = Settings::of(settings)?;
        let cpu = kernels(settings.options().training.threads)?;
        let (given, labels) = (Given::of(items)?, labels.map(Labels::of).transpose()?);
        let (outcome, notes) = attended(py, None, move |_| {
            let mut model = slf.get().model();
            model.classifier.set_precision(Precision::F32);
            let (encoded, notes) = Self::encoded(&model, (given, labels), &settings, true).map_err(raised)?;
            Ok((model.judge(&cpu, &encoded, &EvaluateOptions::default()).map_err(raised)?, notes))
        })?;
        Ok((watch::to_python(py, &outcome_json(&outcome))?, watch::to_python(py, &Value::from(notes))?))
    }

    /// Names of classes as the model spells them, in the order of its probabilities; empty of values.
    fn labels(&self, py: Python<'_>) -> Vec<String> {
        py.detach(|| self.model().classifier.config().labels().to_vec())
    }

    /// Names of several values; empty of one and of classes.
    fn targets(&self, py: Python<'_>) -> Vec<String> {
        py.detach(|| self.model().classifier.config().targets().to_vec())
    }

    /// A label as the model spells it.
    fn spelled(&self, py: Python<'_>, label: &str) -> String {
        py.detach(|| self.model().spec.normalize_unicode.apply(label).into_owned())
    }

    /// The page of the training; None of a model that was read from a file.
    fn page(&self) -> Option<String> {
        self.page.clone()
    }

    /// Writes the model file, beside its place first and then renamed.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| self.model().save(&path)).map_err(raised)
    }

    /// Reads a model file, or that of a run folder, of a classifier or a regressor.
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf, values: bool) -> PyResult<Self> {
        py.detach(|| {
            let opened = opened(&path).map_err(raised)?;
            let (task, wanted) = (opened.task(), usize::from(values));
            let [name, class] = [["classifier", "Classifier"], ["regressor", "Regressor"]][wanted];
            if task != gatewise::classify::NAMES[wanted] {
                let error = Error::data(format!("{}: a model for the task \"{task}\", no {name}", path.display()));
                let other = gatewise::classify::NAMES.iter().position(|name| *name == task);
                let help = match other {
                    Some(other) => format!("{}.load reads it", ["Classifier", "Regressor"][other]),
                    None => format!("give a file that {class}.save wrote, or the run folder of such a training"),
                };
                return Err(raised(error.help(help)));
            }
            let model = ClassifierModel::of_file(opened).map_err(raised)?;
            Ok(Self { model: Mutex::new(model), page: None })
        })
    }

    /// What the model is and how its items were read.
    fn about<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let about = py.detach(|| {
            let model = self.model();
            let config = model.classifier.config();
            json!({
                "config": config,
                "parameters": config.model().parameters(),
                "beside": model.classifier.beside().map(|beside| json!({
                    "method": beside.simple.name().title,
                    "network": beside.network,
                })),
                "items": model.spec,
            })
        });
        watch::to_python(py, &about)
    }
}

/// Adds classifiers to a module.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Trained>()?;
    Ok(())
}
