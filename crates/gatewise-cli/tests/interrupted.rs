//! Runs that are killed, moved away from, or held against data and settings that changed: they go on to the same bytes, or say why they do not.

#![cfg(unix)]

mod support;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use support::{Ended, Place, labelled, monthly, signal, story};

/// A forecast whose steps are slow and many enough that a signal arrives before the last one.
const SLOW: [&str; 16] = [
    "--horizon",
    "6",
    "--hidden",
    "96",
    "--lookback",
    "48",
    "--segment",
    "1",
    "--epochs",
    "6",
    "--batch",
    "8",
    "--combine",
    "network",
    "--threads",
    "1",
];

fn sales() -> Place {
    let place = Place::new();
    place.write("sales.csv", monthly(120));
    place
}

/// Starts a forecast into `run`, kills it in the middle of an epoch behind its first checkpoint, and gives its command.
fn killed(place: &Place, run: &str, more: &[&str]) {
    let head = ["forecast", "sales.csv", "--run", run, "--json", "--checkpoint-every", "0s"];
    let checkpoint = place.file(run).join("last.safetensors");
    let within = |line: &str| line.contains("\"event\":\"step\"") && checkpoint.exists();
    let ended = signal("-KILL", place, &[&head[..], &SLOW, more].concat(), within);
    assert_eq!(ended.status, None, "{}", ended.err);
}

#[test]
fn a_killed_run_goes_on_from_another_folder_to_the_same_bytes() {
    let place = sales();
    let head = ["forecast", "sales.csv", "--run", "whole", "--checkpoint-every", "0s", "-o", "whole.csv"];
    place.run(&[&head[..], &SLOW].concat()).expect(0);
    killed(&place, "parts", &["-o", "parts.csv"]);
    place.write("parts/.gatewise-torn.tmp", "half a checkpoint");
    std::fs::create_dir(place.file("elsewhere")).unwrap();
    let mut resume = place.command(&["train", "forecast", "--resume", "../parts"]);
    Ended::of(resume.current_dir(place.file("elsewhere")).output().unwrap()).expect(0);
    for file in ["model.safetensors", "last.safetensors", "refit.safetensors", "forecast.csv", "metrics.json", "config.toml"] {
        assert!(place.read(&format!("whole/{file}")) == place.read(&format!("parts/{file}")), "{file}");
    }
    assert_eq!(place.read("parts.csv"), place.read("whole.csv"), "the result goes where the first command wanted it");
    assert!(!place.file("parts/.gatewise-torn.tmp").exists());
    assert_eq!(std::fs::read_dir(place.file("elsewhere")).unwrap().count(), 0);
}

#[test]
fn a_run_killed_at_its_start_begins_anew() {
    let place = sales();
    place.run(&[&["train", "forecast", "sales.csv", "-o", "whole"][..], &SLOW].concat()).expect(0);
    let args = [&["train", "forecast", "sales.csv", "-o", "parts", "--json"][..], &SLOW].concat();
    assert_eq!(signal("-KILL", &place, &args, |line| line.contains("\"event\":\"run\"")).status, None);
    place.run(&["train", "forecast", "--resume", "parts"]).expect(0);
    assert!(place.read("whole/model.safetensors") == place.read("parts/model.safetensors"));
}

#[test]
fn data_that_changed_are_refused_with_the_way_out() {
    let place = sales();
    place.write("items.csv", labelled()).write("story.txt", story());
    let runs: [(&[&str], &str); 5] = [
        (&["train", "forecast"], "sales.csv"),
        (&["train", "detect"], "sales.csv"),
        (&["train", "classify"], "items.csv"),
        (&["train", "regress"], "sales.csv"),
        (&["train", "language"], "story.txt"),
    ];
    for (number, (command, data)) in runs.into_iter().enumerate() {
        let run = format!("run{number}");
        let more: &[&str] = match command[1] {
            "forecast" => &["--horizon", "6", "--epochs", "2", "--hidden", "4", "--combine", "network"],
            "detect" => &[],
            "regress" => &["--label-column", "sales", "--epochs", "1", "--hidden", "4"],
            "language" => &["--max-steps", "10", "--hidden", "8"],
            _ => &["--label-column", "0", "--epochs", "2", "--hidden", "4"],
        };
        place.run(&[command, &[data, "-o", &run], more].concat()).expect(0);
        let before = place.text(data);
        let resume = [command, &["--resume", &run]].concat();
        // As long as before.
        let changed = before.replacen('1', "7", 1).replacen("the", "teh", 1);
        assert_eq!((changed.len(), changed == before), (before.len(), false));
        place.write(data, &changed);
        let refused = place.run(&resume).expect(3);
        assert!(refused.err.contains(&format!("{data}: changed since the run began")), "{}", refused.err);
        assert!(refused.err.contains(&format!("gatewise {} {data} --from {run}", command.join(" "))), "{}", refused.err);
        place.write(data, format!("{before}\n"));
        assert!(place.run(&resume).expect(3).err.contains("and had"));
        place.write(data, before);
        place.run(&resume).expect(0);
    }
}

