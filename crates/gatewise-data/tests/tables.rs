//! Tables that are read, and what is made of them.

mod common;

use common::{good, options};
use gatewise_data::{FindingKind, Layout, ReadOptions, Severity};

/// Channel names, frequency code, values of the first series.
#[test]
fn tables_in_many_dresses_hold_the_same() {
    let plain = "date,a,b\n2020-01-30,1.5,10\n2020-01-31,2.5,20\n2020-02-01,-3.5,1300.5\n";
    let same: &[(&str, String)] = &[
        ("plain", plain.to_owned()),
        ("CRLF, byte-order mark, no last line end", format!("\u{feff}{}", plain.replace('\n', "\r\n")).trim_end().to_owned()),
        ("carriage returns", plain.replace('\n', "\r")),
        ("blank lines at the end", format!("{plain}\n\n,,\n")),
        ("tabs", plain.replace(',', "\t")),
        ("semicolons", plain.replace(',', ";")),
        ("bars", plain.replace(',', "|")),
        ("semicolons and decimal commas", plain.replace(',', ";").replace('.', ",")),
        ("thousands, decimal commas", "date;a;b\n2020-01-30;1,5;10\n2020-01-31;2,5;20\n2020-02-01;-3,5;1.300,5\n".to_owned()),
        ("quoted thousands", "date,a,b\n2020-01-30,1.5,10\n2020-01-31,2.5,20\n2020-02-01,-3.5,\"1,300.5\"\n".to_owned()),
        ("quotes and spaces", "\"date\", a ,b\n\"2020-01-30\" , 1.5, \"10\"\n2020-01-31,2.5,20\n2020-02-01,-3.5,1300.5\n".to_owned()),
        ("newest first", "date,a,b\n2020-02-01,-3.5,1300.5\n2020-01-31,2.5,20\n2020-01-30,1.5,10\n".to_owned()),
        ("delimiter after the last field", "date,a,b,\n2020-01-30,1.5,10,\n2020-01-31,2.5,20,\n2020-02-01,-3.5,1300.5,\n".to_owned()),
        (
            "delimiter after the last field of data only",
            "date,a,b\n2020-01-30,1.5,10,\n2020-01-31,2.5,20\n2020-02-01,-3.5,1300.5,\n".to_owned(),
        ),
        ("a copied row", format!("{plain}2020-02-01,-3.5,1300.5\n")),
        ("an unnamed index", ",date,a,b\n0,2020-01-30,1.5,10\n1,2020-01-31,2.5,20\n2,2020-02-01,-3.5,1300.5\n".to_owned()),
        ("a column of text", "date,a,wind,b\n2020-01-30,1.5,N,10\n2020-01-31,2.5,S,20\n2020-02-01,-3.5,N,1300.5\n".to_owned()),
        ("empty column", "date,a,none,b\n2020-01-30,1.5,,10\n2020-01-31,2.5,NA,20\n2020-02-01,-3.5,,1300.5\n".to_owned()),
    ];
    for (case, text) in same {
        let data = good(text, &ReadOptions::default());
        assert_eq!(data.layout, Layout::Wide, "{case}");
        assert_eq!(data.channels, ["a", "b"], "{case}");
        assert_eq!(data.targets, 2, "{case}");
        assert_eq!(data.time_column.as_deref(), Some("date"), "{case}");
        assert_eq!(data.frequency.code(), "D", "{case}");
        assert_eq!(data.series[0].values, [1.5, 10.0, 2.5, 20.0, -3.5, 1300.5], "{case}");
        let times: Vec<String> = data.series[0].times.iter().map(|t| data.format_time(t)).collect();
        assert_eq!(times, ["2020-01-30", "2020-01-31", "2020-02-01"], "{case}");
        assert!(data.findings.iter().all(|f| f.severity != Severity::Error), "{case}");
    }
}

