//! Language models on the real binary: trained, resumed, writing, scoring, and told bad input.

mod support;

use support::{Ended, Place, SMALL, language, story};

fn train(place: &Place, data: &str, run: &str, more: &[&str]) -> Ended {
    language(place, data, run, &[&SMALL[..], more].concat())
}

#[test]
fn every_unit_is_trained_written_and_scored() {
    for unit in ["char", "byte", "word", "sub-word", "token", "unigram", "jamo"] {
        let place = Place::new();
        place.write("t.txt", story());
        let vocabulary: &[&str] = if matches!(unit, "sub-word" | "unigram") { &["--vocabulary", "300"] } else { &[] };
        let ended = train(&place, "t.txt", "m", &[&["--unit", unit], vocabulary].concat()).expect(0);
        let score = &ended.named("score")[0];
        assert!(score["nats"].as_f64().unwrap() < score["baseline"]["frequency"]["nats"].as_f64().unwrap(), "{unit}: {score}");
        assert!(!ended.named("sample").is_empty(), "{unit}");
        for file in ["model.safetensors", "last.safetensors", "config.toml", "metrics.jsonl", "metrics.json", "report.html"] {
            assert!(place.file(&format!("m/{file}")).exists(), "{unit}: {file}");
        }
        let write = |seed: &str| place.run(&["generate", "m", "--prompt", "나는", "-n", "60", "--seed", seed]).expect(0).out;
        let text = write("3");
        assert!(text.starts_with("나는") && text.chars().count() > 15, "{unit}: {text}");
        // Letters are joined where they can be.
        let letters: Vec<char> = text.chars().collect();
        let apart = |pair: &[char]| ('\u{1100}'..='\u{1112}').contains(&pair[0]) && ('\u{1161}'..='\u{1175}').contains(&pair[1]);
        assert!(!letters.windows(2).any(apart), "{unit}: {text}");
        assert_eq!(text, write("3"));
        assert_ne!(text, write("4"));
        place.write("held.txt", "나는 학교에 간다.\nthe cat sat on the log.");
        let scored = place.run(&["score", "m", "held.txt", "--json", "--worst", "3"]).expect(0);
        let score = &scored.named("score")[0];
        let (nats, symbols) = (score["nats"].as_f64().unwrap(), score["symbols"].as_f64().unwrap());
        let number = |key: &str| score[key].as_f64().unwrap_or_else(|| panic!("{unit}: no {key} in {score}"));
        let total = nats * symbols + number("unknown_nats");
        let bits = total / std::f64::consts::LN_2;
        assert!((bits / number("characters") - number("bits_per_char")).abs() < 1e-9, "{unit}: {score}");
        assert!((bits / number("bytes") - number("bits_per_byte")).abs() < 1e-9, "{unit}: {score}");
        assert!(((total / number("tokens")).exp() / number("perplexity_per_token") - 1.0).abs() < 1e-9, "{unit}: {score}");
        assert_eq!(number("unknown_nats") == 0.0, matches!(unit, "byte" | "sub-word" | "unigram" | "word"), "{unit}: {score}");
        assert!(number("unknown_nats") < 1e-4 || unit == "token", "{unit}: {score}");
        place.write("new.txt", "나는 학교에 간다.\nthe zebra sat on the log.");
        let new = place.run(&["score", "m", "new.txt", "--json"]).expect(0).named("score").remove(0);
        let more = new["unknown_nats"].as_f64().unwrap() - number("unknown_nats");
        // A word is spelled, letters that are unknown are escaped.
        assert_eq!(more > 5.0, !matches!(unit, "byte" | "sub-word" | "unigram"), "{unit}: {new}");
        assert_eq!(more > 5.0, new["unknown"] != score["unknown"], "{unit}: {new}");
        let metrics: serde_json::Value = serde_json::from_str(&place.text("m/metrics.json")).unwrap();
        for key in ["characters", "bytes", "tokens", "bits_per_char", "bits_per_byte", "perplexity", "perplexity_per_token", "unknown_nats"]
        {
            assert!(metrics[key].is_number() && score[key].is_number(), "{unit}: {key} in {metrics} and {score}");
        }
        assert!((nats.exp() - score["perplexity"].as_f64().unwrap()).abs() < 1e-9, "{unit}: {score}");
        let unlikely = score["unlikely"].as_array().unwrap();
        assert_eq!(unlikely.len(), 3);
        for place in unlikely.iter().filter(|_| unit == "char") {
            let (line, column) = (place["line"].as_u64().unwrap() as usize, place["column"].as_u64().unwrap() as usize);
            let text = "나는 학교에 간다.\nthe cat sat on the log.".lines().nth(line - 1).unwrap();
            let symbol = text.chars().nth(column - 1).map_or("\n".to_string(), String::from);
            assert_eq!(place["symbol"], symbol.as_str(), "{place}");
        }
    }
}

