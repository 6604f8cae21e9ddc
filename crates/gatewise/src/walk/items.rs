//! The walk of a classifier or regressor over one of its items: rows of numbers, symbols of a text, frames of sound or video.

use gatewise_kernels::Cpu;

use super::column::{Column, columns as columns_of, is_right_to_left};
use super::network::{Extent, Trace};
use super::record::{Answer, Form, Network, Source, Walk};
use super::text::{Shown, unit_of};
use super::windows::answers;
use crate::batch::{Batch, Source as _};
use crate::error::Error;
use crate::loss::Loss;
use crate::task::classify::{Answer as ClassAnswer, ClassifierModel, Examples, Item, Steps, Target};
use crate::task::language::{Spans, Vocabulary};

/// A walk over item `shown.from` of `items`, the first unless another is asked for. `name` is that of the data.
///
/// # Errors
/// No such item, or a network that reads pictures through convolutions.
pub fn walk_item(cpu: &Cpu, model: &ClassifierModel, items: &[Item], name: &str, shown: Shown) -> Result<Walk, Error> {
    let (classifier, config) = (&model.classifier, model.classifier.config());
    if config.network.encoder.is_some() {
        return Err(Error::usage("the network reads pictures through convolutions, whose steps are not opened")
            .help("give a model of numbers, text or sound"));
    }
    let place = shown.from.unwrap_or(0);
    let Some(item) = items.get(place) else {
        let error = Error::usage(format!("{name}: there is no item {place} among {}", items.len()));
        return Err(error.help(format!("⦃from⦄ {} at most", items.len().saturating_sub(1))));
    };
    let mut notes = vec![format!("Item {place} of {} is shown, {}.", items.len(), item.name)];
    if classifier.beside().is_some() {
        notes.push("A method beside the network has a say in its answers; the walk shows the network alone.".to_owned());
    }
    if config.network.branch.is_some() {
        notes.push("Convolutions beside the recurrent layers reach back on their own; the walk shows the recurrent layers.".to_owned());
    }
    let (item, all) = shortened(item, config.numbers.as_ref().map(|n| (n.channels(), n.segment)), shown.steps);
    let (one, chosen) = ([item], [0]);
    let mut batch = Batch::default();
    Examples::new(config, &one, &chosen).fill(&[0], &mut batch);
    let steps = batch.layout.time();
    if all > steps {
        notes.push(format!("The first {steps} of its {all} steps are read."));
    }
    let network = classifier.model();
    let outputs = network.config().outputs;
    let classes = !config.labels().is_empty();
    let derivative = |row: usize, raw: &[f64]| {
        Some(if classes { slope_of_class(cpu, &config.loss, raw, batch.target.get(row).copied()) } else { first(outputs) })
    };
    let directions = network.config().layers * network.config().directions();
    let trace = Trace::with(cpu, network, &batch, &derivative, &Extent::of_page(steps, directions));
    let labels = config.labels();
    let truth = |row: usize| batch.target.get(row).filter(|t| classes && **t >= 0.0).map(|t| *t as u32);
    let answered = trace.answered.clone();
    let told = if classes {
        let row_of = |step: usize| answered.iter().position(|&a| a == step).unwrap_or(0);
        // Probabilities as the model gives them: calibrated.
        let temperature = if let ClassAnswer::Classes { temperature, .. } = &config.answer { *temperature } else { 1.0 };
        let outputs: Vec<f64> = trace.outputs.iter().map(|raw| raw / temperature).collect();
        answers(&outputs, &answered, &config.loss, &|step| truth(row_of(step)), &|class| labels[class as usize].clone())
    } else {
        let (center, spread) = config.answer.scales().first().copied().unwrap_or((0.0, 1.0));
        let value = trace.outputs.first().map(|raw| center + spread * raw);
        vec![Answer { step: steps - 1, top: Vec::new(), truth: None, p: None, value }]
    };
    let vocabulary = model.vocabulary();
    let columns = columns(&one[0], steps, vocabulary, config.numbers.as_ref().map_or(1, |n| n.segment));
    let text: String = columns.iter().map(|c| c.text.as_str()).collect();
    Ok(Walk {
        task: config.task(),
        form: if config.each_step { Form::ManyToMany } else { Form::ManyToOne },
        unit: if let Some(vocabulary) = vocabulary {
            unit_of(vocabulary)
        } else if model.spec.media.is_some() {
            "frame"
        } else {
            "row"
        },
        source: Source {
            name: name.to_owned(),
            total: all,
            from: 0,
            to: steps,
            direction: if vocabulary.is_some() && is_right_to_left(&text) { "rtl" } else { "ltr" },
        },
        notes,
        trained_here: false,
        columns,
        steps,
        stop: None,
        networks: vec![Network::new(config.network.cell.spec().name, network, trace, told)],
        memory: None,
        runs: Vec::new(),
        recall: None,
        series: None,
    })
}

