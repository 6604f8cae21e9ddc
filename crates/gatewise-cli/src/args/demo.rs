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
    /// Networks name the language of a country that stood many words before
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

/// Networks of equal size read sentences such as "I am from Korea . So I … and speak Korean well ." and write the language.
///
/// The textbook RNN starts uniform and is not clipped; the second RNN starts orthogonal and is clipped; GRU and LSTM have the usual start. All
/// have equal parameters, steps, sentences, optimiser and learning rate, and are trained when called: for each gap anew, on sentences of up to so many
/// words between. So the figures say over what gap a kind of network learns at all.
#[derive(Args, Debug, Clone)]
#[command(after_help = "\
Examples:
  gatewise demo memory --language en
  gatewise demo memory --gap 500 -o memory.html
  gatewise demo memory --curriculum                  what ever longer sentences change
  gatewise demo memory --cell lstm,gru,mingru         other networks than the four
  gatewise demo memory -o gradient-flow.svg          the picture of gradient flow by lag")]
pub struct MemoryArgs {
    /// Language of the sentences
    #[arg(long, value_name = "LANGUAGE", default_value = "ko", value_parser = word::<Language>(&["ko", "en"]))]
    pub language: Language,
    /// Most words of filler between the country and the answer
    #[arg(long, value_name = "N", default_value = "100", value_parser = at_most(MOST_GAP))]
    pub gap: usize,
    /// Optimiser steps of each network
    #[arg(long, value_name = "N", default_value = "1500", value_parser = at_least_one())]
    pub steps: usize,
    #[command(flatten)]
    pub nets: NetsArgs,
    /// Let the sentences grow along the training, one network of each kind, instead of networks of their own for each gap
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
    #[command(flatten)]
    pub nets: NetsArgs,
    #[command(flatten)]
    pub demo: DemoArgs,
}

/// Which networks learn.
#[derive(Args, Debug, Clone)]
pub struct NetsArgs {
    /// Networks that learn: the textbook RNN, the same with a better start, and any other cell
    #[arg(
        long = "cell",
        value_name = "CELLS",
        value_delimiter = ',',
        default_value = "rnn,rnn-orthogonal,gru,lstm",
        value_parser = word::<Net>(&Net::NAMES)
    )]
    pub cells: Vec<Net>,
}

/// Sequences beyond this would train for hours.
const MOST_GAP: u64 = 100_000;
