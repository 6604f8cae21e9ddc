//! Models of tasks as graphs: what goes in and out, what is said of what is left out, and what is refused.

use gatewise::classify::{Answer, Classifier, ClassifierModel, ClassifyConfig, ItemSpec, Normalize as ItemScale, Numbers, SymbolInput};
use gatewise::data::items::ItemOptions;
use gatewise::detect::{DetectConfig, Fleet, FleetConfig, Reading};
use gatewise::forecast::{Channels, ForecastConfig, Forecaster, Network, Normalize, Outliers, Scales};
use gatewise::loss::Loss;
use gatewise::model::Model;
use gatewise::task::classify;
use gatewise::task::language::{LanguageConfig, LanguageModel, Unit, Vocabulary};
use gatewise::{Cell, Error, Kind};
use gatewise_onnx::export::{ExportError, Exported, Port, classifier, detector, forecaster, language_model};
use serde_json::{Value, json};

use super::networks::built;
use super::sound;

/// Names and shapes of ports; what need not be fed has a mark.
fn shown(ports: Vec<Port>) -> Vec<String> {
    ports.iter().map(|port| format!("{}{} ({})", port.name, if port.optional { "*" } else { "" }, port.shape.join(", "))).collect()
}

fn about(exported: &Exported, key: &str) -> Option<String> {
    let key = format!("gatewise.{key}");
    let found = exported.model().metadata_props.iter().find(|entry| entry.key.as_ref() == Some(&key));
    found.and_then(|entry| entry.value.clone())
}

fn forecast_config() -> ForecastConfig {
    ForecastConfig {
        horizon: 3,
        lookback: 8,
        segment: 4,
        season: 4,
        longer_seasons: Vec::new(),
        stride: 1,
        channels: Channels::Independent,
        normalize: Normalize::Window,
        log: false,
        nonnegative: false,
        outliers: Outliers::Keep,
        targets: 2,
        covariates: 1,
        mask: false,
        limits: Vec::new(),
        quantiles: vec![0.1, 0.5, 0.9],
        loss: Loss::Quantile { levels: vec![0.1, 0.5, 0.9] },
        network: Network { cell: Cell::Gru, hidden: 4, layers: 1, dropout: 0.0, layer_norm: false, skip: true },
    }
}

fn forecaster_of(config: &ForecastConfig, ids: &[&str], members: usize) -> Forecaster {
    let scale = json!({"center": 10.0, "spread": 2.0});
    let scales: serde_json::Map<String, Value> = ids.iter().map(|id| ((*id).to_owned(), json!([scale, scale, scale]))).collect();
    let scales: Scales = serde_json::from_value(Value::Object(scales)).unwrap();
    let members = (0..members).map(|_| built(&config.model())).collect();
    Forecaster::new(config.clone(), scales, members).unwrap()
}

#[test]
fn forecasters_of_every_kind_are_sound_graphs() {
    let base = forecast_config();
    let mut count = 0;
    for channels in [Channels::Independent, Channels::Joint] {
        for normalize in [Normalize::Window, Normalize::Series, Normalize::None] {
            for loss in [Loss::Mse, Loss::Gaussian, Loss::StudentT, base.loss.clone()] {
                for (skip, log, segment) in [(true, true, 4), (false, false, 1)] {
                    let network = Network { skip, ..base.network.clone() };
                    let quantiles = if loss == Loss::Mse { Vec::new() } else { vec![0.1, 0.3, 0.9] };
                    let config = ForecastConfig {
                        channels,
                        normalize,
                        log,
                        nonnegative: log,
                        segment,
                        quantiles,
                        loss: loss.clone(),
                        network,
                        ..base.clone()
                    };
                    let model = forecaster_of(&config, &[""], 2);
                    let exported = forecaster(&model, &Value::Null).unwrap();
                    sound::check(exported.model());
                    assert_eq!(exported.to_bytes(), forecaster(&model, &Value::Null).unwrap().to_bytes());
                    assert_eq!(exported.outputs().len(), if loss == Loss::Mse { 1 } else { 2 });
                    count += 1;
                }
            }
        }
    }
    assert_eq!(count, 48);
}

