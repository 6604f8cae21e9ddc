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
        (&["forecast", "sales.csv", "--horizon", "6"], [" windows (", " epochs of ", "  epoch 1/", " rows/s"], ["items", "symbols"]),
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
