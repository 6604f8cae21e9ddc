//! Recurrent sequence models (RNN, GRU, LSTM) for the CPU: train, predict, stream, inspect.
//!
//! | you have | begin with | and get |
//! |---|---|---|
//! | one or many series of numbers | [`forecast::Plan`], [`Forecaster::fit`](forecast::Forecaster::fit) | forecasts with intervals, beside the simplest methods |
//! | labelled sequences of numbers, texts, sound, video | [`classify::Plan`], [`Classifier`](classify::Classifier) | classes or values |
//! | texts | [`language::Plan`], [`LanguageModel::fit`](language::LanguageModel::fit) | what comes next, how probable a text is |
//! | rows as they come | [`detect::Fleet`], [`detect::Detector`] | a score for each, and events |
//! | tensors of your own | [`model::Model`], [`train::Trainer`] | a network under PyTorch's names |
//! | one recurrent layer | [`kernels::Recurrent`] | its forward and backward |
//! | a model file | [`load`] | an [`AnyModel`] |
//! | no data yet | [`synthetic::draw`] | series of known processes |
//!
//! A plan is what data and options settle: every choice stands in it with its reason. Training tells its events to a
//! [`Session`](train::Session), whose answer may stop it, and goes on from the checkpoints that the session keeps. Forecasters, classifiers and
//! language models also run as streams, a row in and an answer out ([`ForecastStream`](forecast::ForecastStream),
//! [`ClassifierStream`](classify::ClassifierStream), [`LanguageStream`](language::LanguageStream)). What a network remembers is measured by
//! [`probe`]; how it did is an [`Evaluation`]; what went wrong is an [`Error`] with its [`Kind`] and a remedy.
//!
//! Below the tasks lie [`layer`], [`loss`], [`optim`], [`init`], [`batch`] and [`params`]: each layer is a forward, a tape and a backward, without a
//! graph. Features: `clap` (options are flags too), `subword` (language models over sub-words).

#![forbid(unsafe_code)]

pub mod batch;
pub mod choice;
pub mod demo;
pub mod error;
pub mod evaluation;
pub mod format;
pub mod init;
pub mod layer;
pub mod loss;
pub mod model;
mod model_file;
pub mod optim;
pub mod options;
pub mod params;
pub mod prior;
pub mod probe;
pub mod rng;
mod sum;
pub mod synthetic;
pub mod task;
pub mod threads;
pub mod train;
pub mod walk;

pub use error::{Error, Kind};
pub use evaluation::{Evaluation, Measure};
pub use gatewise_baselines as baselines;
pub use gatewise_data as data;
pub use gatewise_kernels as kernels;
pub use gatewise_kernels::{Cell, Cpu, Isa, Layout, Precision, Real};
pub use gatewise_memory as memory;
pub use model_file::{AnyModel, load};
pub use task::{classify, detect, forecast, language};
