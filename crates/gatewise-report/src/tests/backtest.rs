//! Forecasts of held-back rows on the page: the figures, the words and the drawings.

use gatewise::baselines::Method;
use gatewise::task::forecast::{Candidate, Standing};

use super::sample::{airline, metrics, of_many};
use super::{markup, parse};
use crate::forecast::*;

fn backtest(report: &mut ForecastReport) -> &mut Backtest {
    report.backtest.as_mut().expect("the sample has a backtest")
}

/// The cells of the table with this caption, row by row, its head first.
fn cells(html: &str, caption: &str) -> Vec<Vec<String>> {
    let markup = markup(html);
    let document = roxmltree::Document::parse(&markup).expect("well-formed");
    let table = document
        .descendants()
        .find(|n| n.has_tag_name("table") && n.descendants().any(|c| c.has_tag_name("caption") && c.text() == Some(caption)))
        .unwrap_or_else(|| panic!("no table {caption}"));
    let text = |cell: roxmltree::Node<'_, '_>| cell.text().unwrap_or_default().to_string();
    let row = |row: roxmltree::Node<'_, '_>| row.children().filter(|c| c.is_element()).map(text).collect();
    table.descendants().filter(|n| n.has_tag_name("tr")).map(row).collect()
}

/// The figures in the order of the page: their headings, and what stands under the pointer.
fn readout(html: &str, heading: &str) -> Option<serde_json::Value> {
    let markup = markup(html);
    let document = roxmltree::Document::parse(&markup).expect("well-formed");
    let is =
        |n: &roxmltree::Node<'_, '_>| n.has_tag_name("figure") && n.children().any(|c| c.has_tag_name("h3") && c.text() == Some(heading));
    let figure = document.descendants().find(is).unwrap_or_else(|| panic!("no figure {heading}"));
    let json = figure.descendants().find(|n| n.attribute("class") == Some("readout"))?.text()?;
    Some(serde_json::from_str(json).expect("JSON"))
}

/// The page of an evaluation, with the methods that one knows.
pub fn evaluation() -> EvaluationReport {
    let mut backtest = airline().backtest.expect("the sample has a backtest");
    let score = &mut backtest.score;
    (score.expected, score.against) = (None, None);
    score.methods.retain(|m| m.candidate == Candidate::Method(Method::Mean));
    score.methods[0].candidate = Candidate::Method(Method::LastValue);
    score.methods[0].metrics = metrics(0.9);
    score.methods[0].weight = None;
    EvaluationReport {
        title: "Evaluation on air.csv".to_string(),
        command: "gatewise evaluate runs/air-1 air.csv --rolling".to_string(),
        created: "2026-11-23 16:40 UTC".to_string(),
        facts: vec![("model".to_string(), "runs/air-1".to_string())],
        warnings: vec!["the model was trained on rows of this test part: on new data its errors will be larger".to_string()],
        verdict: "Over 20 forecasts, 12 rows each, the MASE is 0.462.".to_string(),
        backtest,
    }
}

#[test]
fn the_table_has_every_method_the_best_first() {
    let html = render_forecast(&airline());
    let expected = [
        ["method", "MASE", "sMAPE", "MAE", "RMSE", "weight", "windows"],
        ["forecast", "0.462", "2.911", "14.09", "18.20", "", "20"],
        ["AR", "0.390", "2.457", "11.89", "15.37", "", "18"],
        ["network", "0.511", "3.219", "15.59", "20.13", "62\u{a0}%", "20"],
        ["ETS", "0.660", "4.158", "20.13", "26.00", "38\u{a0}%", "20"],
        ["seasonal naive", "1.568", "9.878", "47.82", "61.78", "", "20"],
        ["mean", "6.200", "39.06", "189.1", "244.3", "", "20"],
    ];
    assert_eq!(cells(&html, "Errors of the forecast and of every method"), expected);
    assert!(html.contains("A method that does not apply to some windows forecast fewer"));
    // What forecast other windows is not called the best.
    assert!(html.contains("best\">0.462") && !html.contains("best\">0.390"));
    assert!(html.contains("20 forecasts of 12 steps each. Of the last 50 rows, which nothing was learned from."));
}