#[test]
fn a_forecaster_names_its_series_where_there_are_several() {
    let config = forecast_config();
    let one = forecaster(&forecaster_of(&config, &[""], 1), &Value::Null).unwrap();
    assert_eq!(shown(one.inputs()), ["rows (batch, rows, 3)", "series* (series_batch)"]);
    assert_eq!(shown(one.outputs()), ["point (batch, 3, 2)", "quantiles (batch, 3, 2, 3)"]);
    let two = forecaster(&forecaster_of(&config, &["b", "a"], 1), &Value::Null).unwrap();
    assert_eq!(shown(two.inputs()), ["rows (batch, rows, 3)", "series (series_batch)"]);
    assert_eq!(about(&two, "series").as_deref(), Some(r#"["a","b"]"#));
    assert_eq!(about(&two, "quantiles").as_deref(), Some("[0.1,0.5,0.9]"));
    assert_eq!(about(&two, "columns").as_deref(), Some(r#"["1","2","3"]"#));
    // Nothing is asked that nothing hangs on.
    let plain = ForecastConfig { normalize: Normalize::None, ..config };
    let plain = forecaster(&forecaster_of(&plain, &["b", "a"], 1), &Value::Null).unwrap();
    assert_eq!(shown(plain.inputs()), ["rows (batch, rows, 3)"]);
}

#[test]
fn a_forecaster_without_a_network_is_refused_with_a_way_out() {
    let error = forecaster(&forecaster_of(&forecast_config(), &[""], 0), &Value::Null).unwrap_err();
    assert_eq!(error, ExportError::NoNetwork);
    let error = Error::from(error);
    assert_eq!(error.kind(), Kind::Data);
    assert!(error.remedy().unwrap().contains("⦃combine⦄ network"), "{error}");
}

/// A classifier around a network that its configuration asks for.
fn classifier_of(config: ClassifyConfig, level: Vec<f64>) -> Exported {
    let model = built(&config.model());
    let channels = (0..config.channels()).map(|k| format!("x{k}")).collect();
    let spec = ItemSpec {
        read: ItemOptions::default(),
        channels,
        level,
        class_counts: Vec::new(),
        normalize_unicode: Default::default(),
        text: None,
        media: None,
    };
    let model = ClassifierModel::new(Classifier::new(config, model).unwrap(), spec).unwrap();
    let exported = classifier(&model).unwrap();
    sound::check(exported.model());
    exported
}

fn classify_config(each_step: bool, numbers: Option<Numbers>) -> ClassifyConfig {
    let labels = ["a", "b"].map(str::to_owned).to_vec();
    ClassifyConfig {
        answer: Answer::Classes { labels, temperature: 1.5 },
        symbols: if numbers.is_none() { Some(SymbolInput { symbols: 5 }) } else { None },
        numbers,
        each_step,
        loss: Loss::CrossEntropy { classes: 2, weights: Vec::new(), label_smoothing: 0.0 },
        network: classify::Network::new(Cell::Lstm, 4),
    }
}

fn numbers(normalize: ItemScale, change: bool, segment: usize) -> Numbers {
    Numbers { normalize, center: vec![1.0; 2], spread: vec![2.0; 2], change: if change { vec![0.5; 2] } else { Vec::new() }, segment }
}

#[test]
fn classifiers_take_items_of_any_length() {
    let exported = classifier_of(classify_config(false, Some(numbers(ItemScale::Channel, true, 3))), Vec::new());
    assert_eq!(shown(exported.inputs()), ["numbers (batch, time, 2)", "lengths* (lengths_batch)"]);
    assert_eq!(shown(exported.outputs()), ["probabilities (batch, 2)"]);
    assert_eq!(about(&exported, "labels").as_deref(), Some(r#"["a","b"]"#));
    let texts = classifier_of(classify_config(false, None), Vec::new());
    assert_eq!(shown(texts.inputs()), ["symbols (batch, time)", "lengths* (lengths_batch)"]);
    // A level that single precision would lose is taken off in double.
    let high = classifier_of(classify_config(false, Some(numbers(ItemScale::Item, false, 1))), vec![2e7, 0.0]);
    assert_eq!(high.inputs()[0].kind, "float64");
}

#[test]
fn a_label_a_step_may_come_in_parts() {
    let carried = |config: ClassifyConfig| {
        let exported = classifier_of(config, Vec::new());
        shown(exported.inputs().into_iter().filter(|port| port.optional && port.name != "lengths").collect())
    };
    let plain = classify_config(true, Some(numbers(ItemScale::Channel, false, 1)));
    let states = ["h0* (1, state_batch, 4)", "c0* (1, state_batch, 4)"];
    assert_eq!(carried(plain.clone()), states);
    let changes = classify_config(true, Some(numbers(ItemScale::Channel, true, 1)));
    assert_eq!(carried(changes), ["previous* (previous_batch, 1, 2)", states[0], states[1]]);
    // Where an answer hangs on what is still to come there is nothing to carry.
    let both = classify::Network { bidirectional: true, ..plain.network.clone() };
    assert!(carried(ClassifyConfig { network: both, ..plain }).is_empty());
    assert!(carried(classify_config(true, Some(numbers(ItemScale::Item, false, 1)))).is_empty());
}

#[test]
fn a_language_model_carries_its_states() {
    let vocabulary = Vocabulary::from_json(Unit::Char, &json!("abc ")).unwrap();
    let config = LanguageConfig { hidden: 4, layers: 2, embedding: 4, tied: true, ..LanguageConfig::default() };
    let model = LanguageModel::new(Model::new(&config.model(4), 1).unwrap(), vocabulary).unwrap();
    let exported = language_model(&model).unwrap();
    sound::check(exported.model());
    assert_eq!(shown(exported.inputs()), ["symbols (batch, time)", "h0* (2, state_batch, 4)", "c0* (2, state_batch, 4)"]);
    assert_eq!(shown(exported.outputs()), ["logits (batch, time, 4)", "hn (2, batch, 4)", "cn (2, batch, 4)"]);
    assert_eq!(about(&exported, "vocabulary").as_deref(), Some("\"abc \""));
    // The table of a tied model stands in the file once.
    let graph = exported.model().graph.as_ref().unwrap();
    assert!(graph.initializer.iter().all(|tensor| tensor.name.as_deref() != Some("head.weight")));
}

fn fleet(names: &[&str], values: &[f64]) -> Fleet {
    let config = DetectConfig { hidden: 4, seasons: vec![5], effort: 0.0, ..DetectConfig::new(2) };
    let mut fleet = Fleet::new(&FleetConfig { counters: vec![1], ..FleetConfig::new(config) }).unwrap();
    for name in names {
        let series = fleet.series(name).unwrap();
        for (row, value) in values.iter().enumerate() {
            let reading = Reading { time: None, values: &[*value, row as f64], states: &[], ignored: false, known_hole: false };
            fleet.push(series, &reading).unwrap();
        }
    }
    fleet
}

#[test]
fn a_detector_goes_on_where_it_stands() {
    let exported = detector(&fleet(&[""], &[3.0, 4.0, 5.0]), &json!({"channels": ["load", "errors"]}), None).unwrap();
    sound::check(exported.model());
    let optional = ["history* (history_batch, 5, 2)", "h0* (1, state_batch, 4)", "c0* (1, state_batch, 4)"];
    assert_eq!(shown(exported.inputs())[0], "rows (batch, time, 2)");
    assert_eq!(shown(exported.inputs())[1..], optional);
    assert_eq!(about(&exported, "columns").as_deref(), Some(r#"["load","errors"]"#));
    assert!(exported.left_out().any(|sentence| sentence.contains("what counts: errors")), "{:?}", exported.left_out().collect::<Vec<_>>());
    assert!(exported.others().is_none());
}

#[test]
fn a_detector_of_several_series_has_a_graph_for_each() {
    let several = fleet(&["a", "b"], &[3.0, 4.0]);
    let names = || vec!["a".to_owned(), "b".to_owned()];
    assert_eq!(detector(&several, &Value::Null, None).unwrap_err(), ExportError::SeveralSeries { names: names() });
    let unknown = ExportError::NoSuchSeries { name: "c".to_owned(), names: names() };
    assert_eq!(detector(&several, &Value::Null, Some("c")).unwrap_err(), unknown);
    assert_eq!(about(&detector(&several, &Value::Null, Some("b")).unwrap(), "series").as_deref(), Some(r#"["b"]"#));
    assert!(matches!(detector(&fleet(&[""], &[3.0]), &Value::Null, Some("a")), Err(ExportError::NoSeries { .. })));
    let unseen = detector(&fleet(&[""], &[f64::NAN]), &json!({"channels": ["load", "errors"]}), None).unwrap_err();
    assert_eq!(unseen, ExportError::Unseen { channel: "load".to_owned() });
    for error in [unseen, unknown] {
        assert!(Error::from(error).remedy().is_some_and(|remedy| !remedy.is_empty()));
    }
    let states = Fleet::new(&FleetConfig { states: 1, ..FleetConfig::new(DetectConfig::new(0)) }).unwrap();
    assert_eq!(detector(&states, &Value::Null, None).unwrap_err(), ExportError::NoNumbers);
}
