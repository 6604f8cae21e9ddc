//! Covariates that are known beyond the end of the targets.

mod common;

use common::{findings, good, refusal};
use gatewise_data::{FindingKind, Impute, ReadOptions};

fn future(columns: &[&str]) -> ReadOptions {
    ReadOptions { future: columns.iter().map(|c| (*c).to_owned()).collect(), ..ReadOptions::default() }
}

const SHOP: &str = "ds,y,promo\n2024-01-01,10,0\n2024-01-02,12,1\n2024-01-03,11,0\n2024-01-04,,1\n2024-01-05,,0\n";

#[test]
fn rows_behind_the_last_target_are_kept_of_what_is_known() {
    let data = good(SHOP, &future(&["promo"]));
    let series = &data.series[0];
    assert_eq!((&data.channels[..], &data.known[..]), (&["y".to_owned()][..], &["promo".to_owned()][..]));
    assert_eq!(series.values, [10.0, 12.0, 11.0]);
    assert_eq!(series.known, [0.0, 1.0, 0.0, 1.0, 0.0]);
    assert_eq!((series.len(), series.rows_ahead(1)), (3, 2));
    let note = data.findings.iter().find(|f| f.kind == FindingKind::Future).expect("it is said");
    assert!(note.message.contains("2 rows behind the last target (2024-01-04 to 2024-01-05): of these promo is known"), "{}", note.message);
    // Without rows ahead it is known of the past.
    let past = good("ds,y,promo\n2024-01-01,10,0\n2024-01-02,12,1\n2024-01-03,11,0\n", &future(&["promo"]));
    assert_eq!((past.series[0].known.as_slice(), past.series[0].rows_ahead(1)), (&[0.0, 1.0, 0.0][..], 0));
}

#[test]
fn a_column_that_is_filled_beyond_the_end_is_proposed() {
    let found = findings(SHOP, &ReadOptions::default());
    let cut = found.iter().find(|f| f.kind == FindingKind::Trimmed).expect("rows are cut");
    assert_eq!(cut.help.as_deref(), Some("⦃future⦄ promo takes them as known of the rows to be forecast"));
    let without = findings("ds,y,promo\n2024-01-01,10,0\n2024-01-02,12,1\n2024-01-03,,\n", &ReadOptions::default());
    assert!(without.iter().find(|f| f.kind == FindingKind::Trimmed).is_some_and(|f| f.help.is_none()));
}

#[test]
fn a_plan_with_a_hole_is_refused_with_its_place_or_filled_in() {
    let hole = "ds,y,promo\n2024-01-01,10,0\n2024-01-02,12,1\n2024-01-03,11,0\n2024-01-04,,\n2024-01-05,,1\n";
    let (message, help) = refusal(hole.as_bytes(), &future(&["promo"]));
    assert!(message.contains("t.csv:5: column \"promo\": the value is missing"), "{message}");
    assert!(help.contains("⦃impute⦄"), "{help}");
    for (impute, expected) in [(Impute::Forward, 0.0), (Impute::Zero, 0.0), (Impute::Linear, 0.5)] {
        let data = good(hole, &ReadOptions { impute, ..future(&["promo"]) });
        let series = &data.series[0];
        assert_eq!((series.values.as_slice(), series.known[3], series.len()), (&[10.0, 12.0, 11.0][..], expected, 3), "{impute}");
        assert!(series.imputed.is_empty(), "{impute}: no target was filled in");
    }
    let (message, _) = refusal(b"ds,y,promo\n2024-01-01,10,0\n2024-01-02,12,1\n2024-01-03,11,0\n2024-01-06,,1\n", &future(&["promo"]));
    assert!(message.contains("2 rows are missing between 2024-01-03 and 2024-01-06"), "{message}");
}

