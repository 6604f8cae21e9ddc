//! Settings of a detector: what the user gave, and what is guessed from the first rows.

use std::path::{Path, PathBuf};

use gatewise::task::detect::{DetectConfig, FleetConfig, HISTORY, MAX_SEASONS, MAX_SERIES, SHAPE_ROWS, seasons};
use gatewise_data::{Guess, RowOptions, RowReader};

use super::follow::Source;
use crate::args::{DetectSettings, DetectorSettings, NetworkArgs, RowArgs};
use crate::failure::Failure;
use crate::run_folder::RunFolder;
use crate::settings::{self, Origin};

impl DetectorSettings {
    /// How rows are read.
    pub fn rows(&self) -> RowOptions {
        let RowArgs { target, fields, id, kinds, label, known: _ } = self.rows.clone();
        RowOptions {
            values: target.unwrap_or_default(),
            delimiter: fields.separator(),
            time: fields.time,
            id,
            states: kinds.states,
            counters: kinds.counter,
            label,
            na: fields.na.unwrap_or_default(),
            live: false,
        }
    }

    /// The configuration of a table's detectors, and what was guessed.
    pub fn plan(&self, reader: &RowReader, source: &mut Source) -> Result<(FleetConfig, Vec<Guess>), Failure> {
        let mut guesses = reader.guesses().to_vec();
        let mut guess = |what: &str, value: String, flag: &str| {
            guesses.push(Guess { what: what.to_owned(), value, flag: flag.to_owned() });
        };
        let s = &self.detect;
        let usual = DetectConfig::new(reader.channels().len());
        let mut config = DetectConfig {
            cell: s.network.cell.unwrap_or(usual.cell),
            hidden: s.network.hidden.unwrap_or(usual.hidden),
            layers: s.network.layers.unwrap_or(usual.layers),
            step: reader.step_seconds(),
            clock: reader.dated(),
            seed: s.seed.unwrap_or(usual.seed),
            effort: s.effort.unwrap_or(usual.effort),
            lr: s.lr.unwrap_or(usual.lr),
            hold: s.hold.unwrap_or(usual.hold),
            join: s.join.unwrap_or(usual.join),
            seasons: match &s.season {
                Some(given) => given.iter().copied().filter(|s| *s > 1).collect(),
                None => {
                    let mut found = seasons(reader.step_seconds().unwrap_or(0), HISTORY / 2);
                    found.truncate(MAX_SEASONS);
                    let text = found.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
                    guess("season", if text.is_empty() { "none".to_owned() } else { format!("{text} rows") }, "--season");
                    found
                }
            },
            rate: match (s.false_alarms, s.expect) {
                (Some(rate), _) => check_rate("--false-alarms", rate, rate)?,
                (None, Some(count)) => match source.lines()? {
                    Some(lines) if lines > 1 => check_rate("--expect", count, count / (lines - 1) as f64)?,
                    _ => {
                        return Err(Failure::usage("--expect needs to know how many rows there are")
                            .help("--false-alarms SHARE, or a file instead of a stream"));
                    }
                },
                (None, None) => {
                    guess("false alarms", format!("{} in 10,000 rows", usual.rate * 1e4), "--false-alarms");
                    usual.rate
                }
            },
            ..usual
        };
        let shapes = s.shapes.as_deref().filter(|shapes| *shapes != "0");
        // Rows of the table, which is read for it, behind the line of names.
        let table = if shapes.is_some() { source.lines()?.map(|lines| lines.saturating_sub(1) as usize) } else { None };
        config.shapes = match shapes {
            None => None,
            Some("auto") => {
                let most = table.map_or(usize::MAX, |rows| rows / LEAST_LENGTHS);
                let rows = usual_window(&config.seasons).min(most).max(*SHAPE_ROWS.start());
                guess("rows of a shape", rows.to_string(), "--shapes");
                Some(rows)
            }
            Some(text) => text.parse().ok(),
        };
        let counters = reader.counters().iter().enumerate().filter(|(_, counts)| **counts).map(|(c, _)| c).collect();
        let fleet = FleetConfig {
            counters,
            states: reader.state_columns().len(),
            max_series: s.max_series.unwrap_or(MAX_SERIES),
            ..FleetConfig::new(config)
        };
        fleet.check().map_err(super::usage)?;
        if fleet.detect.channels > 0 {
            fleet.detect.check_training().map_err(super::usage)?;
        }
        if let (Some(window), Some(rows)) = (fleet.detect.shapes, table) {
            check_window(window, rows)?;
        }
        Ok((fleet, guesses))
    }

    /// A new run's folder, with its whole configuration.
    pub fn begin(&self, given: Option<&Path>, origin: &Origin, fleet: &FleetConfig) -> anyhow::Result<RunFolder> {
        let config = &fleet.detect;
        let season = if config.seasons.is_empty() { vec![1] } else { config.seasons.clone() };
        let detect = DetectSettings {
            false_alarms: Some(config.rate),
            expect: None,
            hold: Some(config.hold),
            join: Some(config.join),
            max_series: self.detect.max_series,
            season: Some(season),
            shapes: config.shapes.map(|rows| rows.to_string()),
            network: NetworkArgs { cell: Some(config.cell), hidden: Some(config.hidden), layers: Some(config.layers) },
            lr: Some(config.lr),
            effort: Some(config.effort),
            checkpoint_every: self.detect.checkpoint_every.clone(),
            seed: Some(config.seed),
        };
        let ignored: Vec<&Path> = self.rows.known.ignore.iter().map(PathBuf::as_path).collect();
        settings::begin(given, origin, &Self { limit: self.limit.clone(), rows: self.rows.clone(), detect }, &ignored)
    }
}

/// Rows of a window where nothing is said of it: as many whole short seasons as have rows enough to have a shape.
fn usual_window(seasons: &[usize]) -> usize {
    /// Least rows of a window, and those of one where nothing comes round.
    const LEAST: usize = 16;
    const PLAIN: usize = 48;
    let season = seasons.iter().copied().find(|season| SHAPE_ROWS.contains(&(season * LEAST.div_ceil(*season))));
    season.map_or(PLAIN, |season| season * LEAST.div_ceil(season))
}

/// Windows' lengths that a table has at least: two to learn from, the others to hold errors against.
const LEAST_LENGTHS: usize = 8;

/// Refuses windows of which a table does not hold enough.
fn check_window(window: usize, rows: usize) -> Result<(), Failure> {
    if rows >= LEAST_LENGTHS * window {
        return Ok(());
    }
    let help = match rows / LEAST_LENGTHS {
        most if most >= *SHAPE_ROWS.start() => format!("--shapes {most} or less, or more rows"),
        _ => "leave --shapes out, or give more rows".to_owned(),
    };
    Err(Failure::usage(format!(
        "--shapes: windows of {window} rows are learned from {} rows at least; there are {rows}",
        LEAST_LENGTHS * window
    ))
    .help(help))
}

/// A share of rows that may raise a false alarm, as `flag` gives it.
pub fn check_rate(flag: &str, given: f64, rate: f64) -> Result<f64, Failure> {
    if rate > 0.0 && rate < 1.0 {
        return Ok(rate);
    }
    Err(Failure::usage(format!("{flag} {given:?}: {rate:?} is no share of rows that may raise a false alarm"))
        .help("a number above 0 and below 1, such as 1e-4"))
}
