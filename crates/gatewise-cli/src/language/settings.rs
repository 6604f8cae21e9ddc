//! Settings of a language model from their sources: `--config`, `--set`, flags; later ones win.

use std::path::Path;

use toml::Table;

use crate::args::words::duration;
use crate::args::{LanguageArgs, TrainLanguageArgs};
use crate::failure::Failure;
use crate::settings::{ORIGIN_KEYS, keys, overlay_known, parse_setting};

/// Puts the sources over each other.
pub fn gather(args: &TrainLanguageArgs) -> anyhow::Result<LanguageArgs> {
    let known = keys::<LanguageArgs>();
    let mut table = Table::new();
    if let Some(path) = &args.config {
        let (settings, _) = read(path)?;
        overlay_known(&mut table, settings, &path.display().to_string(), &known)?;
    }
    for setting in &args.set {
        overlay_known(&mut table, [parse_setting(setting)?], "--set", &known)?;
    }
    table.extend(Table::try_from(&args.settings)?);
    Ok(from_table(table)?)
}

/// The settings of a run, from its `config.toml`, and what else stands in it.
pub fn load(path: &Path) -> anyhow::Result<(LanguageArgs, Table)> {
    let (settings, origin) = read(path)?;
    let mut table = Table::new();
    overlay_known(&mut table, settings, &path.display().to_string(), &keys::<LanguageArgs>())?;
    Ok((from_table(table)?, origin))
}

/// A file's settings and the keys that say where it came from.
fn read(path: &Path) -> Result<(Table, Table), Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Failure::io(format!("{}: {e}", path.display())).help("name a run folder, such as runs/novel-1, or its config.toml"))?;
    let file: Table = toml::from_str(&text).map_err(|e| Failure::data(format!("{}: {e}", path.display())))?;
    Ok(file.into_iter().partition(|(key, _)| !ORIGIN_KEYS.contains(&key.as_str())))
}

fn from_table(table: Table) -> Result<LanguageArgs, Failure> {
    let settings: LanguageArgs = table.try_into().map_err(|e: toml::de::Error| Failure::usage(format!("settings: {}", e.message())))?;
    check(&settings)?;
    Ok(settings)
}

/// Checks what the flags' own parsers would have refused, for values from a file or `--set`, and what no parser checks.
fn check(s: &LanguageArgs) -> Result<(), Failure> {
    let counts = [
        ("vocabulary", s.vocabulary),
        ("hidden", s.hidden),
        ("layers", s.layers),
        ("embedding", s.embedding),
        ("batch", s.batch),
        ("window", s.window),
        ("epochs", s.epochs),
        ("max_steps", s.max_steps),
        ("validate_every", s.validate_every),
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
    within("clip_norm", s.clip_norm, &|v| v >= 0.0, "0 or above")?;
    within("weight_decay", s.weight_decay, &|v| v >= 0.0, "0 or above")?;
    within("dropout", s.dropout, &|v| (0.0..1.0).contains(&v), "at least 0 and below 1")?;
    within("zoneout", s.zoneout, &|v| (0.0..1.0).contains(&v), "at least 0 and below 1")?;
    within("weight_drop", s.weight_drop, &|v| (0.0..1.0).contains(&v), "at least 0 and below 1")?;
    within("valid_share", s.valid_share, &|v| (0.0..=0.5).contains(&v), "from 0 to 0.5")?;
    if let Some(text) = &s.time_limit {
        duration(text).map_err(|e| Failure::usage(format!("time_limit: {e}")))?;
    }
    Ok(())
}
