//! A trained classifier at work: `predict`, `evaluate`, `features`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use gatewise::Precision;
use gatewise::format::ModelFile;
use gatewise::task::classify::{Classifier, Item};
use gatewise::task::language::{Normal, Vocabulary};
use gatewise_data::items::{ItemOptions, Label};
use serde_json::{Map, Value, json};

use super::beside::Alone;
use super::data::{self, ItemSpec};
use super::{describe, kind, media, piped, score};
use crate::args::precision::Chosen;
use crate::args::{DetectorReadArgs, EvaluateArgs, FeaturesArgs, ItemArgs, PredictArgs, TableArgs, WatchArgs};
use crate::commands::cpu;
use crate::failure::Failure;
use crate::features::{self, pooled};
use crate::model::{classifies, open, unreadable};
use crate::run_folder::{deliver, write_atomically};
use crate::talk::Talk;

/// What is answered where no class is probable enough.
pub(super) const REJECTED: &str = "(none)";

/// A classifier with what it knows of its data.
pub struct Loaded {
    pub classifier: Classifier,
    pub spec: ItemSpec,
    vocabulary: Option<Vocabulary>,
}

impl Loaded {
    /// From a model file or a run folder.
    pub fn load(given: &Path) -> Result<Self, Failure> {
        let file = open(given)?;
        if !classifies(&file.task()) {
            return Err(
                Failure::data(format!("{}: no classifier", given.display())).help("give a model that `gatewise train classify` made")
            );
        }
        Self::of(file)
    }

    /// From a model file that was read.
    pub fn of(file: ModelFile) -> Result<Self, Failure> {
        let path = file.path().to_owned();
        let (classifier, spec) = Classifier::of_file(file).map_err(|e| unreadable(e, &path))?;
        let damaged = |e: String| {
            Failure::data(format!("{}: what it says of its items cannot be read: {e}", path.display())).help("train the model anew")
        };
        let mut spec: ItemSpec = serde_json::from_value(spec).map_err(|e| damaged(e.to_string()))?;
        spec.read.known = Some(spec.known());
        let vocabulary = spec.text.as_ref().map(|t| t.symbols(spec.normalize_unicode)).transpose().map_err(|e| damaged(e.to_string()))?;
        Ok(Self { classifier, spec, vocabulary })
    }

    /// Reads items as the model's own were read, where the user does not say otherwise.
    pub fn read(
        &self,
        path: &Path,
        table: &TableArgs,
        args: &ItemArgs,
        labelled: bool,
        threads: Option<usize>,
        talk: Talk,
    ) -> Result<(Vec<Item>, BTreeMap<String, usize>), Failure> {
        let files = self.spec.media.is_some();
        let several = !self.classifier.config().targets().is_empty();
        let base = ItemOptions { unlabelled: !labelled, several, labels: None, files, ..self.spec.read.clone() };
        let options = args.options(table, base);
        let clip = if files && path.as_os_str() == "-" { piped::piped()? } else { piped::Piped::default() };
        let path = clip.path().unwrap_or(path);
        let name = clip.path().map(|_| "<stdin>");
        let mut set = data::read_as(path, name, &options, self.spec.normalize_unicode, talk)?;
        kind::check(&set, &self.spec)?;
        if !labelled && self.classifier.config().labels().is_empty() {
            // A prediction needs no values, and is not refused for those that stand there.
            set.items.iter_mut().for_each(|item| item.label = Label::None);
        }
        if let Some(spec) = &self.spec.media {
            spec.load(&mut set, &options, media::cache(args.cache.as_deref()).as_ref(), threads.unwrap_or(0), talk)?;
        }
        let (ours, theirs) = (self.classifier.config().channels(), set.channels.len());
        if ours != theirs {
            let message = format!("{}: {theirs} channels of numbers, the model reads {ours}", set.path);
            return Err(Failure::data(message).help("--channels says how many take turns in a row; --label-column which column is no step"));
        }
        let shown = set.path.clone();
        let config = self.classifier.config();
        let (items, foreign) = data::items(set, config, &self.spec.level, self.vocabulary.as_ref())?;
        self.classifier.check(&items).map_err(|e| Failure::data(format!("{shown}: {e}")))?;
        if labelled && !foreign.is_empty() {
            let count: usize = foreign.values().sum();
            let named: Vec<String> = foreign.keys().take(5).map(|label| format!("{label:?}")).collect();
            let message = format!("{count} labels are none of the model's: {}", named.join(", "));
            if !items.iter().any(|item| super::known(&item.target)) {
                return Err(Failure::data(format!("{shown}: {message}")).help(format!("the model's are {}", config.labels().join(", "))));
            }
            talk.event(&json!({"event": "note", "path": shown, "message": format!("{message}; they are left out")}));
            talk.say(format!("warning: {message}; they are left out"));
        }
        Ok((items, foreign))
    }
}

