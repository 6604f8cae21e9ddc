//! Tables that must be refused, with the place and the cure.

mod common;

use common::{findings, options, read, refusal};
use gatewise_data::{DataError, FindingKind, Severity};

#[test]
fn bad_tables_name_place_and_cure() {
    let cases: &[(&str, &[u8], &str, &str, &str)] = &[
        ("empty file", b"", "", "t.csv: the file is empty", "header and rows"),
        ("blank lines only", b"\n\n\n", "", "t.csv: the file is empty", ""),
        ("header only", b"date,price\n", "", "t.csv:1: a header and no rows", "add rows"),
        ("one row", b"date,price\n2020-01-01,5\n", "", "t.csv: one row a series", "add rows"),
        ("all text", b"name,city\nada,london\nbob,paris\n", "", "t.csv: no column of numbers", "⦃target⦄"),
        (
            "text in a column of numbers",
            b"date,price\n2020-01-01,5\n2020-01-02,n/a\n2020-01-03,6\n",
            "",
            "t.csv:3: column \"price\": \"n/a\" is not a number",
            "⦃na⦄ \"n/a\", or ⦃impute⦄ linear",
        ),
        (
            "a target of text",
            b"date,price,wind\n2020-01-01,5,N\n2020-01-02,6,S\n",
            "target=wind",
            "t.csv:2: column \"wind\": \"N\" is not a number, nor are most",
            "name a column of numbers",
        ),
        (
            "infinite",
            b"date,price\n2020-01-01,5\n2020-01-02,-inf\n2020-01-03,6\n",
            "",
            "t.csv:3: column \"price\": \"-inf\" is not a finite number",
            "⦃na⦄ \"-inf\"",
        ),
        (
            "not a number inside",
            b"date,price\n2020-01-01,5\n2020-01-02,NaN\n2020-01-03,6\n",
            "impute=refuse",
            "t.csv:3: column \"price\": the value is missing",
            "⦃impute⦄ linear",
        ),
        (
            "every value missing",
            b"date,price\n2020-01-01,\n2020-01-02,\n",
            "target=price",
            "t.csv: column \"price\": every cell is missing",
            "⦃target⦄",
        ),
        (
            "duplicate time",
            b"date,price\n2020-01-01,5\n2020-01-02,6\n2020-01-02,7\n2020-01-03,8\n",
            "",
            "t.csv:4: column \"date\": 2020-01-02 stands on line 3 already, with other values",
            "delete one",
        ),
        (
            "duplicate time as a whole number",
            b"ds,y\n1,5\n2,6\n2,7\n3,8\n",
            "",
            "t.csv:4: column \"ds\": 2 stands on line 3 already, with other values",
            "delete one",
        ),
        (
            "long table read as wide",
            // Each shop has a few of the days: it may be one series with errors as well.
            b"date,sales,shop\n2020-01-01,5,a\n2020-01-02,6,a\n2020-01-02,7,b\n2020-01-03,8,b\n2020-01-03,7,c\n2020-01-04,8,c\n2020-01-04,7,d\n2020-01-05,8,d\n",
            "target=sales",
            "t.csv:4: column \"date\": 2020-01-02 stands on line 3 already, with other values",
            "⦃id⦄ shop",
        ),
        (
            "gap",
            b"date,price\n2020-01-01,5\n2020-01-02,6\n2020-01-05,7\n2020-01-06,8\n",
            "impute=refuse",
            "t.csv:4: column \"date\": 2 rows are missing between 2020-01-02 and 2020-01-05 (daily)",
            "⦃impute⦄ linear",
        ),
        (
            "time between two steps",
            b"ts,v\n2020-01-01 00:00,1\n2020-01-01 00:05,2\n2020-01-01 00:10,2\n2020-01-01 00:14,3\n",
            "",
            "t.csv:5: column \"ts\": 2020-01-01 00:14 is no whole number of steps (every 5 minutes) after 2020-01-01 00:10",
            "⦃time⦄ row",
        ),
        (
            "mixed date formats",
            b"date,price\n2020-01-01,5\n2020-01-02,6\n03/01/2020,7\n2020-01-04,7\n",
            "",
            "t.csv:4: column \"date\": \"03/01/2020\" is not written as the other dates are (YYYY-MM-DD)",
            "the same way",
        ),
        (
            "no such day",
            b"date,price\n2019-02-27,5\n2019-02-28,6\n2019-02-29,7\n",
            "",
            "t.csv:4: column \"date\": \"2019-02-29\" is not a date (YYYY-MM-DD)",
            "correct the cell",
        ),
        (
            "ambiguous dates",
            b"date,price\n01/02/2020,5\n02/02/2020,6\n03/02/2020,7\n",
            "",
            "t.csv:2: column \"date\": \"01/02/2020\" may be day first or month first",
            "⦃time⦄ \"date:dmy\" (day first), or ⦃time⦄ \"date:mdy\" (month first)",
        ),
        (
            "missing time",
            b"date,price\n2020-01-01,5\n,6\n2020-01-03,7\n",
            "",
            "t.csv:3: column \"date\": time is missing",
            "fill in the cell",
        ),
        (
            "time column of text",
            b"when,price\nsoon,5\nlater,6\n",
            "time=when",
            "t.csv:2: column \"when\": \"soon\" is neither a date nor a whole number",
            "⦃time⦄ row",
        ),
        (
            "missing id",
            b"unique_id,ds,y\nA,1,5\nA,2,6\n,3,7\n",
            "",
            "t.csv:4: column \"unique_id\": the id of the series is missing",
            "fill in",
        ),
        (
            "short row",
            b"date,price\n2020-01-01,5\n2020-01-02\n2020-01-03,6\n",
            "",
            "t.csv:3: 1 field where the other rows have 2",
            "cut off",
        ),
        (
            "long row",
            b"date,price\n2020-01-01,5\n2020-01-02,1,5\n2020-01-03,6\n",
            "",
            "t.csv:3: 3 fields where the other rows have 2",
            "delimiter",
        ),
        (
            "quote never closed",
            b"date,note,price\n2020-01-01,a,5\n2020-01-02,\"b,6\n2020-01-03,c,7\n2020-01-04,c,7\n",
            "",
            "t.csv:3: 2 fields where the other rows have 3",
            "a quote is opened in this row",
        ),
        (
            "a value with a word",
            b"date,temp\n2020-01-01,5\n2020-01-02,5\xb0\n2020-01-03,6\n",
            "impute=linear",
            "t.csv:3: column \"temp\": \"5\u{b0}\" is not a number",
            "would lose its value",
        ),
        ("binary", b"\x7fELF\x02\x01\n\0\0\0", "", "t.csv:2: holds a zero byte", "CSV"),
        ("gzip", b"\x1f\x8b\x08\x00abc", "", "t.csv: gzip cannot be read", "copy or load it again"),
        ("spreadsheet", b"PK\x03\x04abc", "", "t.csv: is a zip archive or a spreadsheet that cannot be read", "export"),
        (
            "a far time with impute",
            b"date,v\n2020-01-01 00:00:00,1\n2020-01-01 00:00:01,2\n2020-01-01 00:00:02,2\n2120-01-01 00:00:03,2\n",
            "impute=linear",
            "t.csv:5: column \"date\": 3155673600 rows are missing",
            "too many to fill in",
        ),
    ];
    for (case, bytes, flags, message, help) in cases {
        let (got_message, got_help) = refusal(bytes, &options(flags));
        assert!(got_message.starts_with(message), "{case}\n got      {got_message}\n expected {message}");
        assert!(got_help.contains(help), "{case}\n got      {got_help}\n expected {help}");
    }
}

