//! One item given to a model that learned from a folder of files: by its name and from standard input.

mod support;

use std::io::Write;
use std::process::Stdio;

use support::Place;

/// Flags that make a training end in a moment.
const TINY: [&str; 8] = ["--hidden", "8", "--max-steps", "80", "--threads", "1", "--seed", "3"];

/// What `predict MODEL -` answers to a text on standard input.
fn piped(place: &Place, model: &str, text: &str) -> String {
    let mut command = place.command(&["predict", model, "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_table_or_a_text_alone_is_one_item_wherever_it_comes_from() {
    let place = Place::new();
    for folder in ["tables/up", "tables/down", "texts/good", "texts/bad"] {
        std::fs::create_dir_all(place.file(folder)).unwrap();
    }
    for k in 0..8 {
        for (label, sign) in [("up", 1.0), ("down", -1.0)] {
            let rows: String = (0..9).map(|t| format!("{t},{:.2}\n", sign * f64::from(t) + 0.1 * f64::from(k))).collect();
            place.write(&format!("tables/{label}/{k}.csv"), format!("t,v\n{rows}"));
        }
        for (label, word) in [("good", "fine, lovely"), ("bad", "poor, dull")] {
            place.write(&format!("texts/{label}/{k}.txt"), format!("a film\n{word} {k}\nand so on\n"));
        }
    }
    for (folder, file, label) in [("tables", "tables/down/3.csv", "down"), ("texts", "texts/good/3.txt", "good")] {
        let trained = place.run(&[&["train", "classify", folder, "-o", "m"][..], &TINY].concat()).expect(0);
        assert!(!trained.err.contains("the model knows no column"), "{}", trained.err);
        let named = place.run(&["predict", "m", file]).expect(0).out;
        let (text, answer) = (place.text(file), |out: &str| out.lines().nth(1).unwrap().split_once(',').unwrap().1.to_owned());
        let alone = piped(&place, "m", &text);
        assert_eq!((alone.lines().count(), answer(&alone)), (2, answer(&named)), "{alone}{named}");
        assert!(alone.lines().nth(1).unwrap().starts_with(&format!("<stdin>,{label},")), "{alone}");
        // A file whose name says nothing is read alike.
        place.write("item.dat", &text);
        assert_eq!(answer(&place.run(&["predict", "m", "item.dat"]).expect(0).out), answer(&named));
        std::fs::remove_dir_all(place.file("m")).unwrap();
    }
}

#[test]
fn folders_of_images_without_labels_say_what_they_are() {
    let place = Place::new();
    for label in ["a", "b"] {
        std::fs::create_dir_all(place.file(&format!("images/{label}"))).unwrap();
        place.write(&format!("images/{label}/1.png"), "x").write(&format!("images/{label}/2.png"), "x");
    }
    let wrong = place.run(&["train", "classify", "images", "-o", "m"]).expect(3);
    assert!(
        wrong.err.contains("a folder of images is one clip") && wrong.err.contains("a table with their paths and labels"),
        "{}",
        wrong.err
    );
}
