//! Tables with something about them: titles, units, totals, several headers, dates as columns, several ids.

mod common;

use common::{findings, good, options, refusal};
use gatewise_data::{Dataset, FindingKind, Layout, ReadOptions, Severity};

const ROWS: &str = "2024-01-29,1.5\n2024-01-30,2.5\n2024-01-31,4\n2024-02-01,3\n";

fn says(data: &Dataset, kind: FindingKind, words: &str) -> bool {
    data.findings.iter().any(|f| f.kind == kind && f.message.contains(words))
}

/// One series of four days.
fn expect_rows(case: &str, data: &Dataset) {
    assert_eq!((data.channels.len(), data.series.len()), (1, 1), "{case}");
    assert_eq!(data.channels, ["sales"], "{case}");
    assert_eq!(data.series[0].values, [1.5, 2.5, 4.0, 3.0], "{case}");
    assert_eq!(data.series[0].times.iter().map(ToString::to_string).collect::<Vec<_>>()[..2], ["2024-01-29", "2024-01-30"], "{case}");
}

#[test]
fn lines_above_the_header_are_left_out_and_said() {
    for (case, above) in [
        ("a title", "Daily sales report\n"),
        ("a title, a line of two words and a blank one", "Daily sales report\nStore: 12\n\n"),
        ("a title with a number beside it", "Report,2024\n"),
        ("a title in a row of empty cells", "Daily sales,\n"),
        ("a title with more commas than the table", "Sales, by day, of 2024\n"),
        ("comments", "# made by a tool 1.2\n# unit: kWh\n"),
        ("other comments", "% one\n% two\n\n"),
    ] {
        let data = good(&format!("{above}date,sales\n{ROWS}"), &ReadOptions::default());
        expect_rows(case, &data);
        assert!(says(&data, FindingKind::AboveTable, "left out"), "{case}: {:?}", data.findings);
    }
    let data = good(&format!("# made by a tool\n# date,sales\n{ROWS}"), &ReadOptions::default());
    expect_rows("a header as a comment", &data);
    let data = good(&format!("sep=;\r\ndate;sales\r\n{}", ROWS.replace(',', ";").replace('.', ",")), &ReadOptions::default());
    expect_rows("sep=", &data);
}

#[test]
fn rows_below_the_table_are_left_out_and_said() {
    for (case, below) in [
        ("a total", "Total,11\n"),
        ("a total with a year", "Total 2024,11\n"),
        ("Korean", "합계,11\n"),
        ("a note", "Source: the till\n"),
        ("a note behind a blank line", "\nSource: the till, as of 2024\n\n"),
        ("a total, a mean and a note", "Total,11\nMean,2.75\n* preliminary\n"),
        ("blank rows", ",\n,\nTotal,11\n,\n"),
    ] {
        let data = good(&format!("date,sales\n{ROWS}{below}"), &ReadOptions::default());
        expect_rows(case, &data);
        let left =
            data.findings.iter().find(|f| f.kind == FindingKind::BelowTable).unwrap_or_else(|| panic!("{case}: {:?}", data.findings));
        assert_eq!(left.severity, Severity::Warning, "{case}");
        // Dates as whole numbers are times even so, and never a target.
        let data = good(
            &format!("date,sales\n{}{below}", ROWS.replace("2024-01-", "202401").replace("2024-02-", "202402")),
            &ReadOptions::default(),
        );
        expect_rows(case, &data);
    }
    // A wrong date in the last row is an error, and no note.
    let (message, _) = refusal(format!("date,sales\n{ROWS}2024-02-32,5\n").as_bytes(), &ReadOptions::default());
    assert!(message.starts_with("t.csv:6: column \"date\""), "{message}");
    // A total above the rows is no header.
    let (message, _) = refusal(format!("date,sales\nTotal,11\n{ROWS}").as_bytes(), &ReadOptions::default());
    assert!(message.starts_with("t.csv:2: column \"date\": \"Total\""), "{message}");
    // Rows are counted, and the last one sums them up.
    let data = good("n,v\n7,1\n9,2\n4,3\nTotal,6\n", &ReadOptions::default());
    assert_eq!(data.series[0].len(), 3);
    // A series may be called so.
    let data = good("unique_id,ds,y\nA,1,5\nA,2,6\nTotal,1,7\nTotal,2,8\n", &ReadOptions::default());
    assert_eq!(data.series.len(), 2);
}

