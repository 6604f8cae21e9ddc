//! The report as a reader and a parser see it.

mod axes;
mod backtest;
mod sample;

use std::path::PathBuf;

use gatewise_data::Choice;
use sample::{airline, many, of_many};

use crate::MAX_PANELS;
use crate::forecast::*;

/// The page as XML.
fn markup(html: &str) -> String {
    let mut markup = html.trim_start_matches("<!doctype html>").to_string();
    // The one script without data is code, where `=>` and quotes mean something else to XML.
    if let Some(start) = markup.rfind("<script>") {
        markup.replace_range(start.., "</body></html>");
    }
    markup
}

/// Parses the page as XML and returns every text and attribute of it.
fn parse(html: &str) -> Vec<String> {
    let markup = markup(html);
    let document = match roxmltree::Document::parse(&markup) {
        Ok(document) => document,
        Err(error) => panic!("not well-formed: {error}"),
    };
    let mut found = Vec::new();
    for node in document.descendants() {
        if let Some(text) = node.text() {
            found.push(text.to_string());
        }
        for attribute in node.attributes() {
            found.push(attribute.value().to_string());
        }
    }
    let mut ids: Vec<&str> = document.descendants().filter_map(|n| n.attribute("id")).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "an id stands twice");
    for node in document.descendants().filter(|n| n.has_tag_name("path")) {
        let path = node.attribute("d").unwrap_or_default();
        assert!(path.starts_with('M'), "a path that starts nowhere: {path:?}");
        assert!(!path.contains("NaN") && !path.contains("inf"), "{path}");
    }
    found
}

#[test]
fn a_page_is_well_formed_and_loads_nothing() {
    let html = render_forecast(&airline());
    parse(&html);
    for outside in ["http:", "https:", "url(", "@import", "<link", "src="] {
        assert!(!html.contains(outside), "the page refers to {outside}");
    }
    assert!(html.len() < 200_000, "{} bytes", html.len());
}

#[test]
fn texts_are_shown_as_written_and_never_as_markup() {
    let hostile = "</script><script>alert('x')</script> & \"q\" <b>\u{1}";
    let shown = hostile.replace('\u{1}', "\u{fffd}");
    let mut report = airline();
    let text = || hostile.to_string();
    report.title = text();
    report.command = text();
    report.created = text();
    report.verdict = text();
    report.settings = text();
    report.warnings = vec![text()];
    report.facts = vec![(text(), text())];
    report.guesses = vec![Choice { what: text(), value: text(), flag: text() }];
    let backtest = report.backtest.as_mut().expect("a backtest");
    of_many(backtest, 3);
    backtest.about = text();
    backtest.names[1] = text();
    backtest.windows[0].name = text();
    backtest.windows[1].note = Some(text());
    backtest.windows[2].history[5].1 = text();
    backtest.overlapping[0].name = text();
    report.total_panels = 2;
    let panel = &mut report.panels[0];
    panel.name = text();
    panel.note = Some(text());
    panel.forecast[0].label = text();
    panel.history[130].1 = text();
    let html = render_forecast(&report);
    let texts = parse(&html);
    let whole = texts.iter().filter(|t| **t == shown).count();
    assert!(whole >= 16, "only {whole} texts came through whole");
    assert!(!html.contains("<script>alert") && !html.contains("<b>\u{fffd}"));
    assert_eq!(html.matches("<script>").count(), 1);
    parse(&forecast_picture(&report));
}

#[test]
fn values_that_are_not_finite_leave_gaps() {
    let mut report = airline();
    let panel = &mut report.panels[0];
    panel.history[100].2 = f64::NAN;
    panel.history[120].2 = f64::INFINITY;
    panel.history[121].0 = f64::NAN;
    panel.forecast[3].median = f64::NEG_INFINITY;
    panel.forecast[4].quantiles[0] = f64::NAN;
    panel.forecast[5].quantiles.clear();
    panel.forecast[6].position = f64::INFINITY;
    if let Some(held) = &mut panel.held_back {
        held.rows[2].model = f64::NAN;
        held.rows[3].baseline = f64::INFINITY;
    }
    report.epochs[7].train_loss = f64::NAN;
    report.epochs[8].grad_norm = f64::INFINITY;
    report.epochs[42].valid_loss = f64::NAN;
    let backtest = report.backtest.as_mut().expect("a backtest");
    of_many(backtest, 3);
    backtest.score.model.mase = Some(f64::NAN);
    backtest.score.model.rmse = f64::INFINITY;
    backtest.score.methods[0].metrics.mae = f64::NAN;
    backtest.score.methods[4].metrics.smape = f64::INFINITY;
    backtest.score.series[1].model.mase = Some(f64::NAN);
    backtest.score.coverage[0].actual = f64::NAN;
    backtest.score.steps[3].mae = f64::NAN;
    backtest.score.steps[4].inside.clear();
    backtest.windows[0].history[30].2 = f64::NAN;
    backtest.windows[0].forecast[2].median = f64::INFINITY;
    backtest.windows[0].forecast[3].quantiles.clear();
    for text in parse(&render_forecast(&report)) {
        for bad in ["NaN", "inf ", "inf,", "-inf"] {
            assert!(!text.contains(bad), "{bad:?} in {text:?}");
        }
    }
    parse(&forecast_picture(&report));
}

