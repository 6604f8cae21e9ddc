//! Numbers as people write them, column by column.

mod common;

use common::{good, options, refusal};
use gatewise_data::{Dataset, FindingKind, ReadOptions, Severity};

/// A table of one column with these cells.
fn table(cells: &[&str]) -> String {
    let row = |(i, cell): (usize, &&str)| format!("2024-01-{:02};{cell}\n", i + 1);
    format!("date;v\n{}", cells.iter().enumerate().map(row).collect::<String>())
}

fn values(cells: &[&str], flags: &str) -> Dataset {
    good(&table(cells), &options(flags))
}

#[test]
fn a_column_is_read_in_its_form() {
    for (cells, expected) in [
        (["$5,003.42", "$5,610.07", "-$3.00"], [5003.42, 5610.07, -3.0]),
        (["5.003,42 €", "5.610,07 €", "12 €"], [5003.42, 5610.07, 12.0]),
        (["£1", "£2.5", "3"], [1.0, 2.5, 3.0]),
        (["₩1,234,567", "₩987,654", "₩12"], [1_234_567.0, 987_654.0, 12.0]),
        (["12%", "12.5 %", "-3%"], [12.0, 12.5, -3.0]),
        (["1.00M", "987.65K", "512"], [1e6, 987_650.0, 512.0]),
        (["5\u{a0}003,42", "610,07", "1\u{a0}000\u{a0}000,5"], [5003.42, 610.07, 1_000_000.5]),
        (["5\u{202f}003,42", "5\u{202f}610", "7"], [5003.42, 5610.0, 7.0]),
        (["5\u{2009}003.42", "5\u{2009}610", "7.5"], [5003.42, 5610.0, 7.5]),
        (["1'234.5", "2'000", "3"], [1234.5, 2000.0, 3.0]),
        (["\u{2212}4.93", "7.2", "\u{2212}0.5"], [-4.93, 7.2, -0.5]),
        (["(5.0)", "3.5", "(1,200.25)"], [-5.0, 3.5, -1200.25]),
        (["<1", "3", "2"], [0.5, 3.0, 2.0]),
        (["1.234.567,8", "2,5", "3"], [1_234_567.8, 2.5, 3.0]),
        (["₹12,34,567", "₹99,999", "₹5.5"], [1_234_567.0, 99_999.0, 5.5]),
        (["1,234", "12,345,678", "5"], [1234.0, 12_345_678.0, 5.0]),
        (["1,234", "0,5", "12,3456"], [1.234, 0.5, 12.3456]),
        (["1,234", "5678", "12,5"], [1.234, 5678.0, 12.5]),
        (["1.234", "5.678", "9.5"], [1.234, 5.678, 9.5]),
        (["1,5e3", "2,5", "3"], [1500.0, 2.5, 3.0]),
    ] {
        let data = values(&cells, "");
        assert_eq!(data.series[0].values, expected, "{cells:?}");
    }
}

#[test]
fn what_could_be_read_otherwise_is_said_with_the_way_to_do_so() {
    let cells = ["1,234", "5,678", "950"];
    for (flags, expected) in [("", 1.234), ("decimal=point", 1234.0), ("decimal=comma", 1.234)] {
        let data = values(&cells, flags);
        assert_eq!(data.series[0].values[0], expected, "{flags}");
        let said = data.findings.iter().find(|f| f.severity == Severity::Warning && f.kind == FindingKind::NumberFormat);
        assert_eq!(said.is_some(), flags.is_empty(), "{:?}", data.findings);
        if let Some(said) = said {
            assert!(said.message.contains("read as 1.234") && said.help.as_deref().unwrap().contains("⦃decimal⦄ point"), "{said:?}");
            assert_eq!(said.line, Some(2));
        }
    }
    let data = values(&["1.234", "5.678", "950"], "");
    let said = data.findings.iter().find(|f| f.severity == Severity::Warning).unwrap();
    assert!(
        said.message.contains("read as 1.234: the point may part thousands") && said.help.as_deref().unwrap().contains("comma"),
        "{said:?}"
    );
    assert_eq!(values(&["1.234", "5.678", "950"], "decimal=comma").series[0].values, [1234.0, 5678.0, 950.0]);
    // Quoted between commas, it parts thousands.
    let data = good("date,v\n2024-01-01,\"1,234\"\n2024-01-02,\"5,678\"\n", &ReadOptions::default());
    assert_eq!(data.series[0].values, [1234.0, 5678.0]);
    // Another column settles it.
    let data = good("date;v;w\n2024-01-01;1,234;1.234,5\n2024-01-02;5,678;2.000,5\n", &ReadOptions::default());
    assert_eq!(data.series[0].values, [1.234, 1234.5, 5.678, 2000.5]);
    let data = values(&["<1", "3", "2"], "");
    assert!(data.findings.iter().any(|f| f.severity == Severity::Warning && f.message.contains("half of its limit")));
}

#[test]
fn a_cell_at_odds_is_named_and_never_imputed() {
    for (cells, line, what) in [
        (["$5", "$6", "€7", "$8"], 4, "not in the currency of the other cells ($)"),
        (["5%", "6%", "7", "8%"], 4, "is no percentage"),
        (["5", "6", "7%", "8"], 4, "is a percentage, the other cells are not"),
        (["5", "6 apples", "7", "8"], 3, "is not a number"),
        (["5", "1.2.3", "7", "8"], 3, "is not a number"),
        (["5", "12 34", "7", "8"], 3, "is not a number"),
    ] {
        for flags in ["", "impute=linear"] {
            let (message, help) = refusal(table(&cells).as_bytes(), &options(flags));
            assert!(message.starts_with(&format!("t.csv:{line}: column \"v\": ")) && message.contains(what), "{cells:?}: {message}");
            assert!(!help.contains("⦃impute⦄") && help.contains("write it as the other cells"), "{cells:?}: {help}");
        }
    }
    // Nothing is lost where nothing is there.
    let (_, help) = refusal(table(&["5", "closed", "7", "8"]).as_bytes(), &options(""));
    assert_eq!(help, "⦃na⦄ \"closed\", or ⦃impute⦄ linear");
}
