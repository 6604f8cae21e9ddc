//! Dates in the usual forms: read, stepped along, and written back as the file has them.

mod common;

use common::{good, options};
use gatewise_data::{FindingKind, ReadOptions, Time, TimeFormat};

fn table(times: &[&str]) -> String {
    let rows: Vec<String> = times.iter().enumerate().map(|(i, time)| format!("\"{time}\",{}.5", i * i)).collect();
    format!("when,v\n{}\n", rows.join("\n"))
}

#[test]
fn forms_come_back_as_they_were() {
    for (flags, times, frequency, first, next) in [
        ("", &["1949-01", "1949-02", "1949-03"][..], "M", "1949-01-01T00:00:00", "1949-04"),
        ("", &["1949/11", "1949/12"], "M", "1949-11-01T00:00:00", "1950/01"),
        ("", &["2016-07-01 00:00:00", "2016-07-01 01:00:00"], "h", "2016-07-01T00:00:00", "2016-07-01 02:00:00"),
        ("", &["2016/07/01 22:00", "2016/07/01 23:00"], "h", "2016-07-01T22:00:00", "2016/07/02 00:00"),
        ("", &["2016-07-01T00:00:00Z", "2016-07-01T00:15:00Z"], "15min", "2016-07-01T00:00:00", "2016-07-01T00:30:00Z"),
        ("", &["2016-07-01T00:00:00+09:00", "2016-07-01T01:00:00+09:00"], "h", "2016-07-01T00:00:00", "2016-07-01T02:00:00+09:00"),
        ("", &["2020-01-01 00:00:00.25", "2020-01-01 00:00:00.50"], "250ms", "2020-01-01T00:00:00.25", "2020-01-01 00:00:00.75"),
        ("", &["2016-07-01 08", "2016-07-01 09"], "h", "2016-07-01T08:00:00", "2016-07-01 10"),
        ("", &["1/30/2020", "1/31/2020"], "D", "2020-01-30T00:00:00", "2/1/2020"),
        ("", &["30/01/2020", "31/01/2020"], "D", "2020-01-30T00:00:00", "01/02/2020"),
        ("", &["01/30/2020", "01/31/2020"], "D", "2020-01-30T00:00:00", "02/01/2020"),
        ("", &["01/31/20", "02/01/20"], "D", "2020-01-31T00:00:00", "02/02/20"),
        ("", &["01.02.2020", "02.02.2020"], "D", "2020-02-01T00:00:00", "03.02.2020"),
        ("time=when:dmy", &["01/02/2020", "02/02/2020"], "D", "2020-02-01T00:00:00", "03/02/2020"),
        ("time=when:mdy", &["01/02/2020", "02/02/2020"], "M", "2020-01-02T00:00:00", "03/02/2020"),
        ("", &["1/31/2020 11:00 AM", "1/31/2020 12:00 PM"], "h", "2020-01-31T11:00:00", "1/31/2020 1:00 PM"),
        ("", &["1/31/2020 9:00", "1/31/2020 10:00"], "h", "2020-01-31T09:00:00", "1/31/2020 11:00"),
        ("", &["Jan-2020", "Feb-2020"], "M", "2020-01-01T00:00:00", "Mar-2020"),
        ("", &["31-Jan-2020", "01-Feb-2020"], "D", "2020-01-31T00:00:00", "02-Feb-2020"),
        ("", &["January 1, 2020", "January 8, 2020"], "W", "2020-01-01T00:00:00", "January 15, 2020"),
        ("", &["01/2020", "02/2020"], "M", "2020-01-01T00:00:00", "03/2020"),
        ("", &["2020Q1", "2020Q2"], "Q", "2020-01-01T00:00:00", "2020Q3"),
        ("", &["2020-Q3", "2020-Q4"], "Q", "2020-07-01T00:00:00", "2021-Q1"),
        ("", &["20200130", "20200131"], "D", "2020-01-30T00:00:00", "20200201"),
        ("time=when:int", &["20200130", "20200131"], "1", "20200130", "20200132"),
        ("time=when:epoch", &["1577836800", "1577840400"], "h", "2020-01-01T00:00:00", "1577844000"),
        ("time=when:epoch-ms", &["1577836800000", "1577836800500"], "500ms", "2020-01-01T00:00:00", "1577836801000"),
        ("time=when", &["1", "3"], "2", "1", "5"),
        ("", &["2020-01-31", "2020-02-29"], "ME", "2020-01-31T00:00:00", "2020-03-31"),
        ("freq=M", &["2020-01-31", "2020-02-29"], "ME", "2020-01-31T00:00:00", "2020-03-31"),
        ("freq=MS", &["2020-01-01", "2020-02-01"], "M", "2020-01-01T00:00:00", "2020-03-01"),
        ("", &["2024-03-31 01:00", "2024-03-31 02:00", "2024-03-31 03:00"], "h", "2024-03-31T01:00:00", "2024-03-31 04:00"),
        ("", &["2024-05-02", "2024-05-03", "2024-05-06"], "B", "2024-05-02T00:00:00", "2024-05-07"),
    ] {
        let data = good(&table(times), &options(flags));
        assert_eq!(data.time_column.as_deref(), Some("when"), "{times:?}");
        let series = &data.series[0];
        let written: Vec<String> = series.times.iter().map(|t| data.format_time(t)).collect();
        assert_eq!(written, times, "{:?}", data.time_format);
        assert_eq!(data.frequency.code(), frequency, "{times:?}");
        let read = match series.times[0] {
            Time::Date(at) => at.to_string(),
            Time::Index(index) => index.to_string(),
        };
        assert_eq!(read, first, "{times:?}");
        let last = series.times.last().unwrap();
        assert_eq!(data.format_time(&data.frequency.next(last, 1)), next, "{times:?}");
        for (text, time) in times.iter().zip(&series.times) {
            assert_eq!(data.parse_time(text).as_ref(), Some(time), "{text}");
        }
        let json = serde_json::to_string(&data.time_format).unwrap();
        assert_eq!(serde_json::from_str::<TimeFormat>(&json).unwrap(), data.time_format);
    }
}

