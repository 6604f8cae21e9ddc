//! Holidays and events as covariates that are known beyond the end.

mod common;

use std::fmt::Write as _;

use common::{good, refusal};
use gatewise_data::{Event, ReadOptions, read_events};

/// Rows of days from the first of 2023 on.
fn days(count: i64) -> String {
    let first = jiff_day(2023, 1, 1);
    let mut text = "date,y\n".to_owned();
    for k in 0..count {
        writeln!(text, "{},{}", first.checked_add(jiff::Span::new().days(k)).unwrap(), k % 7).unwrap();
    }
    text
}

fn jiff_day(year: i16, month: i8, day: i8) -> jiff::civil::Date {
    jiff::civil::date(year, month, day)
}

fn with(holidays: &[&str], ahead: usize) -> ReadOptions {
    ReadOptions { holidays: holidays.iter().map(|c| (*c).to_owned()).collect(), ahead, ..ReadOptions::default() }
}

#[test]
fn holidays_are_columns_for_every_row_and_those_to_be_forecast() {
    let data = good(&days(700), &with(&["KR"], 40));
    let width = data.known.len();
    let at = |day: usize, name: &str| data.series[0].known[day * width + data.known.iter().position(|k| k == name).expect(name)];
    assert_eq!(data.series[0].rows_ahead(width), 40);
    // 2023-01-01 is New Year's Day; 2023-09-29 Chuseok.
    assert_eq!((at(0, "holiday"), at(0, "New Year's Day"), at(1, "holiday"), at(1, "day after a holiday")), (1.0, 1.0, 0.0, 1.0));
    assert_eq!((at(271, "Chuseok"), at(270, "holiday"), at(269, "holiday")), (1.0, 1.0, 0.0));
    // Christmas of 2024 lies beyond the end, 2024-11-30.
    assert_eq!((at(724, "holiday"), at(723, "day before a holiday")), (1.0, 1.0));
    assert!(data.known.iter().all(|name| name != "2002 FIFA World Cup National Team Semi-Finals Celebrations"));

    // The next table has the same columns, whatever days it holds.
    let next = good(&days(30), &ReadOptions { ahead: 7, ..data.reading(&with(&["KR"], 0)) });
    assert_eq!((&next.known, next.series[0].rows_ahead(width)), (&data.known, 7));
}

#[test]
fn longer_steps_count_their_holidays_and_hours_have_those_of_their_day() {
    let months = "month,y\n2023-09,1\n2023-10,2\n2023-11,3\n2023-12,4\n2024-01,5\n2024-02,6\n2024-03,7\n";
    let data = good(months, &with(&["KR"], 0));
    let any = data.known.iter().position(|k| k == "holiday").unwrap();
    let counts: Vec<f64> = data.series[0].known.iter().skip(any).step_by(data.known.len()).copied().collect();
    assert_eq!(counts, [3.0, 3.0, 0.0, 1.0, 1.0, 4.0, 1.0]);
    let mut hours = "time,y\n".to_owned();
    (0..72).for_each(|k| writeln!(hours, "2023-12-{:02} {:02}:00,{k}", 24 + k / 24, k % 24).unwrap());
    let data = good(&hours, &with(&["US"], 0));
    let any = data.known.iter().position(|k| k == "holiday").unwrap();
    let marked: f64 = data.series[0].known.iter().skip(any).step_by(data.known.len()).sum();
    assert_eq!(marked, 24.0);
}

#[test]
fn holidays_stand_behind_a_plan_and_reach_as_far_as_it_does() {
    let text = "date,y,promo\n2024-12-23,1,0\n2024-12-24,2,1\n2024-12-25,3,0\n2024-12-26,4,0\n2024-12-27,,1\n2024-12-28,,0\n";
    let options = ReadOptions {
        future: vec!["promo".into()],
        events: vec![Event { name: "sale".into(), from: jiff_day(2024, 12, 26), to: jiff_day(2024, 12, 27) }],
        ..with(&[], 99)
    };
    let data = good(text, &options);
    assert_eq!(data.known, ["promo", "sale"]);
    assert_eq!(data.series[0].known, [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
    // What is kept for the next table has the event.
    assert_eq!(data.reading(&ReadOptions::default()).events, options.events);
}

#[test]
fn what_has_no_holidays_is_refused_with_a_cure() {
    let (message, help) = refusal(days(30).as_bytes(), &with(&["KOR"], 0));
    assert!(message.contains("\"KOR\" is no country") && help.contains("KR"), "{message} {help}");
    let (_, help) = refusal(days(30).as_bytes(), &with(&["US-ZZ"], 0));
    assert!(help.contains("US-CA"), "{help}");
    let (message, help) = refusal(b"y\n1\n2\n3\n4\n", &with(&["KR"], 0));
    assert!(message.contains("the rows are counted") && help.contains("⦃time⦄"), "{message} {help}");
}

#[test]
fn events_are_read_from_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let read = |text: &str| {
        let path = folder.path().join("events.csv");
        std::fs::write(&path, text).unwrap();
        read_events(&path)
    };
    let events = read("name,from,to\nsale,2024-11-29,2024-12-01\nfair,2024-12-24,\n").unwrap();
    assert_eq!((events[0].to, events[1].to), (jiff_day(2024, 12, 1), jiff_day(2024, 12, 24)));
    assert_eq!(read("from,name\n2024-11-29,sale\n").unwrap()[0].name, "sale");
    for (text, expected) in [
        ("day,what\n2024-01-01,x\n", "events have the columns name, from and to"),
        ("name,from,to\nx,24.12.2024,\n", ":2: column \"from\": \"24.12.2024\" is no day"),
        ("name,from,to\nx,2024-12-24,2024-12-01\n", "before it begins"),
        ("name,from,to\nx,1024-12-24,2024-12-01\n", "it may take 3660"),
        ("name,from,to\n,2024-12-24,\n", "no name"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.to_string().contains(expected) && error.help().is_some(), "{error}");
    }
    assert!(read_events(&folder.path().join("none.csv")).unwrap_err().to_string().contains("none.csv"));
}
