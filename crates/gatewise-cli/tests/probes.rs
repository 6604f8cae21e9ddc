//! `inspect` and `demo` on the real binary: what they print, what they write, and what they refuse.

mod support;

use support::{Place, monthly};

/// Every tag of a page is closed, and it loads nothing.
fn check_page(page: &str) {
    let body = page.strip_prefix("<!doctype html>").expect("a page begins with its type");
    roxmltree::Document::parse(body.trim()).unwrap_or_else(|e| panic!("{e}"));
    assert!(!page.contains("http://") && !page.contains("https://"), "the page loads nothing");
}

#[test]
fn inspect_tells_what_a_forecaster_remembers_and_changes_no_byte_of_it() {
    let place = Place::new();
    place.write("sales.csv", monthly(72));
    place.model("sales.csv");
    let before = place.read("runs/m/model.safetensors");
    let ended = place.run(&["inspect", "runs/m", "sales.csv", "-o", "page.html"]).expect(0);
    for words in ["half-life", "Lyapunov", "loss with the last k steps", "months"] {
        assert!(ended.out.contains(words), "no \"{words}\" in\n{}", ended.out);
    }
    check_page(&place.text("page.html"));
    let json = place.run(&["inspect", "runs/m", "sales.csv", "--json"]).expect(0).named("inspection");
    let inspection = &json[0]["inspection"];
    assert_eq!(inspection["flow"][0]["h"].as_array().map(Vec::len).map(|n| n as u64), inspection["steps"].as_u64());
    assert!(["healthy", "vanishing", "exploding", "saturated"].contains(&inspection["verdict"]["condition"].as_str().unwrap()));
    assert_eq!(place.read("runs/m/model.safetensors"), before);
}

#[test]
fn compare_trains_cells_of_equal_size_and_follows_their_gradients() {
    let place = Place::new();
    place.write("sales.csv", monthly(60));
    let args = [
        "inspect",
        "--compare",
        "rnn,gru,lstm",
        "sales.csv",
        "--lookback",
        "12",
        "--segment",
        "1",
        "--epochs",
        "2",
        "--json",
        "-o",
        "c.svg",
    ];
    let ended = place.run(&args).expect(0);
    let nets: Vec<String> = ended.named("inspection").iter().map(|e| e["net"].as_str().unwrap().to_string()).collect();
    assert_eq!(nets, ["rnn", "gru", "lstm"]);
    let gradients = ended.named("gradients");
    assert_eq!(gradients.len(), 6, "an event for each network and epoch");
    for event in &gradients {
        assert_eq!(event["flow"][0]["h"].as_array().map(Vec::len), Some(12));
        assert!(event["grad_norm"].as_f64().unwrap() > 0.0 && event["clipped"].as_f64().is_some());
    }
    assert!(roxmltree::Document::parse(&place.text("c.svg")).is_ok());
}

#[test]
fn inspect_says_what_it_needs() {
    let place = Place::new();
    place.write("sales.csv", monthly(60));
    for (args, status, word) in [
        (&["inspect", "sales.csv"][..], 2, "--compare"),
        (&["inspect", "--compare", "gru", "a", "sales.csv"], 2, "alone"),
        (&["inspect", "--compare", "grue", "sales.csv"], 2, "gru"),
        (&["inspect", "sales.csv", "sales.csv"], 3, "safetensors"),
        (&["inspect", "nowhere", "sales.csv"], 1, "nowhere"),
        (&["demo", "memory", "--gap", "0"], 2, "--gap"),
        (&["demo", "memory", "--language", "fr"], 2, "ko"),
        (&["demo", "memory", "--sentence", "a b c"], 2, "--key"),
        (&["demo", "memory", "--key", "a"], 2, "--sentence"),
        (&["demo", "memory", "--sentence", "", "--key", "a", "--answer", "b"], 2, "--sentence"),
        (&["demo", "memory", "--sentence", "나는 한국어를 잘해.", "--key", "한국", "--answer", "한국어"], 2, "\"한국\""),
        (&["demo", "memory", "--sentence", "a b", "--key", "a", "--answer", "b", "--others", "c"], 2, "--others"),
        (&["demo", "memory", "--sentence", "a b", "--key", "a", "--answer", "b", "--language", "en"], 2, "--language"),
        (&["demo", "vanishing", "-o", "missing/page.html"], 1, "missing"),
    ] {
        let ended = place.run(args).expect(status);
        assert!(ended.err.contains(word), "{args:?}: no \"{word}\" in {}", ended.err);
    }
}

#[test]
fn demo_memory_has_a_line_for_each_network_and_gap() {
    let place = Place::new();
    let run = |threads: &str| {
        let args = ["demo", "memory", "--language", "en", "--gap", "3", "--steps", "60", "--json", "--threads", threads, "-o", "m.html"];
        place.run(&args).expect(0)
    };
    let ended = run("1");
    // Networks over all gaps, and as many that learn the sentence without filler.
    let (results, without): (Vec<_>, Vec<_>) = ended.named("result").into_iter().partition(|r| r["longest"] == 3);
    assert!(without.len() == 9 && without.iter().all(|r| r["longest"] == 0), "{without:?}");
    let nets: std::collections::BTreeSet<&str> = results.iter().map(|r| r["net"].as_str().unwrap()).collect();
    assert_eq!(nets.into_iter().collect::<Vec<_>>(), ["gru", "lstm", "rnn"]);
    assert_eq!(results.len(), 9, "gaps 0, 2 and 3");
    for result in &results {
        let (accuracy, probability) = (result["accuracy"].as_f64().unwrap(), result["probability"].as_f64().unwrap());
        assert!((0.0..=1.0).contains(&accuracy) && (0.0..=1.0).contains(&probability), "{result}");
    }
    assert_eq!(ended.named("form")[0]["sentence"], "I am from Korea. … So I speak Korean well.");
    assert_eq!(ended.named("recall").len(), 6);
    let starts = ended.named("start");
    assert_eq!(starts.len(), 6, "two networks of each kind");
    let sizes: Vec<f64> = starts.iter().map(|s| s["parameters"].as_f64().unwrap()).collect();
    assert!(sizes.iter().all(|n| (n / sizes[0] - 1.0).abs() < 0.02), "{sizes:?}");
    check_page(&place.text("m.html"));
    let sorted = |results: Vec<serde_json::Value>| {
        let mut lines: Vec<String> = results.iter().map(|r| r.to_string()).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(run("2").named("result")), sorted(ended.named("result")), "the number of threads changes nothing");
}

