//! One series in every form of dates at every step a form can show: the same times are read, and the next one is written as the file has it.

mod common;

use common::{findings, good, options, refusal};
use gatewise_data::{FindingKind, Frequency, Pattern, ReadOptions, Severity, Time};

/// Forms that show a time of day.
const CLOCKED: &[&str] = &[
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d/%m/%Y %H.%M.%S",
    "%-m/%-d/%Y %-I:%M %p",
    "%-m/%-d/%Y %I:%M%P",
    "%y-%m-%d %H:%M",
    "%d-%b-%Y %H:%M",
    "%b %-d, %Y %I:%M %p",
    "%a, %d %b %Y %H:%M:%S",
    "%Y%m%dT%H%M%S",
    "%Y%m%d %H:%M",
    "%Y%m%d%H%M",
    "%Y-%m-%d %OH:%M",
    "%Y-%m-%d %Op %-I:%M",
    "%Y년 %-m월 %-d일 %H시 %M분",
    "%Y. %-m. %-d. %Op %-I:%M",
    "%Y-%m-%d %H:%M+09:00",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%d %H:%M:%S,%3f",
];
/// Forms that show the day.
const DAYS: &[&str] = &[
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%y-%m-%d",
    "%y/%m/%d",
    "%y.%m.%d",
    "%y%m%d",
    "%d.%m.%Y",
    "%-d.%-m.%Y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%-m/%-d/%Y",
    "%d%^b%Y",
    "%d-%b-%y",
    "%-d %B %Y",
    "%B %-d, %Y",
    "%a %-d %b %Y",
    "%A, %B %d, %Y",
    "%Y-%m-%d (%a)",
    "%Y-%m-%d(%Oa)",
    "%Y년 %-m월 %-d일",
    "%Y. %-m. %-d.",
    "%Y.%m.%d.",
    "%G-W%V-%u",
    "%Y%j",
];
const WEEKS: &[&str] = &["%G-W%V", "%GW%V", "%G-%V", "%G%V", "W%V %G"];
const MONTHS: &[&str] =
    &["%Y-%m", "%Y/%m", "%Y.%m", "%Y%m", "%YM%m", "%m/%Y", "%b %Y", "%B %Y", "%b-%y", "%Y-%b", "%Y년 %-m월", "%Ob %Y", "%^b-%Y", "%b-%Y"];
const QUARTERS: &[&str] = &["Q%q %Y", "%YQ%q", "%Y-Q%q", "%qQ%Y", "%Y년 %q분기", "Q%q-%Y"];

fn check(form: &str, step: &str, start: &str) {
    let rows = 120;
    let (pattern, frequency): (Pattern, Frequency) = (form.parse().unwrap(), step.parse().unwrap());
    let first = Time::Date(start.parse().unwrap());
    let times: Vec<Time> = (0..=rows).map(|k| frequency.next(&first, k)).collect();
    let cell = |time: &Time| match time {
        Time::Date(at) => pattern.format(*at),
        Time::Index(index) => index.to_string(),
    };
    let lines: Vec<String> = times[..120].iter().enumerate().map(|(i, time)| format!("\"{}\",{}", cell(time), i * i % 17)).collect();
    let data = good(&format!("date,v\n{}\n", lines.join("\n")), &ReadOptions::default());
    let place = format!("{form} by {step}: {:?}", data.time_format);
    assert_eq!((data.time_column.as_deref(), &data.channels[..]), (Some("date"), &["v".to_owned()][..]), "{place}");
    assert_eq!(data.series[0].times, times[..120], "{place}");
    assert_eq!(data.frequency.code(), step, "{place}");
    let written: Vec<String> = times.iter().map(|time| data.format_time(time)).collect();
    assert_eq!(written, times.iter().map(cell).collect::<Vec<_>>(), "{place}");
    for time in &times {
        assert_eq!(data.parse_time(&cell(time)), Some(*time), "{place}");
    }
}

