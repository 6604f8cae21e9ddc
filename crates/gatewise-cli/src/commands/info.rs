//! `gatewise info`: version, instruction set, threads.

use std::process::ExitCode;

use gatewise::Isa;
use gatewise::prior::{self, Prior};
use serde_json::json;

use crate::cli_error::CliError;
use crate::console::Console;

pub fn run(console: Console) -> anyhow::Result<ExitCode> {
    let isa = Isa::from_env().map_err(CliError::usage)?;
    let available: Vec<String> = Isa::ALL.into_iter().filter(|isa| isa.available()).map(|isa| isa.to_string()).collect();
    let threads = super::cores();
    let built_in = Prior::built_in(&super::cpu(Some(1))?);
    let prior = built_in.record();
    let (version, target) = (env!("CARGO_PKG_VERSION"), format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS));
    if console.json() {
        console.event(&json!({
            "event": "info", "version": version, "target": target, "isa": isa.to_string(), "available": available, "bf16": isa.multiplies_bf16(), "tiles": isa.has_tiles(), "threads": threads,
            "prior": {"version": prior::VERSION, "parameters": built_in.network().params().values.len(), "series": prior.series, "seed": prior.seed, "loss": prior.loss, "widths": prior.widths},
        }));
    } else {
        console.print(&format!(
            "gatewise        {version}\ntarget          {target}\ninstruction set {isa} (GATEWISE_ISA: {})\nbf16 products   {}\nthreads         {threads} (--threads)\n\
             prior           version {}: {} parameters, trained on {} synthetic series (seed {})\n",
            available.join(", "),
            match (isa.multiplies_bf16(), isa.has_tiles()) {
                (true, true) => "yes, on tiles (--precision bf16)",
                (true, false) => "yes (--precision bf16)",
                _ => "no",
            },
            prior::VERSION,
            built_in.network().params().values.len(),
            prior.series,
            prior.seed,
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
