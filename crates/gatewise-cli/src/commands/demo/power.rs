//! `gatewise demo vanishing` and `exploding`: powers of a number beside gradients measured in networks of that spectral radius.

use std::process::ExitCode;

use gatewise::Cpu;
use gatewise::demo::Power;
use gatewise_report::demo::{power_page, power_text};

use crate::args::DemoArgs;
use crate::cli_error::{CliError, as_flags};
use crate::commands::command_line;
use crate::console::Console;

/// A radius at which gradients fade.
pub const VANISHING: (&str, f64) = ("vanishing", 0.9);
/// A radius at which they grow.
pub const EXPLODING: (&str, f64) = ("exploding", 1.2);

pub fn run(args: &DemoArgs, (name, radius): (&str, f64), console: Console) -> anyhow::Result<ExitCode> {
    let cpu = Cpu::with_isa(super::machine(args)?.0, 1);
    let mut on_event = |event: &_| console.event(&serde_json::to_value(event).unwrap_or_default());
    let power = Power::measure(&cpu, radius, args.seed, &mut on_event).map_err(|e| CliError::data(e.to_string()))?;
    if !console.json() {
        console.print(&as_flags(&power_text(&power)))?;
    }
    if let Some(path) = &args.output {
        super::write_page(path, &power_page(&power, name, command_line()), console)?;
    }
    Ok(ExitCode::SUCCESS)
}