#[test]
fn every_form_at_every_step() {
    for form in CLOCKED {
        for step in ["h", "15min", "6h"] {
            check(form, step, "2024-02-27 00:00");
        }
        check(form, "30min@09:30-16:00/Mon-Fri", "2024-02-27 09:30");
    }
    for form in DAYS {
        for (step, start) in [("D", "2024-01-05"), ("W", "2024-01-05"), ("B", "2024-01-05"), ("M", "2020-01-05"), ("ME", "2020-01-31")] {
            check(form, step, start);
        }
        check(form, "D/Mon-Sat", "2024-01-05");
        check(form, "BME", "2020-01-31");
    }
    for form in WEEKS {
        check(form, "W", "2020-01-06");
    }
    for form in MONTHS {
        check(form, "M", "2017-03-01");
        check(form, "Q", "2000-01-01");
    }
    for form in QUARTERS {
        check(form, "Q", "1999-10-01");
    }
}

fn table(cells: &[&str]) -> String {
    let lines: Vec<String> = cells.iter().enumerate().map(|(i, cell)| format!("\"{cell}\",{i}.5")).collect();
    format!("date,sales\n{}\n", lines.join("\n"))
}

/// First time read, and the form of the time after the last.
fn ends(cells: &[&str], flags: &str) -> (String, String) {
    let data = good(&table(cells), &options(flags));
    let last = data.series[0].times.last().unwrap();
    (data.series[0].times[0].to_string(), data.format_time(&data.frequency.next(last, 1)))
}

#[test]
fn two_digits_of_the_year_may_stand_first() {
    let january: Vec<String> = (1..=31).map(|day| format!("24-01-{day:02}")).collect();
    let january: Vec<&str> = january.iter().map(String::as_str).collect();
    assert_eq!(ends(&january, ""), ("2024-01-01".to_owned(), "24-02-01".to_owned()));
    assert_eq!(ends(&["24.01.05", "24.01.06", "24.01.07"], ""), ("2024-01-05".to_owned(), "24.01.08".to_owned()));
    let months: Vec<String> = (0..30).map(|i| format!("{:02}-{:02}-01", 18 + i / 12, i % 12 + 1)).collect();
    let months: Vec<&str> = months.iter().map(String::as_str).collect();
    assert_eq!(ends(&months, ""), ("2018-01-01".to_owned(), "20-07-01".to_owned()));
    assert_eq!(ends(&["29/12/23", "30/12/23", "31/12/23"], ""), ("2023-12-29".to_owned(), "01/01/24".to_owned()));
    assert_eq!(ends(&["01/02/03", "02/02/03", "03/02/03"], "time=date:dmy"), ("2003-02-01".to_owned(), "04/02/03".to_owned()));
    assert_eq!(ends(&["01/02/03", "01/02/04", "01/02/05"], "time=date:ymd"), ("2001-02-03".to_owned(), "01/02/06".to_owned()));
    let note = findings(&table(&january), &ReadOptions::default()).into_iter().find(|f| f.kind == FindingKind::AmbiguousDate).unwrap();
    assert!(note.message.contains("year first (ymd)") && note.help.unwrap().contains("\"date:dmy\""), "{}", note.message);
    // The same day a year, or the same month a day: the file does not tell.
    let (message, help) = refusal(table(&["01/01/01", "01/01/02", "01/01/03"]).as_bytes(), &ReadOptions::default());
    assert!(message.contains("\"01/01/01\" may be"), "{message}");
    assert!(help.contains("\"date:ymd\""), "{help}");
}

