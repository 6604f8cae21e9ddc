//! `gatewise info`: version, instruction set, threads.

use std::process::ExitCode;

use gatewise::Isa;
use serde_json::json;

use crate::cli_error::CliError;
use crate::console::Console;

pub fn run(console: Console) -> anyhow::Result<ExitCode> {
    let isa = Isa::from_env().map_err(CliError::usage)?;
    let available: Vec<String> = Isa::ALL.into_iter().filter(|isa| isa.available()).map(|isa| isa.to_string()).collect();
    let threads = super::cores();
    let (version, target) = (env!("CARGO_PKG_VERSION"), format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS));
    if console.json() {
        console.event(&json!({
            "event": "info", "version": version, "target": target, "isa": isa.to_string(), "available": available, "bf16": isa.multiplies_bf16(), "tiles": isa.has_tiles(), "threads": threads,
        }));
    } else {
        console.print(&format!(
            "gatewise        {version}\ntarget          {target}\ninstruction set {isa} (GATEWISE_ISA: {})\nbf16 products   {}\nthreads         {threads} (--threads)\n",
            available.join(", "),
            match (isa.multiplies_bf16(), isa.has_tiles()) {
                (true, true) => "yes, on tiles (--precision bf16)",
                (true, false) => "yes (--precision bf16)",
                _ => "no",
            }
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
