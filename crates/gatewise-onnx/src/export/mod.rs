//! Models as graphs of ONNX: scaling, networks and what their outputs mean in one file, with what is left out said beside it.
//!
//! The graph of a model gives what its networks answer; what stands beside them, such as simple methods, is left out, and [`Exported::left_out`] names
//! it. Batch and time are of any length. Inputs that may be left out have a usual value in the graph. The same model gives the same bytes.

mod classify;
mod convolutions;
mod detect;
mod distribution;
mod effects;
mod error;
mod forecast;
mod graph;
mod items;
mod language;
mod network;
mod ops;
mod plain;
mod readout;
mod recurrent;
mod scale;
mod scan;
mod series;
mod states;
mod window;

use std::collections::BTreeMap;

use gatewise::format::ModelFile;
use gatewise::{AnyModel, Error};
use prost::Message;
use serde_json::Value as Json;

pub use classify::classifier;
pub use detect::detector;
pub use error::ExportError;
pub use forecast::forecaster;
pub use language::language_model;
pub use plain::plain_network;

use crate::proto::{DimensionValue, ModelProto, OperatorSetIdProto, StringStringEntryProto, ValueInfoProto, data_type};
use graph::Graph;

/// Version of ONNX's operators that graphs are made of: of 2022, the first with layer norm.
pub const OPSET: i64 = 17;
/// Version of the format that came with it.
const IR: i64 = 8;
/// Bytes that a message of protobuf may have, with room for all but weights.
const MOST_BYTES: u64 = (1 << 31) - (1 << 24);

/// What is said of every model of texts.
const TEXTS: &str = "A text becomes symbols outside of the graph, by the vocabulary in its metadata.";

/// A model as a graph.
#[derive(Clone, Debug)]
pub struct Exported {
    model: ModelProto,
    task: String,
    left_out: LeftOut,
}

/// What of a model's answers does not stand in its graph, a sentence each.
#[derive(Clone, Debug, Default)]
struct LeftOut {
    /// Who else answers, where the model's answer is another one than the graph's.
    others: Option<String>,
    /// All else.
    rest: Vec<String>,
}

/// An input or output of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// The name.
    pub name: String,
    /// The kind of number: "float32", "float64" or "int64".
    pub kind: &'static str,
    /// Lengths of its axes; a name is any length.
    pub shape: Vec<String>,
    /// What it is.
    pub about: String,
    /// Whether it need not be fed.
    pub optional: bool,
}

impl Exported {
    /// The file's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.model.encode_to_vec()
    }

    /// The messages of the file.
    pub fn model(&self) -> &ModelProto {
        &self.model
    }

    /// The task of the model: "forecast", "classify", "regress", "language", "detect" or "network".
    pub fn task(&self) -> &str {
        &self.task
    }

    /// What of the model's answers does not stand in the graph, a sentence each.
    pub fn left_out(&self) -> impl Iterator<Item = &str> {
        self.left_out.others.iter().chain(&self.left_out.rest).map(String::as_str)
    }

    /// Who answers beside the network, where the model's answer is another one than the graph's: the first of [`left_out`](Self::left_out).
    pub fn others(&self) -> Option<&str> {
        self.left_out.others.as_deref()
    }

    /// What goes in.
    pub fn inputs(&self) -> Vec<Port> {
        let Some(graph) = &self.model.graph else { return Vec::new() };
        let usual = |name: &str| graph.initializer.iter().any(|tensor| tensor.name.as_deref() == Some(name));
        graph.input.iter().map(|info| port(info, usual(info.name.as_deref().unwrap_or_default()))).collect()
    }

    /// What comes out.
    pub fn outputs(&self) -> Vec<Port> {
        self.model.graph.iter().flat_map(|graph| &graph.output).map(|info| port(info, false)).collect()
    }
}