#[test]
fn long_tables_are_recognised() {
    for (header, time, id) in [
        ("unique_id,ds,y", "ds", "unique_id"),
        ("item_id,timestamp,target", "timestamp", "item_id"),
        ("Series_ID,Date,y", "Date", "Series_ID"),
    ] {
        // Rows of two series in turn, of different lengths; a column that is not asked for.
        let text = format!("{header},price\nB,2020-01,1,9\nA,2020-02,10,9\nB,2020-02,2,9\nA,2020-03,20,8\nB,2020-03,3,9\n");
        let data = good(&text, &ReadOptions::default());
        assert_eq!(data.layout, Layout::Long);
        assert_eq!(data.id_column.as_deref(), Some(id));
        assert_eq!(data.time_column.as_deref(), Some(time));
        assert_eq!(data.channels.len(), 1);
        assert_eq!(data.frequency.code(), "M");
        let ids: Vec<&str> = data.series.iter().map(|s| s.id.as_str()).collect();
        assert_eq!(ids, ["B", "A"]);
        assert_eq!(data.series[0].values, [1.0, 2.0, 3.0]);
        assert_eq!(data.series[1].values, [10.0, 20.0]);
        assert_eq!(data.rows(), 5);
        let left_out: Vec<_> = data.findings.iter().filter(|f| f.kind == FindingKind::LeftOut).collect();
        assert_eq!(left_out.len(), 1);
        assert_eq!(left_out[0].column.as_deref(), Some("price"));
        let flags: Vec<&str> = data.guesses.iter().map(|g| g.flag.as_str()).collect();
        assert_eq!(flags, ["⦃id⦄", "⦃time⦄", "⦃target⦄", "⦃freq⦄"]);
    }
}

#[test]
fn an_id_may_read_like_a_missing_value() {
    let data = good("unique_id,ds,y\nNA,1,5\nNA,2,6\nZA,1,7\nZA,2,8\n", &ReadOptions::default());
    let ids: Vec<&str> = data.series.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(ids, ["NA", "ZA"]);
}

#[test]
fn given_columns_are_taken_in_their_order() {
    let text = "shop,week,price,sold\nx,2020-01-06,9,3\ny,2020-01-06,8,5\nx,2020-01-13,7,4\ny,2020-01-13,8,6\n";
    let data = good(text, &options("id=shop time=week target=sold covariates=price freq=W"));
    assert_eq!(data.channels, ["sold", "price"]);
    assert_eq!(data.targets, 1);
    assert_eq!(data.series[0].values, [3.0, 9.0, 4.0, 7.0]);
    assert_eq!(data.series[1].channel(1, 2).collect::<Vec<_>>(), [8.0, 8.0]);
    assert!(data.guesses.is_empty(), "{:?}", data.guesses);
}

#[test]
fn no_header_and_no_time() {
    let data = good("5,1\n6,2\n8,3\n", &ReadOptions::default());
    assert_eq!(data.channels, ["1", "2"]);
    assert_eq!(data.series[0].values, [5.0, 1.0, 6.0, 2.0, 8.0, 3.0]);
    assert_eq!(data.time_column, None);
    let rows: Vec<String> = data.series[0].times.iter().map(|t| data.format_time(t)).collect();
    assert_eq!(rows, ["1", "2", "3"]);
    assert_eq!(data.guesses[0].what, "time");
    assert_eq!(data.guesses[0].flag, "⦃time⦄");
    let kinds: Vec<_> = data.findings.iter().map(|f| f.kind).collect();
    assert!(kinds.contains(&FindingKind::NoHeader) && kinds.contains(&FindingKind::NoTime), "{kinds:?}");

    let data = good("2020-01-01;1,5\n2020-01-02;2,5\n", &options("target=2"));
    assert_eq!((data.time_column.as_deref(), &data.series[0].values[..]), (Some("1"), &[1.5, 2.5][..]));
}

