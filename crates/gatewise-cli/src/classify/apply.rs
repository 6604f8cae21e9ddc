//! A trained classifier at work: `predict`, `evaluate`, `features`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use gatewise::Precision;
use gatewise::format::ModelFile;
use gatewise::task::classify::{ClassifierModel, Encoded, Encoding, EvaluateOptions, Item, Options, Steps, labels, spell};
use gatewise::task::language::Normal;
use gatewise::train::{Control, Event};
use gatewise_data::items::ItemOptions;
use gatewise_report::classify::{self as report, PredictionTable, outcome_json, outcome_text};
use serde_json::json;

use super::{piped, read};
use crate::args::precision::Chosen;
use crate::args::{DetectorReadArgs, EvaluateArgs, FeaturesArgs, ItemArgs, PredictArgs, TableArgs, WatchArgs};
use crate::cli_error::{CliError, as_flags};
use crate::commands::cpu;
use crate::console::Console;
use crate::features::{self, pooled};
use crate::model::{classifies, language_of, open};
use crate::progress::note;
use crate::run_folder::{deliver, write_atomically};
use crate::table_file;

/// A classifier, from a model file or a run folder.
pub fn load(given: &Path) -> Result<ClassifierModel, CliError> {
    let file = open(given)?;
    if !classifies(&file.task()) {
        let failure = CliError::data(format!("{}: no classifier", given.display()));
        return Err(failure.help("give a model that `gatewise train classify` made"));
    }
    of_file(file)
}

/// What a training begins with: a classifier, or a language model, whose symbols and layers it takes over.
pub fn base(given: &Path, options: &Options) -> Result<ClassifierModel, CliError> {
    let file = open(given)?;
    if file.task() == gatewise::task::language::NAME {
        return Ok(ClassifierModel::of_language(&language_of(file)?, options)?);
    }
    load(given)
}

/// A classifier, from a model file that was read.
pub fn of_file(file: ModelFile) -> Result<ClassifierModel, CliError> {
    Ok(ClassifierModel::of_file(file)?)
}

/// The folder of decoded sound and video: the one given, none for `none`, else the user's.
pub fn cache(given: Option<&Path>) -> Option<PathBuf> {
    match given {
        Some(path) if path == Path::new("none") => None,
        Some(path) => Some(path.to_owned()),
        None => {
            let variable = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
            let base = variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")))?;
            Some(base.join("gatewise").join("frames"))
        }
    }
}

/// How items are made ready, before what the flags say of reading them.
fn how(labelled: bool, threads: Option<usize>) -> Encoding {
    Encoding { labelled, threads: threads.unwrap_or(0), ..Encoding::default() }
}

/// Reads items as the model's own were read, where the user does not say otherwise.
pub fn read_for(
    model: &ClassifierModel,
    path: &Path,
    table: &TableArgs,
    args: &ItemArgs,
    how: Encoding,
    console: Console,
) -> Result<Encoded, CliError> {
    let options = args.options(table, model.reading_of(how.labelled));
    let clip = if options.files && path.as_os_str() == "-" { piped::piped()? } else { piped::Piped::default() };
    let path = clip.path().unwrap_or(path);
    let set = read::read(path, clip.path().map(|_| "<stdin>"), &options, console)?;
    let shown = set.path.clone();
    let how = Encoding { on_error: options.on_error, cache: cache(args.cache.as_deref()), ..how };
    let mut on_event = |event: &Event| {
        note(console, event);
        Control::Continue
    };
    let encoded = model.encode(set, &how, &mut on_event)?;
    if how.labelled && !encoded.foreign.is_empty() {
        let message = format!("{}; they are left out", encoded.describe_foreign());
        console.event(&json!({"event": "note", "path": shown, "message": message}));
        console.info(format!("warning: {message}"));
    }
    Ok(encoded)
}

/// `gatewise predict` with a classifier.
pub fn predict(mut model: ClassifierModel, args: &PredictArgs, console: Console) -> anyhow::Result<ExitCode> {
    let follow = args.watch.follow;
    if args.watch != (WatchArgs { follow, ..WatchArgs::default() }) || args.detector != DetectorReadArgs::default() {
        let message = "--fail-on-anomaly, --save, --false-alarms, --label, --states and --ignore are for detectors; this is a classifier";
        return Err(CliError::usage(message).into());
    }
    model.classifier.set_precision(args.precision.inference(console));
    if follow {
        #[cfg(feature = "audio")]
        return super::follow::run(model, args, console);
        #[cfg(not(feature = "audio"))]
        return Err(CliError::usage("this program reads no sound, which --follow needs").into());
    }
    let cpu = cpu(args.given.threads)?;
    let reject = threshold(args.reject_below)?;
    let given = &args.given;
    let Encoded { items, .. } = read_for(&model, &given.data, &given.read.table, &given.items, how(false, given.threads), console)?;
    let config = model.classifier.config().clone();
    let mut table = PredictionTable::new(&config, reject, args.all, console.on_row())?;
    let (chosen, mut written): (Vec<usize>, _) = ((0..items.len()).collect(), Ok(()));
    model.classifier.predict(&cpu, &items, &chosen, &mut |said| {
        if written.is_ok() {
            written = table.write(&items[said.item].name, &said);
        }
    });
    written?;
    let bytes = table.finish()?;
    deliver(bytes, given.output.as_deref(), &table_file::usual(), &format!("{} answers", items.len()), console)?;
    Ok(ExitCode::SUCCESS)
}

