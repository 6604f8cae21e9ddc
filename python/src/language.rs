//! Language models of texts: fit, generate, score, evaluate, predict, save and load, as the command line does each.

mod call;
mod fit;
mod given;
mod settings;
mod surprises;
mod write;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use gatewise::Error;
use gatewise::format::ModelFile;
use gatewise::language::{LanguageError, LanguageModel};
use gatewise::options::{Pool, PrecisionName};
use gatewise_report::language::{Foreseen, ScoreReport};
use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde_json::{Value, json};

use crate::attend::attended;
use crate::errors::raised;
use crate::model::opened;
use crate::settings::{Settings as _, kernels};
use crate::watch::{self, Watch};
use call::Call;
use fit::Work;
use given::corpus;
pub use settings::{Reading, Settings, Writing};
use surprises::Surprises;
use write::{Prompt, Stream, Written};

/// A language model that was trained.
#[pyclass(frozen, module = "gatewise._gatewise", name = "_LanguageModel")]
pub struct Trained {
    model: Mutex<LanguageModel>,
    /// The page of its training; none of a model that was read from a file.
    page: Option<String>,
}

/// An answer with what is to be said.
type Answer<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);

/// Symbols with their probabilities, and what is to be said.
type Likeliest<'py> = (Vec<(String, f64)>, Bound<'py, PyAny>);

/// Features, the rows of each text where every symbol has one, and what is to be said.
type Features<'py> = (Bound<'py, PyAny>, Option<Vec<usize>>, Bound<'py, PyAny>);

fn notes<'py>(py: Python<'py>, notes: Vec<Value>) -> PyResult<Bound<'py, PyAny>> {
    watch::to_python(py, &Value::from(notes))
}

/// A model with weights of its own.
fn copy(language: &LanguageModel) -> LanguageModel {
    LanguageModel { model: language.model.cast(), vocabulary: language.vocabulary.clone() }
}

impl Trained {
    /// The model. Whoever waits for it must not hold up Python, which who has it may wait for.
    fn model(&self) -> MutexGuard<'_, LanguageModel> {
        self.model.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of_file(file: ModelFile) -> Result<Self, Error> {
        Ok(Self { model: Mutex::new(LanguageModel::of_file(file)?), page: None })
    }
}