#[test]
fn whole_numbers_as_time() {
    // Rising numbers under a customary name are the time; `time` that jumps about is neither time nor a channel that no one named.
    let data = good("step,v\n10,1\n20,2\n30,3\n", &ReadOptions::default());
    assert_eq!((data.time_column.as_deref(), data.frequency.to_string().as_str()), (Some("step"), "10 steps"));
    let data = good("time,v\n10,1\n5,2\n30,3\n", &ReadOptions::default());
    assert_eq!((data.time_column.as_deref(), &data.channels[..]), (None, &["v".to_owned()][..]));
    let data = good("time,v\n10,1\n5,2\n30,3\n", &options("target=time"));
    assert_eq!(data.channels, ["time"]);
    // `ds` leaves no doubt, in whatever order its rows stand.
    let data = good("ds,y\n3,30\n1,10\n2,20\n", &ReadOptions::default());
    assert_eq!((data.time_column.as_deref(), &data.series[0].values[..]), (Some("ds"), &[10.0, 20.0, 30.0][..]));
    let data = good("id,v\n1,5\n2,6\n3,7\n", &ReadOptions::default());
    assert_eq!((data.time_column.as_deref(), &data.channels[..]), (None, &["v".to_owned()][..]));
    let data = good("time,v\n0.0,5\n0.1,6\n0.2,7\n", &ReadOptions::default());
    assert_eq!((data.time_column.as_deref(), &data.channels[..]), (None, &["v".to_owned()][..]));
}

#[test]
fn rows_as_they_come() {
    // Irregular times and a duplicate do not matter where rows are counted.
    let text = "ts,v\n2020-01-01 00:00,1\n2020-01-01 00:07,2\n2020-01-01 00:07,3\n";
    let data = good(text, &options("time=row"));
    assert_eq!((data.channels.len(), data.rows()), (1, 3));
    let text = "unique_id,ds,y\nA,5,1\nB,9,2\nA,5,3\nB,1,4\n";
    let data = good(text, &options("time=row target=y"));
    assert_eq!(data.series[1].times, data.series[0].times);
}

#[test]
fn settings_that_make_bad_cells_good() {
    let text = "date,v\n2020-01-01,1\n2020-01-02,n/a\n2020-01-03,3\n2020-01-04,-999\n2020-01-05,inf\n2020-01-06,6\n";
    let data = good(text, &options("na=n/a na=-999.0 na=inf impute=linear"));
    assert_eq!(data.series[0].values, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(data.series[0].imputed, [1, 3, 4]);
    // Without --na the cells that are no numbers are warned of, and filled in as well.
    let data = good(text, &options("na=-999 impute=zero"));
    assert_eq!(data.series[0].values, [1.0, 0.0, 3.0, 0.0, 0.0, 6.0]);
    let warned: Vec<_> = data.findings.iter().filter(|f| f.severity == Severity::Warning).map(|f| f.line).collect();
    assert_eq!(warned, [Some(3), Some(6)]);
}

#[test]
fn warnings_that_stop_nothing() {
    for (text, kind, line) in [
        ("date,v\n2020-01-01,5\n2020-01-02,5\n", FindingKind::Constant, None),
        ("date,v\n2020-01-02,5\n2020-01-01,6\n", FindingKind::Unsorted, Some(3)),
        ("date,v\n2020-01-01,5\n2020-01-02,6\n2020-01-01,5\n", FindingKind::Duplicate, Some(4)),
        ("date,v,v\n2020-01-01,5,1\n2020-01-02,6,2\n", FindingKind::DuplicateColumn, Some(1)),
        ("date,v\n2020-01-01,5\n\n2020-01-02,6\n", FindingKind::BlankLine, Some(4)),
        ("unique_id,ds,y\nA,1,5\nA,2,6\nB,1,7\n", FindingKind::TooShort, Some(4)),
        ("unique_id,ds,y\nA,1,5\nA,2,6\nB,1,\nB,2,\n", FindingKind::Missing, Some(4)),
    ] {
        let data = good(text, &ReadOptions::default());
        let warnings: Vec<_> = data.findings.iter().filter(|f| f.severity == Severity::Warning).collect();
        assert!(warnings.iter().any(|f| f.kind == kind && f.line == line), "{text:?}: {warnings:?}");
    }
}

#[test]
fn line_numbers_count_quoted_line_ends() {
    let text = "date,note,v\n2020-01-01,\"two\nlines, and \"\"quotes\"\"\",1\n2020-01-02,x,bad\n2020-01-03,x,3\n";
    let error = common::read(text, &ReadOptions::default()).unwrap_err();
    assert!(error.to_string().contains("t.csv:4: column \"v\""), "{error}");
}
