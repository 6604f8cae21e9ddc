//! Missing rows and values: trimmed at the ends, filled in or refused inside.

mod common;

use common::{findings, good, options};
use gatewise_data::{FindingKind, ReadOptions, Severity};

const HOLES: &str = "date,a,b\n2020-01-01,,1\n2020-01-02,2,\n2020-01-03,4,10\n2020-01-05,,30\n2020-01-06,10,40\n2020-01-07,11,NA\n";

#[test]
fn each_way_to_impute() {
    // Rows 1 and 2 and, but for `forward`, the last have no value to fill in from.
    for (flags, values, imputed, first) in [
        ("impute=linear", &[4.0, 10.0, 6.0, 20.0, 8.0, 30.0, 10.0, 40.0][..], &[1, 2][..], "2020-01-03"),
        ("impute=forward", &[4.0, 10.0, 4.0, 10.0, 4.0, 30.0, 10.0, 40.0, 11.0, 40.0], &[1, 2, 4], "2020-01-03"),
        ("impute=zero", &[0.0, 1.0, 2.0, 0.0, 4.0, 10.0, 0.0, 0.0, 0.0, 30.0, 10.0, 40.0, 11.0, 0.0], &[0, 1, 3, 4, 6], "2020-01-01"),
    ] {
        let data = good(HOLES, &options(flags));
        let series = &data.series[0];
        assert_eq!(series.values, values, "{flags}");
        assert_eq!(series.imputed, imputed, "{flags}");
        assert_eq!(data.format_time(&series.times[0]), first, "{flags}");
        for pair in series.times.windows(2) {
            assert_eq!(data.frequency.next(&pair[0], 1), pair[1], "{flags}");
        }
        let filled: Vec<_> = data.findings.iter().filter(|f| f.kind == FindingKind::Imputed).collect();
        assert_eq!(filled.len(), 2, "{filled:?}");
    }
}

#[test]
fn refused_inside_and_trimmed_at_the_ends() {
    let list = findings(HOLES, &options("impute=refuse"));
    let places: Vec<_> = list.iter().map(|f| (f.kind, f.severity, f.line, f.column.as_deref())).collect();
    assert_eq!(
        places,
        [
            (FindingKind::Missing, Severity::Error, Some(5), Some("a")),
            (FindingKind::Gap, Severity::Error, Some(5), Some("date")),
            (FindingKind::Trimmed, Severity::Note, Some(2), Some("a")),
            (FindingKind::Trimmed, Severity::Note, Some(7), Some("b")),
        ],
    );
    let data = good("date,v\n2020-01-01,\n2020-01-02,NA\n2020-01-03,3\n2020-01-04,4\n", &ReadOptions::default());
    assert_eq!(data.series[0].values, [3.0, 4.0]);
    assert_eq!(data.findings[0].message, "2 rows at the start (2020-01-01 to 2020-01-02) left out: values are missing");
}

#[test]
fn gaps_on_every_calendar() {
    for (times, rows) in [
        (&["2020-01", "2020-02", "2020-05"][..], 5),
        (&["2020-01-31", "2020-02-29", "2020-04-30"], 4),
        (&["2020-01-06", "2020-01-13", "2020-01-27"], 4),
        (&["2024-05-02", "2024-05-03", "2024-05-06", "2024-05-08"], 5),
        (&["2024-03-31 00:00", "2024-03-31 01:00", "2024-03-31 04:00"], 5),
        (&["1", "2", "6"], 6),
    ] {
        let rows_of_text: Vec<String> = times.iter().enumerate().map(|(i, t)| format!("{t},{i}")).collect();
        let data = good(&format!("ds,y\n{}\n", rows_of_text.join("\n")), &options("impute=linear time=ds"));
        let series = &data.series[0];
        assert_eq!(series.len(), rows, "{times:?}");
        assert_eq!(data.format_time(series.times.last().unwrap()), *times.last().unwrap());
        assert!(series.values.is_sorted(), "{times:?}: {:?}", series.values);
    }
}

#[test]
fn a_gap_in_one_of_many_series_names_it() {
    let text = "unique_id,ds,y\nA,1,1\nA,2,2\nA,3,3\nB,1,1\nB,4,4\n";
    let error = common::read(text, &options("impute=refuse")).unwrap_err();
    assert!(error.to_string().ends_with("t.csv:6: column \"ds\": series \"B\": 2 rows are missing between 1 and 4 (1 step)"), "{error}");
    let data = good(text, &options("impute=linear"));
    assert_eq!(data.series[1].values, [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(data.series[1].imputed, [1, 2]);
}

#[test]
fn what_is_missing_is_marked_unasked() {
    let data = good(HOLES, &ReadOptions::default());
    let series = &data.series[0];
    assert_eq!(data.format_time(&series.times[0]), "2020-01-03");
    assert_eq!(series.values, [4.0, 10.0, 6.0, 20.0, 8.0, 30.0, 10.0, 40.0, 11.0, 40.0]);
    let marks: Vec<(usize, usize)> = (0..series.missing.len()).filter(|at| series.missing[*at]).map(|at| (at / 2, at % 2)).collect();
    // A row, a value, and a column that ends before the other.
    assert_eq!(marks, [(1, 0), (1, 1), (2, 0), (4, 1)]);
    let ends = data.findings.iter().find(|f| f.kind == FindingKind::Missing).unwrap();
    assert_eq!((ends.column.as_deref(), ends.severity), (Some("b"), Severity::Warning));
    assert!(ends.message.contains("ends at 2020-01-06, 1 row before the last"), "{}", ends.message);
    let heads = data.heads(|_| Some(2));
    assert_eq!(heads.series[0].missing, [false, false, true, true]);
    assert!(good("ds,y\n1,1\n2,2\n3,4\n", &ReadOptions::default()).series[0].missing.is_empty());
    // A word is no missing value, and most rows are never made up.
    assert!(common::read("ds,y\n1,1\n2,two\n3,4\n4,4\n", &ReadOptions::default()).is_err());
    assert!(common::read("ds,y\n1,1\n2,2\n9,4\n17,4\n", &ReadOptions::default()).unwrap_err().to_string().contains("invented"));
    // A covariate may end before the targets do.
    let late = good("ds,y,w\n1,1,7\n2,2,8\n3,4,\n4,4,\n", &options("target=y covariates=w"));
    assert_eq!((late.series[0].len(), &late.series[0].missing[4..]), (4, &[false, true, false, true][..]));
}
