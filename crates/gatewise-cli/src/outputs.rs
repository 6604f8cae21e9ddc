//! Where results go: never over what a command reads, nor over a part of a run; and refused before the work, not after it.

use std::path::{Path, PathBuf};

use gatewise::format::{OutputFile, clear_abandoned};
use gatewise_data::TableForm;

use crate::args::{Command, DemoCommand, GivenArgs};
use crate::cli_error::CliError;

/// Names of the files that a run consists of.
const PARTS: [&str; 11] = [
    "begun.toml",
    "model.safetensors",
    "last.safetensors",
    "config.toml",
    "metrics.jsonl",
    "metrics.json",
    "report.html",
    "forecast.csv",
    "forecast.svg",
    "scores.csv",
    "events.csv",
];

/// What a command writes where the user says, and what it reads.
#[derive(Default)]
struct Paths<'a> {
    outputs: Vec<(&'static str, &'a Path)>,
    inputs: Vec<&'a Path>,
    /// A model file or run folder.
    model: Option<&'a Path>,
}

/// Refuses results a place where they cannot be, or would cost what is there.
///
/// # Errors
/// The output's path, what is wrong with it and the way out.
pub fn check(command: &Command) -> Result<(), CliError> {
    let Paths { outputs, inputs, model } = paths(command);
    for (k, &(flag, output)) in outputs.iter().enumerate() {
        let name = output.display();
        if let Some(input) = inputs.iter().chain(&model).find(|input| is_same(output, input)) {
            return Err(CliError::usage(format!("{flag} {name}: the command reads {}, which would be lost", input.display()))
                .help(format!("name another file with {flag}")));
        }
        if model.is_some_and(|model| is_part(output, model)) {
            return Err(
                CliError::usage(format!("{flag} {name}: a part of the run would be lost")).help(format!("name another file with {flag}"))
            );
        }
        if let Some((other, _)) = outputs[..k].iter().find(|(_, earlier)| is_same(earlier, output)) {
            return Err(CliError::usage(format!("{other} and {flag} name the same file, {name}")).help("name two"));
        }
        probe(output)?;
    }
    Ok(())
}

/// Refuses a place that cannot be written to, and a name that asks for a form that no table is written in.
pub fn probe(output: &Path) -> Result<(), CliError> {
    TableForm::of(output)?;
    // What a killed process left beside it; where that cannot be removed, it is in nobody's way.
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let _ = clear_abandoned(folder);
    OutputFile::probe(output).map_err(|e| {
        CliError::io(format!("{}: cannot write: {e}", output.display())).help("is the folder there and writable, and the disk not full?")
    })
}

fn paths(command: &Command) -> Paths<'_> {
    fn output(path: Option<&PathBuf>) -> Vec<(&'static str, &Path)> {
        path.map(|path| ("--output", path.as_path())).into_iter().collect()
    }
    fn given(args: &GivenArgs) -> Paths<'_> {
        Paths { outputs: output(args.output.as_ref()), inputs: vec![&args.data], model: Some(&args.model) }
    }
    match command {
        Command::Forecast(args) => {
            let inputs = std::iter::once(&args.run.data).chain(&args.run.source.config).map(PathBuf::as_path).collect();
            Paths { outputs: output(args.run.output.as_ref()), inputs, model: None }
        }
        Command::Detect(args) => {
            let inputs = [Some(&args.run.data), args.run.source.config.as_ref(), args.settings.rows.known.ignore.as_ref()];
            Paths {
                outputs: output(args.run.output.as_ref()),
                inputs: inputs.into_iter().flatten().map(PathBuf::as_path).collect(),
                model: None,
            }
        }
        Command::Predict(args) => given(&args.given),
        Command::Features(args) => given(&args.given),
        Command::Evaluate(args) => {
            let mut paths = given(&args.given);
            paths.outputs.extend(args.page.as_deref().map(|page| ("--page", page)));
            paths.inputs.extend(args.history.as_deref());
            paths
        }
        Command::Export(args) => Paths { outputs: output(Some(&args.output)), model: Some(&args.model), ..Paths::default() },
        Command::Import(args) => {
            let inputs = args.inputs().map(|(_, file)| Path::new(file)).chain([args.model.as_path()]).collect();
            Paths { outputs: output(args.output.as_ref()), inputs, model: None }
        }
        Command::Inspect(args) => Paths {
            outputs: output(args.output.as_ref()),
            inputs: args.paths.iter().skip(usize::from(args.paths.len() > 1)).map(PathBuf::as_path).collect(),
            model: args.paths.first().filter(|_| args.paths.len() > 1).map(PathBuf::as_path),
        },
        Command::Walk(args) => Paths {
            outputs: output(args.output.as_ref()),
            inputs: args.data.iter().map(PathBuf::as_path).collect(),
            model: args.model.as_deref(),
        },
        Command::Generate(args) => Paths {
            outputs: args.save_state.as_deref().map(|path| ("--save-state", path)).into_iter().collect(),
            inputs: args.prompt_file.iter().map(PathBuf::as_path).collect(),
            model: Some(&args.model),
        },
        Command::Demo(demo) => Paths {
            outputs: output(match demo {
                DemoCommand::Vanishing(args) | DemoCommand::Exploding(args) => args.demo.output.as_ref(),
                DemoCommand::Memory(args) => args.demo.output.as_ref(),
                DemoCommand::Adding(args) => args.demo.output.as_ref(),
            }),
            ..Paths::default()
        },
        Command::Synth(args) => Paths { outputs: output(args.output.as_ref()), ..Paths::default() },
        _ => Paths::default(),
    }
}