#[test]
fn a_text_goes_on_from_a_saved_state() {
    let place = Place::new();
    place.write("t.txt", story());
    train(&place, "t.txt", "m", &[]).expect(0);
    let whole = place.run(&["generate", "m", "--prompt", "the", "-n", "80"]).expect(0).out;
    let first = place.run(&["generate", "m", "--prompt", "the", "-n", "30", "--save-state", "s"]).expect(0).out;
    let second = place.run(&["generate", "m", "-n", "50", "--load-state", "s"]).expect(0).out;
    assert_eq!(whole.trim_end_matches('\n'), format!("{}{}", first.trim_end_matches('\n'), second.trim_end_matches('\n')));
    let stopped = place.run(&["generate", "m", "--prompt", "the", "-n", "80", "--stop", "a", "--json"]).expect(0);
    let text = &stopped.named("text")[0];
    assert_eq!(text["reason"], "stop");
    assert!(!text["text"].as_str().unwrap().contains('a'));
}

#[test]
fn an_interrupted_training_goes_on_to_the_same_model() {
    let place = Place::new();
    place.write("t.txt", story());
    train(&place, "t.txt", "whole", &["--dropout", "0.2"]).expect(0);
    train(&place, "t.txt", "part", &["--dropout", "0.2"]).expect(0);
    // A finished run that is resumed gives its result again, from its checkpoint alone.
    std::fs::remove_file(place.file("part/model.safetensors")).unwrap();
    place.run(&["train", "language", "--resume", "part"]).expect(0);
    assert_eq!(place.read("part/model.safetensors"), place.read("whole/model.safetensors"));
}

#[test]
fn a_vocabulary_comes_from_a_file() {
    let place = Place::new();
    place.write("t.txt", story()).write("words.txt", "나는\n학교에\nthe\n<unk>\n").write("letters.txt", "t\nh\ne\n \n\\n\n");
    place.write("twice.txt", "the\ncat\nthe\n").write("none.txt", "").write("more.txt", "the\ncat\n");
    let ended = train(&place, "t.txt", "m", &["--unit", "token", "--vocabulary-file", "words.txt"]).expect(0);
    assert_eq!(ended.named("text")[0]["vocabulary"], 5);
    let spoken = place
        .run(&["train", "language", "t.txt", "-o", "c", "--vocabulary-file", "letters.txt", "--max-steps", "2", "--hidden", "8"])
        .expect(0);
    assert!(spoken.err.contains("not in the list, and are left out (--vocabulary-file)"), "{}", spoken.err);
    place.run(&["train", "language", "--resume", "m"]).expect(0);
    let ended = language(&place, "t.txt", "on", &["--from", "m", "--vocabulary-file", "more.txt"]).expect(0);
    assert_eq!(ended.named("from")[0]["added"], 1);
    place.write("other.txt", "Ж\nШ\n");
    let cases: [(&[&str], i32, &[&str]); 7] = [
        (&["--vocabulary-file", "other.txt"], 3, &["t.txt", "none of the text's symbols is in it", "--vocabulary-file"]),
        (&["--unit", "token", "--vocabulary-file", "twice.txt"], 3, &["twice.txt:3", "line 1 too"]),
        (&["--unit", "token", "--vocabulary-file", "none.txt"], 3, &["none.txt", "empty"]),
        (&["--vocabulary-file", "words.txt"], 3, &["words.txt:1", "more than one character", "--unit token"]),
        (&["--unit", "sub-word", "--vocabulary-file", "words.txt"], 2, &["--vocabulary-file", "learned from the text"]),
        (&["--unit", "token", "--vocabulary-file", "words.txt", "--vocabulary", "3"], 2, &["--vocabulary 3", "5 symbols of words.txt"]),
        (&["--unit", "token", "--vocabulary-file", "not.txt"], 1, &["not.txt"]),
    ];
    for (flags, status, words) in cases {
        let ended = train(&place, "t.txt", "bad", flags).expect(status);
        for word in words {
            assert!(ended.err.contains(word), "{flags:?}: no {word:?} in\n{}", ended.err);
        }
        assert!(!place.file("bad").exists(), "{flags:?}: a run folder for nothing");
    }
}