/// The probability below which an answer is rejected; 0 for none.
pub fn threshold(given: Option<f64>) -> Result<f64, CliError> {
    Ok(EvaluateOptions { reject_below: given, ..EvaluateOptions::default() }.threshold()?)
}

/// `gatewise evaluate` with a classifier.
pub fn evaluate(mut model: ClassifierModel, args: &EvaluateArgs, console: Console) -> anyhow::Result<ExitCode> {
    if args.rolling || args.history.is_some() || args.test_from.is_some() || args.test_to.is_some() {
        return Err(CliError::usage("--rolling, --history, --test-from and --test-to are for forecasts")
            .help("gatewise evaluate MODEL DATA")
            .into());
    }
    let given = &args.given;
    let cpu = cpu(given.threads)?;
    let options = EvaluateOptions { reject_below: args.reject_below, positive: args.positive.clone(), precision_at: args.precision_at };
    options.check(model.classifier.config()).map_err(CliError::from)?;
    let encoded = read_for(&model, &given.data, &given.read.table, &given.items, how(true, given.threads), console)?;
    let precision = args.precision.inference(console);
    let exact = (precision != Precision::F32).then(|| model.judge(&cpu, &encoded, &options)).transpose().map_err(CliError::from)?;
    model.classifier.set_precision(precision);
    let outcome = model.judge(&cpu, &encoded, &options).map_err(CliError::from)?;
    let figures = outcome_json(&outcome);
    if console.json() {
        let mut event = figures.clone();
        event["event"] = "score".into();
        if let Some(exact) = exact {
            event["precision"] = json!(args.precision);
            event["f32"] = report::json(&exact.score);
        }
        console.event(&event);
    } else {
        let exact = exact.map(|exact| format!("with f32 weights:\n{}\n", report::text(&exact.score))).unwrap_or_default();
        console.print(&as_flags(&format!("{}\n{exact}", outcome_text(&outcome))))?;
    }
    if let Some(path) = &given.output {
        write_atomically(path, format!("{figures:#}\n").as_bytes())?;
        console.info(format!("all figures and mistakes in {}", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// `gatewise features` with a classifier.
pub fn features(mut model: ClassifierModel, args: &FeaturesArgs, console: Console) -> anyhow::Result<ExitCode> {
    features::check(args, console)?;
    let cpu = cpu(args.given.threads)?;
    let Encoded { items, .. } =
        read_for(&model, &args.given.data, &args.given.read.table, &args.given.items, how(false, args.given.threads), console)?;
    let chosen: Vec<usize> = (0..items.len()).collect();
    if let Some(beside) = model.classifier.beside() {
        let title = beside.simple.name().title;
        let message = format!("features are the network's; the answers of `predict` also rest on those of {title}, which are left out");
        console.event(&json!({"event": "note", "message": message}));
        console.info(format!("note: {message}"));
    }
    if model.classifier.config().network.branch.is_some() {
        let message = "features are those of the recurrent layers; what the convolutions beside them (--fcn) say is left out";
        console.event(&json!({"event": "note", "message": message}));
        console.info(format!("note: {message}"));
    }
    let hidden = model.classifier.config().network.hidden;
    let mut rows = Vec::new();
    let vocabulary = model.vocabulary().cloned();
    let symbol = |item: &Item, step: usize| match (&item.steps, &vocabulary) {
        (Steps::Symbols(symbols), Some(vocabulary)) => {
            // The symbol behind the vocabulary stands for what is unknown.
            let known = symbols.get(step - 1).filter(|id| (**id as usize) < vocabulary.len());
            Some(known.map_or(String::new(), |id| vocabulary.show(*id)))
        }
        _ => None,
    };
    model.classifier.features(&cpu, &items, &chosen, &mut |found| {
        let item = &items[found.item];
        let what = |step: usize| symbol(item, step);
        rows.extend(pooled(args.pool, std::slice::from_ref(&item.name), &found.states, found.steps, hidden, &what));
    });
    features::write(&["item"], vocabulary.as_ref().map(|_| "symbol"), &rows, args, console)
}

/// Whether `check` is asked about labelled items.
pub fn is_about_items(path: &Path, args: &ItemArgs) -> bool {
    *args != ItemArgs::default() || read::looks_like_items(path)
}

/// What items of a place are, for `gatewise check`.
pub fn check(path: &Path, table: &TableArgs, args: &ItemArgs, console: Console) -> anyhow::Result<ExitCode> {
    // Several columns are targets, of which no item may lack some.
    let several = args.label_column.as_ref().is_some_and(|given| given.contains(','));
    let options = args.options(table, ItemOptions { unlabelled: !several, several, ..ItemOptions::default() });
    let mut set = read::read(path, None, &options, console)?;
    spell(&mut set, Normal::Nfc);
    let targets = &set.known.targets;
    let labels = if targets.is_empty() { labels(&set.items) } else { Vec::new() };
    console.event(&json!({"event": "check", "path": set.path, "usable": true, "form": set.form.describe(), "items": set.items.len(), "channels": set.channels, "labels": labels, "targets": targets}));
    if !console.json() {
        console.print(&as_flags(&report::describe(&set, &labels)))?;
    }
    Ok(ExitCode::SUCCESS)
}
