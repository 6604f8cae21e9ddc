//! Settings on the real binary: keys that are refused, configurations that are read again, runs that go on.

mod support;

use support::{Place, labelled, monthly, story};
use toml::Table;

fn place() -> Place {
    let place = Place::new();
    place.write("sales.csv", monthly(60)).write("items.csv", labelled()).write("story.txt", story());
    place
}

/// Every command with settings.
const COMMANDS: [&[&str]; 8] = [
    &["forecast", "sales.csv"],
    &["train", "forecast", "sales.csv"],
    &["detect", "sales.csv"],
    &["train", "detect", "sales.csv"],
    &["train", "classify", "items.csv"],
    &["train", "regress", "items.csv"],
    &["train", "language", "story.txt"],
    &["inspect", "--compare", "gru", "sales.csv"],
];

#[test]
fn unknown_keys_and_wrong_values_are_refused_by_every_command() {
    let place = place();
    place.write("unknown.toml", "hiden = 3\n").write("wrong.toml", "hidden = 0\n").write("torn.toml", "hidden = \n");
    for command in COMMANDS {
        for (source, words) in [
            (["--set", "hiden=3"], ["--set: unknown key \"hiden\"", "did you mean \"hidden\"?"]),
            (["--config", "unknown.toml"], ["unknown.toml: unknown key \"hiden\"", "did you mean \"hidden\"?"]),
            (["--set", "hidden=0"], ["--set: hidden", "'0'"]),
            (["--config", "wrong.toml"], ["wrong.toml: hidden", "'0'"]),
            (["--set", "cell=elman"], ["--set: cell", "possible values: lstm"]),
            (["--config", "torn.toml"], ["torn.toml", "line 1"]),
        ] {
            let ended = place.run(&[command, &source].concat()).expect(2);
            for word in words {
                assert!(ended.err.contains(word), "{command:?} {source:?}: {word} in\n{}", ended.err);
            }
        }
        place.run(&[command, &["--config", "none.toml"]].concat()).expect(1);
    }
    assert!(!place.file("runs").exists(), "wrong usage leaves nothing behind");
}

