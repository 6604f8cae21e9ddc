//! Classes of sound and video on the real binary, and what broken clips do.

mod support;

use std::io::Write;
use std::process::Stdio;

use support::{Ended, Place};

const TINY: [&str; 10] = ["--hidden", "8", "--max-steps", "100", "--batch", "8", "--threads", "1", "--cache", "kept"];

/// Samples of a tone: low for even numbers, high for odd ones.
fn tone(k: usize, rate: u32) -> Vec<i16> {
    let hz = [300.0, 1500.0][k % 2] + 10.0 * (k / 2) as f64;
    let samples = rate as usize * (3 + k % 3) / 10;
    (0..samples).map(|n| (8000.0 * (std::f64::consts::TAU * hz * n as f64 / f64::from(rate)).sin()) as i16).collect()
}

fn wav(samples: &[i16], rate: u32) -> Vec<u8> {
    let bytes = 2 * samples.len() as u32;
    let mut out = [b"RIFF".as_slice(), &(36 + bytes).to_le_bytes(), b"WAVEfmt ", &16_u32.to_le_bytes()].concat();
    // PCM, one channel, 16 bits.
    out.extend([1_u16, 1].iter().flat_map(|v| v.to_le_bytes()));
    out.extend([rate, 2 * rate].iter().flat_map(|v| v.to_le_bytes()));
    out.extend([2_u16, 16].iter().flat_map(|v| v.to_le_bytes()));
    out.extend([b"data".as_slice(), &bytes.to_le_bytes()].concat());
    out.extend(samples.iter().flat_map(|s| s.to_le_bytes()));
    out
}

/// Twenty tones at two rates, their labels in their names.
fn tones(place: &Place) {
    std::fs::create_dir_all(place.file("tones")).unwrap();
    for k in 0..20 {
        let rate = [8000, 11_025][k / 10];
        place.write(&format!("tones/{}_{k}.wav", ["low", "high"][k % 2]), wav(&tone(k, rate), rate));
    }
}

fn train(place: &Place, data: &str, more: &[&str]) -> Ended {
    place.run(&[&["train", "classify", data, "-o", "m", "--json"][..], &TINY, more].concat())
}

fn accuracy(ended: &Ended) -> f64 {
    ended.named("score").last().expect("a score")["accuracy"].as_f64().expect("an accuracy")
}

