//! Ticks, scales and figures.

use crate::draw::charts::{Axes, Chart, Mark, Size};
use crate::draw::scale::Scale;
use crate::draw::time;
use crate::markup::escape;
use crate::number::{figure, fixed, scientific};

/// Labels of the marks, contexts in brackets.
fn marks(labels: &[String], width: f64) -> String {
    let points: Vec<(f64, &str)> = labels.iter().enumerate().map(|(i, l)| (i as f64, l.as_str())).collect();
    let written = time::ticks(&points, width).into_iter().map(|tick| match tick.context {
        Some(context) => format!("{} [{context}]", tick.label),
        None => tick.label,
    });
    written.collect::<Vec<_>>().join(", ")
}

#[test]
fn time_is_marked_where_a_round_unit_begins() {
    let months = |n: usize| (0..n).map(|i| format!("{}-{:02}", 1949 + i / 12, 1 + i % 12)).collect();
    let days = |n: usize| (0..n).map(|i| format!("2020/02/{:02}", 20 + i)).collect();
    let hours = |n: usize| (0..n).map(|i| format!("2016-07-{:02}T{:02}:00:00Z", 1 + i / 24, i % 24)).collect();
    let minutes = |n: usize| (0..n).map(|i| format!("2016-07-01 10:{:02}:00.5", i)).collect();
    let whole = |n: usize| (0..n).map(|i| (701 + i).to_string()).collect();
    let words = |n: usize| (0..n).map(|i| format!("week number {i}")).collect();
    let cases: [(&str, Vec<String>, f64, &str); 10] = [
        ("years", months(144), 30.0, "1950, 1952, 1954, 1956, 1958, 1960"),
        ("half years", months(24), 20.0, "Jan [1949], Jul, Jan [1950], Jul"),
        ("every month", months(4), 20.0, "Jan [1949], Feb, Mar, Apr"),
        ("days", days(5), 30.0, "20 Feb [2020], 21 Feb, 22 Feb, 23 Feb, 24 Feb"),
        ("hours", hours(30), 30.0, "00:00 [1 Jul 2016], 06:00, 12:00, 18:00, 00:00 [2 Jul 2016]"),
        ("minutes", minutes(40), 30.0, "10:00 [1 Jul 2016], 10:15, 10:30"),
        ("whole numbers", whole(100), 30.0, "720, 740, 760, 780, 800"),
        ("words", words(9), 30.0, "week number 0, week number 3, week number 6"),
        ("one point", months(1), 30.0, "1949-01"),
        ("nothing", vec![], 30.0, ""),
    ];
    for (name, labels, width, expected) in cases {
        assert_eq!(marks(&labels, width), expected, "{name}");
    }
}

#[test]
fn labels_that_only_resemble_dates_are_kept_as_written() {
    for label in ["2020-13", "2020-02-99", "12-2020-01", "2020-02-01 25:00", "2020-1-1-1", "-", "2020-", "2020-01T", "é-ü T"] {
        let labels = vec![label.to_string(); 3];
        let found = marks(&labels, 60.0);
        assert!(found.starts_with(label), "{label:?} became {found:?}");
    }
}

