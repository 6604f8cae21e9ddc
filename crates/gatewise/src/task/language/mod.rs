//! Language models: what symbol comes next.
//!
//! A [`Vocabulary`] turns text into numbers and back, in the [`Unit`] that is asked for: characters, bytes, words, pieces of words or letters. [`BpttBatches`] reads the numbers as B
//! texts side by side, whose state is carried from one step of training to the next (truncated backpropagation through time, Williams
//! and Peng 1990). [`Generator`] writes as [`Decoding`] has it, [`score`](LanguageModel::score) says how probable a text is.

mod adapt;
mod baseline;
mod cache;
mod charge;
mod config;
mod counted;
mod decoding;
mod error;
mod file;
mod fit;
mod generate;
mod given;
mod grow;
mod ids;
mod mixture;
mod ngram;
mod opening;
mod options;
mod passages;
mod place;
mod plan;
mod pooled;
mod probed;
mod read;
mod recipe;
mod sample;
mod score;
mod script;
mod simple;
mod size;
mod stream;
mod streaming;
mod symbols;
mod text;
mod vocabulary;
mod watch;

pub use adapt::{AdaptArgs, Adaptation, Recollection};
pub use baseline::{Baseline, OfOrder};
pub use config::LanguageConfig;
pub use counted::{Counted, Shared};
pub use decoding::Decoding;
pub use error::LanguageError;
pub use file::LanguageModel;
pub use fit::{CHECKPOINT, Fitted, HeldBack};
pub use generate::{Beams, Completion, Ends, Found, Generator, Graphemes, Reason, Stop, Telling, Transcript};
pub use given::{Lines, named};
pub use ids::{Ids, IdsWriter};
pub use ngram::{GramHistory, KneserNey, MOST_ORDER, Ppm};
pub use opening::Opening;
pub use options::Options;
pub use passages::{Passages, Scored, Scoring};
pub use place::{Place, characters};
pub use plan::{Plan, Start};
pub use probed::{probe_windows, windows_at};
pub use sample::{Sampler, Sampling};
pub use score::{Score, Surprise};
pub use script::{Script, usual_unit};
pub use simple::Simple;
pub use stream::BpttBatches;
pub use streaming::LanguageStream;
pub use symbols::SymbolArgs;
pub use text::EncodedText;
pub use vocabulary::{Builder, Decoder, Normal, Spans, Unit, Unknown, Vocabulary};

/// The task's name in files.
pub const NAME: &str = "language";
