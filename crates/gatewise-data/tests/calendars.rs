//! Steps that a table has as people keep it: closed hours and days, wavering clocks, the hours that clocks skip and repeat, rows of one time.

mod common;

use common::{findings, good, options, refusal};
use gatewise_data::{Dataset, FindingKind, Frequency, ReadOptions, Severity, Time};

/// A table of the first `count` times of a step, but for those left out, and a value that counts them.
fn table(step: &str, start: &str, count: i64, leave_out: impl Fn(&str) -> bool) -> String {
    let frequency: Frequency = step.parse().unwrap();
    let start = Time::Date(start.parse().unwrap());
    let times =
        (0..count).map(|k| frequency.next(&start, k).to_string()).map(|time| if time.len() == 10 { time + " 00:00:00" } else { time });
    let rows: Vec<String> = times.filter(|time| !leave_out(time)).enumerate().map(|(i, time)| format!("{time},{}", i * i % 13)).collect();
    format!("ds,y\n{}\n", rows.join("\n"))
}

fn next(data: &Dataset, k: i64) -> String {
    data.format_time(&data.frequency.next(data.series[0].times.last().unwrap(), k))
}

fn kinds(data: &Dataset) -> Vec<FindingKind> {
    data.findings.iter().map(|f| f.kind).collect()
}

#[test]
fn the_row_behind_the_close_is_the_next_opening() {
    for (step, start, count, following) in [
        ("30min@09:30-16:00/Mon-Fri", "2024-03-01 09:30", 140, "2024-03-15 09:30:00"),
        ("5min@09:00-11:25+12:30-14:55/Mon-Fri", "2024-03-01 09:00", 600, "2024-03-15 09:00:00"),
        ("h@07:00-21:00/Mon-Sat", "2024-03-01 07:00", 450, "2024-04-05 07:00:00"),
        ("h@Sun17:00-Fri16:00", "2024-03-03 17:00", 480, "2024-03-31 17:00:00"),
    ] {
        let data = good(&table(step, start, count, |_| false), &ReadOptions::default());
        assert_eq!((data.frequency.code().as_str(), data.series[0].len()), (step, count as usize));
        assert_eq!(next(&data, 1), following, "{step}");
        assert!(data.series[0].imputed.is_empty());
    }
}

#[test]
fn holidays_are_closed_and_said() {
    let holiday = |time: &str| time.starts_with("2024-03-13");
    let text = table("30min@09:30-16:00/Mon-Fri", "2024-03-01 09:30", 280, holiday);
    let data = good(&text, &ReadOptions::default());
    assert_eq!((data.series[0].len(), kinds(&data)), (266, vec![FindingKind::Closed]));
    let note = &data.findings[0];
    assert!(note.message.starts_with("14 rows are absent"), "{}", note.message);
    assert!(note.message.contains("between 2024-03-12 16:00:00 and 2024-03-14 09:30:00"), "{}", note.message);
    // Whoever asks for it has them filled in.
    assert_eq!(good(&text, &options("impute=forward")).series[0].imputed.len(), 14);
    let days = table("B", "2024-01-01", 60, |time| time.starts_with("2024-02-12"));
    let data = good(&days, &ReadOptions::default());
    assert_eq!((data.frequency.code().as_str(), data.series[0].len(), kinds(&data)), ("B", 59, vec![FindingKind::Closed]));
    // A row that is missing inside a session is a gap.
    let gap = table("30min@09:30-16:00/Mon-Fri", "2024-03-01 09:30", 280, |time| time == "2024-03-13 12:00:00");
    assert!(findings(&gap, &options("impute=refuse")).iter().any(|f| f.kind == FindingKind::Gap && f.severity == Severity::Error));
}

