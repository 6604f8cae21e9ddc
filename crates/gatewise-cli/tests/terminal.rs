//! What people see on a terminal, beside what a pipe gets.

mod support;

use std::io::Read;
use std::process::Command;

use support::{Ended, Place, language, monthly, open, story};

/// What a command shows on a pseudo-terminal so many columns wide; none where `script` of util-linux is not there.
fn on_terminal(place: &Place, columns: usize, variables: &[(&str, &str)], args: &str) -> Option<String> {
    let is_there =
        Command::new("script").arg("--version").output().is_ok_and(|o| String::from_utf8_lossy(&o.stdout).contains("util-linux"));
    if !is_there {
        println!("skipped: no script");
        return None;
    }
    let line = format!("stty cols {columns} rows 40; '{}' {args}", env!("CARGO_BIN_EXE_gatewise"));
    let mut command = Command::new("script");
    command.current_dir(place.path()).args(["-qec", &line, "/dev/null"]).stdin(std::process::Stdio::null());
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command.env("TERM", "xterm").envs(variables.iter().copied());
    Some(Ended::of(command.output().expect("script runs")).out)
}

/// Text without what colours it.
fn plain(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.split_once(|c: char| c.is_ascii_alphabetic()).map_or("", |(_, rest)| rest))
}

/// Lines as they are left on the screen: what was drawn over is gone.
fn screen(text: &str) -> Vec<String> {
    let line = |line: &str| line.trim_end_matches('\r').rsplit('\r').next().map(plain).unwrap_or_default();
    text.split('\n').map(line).collect()
}

const PREDICT: &str = "predict prior sales.csv --horizon 6 -q";

#[test]
fn a_terminal_is_shown_a_table_as_wide_as_it_is() {
    let place = Place::new();
    place.write("sales.csv", monthly(48));
    for columns in [40, 60, 80, 120] {
        let Some(shown) = on_terminal(&place, columns, &[], PREDICT) else { return };
        let lines: Vec<String> = screen(&shown).into_iter().filter(|line| !line.is_empty()).collect();
        assert!(lines[0].starts_with("ds       forecast") && !shown.contains(','), "{shown}");
        assert!(shown.starts_with("\u{1b}[1mds "), "the heading is bold: {shown:?}");
        assert!(lines.iter().all(|line| line.chars().count() <= columns), "{columns}: {shown}");
        let (count, left_out) = if columns == 40 { (8, true) } else { (7, false) };
        assert_eq!((lines.len(), lines[lines.len() - 1].contains(" more; -o FILE writes all")), (count, left_out), "{columns}: {shown}");
        for line in &lines[1..7] {
            assert!(line.split_whitespace().skip(1).all(|cell| cell.len() <= 6 && cell.parse::<f64>().is_ok()), "{line}");
        }
    }
    let piped = place.run(&PREDICT.split(' ').collect::<Vec<_>>()).expect(0).out;
    let Some(forced) = on_terminal(&place, 40, &[], &format!("{PREDICT} --format csv")) else { return };
    assert_eq!(forced.replace('\r', ""), piped, "the same table");
}

#[test]
fn a_long_table_is_shown_by_its_ends() {
    let place = Place::new();
    let Some(shown) = on_terminal(&place, 80, &[], "synth --rows 260 --series 2") else { return };
    let lines = screen(&shown);
    let middle = lines.iter().position(|line| line == "… 480 rows more; -o FILE writes all").expect("a line on what is left out");
    assert_eq!((middle, lines.iter().filter(|line| !line.is_empty()).count()), (21, 42), "{shown}");
    assert!(lines[20].starts_with("s1") && lines[22].starts_with("s2"), "{shown}");
}

#[test]
fn a_pipe_gets_the_bytes_of_the_file() {
    let place = Place::new();
    place.write("sales.csv", monthly(48));
    let args = |more: &[&str]| {
        let mut command = place.command(&PREDICT.split(' ').collect::<Vec<_>>());
        Ended::of(command.args(more).env("CLICOLOR_FORCE", "1").output().expect("the binary runs")).expect(0)
    };
    args(&["-o", "next.csv"]);
    assert_eq!(args(&[]).out, place.text("next.csv"));
    assert_eq!(args(&["--format", "csv"]).out, place.text("next.csv"));
    assert!(args(&["--json"]).out.lines().all(|line| line.starts_with("{\"") && !line.contains('\u{1b}')));
    let table = plain(&args(&["--format", "table"]).out);
    assert_eq!(table.lines().count(), 7);
    assert!(table.starts_with("ds       forecast") && !table.contains(','), "{table}");
}

#[test]
fn errors_are_red_where_colours_are_wanted() {
    let place = Place::new();
    place.write("bad.csv", "date,x\n2024-01-01,1\n2024-01-02,\n2024-01-03,\u{1b}[2J\n");
    const RED: &str = "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m";
    for (variables, red) in
        [(&[][..], true), (&[("NO_COLOR", "1")], false), (&[("CLICOLOR", "0")], false), (&[("TERM", "dumb"), ("NO_COLOR", "")], false)]
    {
        for command in ["forecast bad.csv", "check bad.csv"] {
            let Some(shown) = on_terminal(&place, 80, variables, command) else { return };
            assert_eq!((shown.contains(RED), shown.contains('\u{1b}')), (red, red), "{variables:?}: {shown:?}");
            assert!(!shown.contains("\u{1b}[2J"), "words of others stay words: {shown:?}");
        }
    }
    let piped = place.run(&["forecast", "bad.csv"]).expect(3);
    assert!(piped.err.starts_with("error: bad.csv:4"), "{}", piped.err);
    let forced = place.command(&["forecast", "bad.csv", "--json"]).env("CLICOLOR_FORCE", "1").output().expect("the binary runs");
    let forced = Ended::of(forced).expect(3);
    assert!(forced.err.starts_with(RED) && !forced.out.contains('\u{1b}') && forced.named("error").len() == 1, "{forced:?}");
}

#[test]
fn the_bar_is_one_line_and_leaves_none() {
    let place = Place::new();
    place.write("sales.csv", monthly(72));
    let tiny = "--horizon 6 --hidden 64 --epochs 40 --threads 1 --combine network --watch-gradients";
    for columns in [40, 80] {
        let Some(shown) = on_terminal(&place, columns, &[], &format!("train forecast sales.csv {tiny}")) else { return };
        let drawn: Vec<String> =
            shown.split(['\r', '\n']).map(plain).filter(|line| line.contains("held back ") && line.contains("/40 ")).collect();
        assert!(!drawn.is_empty(), "{shown}");
        for line in &drawn {
            assert!(line.trim_end().chars().count() < columns, "{columns}: {line:?}");
            assert!(!line.contains("/?") && (columns < 60) != line.contains(['░', '█']), "{columns}: {line:?}");
        }
        let left = screen(&shown);
        assert!(left.iter().any(|line| line.contains(" epochs, ") && line.contains(" steps in ")), "{left:#?}");
        assert!(!left.iter().any(|line| line.contains(['░', '█']) || line.starts_with("held back ")), "{left:#?}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let place = Place::new();
    place.write("story.txt", story());
    language(&place, "story.txt", "lm", &["--hidden", "24"]).expect(0);
    for args in [&["features", "lm", "story.txt", "--pool", "none"][..], &["synth", "--rows", "10000", "--series", "50"]] {
        let mut child = open(&place, args);
        child.stdout.take().expect("a pipe").read_exact(&mut [0; 8]).expect("the start of a table");
        assert!(child.wait().expect("it ends").success(), "{args:?}");
    }
}