/// Complete configurations as version 0.1.0 wrote them.
const FORECAST: &str = "\
batch = 16\ncell = \"gru\"\nchannels = \"independent\"\nclip_norm = 1.0\ndropout = 0.0\nepochs = 2\nhidden = 4\nhorizon = 6
layer_norm = false\nlayers = 1\nlog = true\nlookback = 24\nloss = \"quantile\"\nlr = 0.002\nno_refit = false\nnonnegative = true
normalize = \"window\"\noptimizer = \"adam\"\npatience = 4\npreset = \"balanced\"\nquantiles = [0.1, 0.5, 0.9]\nschedule = \"cosine\"
season = 12\nseed = 1\nseeds = 1\nsegment = 12\nskip = true\ntarget = [\"sales\"]\nthreads = 1\nweight_decay = 0.0\n";
const DETECT: &str = "\
target = [\"sales\"]\ntime = \"month\"\nfalse_alarms = 0.0001\nhold = 100\njoin = 20\nseason = [1]\ncell = \"lstm\"\nhidden = 4\nlayers = 1
lr = 0.003\neffort = 1.0\nseed = 0\n";
const CLASSIFY: &str = "\
batch = 16\nbidirectional = true\ncell = \"gru\"\nchanges = false\nchrono = 0\nclass_weights = \"none\"\nclip_norm = 1.0\ncrop = 0.1
drop_symbols = 0.0\ndropout = 0.3\nhidden = 4\nitem_channels = 1\njitter = 0.05\nlabel_column = \"0\"\nlabel_smoothing = 0.05
layer_norm = false\nlayers = 1\nlr = 0.003\nmask_channels = 0.0\nmask_time = 0.0\nmax_steps = 10\nnormalize = \"channel\"\npatience = 20
preset = \"balanced\"\nreadout = \"concat\"\nrefit = true\nscale = 0.1\nschedule = \"one-cycle\"\nseed = 1\nsegment = 1\nshift = 0.0
split_seed = 1\nthreads = 1\nvalid_share = 0.15\nwarp = 0.1\nweight_decay = 0.01\nweight_drop = 0.0\n";
const LANGUAGE: &str = "\
unit = \"char\"\nvocabulary = 20000\nvalid_share = 0.1\ncell = \"lstm\"\nhidden = 4\nlayers = 1\nembedding = 4\ndropout = 0.0
variational = false\nweight_drop = 0.0\nzoneout = 0.0\ntied = false\nlayer_norm = false\npreset = \"balanced\"\nbatch = 1\nwindow = 64
max_steps = 10\nvalidate_every = 10\nlr = 0.015\nschedule = \"cosine\"\nweight_decay = 0.0\nclip_norm = 1.0\npatience = 5\nseed = 1
threads = 1\n";

#[test]
fn a_configuration_of_an_earlier_version_is_read_and_kept() {
    let place = place();
    let cases = [
        ("forecast", "sales.csv", FORECAST),
        ("detect", "sales.csv", DETECT),
        ("classify", "items.csv", CLASSIFY),
        ("language", "story.txt", LANGUAGE),
    ];
    for (task, data, settings) in cases {
        let origin = format!("command = \"train {task}\"\ndata = \"elsewhere\"\nversion = \"0.1.0\"\n\n");
        let file = format!("{task}.toml");
        place.write(&file, origin + settings);
        place.run(&["train", task, data, "--config", &file, "-o", task]).expect(0);
        let mut kept: Table = place.text(&format!("{task}/config.toml")).parse().expect("TOML");
        for (key, value) in [("command", format!("train {task}")), ("data", data.to_owned()), ("version", "0.1.0".to_owned())] {
            assert_eq!(kept.remove(key), Some(value.into()), "{task}: {key}");
        }
        // Settings that came later stand beside them.
        for (key, value) in settings.parse::<Table>().expect("TOML") {
            assert_eq!(kept.get(&key), Some(&value), "{task}: {key}");
        }
    }
}

#[test]
fn a_run_goes_on_by_the_command_that_began_it() {
    let place = place();
    let tiny = ["--hidden", "4", "--max-steps", "5", "--threads", "1"];
    place.run(&[&["train", "classify", "items.csv", "-o", "classify", "--label-column", "0"][..], &tiny].concat()).expect(0);
    place.run(&[&["train", "language", "story.txt", "-o", "language"][..], &tiny].concat()).expect(0);
    place.run(&["train", "detect", "sales.csv", "-o", "detect", "--hidden", "4"]).expect(0);
    for (task, run, words) in [
        ("forecast", "classify", "gatewise train classify --resume classify"),
        ("language", "classify", "gatewise train classify --resume classify"),
        ("classify", "language", "gatewise train language --resume language"),
        ("regress", "classify", "gatewise train classify --resume classify"),
        ("forecast", "detect", "gatewise train detect --resume detect"),
    ] {
        let ended = place.run(&["train", task, "--resume", run]).expect(2);
        assert!(ended.err.contains(words), "{task} {run}: {words} in\n{}", ended.err);
    }
    place.write("classify/config.toml", "hidden = 4\n");
    let ended = place.run(&["train", "classify", "--resume", "classify"]).expect(3);
    assert!(ended.err.contains("no \"command\""), "{}", ended.err);
}

#[test]
fn a_run_that_began_with_another_model_goes_on_with_it() {
    let place = place();
    let tiny = ["--label-column", "0", "--max-steps", "40", "--threads", "1"];
    place.run(&[&["train", "classify", "items.csv", "-o", "m", "--hidden", "8"][..], &tiny].concat()).expect(0);
    place.run(&[&["train", "classify", "items.csv", "-o", "on", "--from", "m"][..], &tiny].concat()).expect(0);
    let model = place.read("on/model.safetensors");
    // As if the run had stopped before the training on all items, which begins with the other model, too.
    for file in ["refit.safetensors", "model.safetensors"] {
        std::fs::remove_file(place.file(&format!("on/{file}"))).expect("the run left it");
    }
    place.run(&["train", "classify", "--resume", "on"]).expect(0);
    assert_eq!(place.read("on/model.safetensors"), model);
}