fn port(info: &ValueInfoProto, optional: bool) -> Port {
    let tensor = info.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref());
    let dims = tensor.and_then(|tensor| tensor.shape.as_ref()).map_or(&[][..], |shape| &shape.dim);
    let length = |value: &Option<DimensionValue>| match value {
        Some(DimensionValue::DimValue(length)) => length.to_string(),
        Some(DimensionValue::DimParam(name)) => name.clone(),
        None => "?".to_owned(),
    };
    Port {
        name: info.name.clone().unwrap_or_default(),
        kind: match tensor.and_then(|tensor| tensor.elem_type) {
            Some(data_type::DOUBLE) => "float64",
            Some(data_type::INT64) => "int64",
            _ => "float32",
        },
        shape: dims.iter().map(|dim| length(&dim.value)).collect(),
        about: info.doc_string.clone().unwrap_or_default(),
        optional,
    }
}

/// A model file of whatever task as a graph. `series` names one of those of a detector.
///
/// # Errors
/// A file that is damaged or no model of a task, and what [`ExportError`] says.
pub fn file(file: ModelFile, series: Option<&str>) -> Result<Exported, Error> {
    match file.task().as_str() {
        "prior" => return Err(ExportError::Prior.into()),
        "forecast" | "classify" | "regress" | "language" | "detect" => {}
        task => return Err(ExportError::Task { task: task.to_owned() }.into()),
    }
    Ok(any(&AnyModel::of_file(file)?, series)?)
}

/// A model of whatever task as a graph. `series` names one of those of a detector.
///
/// # Errors
/// What [`ExportError`] says.
pub fn any(model: &AnyModel, series: Option<&str>) -> Result<Exported, ExportError> {
    if let (AnyModel::Detector(fleet, data), series) = (model, series) {
        return detector(fleet, data, series);
    }
    if let Some(name) = series {
        return Err(ExportError::NoSeries { name: name.to_owned() });
    }
    match model {
        AnyModel::Forecaster(model, data) => forecaster(model, data),
        AnyModel::Classifier(model) => classifier(model),
        AnyModel::Language(model) => language_model(model),
        AnyModel::Detector(fleet, data) => detector(fleet, data, None),
    }
}

/// What stands in the file beside the graph: keys behind `gatewise.`, texts as they are and all else as JSON.
#[derive(Debug, Default)]
struct About(BTreeMap<&'static str, String>);

impl About {
    fn text(&mut self, key: &'static str, value: impl Into<String>) {
        self.0.insert(key, value.into());
    }

    fn json(&mut self, key: &'static str, value: impl Into<Json>) {
        self.0.insert(key, value.into().to_string());
    }
}

/// Puts a file together.
fn finished(g: Graph, task: &str, doc: &str, mut about: About, left_out: LeftOut) -> Result<Exported, ExportError> {
    if g.bytes() > MOST_BYTES {
        return Err(ExportError::TooLarge { bytes: g.bytes(), most: MOST_BYTES });
    }
    about.text("task", task);
    about.text("version", env!("CARGO_PKG_VERSION"));
    // Names of settings stand in marks, which each door writes its own way.
    let plain = |sentence: &String| gatewise::data::write_settings(sentence, str::to_owned).into_owned();
    about.json("left_out", left_out.others.iter().chain(&left_out.rest).map(plain).collect::<Vec<_>>());
    let metadata = about.0.into_iter();
    let model = ModelProto {
        ir_version: Some(IR),
        producer_name: Some("gatewise".to_owned()),
        producer_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        doc_string: Some(doc.to_owned()),
        graph: Some(g.finish(task, doc)),
        opset_import: vec![OperatorSetIdProto { domain: Some(String::new()), version: Some(OPSET) }],
        metadata_props: metadata
            .map(|(key, value)| StringStringEntryProto { key: Some(format!("gatewise.{key}")), value: Some(value) })
            .collect(),
        functions: Vec::new(),
    };
    Ok(Exported { model, task: task.to_owned(), left_out })
}
