//! `gatewise features`: hidden states of a trained network over the last window of each series.

use std::process::ExitCode;

use gatewise::batch::Source;

use crate::args::FeaturesArgs;
use crate::cli_error::CliError;
use crate::console::Console;
use crate::features::{self, pooled};
use crate::model::{Loaded, check_lengths, classifies, language_of, open};

pub fn run(args: &FeaturesArgs, console: Console) -> anyhow::Result<ExitCode> {
    let file = open(&args.given.model)?;
    let task = file.task();
    if task == "language" {
        return crate::language::apply::features(language_of(file)?, args, console);
    }
    if args.each_line {
        return Err(CliError::usage("--each-line is for texts, and the model reads no text by itself").help("leave it out").into());
    }
    if classifies(&task) {
        return crate::classify::apply::features(crate::classify::apply::of_file(file)?, args, console);
    }
    features::check(args, console)?;
    let cpu = super::cpu(args.given.threads)?;
    let mut model = Loaded::of(file)?;
    model.forecaster.check_network().map_err(CliError::from)?;
    let dataset = model.read(&args.given.data, &args.given.read, console)?;
    let table = model.table(&dataset);
    let windows = model.windows_at_end(&table);
    check_lengths(windows.len(), &table, model.forecaster.config().least_past(), console)?;
    let with_id = dataset.series.len() > 1 || dataset.id_column.is_some();
    let with_channel = windows.targets() < dataset.targets;
    let names: Vec<&str> =
        [("unique_id", with_id), ("channel", with_channel)].into_iter().filter(|(_, with)| *with).map(|(name, _)| name).collect();
    let (hidden, segment) = (model.forecaster.config().network.hidden, model.forecaster.config().segment);
    let mut rows = Vec::new();
    model.forecaster.features(&cpu, &windows, &mut |found| {
        let id = with_id.then(|| dataset.series[found.window.series].id.clone());
        let channel = with_channel.then(|| dataset.channels[found.window.channel].clone());
        let names: Vec<String> = id.into_iter().chain(channel).collect();
        // The last row of each step.
        let (series, last) = (&dataset.series[found.window.series], found.window.origin - 1);
        let time = |step: usize| Some(dataset.format_time(&series.times[last - (found.steps - step) * segment]));
        rows.extend(pooled(args.pool, &names, &found.states, found.steps, hidden, &time));
    });
    features::write(&names, Some("time"), &rows, args, console)
}