#[test]
fn badge_and_tiles_follow_the_standing() {
    let ets = Candidate::Method(Method::Ets);
    let cases = [
        (Some((ets, Standing::Better)), "outcome better", "Better than ETS, the best simple method, by more than chance", 4, 0),
        (Some((ets, Standing::Even)), "outcome even", "Forecast and ETS: the rows do not tell which is better", 0, 0),
        (None, "outcome even", "MASE 30\u{a0}% lower than that of ETS</p>", 0, 0),
    ];
    for (against, class, text, better, worse) in cases {
        let mut report = airline();
        backtest(&mut report).score.against = against;
        let html = render_forecast(&report);
        parse(&html);
        assert!(html.contains(class) && html.contains(text), "{against:?}");
        let count = |class: &str| html.matches(&format!("<small class=\"{class}\">")).count();
        assert_eq!((count("better"), count("worse")), (better, worse), "{against:?}");
        // Against ETS, which did better than the seasonal-naive forecast.
        assert_eq!(html.matches("<span>ETS ").count(), 4);
        assert!(html.contains("30\u{a0}% lower</small>") && html.contains("<span>ETS 0.660</span>"));
    }
}

#[test]
fn a_loss_is_said_plainly() {
    let mut report = airline();
    let score = &mut backtest(&mut report).score;
    score.model = metrics(1.32);
    score.against = Some((Candidate::Method(Method::Ets), Standing::Worse));
    let html = render_forecast(&report);
    assert!(html.contains("outcome worse") && html.contains("Worse than ETS, a simple method"));
    assert_eq!(html.matches("<small class=\"worse\">100\u{a0}% higher").count(), 4);
    // A single measure that is better all the same is not called a win.
    backtest(&mut report).score.model.rmse = 13.0;
    let html = render_forecast(&report);
    assert!(html.contains("<small class=\"\">50\u{a0}% lower"));
    assert_eq!(html.matches("<small class=\"worse\">").count(), 3);
}

#[test]
fn a_forecast_that_is_a_simple_method_is_called_so() {
    let mut report = airline();
    let score = &mut backtest(&mut report).score;
    score.methods[0].weight = Some(0.0);
    score.methods[4].weight = Some(1.0);
    score.against = Some((Candidate::Method(Method::Ets), Standing::Even));
    assert!(render_forecast(&report).contains("The forecast is that of ETS, the best simple method"));
}

#[test]
fn the_expected_error_has_its_range() {
    let mut report = airline();
    let html = render_forecast(&report);
    assert!(html.contains(
        "Of the next 12 steps expect a MASE of 0.462; four times of five it should lie between 0.310 and 0.715. \
         This is from 20 forecasts whose rows overlap, worth about 4 that do not."
    ));
    let expected = backtest(&mut report).score.expected.as_mut().expect("the sample has one");
    (expected.windows, expected.independent) = (1, 1.0);
    assert!(render_forecast(&report).contains("This is from one forecast: there is little to go by."));
}

#[test]
fn coverage_stands_beside_its_level_overall_and_by_step() {
    let html = render_forecast(&airline());
    let expected =
        [["interval", "values inside", "verdict"], ["95\u{a0}%", "94.2\u{a0}%", "holds"], ["80\u{a0}%", "30.5\u{a0}%", "too narrow"]];
    // Two standard errors of the shares of four windows are .39.
    let mut report = airline();
    backtest(&mut report).score.coverage[1].actual = 0.605;
    assert!(cells(&render_forecast(&report), "Coverage of the intervals")[2][2] == "holds", "chance explains so much");
    backtest(&mut report).score.expected.as_mut().expect("the sample has one").independent = 1.0;
    assert_eq!(cells(&render_forecast(&report), "Coverage of the intervals")[2][2], "too few rows to tell");
    assert_eq!(cells(&html, "Coverage of the intervals"), expected);
    let steps = cells(&html, "Errors and coverage by step");
    assert_eq!(steps[0], ["step", "MAE", "inside 95\u{a0}%", "inside 80\u{a0}%"]);
    assert_eq!((steps.len(), &steps[3][..]), (13, &["3", "10.00", "93\u{a0}%", "81\u{a0}%"].map(String::from)[..]));
    let under = readout(&html, "Values inside the intervals by step, %").expect("values under the pointer");
    assert_eq!((&under["x"][11], &under["series"][1][1][11]), (&12.0.into(), &"63\u{a0}%".into()));
    assert_eq!(readout(&html, "Mean absolute error by step").expect("values")["series"][0][1][0], "8.000");
}

#[test]
fn a_horizon_of_one_step_has_no_errors_by_step() {
    let mut report = airline();
    backtest(&mut report).score.steps.truncate(1);
    let html = render_forecast(&report);
    parse(&html);
    assert!(
        html.contains("Coverage of the intervals")
            && !html.contains("By step (")
            && !html.contains("step-errors")
            && !html.contains("by step.")
    );
}

