//! Flags of language models in training.

use clap::Args;
use gatewise::task::language::Options;
use serde::{Deserialize, Serialize};

use super::{LimitArgs, RunArgs};

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
pub struct LanguageArgs {
    #[command(flatten)]
    #[serde(flatten)]
    pub limit: LimitArgs,
    #[command(flatten)]
    #[serde(flatten)]
    pub language: Options,
}
