//! Rows and scores against scikit-learn's TfidfVectorizer and LogisticRegression; benches/accuracy/ngrams_golden.py wrote the file.

use gatewise_ngrams::{Entry, Logistic, Rows, Tfidf};
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().expect("a list").iter().map(|v| v.as_str().expect("a text")).collect()
}

fn sum(row: &[Entry]) -> f64 {
    row.iter().map(|(_, value)| f64::from(*value)).sum()
}

#[test]
fn rows_and_scores_are_those_of_the_reference() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("golden/scikit-learn.json")).expect("JSON");
    assert_eq!(cases.len(), 2);
    for case in &cases {
        let (learned, new) = (texts(&case["texts"]), texts(&case["new"]));
        let tfidf = Tfidf::fit(learned.iter().copied(), usize::MAX);
        assert_eq!(tfidf.idf().len() as u64, case["features"].as_u64().expect("a count"));
        let mut room = Vec::new();
        let mut rows = |texts: &[&str]| texts.iter().map(|text| tfidf.row(text, &mut room)).collect::<Vec<_>>();
        let (rows, others) = (rows(&learned), rows(&new));
        for (rows, sums) in [(&rows, "sums"), (&others, "new_sums")] {
            for (row, want) in rows.iter().zip(numbers(&case[sums])) {
                assert!((sum(row) - want).abs() < 1e-5, "{}, {want}", sum(row));
            }
        }
        let (truth, weight) = (numbers(&case["labels"]).into_iter().map(|v| v as usize).collect::<Vec<_>>(), numbers(&case["weights"]));
        let given = Rows { rows: &rows, truth: &truth, weight: &weight, features: tfidf.idf().len() };
        let fit = Logistic::fit(&given, case["c"].as_f64().expect("a number"), &mut || 0.37, 2);
        let scores: Vec<Vec<f64>> = case["scores"].as_array().expect("lists").iter().map(numbers).collect();
        for (k, row) in others.iter().enumerate() {
            let logs = fit.logs(row);
            for (number, scores) in scores.iter().enumerate() {
                let want = -(-scores[k]).exp().ln_1p();
                let got = if weight.len() == 2 { logs[1] } else { logs[number] };
                assert!((got - want).abs() < 5e-3, "text {k} class {number}: {got}, {want}");
            }
        }
    }
}