#[test]
fn odd_shapes_render() {
    let nothing = |report: &mut ForecastReport| {
        report.panels.clear();
        report.backtest = None;
        report.epochs.clear();
        report.warnings.clear();
        report.facts.clear();
        report.guesses.clear();
    };
    let one_point = |report: &mut ForecastReport| {
        report.panels[0].history.truncate(1);
        report.panels[0].held_back = None;
        report.panels[0].forecast.truncate(1);
        report.epochs.truncate(1);
        let backtest = report.backtest.as_mut().expect("a backtest");
        (backtest.horizon, backtest.score.windows, backtest.score.against) = (1, 1, None);
        backtest.score.expected = None;
        backtest.score.methods.clear();
        backtest.score.steps.truncate(1);
        backtest.windows.truncate(1);
        backtest.windows[0].history.drain(..28);
        backtest.windows[0].forecast.truncate(1);
        backtest.overlapping.clear();
    };
    let no_history = |report: &mut ForecastReport| {
        report.panels[0].history.clear();
        report.panels[0].held_back = Some(HeldBack { rows: vec![] });
        report.panels[0].quantile_levels = vec![0.5, 0.1];
        let backtest = report.backtest.as_mut().expect("a backtest");
        backtest.windows.clear();
        backtest.score.coverage.clear();
        backtest.score.steps.clear();
        backtest.score.series.clear();
    };
    let constant = |report: &mut ForecastReport| {
        for point in &mut report.panels[0].history {
            point.2 = 0.0;
        }
        report.panels[0].held_back = None;
        report.panels[0].forecast.clear();
        for epoch in &mut report.epochs {
            epoch.train_loss = 0.0;
            epoch.best = false;
        }
        let backtest = report.backtest.as_mut().expect("a backtest");
        let nothing = gatewise::task::forecast::Metrics::default();
        backtest.score.model = nothing.clone();
        backtest.score.baseline = nothing.clone();
        backtest.score.methods.iter_mut().for_each(|m| m.metrics = nothing.clone());
        backtest.score.steps.iter_mut().for_each(|s| s.mae = 0.0);
    };
    let extreme = |report: &mut ForecastReport| {
        report.panels[0].history[0].2 = f64::MAX;
        report.panels[0].history[1].2 = f64::MIN;
        report.panels[0].history[143].2 = f64::MIN_POSITIVE;
        report.epochs[0].train_loss = f64::MIN_POSITIVE;
        report.epochs[1].train_loss = f64::MAX;
    };
    type Change<'a> = &'a dyn Fn(&mut ForecastReport);
    let cases: [(&str, Change<'_>); 5] =
        [("nothing", &nothing), ("one point", &one_point), ("no history", &no_history), ("constant", &constant), ("extreme", &extreme)];
    for (name, change) in cases {
        let mut report = airline();
        change(&mut report);
        let html = render_forecast(&report);
        assert!(parse(&html).len() > 20, "{name}");
        parse(&forecast_picture(&report));
    }
}

#[test]
fn a_long_horizon_stays_a_small_page() {
    let mut report = airline();
    let template = report.panels[0].forecast[0].clone();
    report.panels[0].forecast = (0..1000)
        .map(|i| ForecastRow { position: 144.0 + i as f64, label: format!("{:04}-{:02}", 1961 + i / 12, 1 + i % 12), ..template.clone() })
        .collect();
    let html = render_forecast(&report);
    parse(&html);
    assert!(html.len() < 600_000, "{} bytes", html.len());
    assert!(html.contains("Forecast values (1000 rows)"));
}

#[test]
fn twelve_of_many_series_are_drawn_and_the_count_is_said() {
    let html = render_forecast(&many(30));
    parse(&html);
    assert_eq!(html.matches("<h3>Channel").count(), MAX_PANELS);
    assert!(html.contains("12 of 414 series are drawn"));
}

#[test]
fn panels_are_picked_from_both_ends() {
    let cases: [(&[f64], usize, &[usize]); 5] = [
        (&[3.0, 1.0, 2.0, 5.0, 4.0], 2, &[1, 3]),
        (&[3.0, 1.0, 2.0, 5.0, 4.0], 3, &[1, 2, 3]),
        (&[1.0, f64::NAN, 2.0], 2, &[0, 1]),
        (&[1.0, 2.0], 12, &[0, 1]),
        (&[], 4, &[]),
    ];
    for (scores, limit, expected) in cases {
        assert_eq!(pick_panels(scores, limit), expected, "{scores:?}, {limit}");
    }
}

#[test]
fn every_scheme_has_every_colour_and_the_picture_has_the_light_ones() {
    let page = include_str!("../html/page.css");
    let styles = [page, include_str!("../draw/chart.css")].concat();
    let mut used: Vec<&str> = styles.split("var(--").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    used.sort_unstable();
    used.dedup();
    let schemes: Vec<&str> = page.split(":root{").skip(1).filter_map(|rest| rest.split('}').next()).collect();
    assert_eq!(schemes.len(), 3, "light, dark and print");
    for colour in used {
        for scheme in &schemes {
            assert!(scheme.contains(&format!("--{colour}:")), "--{colour} is missing in {scheme}");
        }
    }
    let picture = forecast_picture(&airline());
    assert!(!picture.contains("var("), "{picture}");
    for colour in ["truth", "model", "baseline", "held"] {
        let light = schemes[0].split(&format!("--{colour}:")).nth(1).and_then(|rest| rest.split(';').next());
        assert!(light.is_some_and(|light| picture.contains(light)), "--{colour} differs from {light:?}");
    }
}

#[test]
fn a_long_held_back_part_is_cut_to_what_can_be_seen() {
    let mut report = many(1);
    let rows = |n: usize| {
        (0..n).map(|i| HeldBackRow {
            position: i as f64,
            label: format!("{i}"),
            truth: (i % 24) as f64,
            model: (i % 23) as f64,
            baseline: (i % 22) as f64,
        })
    };
    report.panels[0].history.clear();
    report.panels[0].held_back = Some(HeldBack { rows: rows(20_000).collect() });
    report.panels[0].forecast.truncate(0);
    let html = render_forecast(&report);
    parse(&html);
    assert!(html.contains("Only the latest of 20,000 observations are drawn."));
    assert!(html.len() < 1_200_000, "{} bytes", html.len());
}

/// Writes the pages to the folder named by `GATEWISE_REPORT_DIR`, to be looked at in a browser.
#[test]
#[ignore = "writes pages for the eye"]
fn write_pages() {
    let folder = std::env::var_os("GATEWISE_REPORT_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let pages = [
        ("one.html", render_forecast(&airline())),
        ("many.html", render_forecast(&many(30))),
        ("evaluation.html", render_evaluation(&backtest::evaluation())),
        ("picture.svg", forecast_picture(&airline())),
    ];
    for (name, page) in pages {
        std::fs::write(folder.join(name), page).expect("a folder that can be written");
    }
}

#[test]
fn one_epoch_is_told_in_a_sentence() {
    let mut report = airline();
    assert!(render_forecast(&report).contains("id=\"loss-wide-t\""));
    report.epochs.truncate(1);
    let html = render_forecast(&report);
    parse(&html);
    assert!(!html.contains("id=\"loss-wide-t\"") && html.contains("In epoch 1 the loss was 0.557 in training, "), "{html}");
}

#[test]
fn every_axis_of_a_forecast_is_named() {
    let html = render_forecast(&airline());
    let charts = html.matches("<svg class=\"chart\" role=\"img\"").count();
    assert_eq!(html.matches("class=\"axis-name\"").count(), 2 * charts);
    for name in ["Month", "Passengers", "epoch", "loss", "steps ahead", "mean absolute error"] {
        assert!(html.contains(&format!(">{name}</text>")), "{name}");
    }
}

#[test]
fn a_curve_of_one_point_is_told_in_a_sentence() {
    let figure = |points: Vec<(f64, f64)>| crate::Figure {
        axis: crate::Axis::Fitted,
        heading: "Loss by context".to_owned(),
        lead: String::new(),
        x_name: "steps of context",
        curves: vec![crate::Curve::line("model", "a<b", points)],
        tables: Vec::new(),
    };
    let page = |points| crate::Page { figures: vec![figure(points)], ..crate::Page::default() };
    let one = crate::render_page(&page(vec![(2.0, 0.25)]));
    assert!(one.contains("<p class=\"note\">a&lt;b: 0.250 at 2 steps of context</p>") && !one.contains("role=\"img\""), "{one}");
    let two = crate::render_page(&page(vec![(1.0, 0.5), (2.0, 0.25)]));
    assert!(two.contains(">steps of context</text>") && two.contains(">Loss</text>"), "{two}");
}
