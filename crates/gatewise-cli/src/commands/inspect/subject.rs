//! What is inspected: a model with data of its kind.

use std::path::Path;

use gatewise::batch::Source;
use gatewise::task::classify::{ClassifyConfig, Encoded, Encoding};
use gatewise::task::forecast::Windows;
use gatewise::task::language::EncodedText;
use gatewise::task::subject::Subject;
use gatewise_data::Corpus;
use gatewise_report::inspect::Unit;

use crate::args::{ItemArgs, ReadArgs};
use crate::cli_error::CliError;
use crate::console::Console;
use crate::model::{Loaded, check_lengths, classifies, language_of, open};

/// A model file or run folder with data of its kind, and what a step of its network is to the user.
pub fn load(model: &Path, path: &Path, read: &ReadArgs, items: &ItemArgs, console: Console) -> Result<(Subject, Unit), CliError> {
    let file = open(model)?;
    let task = file.task();
    if task == "language" {
        let language = language_of(file)?;
        let corpus = Corpus::open(path)?;
        let (text, _) = EncodedText::read(&corpus, &language.vocabulary, 0, &std::env::temp_dir())?;
        return Ok((Subject::of_text(language, &text, corpus.path())?, Unit::SYMBOLS));
    }
    if classifies(&task) {
        let loaded = crate::classify::apply::of_file(file)?;
        let how = Encoding { labelled: true, ..Encoding::default() };
        let Encoded { items, .. } = crate::classify::apply::read_for(&loaded, path, &read.table, items, how, console)?;
        let config = loaded.classifier.config();
        let subject = Subject::of_items(config, loaded.classifier.model(), &items)?;
        if config.network.branch.is_some() {
            console.info(
                "note: gradients are those through the recurrent layers; the convolutions beside them (--fcn) reach back on their own",
            );
        }
        return Ok((subject, unit_of_items(config)));
    }
    let loaded = Loaded::of(file)?;
    let dataset = loaded.read(path, read, console)?;
    let table = loaded.table(&dataset);
    let config = loaded.forecaster.config().clone();
    let scales = loaded.scales(&table, |s| table.series()[s].len());
    let windows = Windows::new(&table, &config, &scales, 1, true, |s| config.lookback..table.series()[s].len());
    check_lengths(windows.len(), &table, config.lookback + config.horizon, console)?;
    Ok((Subject::of_forecaster(&loaded.forecaster, &windows, &windows)?, Unit::of_rows(dataset.frequency, config.segment)))
}

/// What a step of a classifier is.
pub fn unit_of_items(config: &ClassifyConfig) -> Unit {
    let per_step = config.numbers.as_ref().map_or(1, |n| n.segment) as f64;
    Unit { name: if config.symbols.is_some() { "symbols" } else { "rows" }, per_step }
}
