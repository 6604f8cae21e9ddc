//! Features and scores against aeon's MiniRocket and scikit-learn's RidgeClassifierCV; benches/accuracy/rocket_golden.py wrote the file.

use gatewise_rocket::{Plan, Ridge, Transform};
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

fn singles(value: &Value) -> Vec<f32> {
    numbers(value).into_iter().map(|v| v as f32).collect()
}

fn counts(value: &Value) -> Vec<usize> {
    numbers(value).into_iter().map(|v| v as usize).collect()
}

#[test]
fn features_and_scores_are_those_of_the_reference() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("golden/aeon.json")).expect("JSON");
    assert_eq!(cases.len(), 3);
    for case in &cases {
        let lists = |key: &str| case[key].as_array().expect("lists");
        let plan = Plan {
            channels: case["channels"].as_u64().expect("a count") as usize,
            dilations: counts(&case["dilations"]),
            counts: counts(&case["counts"]),
            reads: lists("reads").iter().map(counts).collect(),
        };
        let series: Vec<Vec<f32>> = lists("series").iter().map(singles).collect();
        let series: Vec<&[f32]> = series.iter().map(Vec::as_slice).collect();
        // Dilations and counts are planned alike.
        let own = Plan::new(plan.channels, series[0].len() / plan.channels, plan.features(), &mut || 0.5);
        assert_eq!((&own.dilations, &own.counts), (&plan.dilations, &plan.counts));
        let transform = Transform::new(plan, singles(&case["biases"])).expect("parts that fit");
        let features = transform.apply(&series, 2);
        let width = transform.biases().len();
        for (k, (got, want)) in features.iter().zip(singles(&case["features"])).enumerate() {
            assert!((got - want).abs() < 1e-5, "feature {k}: {got}, {want}");
        }
        for (k, (row, want)) in features.chunks_exact(width).zip(numbers(&case["sums"])).enumerate() {
            let got: f64 = row.iter().map(|v| f64::from(*v)).sum();
            // A place that equals a bias but for a rounding may fall on either side.
            assert!((got - want).abs() < 0.1, "series {k}: {got}, {want}");
        }
        let (labels, weights) = (counts(&case["labels"]), numbers(&case["weights"]));
        let fit = Ridge::fit(&features, &labels, weights.len(), &weights);
        let alpha = case["alpha"].as_f64().expect("a number");
        assert!((fit.alpha / alpha - 1.0).abs() < 1e-9, "{} {alpha}", fit.alpha);
        let scores = features.chunks_exact(width).flat_map(|row| fit.ridge.scores(row));
        for (got, want) in scores.zip(numbers(&case["scores"])) {
            assert!((got - want).abs() < 2e-3, "{got}, {want}");
        }
    }
}