#[test]
fn unknown_columns_are_wrong_usage_and_suggested() {
    let text = "date,Price\n2020-01-01,5\n2020-01-02,6\n";
    for flags in ["target=price", "target=Prize", "covariates=prices", "id=Pric", "time=dat"] {
        let error = read(text, &options(flags)).unwrap_err();
        assert!(matches!(error, DataError::UnknownColumn { .. }), "{flags}: {error}");
        assert!(error.is_usage() && !error.is_io());
        let wanted = if flags.starts_with("time") { "did you mean \"date\"?" } else { "did you mean \"Price\"?" };
        assert_eq!(error.help().as_deref(), Some(wanted), "{flags}");
        assert!(error.to_string().ends_with("; it has date, Price"), "{error}");
    }
    let error = read(text, &options("target=zzz")).unwrap_err();
    assert_eq!(error.help(), None);
}

#[test]
fn options_at_odds_are_wrong_usage() {
    let dates = "date,a,b\n2020-01-01,5,1\n2020-01-02,6,2\n";
    let numbers = "unique_id,ds,y\nA,1,5\nA,2,6\n";
    for (text, flags, message) in [
        (dates, "target=date", "has another role"),
        (dates, "target=a covariates=a", "has another role"),
        (dates, "target=a target=a", "has another role"),
        (dates, "id=date time=date", "has another role"),
        (dates, "freq=fortnight", "is no frequency"),
        (dates, "freq=2", "steps over whole numbers, and the times here are dates"),
        (numbers, "freq=h", "steps over dates, and the times here are whole numbers"),
    ] {
        let error = read(text, &options(flags)).unwrap_err();
        assert!(matches!(error, DataError::Usage { .. }), "{flags}: {error}");
        assert!(error.to_string().contains(message), "{flags}: {error}");
        assert!(error.is_usage() && error.help().is_some());
    }
}