#[test]
fn categories_and_truth_values_are_columns_of_their_own() {
    let mut text = "ds,y,day,open\n".to_owned();
    let kinds = ["plain", "plain", "sale", "plain", "sale", "plain", "fair"];
    for day in 0..21 {
        let y = if day < 18 { format!("{}", 10 + day) } else { String::new() };
        text += &format!("2024-01-{:02},{y},{},{}\n", day + 1, kinds[day % 7], day % 7 != 6);
    }
    text = text.replace("2024-01-03,12,sale", "2024-01-03,12,rare");
    let data = good(&text, &future(&["day", "open"]));
    assert_eq!(data.known, ["day=sale", "day=fair", "day=(other)", "open=false"]);
    assert_eq!(data.levels["day"], ["plain", "sale", "fair", "(other)"]);
    let known = &data.series[0].known;
    assert_eq!(&known[2 * 4..3 * 4], [0.0, 0.0, 1.0, 0.0], "a rare category has a place");
    assert_eq!(&known[6 * 4..7 * 4], [0.0, 1.0, 0.0, 1.0]);
    assert_eq!(data.series[0].rows_ahead(4), 3);

    // The next table is read by the categories of the first; what was never seen has the place of what is rare.
    let next = "ds,y,day,open\n2024-02-01,1,sale,true\n2024-02-02,2,gala,false\n2024-02-03,,plain,true\n";
    let again = good(next, &data.reading(&future(&["day", "open"])));
    assert_eq!(again.known, data.known);
    assert_eq!(again.series[0].known, [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    // Where nothing was rare it counts as the usual one, which is said.
    let unseen = good(&next.replace("true", "closed"), &data.reading(&future(&["open"])));
    assert!(unseen.findings.iter().any(|f| f.kind == FindingKind::Future && f.message.contains("\"closed\"")), "{:?}", unseen.findings);
}

#[test]
fn a_column_has_one_role() {
    let (message, _) = refusal(SHOP.as_bytes(), &ReadOptions { target: vec!["y".into()], ..future(&["y"]) });
    assert!(message.contains("has another role"), "{message}");
    let (message, _) = refusal(SHOP.as_bytes(), &future(&["prmo"]));
    assert!(message.contains("prmo"), "{message}");
}

/// Reads a table with a plan in a file of its own.
fn with_plan(table: &str, plan: &str, options: &ReadOptions) -> Result<gatewise_data::Dataset, gatewise_data::DataError> {
    let folder = tempfile::tempdir().unwrap();
    let (data, path) = (folder.path().join("t.csv"), folder.path().join("plan.csv"));
    std::fs::write(&data, table).unwrap();
    std::fs::write(&path, plan).unwrap();
    gatewise_data::read_table(&data, &ReadOptions { future_file: Some(path), ..options.clone() })
}

#[test]
fn a_plan_may_lie_in_a_file_of_its_own() {
    let known = "date;y\n2024-01-01;10,5\n2024-01-02;12,5\n2024-01-03;11,0\n";
    let plan = "date,promo,day\n2024-01-01,0,a\n2024-01-02,1,b\n2024-01-03,0,a\n2024-01-04,1,a\n2024-01-05,0,b\n";
    let data = with_plan(known, plan, &future(&["promo"])).unwrap();
    assert_eq!((&data.known[..], &data.series[0].known[..]), (&["promo".to_owned()][..], &[0.0, 1.0, 0.0, 1.0, 0.0][..]));
    assert_eq!(data.series[0].values, [10.5, 12.5, 11.0], "the numbers of the table keep their comma");
    // Unnamed, all that the table has not; they are kept for the next table.
    let all = with_plan(known, "date,promo,price\n2024-01-01,0,1\n2024-01-02,1,2\n2024-01-03,0,3\n2024-01-04,1,4\n", &future(&[])).unwrap();
    assert_eq!((&all.known[..], &all.reading(&future(&[])).future[..]), (&["promo".to_owned(), "price".to_owned()][..], &all.known[..]));
    // The past in the table, the future in the plan.
    let past = "date,y,promo\n2024-01-01,10,0\n2024-01-02,12,1\n2024-01-03,11,0\n";
    let data = with_plan(past, "date,promo\n2024-01-04,1\n2024-01-05,1\n", &future(&["promo"])).unwrap();
    assert_eq!(data.series[0].known, [0.0, 1.0, 0.0, 1.0, 1.0]);
    let shops = "store,ds,y\na,2024-01-01,1\na,2024-01-02,2\na,2024-01-03,3\nb,2024-01-01,5\nb,2024-01-02,6\nb,2024-01-03,7\n";
    let plan = "ds,store,promo\n2024-01-01,b,1\n2024-01-02,b,0\n2024-01-03,b,1\n2024-01-04,b,1\n2024-01-01,a,0\n2024-01-02,a,0\n2024-01-03,a,1\n2024-01-04,a,0\n";
    let data = with_plan(shops, plan, &ReadOptions { id: Some("store".into()), ..future(&["promo"]) }).unwrap();
    let known: Vec<&[f64]> = data.series.iter().map(|series| &series.known[..]).collect();
    assert_eq!(known, [&[0.0, 0.0, 1.0, 0.0][..], &[1.0, 0.0, 1.0, 1.0]]);
}

#[test]
fn a_plan_that_does_not_fit_is_refused_with_a_cure() {
    let known = "date,y\n2024-01-01,10\n2024-01-02,12\n2024-01-03,11\n";
    for (plan, options, expected) in [
        ("date,promo\n2024-01-01,1\n", future(&["price"]), "plan.csv: no column \"price\"; it has date, promo"),
        ("day,promo\n2024-01-01,1\n", future(&["promo"]), "says of which row a value is"),
        ("date,y\n2024-01-01,1\n", future(&[]), "every column stands in"),
        ("promo\n1\n0\n", future(&["promo"]), "says of which row a value is"),
        ("", future(&["promo"]), "the plan is empty"),
        ("date,promo\n2024-01-01,1\n2024-01-01,0\n", future(&["promo"]), "a second row of the same time"),
        (
            "date,promo\n2024-01-01,1\n2024-01-02,0\n2024-01-03,0\n2024-01-10,0\n2024-01-17,0\n",
            future(&["promo"]),
            "rows are missing between 2024-01-03 and 2024-01-10",
        ),
    ] {
        let error = with_plan(known, plan, &options).unwrap_err();
        assert!(error.to_string().contains(expected) && error.help().is_some(), "{error}");
    }
}
