//! `inspect --compare` on texts and labelled series: cells of equal size trained alike, as on tables.

mod support;

use support::Place;

fn nets(ended: &support::Ended) -> Vec<String> {
    ended.named("inspection").iter().map(|e| e["net"].as_str().unwrap().to_string()).collect()
}

#[test]
fn cells_are_compared_on_a_text() {
    let place = Place::new();
    place.write("novel.txt", "나는 학교에 간다. 그래서 나는 책을 읽는다.\n".repeat(60));
    let args = ["inspect", "--compare", "rnn,lstm", "novel.txt", "--hidden", "8", "--max-steps", "6", "--json", "-o", "c.html"];
    let ended = place.run(&args).expect(0);
    assert_eq!(nets(&ended), ["rnn", "lstm"]);
    let inspection = &ended.named("inspection")[0];
    assert_eq!(inspection["unit"], "symbols");
    assert!(inspection["inspection"]["steps"].as_u64().unwrap() >= 32, "{inspection}");
    assert!(!ended.named("gradients").is_empty());
    assert!(place.text("c.html").contains("rnn"));
}

#[test]
fn cells_are_compared_on_labelled_series() {
    let place = Place::new();
    let row = |k: usize| {
        let speed = if k.is_multiple_of(2) { 0.4 } else { 1.2 };
        let values: Vec<String> = (0..12).map(|t| format!("{:.3}", (speed * t as f64 + k as f64).sin())).collect();
        format!("{},{}\n", if k.is_multiple_of(2) { "slow" } else { "fast" }, values.join(","))
    };
    let names: Vec<String> = (0..12).map(|t| format!("t{t}")).collect();
    place.write("waves.csv", format!("label,{}\n{}", names.join(","), (0..24).map(row).collect::<String>()));
    for task in [&[][..], &["--task", "classify"]] {
        let args = [&["inspect", "--compare", "gru,lstm", "waves.csv", "--hidden", "4", "--max-steps", "4", "--json"], task].concat();
        let ended = place.run(&args).expect(0);
        assert_eq!(nets(&ended), ["gru", "lstm"]);
        assert_eq!(ended.named("inspection")[0]["inspection"]["steps"], 12);
    }
    let refused = place.run(&["inspect", "--compare", "gru", "waves.csv", "--horizon", "3"]).expect(2);
    assert!(refused.err.contains("--horizon") && refused.err.contains("--task forecast"), "{}", refused.err);
}