/// Whether two paths lead to one file whose content would be lost; devices and pipes have none.
fn is_same(output: &Path, input: &Path) -> bool {
    let is_file = |path: &Path| path.metadata().is_ok_and(|m| m.is_file());
    is_file(output) && is_file(input) && id(output).zip(id(input)).is_some_and(|(a, b)| a == b)
}

#[cfg(unix)]
fn id(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    path.metadata().ok().map(|m| (m.dev(), m.ino()))
}

#[cfg(not(unix))]
fn id(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}

/// Whether a path leads to a part of the run that a model belongs to.
fn is_part(output: &Path, model: &Path) -> bool {
    let folder = if model.is_dir() { Some(model) } else { model.parent() };
    let folder = folder.map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    // A model that lies by itself among other files is no run.
    let Some(folder) = folder.filter(|folder| folder.join("config.toml").exists()) else { return false };
    PARTS.iter().any(|part| is_same(output, &folder.join(part)))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::Cli;

    fn refused(words: &[&str]) -> Option<String> {
        let cli = Cli::parse_from(std::iter::once("gatewise").chain(words.iter().copied()));
        check(&cli.command).err().map(|e| e.to_string())
    }

    #[test]
    fn what_is_read_is_never_written_over() {
        let base = tempfile::tempdir().unwrap();
        let at = |name: &str| base.path().join(name).to_str().unwrap().to_owned();
        let (data, run) = (at("in.csv"), at("run"));
        std::fs::write(&data, "a\n1\n").unwrap();
        std::fs::create_dir(&run).unwrap();
        for part in ["model.safetensors", "config.toml", "report.html"] {
            std::fs::write(at("run").clone() + "/" + part, "x").unwrap();
        }
        let other = at("out.csv");
        for command in ["predict", "features", "evaluate"] {
            assert!(refused(&[command, &run, &data, "-o", &data]).unwrap().contains("would be lost"));
            let model = format!("{run}/model.safetensors");
            assert!(refused(&[command, &run, &data, "-o", &model]).unwrap().contains("part of the run"));
            assert!(refused(&[command, &model, &data, "-o", &model]).unwrap().contains("would be lost"));
            assert_eq!(refused(&[command, &run, &data, "-o", &other]), None);
            assert!(refused(&[command, &run, &data, "-o", &at("absent/out.csv")]).unwrap().contains("cannot write"));
        }
        let model = format!("{run}/model.safetensors");
        assert!(refused(&["export", &run, "-o", &model]).unwrap().contains("part of the run"));
        assert!(refused(&["export", &model, "-o", &model]).unwrap().contains("would be lost"));
        assert_eq!(refused(&["export", &run, "-o", &other]), None);
        assert!(refused(&["import", &data, "--input", &format!("x={other}"), "-o", &data]).unwrap().contains("would be lost"));
        assert!(refused(&["forecast", &data, "-o", &data]).unwrap().contains("would be lost"));
        assert!(refused(&["detect", &data, "-o", &data]).unwrap().contains("would be lost"));
        std::fs::write(&other, "").unwrap();
        assert!(refused(&["evaluate", &run, &data, "-o", &other, "--page", &other]).unwrap().contains("same file"));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&data, at("link.csv")).unwrap();
            assert!(refused(&["forecast", &data, "-o", &at("link.csv")]).unwrap().contains("would be lost"));
            assert_eq!(refused(&["forecast", &data, "-o", "/dev/null"]), None);
        }
    }
}