#[test]
fn a_list_of_letters_makes_much_korean_a_text_of_letters() {
    let place = Place::new();
    // More than a megabyte, which is read in pieces of words where nothing is listed.
    place.write("t.txt", "나는 한국어를 잘해.\n".repeat(40_000)).write("letters.txt", "나\n는\n \n한\n국\n어\n를\n잘\n해\n.\n\\n\n");
    let flags = ["--vocabulary-file", "letters.txt", "--max-steps", "1", "--hidden", "4", "--valid-share", "0.001"];
    let ended = place.run(&[&["train", "language", "t.txt", "-o", "m"][..], &flags].concat()).expect(0);
    assert!(!ended.err.contains("unigram"), "{}", ended.err);
    let settings = String::from_utf8(place.read("m/config.toml")).unwrap();
    assert!(settings.contains("unit = \"char\""), "{settings}");
}

#[test]
fn syllables_and_lines_go_on_where_they_were_left() {
    for unit in ["jamo", "token", "byte"] {
        let place = Place::new();
        place.write("t.txt", story());
        train(&place, "t.txt", "m", &["--unit", unit]).expect(0);
        let write = |flags: &[&str]| {
            let out = place.run(&[&["generate", "m", "--seed", "5", "--json"][..], flags].concat()).expect(0).named("text").remove(0);
            out["text"].as_str().unwrap().to_owned()
        };
        let whole = write(&["--prompt", "나는", "-n", "24"]);
        for cut in 1..24 {
            let (first, rest) = (cut.to_string(), (24 - cut).to_string());
            let first = write(&["--prompt", "나는", "-n", &first, "--save-state", "s"]);
            let out = place.run(&["generate", "m", "--json", "-n", &rest, "--load-state", "s"]).expect(0).named("text").remove(0);
            assert_eq!(first + out["text"].as_str().unwrap(), whole, "{unit} cut at {cut}");
        }
    }
}

