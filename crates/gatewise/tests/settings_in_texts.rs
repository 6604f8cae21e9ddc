//! Texts of the libraries name settings within marks, never as flags: those are the command line's.

use std::path::Path;

/// The texts of a source file: literals outside of comments.
fn texts(source: &str) -> Vec<String> {
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn names_a_flag(text: &str) -> bool {
    text.match_indices("--").any(|(at, _)| {
        let before = text[..at].chars().next_back();
        text[at + 2..].starts_with(|c: char| c.is_ascii_lowercase()) && !before.is_some_and(|c| c == '-' || c.is_alphanumeric())
    })
}

fn look(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // Tests of the reports show command lines, as their callers have them.
        if path.ends_with("tests") {
            continue;
        }
        if path.is_dir() {
            look(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let named = texts(&std::fs::read_to_string(&path).unwrap()).into_iter().filter(|text| names_a_flag(text));
            found.extend(named.map(|text| format!("{}: {text}", path.display())));
        }
    }
}

#[test]
fn no_library_names_a_flag() {
    assert!(names_a_flag("or --impute linear") && !names_a_flag("a --- b, 1--2, x--y"));
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    for library in [
        "gatewise",
        "gatewise-data",
        "gatewise-memory",
        "gatewise-baselines",
        "gatewise-ngrams",
        "gatewise-rocket",
        "gatewise-kernels",
        "gatewise-report",
    ] {
        look(&crates.join(library).join("src"), &mut found);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