#[test]
fn the_user_may_say_the_form() {
    assert_eq!(ends(&["31.01.24", "01.02.24"], "time=date:%d.%m.%y"), ("2024-01-31".to_owned(), "02.02.24".to_owned()));
    assert_eq!(ends(&["2024;001", "2024;002"], "time=date:%Y;%j"), ("2024-01-01".to_owned(), "2024;003".to_owned()));
    assert_eq!(
        ends(&["0900h@2024-01-01", "1000h@2024-01-01"], "time=date:%H00h@%F"),
        ("2024-01-01 09:00:00".to_owned(), "1100h@2024-01-01".to_owned())
    );
    let (message, help) = refusal(table(&["31.01.24"]).as_bytes(), &options("time=date:%d.%m"));
    assert!(message.contains("no year"), "{message}");
    assert!(help.contains("%d.%m.%Y"), "{help}");
    let (message, _) = refusal(table(&["31.01.24", "x", "02.02.24"]).as_bytes(), &options("time=date:%d.%m.%y"));
    assert!(message.starts_with("t.csv:3: column \"date\": \"x\" is no time of the form %d.%m.%y"), "{message}");
}

#[test]
fn numbers_that_are_times() {
    for (cells, first, next) in [
        (&["45292", "45293"][..], "2024-01-01", "45294"),
        (&["45292.25", "45292.50"], "2024-01-01 06:00:00", "45292.75"),
        (&["2024030122", "2024030123"], "2024-03-01 22:00:00", "2024030200"),
        (&["202403012345", "202403020000"], "2024-03-01 23:45:00", "202403020015"),
        (&["1704067200.0", "1704153600.0"], "2024-01-01", "1704240000.0"),
        (&["2018.11", "2018.12"], "2018-11-01", "2019.01"),
        (&["201811", "201812"], "2018-11-01", "201901"),
        (&["20240131.0", "20240201.0"], "2024-01-31", "20240202.0"),
        (&["240131", "240201"], "2024-01-31", "240202"),
    ] {
        assert_eq!(ends(cells, ""), (first.to_owned(), next.to_owned()), "{cells:?}");
    }
}

#[test]
fn spans_count_from_their_start() {
    let weeks = ["2024-01-01 - 2024-01-07", "2024-01-08 - 2024-01-14"];
    assert_eq!(ends(&weeks, ""), ("2024-01-01".to_owned(), "2024-01-15 - 2024-01-21".to_owned()));
    let months = ["01/01/2024 ~ 31/01/2024", "01/02/2024 ~ 29/02/2024"];
    assert_eq!(ends(&months, ""), ("2024-01-01".to_owned(), "01/03/2024".to_owned()));
    assert_eq!(ends(&["2024-01-01/2024-01-02", "2024-01-02/2024-01-03"], "").1, "2024-01-03/2024-01-04");
}

#[test]
fn times_of_several_columns_are_joined() {
    for (header, rows, name, first, next) in [
        ("Date;Time;v", &["13/03/2024;00:00:00;5", "13/03/2024;01:00:00;6"][..], "Date,Time", "2024-03-13", "13/03/2024 02:00:00"),
        ("Time;Date;v", &["22:00;2024-02-29;5", "23:00;2024-02-29;6"], "Date,Time", "2024-02-29 22:00:00", "2024-03-01 00:00"),
        ("Date;Time;v", &["13/03/2004;18.00.00;5", "13/03/2004;19.00.00;6"], "Date,Time", "2004-03-13 18:00:00", "13/03/2004 20.00.00"),
        ("date;hour;v", &["2024-03-01;0;5", "2024-03-01;1;6"], "date,hour", "2024-03-01", "2024-03-01 2:00"),
        ("date;hour;v", &["2024-03-01;23;5", "2024-03-01;24;6"], "date,hour", "2024-03-01 23:00:00", "2024-03-02 01:00"),
        ("year;week;v", &["2020;52;5", "2020;53;6"], "year,week", "2020-12-21", "2021-W01"),
        ("year;quarter;v", &["2020;3;5", "2020;4;6"], "year,quarter", "2020-07-01", "2021-Q1"),
        ("year;month;day;hour;v", &["2020;2;29;23;5", "2020;2;29;24;6"], "year,month,day,hour", "2020-02-29 23:00:00", "2020-03-01 01:00"),
        ("연도;월;v", &["2020;11;5", "2020;12;6"], "연도,월", "2020-11-01", "2021-01"),
    ] {
        let text = format!("{header}\n{}\n", rows.join("\n"));
        for given in [false, true] {
            let read = ReadOptions { time: given.then(|| name.to_owned()), target: vec!["v".to_owned()], ..ReadOptions::default() };
            let unasked = ReadOptions::default();
            let data = good(&text, if given { &read } else { &unasked });
            assert_eq!((data.time_column.as_deref(), &data.channels[..]), (Some(name), &["v".to_owned()][..]), "{header}");
            let last = data.series[0].times.last().unwrap();
            let ends = (data.series[0].times[0].to_string(), data.format_time(&data.frequency.next(last, 1)));
            assert_eq!((ends.0.as_str(), ends.1.as_str()), (first, next), "{header} {given}");
        }
    }
}