#[test]
fn wavering_times_are_put_onto_their_step() {
    let minutes: Vec<String> = (0..90).map(|i| format!("2024-07-06 {:02}:{:02}:{:02},{}", i / 60, i % 60, i * 7 % 3, i * i % 13)).collect();
    let data = good(&format!("time,x\n{}\n", minutes.join("\n")), &ReadOptions::default());
    assert_eq!(
        (data.frequency.code().as_str(), next(&data, 1).as_str(), kinds(&data)),
        ("min", "2024-07-06 01:30:00", vec![FindingKind::Snapped])
    );
    // 7 seconds past every half minute, give or take one.
    let late: Vec<String> = (0..60).map(|i| format!("2024-07-06 00:{:02}:{:02},{}", i / 2, i % 2 * 30 + 6 + i % 3, i * i % 13)).collect();
    let data = good(&format!("time,x\n{}\n", late.join("\n")), &ReadOptions::default());
    assert_eq!((data.frequency.code().as_str(), next(&data, 1).as_str()), ("30s", "2024-07-06 00:30:07"));
    // 30 a second in whole milliseconds.
    let frames: Vec<String> =
        (0..300).map(|i| format!("2024-07-06 10:00:{:02}.{:03},{}", i / 30, i * 1000 / 30 % 1000, i * i % 13)).collect();
    let data = good(&format!("time,x\n{}\n", frames.join("\n")), &ReadOptions::default());
    assert_eq!((data.frequency.to_string().as_str(), next(&data, 1).as_str()), ("30 a second", "2024-07-06 10:00:10.000"));
    let again = good(&format!("time,x\n{}\n", frames.join("\n")), &options(&format!("freq={}", data.frequency.code())));
    assert_eq!(again.series[0].times, data.series[0].times);
    // A time that is far off is a slip.
    let slip = "time,x\n".to_owned() + &minutes.join("\n").replace("00:05:02", "00:05:31") + "\n";
    let (message, _) = refusal(slip.as_bytes(), &ReadOptions::default());
    assert!(message.contains("is no whole number of steps"), "{message}");
}

#[test]
fn clocks_go_back_and_forward() {
    let mut rows: Vec<String> = table("h", "2024-10-25", 96, |_| false).lines().map(str::to_owned).collect();
    let at = rows.iter().position(|row| row.starts_with("2024-10-27 02:00")).unwrap();
    rows[at] = "2024-10-27 02:00:00,10".to_owned();
    rows.insert(at + 1, "2024-10-27 02:00:00,20".to_owned());
    let data = good(&rows.join("\n"), &ReadOptions::default());
    assert_eq!((data.frequency.code().as_str(), data.series[0].len(), data.series[0].values[50]), ("h", 96, 15.0));
    assert_eq!(data.findings[0].line, Some(52));
    assert!(data.findings[0].message.contains("clocks go back"), "{}", data.findings[0].message);
    assert_eq!(good(&rows.join("\n"), &options("duplicates=last")).series[0].values[50], 20.0);
    // The four quarters of that hour follow each other before they stand again.
    let quarter = |hour: i32, minute: i32, value: i32| format!("2024-10-27 {hour:02}:{minute:02},{value}");
    let mut quarters = vec!["ds,y".to_owned()];
    for (hour, value) in [(0, 1), (1, 2), (2, 3), (2, 5), (3, 6), (4, 7)] {
        quarters.extend([0, 15, 30, 45].map(|minute| quarter(hour, minute, value)));
    }
    let data = good(&quarters.join("\n"), &ReadOptions::default());
    assert_eq!((data.frequency.code().as_str(), data.series[0].len(), data.series[0].values[8]), ("15min", 20, 4.0));
    // On another day the same rows are a fault.
    assert!(
        refusal(quarters.join("\n").replace("10-27", "10-23").as_bytes(), &ReadOptions::default()).0.contains("already, with other values")
    );

    let spring = table("h", "2024-03-30", 72, |time| time == "2024-03-31 02:00:00");
    let data = good(&spring, &ReadOptions::default());
    assert_eq!(
        (data.series[0].len(), &data.series[0].imputed[..], kinds(&data)),
        (72, &[26][..], vec![FindingKind::Imputed, FindingKind::Closed])
    );
    let values = &data.series[0].values;
    assert_eq!(values[26], (values[25] + values[27]) / 2.0);
    let other = table("h", "2024-03-30", 72, |time| time == "2024-03-30 02:00:00");
    assert!(refusal(other.as_bytes(), &options("impute=refuse")).0.contains("1 row is missing"));
}

