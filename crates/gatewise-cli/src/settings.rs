//! Settings from their sources, later ones over earlier ones: `--config`, `--set`, flags.

use std::path::Path;

use anyhow::Context;
use clap::{Args, Command};
use toml::{Table, Value};

use crate::args::{ReadArgs, SettingsArgs, TrainArgs};
use crate::failure::{Failure, did_you_mean};

/// What the user settled. Everything else is for the data to decide.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings {
    pub read: ReadArgs,
    pub train: TrainArgs,
}

/// Keys of `config.toml` that say where a run came from and are no settings.
pub const ORIGIN_KEYS: [&str; 4] = ["command", "data", "from", "version"];

impl Settings {
    /// Puts the sources over each other.
    pub fn gather(args: &SettingsArgs) -> anyhow::Result<Self> {
        let mut table = Table::new();
        if let Some(path) = &args.config {
            let text = std::fs::read_to_string(path).map_err(|e| Failure::io(format!("{}: {e}", path.display())))?;
            let place = path.display().to_string();
            let file: Table = toml::from_str(&text).map_err(|e| Failure::usage(format!("{place}: {e}")))?;
            overlay(&mut table, file.into_iter().filter(|(key, _)| !ORIGIN_KEYS.contains(&key.as_str())), &place)?;
        }
        for setting in &args.set {
            overlay(&mut table, [parse_setting(setting)?], "--set")?;
        }
        let flags = Table::try_from(&args.read)?.into_iter().chain(Table::try_from(&args.train)?);
        table.extend(flags);
        Self::from_table(table)
    }

    /// The settings of a run, from its `config.toml`, and what else stands in it.
    pub fn load(path: &Path) -> anyhow::Result<(Self, Table)> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| Failure::io(format!("{}: {e}", path.display())).help("name a run folder, such as runs/sales-1"))?;
        let file: Table = toml::from_str(&text).map_err(|e| Failure::data(format!("{}: {e}", path.display())))?;
        let (origin, settings) = file.into_iter().partition(|(key, _)| ORIGIN_KEYS.contains(&key.as_str()));
        let mut table = Table::new();
        overlay(&mut table, settings, &path.display().to_string())?;
        Ok((Self::from_table(table)?, origin))
    }

    fn from_table(table: Table) -> anyhow::Result<Self> {
        let read_keys = keys::<ReadArgs>();
        let (read, train): (Table, Table) = table.into_iter().partition(|(key, _)| read_keys.contains(key));
        let bad = |e: toml::de::Error| Failure::usage(format!("settings: {}", e.message()));
        let settings = Self { read: read.try_into().map_err(bad)?, train: train.try_into().map_err(bad)? };
        settings.reparse().context("settings")?;
        Ok(settings)
    }

    /// Checks what the flags' own parsers would have refused, for values from a file or `--set`.
    fn reparse(&self) -> Result<(), Failure> {
        let t = &self.train;
        let counts = [
            ("horizon", t.horizon),
            ("lookback", t.lookback),
            ("season", t.season),
            ("segment", t.segment),
            ("hidden", t.hidden),
            ("layers", t.layers),
            ("epochs", t.epochs),
            ("batch", t.batch),
            ("patience", t.patience),
            ("max_steps", t.max_steps),
            ("seeds", t.seeds),
            ("threads", t.threads),
        ];
        if let Some((key, _)) = counts.into_iter().find(|(_, value)| *value == Some(0)) {
            return Err(Failure::usage(format!("{key} = 0: it is at least 1")));
        }
        if let Some(text) = &t.time_limit {
            crate::args::words::duration(text).map_err(|e| Failure::usage(format!("time_limit: {e}")))?;
        }
        for (key, value, allowed) in
            [("lr", t.lr, "above 0"), ("weight_decay", t.weight_decay, "0 or more"), ("clip_norm", t.clip_norm, "0 or more")]
        {
            let zero_is_fine = key != "lr";
            if value.is_some_and(|v| !v.is_finite() || v < 0.0 || (v == 0.0 && !zero_is_fine)) {
                return Err(Failure::usage(format!("{key} = {}: it is a number {allowed}", value.unwrap_or(f64::NAN))));
            }
        }
        Ok(())
    }

    /// As a table of `config.toml`.
    pub fn table(&self) -> anyhow::Result<Table> {
        let mut table = Table::try_from(&self.read)?;
        table.extend(Table::try_from(&self.train)?);
        Ok(table)
    }
}