/// `gatewise predict` with a classifier.
pub fn predict(mut model: Loaded, args: &PredictArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    let follow = args.watch.follow;
    if args.watch != (WatchArgs { follow, ..WatchArgs::default() }) || args.detector != DetectorReadArgs::default() {
        let message = "--fail-on-anomaly, --save, --false-alarms, --label, --states and --ignore are for detectors; this is a classifier";
        return Err(Failure::usage(message).into());
    }
    model.classifier.set_precision(args.precision.inference(talk));
    if follow {
        return super::follow::run(model, args, talk);
    }
    let cpu = cpu(args.given.threads)?;
    let reject = threshold(args.reject_below)?;
    let (items, _) = model.read(&args.given.data, &args.given.read.table, &args.given.items, false, args.given.threads, talk)?;
    let chosen: Vec<usize> = (0..items.len()).collect();
    let config = model.classifier.config().clone();
    let labels = config.labels();
    let mut columns = vec!["item"];
    if config.each_step {
        columns.push("step");
    }
    let scales = config.answer.scales();
    let targets = config.targets();
    match (labels, targets) {
        ([], []) => columns.push("value"),
        ([], targets) => columns.extend(targets.iter().map(String::as_str)),
        _ => columns.extend(["label", "probability"]),
    }
    if args.all {
        columns.extend(labels.iter().map(String::as_str));
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&columns)?;
    let mut result = Ok(());
    model.classifier.predict(&cpu, &items, &chosen, &mut |opinion| {
        for (t, values) in opinion.values.chunks_exact(config.outputs()).enumerate() {
            let mut row = vec![items[opinion.item].name.clone()];
            if config.each_step {
                row.push((t + 1).to_string());
            }
            row.extend(opinion.exact.iter().zip(&scales).map(|(value, (_, spread))| shown(*value, *spread)));
            if scales.is_empty() {
                let (label, probability) = best(values, labels, reject);
                row.extend([label.to_owned(), probability.to_string()]);
            }
            if args.all {
                row.extend(labels.iter().zip(values).map(|(_, p)| p.to_string()));
            }
            if talk.json() && !targets.is_empty() {
                // In an object of their own, where no name can stand for something else.
                let values: Map<String, Value> = targets.iter().cloned().zip(opinion.exact.iter().map(|v| json!(v))).collect();
                talk.event(&json!({"event": "prediction", "item": items[opinion.item].name, "values": values}));
            } else if talk.json() {
                let value = |cell: &str| cell.parse::<f64>().map_or_else(|_| Value::from(cell), Value::from);
                let texts = ["item", "label"];
                let cells = columns
                    .iter()
                    .zip(&row)
                    .map(|(c, cell)| ((*c).to_owned(), if texts.contains(c) { Value::from(cell.as_str()) } else { value(cell) }));
                talk.event(&Value::Object(Map::from_iter([("event".to_owned(), Value::from("prediction"))].into_iter().chain(cells))));
            }
            if result.is_ok() {
                result = writer.write_record(&row);
            }
        }
    });
    result?;
    let bytes = writer.into_inner().map_err(|e| anyhow::anyhow!("{}", e.error()))?;
    deliver(bytes, args.given.output.as_deref(), &format!("{} answers", items.len()), talk)?;
    Ok(ExitCode::SUCCESS)
}

/// A value to about seven digits of its spread, as many as the network has.
fn shown(value: f64, spread: f64) -> String {
    let digits = (6.0 - spread.abs().log10().floor()).clamp(0.0, 17.0) as usize;
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// The number of a class by its label.
fn class_of(labels: &[String], label: &str) -> Result<usize, Failure> {
    labels.iter().position(|own| own == label).ok_or_else(|| {
        let failure = Failure::usage(format!("--positive {label}: the model has no such class"));
        if labels.is_empty() { failure.help("it predicts values") } else { failure.help(format!("its classes are {}", labels.join(", "))) }
    })
}

pub(super) fn threshold(given: Option<f64>) -> Result<f64, Failure> {
    match given {
        Some(p) if !(0.0..=1.0).contains(&p) => Err(Failure::usage(format!("--reject-below {p}: a probability is from 0 to 1"))),
        given => Ok(given.unwrap_or(0.0)),
    }
}

/// The label to answer with, and the probability of the best one.
pub(super) fn best<'a>(values: &[f32], labels: &'a [String], reject: f64) -> (&'a str, f32) {
    let top = values.iter().enumerate().fold(0, |top, (k, p)| if *p > values[top] { k } else { top });
    let label = if f64::from(values[top]) < reject { REJECTED } else { labels[top].as_str() };
    (label, values[top])
}

