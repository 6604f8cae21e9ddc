//! What is said of a training as it goes, in the words of its task.

mod support;

use support::{Place, labelled, monthly, story};

#[test]
fn a_training_is_told_in_the_words_of_its_task() {
    let place = Place::new();
    place.write("sales.csv", monthly(60)).write("items.csv", labelled()).write("story.txt", story());
    let tiny = ["--hidden", "4", "--max-steps", "8", "--threads", "1"];
    type Case<'a> = (&'a [&'a str], [&'a str; 4], [&'a str; 2]);
    let cases: [Case<'_>; 3] = [
        (
            &["forecast", "sales.csv", "--horizon", "6", "--combine", "network"],
            [" windows (", " epochs of ", "  epoch 1/", " rows/s"],
            ["items", "symbols"],
        ),
        (&["classify", "items.csv", "--label-column", "0"], [" items (", " epochs of ", "  epoch 1/", " rows/s"], ["windows", "symbols"]),
        (
            &["language", "story.txt", "--validate-every", "4"],
            [" windows of text (", " readings of ", "  reading 1/", " symbols/s"],
            ["items", "epoch"],
        ),
    ];
    for (args, words, foreign) in cases {
        let ended = place.run(&[&["train"], args, &tiny].concat()).expect(0);
        let from = ended.err.find(" parameters on ").expect("the line that starts a training");
        let end = ended.err.find(" steps in ").expect("the line that ends it");
        let told = &ended.err[from..end];
        for word in words {
            assert!(told.contains(word), "{args:?}: {word} in\n{told}");
        }
        for word in foreign {
            assert!(!told.contains(word), "{args:?}: no {word} in\n{told}");
        }
    }
}

#[test]
fn gradients_are_watched_after_each_epoch_and_change_no_weight() {
    let place = Place::new();
    place.write("sales.csv", monthly(60)).write("items.csv", labelled()).write("story.txt", story());
    let tiny = ["--hidden", "4", "--max-steps", "8", "--threads", "1", "--json"];
    let cases: [&[&str]; 3] = [
        &["forecast", "sales.csv", "--horizon", "6", "--no-refit", "--combine", "network"],
        &["classify", "items.csv", "--label-column", "0", "--refit=false"],
        &["language", "story.txt", "--validate-every", "4", "--sample", "0"],
    ];
    for (k, args) in cases.into_iter().enumerate() {
        let run = |name: &str, more: &[&str]| {
            let ended = place.run(&[&["train"], args, &tiny, &["-o", name], more].concat()).expect(0);
            (std::fs::read(place.file(&format!("{name}/model.safetensors"))).unwrap(), ended)
        };
        let (plain, ended) = run(&format!("plain{k}"), &[]);
        assert!(ended.named("gradients").is_empty(), "{args:?}");
        let (watched, ended) = run(&format!("watched{k}"), &["--watch-gradients"]);
        assert!(plain == watched, "{args:?}: watching changes no byte");
        let (told, epochs) = (ended.named("gradients"), ended.named("epoch"));
        assert_eq!(told.len(), epochs.len(), "{args:?}");
        let kept = std::fs::read_to_string(place.file(&format!("watched{k}/metrics.jsonl"))).unwrap();
        assert_eq!(kept.lines().filter(|line| line.contains("\"gradients\"")).count(), told.len(), "{args:?}");
        let flow = told[0]["flow"][0]["h"].as_array().expect("norms by lag");
        assert!(flow.len() > 1 && flow[0].as_f64().unwrap() > 0.0, "{args:?}: {}", told[0]);
        assert!(told[0]["clipped"].is_number() && told[0]["grad_norm_clipped"].is_number(), "{}", told[0]);
    }
}
