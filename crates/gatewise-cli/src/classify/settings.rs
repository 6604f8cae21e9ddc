//! Settings of a classifier from their sources: `--config`, `--set`, flags; later ones win.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::Table;

use crate::args::words::duration;
use crate::args::{ClassifyArgs, ItemArgs, ReadArgs, TrainItemsArgs};
use crate::failure::Failure;
use crate::settings::{ORIGIN_KEYS, keys, overlay_known, parse_setting};

/// What the user settled.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings {
    pub read: ReadArgs,
    pub items: ItemArgs,
    pub train: ClassifyArgs,
}

/// Flags of tables of time series, which items do not have.
const FORECAST_ONLY: [&str; 3] = ["target", "covariates", "freq"];

fn known() -> Vec<String> {
    let all = keys::<ReadArgs>().into_iter().chain(keys::<ItemArgs>()).chain(keys::<ClassifyArgs>());
    all.filter(|key| !FORECAST_ONLY.contains(&key.as_str())).collect()
}

impl Settings {
    /// Puts the sources over each other.
    pub fn gather(args: &TrainItemsArgs) -> anyhow::Result<Self> {
        let mut table = Table::new();
        if let Some(path) = &args.config {
            let (settings, _) = read(path)?;
            overlay_known(&mut table, settings, &path.display().to_string(), &known())?;
        }
        for setting in &args.set {
            overlay_known(&mut table, [parse_setting(setting)?], "--set", &known())?;
        }
        table.extend(Table::try_from(&args.read)?);
        table.extend(Table::try_from(&args.items)?);
        table.extend(Table::try_from(&args.settings)?);
        Ok(Self::from_table(table)?)
    }

    /// The settings of a run, from its `config.toml`, and what else stands in it.
    pub fn load(path: &Path) -> anyhow::Result<(Self, Table)> {
        let (settings, origin) = read(path)?;
        let mut table = Table::new();
        overlay_known(&mut table, settings, &path.display().to_string(), &known())?;
        Ok((Self::from_table(table)?, origin))
    }

    /// As a table of `config.toml`.
    pub fn table(&self) -> anyhow::Result<Table> {
        let mut table = Table::try_from(&self.read)?;
        table.extend(Table::try_from(&self.items)?);
        table.extend(Table::try_from(&self.train)?);
        Ok(table)
    }

    fn from_table(table: Table) -> Result<Self, Failure> {
        if let Some(key) = FORECAST_ONLY.iter().find(|key| table.contains_key(**key)) {
            return Err(Failure::usage(format!("--{key} is for time series; items have none"))
                .help("--label-column names the column of the labels"));
        }
        let settings = Self { read: part(&table)?, items: part(&table)?, train: part(&table)? };
        check(&settings.train)?;
        Ok(settings)
    }
}

/// A group of settings out of a table of several.
fn part<A: clap::Args + DeserializeOwned + Serialize>(table: &Table) -> Result<A, Failure> {
    let own = keys::<A>();
    let table: Table = table.iter().filter(|(key, _)| own.contains(key)).map(|(k, v)| (k.clone(), v.clone())).collect();
    table.try_into().map_err(|e: toml::de::Error| Failure::usage(format!("settings: {}", e.message())))
}

/// A file's settings and the keys that say where it came from.
fn read(path: &Path) -> Result<(Table, Table), Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Failure::io(format!("{}: {e}", path.display())).help("name a run folder, such as runs/clips-1, or its config.toml"))?;
    let file: Table = toml::from_str(&text).map_err(|e| Failure::data(format!("{}: {e}", path.display())))?;
    Ok(file.into_iter().partition(|(key, _)| !ORIGIN_KEYS.contains(&key.as_str())))
}

/// Checks what the flags' own parsers would have refused, for values from a file or `--set`, and what no parser checks.
fn check(s: &ClassifyArgs) -> Result<(), Failure> {
    let counts = [
        ("vocabulary", s.vocabulary),
        ("segment", s.segment),
        ("hidden", s.hidden),
        ("layers", s.layers),
        ("embedding", s.embedding),
        ("epochs", s.epochs),
        ("batch", s.batch),
        ("max_steps", s.max_steps),
        ("patience", s.patience),
        ("threads", s.threads),
    ];
    if let Some((key, _)) = counts.into_iter().find(|(_, value)| *value == Some(0)) {
        return Err(Failure::usage(format!("{key} = 0: it is at least 1")));
    }
    let within = |key: &str, value: Option<f64>, ok: &dyn Fn(f64) -> bool, allowed: &str| match value {
        Some(v) if !v.is_finite() || !ok(v) => Err(Failure::usage(format!("{key} = {v}: it is {allowed}"))),
        _ => Ok(()),
    };
    within("lr", s.lr, &|v| v > 0.0, "above 0")?;
    for (key, value) in
        [("clip_norm", s.clip_norm), ("weight_decay", s.weight_decay), ("jitter", s.jitter), ("scale", s.scale), ("shift", s.shift)]
    {
        within(key, value, &|v| v >= 0.0, "0 or above")?;
    }
    let shares = [
        ("dropout", s.dropout),
        ("weight_drop", s.weight_drop),
        ("label_smoothing", s.label_smoothing),
        ("warp", s.warp),
        ("crop", s.crop),
        ("mask_time", s.mask_time),
        ("mask_channels", s.mask_channels),
        ("drop_symbols", s.drop_symbols),
    ];
    for (key, value) in shares {
        within(key, value, &|v| (0.0..1.0).contains(&v), "at least 0 and below 1")?;
    }
    within("valid_share", s.valid_share, &|v| (0.0..=0.5).contains(&v), "from 0 to 0.5")?;
    within("test_share", s.test_share, &|v| (0.0..=0.9).contains(&v), "from 0 to 0.9")?;
    if let Some(text) = &s.time_limit {
        duration(text).map_err(|e| Failure::usage(format!("time_limit: {e}")))?;
    }
    Ok(())
}