const SALES: &str = "date,amount\n2024-01-01,5\n2024-01-01,5\n2024-01-02,1\n2024-01-02,3\n2024-01-05,2\n";

#[test]
fn rows_of_one_time_become_one() {
    for (flags, values) in [
        ("duplicates=first impute=zero freq=D", [5.0, 1.0, 0.0, 0.0, 2.0]),
        ("duplicates=last impute=zero freq=D", [5.0, 3.0, 0.0, 0.0, 2.0]),
        ("duplicates=mean impute=zero freq=D", [5.0, 2.0, 0.0, 0.0, 2.0]),
        ("duplicates=sum impute=zero freq=D", [10.0, 4.0, 0.0, 0.0, 2.0]),
        ("aggregate=sum freq=D", [10.0, 4.0, 0.0, 0.0, 2.0]),
        ("aggregate=mean freq=D impute=forward", [5.0, 2.0, 2.0, 2.0, 2.0]),
    ] {
        let data = good(SALES, &options(flags));
        assert_eq!(data.series[0].values, values, "{flags}");
        assert!(kinds(&data).contains(&FindingKind::Duplicate), "{flags}");
    }
    let (message, help) = refusal(SALES.as_bytes(), &ReadOptions::default());
    assert!(message.starts_with("t.csv:5: column \"date\": 2024-01-02 stands on line 4 already"), "{message}");
    assert!(help.contains("⦃duplicates⦄ sum") && help.contains("⦃freq⦄ D ⦃aggregate⦄ sum"), "{help}");
    let error = common::read(SALES, &options("aggregate=sum")).unwrap_err();
    assert!(error.is_usage() && error.help().unwrap().contains("⦃freq⦄ D"), "{error}");
}

#[test]
fn rows_are_combined_to_longer_steps() {
    let hours = table("h", "2024-01-30", 24 * 5, |_| false);
    let days = good(&hours, &options("freq=D aggregate=sum"));
    assert_eq!((days.series[0].len(), days.series[0].values[0]), (5, (0..24).map(|i| f64::from(i * i % 13)).sum()));
    assert_eq!(next(&days, 1), "2024-02-04 00:00:00");
    let months = good(&hours, &options("freq=M aggregate=last"));
    assert_eq!((months.series[0].len(), months.frequency.code().as_str()), (2, "M"));
    assert_eq!(good(&hours, &options("freq=W aggregate=mean")).series[0].times[0].to_string(), "2024-01-29");
    let events = "time,v\n2024-01-01 00:03,1\n2024-01-01 00:41,2\n2024-01-01 02:17,3\n2024-01-01 03:05,4\n";
    assert_eq!(good(events, &options("freq=h aggregate=sum")).series[0].values, [3.0, 0.0, 3.0, 4.0]);
    let (_, help) = refusal(events.as_bytes(), &ReadOptions::default());
    assert!(help.contains("⦃aggregate⦄"), "{help}");
    // A last step that has but a few of its rows is pointed at.
    let torn = good(&table("h", "2024-01-01", 24 * 3 + 2, |_| false), &options("freq=D aggregate=sum"));
    assert!(
        torn.findings.iter().any(|f| f.severity == Severity::Warning && f.message.contains("may be incomplete")),
        "{:?}",
        torn.findings
    );
}

#[test]
fn many_rows_are_not_invented_unasked() {
    let sparse = table("D", "2024-01-01", 120, |time| time[8..10].parse::<u32>().unwrap() % 5 == 0);
    let (message, help) = refusal(sparse.as_bytes(), &options("impute=linear"));
    assert!(message.contains("22 of 120 rows would be invented, as the step is taken to be daily"), "{message}");
    assert!(help.contains("⦃freq⦄ D says that the step is right"), "{help}");
    assert_eq!(good(&sparse, &options("impute=linear freq=D")).series[0].imputed.len(), 22);
}
