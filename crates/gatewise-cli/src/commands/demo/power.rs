//! `gatewise demo vanishing` and `exploding`: powers of a number beside gradients measured in networks of that spectral radius.

use std::process::ExitCode;

use gatewise::Cpu;
use gatewise::demo::Power;
use gatewise_report::demo::{power_page, power_text};

use crate::args::DemoArgs;
use crate::commands::command_line;
use crate::failure::Failure;
use crate::talk::Talk;

/// A radius at which gradients fade.
pub const VANISHING: (&str, f64) = ("vanishing", 0.9);
/// A radius at which they grow.
pub const EXPLODING: (&str, f64) = ("exploding", 1.2);

pub fn run(args: &DemoArgs, (name, radius): (&str, f64), talk: Talk) -> anyhow::Result<ExitCode> {
    let cpu = Cpu::with_isa(super::machine(args)?.0, 1);
    let mut on_event = |event: &_| talk.event(&serde_json::to_value(event).unwrap_or_default());
    let power = Power::measure(&cpu, radius, args.seed, &mut on_event).map_err(|e| Failure::data(e.to_string()))?;
    if !talk.json() {
        talk.print(&power_text(&power))?;
    }
    if let Some(path) = &args.output {
        super::write_page(path, &power_page(&power, name, command_line()), talk)?;
    }
    Ok(ExitCode::SUCCESS)
}