#[pymethods]
impl Trained {
    /// Trains on texts; gives the model and what is known of it.
    #[staticmethod]
    fn fit<'py>(
        py: Python<'py>,
        texts: &Bound<'py, PyAny>,
        settings: &str,
        base: Option<PathBuf>,
        callback: Option<Py<PyAny>>,
        command: String,
        created: String,
    ) -> PyResult<(Self, Bound<'py, PyAny>)> {
        let settings = Settings::of(settings)?;
        let (corpus, cpu) = (corpus(texts)?, kernels(settings.options().training.threads)?);
        let work = Work { corpus, settings, base, cpu, command, created };
        let fit = move |caller| work.train(&mut Watch::new(caller));
        let (trained, details) = attended(py, callback.as_ref(), fit)?;
        Ok((trained, watch::to_python(py, &details)?))
    }

    /// Writes texts behind a prompt; gives them and what is to be said.
    fn generate<'py>(slf: Py<Self>, py: Python<'py>, prompt: String, settings: &str) -> PyResult<(Vec<Written>, Bound<'py, PyAny>)> {
        let writing = Writing::of(settings)?;
        // A text is drawn a symbol at a time, which several threads hardly hasten.
        let cpu = kernels(Some(writing.running.threads.unwrap_or(1)))?;
        let write = move |interrupt| -> Result<_, Error> {
            let mut language = slf.get().model();
            let prompt = Prompt::of(prompt, writing, &language, interrupt)?;
            let written = match prompt.is_learned() {
                true => {
                    let mut own = copy(&language);
                    drop(language);
                    prompt.write(&mut own, &cpu)?
                }
                false => prompt.write(&mut language, &cpu)?,
            };
            Ok((written, prompt.notes))
        };
        let (written, told) = attended(py, None, move |caller| write(caller.interrupt()).map_err(raised))?;
        Ok((written, notes(py, told)?))
    }

    /// A text behind a prompt that is told as it is made, by a copy of the model; and what is to be said.
    fn stream<'py>(slf: Py<Self>, py: Python<'py>, prompt: String, settings: &str) -> PyResult<(Stream, Bound<'py, PyAny>)> {
        let writing = Writing::of(settings)?;
        let cpu = kernels(Some(writing.running.threads.unwrap_or(1)))?;
        let begin = move |interrupt| -> Result<_, Error> {
            let own = copy(&slf.get().model());
            let prompt = Prompt::of(prompt, writing, &own, interrupt)?;
            Ok((Stream::begin(&prompt, own, cpu)?, prompt.notes))
        };
        let (stream, told) = attended(py, None, move |caller| begin(caller.interrupt()).map_err(raised))?;
        Ok((stream, notes(py, told)?))
    }

    /// How probable texts are, each from a start of its own, with the least likely places; and what is to be said.
    fn likelihood<'py>(slf: Py<Self>, py: Python<'py>, texts: &Bound<'py, PyAny>, settings: &str) -> PyResult<Answer<'py>> {
        let scored = Call::of(texts, settings)?.run(py, slf, move |mut call, language| {
            let (passages, scoring) = (call.passages(language)?, call.scoring(language));
            let scored = language.score_each(&call.cpu, &passages, &scoring)?;
            let mut figures = ScoreReport::of(&passages, &scored, &scoring).event();
            figures.as_object_mut().map(|figures| figures.remove("event"));
            Ok((figures, call.notes))
        });
        let (figures, told) = scored?;
        Ok((watch::as_it_is(py, &figures)?, notes(py, told)?))
    }

    /// How unexpected every symbol is but the first of each text, as columns; and what is to be said.
    fn surprises<'py>(slf: Py<Self>, py: Python<'py>, texts: &Bound<'py, PyAny>, settings: &str) -> PyResult<Answer<'py>> {
        let found =
            Call::of(texts, settings)?.run(py, slf, move |mut call, language| Ok((Surprises::of(&mut call, language)?, call.notes)));
        let (surprises, told) = found?;
        Ok((surprises.into_python(py)?, notes(py, told)?))
    }

    /// How well texts are foreseen, one after the other, beside counting; and what is to be said.
    fn evaluate<'py>(slf: Py<Self>, py: Python<'py>, texts: &Bound<'py, PyAny>, settings: &str) -> PyResult<Answer<'py>> {
        let judged = Call::of(texts, settings)?.run(py, slf, move |mut call, language| {
            let place = call.corpus.path().to_owned();
            let text = call.whole(language)?;
            let (outcome, exact) = language.evaluate_in(&call.cpu, &text, call.precision).map_err(|e| e.about(&place))?;
            let mut figures = Foreseen(&outcome).json();
            figures["unknown"] = text.unknown.into();
            figures["precision"] = json!(PrecisionName::from(call.precision));
            figures["f32_nats"] = exact.into();
            Ok((figures, call.notes))
        });
        let (figures, told) = judged?;
        Ok((watch::as_it_is(py, &figures)?, notes(py, told)?))
    }

    /// The likeliest symbols behind the end of a text, with their probabilities; and what is to be said.
    fn predict<'py>(slf: Py<Self>, py: Python<'py>, texts: &Bound<'py, PyAny>, most: usize, settings: &str) -> PyResult<Likeliest<'py>> {
        let found = Call::of(texts, settings)?.run(py, slf, move |mut call, language| {
            let place = call.corpus.path().to_owned();
            let text = call.whole(language)?;
            language.model.set_precision(call.precision);
            let likeliest = language.likeliest(&call.cpu, &text.ids, most).map_err(|e| e.about(&place))?;
            let shown = likeliest.into_iter().map(|(symbol, probability)| (language.vocabulary.show(symbol), probability));
            Ok((shown.collect(), call.notes))
        });
        let (likeliest, told) = found?;
        Ok((likeliest, notes(py, told)?))
    }

    /// The probability of every symbol to come behind the end of a text: 64-bit numbers (symbols,); and what is to be said.
    fn predict_proba<'py>(slf: Py<Self>, py: Python<'py>, texts: &Bound<'py, PyAny>, settings: &str) -> PyResult<Answer<'py>> {
        let found = Call::of(texts, settings)?.run(py, slf, move |mut call, language| {
            let place = call.corpus.path().to_owned();
            let text = call.whole(language)?;
            language.model.set_precision(call.precision);
            Ok((language.next(&call.cpu, &text.ids).map_err(|e| e.about(&place))?, call.notes))
        });
        let (probabilities, told) = found?;
        Ok((PyArray1::from_vec(py, probabilities).into_any(), notes(py, told)?))
    }

    /// What the network holds of texts: 32-bit numbers (rows, features); the rows of each text where every symbol has one, else None; and what is
    /// to be said.
    fn features<'py>(slf: Py<Self>, py: Python<'py>, texts: &Bound<'py, PyAny>, settings: &str) -> PyResult<Features<'py>> {
        let found = Call::of(texts, settings)?.run(py, slf, move |mut call, language| {
            let texts = call.items(language)?;
            let pool = call.reading.pool.unwrap_or(Pool::Last);
            let each = (pool == Pool::None).then(|| texts.iter().map(|text| text.len() as usize).collect::<Vec<_>>());
            let (mut values, width) = (Vec::new(), language.model.config().width());
            language.model.set_precision(call.precision);
            let pooled = language.pooled::<LanguageError>(&call.cpu, &texts, pool, &mut |_, _, features| {
                values.extend_from_slice(features);
                Ok(())
            });
            pooled.map_err(|e| e.about("the text"))?;
            Ok((values, width, each, call.notes))
        });
        let (values, width, each, told) = found?;
        let rows = values.len() / width;
        Ok((PyArray1::from_vec(py, values).reshape([rows, width])?.into_any(), each, notes(py, told)?))
    }

    /// The symbols as they are shown, in the order of their numbers.
    fn vocabulary(&self, py: Python<'_>) -> Vec<String> {
        py.detach(|| {
            let language = self.model();
            (0..language.vocabulary.len() as u32).map(|symbol| language.vocabulary.show(symbol)).collect()
        })
    }

    /// What the model is: its network, and what its symbols are.
    fn about<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let about = py.detach(|| {
            let LanguageModel { model, vocabulary } = &*self.model();
            json!({
                "config": model.config(),
                "parameters": model.params().values.len(),
                "unit": vocabulary.unit(),
                "normalize_unicode": vocabulary.normal(),
                "symbols": vocabulary.len(),
            })
        });
        watch::to_python(py, &about)
    }

    /// The page of the training; None of a model that was read from a file.
    fn page(&self) -> Option<String> {
        self.page.clone()
    }

    /// Writes the model file, beside its place first and then renamed.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| self.model().save(&path)).map_err(raised)
    }

    /// The bytes of the model file.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let bytes = py.detach(|| self.model().to_bytes());
        PyBytes::new(py, &bytes)
    }

    /// Reads a model file, or that of a run folder.
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        py.detach(|| opened(&path).and_then(Self::of_file)).map_err(raised)
    }

    /// Out of the bytes of a model file.
    #[staticmethod]
    fn of_bytes(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        py.detach(|| ModelFile::of_bytes(Path::new("<bytes>"), bytes).map_err(Error::from).and_then(Self::of_file)).map_err(raised)
    }
}

/// Adds language models to a module.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Trained>()?;
    module.add_class::<Stream>()?;
    Ok(())
}
