//! What a walk found: the sequence column by column, each network opened over it, and what was measured beside.

use gatewise_kernels::Cell;
use serde::Serialize;

use super::column::Column;
use super::network::Trace;
use super::similar::Similar;
use super::telling::Telling;

/// How many answers a network gives to how many inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// A sequence in, one answer out: classes, and forecasts.
    ManyToOne,
    /// An answer at every step: what comes next in a text.
    ManyToMany,
}

/// A walk over one sequence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Walk {
    /// The task of the networks: "language", "memory", "forecast", "classify", "regress".
    pub task: &'static str,
    /// What they do.
    pub form: Form,
    /// What a step reads: "character", "byte", "word", "token", "subword", "letter", "row", "frame".
    pub unit: &'static str,
    /// Where the sequence was taken from.
    pub source: Source,
    /// What was left out, guessed or made up, in sentences.
    pub notes: Vec<String>,
    /// Whether the networks were trained for this walk.
    pub trained_here: bool,
    /// The sequence as a reader sees it.
    pub columns: Vec<Column>,
    /// Steps T.
    pub steps: usize,
    /// The first step that reads a full stop.
    pub stop: Option<usize>,
    /// The networks, opened over the sequence.
    pub networks: Vec<Network>,
    /// What the units say over a longer stretch of the text.
    pub memory: Option<Stretch>,
    /// Trainings side by side, with clipping or without, from other forget biases.
    pub runs: Vec<super::lesson::Run>,
    /// A word asked for after a distance.
    pub recall: Option<Recall>,
    /// Rows of a table and what a forecast makes of them.
    pub series: Option<Series>,
}

/// Where a sequence was taken from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// A file's name, or "text".
    pub name: String,
    /// Steps of all the data.
    pub total: usize,
    /// The first of those shown.
    pub from: usize,
    /// One behind the last of those shown.
    pub to: usize,
    /// "ltr" or "rtl".
    pub direction: &'static str,
}

/// A network of the walk.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Network {
    /// Short name: "rnn", "gru", "lstm", "model".
    pub name: String,
    /// All parameters.
    pub parameters: usize,
    /// Hidden units of a layer.
    pub hidden: usize,
    /// Layers.
    pub layers: usize,
    /// Whether it reads from both ends.
    pub bidirectional: bool,
    /// Everything it computed.
    #[serde(flatten)]
    pub trace: Trace,
    /// What it answers.
    pub answers: Vec<Answer>,
}

/// What a network says after a step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// The step.
    pub step: usize,
    /// The most probable words or classes with their probabilities, the likeliest first.
    pub top: Vec<(String, f64)>,
    /// What is right, where that is known.
    pub truth: Option<String>,
    /// The probability of what is right.
    pub p: Option<f64>,
    /// A number, of networks that answer with one.
    pub value: Option<f64>,
}

/// A longer stretch of text with the state after each symbol.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stretch {
    /// The network whose states they are.
    pub network: String,
    /// The symbols, N of them.
    pub text: Vec<String>,
    /// The first of them, counted in the source.
    pub from: usize,
    /// Layers with the units shown: (N, U) each.
    pub parts: Vec<StretchPart>,
    /// What the units say, on the whole of what was studied.
    pub properties: Vec<Told>,
    /// Where else the state was like at a step of the walk.
    pub similar: Vec<Alike>,
}

/// The states of a layer's units over a stretch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StretchPart {
    /// Layer, from 0.
    pub layer: usize,
    /// "c" or "h".
    pub state: &'static str,
    /// The units, U of them.
    pub units: Vec<usize>,
    /// (N, U).
    pub values: Vec<f32>,
}

/// A property, who tells it, and where it holds in the stretch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Told {
    /// What was found.
    #[serde(flatten)]
    pub telling: Telling,
    /// Whether it holds after each symbol of the stretch: (N).
    pub labels: Vec<bool>,
}

/// Places that are like a step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alike {
    /// The step of the walk.
    pub step: usize,
    /// The places, the likest first.
    pub places: Vec<Context>,
}

/// A place in the text with what stands around it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Context {
    /// Symbol, counted in the source, and how alike it is.
    #[serde(flatten)]
    pub place: Similar,
    /// The text before.
    pub before: String,
    /// The symbol.
    pub text: String,
    /// The text behind.
    pub after: String,
}

/// A word asked for after a distance, by networks trained alike.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recall {
    /// The word that must be remembered.
    pub key: String,
    /// The word that is right.
    pub answer: String,
    /// The probability of a guess.
    pub chance: f64,
    /// What was made up, in sentences.
    pub made_up: Vec<String>,
    /// What distances are counted in: "words".
    pub gap_unit: &'static str,
    /// Distances.
    pub distances: Vec<usize>,
    /// Scores of each network at each distance, on sentences it has not seen.
    pub networks: Vec<Recalled>,
    /// Scores at the same distances of networks that were trained on sentences without filler alone.
    pub short_networks: Vec<Recalled>,
    /// The sentence that is shown, read by these.
    pub sentence: Sentence,
}

/// A network's scores by distance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recalled {
    /// Which.
    pub name: String,
    /// Share of sentences whose most probable word is the right one.
    pub accuracy: Vec<f64>,
    /// Mean probability of the right word.
    pub probability: Vec<f64>,
}

/// A sentence, word by word.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sentence {
    /// Its words.
    pub words: Vec<String>,
    /// Place of the key.
    pub key_at: usize,
    /// Place of the answer.
    pub answer_at: usize,
    /// For each network the probability of the right word if the filler ended after each word.
    pub by_word: Vec<ByWord>,
}

/// A network over a sentence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ByWord {
    /// Which.
    pub name: String,
    /// After each word from the key to the answer, and at the answer; no number before the key.
    pub p: Vec<f64>,
    /// The word after which the probability, as a mean over all keys, stays low for good; none where it holds.
    pub lets_go: Option<usize>,
}

/// Rows of a table and what a forecast makes of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Series {
    /// The target.
    pub target: String,
    /// Time of each row that the forecast reads: (R).
    pub times: Vec<String>,
    /// Values of those rows: (R).
    pub values: Vec<f32>,
    /// Times forecast.
    pub horizon: Vec<String>,
    /// The forecast of the last network.
    pub forecast: Vec<f32>,
    /// What each network makes of the rows.
    pub networks: Vec<RowUse>,
    /// Mean gates by a position of the calendar or of the season.
    pub groups: Vec<Group>,
}

/// How much a forecast hangs on each row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowUse {
    /// Which network.
    pub name: String,
    /// |∂ mean of the forecast / ∂ row|, by all paths: (R).
    pub by_row: Vec<f32>,
    /// That by the linear path alone: (R), or empty.
    pub linear: Vec<f32>,
}

/// Mean gates of the steps that share a weekday, an hour or a place in the season.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// "weekday", "hour", "month", "season".
    pub name: &'static str,
    /// The places.
    pub labels: Vec<String>,
    /// Which network.
    pub network: String,
    /// Each gate with its mean at each place.
    pub gates: Vec<(&'static str, Vec<f64>)>,
}

impl Network {
    /// A network opened; its answers are added by the task.
    pub fn new(name: &str, model: &crate::model::Model<f32>, trace: Trace, answers: Vec<Answer>) -> Self {
        let config = model.config();
        Self {
            name: name.to_owned(),
            parameters: model.params().values.len(),
            hidden: config.hidden,
            layers: config.layers,
            bidirectional: config.bidirectional,
            trace,
            answers,
        }
    }

    /// The cell of its first layer.
    pub fn cell(&self) -> Option<Cell> {
        self.trace.parts.first().map(|part| part.cell)
    }
}