#[test]
fn unreadable_files_are_io_errors() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().join("absent.csv"), folder.path().to_owned()] {
        let error = gatewise_data::read_table(&path, &Default::default()).unwrap_err();
        assert!(error.is_io() && !error.is_usage(), "{error}");
        assert!(error.to_string().starts_with(&path.display().to_string()));
        assert!(error.help().is_some());
    }
}

#[test]
fn the_first_error_by_line_stands_for_the_rest() {
    let text = "date,a,b\n2020-01-01,1,1\n2020-01-02,2,?\n2020-01-03,?,3\n2020-01-05,4,4\n2020-01-06,4,4\n";
    let (message, help) = refusal(text.as_bytes(), &options("impute=refuse"));
    assert_eq!(message, "t.csv:3: column \"b\": \"?\" is not a number");
    assert!(help.contains("\n2 more errors follow; `gatewise check "), "{help}");
}

#[test]
fn inspecting_lists_every_kind_and_counts_the_rest() {
    let mut text = "date,a,b,note\n".to_owned();
    for day in 1..=20 {
        let a = if day % 2 == 0 { "?" } else { "1" };
        text += &format!("2020-01-{day:02},{a},7,x\n");
    }
    for day in 22..=31 {
        text += &format!("2020-01-{day:02},1,7,x\n");
    }
    for month in 2..=4 {
        text += &format!("2020-{month:02}-01,1,7,x\n");
    }
    text += "2020-04-02,inf,7,x\n";
    let list = findings(&text, &options("target=a target=b impute=refuse"));
    let count = |kind: FindingKind, severity| list.iter().filter(|f| f.kind == kind && f.severity == severity).count();
    assert_eq!(count(FindingKind::NotANumber, Severity::Error), 6, "{list:#?}");
    assert!(list.iter().any(|f| f.message == "5 more like these"));
    assert_eq!(count(FindingKind::NotFinite, Severity::Error), 1);
    assert_eq!(count(FindingKind::Gap, Severity::Error), 3);
    assert_eq!(count(FindingKind::Constant, Severity::Warning), 1);
    let order: Vec<Severity> = list.iter().map(|f| f.severity).collect();
    assert!(order.is_sorted(), "{order:?}");
}
