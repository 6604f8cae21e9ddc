//! Settings of earlier runs with bytes and numbers changed: they are read or refused, whatever they have become.

use clap::Args;
use gatewise::rng::Rng;
use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::Table;

use super::keys::Keys;
use super::{metadata, text, typed};
use crate::args::{DetectorSettings, ForecastSettings, ItemSettings, LanguageArgs};

const ROUNDS: u64 = 250;

/// What takes the place of a number, a word or a list.
const VALUES: [&str; 16] = [
    "0",
    "-1",
    "1e308",
    "-0.0",
    "nan",
    "inf",
    "18446744073709551615",
    "9223372036854775807",
    "1979-05-27",
    "\"\"",
    "[]",
    "{}",
    "[[1, 2], []]",
    "\"\\u0000\\u001b[31m\"",
    "\"9223372036854775807d\"",
    "true",
];

fn changed(config: &str, words: &mut Rng) -> String {
    let mut lines: Vec<String> = config.lines().map(str::to_owned).collect();
    for _ in 0..=words.below(3) {
        let at = words.below(lines.len());
        let line = lines[at].clone();
        match (words.below(5), line.split_once(" = ")) {
            (0, _) => drop(lines.remove(at)),
            (1, _) => lines.push(line),
            (2, _) => lines[at] = line.chars().rev().collect(),
            (_, Some((key, _))) => lines[at] = format!("{key} = {}", VALUES[words.below(VALUES.len())]),
            (_, None) => lines[at].push_str(VALUES[words.below(VALUES.len())]),
        }
    }
    lines.join("\n")
}

/// Lays every changed form of a `config.toml` as a run's; returns how many were read and how many refused, one way or the other.
fn outcomes<S: Args + Serialize + DeserializeOwned>(config: &str) -> [usize; 2] {
    let (keys, mut outcomes) = (Keys::<S>::new(), [0, 0]);
    for round in 0..ROUNDS {
        let Ok(file) = toml::from_str::<Table>(&changed(config, &mut Rng::new(round, 0))) else {
            outcomes[1] += 1;
            continue;
        };
        let mut table = Table::new();
        let settings = keys.apply(&mut table, metadata::split(file).1, "config.toml").and_then(|()| typed::<S>(table));
        match settings {
            // What was read can be written again.
            Ok(settings) => outcomes[0] += usize::from(text(&settings).is_ok()),
            Err(refused) => {
                assert!(!refused.to_string().contains('\x1b'), "round {round}: {refused:?}");
                outcomes[1] += 1;
            }
        }
    }
    outcomes
}

#[test]
fn changed_settings_are_read_or_refused() {
    let all = [
        outcomes::<ForecastSettings>(include_str!("../../tests/fixtures/v0.1/forecast-run/config.toml")),
        outcomes::<ItemSettings>(include_str!("../../tests/fixtures/v0.1/classify-run/config.toml")),
        outcomes::<ItemSettings>(include_str!("../../tests/fixtures/v0.1/regress-run/config.toml")),
        outcomes::<LanguageArgs>(include_str!("../../tests/fixtures/v0.1/language-run/config.toml")),
        outcomes::<DetectorSettings>(
            "expect = 2.0\nfalse_alarms = 0.0001\nhidden = 8\nhold = 100\njoin = 20\nlr = 0.003\nseason = [24, 168]\nseed = 0",
        ),
    ];
    for [read, refused] in all {
        assert_eq!(read + refused, ROUNDS as usize);
        assert!(read > 0 && refused > ROUNDS as usize / 4, "{read} read, {refused} refused");
    }
}
