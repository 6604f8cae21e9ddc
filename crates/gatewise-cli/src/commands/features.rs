//! `gatewise features`: hidden states of a trained network over the last window of each series.

use std::path::Path;
use std::process::ExitCode;

use gatewise::batch::Source;
use gatewise::task::forecast::{Features, Windows};
use gatewise_data::Dataset;

use crate::args::{FeaturesArgs, Pool};
use crate::data;
use crate::failure::Failure;
use crate::model::{Loaded, check_lengths};
use crate::run_folder::write_atomically;
use crate::talk::Talk;

pub fn run(args: &FeaturesArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    if let Some(language) = crate::model::language_if(&args.model)? {
        return crate::language::apply::features(language, args, talk);
    }
    if let Some(model) = crate::classify::apply::Loaded::load_if(&args.model)? {
        return crate::classify::apply::features(model, args, talk);
    }
    let cpu = super::cpu(args.threads)?;
    let mut model = Loaded::load(&args.model)?;
    let dataset = model.read(&args.data, &args.read, talk)?;
    let table = data::table(&dataset);
    let windows = model.windows_at_end(&table);
    check_lengths(windows.len(), &table, model.forecaster.config().least_past(), talk)?;
    let mut rows = Vec::new();
    model.forecaster.features(&cpu, &windows, &mut |features| rows.extend(pool(args.pool, features)));
    let npy = args.output.as_deref().is_some_and(|p: &Path| p.extension().is_some_and(|e| e == "npy"));
    let bytes = if npy { npy_bytes(&rows) } else { csv_bytes(&rows, &windows, &dataset, args.pool)? };
    match &args.output {
        Some(path) => {
            write_atomically(path, &bytes)?;
            talk.say(format!("{} rows of {} features in {}", rows.len(), width(&rows), path.display()));
        }
        None if talk.json() => {
            return Err(Failure::usage("features are a table, not events").help("leave --json out, or write to a file with -o").into());
        }
        None => talk.print(&String::from_utf8(bytes)?)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// One line of the output.
struct Row {
    window: gatewise::task::forecast::Window,
    step: usize,
    values: Vec<f32>,
}

fn width(rows: &[Row]) -> usize {
    rows.first().map_or(0, |row| row.values.len())
}

fn pool(pool: Pool, features: &Features) -> Vec<Row> {
    let width = features.states.len() / features.steps.max(1);
    let row = |step: usize, values: Vec<f32>| Row { window: features.window, step, values };
    let steps = features.states.chunks_exact(width.max(1));
    match pool {
        Pool::Last => steps.last().map(|last| row(features.steps, last.to_vec())).into_iter().collect(),
        Pool::None => steps.enumerate().map(|(t, state)| row(t + 1, state.to_vec())).collect(),
        Pool::Mean => {
            let mut mean = vec![0.0f32; width];
            for state in steps {
                mean.iter_mut().zip(state).for_each(|(m, s)| *m += s / features.steps as f32);
            }
            vec![row(features.steps, mean)]
        }
    }
}

fn csv_bytes(rows: &[Row], windows: &Windows<'_>, dataset: &Dataset, pool: Pool) -> anyhow::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let (with_id, with_channel) = (dataset.series.len() > 1 || dataset.id_column.is_some(), windows.targets() < dataset.targets);
    let optional = [("unique_id", with_id), ("channel", with_channel), ("step", pool == Pool::None)];
    let mut header: Vec<String> = optional.iter().filter(|(_, with)| *with).map(|(name, _)| name.to_string()).collect();
    header.extend((0..width(rows)).map(|k| format!("h{k}")));
    writer.write_record(&header)?;
    for row in rows {
        let mut record = Vec::with_capacity(header.len());
        if with_id {
            record.push(dataset.series[row.window.series].id.clone());
        }
        if with_channel {
            record.push(dataset.channels[row.window.channel].clone());
        }
        if pool == Pool::None {
            record.push(row.step.to_string());
        }
        record.extend(row.values.iter().map(f32::to_string));
        writer.write_record(&record)?;
    }
    writer.into_inner().map_err(|e| anyhow::anyhow!("{}", e.error()))
}

/// What stands in front of a NumPy array (rows, width) of little-endian `f32`, format 1.0 (NEP 1).
pub fn npy_header(rows: usize, width: usize) -> Vec<u8> {
    /// The header with its preamble is a multiple of this long.
    const ALIGNMENT: usize = 64;
    /// Magic, version and length of the header.
    const PREAMBLE: usize = 10;
    let dict = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {width}), }}");
    let length = (PREAMBLE + dict.len() + 1).next_multiple_of(ALIGNMENT) - PREAMBLE;
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((length as u16).to_le_bytes());
    bytes.extend(format!("{dict:<padded$}\n", padded = length - 1).bytes());
    bytes
}

fn npy_bytes(rows: &[Row]) -> Vec<u8> {
    let mut bytes = npy_header(rows.len(), width(rows));
    bytes.extend(rows.iter().flat_map(|row| row.values.iter().flat_map(|v| v.to_le_bytes())));
    bytes
}