#[test]
fn an_edited_configuration_is_honoured_or_refused() {
    let place = sales();
    killed(&place, "run", &[]);
    let whole = place.text("run/config.toml");
    let resume = ["train", "forecast", "--resume", "run"];
    for (old, new, words) in [
        ("hidden = 96", "hidden = 64", "hidden is 64 and was 96"),
        ("epochs = 6", "epochs = 7", "epochs is 7 and was 6"),
        ("seed = 1\n", "seed = 2\n", "seed is 2 and was 1"),
        ("combine = \"network\"", "combine = \"best\"", "combine is \"best\" and was \"network\""),
        ("command = \"forecast\"", "command = \"train forecast\"", "command is"),
    ] {
        assert!(whole.contains(old), "{old} in {whole}");
        place.write("run/config.toml", whole.replace(old, new));
        let refused = place.run(&resume).expect(2);
        assert!(refused.err.contains(words) && refused.err.contains("--config run/config.toml"), "{}", refused.err);
    }
    std::fs::rename(place.file("sales.csv"), place.file("moved.csv")).unwrap();
    let moved = whole.replace("data = \"sales.csv\"", "data = \"moved.csv\"").replace("threads = 1", "threads = 2");
    place.write("run/config.toml", moved.replace("checkpoint_every = \"0s\"", "checkpoint_every = \"10s\""));
    place.run(&resume).expect(0);

    // Nothing was learned yet: all may change.
    place.write("sales.csv", monthly(120));
    let args = [&["train", "forecast", "sales.csv", "-o", "early", "--json"][..], &SLOW].concat();
    signal("-KILL", &place, &args, |line| line.contains("\"event\":\"run\""));
    place.write("early/config.toml", place.text("early/config.toml").replace("hidden = 96", "hidden = 5"));
    place.run(&["train", "forecast", "--resume", "early"]).expect(0);
    assert!(place.read("early/model.safetensors").len() < place.read("run/model.safetensors").len());
}

#[test]
fn numbers_that_are_not_finite_leave_weights_that_are() {
    let place = sales();
    place.write("items.csv", labelled()).write("story.txt", story());
    let mut wrong = 0;
    for (k, command) in [
        &["train", "forecast", "sales.csv", "--horizon", "6", "--hidden", "8", "--combine", "network"][..],
        &["train", "classify", "items.csv", "--label-column", "0", "--hidden", "8"],
        &["train", "language", "story.txt", "--hidden", "8"],
    ]
    .into_iter()
    .enumerate()
    {
        for (rate, every) in [("1e38", "0s"), ("1e38", "10s"), ("1e30", "0s"), ("1e20", "10s")] {
            let run = format!("run{k}-{rate}-{every}");
            let more = [
                "-o",
                &run,
                "--lr",
                rate,
                "--schedule",
                "constant",
                "--checkpoint-every",
                every,
                "--clip-norm",
                "0",
                "--weight-decay",
                "0.1",
            ];
            let ended = place.run(&[command, &more].concat());
            if ended.status == Some(0) {
                // Such a rate can also leave the network where it no longer learns.
                continue;
            }
            let ended = ended.expect(4);
            wrong += 1;
            assert!(ended.err.contains("the weights before that step are in the run folder"), "{}", ended.err);
            let bytes = place.read(&format!("{run}/last.safetensors"));
            let finite = |name: &str| {
                tensors(&bytes).iter().filter(|(found, _)| found.starts_with(name)).all(|(_, v)| v.iter().all(|v| v.is_finite()))
            };
            assert!(finite("recurrent.") && finite("head."), "{run}");
        }
    }
    assert!(wrong >= 6, "only {wrong} went wrong");
}

