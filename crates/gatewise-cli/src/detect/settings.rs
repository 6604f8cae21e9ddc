//! Settings of a detector: what the user gave, and what is guessed from the first rows.

use std::path::Path;

use gatewise::task::detect::{DetectConfig, HISTORY, MAX_SEASONS, seasons};
use gatewise_data::{Guess, RowOptions, RowReader};
use toml::{Table, Value};

use super::follow::Source;
use crate::args::{DetectSettings, RowArgs};
use crate::failure::Failure;
use crate::settings::{ORIGIN_KEYS, keys, overlay_known, parse_setting};

/// What the user settled.
pub struct Settings {
    pub rows: RowArgs,
    pub detect: DetectSettings,
}

impl Settings {
    /// Puts the sources over each other: `--config`, `--set`, flags.
    pub fn gather(config: Option<&Path>, set: &[String], rows: &RowArgs, detect: &DetectSettings) -> anyhow::Result<Self> {
        let row_keys = keys::<RowArgs>();
        let known: Vec<String> = row_keys.iter().cloned().chain(keys::<DetectSettings>()).collect();
        let mut table = Table::new();
        if let Some(path) = config {
            let place = path.display().to_string();
            let text = std::fs::read_to_string(path).map_err(|e| Failure::io(format!("{place}: {e}")))?;
            let file: Table = toml::from_str(&text).map_err(|e| Failure::usage(format!("{place}: {e}")))?;
            overlay_known(&mut table, file.into_iter().filter(|(key, _)| !ORIGIN_KEYS.contains(&key.as_str())), &place, &known)?;
        }
        for setting in set {
            overlay_known(&mut table, [parse_setting(setting)?], "--set", &known)?;
        }
        table.extend(Table::try_from(rows)?);
        table.extend(Table::try_from(detect)?);
        let (rows, detect): (Table, Table) = table.into_iter().partition(|(key, _)| row_keys.contains(key));
        let bad = |e: toml::de::Error| Failure::usage(format!("settings: {}", e.message()));
        Ok(Self { rows: rows.try_into().map_err(bad)?, detect: detect.try_into().map_err(bad)? })
    }

    /// How rows are read.
    pub fn rows(&self) -> RowOptions {
        let rows = self.rows.clone();
        RowOptions {
            values: rows.target.unwrap_or_default(),
            time: rows.time,
            label: rows.label,
            na: rows.na.unwrap_or_default(),
            delimiter: rows.delimiter.and_then(|c| u8::try_from(c).ok()),
        }
    }

    /// The detector's configuration for a table, and what was guessed.
    pub fn plan(&self, reader: &RowReader, source: &mut Source) -> Result<(DetectConfig, Vec<Guess>), Failure> {
        let mut guesses = reader.guesses().to_vec();
        let mut guess = |what: &str, value: String, flag: &str| {
            guesses.push(Guess { what: what.to_owned(), value, flag: flag.to_owned() });
        };
        let s = &self.detect;
        let usual = DetectConfig::new(reader.channels().len());
        let config = DetectConfig {
            cell: s.cell.unwrap_or(usual.cell),
            hidden: s.hidden.unwrap_or(usual.hidden),
            layers: s.layers.unwrap_or(usual.layers),
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
                    let text = found.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
                    guess("season", if text.is_empty() { "none".to_owned() } else { format!("{text} rows") }, "--season");
                    found
                }
            },
            rate: match (s.false_alarms, s.expect) {
                (Some(rate), _) => check_rate(rate)?,
                (None, Some(count)) => match source.lines()? {
                    Some(lines) if lines > 1 => check_rate(count / (lines - 1) as f64)?,
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
        config.check().map_err(super::usage)?;
        Ok((config, guesses))
    }

    /// The whole configuration of a run.
    pub fn config_toml(&self, command: &str, data: &Path, config: &DetectConfig) -> anyhow::Result<String> {
        let origin = Table::from_iter([
            ("command".to_owned(), Value::from(command)),
            ("data".to_owned(), Value::from(data.to_string_lossy().into_owned())),
            ("version".to_owned(), Value::from(env!("CARGO_PKG_VERSION"))),
        ]);
        let season = if config.seasons.is_empty() { vec![1] } else { config.seasons.clone() };
        let detect = DetectSettings {
            false_alarms: Some(config.rate),
            expect: None,
            hold: Some(config.hold),
            join: Some(config.join),
            season: Some(season),
            cell: Some(config.cell),
            hidden: Some(config.hidden),
            layers: Some(config.layers),
            lr: Some(config.lr),
            effort: Some(config.effort),
            seed: Some(config.seed),
        };
        Ok(format!("{}\n{}{}", toml::to_string(&origin)?, toml::to_string(&self.rows)?, toml::to_string(&detect)?))
    }
}

/// A share of rows that may raise a false alarm.
pub fn check_rate(rate: f64) -> Result<f64, Failure> {
    if rate > 0.0 && rate < 1.0 {
        return Ok(rate);
    }
    Err(Failure::usage(format!("{rate} is no share of rows that may raise a false alarm"))
        .help("a number above 0 and below 1, such as 1e-4"))
}