/// `gatewise evaluate` with a classifier.
pub fn evaluate(mut model: Loaded, args: &EvaluateArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    if args.rolling || args.history.is_some() || args.test_from.is_some() || args.test_to.is_some() {
        return Err(Failure::usage("--rolling, --history, --test-from and --test-to are for forecasts")
            .help("gatewise evaluate MODEL DATA")
            .into());
    }
    let cpu = cpu(args.given.threads)?;
    let reject = threshold(args.reject_below)?;
    let (items, foreign) = model.read(&args.given.data, &args.given.read.table, &args.given.items, true, args.given.threads, talk)?;
    let chosen: Vec<usize> = (0..items.len()).collect();
    let precision = args.precision.inference(talk);
    let positive = args.positive.as_deref().map(|label| class_of(model.classifier.config().labels(), label)).transpose()?;
    if let Some(p) = args.precision_at {
        let two = model.classifier.config().labels().len() == 2;
        if !(p > 0.0 && p <= 1.0) {
            return Err(Failure::usage(format!("--precision-at {p}: a precision is above 0 and at most 1")).into());
        }
        if positive.is_none() && !two {
            let help = format!("--positive names it: {}", model.classifier.config().labels().join(", "));
            return Err(Failure::usage("--precision-at: of which class?").help(help).into());
        }
    }
    let about = score::About { reject_below: reject, majority: model.spec.majority(), positive, precision_at: args.precision_at, foreign };
    let exact = (precision != Precision::F32).then(|| score::of(&cpu, &mut model.classifier, &items, &chosen, about.clone()));
    model.classifier.set_precision(precision);
    let score = score::of(&cpu, &mut model.classifier, &items, &chosen, about);
    let alone = Alone::of(&cpu, &mut model.classifier, &items, &chosen);
    let mut figures = score.json();
    if let Some(alone) = &alone {
        figures["alone"] = alone.json();
    }
    if talk.json() {
        let mut event = figures.clone();
        event["event"] = "score".into();
        if let Some(exact) = exact {
            event["precision"] = json!(args.precision);
            event["f32"] = exact.json();
        }
        talk.event(&event);
    } else {
        talk.print(&format!("{}\n", score.text(model.classifier.config())))?;
        if let Some(alone) = &alone {
            talk.print(&format!("{}\n", alone.text()))?;
        }
        if let Some(exact) = exact {
            talk.print(&format!("with f32 weights:\n{}\n", exact.text(model.classifier.config())))?;
        }
    }
    if let Some(path) = &args.given.output {
        write_atomically(path, format!("{figures:#}\n").as_bytes())?;
        talk.say(format!("all figures and mistakes in {}", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// `gatewise features` with a classifier.
pub fn features(mut model: Loaded, args: &FeaturesArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    features::check(args, talk)?;
    let cpu = cpu(args.given.threads)?;
    let (items, _) = model.read(&args.given.data, &args.given.read.table, &args.given.items, false, args.given.threads, talk)?;
    let chosen: Vec<usize> = (0..items.len()).collect();
    if model.classifier.beside().is_some() {
        let message = "features are the network's; the answers of `predict` also rest on MiniRocket's, which are left out";
        talk.event(&json!({"event": "note", "message": message}));
        talk.say(format!("note: {message}"));
    }
    if model.classifier.config().network.branch.is_some() {
        let message = "features are those of the recurrent layers; what the convolutions beside them (--fcn) say is left out";
        talk.event(&json!({"event": "note", "message": message}));
        talk.say(format!("note: {message}"));
    }
    let hidden = model.classifier.config().network.hidden;
    let mut rows = Vec::new();
    model.classifier.features(&cpu, &items, &chosen, &mut |found| {
        rows.extend(pooled(args.pool, std::slice::from_ref(&items[found.item].name), &found.states, found.steps, hidden));
    });
    features::write(&["item"], &rows, args, talk)
}

/// Whether `check` is asked about labelled items.
pub fn is_about_items(path: &Path, args: &ItemArgs) -> bool {
    *args != ItemArgs::default() || describe::looks_like_items(path)
}

/// What items of a place are, for `gatewise check`.
pub fn check(path: &Path, table: &TableArgs, args: &ItemArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    // Several columns are targets, of which no item may lack some.
    let several = args.label_column.as_ref().is_some_and(|given| given.contains(','));
    let options = args.options(table, ItemOptions { unlabelled: !several, several, ..ItemOptions::default() });
    let set = data::read(path, &options, Normal::Nfc, talk)?;
    let targets = &set.known.targets;
    let labels = if targets.is_empty() { data::labels(&set.items) } else { Vec::new() };
    talk.event(&json!({"event": "check", "path": set.path, "usable": true, "form": set.form.describe(), "items": set.items.len(), "channels": set.channels, "labels": labels, "targets": targets}));
    if !talk.json() {
        talk.print(&describe::describe(&set, &labels))?;
    }
    Ok(ExitCode::SUCCESS)
}
