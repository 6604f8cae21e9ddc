//! `gatewise man`: a manual page for each command, from the definitions that make the help.

use std::path::Path;
use std::process::ExitCode;

use clap::CommandFactory;
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
    let mut cli = Cli::command();
    cli.build();
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

/// The pages of a command and of all below it.
fn manuals(command: &clap::Command) -> std::io::Result<Vec<Manual>> {
    let mut all = vec![manual(command)?];
    for below in command.get_subcommands().filter(|below| below.get_name() != "help" && !below.is_hide_set()) {
        all.extend(manuals(below)?);
    }
    Ok(all)
}

fn manual(command: &clap::Command) -> std::io::Result<Manual> {
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    man.render(&mut page)?;
    Ok(Manual { file: man.get_filename(), page })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every command with the names on the way to it.
    fn commands(command: &clap::Command, name: &str, all: &mut Vec<(String, clap::Command)>) {
        all.push((name.to_owned(), command.clone()));
        for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
            commands(below, &format!("{name}-{}", below.get_name()), all);
        }
    }

    #[test]
    fn every_command_has_a_page_that_names_its_flags() {
        let mut cli = Cli::command();
        cli.build();
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
            for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
                assert!(text.contains(below.get_name()), "{name}: {}", below.get_name());
            }
        }
    }
}