/// The tensors of a safetensors file, by name.
fn tensors(bytes: &[u8]) -> Vec<(String, Vec<f32>)> {
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    let data = &bytes[8 + length..];
    let tensors = header.as_object().unwrap().iter().filter(|(name, _)| *name != "__metadata__");
    let values = |about: &serde_json::Value| {
        let [start, end] = [0, 1].map(|k| about["data_offsets"][k].as_u64().unwrap() as usize);
        data[start..end].chunks(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
    };
    tensors.map(|(name, about)| (name.clone(), values(about))).collect()
}

#[test]
fn a_detector_that_was_ended_learns_again() {
    let place = sales();
    for (command, more) in [(&["detect"][..], "--run"), (&["train", "detect"], "-o")] {
        let whole = command.join("-");
        let parts = format!("{whole}-parts");
        place.run(&[command, &["sales.csv", more, &whole]].concat()).expect(0);
        let args = [command, &["sales.csv", more, &parts, "--json"]].concat();
        signal("-KILL", &place, &args, |line| line.contains("\"event\":\"run\""));
        place.run(&["train", "detect", "--resume", &parts]).expect(0);
        let both = |file: &str| [&whole, &parts].map(|run| place.read(&format!("{run}/{file}")));
        let files: &[&str] = if command.len() == 1 { &["model.safetensors", "scores.csv", "events.csv"] } else { &["model.safetensors"] };
        for file in files {
            let [whole, parts] = both(file);
            assert!(whole == parts, "{command:?} {file}");
        }
    }
}

#[test]
fn paths_need_not_be_text() {
    let place = Place::new();
    let folder = place.path().join(OsStr::from_bytes(b"caf\xe9"));
    if let Err(error) = std::fs::create_dir(&folder) {
        println!("skipped: no such names here ({error})");
        return;
    }
    let at = |name: &[u8]| folder.join(OsStr::from_bytes(name));
    std::fs::write(at(b"s\xff.csv"), monthly(60)).unwrap();
    std::fs::write(at(b"i\xff.csv"), labelled()).unwrap();
    std::fs::write(at(b"t\xff.txt"), story()).unwrap();
    let run = |args: &[&OsStr]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gatewise"));
        Ended::of(command.current_dir(place.path()).args(args).output().unwrap())
    };
    fn words<'a>(text: &'a [&'a str]) -> Vec<&'a OsStr> {
        text.iter().map(|word| OsStr::new(*word)).collect()
    }
    let small = [&["--json", "--hidden", "4", "--threads", "1"][..]].concat();
    for (number, (command, data, more)) in [
        (&["train", "forecast"][..], &b"s\xff.csv"[..], &["--horizon", "3", "--epochs", "1", "--combine", "network"][..]),
        (&["train", "classify"], b"i\xff.csv", &["--epochs", "1", "--label-column", "0"]),
        (&["train", "regress"], b"s\xff.csv", &["--epochs", "1", "--label-column", "sales"]),
        (&["train", "language"], b"t\xff.txt", &["--max-steps", "5"]),
        (&["train", "detect"], b"s\xff.csv", &[]),
    ]
    .into_iter()
    .enumerate()
    {
        let small = if command[1] == "detect" { vec!["--json"] } else { small.clone() };
        let (data, out) = (at(data).into_os_string(), at(&[b"run\xfe", number.to_string().as_bytes()].concat()).into_os_string());
        let args = [&words(command)[..], &[&data, OsStr::new("-o"), &out], &words(&small), &words(more)].concat();
        let ended = run(&args).expect(0);
        ended.events();
        run(&[&words(command)[..], &[OsStr::new("--resume"), &out]].concat()).expect(0);
        if command[1] != "regress" && command[1] != "language" {
            run(&[OsStr::new("predict"), &out, &data, OsStr::new("-o"), &at(b"p\xfd.csv").into_os_string()]).expect(0);
            assert!(at(b"p\xfd.csv").exists());
        }
    }
}