#[test]
fn several_rows_of_header() {
    let rows = "2024-01-01,1,2\n2024-01-02,2,3\n2024-01-03,3,5\n";
    for (header, names) in [
        ("date,sales,temp\n,kg,°C\n", ["sales", "temp"]),
        ("Price,Close,Volume\nTicker,ABC,ABC\nDate,,\n", ["Close", "Volume"]),
        ("date,1THB,1USD\n,baht,dollar\n", ["1THB", "1USD"]),
        ("Ticker,ABC,XYZ\nPrice,Close,Close\nDate,,\n", ["ABC", "XYZ"]),
    ] {
        let data = good(&format!("{header}{rows}"), &ReadOptions::default());
        assert_eq!(data.channels, names, "{header}");
        assert_eq!(data.series[0].values, [1.0, 2.0, 2.0, 3.0, 3.0, 5.0], "{header}");
        assert!(says(&data, FindingKind::SeveralHeaders, "rows of header"), "{header}: {:?}", data.findings);
    }
    let data = good(
        "g,North,,South,\ndate,tea,rice,tea,rice\n2024-01-01,1,2,3,4\n2024-01-02,2,3,4,5\n2024-01-03,3,5,6,7\n",
        &ReadOptions::default(),
    );
    assert_eq!(data.channels, ["North tea", "North rice", "South tea", "South rice"]);
    // A first row that is missing its values is a row.
    let data = good("a,b\nNA,NA\n1,2\n2,4\n", &ReadOptions::default());
    assert_eq!(data.series[0].values, [1.0, 2.0, 2.0, 4.0]);
    assert!(says(&data, FindingKind::Trimmed, "left out"));
}

#[test]
fn dates_as_columns_are_series() {
    let jhu = "Province/State,Country/Region,Lat,Long,1/22/20,1/23/20,1/24/20,1/25/20\n\
               ,Korea,36,128,1,1,2,2\nQuebec,Canada,52,-71,0,1,1,5\nOntario,Canada,51,-85,3,4,4,9\n";
    let data = good(jhu, &ReadOptions::default());
    assert_eq!(data.layout, Layout::Long);
    let ids: Vec<&str> = data.series.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(ids, ["Korea", "Quebec/Canada", "Ontario/Canada"]);
    assert_eq!(data.series[1].values, [0.0, 1.0, 1.0, 5.0]);
    assert_eq!(data.series[0].times[3].to_string(), "2020-01-25");
    assert!(says(&data, FindingKind::TimesAsColumns, "4 columns are times"));
    assert!(data.findings.iter().any(|f| f.kind == FindingKind::LeftOut && f.column.as_deref() == Some("Lat")));
    let guesses = data.guesses.iter().filter(|g| g.flag == "⦃id⦄").count();
    assert_eq!(guesses, 1, "{:?}", data.guesses);

    let traffic = "Page,2015-07-01,2015-07-02,2015-07-03\na_en.org,18,11,5\nb_fr.org,,14,15\n";
    let data = good(traffic, &ReadOptions::default());
    assert_eq!(data.series[0].values, [18.0, 11.0, 5.0]);
    assert_eq!((data.series[1].id.as_str(), data.series[1].len()), ("b_fr.org", 2));

    let bank = "\"Data Source\",\"Indicators\",\n\n\"Country\",\"Code\",\"2018\",\"2019\",\"2020\",\"2021\",\n\"Aruba\",\"ABW\",\"5.5\",\"6\",\"7\",\"8\",\n";
    let data = good(bank, &ReadOptions::default());
    assert_eq!((data.series[0].id.as_str(), &data.series[0].values[..]), ("Aruba", &[5.5, 6.0, 7.0, 8.0][..]));

    let years = "Country,Code,1960,1961,1962,1963\nAruba,ABW,5.5,6,7,8\nPeru,PER,1,2,3,5\n";
    let data = good(years, &ReadOptions::default());
    assert_eq!(data.frequency.code(), "Y");
    assert_eq!((data.series[1].id.as_str(), &data.series[1].values[..]), ("Peru", &[1.0, 2.0, 3.0, 5.0][..]));

    let given = good("shop,item,2024-01-01,2024-01-02,2024-01-03\n1,7,5,6,7\n1,8,6,7,8\n2,7,9,9,8\n", &ReadOptions::default());
    assert_eq!(given.series.iter().map(|s| s.id.as_str()).collect::<Vec<_>>(), ["1/7", "1/8", "2/7"]);

    let (message, help) = refusal(b"name,2024-01-01,2024-01-02,2024-01-03\nA,1,2,3\nA,2,3,4\n", &ReadOptions::default());
    assert!(message.contains("two rows are called \"A\"") && help.contains("⦃id⦄"), "{message}: {help}");
}

