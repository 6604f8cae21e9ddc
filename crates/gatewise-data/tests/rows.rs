//! Tables read row by row: which column is what, and what is said of it.

use std::io::Cursor;

use gatewise_data::{Columns, DataError, RowOptions, RowReader, Values};

fn open(text: &str, options: &RowOptions) -> Result<RowReader, DataError> {
    RowReader::new("t.csv".to_owned(), Box::new(Cursor::new(text.to_owned())), options)
}

fn read(text: &str) -> RowReader {
    open(text, &RowOptions::default()).unwrap_or_else(|e| panic!("{e}: {:?}\n{}", e.help(), &text[..text.len().min(300)]))
}

fn table(header: &str, rows: usize, row: impl Fn(usize) -> String) -> String {
    (0..rows).fold(format!("{header}\n"), |text, r| text + &row(r) + "\n")
}

/// Minutes from midnight on.
fn minute(row: usize) -> String {
    format!("2026-01-{:02} {:02}:{:02}:00", 5 + row / 1440, row / 60 % 24, row % 60)
}

/// No round number, up and down.
fn noise(row: usize) -> f64 {
    5.5 + (row * 7919 % 101) as f64 * 0.07
}

#[test]
fn columns_are_found_by_what_they_hold() {
    type Case<'a> = (&'a str, String, [&'a [&'a str]; 5]);
    let cases: [Case<'_>; 16] = [
        (
            "devices in turn",
            table("time,device,value", 300, |r| format!("{},dev-{},{}", minute(r / 3), r % 3, noise(r))),
            [&["time"], &["device"], &["value"], &[], &[]],
        ),
        (
            "devices one after the other, under any name",
            table("time,kunde,value", 300, |r| format!("{},k{},{}", minute(r % 100), r / 100, noise(r))),
            [&["time"], &["kunde"], &["value"], &[], &[]],
        ),
        (
            "an id that is missing once",
            table("time,device,value", 300, |r| {
                format!("{},{},{}", minute(r / 3), if r == 100 { "" } else { ["a", "b", "c"][r % 3] }, noise(r))
            }),
            [&["time"], &["device"], &["value"], &[], &[]],
        ),
        (
            "two columns of one name",
            table("time,v,v", 100, |r| format!("{},{},{}", minute(r), noise(r), noise(r + 1))),
            [&["time"], &[], &["v", "v.1"], &[], &[]],
        ),
        (
            "ids of numbers",
            table("time,unit,value", 300, |r| format!("{},{},{}", minute(r / 3), r % 3, noise(r))),
            [&["time"], &["unit"], &["value"], &[], &[]],
        ),
        (
            "two id columns",
            table("time,site,nr,value", 400, |r| format!("{},{},{},{}", minute(r / 4), ["A", "B"][r % 2], r / 2 % 2, noise(r))),
            [&["time"], &["site", "nr"], &["value"], &[], &[]],
        ),
        (
            "ids without a time",
            table("device,value", 300, |r| format!("{},{}", ["a", "b"][r % 2], noise(r))),
            [&[], &["device"], &["value"], &[], &[]],
        ),
        (
            "states and booleans",
            table("time,on,state,value", 300, |r| {
                format!("{},{},{},{}", minute(r), r % 9 < 4, ["RUN", "IDLE", "STOP"][r / 10 % 3], noise(r))
            }),
            [&["time"], &[], &["value"], &["on", "state"], &[]],
        ),
        (
            "a state that never changed",
            table("time,status,value", 300, |r| format!("{},fine,{}", minute(r), noise(r))),
            [&["time"], &[], &["value"], &["status"], &[]],
        ),
        (
            "two rows where a state changes",
            table("time,state,value", 300, |r| format!("{},{},{}", minute(r - r / 100), ["A", "B"][r / 100 % 2], noise(r))),
            [&["time"], &[], &["value"], &["state"], &[]],
        ),
        (
            "counters, one of them reset",
            table("time,total,rx,value", 300, |r| format!("{},{},{},{}", minute(r), r * 10 + r % 3, r % 250 * 7, noise(r))),
            [&["time"], &[], &["total", "rx", "value"], &[], &["total", "rx"]],
        ),
        (
            "what rises but is no counter",
            table("time,level,hour", 300, |r| format!("{},{},{}", minute(r), r as f64 * 0.1 + 20.05, r % 24)),
            [&["time"], &[], &["level", "hour"], &[], &[]],
        ),
        (
            "epoch seconds with fractions",
            table("ts,v", 100, |r| format!("{}.25,{}", 1_767_571_200 + 60 * r, noise(r))),
            [&["ts"], &[], &["v"], &[], &[]],
        ),
        (
            "epoch under any name",
            table("when,v", 100, |r| format!("{},{}", 1_767_571_200_250_000_u64 + 60_000_000 * r as u64, noise(r))),
            [&["when"], &[], &["v"], &[], &[]],
        ),
        ("a count of rows", table("beat,v", 100, |r| format!("{r},{}", noise(r))), [&["beat"], &[], &["v"], &[], &[]]),
        (
            "decimal commas",
            table("Zeit;Wert;Zustand", 100, |r| format!("{};5,{};{}", minute(r), r % 7 + 1, ["AN", "AUS"][r / 5 % 2])),
            [&["Zeit"], &[], &["Wert"], &["Zustand"], &[]],
        ),
    ];
    for (name, text, expected) in cases {
        let reader = read(&text);
        let counters: Vec<&str> =
            reader.channels().into_iter().zip(reader.counters()).filter(|(_, counts)| **counts).map(|(c, _)| c).collect();
        let found = [reader.time_columns(), reader.id_columns(), reader.channels(), reader.state_columns(), counters];
        for (found, expected) in found.iter().zip(expected) {
            assert_eq!(found, expected, "{name}");
        }
        for (column, flag) in [(1, "⦃id⦄"), (3, "⦃states⦄"), (4, "⦃counter⦄")] {
            let said = reader.guesses().iter().any(|guess| guess.flag == flag && guess.value == expected[column].join(","));
            assert_eq!(said, !expected[column].is_empty(), "{name}: {flag} in {:?}", reader.guesses());
        }
    }
}

