//! Texts as people have them, on the real binary: unknown symbols, folders, spellings of one character, characters cut in two, burst networks.

mod support;

use serde_json::Value;
use support::{Place, language, story};

/// The one score of a text.
fn score(place: &Place, run: &str, data: &str) -> Value {
    place.run(&["score", run, data, "--json"]).expect(0).named("score").remove(0)
}

/// A Latin text, of which a model knows fourteen symbols.
fn latin() -> String {
    "the cat sat.\nthe dog ran.\n".repeat(80)
}

#[test]
fn shares_and_bits_are_of_the_characters_that_were_scored() {
    let place = Place::new();
    place.write("train.txt", latin()).write("known.txt", "the cat  sat.\n").write("some.txt", "the cat 가나다라마바사 sat.\n");
    place.write("most.txt", format!("the cat {} sat.\n", "가나다라마바사아자차".repeat(2))).write("none.txt", "가나다라\n".trim());
    language(&place, "train.txt", "m", &[]).expect(0);
    let known = score(&place, "m", "known.txt");
    for (data, share, column) in [("some.txt", 7.0 / 21.0, 16), ("most.txt", 20.0 / 34.0, 29)] {
        let found = score(&place, "m", data);
        for key in ["nats", "perplexity", "symbols"] {
            assert_eq!(found[key], known[key], "{data}: {key}");
        }
        // What is unknown is counted and charged: an escape, and one of all characters.
        let (unknown, all) = (
            found["unknown"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum::<u64>(),
            known["characters"].as_u64().unwrap(),
        );
        assert!(found["characters"].as_u64().unwrap() >= all + unknown, "{data}: {found}");
        assert!(
            found["unknown_nats"].as_f64().unwrap() > 13.9 * unknown as f64 && known["unknown_nats"].as_f64().unwrap() < 1e-4,
            "{data}: {found}"
        );
        assert!(found["bits_per_char"].as_f64() > known["bits_per_char"].as_f64(), "{data}: {found}");
        assert!((found["unknown_share"].as_f64().unwrap() - share).abs() < 1e-12, "{data}: {found}");
        // The second of the two spaces, behind what the model does not know.
        let place = found["unlikely"].as_array().unwrap().iter().find(|p| p["symbol"] == " ").unwrap();
        assert_eq!((place["line"].as_u64(), place["column"].as_u64()), (Some(1), Some(column)), "{data}: {place}");
    }
    let text = place.run(&["score", "m", "some.txt"]).expect(0);
    assert!(text.err.contains("33.33 % of the symbols are unknown"), "{}", text.err);
    let evaluated: Value = serde_json::from_str(&place.run(&["evaluate", "m", "some.txt", "--json"]).expect(0).out).unwrap();
    assert_eq!((evaluated["characters"].as_u64(), evaluated["unknown"].as_f64()), (Some(20), Some(1.0 / 3.0)));
    for command in ["evaluate", "predict", "features"] {
        place.run(&[command, "m", "most.txt"]).expect(0);
    }
    assert!(place.run(&["score", "m", "none.txt"]).expect(3).err.contains("knows no symbol"));
    // The share of words is of all words, whose unknown ones share a symbol.
    language(&place, "train.txt", "w", &["--unit", "word"]).expect(0);
    place.write("words.txt", "the cat zog.\n");
    assert_eq!(score(&place, "w", "words.txt")["unknown_share"].as_f64(), Some(0.2));
}

#[test]
fn files_of_a_folder_are_kept_apart() {
    let place = Place::new();
    place.write("train.txt", latin());
    language(&place, "train.txt", "m", &[]).expect(0);
    std::fs::create_dir(place.file("folder")).unwrap();
    for name in ["doc1.txt", "doc10.txt", "doc2.txt"] {
        // No line end behind the last line.
        place.write(&format!("folder/{name}"), "the cat sat.\nthe dog ran.");
    }
    let (one, all) = (score(&place, "m", "folder/doc1.txt"), score(&place, "m", "folder"));
    assert_eq!(all["symbols"].as_u64().unwrap(), 3 * one["symbols"].as_u64().unwrap());
    assert!((all["nats"].as_f64().unwrap() - one["nats"].as_f64().unwrap()).abs() < 1e-9);
    let places = all["unlikely"].as_array().unwrap();
    assert!(places.iter().all(|p| p["file"].as_str().unwrap().starts_with("folder/doc") && p["line"].as_u64().unwrap() <= 2), "{places:?}");
    // A model that learned from a folder has seen no line that runs from one file into the next.
    let trained = language(&place, "folder", "f", &["--valid-share", "0.1"]);
    assert_eq!(trained.status, Some(0), "{}", trained.err);
    assert_eq!(
        trained.named("text")[0]["train_symbols"].as_u64().unwrap() + trained.named("text")[0]["valid_symbols"].as_u64().unwrap(),
        77
    );
}

#[test]
fn composed_and_decomposed_texts_give_one_model() {
    let place = Place::new();
    // Syllables of a lead and a vowel, spelled as one character or as two.
    let parted = |text: &str| -> String {
        let part = |c: char| {
            let index = (c as u32).wrapping_sub(0xac00);
            let jamo = |base: u32, at: u32| char::from_u32(base + at).unwrap();
            if index >= 11_172 {
                return c.to_string();
            }
            let tail = index % 28;
            let mut out = String::from_iter([jamo(0x1100, index / 588), jamo(0x1161, index % 588 / 28)]);
            if tail > 0 {
                out.push(jamo(0x11a7, tail));
            }
            out
        };
        text.chars().map(part).collect()
    };
    let composed = story();
    let mixed: String =
        composed.split_inclusive('\n').enumerate().map(|(k, line)| if k % 3 == 0 { parted(line) } else { line.to_owned() }).collect();
    place.write("nfc.txt", &composed).write("nfd.txt", parted(&composed)).write("mix.txt", mixed);
    for data in ["nfc", "nfd", "mix"] {
        language(&place, &format!("{data}.txt"), data, &[]).expect(0);
        assert_eq!(place.read(&format!("{data}/model.safetensors")), place.read("nfc/model.safetensors"), "{data}");
        let found = score(&place, "nfc", &format!("{data}.txt"));
        assert_eq!(found["nats"], score(&place, "nfc", "nfc.txt")["nats"], "{data}");
    }
    // Columns are those of the file: 학 is its seventh character, behind five of 나는 and a space, where it has two more than it is read as.
    place.write("one.txt", parted("나는 학교"));
    let found = score(&place, "nfc", "one.txt");
    let at = found["unlikely"].as_array().unwrap().iter().find(|p| p["symbol"] == "학").unwrap();
    assert_eq!(at["column"].as_u64(), Some(7), "{at}");
    language(&place, "nfd.txt", "raw", &["--normalize-unicode", "none"]).expect(0);
    assert!(place.run(&["score", "raw", "nfc.txt"]).expect(0).err.contains("unknown"));
    // A prompt and a label are spelled as the model's own.
    let write = |prompt: &str| place.run(&["generate", "nfc", "-p", prompt, "-n", "6", "-t", "0", "--no-prompt", "-q"]).expect(0).out;
    assert_eq!(write("나는"), write(&parted("나는")));
    let rows = |spell: &dyn Fn(&str) -> String| {
        let row = |k: usize| format!("{},{},{}\n", k % 2, k % 3, spell(["위", "아래"][k % 2]));
        format!("a,b,label\n{}", (0..20).map(row).collect::<String>())
    };
    place.write("items.csv", rows(&|label| label.to_owned())).write("parted.csv", rows(&parted));
    place.run(&["train", "classify", "items.csv", "-o", "c", "--hidden", "4", "--max-steps", "20", "--threads", "1", "-q"]).expect(0);
    let scored = place.run(&["evaluate", "c", "parted.csv", "--json"]).expect(0);
    assert_eq!(scored.named("score")[0]["count"].as_u64(), Some(20));
}

#[test]
fn a_character_that_was_begun_is_ended_from_the_saved_state() {
    let place = Place::new();
    place.write("train.txt", "나는 고양이다.\n".repeat(60));
    let args = ["train", "language", "train.txt", "-o", "m", "--unit", "byte", "--max-steps", "150", "--threads", "1", "-q"];
    place.run(&args).expect(0);
    let write = |more: &[&str]| place.run(&[&["generate", "m", "-t", "0", "-q", "--no-prompt"][..], more].concat()).expect(0).out;
    let whole = write(&["-p", "나", "-n", "12"]);
    for cut in ["4", "5", "6", "7"] {
        let rest = (12 - cut.parse::<usize>().unwrap()).to_string();
        let first = write(&["-p", "나", "-n", cut, "--save-state", "s"]);
        let second = write(&["--load-state", "s", "-n", &rest]);
        assert_eq!(first.trim_end_matches('\n').to_owned() + &second, whole, "cut at {cut}");
    }
}

#[test]
fn a_burst_network_is_called_so() {
    let place = Place::new();
    place.write("train.txt", latin());
    let args = ["train", "language", "train.txt", "--lr", "1000", "--weight-decay", "0", "--max-steps", "60", "--threads", "1", "-o", "m"];
    let trained = place.run(&args).expect(0);
    assert!(trained.err.contains("the network has burst; train anew with a lower --lr"), "{}", trained.err);
    let shown = place.run(&["inspect", "m", "train.txt"]).expect(0).out;
    assert!(shown.contains("Burst: the loss is") && shown.contains("try: a lower --lr"), "{shown}");
    assert!(!shown.contains("beyond the window"), "{shown}");
    let event = &place.run(&["inspect", "m", "train.txt", "--json"]).expect(0).named("inspection")[0]["inspection"];
    assert_eq!((&event["verdict"]["condition"], event["flow"][0]["factor"].as_f64()), (&"burst".into(), Some(0.0)));
}

#[test]
fn utf16_is_named_with_the_cure() {
    let place = Place::new();
    let wide = |mark: &[u8], low_first: bool| {
        let bytes = "plain text\n".encode_utf16().flat_map(|unit| if low_first { unit.to_le_bytes() } else { unit.to_be_bytes() });
        [mark.to_vec(), bytes.collect()].concat()
    };
    for (name, bytes) in [("le.txt", wide(b"\xff\xfe", true)), ("be.txt", wide(b"\xfe\xff", false)), ("bare.txt", wide(b"", true))] {
        place.write(name, bytes);
        let ended = place.run(&["train", "language", name]).expect(3);
        assert!(ended.err.contains("is UTF-16 text") && ended.err.contains("iconv -f utf-16 -t utf-8"), "{name}: {}", ended.err);
    }
}

#[test]
fn settings_beside_resume_are_refused_with_the_way_on() {
    let place = Place::new();
    place.write("train.txt", latin()).write("items.csv", support::labelled()).write("sales.csv", support::monthly(60));
    for (task, data) in [("language", "train.txt"), ("classify", "items.csv"), ("regress", "items.csv"), ("forecast", "sales.csv")] {
        for flags in [&["--lr", "0.5"][..], &["--hidden", "7", "--max-steps", "600"], &["--seed", "2"]] {
            let ended = place.run(&[&["train", task, "--resume", "nowhere"][..], flags].concat()).expect(2);
            assert!(ended.err.contains(flags[0]) && ended.err.contains("--from"), "{task} {data} {flags:?}: {}", ended.err);
        }
    }
}
