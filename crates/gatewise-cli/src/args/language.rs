//! Flags of language models in training.

use std::path::PathBuf;

use clap::Args;
use gatewise::task::forecast::CellName;
use gatewise::task::language::Unit;
use serde::{Deserialize, Serialize};

use super::words::{at_least_one, duration_text, word};
use super::{Preset, ScheduleName};

/// Train a language model on a text.
///
/// The end of the text is held back, to say how well the model foresees what it never saw. What is not given is guessed from the text and
/// printed with the flag that overrides it.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewise train language shakespeare.txt --time-limit 3m    sizes chosen for three minutes
  gatewise train language 소설/ --unit char -o runs/novel     all files of a folder
  gatewise train language big.txt --unit sub-word --vocabulary 8000
  gatewise train language letters.txt --from runs/novel      its weights and symbols, trained on
  gatewise train language --resume runs/novel                go on where Ctrl-C stopped it")]
pub struct TrainLanguageArgs {
    /// Text in UTF-8, or a folder of such texts; \"-\" is standard input
    #[arg(value_name = "FILE|DIR", required_unless_present = "resume")]
    pub data: Option<PathBuf>,
    /// Folder of the run [default: runs/<name of the text>-<number>]
    #[arg(long = "output", short = 'o', value_name = "RUN", help_heading = "Output")]
    pub run: Option<PathBuf>,
    /// Go on with an interrupted run, exactly where it stopped
    #[arg(long, value_name = "RUN", conflicts_with_all = ["data", "run", "config", "set"])]
    pub resume: Option<PathBuf>,
    /// Begin with the weights of a trained model; symbols that it lacks are added
    #[arg(long, value_name = "MODEL", conflicts_with = "resume")]
    pub from: Option<PathBuf>,
    /// Settings from a file, as a run leaves in config.toml
    #[arg(long, value_name = "FILE", help_heading = "Settings")]
    pub config: Option<PathBuf>,
    /// One setting by its key in config.toml; may be repeated
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Settings")]
    pub set: Vec<String>,
    #[command(flatten)]
    pub settings: LanguageArgs,
}

/// Settings of a language model; each flag is also a key of config.toml.
#[derive(Args, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanguageArgs {
    /// What a symbol is
    #[arg(long, value_name = "UNIT", value_parser = word::<Unit>(&["char", "byte", "word", "sub-word"]), help_heading = "Text")]
    pub unit: Option<Unit>,
    /// Most symbols: more characters are refused, rarer words share one symbol, sub-words are as many
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Text")]
    pub vocabulary: Option<usize>,
    /// Share of the text, at its end, that is held back
    #[arg(long, value_name = "SHARE", help_heading = "Text")]
    pub valid_share: Option<f64>,
    /// Characters of the sample shown as training goes; 0 for none
    #[arg(long, value_name = "N", help_heading = "Output")]
    pub sample: Option<usize>,

    /// Recurrent cell
    #[arg(long, value_name = "CELL", value_parser = word::<CellName>(&["lstm", "gru", "gru-reset-before", "rnn", "rnn-relu"]), help_heading = "Network")]
    pub cell: Option<CellName>,
    /// Hidden units of each layer
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Network")]
    pub hidden: Option<usize>,
    /// Recurrent layers
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Network")]
    pub layers: Option<usize>,
    /// Length of a symbol's vector
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Network")]
    pub embedding: Option<usize>,
    /// Share of each layer's outputs dropped in training
    #[arg(long, value_name = "SHARE", help_heading = "Network")]
    pub dropout: Option<f64>,
    /// A text drops the same outputs at every step of a window
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Network")]
    pub variational: Option<bool>,
    /// Share of the weights from the state that training drops
    #[arg(long, value_name = "SHARE", help_heading = "Network")]
    pub weight_drop: Option<f64>,
    /// Probability with which a value of the state stays what it was in a step of training
    #[arg(long, value_name = "SHARE", help_heading = "Network")]
    pub zoneout: Option<f64>,
    /// The vectors of the symbols are the weights of the output too
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Network")]
    pub tied: Option<bool>,
    /// Normalise each layer's outputs
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Network")]
    pub layer_norm: Option<bool>,

    /// How much time the guesses may cost
    #[arg(long, value_name = "PRESET", value_parser = word::<Preset>(&["fast", "balanced", "best"]), help_heading = "Training")]
    pub preset: Option<Preset>,
    /// Texts read side by side, each with a state that is carried on
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Training")]
    pub batch: Option<usize>,
    /// Symbols that a gradient flows back through
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Training")]
    pub window: Option<usize>,
    /// Most passes over the text
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Training")]
    pub epochs: Option<usize>,
    /// Most steps of the optimiser; the learning rate falls towards the last one
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Training")]
    pub max_steps: Option<usize>,
    /// Steps after which the held-back part is read [default: as often as costs little]
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Training")]
    pub validate_every: Option<usize>,
    /// Learning rate
    #[arg(long, value_name = "RATE", help_heading = "Training")]
    pub lr: Option<f64>,
    /// How the learning rate changes
    #[arg(long, value_name = "SHAPE", value_parser = word::<ScheduleName>(&["constant", "cosine", "one-cycle"]), help_heading = "Training")]
    pub schedule: Option<ScheduleName>,
    /// Weight decay of AdamW
    #[arg(long, value_name = "RATE", help_heading = "Training")]
    pub weight_decay: Option<f64>,
    /// Longest gradient, all parameters together; 0 for no limit
    #[arg(long, value_name = "NORM", help_heading = "Training")]
    pub clip_norm: Option<f64>,
    /// Readings of the held-back part without a better loss before training stops
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Training")]
    pub patience: Option<usize>,
    /// Longest time for training, for which sizes and steps are then chosen: 90s, 10m, 2h
    #[arg(long, value_name = "TIME", value_parser = duration_text, help_heading = "Training")]
    pub time_limit: Option<String>,
    /// Start of every random choice; the same seed gives the same model
    #[arg(long, value_name = "N", help_heading = "Training")]
    pub seed: Option<u64>,
    /// Threads [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Training")]
    pub threads: Option<usize>,
}
