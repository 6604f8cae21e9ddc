//! Settings from their sources, later ones over earlier ones: what is guessed, `--config`, `--set`, flags.
//!
//! A task's settings are one struct of flags; groups that tasks share are flattened into it, for clap and for serde alike. What no source
//! gives is left open for [`gatewise::choice::Choices`] to fill in and to note.

mod begun;
#[cfg(test)]
mod hostile;
mod keys;
mod metadata;
mod os_path;

use std::path::Path;

use clap::Args;
use gatewise::memory::Budget;
use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::Table;

use crate::args::{LimitArgs, SourceArgs};
use crate::cli_error::{CliError, Status};
use crate::run_folder::RunFolder;
pub use begun::BEGUN_FILE;
use begun::Begun;
use keys::{Keys, parse_setting};
pub use metadata::RunMetadata;

/// The complete configuration in a run folder.
const CONFIG_FILE: &str = "config.toml";

/// Puts the sources over each other.
pub fn merge<S: Args + Serialize + DeserializeOwned>(source: &SourceArgs, flags: &S) -> anyhow::Result<S> {
    let (keys, mut table) = (Keys::<S>::new(), Table::new());
    if let Some(path) = &source.config {
        // A file named on the command line is a part of it.
        let file = read(path).map_err(|e| if e.status == Status::Data { e.status(Status::Usage) } else { e })?;
        keys.apply(&mut table, metadata::split(file).1, &path.display().to_string())?;
    }
    let set = source.set.iter().map(|setting| parse_setting(setting)).collect::<Result<Vec<_>, _>>()?;
    keys.apply(&mut table, set, "--set")?;
    let flags = Table::try_from(flags).map_err(|e| {
        CliError::usage(format!("settings: {e}")).help("a setting stands in config.toml, which is UTF-8: use a path that is, as by a link")
    })?;
    keys.apply(&mut table, flags, "flags")?;
    limit(&table).apply();
    Ok(typed(table)?)
}

/// The limit on memory among settings, whatever the task: it holds from here on.
fn limit(settings: &Table) -> LimitArgs {
    LimitArgs { memory_limit: settings.get("memory_limit").and_then(toml::Value::as_str).map(str::to_owned) }
}

/// An earlier run of one of `commands`: its folder, its settings and where it came from.
///
/// From here on the program works in the folder that the run began in. What has changed since then, and would change the result, is refused.
pub fn load<S: Args + Serialize + DeserializeOwned>(path: &Path, commands: &[&str]) -> anyhow::Result<(RunFolder, S, RunMetadata)> {
    let mut folder = RunFolder::open(path)?;
    let config_file = folder.file(CONFIG_FILE);
    let config = read(&config_file)?;
    let (origin, settings) = metadata::split(config.clone());
    let mut origin = RunMetadata::of(&origin, &config_file)?;
    origin.expect(commands, folder.path())?;
    let mut table = Table::new();
    Keys::<S>::new().apply(&mut table, settings, &config_file.display().to_string())?;
    if !Budget::is_set() {
        limit(&table).apply();
    }
    if let Some(begun) = Begun::read(&folder)? {
        if folder.has_learned()? {
            begun.refuse_edited(&config, folder.path())?;
        }
        begun.go_there(&mut folder)?;
        origin = begun.origin(origin);
        begun.refuse_other_data(&origin, folder.path())?;
    }
    Ok((folder, typed(table)?, origin))
}

/// Refuses settings beside `--resume`: a run goes on with its own.
pub fn refuse_beside_resume<S: Args + Serialize + Default>(flags: &S, command: &str) -> anyhow::Result<()> {
    let given = Table::try_from(flags)?;
    let usual = Table::try_from(S::default())?;
    let keys = Keys::<S>::new();
    // How much memory there is depends on the machine that goes on.
    let changed = |key: &&String| given.get(*key) != usual.get(*key) && *key != "memory_limit";
    let named: Vec<String> = given.keys().filter(changed).map(|key| keys.flag(key)).collect();
    if named.is_empty() {
        return Ok(());
    }
    let all = named.join(", ");
    Err(CliError::usage(format!("{all} cannot stand beside --resume: a run goes on with its own settings"))
        .help(format!(
            "leave out {all}; or begin a new run with the weights of this one: gatewise {command} DATA --from RUN {} ...",
            named[0]
        ))
        .into())
}

