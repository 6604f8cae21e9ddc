//! Times on the real binary: a forecast's own are written as the file writes them, and what decides between two readings is one flag away.

mod support;

use support::Place;

/// A table of `count` rows whose first cells are `cell(row)`.
fn table(name: &str, count: usize, cell: impl Fn(usize) -> String) -> String {
    let rows: Vec<String> = (0..count).map(|row| format!("\"{}\",{}", cell(row), row * row % 17 + row % 7)).collect();
    format!("{name},sales\n{}\n", rows.join("\n"))
}

const QUICK: [&str; 6] = ["--horizon", "2", "--epochs", "1", "--threads", "1"];

/// The times that are forecast, and what was said.
fn forecast(place: &Place, flags: &[&str]) -> (Vec<String>, String) {
    let ended = place.run(&[&["forecast", "d.csv", "--json"], &QUICK[..], flags].concat()).expect(0);
    let times = ended.named("forecast").iter().map(|row| row["ds"].as_str().unwrap().to_owned()).collect();
    (times, ended.out + &ended.err)
}

#[test]
fn no_day_32_and_the_flag_that_reads_otherwise_is_said() {
    let place = Place::new();
    place.write("d.csv", table("date", 31, |row| format!("24-01-{:02}", row + 1)));
    let (times, said) = forecast(&place, &[]);
    assert_eq!(times, ["24-02-01", "24-02-02"]);
    assert!(said.contains("year first") && said.contains("date:dmy"), "{said}");
    place.write("d.csv", table("date", 40, |row| format!("{:02};{:02};24", row % 28 + 1, row / 28 + 1)));
    assert_eq!(forecast(&place, &["--time", "date:%d;%m;%y", "--freq", "D", "--impute", "linear"]).0, ["13;02;24", "14;02;24"]);
}

#[test]
fn a_model_keeps_the_calendar_it_learned() {
    let place = Place::new();
    let half_hours = |row: usize| {
        let (day, slot) = (row / 14, row % 14);
        let minutes = 9 * 60 + 30 + slot * 30;
        format!("2024-04-{:02} {:02}:{:02}", day / 5 * 7 + day % 5 + 1, minutes / 60, minutes % 60)
    };
    place.write("d.csv", table("when", 14 * 15, half_hours));
    let (times, _) = forecast(&place, &["--run", "r"]);
    assert_eq!(times, ["2024-04-22 09:30", "2024-04-22 10:00"]);
    // The model has the calendar, whatever a shorter table shows of it.
    place.write("two.csv", table("when", 14 * 2, half_hours));
    let ended = place.run(&["predict", "r", "two.csv", "--json"]).expect(0);
    assert_eq!(ended.named("forecast")[0]["ds"], "2024-04-03 09:30");
}

#[test]
fn rows_of_one_day_are_combined_by_flags_and_keys() {
    let place = Place::new();
    place.write("d.csv", table("date", 90, |row| format!("2024-{:02}-{:02}", row / 2 / 28 + 1, row / 2 % 28 + 1)));
    let refused = place.run(&["check", "d.csv"]).expect(3);
    assert!(refused.out.contains("--freq D --aggregate sum") && refused.out.contains("--duplicates sum"), "{}", refused.out);
    for flags in [
        &["--freq", "D", "--aggregate", "sum"][..],
        &["--set", "freq=D", "--set", "aggregate=sum"],
        &["--duplicates", "sum", "--freq", "D", "--impute", "zero"],
        &["--set", "duplicates=mean", "--freq", "D", "--impute", "linear"],
    ] {
        assert_eq!(forecast(&place, flags).0, ["2024-02-18", "2024-02-19"], "{flags:?}");
    }
    let ended = place.run(&["check", "d.csv", "--freq", "D", "--duplicates", "median"]).expect(2);
    assert!(ended.err.contains("first"), "{}", ended.err);
    place.run(&["check", "d.csv", "--aggregate", "sum"]).expect(2);
}
