//! Flags of the walk.

use std::path::PathBuf;

use clap::Args;
use gatewise::demo::Language;
use gatewise::walk::{MOST_STEPS, USUAL_STEPS};

use super::items::ItemArgs;
use super::parsers::{at_least_one, at_most, word};
use super::read::ReadArgs;

/// Walk through the memory of a network, step by step over a text or table of your own.
///
/// A page shows the network unrolled over the sequence, every gate and state of every step, what single units stand for, and how much of a gradient comes back
/// to each step; with --json the same as events. Without MODEL an RNN, a GRU and an LSTM of equal size are trained first, alike, in under a minute: on the
/// text given, or without one on sentences whose first words decide their last.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewise walk -o walk.html                                      나는 한국 사람이야. … 그래서 나는 한국어를 잘해.
  gatewise walk --text 'My dog is old. … It still says woof.' --key dog --answer woof -o walk.html
  gatewise walk --text '나는 한국 사람이야. 비가 왔어. 그래서 나는 한국어를 잘해.' -o walk.html
  gatewise walk --data shakespeare.txt --lang en -o walk.html     RNN, GRU and LSTM, trained on the file
  gatewise walk runs/shakespeare --data shakespeare.txt -o walk.html
  gatewise walk runs/sales --data sales.csv -o walk.html          which rows a forecast uses")]
pub struct WalkArgs {
    /// Model file or run folder; without one, networks are trained on the data
    #[arg(value_name = "MODEL")]
    pub model: Option<PathBuf>,
    /// The text to walk over
    #[arg(long, value_name = "TEXT", conflicts_with = "data")]
    pub text: Option<String>,
    /// The text is a sentence: its word, or the beginning of one, that decides the answer
    #[arg(long, value_name = "WORD", requires = "text", requires = "answer", conflicts_with = "model")]
    pub key: Option<String>,
    /// Its word, or the beginning of one, that is asked for
    #[arg(long, value_name = "WORD", requires = "key")]
    pub answer: Option<String>,
    /// Other keys and their answers [default: as a built-in table has them, else invented]
    #[arg(long, value_name = "KEY:ANSWER,…", requires = "key")]
    pub others: Option<String>,
    /// Language of the built-in sentence, which is walked over without TEXT and DATA
    #[arg(long, value_name = "LANGUAGE", value_parser = word::<Language>(&["ko", "en"]), conflicts_with_all = ["text", "data", "model"])]
    pub language: Option<Language>,
    /// Most words of filler between key and answer
    #[arg(long, value_name = "N", default_value = "100", value_parser = at_most(MOST_GAP))]
    pub gap: usize,
    /// The text file, table or labelled data to walk over; "-" is standard input
    #[arg(long, value_name = "DATA")]
    pub data: Option<PathBuf>,
    /// Where the page goes; a name that ends in .svg gives a picture of the unrolled network alone
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Language that the page opens in, ko or en; it can be switched on the page [default: the system's]
    #[arg(long, value_name = "LANGUAGE", value_parser = ["ko", "en"], help_heading = "Output")]
    pub lang: Option<String>,
    /// Steps that are shown
    #[arg(long, value_name = "N", default_value_t = USUAL_STEPS as u64, value_parser = clap::value_parser!(u64).range(2..=MOST_STEPS as u64))]
    pub steps: u64,
    /// The symbol that the walk begins with, counted from 0 [default: the start of a short text, a line in the last quarter of a long one]
    #[arg(long, value_name = "N")]
    pub from: Option<usize>,
    /// Folder for the networks trained here, a model file each
    #[arg(long, value_name = "FOLDER", conflicts_with = "model", help_heading = "Output")]
    pub save: Option<PathBuf>,
    /// Optimiser steps of the networks trained here [default: as many as their data ask for]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "model")]
    pub train_steps: Option<u64>,
    /// Start of every random choice
    #[arg(long, value_name = "N", default_value = "0")]
    pub seed: u64,
    /// Threads [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub threads: Option<usize>,
    #[command(flatten)]
    pub read: ReadArgs,
    #[command(flatten)]
    pub items: ItemArgs,
}

/// Sentences beyond this would train for hours.
const MOST_GAP: u64 = 2_000;
