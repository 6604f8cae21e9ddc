//! `gatewise synth` on the real binary.

mod support;

use support::Place;

fn rows(table: &str) -> Vec<Vec<&str>> {
    table.lines().map(|line| line.split(',').collect()).collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_more_series_leave_the_first() {
    let place = Place::new();
    let table = |args: &[&str]| place.run(&[&["synth", "--rows", "30"], args].concat()).expect(0).out;
    let five = table(&["--series", "5"]);
    assert_eq!(five, table(&["--series", "5", "--seed", "0"]));
    assert_ne!(five, table(&["--series", "5", "--seed", "1"]));
    assert!(table(&["--series", "8"]).starts_with(&five));
    let ended = place.run(&["synth", "--rows", "30", "--series", "5", "-o", "series.csv"]).expect(0);
    assert_eq!((&*place.text("series.csv"), &*ended.out), (&*five, ""));
    assert!(ended.err.contains("5 series of 30 rows in series.csv"), "{}", ended.err);
    // A table that is there is replaced whole, and nothing is left beside it.
    place.run(&["synth", "--rows", "2", "--series", "1", "-o", "series.csv"]).expect(0);
    assert_eq!(place.text("series.csv").lines().count(), 3);
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
}

#[test]
fn a_table_has_the_rows_and_kinds_that_are_asked_for() {
    let place = Place::new();
    let ended = place.run(&["synth", "--rows", "7", "--series", "40", "--kind", "ets,steps", "--kind", "constant", "--season", "12"]);
    let out = ended.expect(0).out;
    let table = rows(&out);
    assert_eq!(table[0], ["series", "time", "value", "kind", "season"]);
    assert_eq!(table.len(), 1 + 7 * 40);
    for (k, row) in table[1..].iter().enumerate() {
        assert_eq!((row[0], row[1]), (&*format!("s{}", k / 7 + 1), &*(k % 7 + 1).to_string()));
        assert!(row[2].parse::<f64>().unwrap().abs() < 1e9 && row[2] != "-0", "{row:?}");
        assert!(["ets", "steps", "constant"].contains(&row[3]), "{row:?}");
        assert_eq!(row[4], "12");
    }
    for kind in ["ets", "steps"] {
        assert!(table.iter().any(|row| row[3] == kind), "{kind}");
    }
    // Seasons are drawn where none is given.
    let drawn = place.run(&["synth", "--rows", "1", "--series", "60"]).expect(0).out;
    let seasons: std::collections::BTreeSet<&str> = rows(&drawn)[1..].iter().map(|row| row[4]).collect();
    assert!(seasons.len() > 4 && seasons.contains("1") && seasons.contains("12"), "{seasons:?}");
}

#[test]
fn the_table_is_read_as_so_many_series() {
    let place = Place::new();
    place.run(&["synth", "--rows", "24", "--series", "6", "--kind", "trend-season", "--season", "4", "-o", "series.csv"]).expect(0);
    let ended = place.run(&["check", "series.csv", "--id", "series", "--time", "time", "--target", "value"]).expect(0);
    assert!(ended.out.contains("6 of 24 rows, 144 in all"), "{}", ended.out);
}

#[test]
fn what_cannot_be_is_refused() {
    let place = Place::new();
    let nine = ["ets", "sarima", "trend-season", "gaussian-process", "intermittent", "steps", "volatility", "spikes", "constant"];
    for (args, words) in [
        (&["--rows", "0"][..], &["--rows", "0 is not in 1.."][..]),
        (&["--series", "0"], &["--series"]),
        (&["--season", "0"], &["--season"]),
        (&["--seed=-1"], &["--seed", "-1"]),
        (&["--kind", "arima"], &nine),
        (&["--rows", "1000000000000"], &["--rows 1000000000000", "memory_limit", "--memory-limit"]),
        (&["--season", "1000000000000"], &["--season 1000000000000", "memory_limit"]),
        (&["--rows", "9223372036854775807", "--series", "9223372036854775807"], &["--rows 9223372036854775807"]),
        (&["--series", "100000000"], &["24000000000 rows", "1000000000 are the most"]),
        (&["--json"], &["series are a table, not events", "-o"]),
        (&["-o", "."], &["cannot write"]),
    ] {
        let limited = ["synth", "--memory-limit", "256M"];
        let ended = place.run(&[&limited, args].concat());
        let status = if args[0] == "-o" { 1 } else { 2 };
        let ended = ended.expect(status);
        for word in words {
            assert!(ended.err.contains(word), "{args:?}: {word} in\n{}", ended.err);
        }
    }
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn a_file_may_come_with_an_event() {
    let place = Place::new();
    let ended = place.run(&["synth", "--rows", "3", "--series", "2", "-o", "series.csv", "--json"]).expect(0);
    let written = ended.named("written");
    assert_eq!((written.len(), &written[0]["rows"], &written[0]["series"]), (1, &6.into(), &2.into()));
}