#[test]
fn months_beside_a_year_are_one_series() {
    let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let korean: Vec<String> = (1..=12).map(|month| format!("{month}월")).collect();
    let rows = |first: usize| {
        (0..3)
            .map(|y| format!("{},{}\n", first + y, (1..=12).map(|m| (100 * y + m).to_string()).collect::<Vec<_>>().join(",")))
            .collect::<String>()
    };
    for header in [format!("Year,{}", names.join(",")), format!("연도,{}", korean.join(","))] {
        let text = format!("{header}\n{}2023,301,302,,,,,,,,,,\n", rows(2020));
        let data = good(&text, &ReadOptions::default());
        assert_eq!(
            (data.series.len(), data.frequency.code(), &data.channels[..]),
            (1, "M".to_owned(), &["value".to_owned()][..]),
            "{header}"
        );
        assert_eq!((data.series[0].values[0], data.series[0].values[12], data.series[0].len()), (1.0, 101.0, 38));
        assert_eq!(data.format_time(&data.series[0].times[37]), "2023-02");
        assert!(data.findings.iter().any(|f| f.kind == FindingKind::TimesAsColumns), "{:?}", data.findings);
        assert_eq!(good(&format!("{header}\n{}", rows(2020)), &options("time=row")).channels.len(), 12);
    }
    let (message, _) =
        refusal(format!("Year,{}\n2020,1,2,x,4,5,6,7,8,9,10,11,12\n{}", names.join(","), rows(2021)).as_bytes(), &ReadOptions::default());
    assert!(message.contains(":2:") && message.contains("\"x\""), "{message}");
}

#[test]
fn several_columns_name_the_series() {
    let mut text = "date,store,item,sales\n".to_owned();
    for day in 1..=6 {
        for (store, item) in [(1, "tea"), (1, "rice"), (2, "tea"), (2, "rice")] {
            text += &format!("2023-01-{day:02},{store},{item},{}\n", day * 10 + store);
        }
    }
    for flags in ["", "id=store,item"] {
        let data = good(&text, &options(flags));
        assert_eq!(data.channels, ["sales"], "{flags}");
        assert_eq!(data.id_column.as_deref(), Some("store,item"));
        assert_eq!(data.series.iter().map(|s| s.id.as_str()).collect::<Vec<_>>(), ["1/tea", "1/rice", "2/tea", "2/rice"]);
        assert_eq!(data.series[2].values, [12.0, 22.0, 32.0, 42.0, 52.0, 62.0]);
        assert_eq!(data.guesses.iter().any(|g| g.flag == "⦃id⦄" && g.value == "store,item"), flags.is_empty());
    }
    // The next table may hold one of the series alone: it is still that one.
    let read = good(&text, &ReadOptions::default()).reading(&ReadOptions::default());
    let one: String =
        text.lines().filter(|line| line.starts_with("date") || line.contains(",2,tea,")).map(|line| format!("{line}\n")).collect();
    assert_eq!(good(&one, &read).series[0].id, "2/tea");
    // Values are no names, and neither are hours.
    for text in [
        "date,sales\n2023-01-01,5\n2023-01-01,6\n2023-01-02,5\n2023-01-02,6\n2023-01-03,7\n2023-01-03,8\n",
        "date,hour,sales\n2023-01-01,1,5\n2023-01-01,2,6\n2023-01-02,1,5\n2023-01-02,2,8\n",
    ] {
        let (message, help) = refusal(text.as_bytes(), &ReadOptions::default());
        assert!(message.contains("stands on line 2 already") || message.contains("22 of 26 rows would be invented"), "{message}");
        assert!(!help.contains("⦃id⦄"), "{help}");
    }
}

#[test]
fn columns_left_out_name_their_first_cell() {
    let list = findings("date,wind,v\n2020-01-01,,1\n2020-01-02,N,2\n2020-01-03,S,4\n", &ReadOptions::default());
    let left = list.iter().find(|f| f.kind == FindingKind::LeftOut).unwrap();
    assert_eq!((left.column.as_deref(), left.line), (Some("wind"), Some(3)));
    assert!(left.message.contains("\"N\"") && left.help.as_deref().unwrap().contains("⦃target⦄ \"wind\""), "{left:?}");
}

#[test]
fn a_plain_table_reads_as_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for text in [
        "Report\ndatum;umsatz\n29.01.2024;1.234,5 €\n30.01.2024;2,5 €\n31.01.2024;4 €\nSumme;1.241 €\n",
        "name,1/22/20,1/23/20,1/24/20\nA,1,2,4\nB,2,3,\n",
        "t,v\n2024-01-01 00:00,1\n2024-01-01 12:00,2\n2024-01-02 00:00,4\n",
        "2,5\n3,6\n5,9\n",
        "unique_id,ds,y\nA,1,5\nA,2,6\nB,1,7\nB,2,9\n",
    ] {
        let data = good(text, &ReadOptions::default());
        let path = folder.path().join("plain.csv");
        data.write_plain(std::fs::File::create(&path).unwrap()).unwrap();
        let again = gatewise_data::read_table(&path, &ReadOptions::default()).unwrap();
        assert_eq!(again.series, data.series, "{text}{}", std::fs::read_to_string(&path).unwrap());
        assert_eq!((again.targets, again.frequency), (data.targets, data.frequency), "{text}");
    }
}
