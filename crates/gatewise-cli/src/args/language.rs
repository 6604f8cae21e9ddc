//! Flags of language models in training.

use clap::Args;
use serde::{Deserialize, Serialize};

use super::words::{any_count, at_least_one, half, share};
use super::{LayerArgs, LimitArgs, NetworkArgs, RunArgs, SymbolArgs, TrainingArgs};

/// Train a language model on a text.
///
/// The end of the text is held back, to say how well the model foresees what it never saw. What is not given is guessed from the text and
/// printed with the flag that overrides it.
#[derive(Args, Debug)]
#[command(mut_arg("data", |arg| arg.value_name("FILE|DIR").help("Text in UTF-8, or a folder of such texts; \"-\" is standard input")))]
#[command(mut_arg("run", |arg| arg.help("Folder of the run [default: runs/<name of the text>-<number>]")))]
#[command(mut_arg("from", |arg| arg.help("Begin with the weights of a trained model; symbols that it lacks are added")))]
#[command(after_help = "\
Examples:
  gatewise train language shakespeare.txt --time-limit 3m    sizes chosen for three minutes
  gatewise train language 소설/ --unit char -o runs/novel     all files of a folder
  gatewise train language big.txt --unit sub-word --vocabulary 8000
  gatewise train language letters.txt --from runs/novel      its weights and symbols, trained on
  gatewise train language --resume runs/novel                go on where Ctrl-C stopped it")]
pub struct TrainLanguageArgs {
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub settings: LanguageArgs,
}

/// Every setting of a language model; each flag is also a key of config.toml.
#[derive(Args, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[command(mut_arg("batch", |arg| arg.help("Texts read side by side, each with a state that is carried on")))]
#[command(mut_arg("patience", |arg| arg.help("Readings of the held-back part without a better loss before training stops")))]
#[command(mut_arg("time_limit", |arg| arg.help("Longest time for training, for which sizes and steps are then chosen: 90s, 10m, 2h")))]
pub struct LanguageArgs {
    #[command(flatten)]
    #[serde(flatten)]
    pub limit: LimitArgs,
    #[command(flatten)]
    #[serde(flatten)]
    pub symbols: SymbolArgs,
    /// Share of the text, at its end, that is held back
    #[arg(long, value_name = "SHARE", value_parser = half, help_heading = "Text")]
    pub valid_share: Option<f64>,
    /// Characters of the sample shown as training goes; 0 for none
    #[arg(long, value_name = "N", value_parser = any_count(), help_heading = "Output")]
    pub sample: Option<usize>,
    #[command(flatten)]
    #[serde(flatten)]
    pub network: NetworkArgs,
    /// Length of a symbol's vector
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Network")]
    pub embedding: Option<usize>,
    #[command(flatten)]
    #[serde(flatten)]
    pub layer: LayerArgs,
    /// A text drops the same outputs at every step of a window
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Network")]
    pub variational: Option<bool>,
    /// Share of the weights from the state that training drops
    #[arg(long, value_name = "SHARE", value_parser = share, help_heading = "Network")]
    pub weight_drop: Option<f64>,
    /// Probability with which a value of the state stays what it was in a step of training
    #[arg(long, value_name = "SHARE", value_parser = share, help_heading = "Network")]
    pub zoneout: Option<f64>,
    /// The vectors of the symbols are the weights of the output too
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Network")]
    pub tied: Option<bool>,
    /// Symbols that a gradient flows back through
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Training")]
    pub window: Option<usize>,
    /// Steps after which the held-back part is read [default: as often as costs little]
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Training")]
    pub validate_every: Option<usize>,
    #[command(flatten)]
    #[serde(flatten)]
    pub training: TrainingArgs,
}