#[test]
fn texts_that_cannot_be_learned() {
    let long = story();
    let many: String = (0x4E00_u32..).filter_map(char::from_u32).take(50).collect();
    /// Name, corpus, flags, exit status, what the message holds.
    type Case<'a> = (&'a str, Vec<u8>, &'a [&'a str], i32, &'a [&'a str]);
    let cases: [Case; 14] = [
        ("empty", Vec::new(), &[], 3, &["t.txt", "empty"]),
        ("one symbol", b"aaaaaaaaaaaaaaaaaaaa".to_vec(), &[], 3, &["t.txt", "\"a\""]),
        ("binary", b"\x7fELF\x02\x01\x01\0\0\0".to_vec(), &[], 3, &["t.txt:1", "binary"]),
        ("not UTF-8", b"one\ntw\xffo\n".to_vec(), &[], 3, &["t.txt:2:3", "0xff", "UTF-8", "iconv"]),
        ("too many characters", many.into_bytes(), &["--vocabulary", "40"], 3, &["50", "40", "--vocabulary", "sub-word"]),
        ("shorter than a window", b"ab".to_vec(), &[], 3, &["t.txt", "too short", "--window"]),
        ("a window beyond it", b"abcab".to_vec(), &[], 3, &["t.txt", "4 symbols", "too short for a window of", "--window 3"]),
        ("bytes only", long.clone().into_bytes(), &["--unit", "sub-word", "--vocabulary", "256"], 2, &["256", "bytes"]),
        ("one word", b"hello".to_vec(), &["--unit", "token"], 3, &["t.txt", "single symbol"]),
        ("white space", b" \t  \n".to_vec(), &["--unit", "token"], 3, &["t.txt"]),
        ("a vocabulary of one", long.clone().into_bytes(), &["--unit", "token", "--vocabulary", "1"], 2, &["vocabulary", "2 or more"]),
        ("pieces beside bytes", long.clone().into_bytes(), &["--unit", "unigram", "--vocabulary", "256"], 2, &["256", "bytes"]),
        ("wrong key", long.clone().into_bytes(), &["--set", "hiden=4"], 2, &["did you mean \"hidden\""]),
        ("no dropout of all", long.into_bytes(), &["--dropout", "1"], 2, &["dropout", "below 1"]),
    ];
    for (name, text, flags, status, words) in cases {
        let place = Place::new();
        place.write("t.txt", text);
        let ended = train(&place, "t.txt", "m", flags).expect(status);
        for word in words {
            assert!(ended.err.contains(word), "{name}: no {word:?} in\n{}", ended.err);
        }
        assert!(!place.file("m").exists(), "{name}: a run folder for nothing");
    }
}

#[test]
fn prompts_and_states_that_do_not_fit() {
    let place = Place::new();
    place.write("t.txt", story());
    train(&place, "t.txt", "m", &[]).expect(0);
    place.write("foreign.state", "not a state");
    let cases: [(&[&str], i32, &[&str]); 8] = [
        (&["generate", "m", "--prompt", "日本"], 3, &["knows no symbol", "日"]),
        (&["generate", "m", "--prompt", "나는日", "--strict"], 3, &["日", "--strict"]),
        (&["generate", "m", "--prompt", "나는日"], 0, &["日"]),
        (&["generate", "m", "--temperature=-1"], 2, &["temperature"]),
        (&["generate", "m", "--top-p", "0"], 2, &["top_p"]),
        (&["generate", "m", "--load-state", "foreign.state"], 3, &["foreign.state"]),
        (&["score", "m", "none.txt"], 1, &["none.txt"]),
        (&["generate", "t.txt"], 3, &["t.txt"]),
    ];
    for (args, status, words) in cases {
        let ended = place.run(args).expect(status);
        for word in words {
            assert!(ended.err.contains(word), "{args:?}: no {word:?} in\n{}", ended.err);
        }
    }
    place.write("foreign.txt", "日本語");
    let ended = place.run(&["score", "m", "foreign.txt"]).expect(3);
    assert!(ended.err.contains("knows no symbol") && ended.err.contains('日'), "{}", ended.err);
}

#[test]
fn a_folder_of_texts_is_one_text() {
    let place = Place::new();
    std::fs::create_dir(place.file("texts")).unwrap();
    place.write("texts/1.txt", story()).write("texts/2.txt", story());
    let ended = train(&place, "texts", "m", &[]).expect(0);
    let text = &ended.named("text")[0];
    assert_eq!((text["files"].as_u64(), text["bytes"].as_u64()), (Some(2), Some(2 * story().len() as u64)));
}