#[test]
fn what_is_left_out_is_named_with_the_flag_that_takes_it_in() {
    let text = table("index,time,v,note,site,empty,seen,is_anomaly,label", 100, |r| {
        format!("{r},{},{},message {r},Berlin,,{},{},{}", minute(r), noise(r), minute(r), r % 2, r % 2)
    });
    let reader = read(&text);
    assert_eq!(reader.channels(), ["v"]);
    let said: Vec<(&str, &str)> = reader.findings().iter().map(|f| (f.column.as_deref().unwrap(), f.help.as_deref().unwrap())).collect();
    for (column, flag) in [
        ("index", "⦃target⦄"),
        ("note", "⦃states⦄ note"),
        ("site", "⦃states⦄ site"),
        ("empty", "⦃target⦄"),
        ("seen", "⦃time⦄ seen"),
        ("label", "⦃label⦄ label"),
    ] {
        assert!(said.iter().any(|(name, help)| *name == column && help.contains(flag)), "{column}: {flag} in {said:?}");
    }
    assert_eq!(said.len(), 6, "{said:?}");
    let taken = RowOptions { states: Some(vec!["note".to_owned(), "site".to_owned()]), ..RowOptions::default() };
    assert_eq!(open(&text, &taken).unwrap().state_columns(), ["note", "site"]);
    let chosen = RowOptions { values: vec!["v".to_owned()], ..RowOptions::default() };
    assert!(open(&text, &chosen).unwrap().findings().is_empty(), "who names columns leaves the others out knowingly");
}