#[test]
fn tones_of_two_rates_are_told_apart_in_files_and_in_a_stream() {
    let place = Place::new();
    tones(&place);
    train(&place, "tones", &["--label-regex", "^(low|high)_"]).expect(0);
    assert!(std::fs::read_dir(place.file("kept")).unwrap().count() >= 20, "frames are kept");
    let scored = place.run(&["evaluate", "m", "tones", "--json", "--cache", "none"]).expect(0);
    assert!(accuracy(&scored) > 0.9, "{}", scored.out);

    let raw: Vec<u8> = [1, 1, 1, 0, 0, 0].iter().flat_map(|&k| tone(k, 8000)).flat_map(i16::to_le_bytes).collect();
    let mut command = place.command(&["predict", "m", "-", "--follow", "--window", "0.3"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    // Blocks that end inside a sample.
    let feeder = std::thread::spawn(move || raw.chunks(777).for_each(|block| input.write_all(block).unwrap()));
    let ended = Ended::of(child.wait_with_output().unwrap()).expect(0);
    feeder.join().unwrap();
    let heard: Vec<&str> = ended.out.lines().skip(1).map(|line| line.split(',').nth(1).unwrap()).collect();
    assert_eq!(heard, ["high", "low"], "{}", ended.out);
}

/// Runs with bytes on standard input.
fn piped(place: &Place, args: &[&str], bytes: Vec<u8>) -> Ended {
    let mut command = place.command(args);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || drop(input.write_all(&bytes)));
    let ended = Ended::of(child.wait_with_output().unwrap());
    feeder.join().unwrap();
    ended
}

#[test]
fn one_clip_is_one_item_and_a_short_stream_is_answered() {
    let place = Place::new();
    tones(&place);
    train(&place, "tones", &["--label-regex", "^(low|high)_"]).expect(0);
    let folder = place.run(&["predict", "m", "tones"]).expect(0).out;
    let known = |name: &str| folder.lines().find(|line| line.starts_with(name)).unwrap().split_once(',').unwrap().1.to_owned();
    let one = place.run(&["predict", "m", "tones/high_3.wav"]).expect(0).out;
    assert_eq!(one.lines().nth(1).unwrap(), format!("high_3.wav,{}", known("high_3.wav")));
    let through = piped(&place, &["predict", "m", "-"], place.read("tones/low_4.wav")).expect(0);
    assert_eq!(through.out.lines().nth(1).unwrap(), format!("<stdin>,{}", known("low_4.wav")));
    // Columns of paths, with labels and without.
    place.write("paths.csv", "path,label\ntones/low_4.wav,low\ntones/high_3.wav,high\n").write("alone.csv", "tones/low_4.wav\n");
    let listed = place.run(&["predict", "m", "paths.csv"]).expect(0).out;
    assert_eq!(listed.lines().nth(1).unwrap(), format!("tones/low_4.wav,{}", known("low_4.wav")));
    assert_eq!(place.run(&["predict", "m", "alone.csv"]).expect(0).out.lines().count(), 2);
    assert!(place.run(&["predict", "m", "none.wav"]).expect(1).err.contains("none.wav"));
    // A quarter of a second, where a window has one.
    let raw: Vec<u8> = tone(1, 8000)[..2000].iter().flat_map(|s| s.to_le_bytes()).collect();
    let short = piped(&place, &["predict", "m", "-", "--follow"], raw.clone()).expect(0);
    assert!(short.out.lines().count() == 2 && short.out.contains(",high,"), "{}", short.out);
    assert!(short.err.contains("less than the 1.00 s of --window"), "{}", short.err);
    let long = raw.repeat(6);
    let all = piped(&place, &["predict", "m", "-", "--follow", "--all"], long).expect(0);
    assert_eq!(all.out.lines().next(), Some("seconds,label,probability,high,low"));
    // After 1, 1.25 and 1.5 seconds; the last frame of the end comes a moment later.
    assert!((4..=5).contains(&all.out.lines().count()), "{}", all.out);
    let empty = piped(&place, &["predict", "m", "-", "--follow"], Vec::new()).expect(3);
    assert!(empty.err.contains("before there is enough of it"), "{}", empty.err);
    // Sound that other programs decode has a clear word where they are not installed.
    place.write("clip.m4a", b"\0\0\0\x20ftypM4A \0\0\0\0");
    let mut command = place.command(&["predict", "m", "clip.m4a"]);
    let refused = Ended::of(command.env("PATH", "").output().unwrap()).expect(3);
    assert!(refused.err.contains("`ffmpeg`, which is not installed") && refused.err.contains("apt install ffmpeg"), "{}", refused.err);
}

#[test]
fn broken_clips_are_named_and_refused_or_left_out() {
    let place = Place::new();
    tones(&place);
    place.write("tones/low_empty.wav", wav(&[], 8000)).write("tones/low_damaged.wav", b"RIFF\x10\0\0\0WAVEnonsense");
    place.write("tones/high_nothing.wav", b"");
    let flags = ["--label-regex", "^(low|high)_"];
    let refused = train(&place, "tones", &flags).expect(3);
    assert!(refused.err.contains("nothing.wav") && refused.err.contains("--on-error"), "{}", refused.err);
    let skipped = train(&place, "tones", &[&flags[..], &["--on-error", "skip"]].concat()).expect(0);
    let notes: Vec<String> = skipped.named("note").iter().map(|n| n["message"].as_str().unwrap().to_owned()).collect();
    for word in ["low_empty.wav", "low_damaged.wav", "high_nothing.wav"] {
        assert!(notes.iter().any(|n| n.contains(word)), "{word}: {notes:?}");
    }
    let items = &skipped.named("items")[0];
    assert_eq!(items["train"].as_u64().unwrap() + items["valid"].as_u64().unwrap(), 20, "{items}");
}

/// Grey frames of 16 × 16 with a bright half, above for even numbers, below for odd ones, which flickers if it `moves`.
fn y4m(k: usize, frames: usize, moves: bool) -> Vec<u8> {
    let mut out = b"YUV4MPEG2 W16 H16 F10:1 Ip A1:1 Cmono\n".to_vec();
    for frame in 0..frames {
        out.extend(b"FRAME\n");
        let bright = |row: usize| (row < 8) == k.is_multiple_of(2);
        out.extend((0..256).map(|at| if bright(at / 16) { 200 + u8::from(moves) * (frame % 5) as u8 } else { 40 + (k % 7) as u8 }));
    }
    out
}

#[test]
fn videos_are_told_apart_and_one_without_frames_is_named() {
    let place = Place::new();
    for k in 0..12 {
        let folder = ["clips/above", "clips/below"][k % 2];
        std::fs::create_dir_all(place.file(folder)).unwrap();
        place.write(&format!("{folder}/{k}.y4m"), y4m(k, 3 + k % 4, true));
    }
    let small = ["--frame-size", "16"];
    train(&place, "clips", &small).expect(0);
    let scored = place.run(&["evaluate", "m", "clips", "--json", "--cache", "kept"]).expect(0);
    assert!(accuracy(&scored) > 0.9, "{}", scored.out);
    let run = |out, more: &[&str]| place.run(&[&["train", "classify", "clips", "-o", out, "--json"][..], &TINY, &small, more].concat());
    let said = |out| run(out, &[]).expect(0).out;
    // What moves is what a few clips have to say; what stands still has to be seen.
    assert!(said("moving").contains("\"motion (with fewer than 200 clips grey values teach scenes by heart)\""));
    for k in 0..12 {
        place.write(&format!("{}/{k}.y4m", ["clips/above", "clips/below"][k % 2]), y4m(k, 3 + k % 4, false));
    }
    assert!(said("still").contains("\"value\":\"both\""));
    assert!(!run("grey", &["--video-channels", "grey"]).expect(0).out.contains("motion"));
    let tuned = run("tuned", &["--from", "m", "--video-channels", "motion"]);
    assert!(tuned.out.contains("settled by the model of --from"), "{}", tuned.err);
    place.write("clips/above/none.y4m", y4m(0, 0, true));
    let refused = place.run(&["predict", "m", "clips", "--cache", "kept"]).expect(3);
    assert!(refused.err.contains("none.y4m") && refused.err.contains("no frame"), "{}", refused.err);
    let answers = place.run(&["predict", "m", "clips", "--cache", "kept", "--on-error", "skip"]).expect(0).out;
    assert_eq!(answers.lines().count(), 13, "{answers}");
}