/// The first steps of an item, and how many it has in all.
fn shortened(item: &Item, rows: Option<(usize, usize)>, most: usize) -> (Item, usize) {
    let (steps, all) = match (&item.steps, rows) {
        (Steps::Numbers(values), Some((channels, segment))) => {
            let kept = (most * segment * channels).min(values.len());
            (Steps::Numbers(values[..kept].to_vec()), (values.len() / channels.max(1)).div_ceil(segment))
        }
        (Steps::Symbols(symbols), _) => (Steps::Symbols(symbols[..most.min(symbols.len())].to_vec()), symbols.len()),
        (steps, None) => (steps.clone(), item.len(1)),
    };
    let target = match &item.target {
        Target::Each(classes) => Target::Each(classes[..classes.len().min(most)].to_vec()),
        target => target.clone(),
    };
    (Item { name: item.name.clone(), steps, text: String::new(), target }, all)
}

/// The derivative of −ln p of a class: of the one that is right, else of the likeliest.
fn slope_of_class(cpu: &Cpu, loss: &Loss, raw: &[f64], target: Option<f32>) -> Vec<f64> {
    let likeliest = || (0..raw.len()).max_by(|&a, &b| raw[a].total_cmp(&raw[b])).unwrap_or(0) as f64;
    let class = target.filter(|t| *t >= 0.0).map_or_else(likeliest, f64::from);
    let mut slope = vec![0.0; raw.len()];
    loss.loss(cpu, raw, &[class], None, &mut slope);
    slope
}

/// The derivative of the first value.
fn first(outputs: usize) -> Vec<f64> {
    let mut slope = vec![0.0; outputs];
    slope[0] = 1.0;
    slope
}

fn columns(item: &Item, steps: usize, vocabulary: Option<&Vocabulary>, segment: usize) -> Vec<Column> {
    if let (Steps::Symbols(symbols), Some(vocabulary)) = (&item.steps, vocabulary)
        && let Some(columns) = of_symbols(symbols, vocabulary)
    {
        return columns;
    }
    let text = |t: usize| match (&item.steps, vocabulary) {
        (Steps::Symbols(symbols), Some(vocabulary)) => match symbols.get(t) {
            Some(&id) if (id as usize) < vocabulary.len() => (vocabulary.show(id), true),
            _ => ("�".to_owned(), false),
        },
        _ => ((t * segment + 1).to_string(), true),
    };
    let column = |t: usize| {
        let (text, known) = text(t);
        Column { text, first: Some(t), last: Some(t), known, label: None }
    };
    (0..steps).map(column).collect()
}

/// Columns of a text of which the symbols are left: a grapheme each. None where they do not spell whole characters.
fn of_symbols(symbols: &[u32], vocabulary: &Vocabulary) -> Option<Vec<Column>> {
    const UNKNOWN: &str = "�";
    let (mut bytes, mut places) = (Vec::new(), Vec::new());
    for &id in symbols {
        let start = bytes.len();
        // The symbol behind the vocabulary stands for what is unknown.
        let is_known = (id as usize) < vocabulary.len() && vocabulary.rare() != Some(id);
        bytes.extend_from_slice(if is_known { vocabulary.bytes_of(id) } else { UNKNOWN.as_bytes() });
        places.push(start..bytes.len());
    }
    let text = String::from_utf8(bytes).ok()?;
    let mut columns = columns_of(&text, &Spans { ids: vec![u32::MAX; symbols.len()], places, ..Spans::default() }, vocabulary);
    columns.iter_mut().for_each(|column| column.known = column.text != UNKNOWN);
    Some(columns)
}