#[test]
fn years_in_a_column_called_year() {
    let data = good("year,v\n1999,1\n2000,2\n", &ReadOptions::default());
    assert_eq!((data.frequency.code().as_str(), data.frequency.default_season()), ("Y", 1));
    assert_eq!(data.format_time(&data.frequency.next(&data.series[0].times[1], 1)), "2001");
    let data = good("v,year\n1,1999\n2,2000\n", &options("time=year:int"));
    assert_eq!(data.series[0].times[0], Time::Index(1999));
}

#[test]
fn times_in_several_columns() {
    let text = "No,year,month,day,hour,v\n1,2010,1,31,22,5\n2,2010,1,31,23,6\n3,2010,2,1,0,7\n";
    for flags in ["", "time=year,month,day,hour target=v"] {
        let data = good(text, &options(flags));
        assert_eq!(data.time_column.as_deref(), Some("year,month,day,hour"));
        assert_eq!(data.channels, ["v"]);
        assert_eq!(data.frequency.code(), "h");
        assert_eq!(data.format_time(&data.series[0].times[2]), "2010-02-01 00:00");
    }
    let data = good("year,month,v\n2010,11,5\n2010,12,6\n", &ReadOptions::default());
    assert_eq!((data.frequency.code().as_str(), data.format_time(&data.series[0].times[1])), ("M", "2010-12".to_owned()));
}

#[test]
fn offsets_that_change_are_taken_to_utc() {
    let text = "t,v\n2024-03-31T01:00:00+01:00,1\n2024-03-31T03:00:00+02:00,2\n2024-03-31T04:00:00+02:00,3\n";
    let data = good(text, &ReadOptions::default());
    assert_eq!(data.frequency.code(), "h");
    assert_eq!(data.format_time(&data.series[0].times[1]), "2024-03-31T01:00:00Z");
    assert!(data.findings.iter().any(|f| f.kind == FindingKind::MixedOffsets));
}

#[test]
fn epochs_are_read_where_the_name_says_time() {
    for (cells, flag) in [
        (["1577836800", "1577840400"], "epoch"),
        (["1577836800000", "1577840400000"], "epoch-ms"),
        (["1577836800000000", "1577840400000000"], "epoch-us"),
        (["1577836800000000000", "1577840400000000000"], "epoch-ns"),
        (["1577836800.0", "1577840400.0"], "epoch"),
    ] {
        let data = good(&format!("timestamp,v\n{},1\n{},2\n", cells[0], cells[1]), &ReadOptions::default());
        assert_eq!((data.frequency.code().as_str(), data.series[0].times[0].to_string().as_str()), ("h", "2020-01-01"));
        assert_eq!(data.format_time(&data.series[0].times[1]), cells[1]);
        let guess = data.guesses.iter().find(|guess| guess.what == "time format").unwrap();
        assert!(guess.value.contains(flag) && guess.flag == "⦃time⦄ \"timestamp:int\"", "{guess:?}");
    }
    let data = good("timestamp,v\n1577836800,1\n1577840400,2\n", &options("time=timestamp:int"));
    assert_eq!(data.frequency.code(), "3600");
    // A step in whole numbers, as a model of such a table asks for it, leaves them whole numbers.
    let data = good("timestamp,v\n1577836800,1\n1577840400,2\n", &options("freq=3600"));
    assert_eq!(data.series[0].times[0], Time::Index(1_577_836_800));
}

#[test]
fn the_user_may_type_an_iso_date_whatever_the_file_has() {
    let data = good(&table(&["30/01/2020", "31/01/2020"]), &ReadOptions::default());
    let day = data.series[0].times[1];
    assert_eq!(data.parse_time("2020-01-31"), Some(day));
    assert_eq!(data.parse_time("31/01/2020"), Some(day));
    assert_eq!(data.parse_time("soon"), None);
}
