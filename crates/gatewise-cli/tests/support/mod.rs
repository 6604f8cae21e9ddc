//! A temporary folder with the real binary in it.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A folder of its own for a test.
pub struct Place {
    folder: TempDir,
}

/// What a command left.
#[derive(Debug)]
pub struct Ended {
    pub status: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ended {
    pub fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
        Self { status: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// The events of `--json`.
    pub fn events(&self) -> Vec<Value> {
        let event = |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e} in {line}"));
        self.out.lines().map(event).collect()
    }

    /// Events of one name.
    pub fn named(&self, name: &str) -> Vec<Value> {
        self.events().into_iter().filter(|e| e["event"] == name).collect()
    }

    /// Fails the test with all output unless the status is `expected`.
    pub fn expect(self, expected: i32) -> Self {
        assert_eq!(self.status, Some(expected), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }
}

impl Place {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.file(name), text).expect("a file in the temporary folder");
        self
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.file(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).expect("a text file")
    }

    /// The binary, to run in the folder.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gatewise"));
        command.current_dir(self.path()).args(args);
        command
    }

    pub fn run(&self, args: &[&str]) -> Ended {
        Ended::of(self.command(args).output().expect("the binary runs"))
    }

    /// Trains a small model on `data` into `runs/m`.
    pub fn model(&self, data: &str) -> Ended {
        let args = [
            "train",
            "forecast",
            data,
            "--horizon",
            "6",
            "-o",
            "runs/m",
            "--epochs",
            "2",
            "--hidden",
            "4",
            "--lookback",
            "12",
            "--threads",
            "1",
            "--combine",
            "network",
        ];
        self.run(&args).expect(0)
    }
}

/// A command that reads and writes while the test does.
pub fn open(place: &Place, args: &[&str]) -> std::process::Child {
    let streams = |command: &mut Command| command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    streams(&mut place.command(args)).expect("the binary runs")
}

#[cfg(unix)]
/// Runs until the first event that `is` says yes to, presses Ctrl-C, and waits.
pub fn interrupt(place: &Place, args: &[&str], is: impl Fn(&str) -> bool) -> Ended {
    signal("-INT", place, args, is)
}

/// As [`interrupt`], by another signal.
pub fn signal(signal: &str, place: &Place, args: &[&str], is: impl Fn(&str) -> bool) -> Ended {
    let mut child = place.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    let mut out = BufReader::new(child.stdout.take().expect("standard output"));
    let mut text = String::new();
    loop {
        let mut line = String::new();
        assert!(out.read_line(&mut line).expect("a line") > 0, "ended before it could be interrupted:\n{text}");
        text += &line;
        if is(&line) {
            break;
        }
    }
    let killed = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill runs");
    assert!(killed.success());
    std::io::Read::read_to_string(&mut out, &mut text).expect("the rest");
    let mut ended = Ended::of(child.wait_with_output().expect("it ends"));
    ended.out = text;
    ended
}

/// Flags that make a training end in a moment.
pub const TINY: [&str; 8] = ["--epochs", "2", "--hidden", "4", "--lookback", "12", "--threads", "1"];

/// `head` and then `TINY`.
pub fn tiny<'a>(head: &[&'a str]) -> Vec<&'a str> {
    head.iter().copied().chain(TINY).collect()
}

/// Months of a wave on a rising line, as `month,sales`.
pub fn monthly(rows: usize) -> String {
    let mut text = "month,sales\n".to_string();
    for row in 0..rows {
        text += &format!("{}-{:02},{}\n", 2000 + row / 12, row % 12 + 1, wave(row));
    }
    text
}

/// Two series over whole numbers, as `unique_id,ds,y`.
pub fn long(rows: usize) -> String {
    let mut text = "unique_id,ds,y\n".to_string();
    for (id, level) in [("a", 1.0), ("b", 50.0)] {
        for row in 0..rows {
            text += &format!("{id},{},{}\n", row + 1, level * wave(row));
        }
    }
    text
}

pub fn wave(row: usize) -> f64 {
    let noise = (row * 7919 % 13) as f64 * 0.2;
    50.0 + 0.3 * row as f64 + 10.0 * (std::f64::consts::TAU * row as f64 / 12.0).sin() + noise
}

/// Rows that rise or fall, their label in front.
pub fn labelled() -> String {
    (0..40).fold(String::new(), |text, k| {
        let (label, sign) = [("up", 1), ("down", -1)][k % 2];
        let row: Vec<String> = (0..8).map(|t| (sign * (t + k as i32 % 3)).to_string()).collect();
        text + &format!("{label},{}\n", row.join(","))
    })
}

/// Lines of Korean and English, over and over.
pub fn story() -> String {
    let lines = ["나는 학교에 간다.", "너는 집에 간다.", "the cat sat on the mat,", "and the dog sat on the log."];
    lines.join("\n").repeat(60)
}

/// Trains a tiny language model on `data` into `run`.
pub fn language(place: &Place, data: &str, run: &str, more: &[&str]) -> Ended {
    let tiny = ["--max-steps", "40", "--batch", "4", "--window", "16", "--threads", "1"];
    place.run(&[&["train", "language", data, "-o", run, "--json"][..], &tiny, more].concat())
}

/// Sizes of a network that is trained in a moment.
pub const SMALL: [&str; 4] = ["--hidden", "24", "--layers", "1"];