#[test]
fn what_looks_like_time_is_no_target_unasked() {
    for (text, left) in [
        ("date,v\n12,5\n11,6\n", "date"),
        ("x,v\n1704067200.5,1\n1704067201.5,4\n1704067202.5,2\n", "x"),
        ("x,v\n45292.0,1\n45293.0,4\n45294.0,2\n", "x"),
        ("a,v,updated\n5,3,201812\n3,4,201901\n4,5,201902\n7,2,201903\n", "updated"),
        ("when,v,weekday\n2024-01-01,3,1\n2024-01-02,4,2\n", "weekday"),
    ] {
        let data = good(text, &ReadOptions::default());
        assert!(!data.channels.contains(&left.to_owned()), "{text}");
        let said = data.findings.iter().any(|f| f.column.as_deref() == Some(left)) || data.time_column.as_deref() == Some(left);
        assert!(said, "{text}");
        let asked = good(text, &options(&format!("target={left}")));
        assert_eq!(asked.channels, [left]);
    }
    let years: String = (1960..1980).map(|year| format!("{year}.0,{}\n", year * year % 17)).collect();
    assert_eq!(good(&format!("x,v\n{years}"), &ReadOptions::default()).channels, ["v"]);
    // The cure works as it is written.
    let text = "x,v\n45292.25,1\n45292.50,4\n45292.75,2\n";
    let help = good(text, &ReadOptions::default()).findings.iter().find_map(|f| f.help.clone()).unwrap();
    assert!(help.starts_with("⦃time⦄ x:excel takes it as the time"), "{help}");
    assert_eq!(good(text, &options("time=x:excel")).frequency.code(), "6h");
    // A total below digits of dates is left out and said, and no reason to learn the dates.
    let mut text = "일자,매출\n".to_owned();
    (1..=20).for_each(|day| text += &format!("202401{day:02},{day}.5\n"));
    let data = good(&format!("{text}합계,12345.6\n"), &ReadOptions::default());
    assert_eq!((data.time_column.as_deref(), data.series[0].len()), (Some("일자"), 20));
    assert!(data.findings.iter().any(|f| f.kind == FindingKind::BelowTable && f.line == Some(22)), "{:?}", data.findings);
}

#[test]
fn a_column_left_out_names_its_first_cell() {
    let list = findings("date,v,note\nJan of 20,5,warm\nFeb of 20,6,\n", &ReadOptions::default());
    let of = |name: &str| list.iter().find(|f| f.column.as_deref() == Some(name) && f.kind == FindingKind::LeftOut).unwrap();
    assert_eq!((of("date").line, of("date").severity), (Some(2), Severity::Warning));
    assert!(of("date").message.contains("\"Jan of 20\" could not be read as a time"), "{}", of("date").message);
    assert!(of("note").message.contains("\"warm\""), "{}", of("note").message);
}
