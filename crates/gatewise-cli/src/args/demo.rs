//! Flags of the demonstrations.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use gatewise::demo::{Language, Net};

use super::parsers::{at_least_one, at_most, word};

/// The textbook effects, measured when called.
#[derive(Subcommand, Debug)]
pub enum DemoCommand {
    /// What a spectral radius below 1 does to a gradient, and what helps
    Vanishing(PowerArgs),
    /// What a spectral radius above 1 does to a gradient, and what helps
    Exploding(PowerArgs),
    /// Networks say the word that one many words before decides, in a sentence of yours
    Memory(MemoryArgs),
    /// Networks add two marked numbers of a long sequence
    Adding(AddingArgs),
}

/// What every demonstration takes.
#[derive(Args, Debug, Clone)]
pub struct DemoArgs {
    /// Start of every random choice
    #[arg(long, value_name = "N", default_value = "0")]
    pub seed: u64,
    /// Threads [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub threads: Option<usize>,
    /// Where a page of the results goes; a name that ends in .svg gives its picture of gradient flow alone
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
}

/// The power r^T beside gradients measured in networks of that spectral radius; then a sweep of the radius.
#[derive(Args, Debug, Clone)]
pub struct PowerArgs {
    #[command(flatten)]
    pub demo: DemoArgs,
}

/// Networks of equal size read sentences such as "I am from Korea. … So I speak Korean well." with up to --gap words of filler at the "…", and write the language.
///
/// With --sentence they read one of your own, in any language, and others made of it: --key and --answer change together, all other words stay. Other keys and answers
/// come from a built-in table where it knows yours (countries, languages, capitals, animals, colours, professions), from --others, or are invented, which is then said.
/// The filler is made of whole sentences; those of the examination are put together anew, of sentences kept from training.
///
/// All networks have equal parameters, steps, sentences, optimiser, learning rate and clipping, and are trained when called. The textbook RNN starts uniform, the second RNN
/// orthogonal; GRU and LSTM have the usual start.
#[derive(Args, Debug, Clone)]
#[command(after_help = "\
Examples:
  gatewise demo memory --sentence \"나는 한국 사람이야. … 그래서 나는 한국어를 잘해.\" --key 한국 --answer 한국어 -o page.html
  gatewise demo memory --sentence \"My dog is old. … It still says woof.\" --key dog --answer woof
  gatewise demo memory --language en --gap 500
  gatewise demo memory --cell rnn,rnn-orthogonal,gru,lstm,mingru    what a better start changes
  gatewise demo memory --language en -o gradient-flow.svg           the picture of gradient flow by lag")]
pub struct MemoryArgs {
    /// Language of the built-in sentence
    #[arg(long, value_name = "LANGUAGE", default_value = "ko", value_parser = word::<Language>(&["ko", "en"]), conflicts_with = "sentence")]
    pub language: Language,
    /// A sentence of your own; "…" or "..." stands for the filler [default: it follows the sentence or clause of the key]
    #[arg(long, value_name = "TEXT", requires = "key", requires = "answer")]
    pub sentence: Option<String>,
    /// Its word, or the beginning of one, that decides the answer
    #[arg(long, value_name = "WORD", requires = "sentence")]
    pub key: Option<String>,
    /// Its word, or the beginning of one, that is asked for
    #[arg(long, value_name = "WORD", requires = "sentence")]
    pub answer: Option<String>,
    /// Other keys and their answers [default: as a built-in table has them, else invented]
    #[arg(long, value_name = "KEY:ANSWER,…", requires = "sentence")]
    pub others: Option<String>,
    /// Most words of filler between key and answer
    #[arg(long, value_name = "N", default_value = "100", value_parser = at_most(MOST_GAP))]
    pub gap: usize,
    /// Optimiser steps of each network
    #[arg(long, value_name = "N", default_value = "1500", value_parser = at_least_one())]
    pub steps: usize,
    /// Networks that learn
    #[arg(long = "cell", value_name = "CELLS", value_delimiter = ',', default_value = "rnn,gru,lstm", value_parser = word::<Net>(&Net::NAMES))]
    pub cells: Vec<Net>,
    /// Let the gaps grow along the training, instead of drawing from all from the first step on
    #[arg(long)]
    pub curriculum: bool,
    #[command(flatten)]
    pub demo: DemoArgs,
}

/// Networks of equal size add the two marked ones of many numbers (Hochreiter and Schmidhuber 1997). Chance is 1/6.
#[derive(Args, Debug, Clone)]
pub struct AddingArgs {
    /// Length of the sequences
    #[arg(long, value_name = "T", default_value = "600", value_parser = at_most(MOST_GAP))]
    pub length: usize,
    /// Optimiser steps of each network
    #[arg(long, value_name = "N", default_value = "2000", value_parser = at_least_one())]
    pub steps: usize,
    /// Networks that learn: the textbook RNN, the same with a better start, and any other cell
    #[arg(long = "cell", value_name = "CELLS", value_delimiter = ',', default_value = "rnn,rnn-orthogonal,gru,lstm", value_parser = word::<Net>(&Net::NAMES))]
    pub cells: Vec<Net>,
    #[command(flatten)]
    pub demo: DemoArgs,
}

/// Sequences beyond this would train for hours.
const MOST_GAP: u64 = 100_000;
