//! `gatewise man`: a manual page for each command, from the definitions that make the help.

use std::path::Path;
use std::process::ExitCode;

use clap::CommandFactory;
use clap::builder::Resettable;
use clap_mangen::Man;

use crate::args::Cli;
use crate::cli_error::CliError;
use crate::console::Console;
use crate::run_folder::write_atomically;

/// A page: the name of its file, and its roff.
struct Manual {
    file: String,
    page: Vec<u8>,
}

/// Writes the pages into a folder, or prints that of `gatewise` itself.
pub fn run(folder: Option<&Path>, console: Console) -> anyhow::Result<ExitCode> {
    let cli = cli();
    let Some(folder) = folder else {
        console.print(&String::from_utf8(manual(&cli)?.page)?)?;
        return Ok(ExitCode::SUCCESS);
    };
    std::fs::create_dir_all(folder).map_err(|e| CliError::io(format!("{}: cannot make the folder: {e}", folder.display())))?;
    let manuals = manuals(&cli)?;
    for Manual { file, page } in &manuals {
        write_atomically(&folder.join(file), page)?;
    }
    console.info(format!("{} pages in {}", manuals.len(), folder.display()));
    Ok(ExitCode::SUCCESS)
}

/// The whole command line; `help` has no page.
fn cli() -> clap::Command {
    let without_help = |command: clap::Command| command.disable_help_subcommand(true);
    let mut cli = without_help(Cli::command()).mut_subcommands(without_help);
    cli.build();
    cli
}

/// The pages of a command and of all below it.
fn manuals(command: &clap::Command) -> std::io::Result<Vec<Manual>> {
    let mut all = vec![manual(command)?];
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        all.extend(manuals(below)?);
    }
    Ok(all)
}

fn manual(command: &clap::Command) -> std::io::Result<Manual> {
    let title = command.get_display_name().unwrap_or_else(|| command.get_name()).to_uppercase();
    // What stands behind the help has headings of its own.
    let plain = command.clone().after_help(Resettable::Reset);
    let man = Man::new(plain).title(title).source(concat!("gatewise ", env!("CARGO_PKG_VERSION"))).manual("Gatewise");
    let mut page = Vec::new();
    man.render(&mut page)?;
    if let Some(more) = command.get_after_help() {
        page.extend(sections(&more.to_string()).bytes());
    }
    Ok(Manual { file: format!("{}.1", command.get_display_name().unwrap_or_else(|| command.get_name())), page })
}

/// Paragraphs that begin as "Examples:" do, as sections of roff; lines that are set apart stay so.
fn sections(text: &str) -> String {
    let mut out = String::new();
    for paragraph in text.split("\n\n") {
        let (heading, body) = paragraph.split_once(':').unwrap_or(("Notes", paragraph));
        let body = body.trim_start_matches([' ', '\n']).replace('\\', "\\e").replace('-', "\\-");
        out += &format!(".SH {}\n", heading.to_uppercase());
        out += &if body.contains('\n') { format!(".nf\n{}\n.fi\n", body.replace("\n  ", "\n")) } else { format!("{body}\n") };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every command with the names on the way to it.
    fn commands(command: &clap::Command, name: &str, all: &mut Vec<(String, clap::Command)>) {
        all.push((name.to_owned(), command.clone()));
        for below in command.get_subcommands() {
            commands(below, &format!("{name}-{}", below.get_name()), all);
        }
    }

    #[test]
    fn examples_keep_their_lines() {
        let text = "Examples:\n  gatewise a --b\n  gatewise c\n\nExit status: 0 done";
        assert_eq!(sections(text), ".SH EXAMPLES\n.nf\ngatewise a \\-\\-b\ngatewise c\n.fi\n.SH EXIT STATUS\n0 done\n");
    }

    #[test]
    fn every_command_has_a_page_that_names_its_flags() {
        let cli = cli();
        let (mut all, pages) = (Vec::new(), manuals(&cli).unwrap());
        commands(&cli, "gatewise", &mut all);
        assert!(all.len() > 20 && pages.len() == all.len());
        for (name, command) in all {
            let page = pages.iter().find(|page| page.file == format!("{name}.1")).unwrap_or_else(|| panic!("{name}.1"));
            let text = String::from_utf8(page.page.clone()).unwrap().replace('\\', "");
            let flags = command.get_arguments().filter(|arg| !arg.is_hide_set()).filter_map(clap::Arg::get_long);
            for flag in flags {
                assert!(text.contains(&format!("--{flag}")), "{name}: --{flag}");
            }
            assert!(!text.contains("gatewise-help") && !text.contains(&format!("{name}-help")), "{name}");
            for below in command.get_subcommands() {
                assert!(text.contains(below.get_name()), "{name}: {}", below.get_name());
            }
        }
    }
}