#[test]
fn value_axes_hold_the_data_between_round_figures() {
    let cases: [(&[f64], &[&str]); 9] = [
        (&[104.0, 622.0], &["0", "200", "400", "600", "800"]),
        (&[300.0, 622.0], &["300", "400", "500", "600", "700"]),
        (&[-3.0, 3.0], &["\u{2212}4", "\u{2212}2", "0", "2", "4"]),
        (&[0.011, 0.012], &["0.0110", "0.0112", "0.0114", "0.0116", "0.0118", "0.0120"]),
        (&[1.0e6, 5.5e6], &["0", "2M", "4M", "6M"]),
        (&[20_000.0, 28_000.0], &["20k", "22k", "24k", "26k", "28k"]),
        (&[7.0, 7.0], &["6.0", "6.5", "7.0", "7.5", "8.0"]),
        (&[], &["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (&[f64::NAN, f64::INFINITY, 0.0], &["\u{2212}1.0", "\u{2212}0.5", "0", "0.5", "1.0"]),
    ];
    for (values, expected) in cases {
        let scale = Scale::linear(values.iter().copied());
        let labels: Vec<String> = scale.ticks(5).into_iter().map(|t| t.label).collect();
        assert_eq!(labels, expected, "{values:?}");
        for value in values.iter().filter(|v| v.is_finite()) {
            let place = scale.fraction(*value);
            assert!(place.is_some_and(|p| (-1e-6..=1.0 + 1e-6).contains(&p)), "{value} at {place:?}");
        }
    }
}

#[test]
fn an_axis_is_logarithmic_only_where_that_shows_more() {
    let log = Scale::log_where_useful([0.01, 0.5, 1.0]);
    assert!(log.is_log());
    assert_eq!(log.fraction(0.0), None);
    assert_eq!(log.fraction(-1.0), None);
    assert!((log.fraction(0.1).expect("inside") - 0.5).abs() < 1e-12);
    let labels: Vec<String> = log.ticks(7).into_iter().map(|t| t.label).collect();
    assert_eq!(labels, ["0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1"]);
    for values in [[1.0, 2.0, 3.0], [0.0, 1.0, 100.0], [-1.0, 1.0, 100.0], [f64::NAN, 1.0, 1.0]] {
        assert!(!Scale::log_where_useful(values).is_log(), "{values:?}");
    }
}

#[test]
fn figures_are_short_and_never_raw() {
    let cases = [
        (0.0, "0.000"),
        (-0.0, "0.000"),
        (0.4621, "0.462"),
        (-14.126, "\u{2212}14.13"),
        (1234.5, "1,234"),
        (1_234_567.0, "1,234,567"),
        (-0.000_000_31, "\u{2212}3.1e\u{2212}7"),
        (2.0e12, "2e12"),
        (f64::NAN, "–"),
        (f64::NEG_INFINITY, "–"),
    ];
    for (value, expected) in cases {
        assert_eq!(figure(value), expected, "{value}");
    }
    assert_eq!(fixed(-0.001, 2), "0.00");
    assert_eq!(fixed(f64::MAX, 2), "1.798e308");
    assert_eq!(scientific(f64::INFINITY, 2), "–");
    assert_eq!(escape("a<b>&\"'\u{8}\n"), "a&lt;b&gt;&amp;&quot;&#39;\u{fffd}\n");
}

#[test]
fn a_band_that_leaves_the_axis_stays_inside_the_plot() {
    let band = |low: f64, high: f64| Chart {
        id: "c".to_owned(),
        title: String::new(),
        description: String::new(),
        axes: Axes::default(),
        y: Scale::linear([0.0, 1.0]),
        marks: vec![Mark::Band { class: "outer", rows: vec![(0.0, low, high), (1.0, low, high)] }],
    };
    let svg = |low, high| band(low, high).svg(Size { width: 600.0, height: 300.0 }, "wide", &|_| Vec::new());
    assert_eq!(svg(-1e6, 1e9), svg(0.0, 1.0), "cut at the ends of the axis");
    assert!(svg(0.2, 0.8) != svg(0.0, 1.0));
}

#[test]
fn axes_carry_their_names_within_the_drawing() {
    let chart = |axes: Axes| Chart {
        id: "c".to_owned(),
        title: String::new(),
        description: String::new(),
        axes,
        y: Scale::linear([0.0, 1.0]),
        marks: vec![Mark::Line { class: "model", points: vec![(0.0, 0.0), (1.0, 1.0)] }],
    };
    let size = Size { width: 380.0, height: 200.0 };
    let svg = |axes: Axes| chart(axes).svg(size, "only", &|_| Vec::new());
    let named = svg(Axes::new("steps back", "‖∂L/∂h‖ <nats>"));
    assert!(named.contains(">steps back</text>") && named.contains("rotate(-90)\">‖∂L/∂h‖ &lt;nats&gt;</text>"), "{named}");
    assert!(!svg(Axes::default()).contains("axis-name"));
    let long = svg(Axes::new("time", "a name that is much longer than the plot is high, and that goes on for ever and ever"));
    assert!(long.contains("a name that is much") && long.contains("…</text>") && !long.contains("ever and ever"), "{long}");
}