#[test]
fn demo_memory_reads_a_sentence_of_ones_own_and_says_what_it_invents() {
    let place = Place::new();
    let run = |sentence: &str, key: &str, answer: &str, more: &[&str]| {
        let args =
            ["demo", "memory", "--sentence", sentence, "--key", key, "--answer", answer, "--gap", "4", "--steps", "5", "--cell", "gru"];
        place.run(&[&args, more].concat()).expect(0)
    };
    // Decomposed Hangul, right-to-left letters, emoji, a script without spaces.
    let decomposed: String = "나는 한국인이야... 그래서 한국어를 써.".chars().flat_map(decompose).collect();
    for (sentence, key, answer, source, own) in [
        ("나는 한국 사람이야. … 그래서 나는 한국어를 잘해.", "한국", "한국어", "table", "한국어를"),
        (decomposed.as_str(), "한국", "한국어", "table", "한국어를"),
        ("My dog is old. It still says woof.", "dog", "woof", "table", "woof."),
        ("أنا من كوريا. … لذلك أتكلم الكورية.", "كوريا", "الكورية", "invented", "الكورية."),
        ("I see 🐶 now. … You hear 🔔 then.", "🐶", "🔔", "invented", "🔔"),
        ("我是韩国人。…所以我说韩语。", "韩国", "韩语", "invented", "韩语。"),
    ] {
        let ended = run(sentence, key, answer, &["--json"]);
        assert_eq!(ended.named("form")[0]["source"], source, "{sentence}");
        let recall = &ended.named("recall")[0];
        assert_eq!(recall["answer"], own, "{sentence}");
        assert!(recall["words"].as_array().unwrap().iter().all(|w| (0.0..=1.0).contains(&w["probability"].as_f64().unwrap())));
    }
    let ended = run("Das Tor ist rot. … Ich mag Äpfel.", "Tor", "Äpfel", &["-o", "own.html"]);
    assert!(ended.err.contains("keys and answers are INVENTED") && ended.err.contains("sentences of INVENTED words"), "{}", ended.err);
    assert!(ended.out.contains("behind key") && ended.out.contains("--output page.html"), "{}", ended.out);
    let page = place.text("own.html");
    check_page(&page);
    assert!(page.contains("word by word") && page.contains("INVENTED"), "the page says what is invented");
}

/// A Hangul syllable as its letters.
fn decompose(c: char) -> Vec<char> {
    let Some(place) = u32::from(c).checked_sub(0xAC00).filter(|&place| place < 11172) else { return vec![c] };
    let letters =
        [Some(0x1100 + place / 588), Some(0x1161 + place % 588 / 28), Some(0x11A7 + place % 28).filter(|_| !place.is_multiple_of(28))];
    letters.into_iter().flatten().filter_map(char::from_u32).collect()
}

#[test]
fn a_curriculum_trains_one_network_of_each_kind() {
    let args = ["demo", "memory", "--gap", "6", "--steps", "40", "--curriculum", "--json"];
    let ended = Place::new().run(&args).expect(0);
    assert_eq!((ended.named("start").len(), ended.named("result").len()), (6, 6 * 4), "gaps 0, 2, 5 and 6");
    // Without filler there is nothing to grow.
    let grown = ended.named("start").iter().filter(|start| start["longest"] == 6).count();
    assert_eq!(grown, 3);
}

#[test]
fn demo_adding_has_an_error_for_each_network_and_length() {
    let ended = Place::new().run(&["demo", "adding", "--length", "16", "--steps", "20", "--json"]).expect(0);
    let results = ended.named("result");
    assert_eq!(results.len(), 4 * 4, "lengths 2, 4, 8 and 16");
    assert!(results.iter().all(|r| r["mse"].as_f64().is_some_and(|mse| mse > 0.0)));
}

#[test]
fn demo_vanishing_and_exploding_measure_the_powers() {
    let place = Place::new();
    for (name, power) in [("vanishing", 0.9_f64.powi(100)), ("exploding", 1.2_f64.powi(100))] {
        let ended = place.run(&["demo", name, "--json", "-o", "p.html"]).expect(0);
        let printed = ended.named("power")[0]["power"].as_f64().unwrap();
        assert!((printed / power - 1.0).abs() < 1e-12, "{name}: {printed:e} is {power:e} up to the order of the factors");
        let straight = &ended.named("measured")[0]["share"].as_f64().unwrap();
        assert!((straight / power).ln().abs() < 5.0_f64.ln(), "{name}: {straight:e} is of the size of {power:e}");
        let band = |net: &str, steps: u64| {
            let bands = ended.named("band");
            let band = bands.iter().find(|b| b["net"] == net && b["steps"] == steps).unwrap();
            Some(band["high"].as_f64()? - band["low"].as_f64()?)
        };
        assert!(band("rnn, state near zero", 1000).unwrap() < 0.02, "the plain network is hard to set");
        assert!(band("lstm", 1000).unwrap() > 0.3, "the gate is not");
        check_page(&place.text("p.html"));
    }
}
