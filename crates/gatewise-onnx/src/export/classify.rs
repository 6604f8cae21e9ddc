//! Classifiers and regressors: items in, probabilities of classes or values out.

use gatewise::classify::{Answer, ClassifierModel, ClassifyConfig, Normalize, SimpleMethod};

use super::graph::{Dim, Graph, Numbers, Value};
use super::network::{Inputs, Read, network, softmax};
use super::recurrent::States;
use super::{About, ExportError, Exported, LeftOut, TEXTS, finished, items, states};
use crate::proto::data_type;

/// A classifier or regressor as a graph: its network, with the scaling of what it reads and the temperature of what it says. A simple method beside the network is left
/// out.
///
/// # Errors
/// [`ExportError::TooLarge`].
pub fn classifier(model: &ClassifierModel) -> Result<Exported, ExportError> {
    let config = model.classifier.config();
    let network_of = model.classifier.model();
    let sizes = network_of.config();
    let mut g = Graph::default();
    // Items whose every step has an answer may come in parts; a scale of the whole item cannot.
    let own_scale = config.numbers.as_ref().is_some_and(|numbers| numbers.normalize == Normalize::Item);
    let goes_on = config.each_step && !sizes.bidirectional && !own_scale;
    let items = Items::new(&mut g, model, goes_on);
    let first = goes_on.then(|| {
        g.part("input");
        let batch = g.shape(items.read.steps(), 0, 1);
        states::first(&mut g, sizes, None, &batch)
    });
    let inputs = Inputs { read: &items.read, lengths: Some(&items.lengths), window: None, states: first.as_ref() };
    let answer = network(&mut g, network_of, "", &inputs);
    said(&mut g, config, &answer.outputs);
    after(&mut g, model, &items, answer.states.as_ref());
    let doc = match config.answer {
        Answer::Classes { .. } => "A classifier of Gatewise: items in, the probability of each class out.",
        Answer::Value { .. } | Answer::Values { .. } => "A regressor of Gatewise: items in, values out.",
    };
    finished(g, config.task(), doc, about(model), left_out(model))
}

/// Items as the network reads them.
struct Items {
    read: Read,
    lengths: Value,
    /// The last row of each item, where others may follow it.
    last: Option<Value>,
}

impl Items {
    fn new(g: &mut Graph, model: &ClassifierModel, goes_on: bool) -> Self {
        let config = model.classifier.config();
        if let Some(numbers) = &config.numbers {
            let steps = items::steps(g, numbers, &model.spec.level, &model.spec.channels, goes_on);
            return Self { read: Read::Features(steps.features), lengths: steps.lengths, last: steps.last };
        }
        let count = config.symbols.as_ref().map_or(1, |symbols| symbols.symbols);
        let doc = format!(
            "Symbols of each text by the vocabulary of gatewise.vocabulary, from 0 on; an empty text is the one symbol {}: (batch, time).",
            count - 1
        );
        let symbols = g.input("symbols", data_type::INT64, &[Dim::Free("batch"), Dim::Free("time")], &doc);
        g.part("input");
        let lengths = states::lengths(g, &symbols, "Symbols");
        Self { read: Read::Symbols(symbols), lengths, last: None }
    }
}

/// What raw outputs mean, as the output of the graph.
fn said(g: &mut Graph, config: &ClassifyConfig, raw: &Value) {
    g.part("output");
    let count = config.outputs();
    let shape: Vec<Dim> = match config.each_step {
        true => vec![Dim::Free("batch"), Dim::Free("time"), Dim::Fixed(count)],
        false => vec![Dim::Free("batch"), Dim::Fixed(count)],
    };
    let axes = if config.each_step { "(batch, time, " } else { "(batch, " };
    if let Answer::Classes { temperature, .. } = &config.answer {
        let temperature = g.f64(*temperature);
        let wide = g.double(raw);
        let scores = g.div(&wide, &temperature);
        let scores = g.single(&scores);
        let probabilities = softmax(g, &scores);
        let doc = format!("Probability of each class, in the order of gatewise.labels: {axes}classes).");
        return g.output(&probabilities, "probabilities", data_type::FLOAT, &shape, &doc);
    }
    let (centers, spreads): (Vec<f64>, Vec<f64>) = config.answer.scales().into_iter().unzip();
    let (center, spread) = (g.constant(Numbers::f64(&[count], &centers)), g.constant(Numbers::f64(&[count], &spreads)));
    let wide = g.double(raw);
    let value = g.mul(&wide, &spread);
    let value = g.add(&value, &center);
    let doc = format!("Values, in the order of gatewise.targets: {axes}targets).");
    g.output(&value, "values", data_type::DOUBLE, &shape, &doc);
}

/// What another call goes on with.
fn after(g: &mut Graph, model: &ClassifierModel, items: &Items, last: Option<&States>) {
    states::last(g, model.classifier.model().config(), last);
    if let Some(row) = &items.last {
        let shape = [Dim::Free("batch"), Dim::Fixed(1), Dim::Fixed(model.classifier.config().channels())];
        g.output(
            row,
            "last",
            data_type::FLOAT,
            &shape,
            "The last row of each item, scaled, to go on with as `previous`: (batch, 1, channels).",
        );
    }
}

fn about(model: &ClassifierModel) -> About {
    let config = model.classifier.config();
    let mut about = About::default();
    match &config.answer {
        Answer::Classes { labels, temperature } => {
            about.json("labels", labels.clone());
            about.json("temperature", *temperature);
        }
        Answer::Value { .. } => about.json("targets", vec!["value"]),
        Answer::Values { names, .. } => about.json("targets", names.clone()),
    }
    about.json("each_step", config.each_step);
    if config.numbers.is_some() {
        about.json("columns", model.spec.channels.clone());
    }
    if let Some(text) = &model.spec.text {
        let unit = serde_json::to_value(text.unit).unwrap_or_default();
        about.text("unit", unit.as_str().unwrap_or_default());
        let normal = serde_json::to_value(model.spec.normalize_unicode).unwrap_or_default();
        about.text("normalize_unicode", normal.as_str().unwrap_or_default());
        about.json("vocabulary", text.vocabulary.clone());
    }
    if let Some(media) = model.spec.media.as_ref().and_then(|media| serde_json::to_value(media).ok()) {
        about.json("media", media);
    }
    about
}

/// What an answer of the model has and the graph has not.
fn left_out(model: &ClassifierModel) -> LeftOut {
    let others = model.classifier.beside().map(|beside| {
        let simple = match beside.simple {
            SimpleMethod::Rocket(_) => "MiniRocket",
            SimpleMethod::Ngrams(_) => "n-grams",
        };
        format!(
            "The model's answer is the network's at {:.0} % and that of {simple} for the rest: the graph has the network's. A model trained with \
             ⦃combine⦄ network is exported whole.",
            100.0 * beside.network
        )
    });
    let texts = model.spec.text.as_ref().map(|_| TEXTS);
    let media = model.spec.media.as_ref().map(|_| "Files of sound and video become features outside of the graph, as its metadata say.");
    LeftOut { others, rest: texts.into_iter().chain(media).map(str::to_owned).collect() }
}