#[test]
fn none_settles_that_there_is_none() {
    let text = table("time,device,state,total", 300, |r| format!("{},d{},{},{}", minute(r / 3), r % 3, ["A", "B"][r / 30 % 2], r / 3 * 5));
    let none = || Some("none".to_owned());
    let reader = open(&text, &RowOptions { id: none(), states: Some(vec!["none".to_owned()]), ..RowOptions::default() }).unwrap();
    assert!(reader.id_columns().is_empty() && reader.state_columns().is_empty());
    assert!(reader.findings().iter().any(|f| f.column.as_deref() == Some("state")), "{:?}", reader.findings());
    let reader = open(&text, &RowOptions { counters: Some(vec!["none".to_owned()]), ..RowOptions::default() }).unwrap();
    assert_eq!((reader.id_columns(), reader.counters()), (vec!["device"], &[false][..]));
    let only = RowOptions { values: vec!["none".to_owned()], states: Some(vec!["state".to_owned()]), ..RowOptions::default() };
    let reader = open(&text, &only).unwrap();
    assert_eq!((reader.channels(), reader.state_columns()), (vec![], vec!["state"]));
}

/// Series, time, label and states of a row.
type Said = (String, Option<(i64, u32)>, Option<u8>, Vec<Option<String>>);

fn rows(reader: &mut RowReader) -> Vec<Said> {
    let mut all = Vec::new();
    while let Some(row) = reader.next_row().unwrap_or_else(|e| panic!("{e}")) {
        let states = row.states().map(|state| state.map(str::to_owned)).collect();
        all.push((row.id.to_owned(), row.seconds.map(|seconds| (seconds, row.nanos)), row.label, states));
    }
    all
}

#[test]
fn rows_say_series_time_label_and_states() {
    let text = "time,site,nr,v,mode,label\n1767571200.5,A,1,5.5,on,False\n1767571200.5,A,2,6.5,,false\n1767571260.5,A,1,7.5,off,TRUE\n1767571260.5,A,2,7,on,\n";
    let options = RowOptions { id: Some("site,nr".to_owned()), states: Some(vec!["mode".to_owned()]), ..RowOptions::default() };
    let mut reader = open(text, &options).unwrap();
    assert_eq!(reader.step_seconds(), Some(60));
    let (at, then) = (Some((1_767_571_200, 500_000_000)), Some((1_767_571_260, 500_000_000)));
    let row = |id: &str, time, label, state: Option<&str>| (id.to_owned(), time, label, vec![state.map(str::to_owned)]);
    assert_eq!(
        rows(&mut reader),
        [
            row("A/1", at, Some(0), Some("on")),
            row("A/2", at, Some(0), None),
            row("A/1", then, Some(1), Some("off")),
            row("A/2", then, None, Some("on")),
        ]
    );
    assert_eq!(
        (reader.series(), reader.labels()),
        (&["A/1".to_owned(), "A/2".to_owned()][..], &["False".to_owned(), "TRUE".to_owned()][..])
    );
    assert_eq!(reader.notes(), Default::default(), "times of a series rise");
}

#[test]
fn a_cell_that_does_not_fit_is_an_error_of_its_row() {
    let with = |at: usize, odd: &str| {
        table("time,device,v,label", 300, |r| {
            if r == at { odd.to_owned() } else { format!("{},d{},{},{}", minute(r / 3), r % 3, noise(r), r % 2) }
        })
    };
    for (name, text, words) in [
        ("time", with(10, "soon,d0,5,0"), ["t.csv:12", "\"soon\"", "⦃time⦄ row"]),
        ("late time", with(250, "soon,d0,5,0"), ["t.csv:252", "\"soon\"", "⦃time⦄ row"]),
        ("value", with(250, "2026-01-05 09:00:00,d9,x,0"), ["t.csv:252", "\"x\"", "⦃na⦄ \"x\""]),
        ("label", with(250, "2026-01-05 09:00:00,d9,5,2").replace(",0\n", ",7\n"), ["t.csv:252", "\"2\"", "two words"]),
        ("id", with(250, "2026-01-05 09:00:00,,5,0"), ["t.csv:252", "id of the series is missing", "⦃id⦄ none"]),
    ] {
        let options = RowOptions { id: Some("device".to_owned()), label: Some("label".to_owned()), ..RowOptions::default() };
        let mut reader = open(&text, &options).unwrap();
        let error = loop {
            match reader.next_row() {
                Ok(Some(_)) => {}
                Ok(None) => panic!("{name}: no error"),
                Err(error) => break error,
            }
        };
        let said = format!("{error}\n{}", error.help().unwrap_or_default());
        for word in words {
            assert!(said.contains(word), "{name}: {word} in {said}");
        }
    }
}

