//! Language models that learn from what they read, and what classifiers begin with, on the real binary.

mod support;

use support::{Place, SMALL, language, story};

fn place() -> Place {
    let place = Place::new();
    place.write("t.txt", story());
    language(&place, "t.txt", "m", &SMALL).expect(0);
    place
}

#[test]
fn a_text_is_scored_by_a_model_that_learns_from_it() {
    let place = place();
    // The letters of the story in an order that it has not, over and over.
    place.write("new.txt", "간다 나는 학교에. mat the on sat cat the\n".repeat(60));
    let score = |more: &[&str]| place.run(&[&["score", "m", "new.txt", "--json"], more].concat()).expect(0).named("score").remove(0);
    let (still, adapted) = (score(&[]), score(&["--adapt", "--adapt-rate", "0.003"]));
    let nats = |event: &serde_json::Value, key: &str| event[key].as_f64().unwrap_or_else(|| panic!("{key} in {event}"));
    assert!(nats(&adapted, "nats") < nats(&still, "nats") - 0.2, "{adapted} against {still}");
    assert!(nats(&adapted, "bits_per_char") < nats(&still, "bits_per_char"));
    let how = &adapted["adapted"];
    assert_eq!((nats(how, "nats_before"), nats(how, "rate")), (nats(&still, "nats"), 0.003), "{adapted}");
    assert!(still["adapted"].is_null());
    let told = place.run(&["score", "m", "new.txt", "--adapt", "--cache", "100"]).expect(0);
    assert!(told.out.contains("without learning"), "{}", told.out);
    assert_eq!(score(&[]), still, "the model file stays as it is");
    for (more, word) in [
        (&["--adapt-rate", "0.1"][..], "--adapt"),
        (&["--adapt", "--adapt-rate=-1"], "--adapt-rate"),
        (&["--adapt", "--precision", "int8"], "--precision"),
    ] {
        let ended = place.run(&[&["score", "m", "new.txt"], more].concat()).expect(2);
        assert!(ended.err.contains(word), "{more:?}: {}", ended.err);
    }
}

#[test]
fn a_prompt_is_learned_from_before_it_is_gone_on_with() {
    let place = place();
    place.write("prompt.txt", "나는 간다 ".repeat(80));
    let write = |more: &[&str]| {
        place.run(&[&["generate", "m", "--prompt-file", "prompt.txt", "--no-prompt", "-n", "60", "--temperature", "0"], more].concat())
    };
    let adapted = write(&["--adapt", "--adapt-rate", "0.01", "--cache", "200"]).expect(0);
    assert!(adapted.out.matches("나는 간다").count() >= 3, "{}", adapted.out);
    assert!(adapted.err.contains("learned from"), "{}", adapted.err);
    assert_ne!(adapted.out, write(&[]).expect(0).out);
    for (args, word) in [
        (&["generate", "m", "--adapt"][..], "--prompt"),
        (&["generate", "m", "--prompt", "나는 간다", "--adapt", "--save-state", "s"], "--save-state"),
        (&["generate", "m", "--prompt", "나는 간다", "--adapt", "--precision", "int8"], "--precision"),
    ] {
        let ended = place.run(args).expect(2);
        assert!(ended.err.contains(word), "{args:?}: {}", ended.err);
    }
}

#[test]
fn a_classifier_of_texts_begins_with_a_language_model() {
    let place = place();
    let rows = ["나는 학교에 간다,go", "the cat sat on the mat,sit", "나는 집에 간다,go", "the cat sat,sit"];
    place.write("labels.csv", format!("text,label\n{}", rows.map(|row| format!("{row}\n")).concat().repeat(12)));
    let ended = place.run(&["train", "classify", "labels.csv", "--from", "m", "--max-steps", "60", "-o", "c"]).expect(0);
    let told = ended.err.lines().find(|line| line.contains("head.weight")).unwrap_or_default();
    assert!(told.contains("head.bias") && !told.contains("recurrent") && !told.contains("embedding"), "{}", ended.err);
    let accuracy = place.run(&["evaluate", "c", "labels.csv", "--json"]).expect(0).out;
    let accuracy: serde_json::Value = serde_json::from_str(&accuracy).unwrap();
    assert!(accuracy["accuracy"].as_f64().unwrap() > 0.9, "{accuracy}");
    // Numbers have no symbols.
    place.write("numbers.csv", support::labelled());
    let ended = place.run(&["train", "classify", "numbers.csv", "--from", "m", "-o", "d"]);
    assert!(ended.err.contains("the model of --from") || ended.err.contains("text"), "{}", ended.err);
    assert!(!place.file("d").exists());
}

#[test]
fn every_line_is_a_text_of_its_own() {
    let place = place();
    place.write("lines.txt", "나는 학교에 간다.\n\nthe cat sat\n♥\n나는 학교에 간다.\n");
    let ended = place.run(&["features", "m", "lines.txt", "--each-line", "-o", "f.csv"]).expect(0);
    assert!(ended.err.contains('♥'), "{}", ended.err);
    let table = place.text("f.csv");
    let rows: Vec<&str> = table.lines().skip(1).collect();
    let (names, states): (Vec<&str>, Vec<&str>) = rows.iter().filter_map(|row| row.split_once(',')).unzip();
    assert_eq!(names, ["lines.txt:1", "lines.txt:3", "lines.txt:4", "lines.txt:5"], "{table}");
    assert_eq!(states[0], states[3], "each line is read from the start");
    assert_ne!(states[0], states[1]);
    let score = |more: &[&str]| place.run(&[&["score", "m", "lines.txt", "--json"], more].concat()).expect(0).named("score").remove(0);
    let (whole, each) = (score(&[]), score(&["--each-line"]));
    assert_ne!(whole["nats"], each["nats"]);
    assert!(each["symbols"].as_u64() < whole["symbols"].as_u64(), "the first symbol of a text is not predicted: {each}");
    place.write("sales.csv", support::monthly(60));
    place.model("sales.csv");
    let ended = place.run(&["features", "runs/m", "sales.csv", "--each-line"]).expect(2);
    assert!(ended.err.contains("--each-line"), "{}", ended.err);
}
