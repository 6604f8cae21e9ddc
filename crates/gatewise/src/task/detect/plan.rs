//! What was left open of a detector: seasons, the rate of false alarms, windows, by the table that is watched.

use gatewise_data::{Choice, RowReader};

use super::clock::seasons;
use super::config::{DetectConfig, HISTORY, MAX_SEASONS, SHAPE_ROWS};
use super::fleet::{FleetConfig, MAX_SERIES};
use super::options::Options;
use crate::choice::Choices;
use crate::error::Error;
use crate::options::NetworkArgs;

/// What a plan has to know of a table of rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableShape {
    /// Columns of numbers.
    pub channels: usize,
    /// Those that count up until they are reset.
    pub counters: Vec<usize>,
    /// Columns of states.
    pub states: usize,
    /// Seconds from row to row; none where rows have no times, or none that is usual.
    pub step: Option<i64>,
    /// Whether times are dates, so that the hour and the weekday mean something.
    pub dated: bool,
}

impl From<&RowReader> for TableShape {
    fn from(reader: &RowReader) -> Self {
        Self {
            channels: reader.channels().len(),
            counters: reader.counters().iter().enumerate().filter(|(_, counts)| **counts).map(|(c, _)| c).collect(),
            states: reader.state_columns().len(),
            step: reader.step_seconds(),
            dated: reader.dated(),
        }
    }
}

/// All that the detectors of a table need.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The detectors.
    pub config: FleetConfig,
    /// Every option, the chosen ones too.
    pub options: Options,
    /// What was chosen, and why.
    pub choices: Vec<Choice>,
}

impl Plan {
    /// Fills in what the options leave open. `rows` says how many rows the table has, where that can be known; it is asked where a setting needs it.
    ///
    /// # Errors
    /// Options that do not fit the table or each other, and what `rows` says.
    pub fn new(table: &TableShape, options: &Options, rows: impl FnOnce() -> Result<Option<u64>, Error>) -> Result<Self, Error> {
        let mut choices = Choices::new(&[]);
        let s = options;
        let asks = s.shapes.as_deref().is_some_and(|shapes| shapes != "0") || s.false_alarms.is_none() && s.expect.is_some();
        let rows = if asks { rows()? } else { None };
        let usual = DetectConfig::new(table.channels);
        let mut config = DetectConfig {
            cell: s.network.cell.unwrap_or(usual.cell),
            hidden: s.network.hidden.unwrap_or(usual.hidden),
            layers: s.network.layers.unwrap_or(usual.layers),
            step: table.step,
            clock: table.dated,
            seed: s.seed.unwrap_or(usual.seed),
            effort: s.effort.unwrap_or(usual.effort),
            lr: s.lr.unwrap_or(usual.lr),
            hold: s.hold.unwrap_or(usual.hold),
            join: s.join.unwrap_or(usual.join),
            seasons: match &s.season {
                Some(given) => given.iter().copied().filter(|s| *s > 1).collect(),
                None => {
                    let mut found = seasons(table.step.unwrap_or(0), HISTORY / 2);
                    found.truncate(MAX_SEASONS);
                    let text = found.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
                    choices.note("season", if text.is_empty() { "none".to_owned() } else { format!("{text} rows") });
                    found
                }
            },
            rate: match (s.false_alarms, s.expect) {
                (Some(rate), _) => check_rate("false-alarms", rate, rate)?,
                (None, Some(count)) => match rows {
                    Some(rows) if rows > 0 => check_rate("expect", count, count / rows as f64)?,
                    _ => {
                        return Err(Error::usage("⦃expect⦄ needs to know how many rows there are")
                            .help("⦃false-alarms⦄ SHARE, or a file instead of a stream"));
                    }
                },
                (None, None) => {
                    choices.note("false-alarms", format!("{} in 10,000 rows", usual.rate * 1e4));
                    usual.rate
                }
            },
            ..usual
        };
        let shapes = s.shapes.as_deref().filter(|shapes| *shapes != "0");
        let length = rows.map(|rows| usize::try_from(rows).unwrap_or(usize::MAX));
        config.shapes = match shapes {
            None => None,
            Some("auto") => {
                let most = length.map_or(usize::MAX, |rows| rows / LEAST_LENGTHS);
                let rows = usual_window(&config.seasons).min(most).max(*SHAPE_ROWS.start());
                choices.note_as("rows of a shape", "shapes", rows.to_string());
                Some(rows)
            }
            Some(text) => text.parse().ok(),
        };
        let fleet = FleetConfig {
            counters: table.counters.clone(),
            states: table.states,
            max_series: s.max_series.unwrap_or(MAX_SERIES),
            ..FleetConfig::new(config)
        };
        fleet.check().map_err(|e| Error::usage(e.to_string()))?;
        if fleet.detect.channels > 0 {
            fleet.detect.check_training().map_err(|e| Error::usage(e.to_string()))?;
        }
        if let (Some(window), Some(rows)) = (fleet.detect.shapes, length) {
            check_window(window, rows)?;
        }
        let config = &fleet.detect;
        let options = Options {
            false_alarms: Some(config.rate),
            expect: None,
            hold: Some(config.hold),
            join: Some(config.join),
            max_series: options.max_series,
            season: Some(if config.seasons.is_empty() { vec![1] } else { config.seasons.clone() }),
            shapes: config.shapes.map(|rows| rows.to_string()),
            network: NetworkArgs { cell: Some(config.cell), hidden: Some(config.hidden), layers: Some(config.layers) },
            lr: Some(config.lr),
            effort: Some(config.effort),
            checkpoint_every: options.checkpoint_every.clone(),
            seed: Some(config.seed),
        };
        Ok(Self { config: fleet, options, choices: choices.finish() })
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
fn check_window(window: usize, rows: usize) -> Result<(), Error> {
    if rows >= LEAST_LENGTHS * window {
        return Ok(());
    }
    let help = match rows / LEAST_LENGTHS {
        most if most >= *SHAPE_ROWS.start() => format!("⦃shapes⦄ {most} or less, or more rows"),
        _ => "leave ⦃shapes⦄ out, or give more rows".to_owned(),
    };
    Err(Error::usage(format!(
        "⦃shapes⦄: windows of {window} rows are learned from {} rows at least; there are {rows}",
        LEAST_LENGTHS * window
    ))
    .help(help))
}

/// A share of rows that may raise a false alarm, as the setting gives it.
///
/// # Errors
/// What is none.
pub fn check_rate(setting: &str, given: f64, rate: f64) -> Result<f64, Error> {
    if rate > 0.0 && rate < 1.0 {
        return Ok(rate);
    }
    Err(Error::usage(format!("⦃{setting}⦄ {given:?}: {rate:?} is no share of rows that may raise a false alarm"))
        .help("a number above 0 and below 1, such as 1e-4"))
}