#[test]
fn columns_that_cannot_be_what_is_asked_are_refused() {
    let text = table("time,device,v,name", 50, |r| format!("{},d,{},n{r}", minute(r), noise(r)));
    let names = |name: &str| Some(vec![name.to_owned()]);
    for (name, options, words) in [
        ("id is the time", RowOptions { id: Some("time".to_owned()), ..RowOptions::default() }, ["⦃id⦄ time", "⦃time⦄ row"]),
        (
            "states are the id",
            RowOptions { id: Some("device".to_owned()), states: names("device"), ..RowOptions::default() },
            ["⦃states⦄", "device"],
        ),
        ("no such id", RowOptions { id: Some("devise".to_owned()), ..RowOptions::default() }, ["devise", "did you mean \"device\""]),
        ("no such state", RowOptions { states: names("modus"), ..RowOptions::default() }, ["modus", "it has time"]),
        ("no such counter", RowOptions { counters: names("x"), ..RowOptions::default() }, ["\"x\"", "it has time"]),
        ("no time", RowOptions { time: Some("name".to_owned()), ..RowOptions::default() }, ["name", "neither dates nor numbers"]),
    ] {
        let Err(error) = open(&text, &options) else { panic!("{name} was taken") };
        let said = format!("{error}\n{}", error.help().unwrap_or_default());
        for word in words {
            assert!(said.contains(word), "{name}: {word} in {said}");
        }
    }
    let Err(error) = open("time,name\n2026-01-01,a\n2026-01-02,b\n", &RowOptions::default()) else { panic!("words were taken") };
    assert!(error.help().unwrap_or_default().contains("⦃states⦄ name"), "{error}: {:?}", error.help());
}

#[test]
fn columns_in_memory_are_read_as_the_file_of_them_is() {
    let times: Vec<String> = (0..50).map(minute).collect();
    let numbers: Vec<f64> = (0..50).map(|r| if r == 20 { f64::NAN } else { noise(r) }).collect();
    // Names that look like values, and words with a decimal comma beside numbers.
    let columns = Columns::new()
        .with("2026", Values::Texts(times))
        .with("1", Values::Numbers(numbers.clone()))
        .with("note", Values::Texts(vec!["1,5".to_owned(); 50]));
    let options = RowOptions { values: vec!["1".to_owned()], ..RowOptions::default() };
    let mut reader = RowReader::of_columns("<table>", &columns, &options).unwrap();
    assert_eq!((reader.time_columns(), reader.channels()), (vec!["2026"], vec!["1"]));
    let mut read = Vec::new();
    while let Some(row) = reader.next_row().unwrap() {
        read.push(row.values[0].to_bits());
    }
    assert_eq!(read, numbers.iter().map(|n| n.to_bits()).collect::<Vec<_>>());

    // A further row is read as those before it.
    assert_eq!(reader.columns(), ["2026", "1", "note"]);
    reader.push_row(&[minute(50), "7.25".to_owned(), "so, \"then\"".to_owned()]);
    let row = reader.next_row().unwrap().unwrap();
    assert_eq!((row.line, row.values, row.seconds.is_some()), (52, &[7.25][..], true));
    reader.push_row(&[minute(51), "x".to_owned(), String::new()]);
    assert!(reader.next_row().is_err() && reader.next_row().unwrap().is_none());

    let ragged = Columns::new().with("a", Values::Numbers(vec![1.0, 2.0])).with("b", Values::Numbers(vec![1.0]));
    assert!(RowReader::of_columns("<table>", &ragged, &RowOptions::default()).is_err());
}