#[test]
fn the_worst_of_many_series_are_listed_and_the_rest_counted() {
    let mut report = airline();
    of_many(backtest(&mut report), 414);
    let html = render_forecast(&report);
    let rows = cells(&html, "The 30 series forecast worst");
    assert_eq!(rows.len(), 31);
    assert_eq!(rows[0], ["series", "MASE", "seasonal naive", "MAE", "seasonal naive"]);
    assert_eq!(
        (&rows[1][0], &rows[1][1], &rows[30][0], &rows[30][1]),
        (&"Channel 413".into(), &"4.630".into(), &"Channel 384".into(), &"4.340".into())
    );
    // 0.5 + 0.01 s is below 1 for the first fifty.
    assert!(
        html.contains("below that of seasonal naive in 50 of 414 series. 384 more are not listed, with a MASE between 0.500 and 4.330.")
    );
    assert!(html.contains("They are of the series forecast best and worst."));

    of_many(backtest(&mut report), 3);
    let html = render_forecast(&report);
    assert_eq!(cells(&html, "Errors by series").len(), 4);
    assert!(!html.contains("more are not listed"));
    assert!(!render_forecast(&airline()).contains("Errors by series"), "a series alone needs no list");
}

#[test]
fn held_back_forecasts_are_drawn_into_their_rows() {
    let html = render_forecast(&airline());
    parse(&html);
    let under = readout(&html, "from 1960-01 on").expect("values under the pointer");
    let x: Vec<f64> = under["x"].as_array().expect("positions").iter().map(|x| x.as_f64().expect("a number")).collect();
    assert!(x.is_sorted_by(|a, b| a < b), "each row stands once: {x:?}");
    assert_eq!((x.len(), x[0], x[39]), (40, 104.0, 143.0));
    let at = |series: usize, row: usize| under["series"][series][1][row].as_str().expect("a text").to_string();
    // December 1960 is 432; 405 a year before, times 1.1, is 445.5.
    assert_eq!((at(0, 39), at(1, 39), at(2, 39)), ("432.0".into(), "445.5".into(), "416.1 to 474.9".into()));
    assert_eq!((at(0, 27), at(1, 27)), ("405.0".into(), String::new()));
    assert!(html.contains("6 of 20 forecasts, each from the rows before it alone, beside what came."));
    assert!(html.contains("2 more, whose rows overlap these"));
    assert_eq!(html.matches("lie in the 95 % interval.</figcaption>").count(), 6);
    assert!(!html.contains("Only the latest of 40 observations"));
}

#[test]
fn a_drawing_that_stands_alone_takes_the_full_width() {
    let mut report = airline();
    let alone = |html: &str, id: &str| (html.contains(&format!("{id}-wide-t")), html.contains(&format!("{id}-only-t")));
    let html = render_forecast(&report);
    assert_eq!((alone(&html, "window0"), alone(&html, "step-errors")), ((false, true), (false, true)));
    let backtest = backtest(&mut report);
    backtest.windows.truncate(1);
    backtest.score.windows = 4;
    assert_eq!(alone(&render_forecast(&report), "step-errors"), (true, false), "the coverage of four forecasts is not drawn");
    self::backtest(&mut report).score.coverage.clear();
    let html = render_forecast(&report);
    parse(&html);
    assert_eq!((alone(&html, "window0"), alone(&html, "step-errors")), ((true, false), (true, false)));
    assert!(html.contains("Step by step") && !html.contains("Do the intervals hold?"));
}

#[test]
fn many_long_windows_stay_a_small_page() {
    let mut report = airline();
    let template = backtest(&mut report).windows[0].clone();
    let label = |i: usize| format!("2018-{:02}-{:02} {:02}:00:00", 1 + i / 720 % 12, 1 + i / 24 % 30, i % 24);
    let row = |i: usize| ForecastRow { position: i as f64, label: label(i), ..template.forecast[i % 12].clone() };
    let panel = Panel {
        history: (0..1440).map(|i| (i as f64, label(i), (i % 24) as f64)).collect(),
        forecast: (720..1440).map(row).collect(),
        ..template.clone()
    };
    backtest(&mut report).windows = vec![panel; 5];
    let html = render_forecast(&report);
    parse(&html);
    assert!(html.len() < 700_000, "{} bytes", html.len());
    assert_eq!(readout(&html, &template.name), None, "too many values to be read one by one");
}

#[test]
fn an_evaluation_has_the_same_sections() {
    let html = render_evaluation(&evaluation());
    parse(&html);
    for id in ["accuracy", "windows", "intervals", "data", "settings"] {
        assert!(html.contains(&format!("<section id=\"{id}\">")), "{id}");
    }
    let methods: Vec<String> =
        cells(&html, "Errors of the forecast and of every method").into_iter().map(|mut row| row.swap_remove(0)).collect();
    assert_eq!(methods, ["method", "forecast", "last value", "seasonal naive"]);
    assert!(!html.contains(">weight<") && !html.contains("expect a MASE"));
    assert!(html.contains("MASE 49\u{a0}% lower than that of last value</p>"));
    assert!(html.contains("the model was trained on rows of this test part"));
}
