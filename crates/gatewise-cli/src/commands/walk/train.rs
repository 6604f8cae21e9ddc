//! A walk without a model: networks are trained on the text first.

use gatewise::Isa;
use gatewise::train::Control;
use gatewise::walk::{Passage, Walk, train_on, walk};
use serde_json::json;

use crate::args::WalkArgs;
use crate::cli_error::CliError;
use crate::console::Console;
use crate::job::interrupt;

/// Trains RNN, GRU and LSTM alike, and walks over the text with each.
pub fn walk_over(args: &WalkArgs, passage: &Passage, console: Console) -> anyhow::Result<Walk> {
    let threads = args.threads.unwrap_or_else(crate::commands::cores);
    let isa = Isa::from_env().map_err(CliError::usage)?;
    interrupt::catch()?;
    let mut on_progress = |net: &str, step, of, loss| {
        console.event(&json!({"event": "learn", "net": net, "step": step, "steps": of, "loss": loss}));
        if interrupt::asked() { Control::Stop } else { Control::Continue }
    };
    let here = train_on(passage, isa, threads, args.seed, &mut on_progress).map_err(CliError::from)?;
    let Some(mut here) = here else {
        return Err(CliError::io("interrupted before every network was trained").status(interrupt::status()).into());
    };
    if let Some(folder) = &args.save {
        std::fs::create_dir_all(folder).map_err(|e| CliError::io(format!("{}: {e}", folder.display())))?;
        for place in 0..here.models.len() {
            let path = folder.join(format!("{}.safetensors", here.models[place].0));
            let model = here.language(place).map_err(|e| CliError::from(e.about(&passage.name)))?;
            model.save(&path).map_err(|e| CliError::io(e.to_string()))?;
            console.info(format!("wrote {}", path.display()));
        }
    }
    let cpu = crate::commands::cpu(args.threads)?;
    let mut walked = walk(&cpu, &mut here.models, &here.vocabulary, passage, super::shown(args)).map_err(CliError::from)?;
    (walked.trained_here, walked.runs) = (true, here.runs);
    Ok(walked)
}
