//! `gatewise generate` on the real binary: several texts, the likeliest ones, stop strings, text as people write it.

mod support;

use serde_json::Value;
use support::{Place, SMALL, language, story};

fn trained() -> Place {
    let place = Place::new();
    place.write("t.txt", story());
    language(&place, "t.txt", "m", &SMALL).expect(0);
    place
}

fn generate(place: &Place, more: &[&str]) -> String {
    place.run(&[&["generate", "m", "-q"][..], more].concat()).expect(0).out
}

fn events(place: &Place, more: &[&str]) -> Vec<Value> {
    place.run(&[&["generate", "m", "--json"][..], more].concat()).expect(0).named("text")
}

#[test]
fn several_texts_are_those_of_one_and_more() {
    let place = trained();
    let texts = |count: &str| -> Vec<String> {
        let out = events(&place, &["-p", "the", "-n", "40", "--seed", "3", "-N", count, "--stop", "g"]);
        out.iter().enumerate().for_each(|(k, event)| assert_eq!(event["index"].as_u64(), Some(k as u64)));
        out.iter().map(|event| event["text"].as_str().unwrap().to_owned()).collect()
    };
    let (one, three, nine) = (texts("1"), texts("3"), texts("9"));
    assert_eq!((&one[..], &three[..], nine.len()), (&nine[..1], &nine[..3], 9));
    assert!(nine.iter().all(|text| !text.contains('g')));
    // People get each whole, with a line between them.
    let spoken = generate(&place, &["-p", "the", "-n", "40", "--seed", "3", "-N", "3", "--stop", "g"]);
    let expected: Vec<String> = three.iter().map(|text| format!("the{text}\n")).collect();
    assert_eq!(spoken, expected.join("---\n"));
    let bare = generate(&place, &["-p", "the", "-n", "40", "--seed", "3", "-N", "3", "--stop", "g", "--no-prompt"]);
    assert_eq!(bare, three.iter().map(|text| format!("{text}\n")).collect::<Vec<_>>().join("---\n"));
}

#[test]
fn the_likeliest_texts_come_best_first_and_always_the_same() {
    let place = trained();
    let found = events(&place, &["-p", "the cat", "-n", "20", "--beams", "5", "--count", "3", "--stop", "\n"]);
    assert_eq!(found.len(), 3);
    let scores: Vec<f64> = found.iter().map(|event| event["score"].as_f64().unwrap()).collect();
    assert!(scores.windows(2).all(|pair| pair[0] >= pair[1]), "{scores:?}");
    for event in &found {
        let (sum, symbols) = (event["log_probability"].as_f64().unwrap(), event["symbols"].as_f64().unwrap());
        assert!((event["score"].as_f64().unwrap() - sum / symbols).abs() < 1e-9, "{event}");
    }
    let text = |flags: &[&str]| generate(&place, &[&["-p", "the cat", "-n", "20", "--stop", "\n"], flags].concat());
    assert_eq!(text(&["--beams", "5"]), format!("the cat{}\n", found[0]["text"].as_str().unwrap()));
    assert_eq!(text(&["--beams", "1"]), text(&["-t", "0"]));
    // A text's own probability favours the shortest.
    let sum = events(&place, &["-p", "the cat", "-n", "20", "--beams", "5", "--length-penalty", "0"]);
    assert_eq!(sum[0]["score"], sum[0]["log_probability"]);
}