/// The keys of a group of settings: the names of its flags with `_` for `-`.
pub fn keys<A: Args>() -> Vec<String> {
    A::augment_args(Command::new("keys")).get_arguments().map(|arg| arg.get_id().to_string()).collect()
}

/// Puts entries over those of `table`; `place` is where they come from.
fn overlay(table: &mut Table, entries: impl IntoIterator<Item = (String, Value)>, place: &str) -> Result<(), Failure> {
    let known: Vec<String> = keys::<ReadArgs>().into_iter().chain(keys::<TrainArgs>()).collect();
    overlay_known(table, entries, place, &known)
}

/// As [`overlay`] with keys out of `known`.
pub fn overlay_known(
    table: &mut Table,
    entries: impl IntoIterator<Item = (String, Value)>,
    place: &str,
    known: &[String],
) -> Result<(), Failure> {
    for (key, value) in entries {
        let key = key.replace('-', "_");
        if !known.contains(&key) {
            let failure = Failure::usage(format!("{place}: unknown key \"{key}\""));
            let near = did_you_mean(&key, known.iter().map(String::as_str));
            return Err(match near {
                Some(near) => failure.help(format!("did you mean \"{near}\"?")),
                None => failure.help(format!("the keys are {}", known.join(", "))),
            });
        }
        table.insert(key, value);
    }
    Ok(())
}

/// `key=value`, the value as TOML, or as plain text where it is none.
pub fn parse_setting(setting: &str) -> Result<(String, Value), Failure> {
    let Some((key, value)) = setting.split_once('=') else {
        return Err(Failure::usage(format!("--set {setting}: no \"=\" in it")).help("write --set key=value, such as --set hidden=64"));
    };
    let (key, value) = (key.trim(), value.trim());
    let parsed = toml::from_str::<Table>(&format!("value = {value}")).ok().and_then(|mut t| t.remove("value"));
    // A bare date parses as TOML's own date type, a bare word not at all; both are text to the settings.
    let value = match parsed {
        Some(Value::Datetime(_)) | None => Value::String(value.to_string()),
        Some(other) => other,
    };
    Ok((key.to_string(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gather(set: &[&str], train: TrainArgs) -> anyhow::Result<Settings> {
        let set = set.iter().map(|s| s.to_string()).collect();
        Settings::gather(&SettingsArgs { set, train, ..SettingsArgs::default() })
    }

    #[test]
    fn flags_win_over_set() {
        let flags = TrainArgs { hidden: Some(8), ..TrainArgs::default() };
        let settings = gather(&["hidden=4", "lr=0.1", "valid-from=2017-01-01", "cell=gru", "target=[\"a\"]"], flags).unwrap();
        assert_eq!((settings.train.hidden, settings.train.lr), (Some(8), Some(0.1)));
        assert_eq!(settings.train.valid_from.as_deref(), Some("2017-01-01"));
        assert_eq!(settings.read.target, Some(vec!["a".to_string()]));
    }

    #[test]
    fn unknown_keys_and_wrong_values_are_usage_errors() {
        for (set, word) in [
            ("hiden=4", "did you mean \"hidden\"?"),
            ("hidden", "--set key=value"),
            ("hidden=0", ""),
            ("lr=0", ""),
            ("cell=elman", ""),
            ("time_limit=5 days", ""),
            ("hidden=many", ""),
        ] {
            let error = gather(&[set], TrainArgs::default()).unwrap_err();
            let failure = crate::failure::Obituary::of(&error);
            assert_eq!(failure.status, crate::failure::Status::Usage, "{set}: {}", failure.message);
            assert!(failure.help.unwrap_or_default().contains(word), "{set}");
        }
    }

    #[test]
    fn a_table_comes_back() {
        let settings = gather(&["hidden=4", "quantiles=[0.1, 0.9]", "impute=linear", "test_from=\"700\""], TrainArgs::default()).unwrap();
        assert_eq!(Settings::from_table(settings.table().unwrap()).unwrap(), settings);
    }
}