/// A new run's folder, at `given` or a place of its own, with its complete configuration in it. `others` are read beside the data.
pub fn begin<S: Serialize>(given: Option<&Path>, origin: &RunMetadata, settings: &S, others: &[&Path]) -> anyhow::Result<RunFolder> {
    let text = format!("{}\n{}", toml::to_string(&origin.table())?, text(settings)?);
    let begun = Begun::now(origin, toml::from_str(&text)?, others)?.text()?;
    Ok(RunFolder::create(given, &origin.data, &[(BEGUN_FILE, begun.as_bytes()), (CONFIG_FILE, text.as_bytes())])?)
}

/// Settings as `config.toml` shows them, by the alphabet.
pub fn text<S: Serialize>(settings: &S) -> anyhow::Result<String> {
    Ok(toml::to_string(&Table::try_from(settings)?)?)
}

fn read(path: &Path) -> Result<Table, CliError> {
    let place = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|e| CliError::io(format!("{place}: {e}")).help("name a run folder, such as runs/sales-1, or its config.toml"))?;
    toml::from_str(&text).map_err(|e| CliError::data(format!("{place}: {e}")))
}

/// A table whose keys are known, as settings.
fn typed<S: DeserializeOwned>(table: Table) -> Result<S, CliError> {
    let wrong = |e: toml::de::Error| {
        // Nothing is required, so an entry can be tried alone, which names it.
        let alone = |(key, value): (&String, &toml::Value)| Table::from_iter([(key.clone(), value.clone())]).try_into::<S>().is_err();
        let key = table.iter().find(|entry| alone(*entry)).map_or("", |(key, _)| key);
        CliError::usage(format!("settings: {key}: {}", e.message()))
    };
    table.clone().try_into().map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{DetectorSettings, ForecastSettings, ItemSettings, LanguageArgs};
    use crate::cli_error::Diagnostic;

    fn set<S: Args + Serialize + DeserializeOwned>(set: &[&str], flags: &S) -> anyhow::Result<S> {
        let set = set.iter().map(|s| s.to_string()).collect();
        merge(&SourceArgs { set, config: None }, flags)
    }

    #[test]
    fn flags_win_over_set() {
        let mut flags = ForecastSettings::default();
        flags.forecast.network.hidden = Some(8);
        let settings = set(&["hidden=4", "lr=0.1", "valid-from=2017-01-01", "cell=gru", "target=[\"a\"]"], &flags).unwrap();
        assert_eq!((settings.forecast.network.hidden, settings.forecast.training.lr), (Some(8), Some(0.1)));
        assert_eq!(settings.forecast.valid_from.as_deref(), Some("2017-01-01"));
        assert_eq!(settings.read.target, Some(vec!["a".to_string()]));
    }

    /// What a setting is refused with, by each task that the message is the same for.
    fn refusals(setting: &str) -> Vec<Diagnostic> {
        fn of<S: Args + Serialize + DeserializeOwned + Default>(setting: &str) -> Diagnostic {
            match set(&[setting], &S::default()) {
                Ok(_) => panic!("{setting} was taken"),
                Err(error) => Diagnostic::of(&error),
            }
        }
        vec![of::<ForecastSettings>(setting), of::<ItemSettings>(setting), of::<LanguageArgs>(setting), of::<DetectorSettings>(setting)]
    }

    #[test]
    fn unknown_keys_and_wrong_values_are_usage_errors() {
        for (setting, word) in [
            ("hiden=4", "did you mean \"hidden\"?"),
            ("hidden", "--set key=value"),
            ("hidden=0", "hidden"),
            ("hidden=-3", "hidden"),
            ("hidden=many", "hidden"),
            ("hidden=[1, 2]", "hidden"),
            ("hidden={a = 1}", "hidden"),
            ("cell=elman", "possible values: lstm"),
            ("command=x", "unknown key \"command\""),
        ] {
            for refusal in refusals(setting) {
                let text = refusal.message + &refusal.help.unwrap_or_default();
                assert_eq!(refusal.status, Status::Usage, "{setting}: {text}");
                assert!(text.contains(word), "{setting}: {word} in {text}");
            }
        }
    }

    #[test]
    fn values_are_held_to_the_bounds_of_their_flags() {
        for setting in ["lr=0", "lr=inf", "clip_norm=-1", "weight-decay=nan", "dropout=1.0", "time_limit=5 days", "patience=0", "batch=1.5"]
        {
            assert!(set(&[setting], &ForecastSettings::default()).is_err(), "{setting}");
            assert!(set(&[setting], &ItemSettings::default()).is_err(), "{setting}");
            assert!(set(&[setting], &LanguageArgs::default()).is_err(), "{setting}");
        }
        for setting in ["valid_share=0.6", "test_share=0.95", "warp=1", "jitter=-0.1", "target=[\"a\"]"] {
            assert!(set(&[setting], &ItemSettings::default()).is_err(), "{setting}");
        }
    }

    #[test]
    fn a_value_is_read_as_its_flag_reads_it() {
        let settings = set(&["delimiter=tab", "test_from=700", "target=a", "hidden=\"4\""], &ForecastSettings::default()).unwrap();
        assert_eq!(settings.read.target, Some(vec!["a".to_string()]));
        assert_eq!((settings.forecast.test_from.as_deref(), settings.forecast.network.hidden), (Some("700"), Some(4)));
        assert!(text(&settings).unwrap().contains("delimiter = \"\\t\""), "{}", text(&settings).unwrap());
        let settings = set(&["label_column=0"], &ItemSettings::default()).unwrap();
        assert!(text(&settings).unwrap().contains("label_column = \"0\""), "{}", text(&settings).unwrap());
    }

    #[test]
    fn what_comes_later_takes_the_place_of_what_it_excludes() {
        let mut flags = DetectorSettings::default();
        flags.detect.expect = Some(2.0);
        let settings = set(&["false_alarms=1e-3"], &flags).unwrap();
        assert_eq!((settings.detect.expect, settings.detect.false_alarms), (Some(2.0), None));
        let mut flags = ItemSettings::default();
        flags.classify.parts.fold = Some("1/5".to_string());
        let settings = set(&["test_regex=^t"], &flags).unwrap();
        assert_eq!((settings.classify.parts.fold.as_deref(), settings.classify.parts.test_regex), (Some("1/5"), None));
        let both = set(&["fold=1/5", "test_share=0.2"], &ItemSettings::default()).map_err(|e| Diagnostic::of(&e).message).unwrap_err();
        assert!(both.contains("fold and test_share exclude each other"), "{both}");
    }

    #[test]
    fn a_table_comes_back() {
        fn round<S: Args + Serialize + DeserializeOwned + Default + PartialEq + std::fmt::Debug>(settings: &[&str]) {
            let settings = set(settings, &S::default()).unwrap();
            let table: Table = toml::from_str(&text(&settings).unwrap()).unwrap();
            let mut again = Table::new();
            Keys::<S>::new().apply(&mut again, table, "again").unwrap();
            assert_eq!(typed::<S>(again).unwrap(), settings);
        }
        round::<ForecastSettings>(&[
            "hidden=4",
            "quantiles=[0.1, 0.9]",
            "season=[24, 168]",
            "combine=best",
            "backtest_windows=5",
            "impute=linear",
            "test_from=\"700\"",
            "log=true",
            "lr=1",
            "seed=3",
        ]);
        round::<ItemSettings>(&[
            "item_channels=2",
            "combine=best",
            "na=[\"-\", \"a,b\"]",
            "delimiter=\";\"",
            "features=mfcc",
            "dropout=0",
            "fps=10",
            "fcn=16",
        ]);
        round::<LanguageArgs>(&["unit=sub-word", "time_limit=90s", "weight_drop=0.25", "tied=false"]);
        round::<DetectorSettings>(&["season=[24, 168]", "false_alarms=1e-4", "label=anomaly"]);
        round::<DetectorSettings>(&["id=site,device", "states=[\"mode\", \"on\"]", "counter=none", "ignore=known.csv", "max_series=20"]);
    }
}