#[test]
fn why_a_text_ended_is_said() {
    let place = trained();
    let cases: [(&[&str], &str, &str); 5] = [
        (&["--stop", "zzz", "--stop", "qqq"], "length", "none of the stop strings was met"),
        (&["--stop", "zzz", "--stop", "a"], "stop", "ended before \"a\""),
        (&["-N", "3", "--stop", "a"], "stop", "3 ended before a stop string, 0 by length"),
        (&["-N", "2", "--stop", "zzz"], "length", "none of the stop strings was met"),
        (&["--beams", "2", "--stop", "zzz"], "length", "none of the stop strings was met"),
    ];
    for (flags, reason, words) in cases {
        let args = [&["generate", "m", "-p", "the c", "-n", "90"][..], flags].concat();
        let said = place.run(&args).expect(0).err;
        assert!(said.contains(words), "{flags:?}: no {words:?} in {said}");
        let event = &place.run(&[&args[..], &["--json"]].concat()).expect(0).named("text")[0];
        assert_eq!((event["reason"].as_str(), event["stop"].is_string()), (Some(reason), reason == "stop"), "{event}");
    }
    assert!(!place.run(&["generate", "m", "-n", "5"]).expect(0).err.contains("ended"));
    let nothing = &events(&place, &["-p", "the", "-n", "0"])[0];
    assert_eq!(
        (nothing["text"].as_str(), nothing["symbols"].as_u64(), nothing["symbols_per_second"].as_f64()),
        (Some(""), Some(0), Some(0.0))
    );
    assert_eq!(generate(&place, &["-p", "the", "-n", "0"]), "the\n");
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    let place = trained();
    let cases: [(&[&str], &str); 14] = [
        (&["--stop", ""], "stop is empty"),
        (&["--min-p", "1.5"], "min_p is 1.5; it is from 0"),
        (&["--beams", "3", "-t", "0.5"], "--temperature has no meaning"),
        (&["--beams", "3", "--top-k", "5"], "--top-k"),
        (&["--beams", "3", "--top-p", "0.5"], "--top-p"),
        (&["--beams", "3", "--min-p", "0.5"], "--min-p"),
        (&["--beams", "3", "--repetition-penalty", "1.1"], "--repetition-penalty"),
        (&["--beams", "3", "--seed", "5"], "--seed"),
        (&["--beams", "3", "--count", "4"], "give --beams 4"),
        (&["--beams", "3", "--save-state", "s"], "--save-state is for a text that is drawn"),
        (&["--length-penalty", "1"], "give --beams too"),
        (&["-N", "2", "-t", "0"], "--temperature 0"),
        (&["-N", "2", "--save-state", "s"], "--save-state is for one text, and --count 2"),
        (&["-N", "2", "--load-state", "s"], "--load-state is for one text"),
    ];
    for (flags, words) in cases {
        let ended = place.run(&[&["generate", "m", "-n", "5"][..], flags].concat()).expect(2);
        assert!(ended.err.contains(words) && ended.out.is_empty(), "{flags:?}: no {words:?} in {}", ended.err);
    }
    let ended = place.run(&["generate", "m", "-n", "5", "-N", "1000000000000"]).expect(2);
    assert!(
        ended.err.contains("give fewer, or raise --memory-limit") && ended.err.contains("count of 1000000000000 texts needs"),
        "{}",
        ended.err
    );
}

#[test]
fn every_unit_writes_korean_as_people_do() {
    let line = "나는 오늘 학교에서 친구를 만났고, 그 친구와 함께 집으로 갔다.\n";
    for unit in ["word", "sub-word", "char", "byte"] {
        let place = Place::new();
        place.write("t.txt", line.repeat(120));
        let vocabulary: &[&str] = if unit == "sub-word" { &["--vocabulary", "280"] } else { &[] };
        let args = [
            "train",
            "language",
            "t.txt",
            "-o",
            "m",
            "--unit",
            unit,
            "--max-steps",
            "200",
            "--hidden",
            "48",
            "--layers",
            "1",
            "--threads",
            "1",
            "-q",
        ];
        place.run(&[&args[..], vocabulary].concat()).expect(0);
        let flags = ["-p", "나는 오늘", "--stop", "갔다."];
        let greedy = generate(&place, &[&flags[..], &["-t", "0"]].concat());
        assert_eq!(greedy, line.replace("갔다.\n", "\n"), "{unit}");
        assert_eq!(generate(&place, &[&flags[..], &["--beams", "3"]].concat()), greedy, "{unit}");
        let several = generate(&place, &[&flags[..], &["-t", "0.01", "-N", "2"]].concat());
        assert_eq!(several, format!("{greedy}---\n{greedy}"), "{unit}");
        // A stop string is spelled as the model's texts are.
        let parted = "\u{1100}\u{1161}\u{11bb}\u{1103}\u{1161}.";
        assert_eq!(generate(&place, &["-p", "나는 오늘", "-t", "0", "--stop", parted]), greedy, "{unit}");
    }
}
