//! Flags of anomaly detection.

use std::path::PathBuf;

use clap::Args;
use gatewise::task::detect::Options;
use serde::{Deserialize, Serialize};

use super::{AtOnceArgs, FieldArgs, LimitArgs, SourceArgs};

/// Train on a table and mark its anomalies.
///
/// Learns the normal course of one or many columns and scores each row by how unlikely it is given the rows before. Without --online
/// the whole table is learned from first and then scored; with it a row's score depends on no later row. Series that share a table are watched each for
/// itself, words as states; cells and rows that are missing for longer than ever are events too.
#[derive(Args, Debug)]
#[command(mut_arg("data", |arg| arg.help("Table to watch: CSV, TSV, a spreadsheet, lines of JSON, Parquet or Arrow, packed with gzip or zstd or not; \"-\" is standard input")))]
#[command(after_help = "\
Examples:
  gatewise detect cpu.csv                                    scores of every row, events on standard error
  gatewise detect cpu.csv --online -o scores.csv --fail-on-anomaly
  gatewise detect plant.csv --target flow,pressure --label anomaly
  gatewise detect fleet.csv --id device --states mode        each device for itself, its modes beside its numbers
  gatewise detect plant.csv --ignore maintenance.csv         rows of known maintenance raise nothing
  gatewise detect heart.csv --online --shapes 150            also an odd course of 150 rows
  tail -f sensor.csv | gatewise detect - --online --follow   alerts as they come")]
pub struct DetectArgs {
    #[command(flatten)]
    pub run: AtOnceArgs,
    /// The score of a row uses nothing after it; learning goes on as the rows come
    #[arg(long)]
    pub online: bool,
    /// Wait for further rows at the end of the file and print alerts as they come; implies --online
    #[arg(long)]
    pub follow: bool,
    /// End with status 5 where an anomaly was found
    #[arg(long)]
    pub fail_on_anomaly: bool,
    #[command(flatten)]
    pub settings: DetectorSettings,
}

/// Train a detector on a table, for use on later rows or other tables.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewise train detect january.csv -o runs/plant
  gatewise predict runs/plant february.csv --fail-on-anomaly -o scores.csv")]
pub struct TrainDetectArgs {
    /// Table to learn from: CSV, TSV, a spreadsheet, lines of JSON, Parquet or Arrow, packed with gzip or zstd or not; "-" is standard input
    #[arg(value_name = "DATA", required_unless_present = "resume")]
    pub data: Option<PathBuf>,
    /// Folder of the run [default: runs/<name of the data>-<number>]
    #[arg(long = "output", short = 'o', value_name = "RUN", help_heading = "Output")]
    pub run: Option<PathBuf>,
    /// Do a run again that was ended before its time, of train detect or of detect: a detector learns in one pass
    #[arg(long, value_name = "RUN", conflicts_with_all = ["data", "run", "config", "set"])]
    pub resume: Option<PathBuf>,
    #[command(flatten)]
    pub source: SourceArgs,
    #[command(flatten)]
    pub settings: DetectorSettings,
}

/// Every setting of a detector; each flag is also a key of config.toml.
#[derive(Args, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[command(mut_arg("shapes", |arg| arg.value_parser(window)))]
pub struct DetectorSettings {
    #[command(flatten)]
    #[serde(flatten)]
    pub limit: LimitArgs,
    #[command(flatten)]
    #[serde(flatten)]
    pub rows: RowArgs,
    #[command(flatten)]
    #[serde(flatten)]
    pub detect: Options,
}

/// Which columns are what. Found out from the first rows where not given.
#[derive(Args, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Data")]
pub struct RowArgs {
    /// Columns of numbers to watch [default: every one, and every column of states]
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub target: Option<Vec<String>>,
    #[command(flatten)]
    #[serde(flatten)]
    pub fields: FieldArgs,
    /// Column that names the series of a long table, or several joined by commas; each series has a detector of its own. "none" takes all rows for
    /// one series
    #[arg(long, value_name = "COLUMN")]
    pub id: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    pub kinds: KindArgs,
    /// Column that says which rows are anomalies in two words: 0/1, true/false, normal/anomaly, -1/1, or any others, of which the rarer means an anomaly;
    /// or in several, one of which (normal, 0) means an ordinary row. It is not watched but held against the scores; "none" for none
    #[arg(long, value_name = "COLUMN")]
    pub label: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    pub known: KnownArgs,
}

/// Columns that are watched otherwise than as numbers.
#[derive(Args, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Data")]
pub struct KindArgs {
    /// Columns of states, such as RUN and IDLE, true and false, or codes: one that was never seen, is rare, follows none that it used to, or lasts longer
    /// than ever is an anomaly [default: every column of few words]; "none" for none
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub states: Option<Vec<String>>,
    /// Columns that count up until they are reset, watched by their increase from row to row [default: those that never fall but to nearly zero]; "none"
    /// for none
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub counter: Option<Vec<String>>,
}

/// What is known beforehand.
#[derive(Args, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Data")]
pub struct KnownArgs {
    /// File of known maintenance: a time or start,end in each line, a header if need be, and a column as --id has it for one series alone. Its rows raise
    /// nothing, are not learned from, and are marked
    #[arg(long, value_name = "FILE")]
    pub ignore: Option<PathBuf>,
}

/// Flags of `predict` and `evaluate` that a detector alone knows.
#[derive(Args, Debug, Clone, Default, PartialEq)]
#[command(next_help_heading = "Detectors")]
pub struct WatchArgs {
    /// Wait for further rows at the end of the file and print alerts as they come; of a classifier of sound, answer raw 16-bit mono samples
    /// from standard input
    #[arg(long)]
    pub follow: bool,
    /// End with status 5 where an anomaly was found
    #[arg(long)]
    pub fail_on_anomaly: bool,
    /// Write the detector with what it learned from these rows, to go on from
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// Share of ordinary rows that may raise a false alarm [default: that of the training]
    #[arg(long, value_name = "SHARE")]
    pub false_alarms: Option<f64>,
    /// Column of two words that says which rows are anomalies
    #[arg(long, value_name = "COLUMN")]
    pub label: Option<String>,
}

/// Flags by which `predict` and `evaluate` read a table otherwise than that of a detector's training.
#[derive(Args, Debug, Clone, Default, PartialEq)]
#[command(next_help_heading = "Detectors")]
pub struct DetectorReadArgs {
    /// Columns of states, in the order of the training's
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub states: Option<Vec<String>>,
    /// File of known maintenance: a time or start,end in each line; its rows raise nothing, are not learned from, and are marked
    #[arg(long, value_name = "FILE")]
    pub ignore: Option<PathBuf>,
}

/// Rows of a window, or `auto`; kept as text, which is what `config.toml` shows.
fn window(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text == "auto" || text.parse::<usize>().is_ok() {
        return Ok(text.to_string());
    }
    Err("it is a number of rows, such as --shapes=24, or auto; before the name of a file write --shapes=auto".to_string())
}
