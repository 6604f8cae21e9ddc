//! Tables as people have them, on the real binary: series in one column, states, counters, maintenance, holes, epochs, labels.

mod support;

use std::io::{BufRead, BufReader, Write};

use serde_json::Value;
use support::Place;

/// Minutes from the fifth of January 2026 on.
fn minute(row: usize) -> String {
    format!("2026-01-{:02} {:02}:{:02}:00", 5 + row / 1440, row / 60 % 24, row % 60)
}

/// Noise without a period, from 0 to 1.
fn noise(row: usize) -> f64 {
    let hash = (row as u32).wrapping_mul(2_654_435_761).rotate_left(13).wrapping_mul(2_246_822_519);
    f64::from(hash) / f64::from(u32::MAX)
}

fn table(header: &str, rows: std::ops::Range<usize>, row: impl Fn(usize) -> String) -> String {
    rows.fold(format!("{header}\n"), |text, r| text + &row(r) + "\n")
}

/// Little work: a small network and few steps.
fn small<'a>(head: &[&'a str]) -> Vec<&'a str> {
    [head, &["--hidden", "4", "--effort", "0.1"]].concat()
}

/// Cells of a column by its name.
fn column(table: &str, name: &str) -> Vec<String> {
    let mut lines = table.lines();
    let at = lines.next().unwrap().split(',').position(|n| n == name).unwrap_or_else(|| panic!("no column {name}"));
    lines.map(|line| line.split(',').nth(at).unwrap().to_owned()).collect()
}

/// Three devices of other levels in turn, of which one leaps once.
fn devices(rows: std::ops::Range<usize>, leap: usize) -> String {
    table("time,device,value", rows, |row| {
        rows_of(row)
            .map(|(device, value)| format!("{},{device},{:.3}", minute(row), value + if device == "b" && row == leap { 60.0 } else { 0.0 }))
            .join("\n")
    })
}

fn rows_of(row: usize) -> [(&'static str, f64); 3] {
    [("a", 20.0 + noise(row)), ("b", 500.0 + 5.0 * noise(row + 7000)), ("c", 3.0 + 0.1 * noise(row + 14_000))]
}

#[test]
fn series_of_one_table_are_watched_each_for_itself() {
    let place = Place::new();
    place.write("t.csv", devices(0..800, 700));
    let ended = place.run(&small(&["detect", "t.csv", "--online", "--json"])).expect(0);
    assert!(ended.named("guess").iter().any(|g| g["flag"] == "--id" && g["value"] == "device"));
    let events = ended.named("anomaly");
    let found: Vec<_> = events.iter().map(|e| (e["series"].as_str().unwrap(), e["start"].as_str().unwrap())).collect();
    assert!(found.contains(&("b", &minute(700)[..])), "{found:?}");
    assert_eq!((&ended.named("done")[0]["series"], &ended.named("done")[0]["rows"]), (&3.into(), &2400.into()));
    let scores = place.text("runs/t-1/scores.csv");
    assert!(scores.starts_with("time,device,value,score,threshold,is_anomaly,expected\n"));
    assert_eq!((scores.lines().count(), &column(&scores, "device")[..4]), (2401, &["a", "b", "c", "a"].map(str::to_owned)[..]));
    assert_eq!(column(&scores, "is_anomaly")[3 * 700 + 1], "1");
    let listed = place.text("runs/t-1/events.csv");
    assert!(listed.starts_with("series,start,end,peak,rows,score,channel,value,expected,kind\nb,") || listed.contains("\nb,"), "{listed}");
    let page = place.text("runs/t-1/report.html");
    assert!(page.contains("b: value") && page.contains(">series<"));
    // As one series the levels hide the leap.
    let ended = place.run(&small(&["detect", "t.csv", "--online", "--id", "none", "--json"])).expect(0);
    assert!(ended.named("anomaly").iter().all(|e| e["series"].is_null()));
}

#[test]
fn a_trained_fleet_goes_on_in_every_series_and_begins_new_ones() {
    let place = Place::new();
    place.write("whole.csv", devices(0..700, 650)).write("past.csv", devices(0..500, usize::MAX));
    let later = devices(500..700, 650).replace(",c,", ",new,");
    place.write("later.csv", devices(500..700, 650)).write("other.csv", later);
    let whole = place.run(&small(&["detect", "whole.csv", "--online"])).expect(0).out;
    place.run(&small(&["train", "detect", "past.csv", "-o", "runs/m"])).expect(0);
    let ended = place.run(&["predict", "runs/m", "later.csv", "--save", "later.safetensors"]).expect(0);
    assert!(ended.err.contains("going on from the 1500 rows of 3 series"), "{}", ended.err);
    assert_eq!(ended.out.lines().skip(1).collect::<Vec<_>>(), whole.lines().skip(1501).collect::<Vec<_>>());
    let ended = place.run(&["predict", "later.safetensors", "later.csv"]).expect(0);
    assert!(ended.err.contains("3 series of rows that do not follow"), "{}", ended.err);
    let ended = place.run(&["predict", "runs/m", "other.csv"]).expect(0);
    assert!(ended.err.contains("1 series new to the model") && ended.err.contains("new"), "{}", ended.err);
    place.write("renamed.csv", devices(500..700, 650).replace("time,device,value", "time,machine,reading"));
    let ended = place.run(&["predict", "runs/m", "renamed.csv", "--id", "machine", "--target", "reading"]).expect(0);
    assert_eq!(ended.out.lines().skip(1).collect::<Vec<_>>(), whole.lines().skip(1501).collect::<Vec<_>>());
    let ended = place.run(&["predict", "runs/m", "renamed.csv"]).expect(2);
    assert!(ended.err.contains("device"), "{}", ended.err);
}

#[test]
fn states_are_watched_and_named() {
    let place = Place::new();
    let mode = |row: usize| if (900..910).contains(&row) { "FAULT" } else { ["RUN", "IDLE"][usize::from(row % 90 >= 60)] };
    let text = |rows: std::ops::Range<usize>| {
        table("time,pump,mode,temp,note", rows, |row| {
            format!("{},{},{},{:.2},n{row}", minute(row), row % 50 < 10 || (600..660).contains(&row), mode(row), 20.0 + noise(row))
        })
    };
    place.write("t.csv", text(0..1500));
    for flags in [&["--online"][..], &[]] {
        let ended = place.run(&[&small(&["detect", "t.csv", "--json"]), flags].concat()).expect(0);
        assert!(ended.named("guess").iter().any(|g| g["flag"] == "--states" && g["value"] == "pump,mode"));
        assert!(
            ended.named("finding").iter().any(|f| f["finding"]["column"] == "note" && f["finding"]["help"] == "--states note takes it in")
        );
        let of = |kind: &str| {
            let events = ended.named("anomaly");
            let causes = events.iter().flat_map(|e| e["channels"].as_array().unwrap().iter().map(move |c| (e["start"].clone(), c.clone())));
            causes.filter(|(_, c)| c["kind"] == kind).collect::<Vec<_>>()
        };
        let [(start, fault)] = &of("unseen-state")[..] else { panic!("{:?}", ended.named("anomaly")) };
        assert_eq!(*start, minute(900));
        assert_eq!((&fault["name"], &fault["value"], &fault["expected"]), (&"mode".into(), &"FAULT".into(), &"IDLE".into()));
        let [(start, long)] = &of("long-state")[..] else { panic!("{:?}", ended.named("anomaly")) };
        assert_eq!((&long["name"], &long["value"], &long["rows"]), (&"pump".into(), &"true".into(), &60.into()));
        assert!((minute(612)..minute(640)).contains(&start.as_str().unwrap().to_owned()), "{start}");
    }
    let scores = place.text("runs/t-1/scores.csv");
    assert!(scores.starts_with("time,temp,pump,mode,score,threshold,is_anomaly,expected\n"));
    assert_eq!(column(&scores, "is_anomaly")[900..910], ["1"; 10]);
    assert!(place.text("runs/t-1/events.csv").contains(",mode,FAULT,IDLE,state never seen\n"));
    let ended = place.run(&small(&["detect", "t.csv", "--online", "--states", "none"])).expect(0);
    assert!(ended.out.starts_with("time,temp,score,") && ended.err.contains("--states mode takes it in"), "{}", ended.err);
    // Words alone, trained and gone on with.
    place.write("past.csv", text(0..800)).write("later.csv", text(800..1000));
    let flags = ["train", "detect", "past.csv", "-o", "runs/m", "--target", "none", "--states", "mode"];
    place.run(&small(&flags)).expect(0);
    let ended = place.run(&["predict", "runs/m", "later.csv", "--fail-on-anomaly"]).expect(5);
    assert!(ended.out.starts_with("time,mode,score,threshold,is_anomaly\n") && ended.err.contains("mode is FAULT"), "{}", ended.err);
    let ended = place.run(&["predict", "runs/m", "later.csv", "--states", "mode,pump"]).expect(3);
    assert!(ended.err.contains("the model watches 1: mode") && ended.err.contains("--states"), "{}", ended.err);
}

#[test]
fn a_counter_that_is_reset_is_no_anomaly_and_a_leap_of_it_is() {
    let place = Place::new();
    let mut values = Vec::from([4_294_900_000_u64]);
    for row in 1..1500 {
        let step = 90 + (noise(row) * 20.0) as u64 + if row == 1200 { 9000 } else { 0 };
        // The end of 32 bits, then a restart.
        values.push(if row == 1000 { 60 } else { (values[row - 1] + step) % (1 << 32) });
    }
    place.write("t.csv", table("time,tx,temp", 0..1500, |row| format!("{},{},{:.2}", minute(row), values[row], 20.0 + noise(row + 9000))));
    assert!(values[..1000].windows(2).any(|w| w[1] < w[0]), "it went over the end");
    let ended = place.run(&small(&["detect", "t.csv", "--online", "--json"])).expect(0);
    assert!(ended.named("guess").iter().any(|g| g["flag"] == "--counter" && g["value"] == "tx"));
    let events = ended.named("anomaly");
    let blamed = |e: &&Value| e["channels"].as_array().unwrap().iter().any(|c| c["name"] == "tx");
    let found: Vec<&Value> = events.iter().filter(blamed).collect();
    let near = |row: usize| found.iter().find(|e| (minute(row - 1)..minute(row + 30)).contains(&e["start"].as_str().unwrap().to_owned()));
    assert!(near(1000).is_none() && near(values[..1000].windows(2).position(|w| w[1] < w[0]).unwrap()).is_none(), "{events:?}");
    let cause = &near(1200).unwrap_or_else(|| panic!("{events:?}"))["channels"][0];
    let ahead = cause["expected"].as_f64().unwrap() - values[1199] as f64;
    assert!(cause["value"] == values[1200] as f64 && (80.0..120.0).contains(&ahead), "{cause}");
    // Read as numbers, the restart is told of.
    let ended = place.run(&small(&["detect", "t.csv", "--online", "--counter", "none"])).expect(0);
    assert!(!ended.err.contains("counters"), "{}", ended.err);
}

#[test]
fn known_maintenance_raises_nothing_and_is_marked() {
    let place = Place::new();
    let odd = |row: usize| if (400..430).contains(&row) { 50.0 } else { 0.0 };
    place.write("t.csv", table("time,v", 0..800, |row| format!("{},{:.3}", minute(row), noise(row) + odd(row))));
    place.write("known.csv", format!("start;end;why\n{};{};pump\n2025-01-01;2025-01-02;old\n", minute(400), minute(429)));
    for flags in [&["--online"][..], &[]] {
        let ended = place.run(&[&small(&["detect", "t.csv", "--ignore", "known.csv"]), flags].concat()).expect(0);
        assert!(ended.err.contains("30 rows lie in the 2 spans of known.csv"), "{}", ended.err);
        assert!(column(&ended.out, "is_anomaly")[390..460].iter().all(|cell| cell == "0"), "{}", ended.err);
        assert!(ended.err.contains("known.csv:3: no row lies in \"2025-01-01;2025-01-02;old\""), "{}", ended.err);
        assert!(ended.out.starts_with("time,v,score,threshold,is_anomaly,expected,ignored\n"));
        let ignored: Vec<usize> =
            column(&ended.out, "ignored").iter().enumerate().filter(|(_, cell)| *cell == "1").map(|(row, _)| row).collect();
        assert_eq!(ignored, Vec::from_iter(400..430));
    }
    assert!(place.text("runs/t-1/report.html").contains("known maintenance"));
    assert!(place.text("runs/t-1/config.toml").contains("ignore = \"known.csv\""));
    place.run(&small(&["train", "detect", "t.csv", "--ignore", "known.csv", "-o", "runs/m"])).expect(0);
    place.write(
        "later.csv",
        table("time,v", 800..900, |row| format!("{},{:.3}", minute(row), noise(row) + if row == 850 { 50.0 } else { 0.0 })),
    );
    place.write("day.txt", minute(850));
    place.run(&["predict", "runs/m", "later.csv", "--fail-on-anomaly"]).expect(5);
    place.run(&["predict", "runs/m", "later.csv", "--fail-on-anomaly", "--ignore", "day.txt"]).expect(0);
    for (text, words) in [
        ("soon\n", &["bad.csv:1", "\"soon\"", "start,end"][..]),
        ("2026-01-06,2026-01-05\n", &["bad.csv:1", "ends before it starts"]),
        ("", &["bad.csv", "no time in it"]),
    ] {
        place.write("bad.csv", text);
        let ended = place.run(&small(&["detect", "t.csv", "--ignore", "bad.csv"])).expect(3);
        for word in words {
            assert!(ended.err.contains(word), "{word} in {}", ended.err);
        }
    }
    let ended = place.run(&small(&["detect", "t.csv", "--ignore", "none.csv"])).expect(1);
    assert!(ended.err.contains("none.csv") && ended.err.contains("check the path"), "{}", ended.err);
}

#[test]
fn what_is_missing_is_an_event_of_its_own() {
    let place = Place::new();
    let value = |row: usize| if (300..330).contains(&row) { String::new() } else { format!("{:.3}", noise(row)) };
    let rows = (0..1000).filter(|row| !(600..660).contains(row));
    let text = rows.fold("time,v,u\n".to_owned(), |text, row| text + &format!("{},{},{:.3}\n", minute(row), value(row), noise(row + 5000)));
    place.write("t.csv", text);
    for flags in [&["--online"][..], &[]] {
        let ended = place.run(&[&small(&["detect", "t.csv", "--json", "--fail-on-anomaly"]), flags].concat()).expect(5);
        let events = ended.named("anomaly");
        let hole = events.iter().find(|e| e["kind"] == "rows-missing").unwrap_or_else(|| panic!("{events:?}"));
        assert_eq!([&hole["start"], &hole["end"], &hole["missing"]], [&Value::from(minute(600)), &minute(659).into(), &60.into()]);
        let cells = events.iter().find(|e| e["channels"][0]["kind"] == "missing").unwrap_or_else(|| panic!("{events:?}"));
        assert_eq!(
            [&cells["start"], &cells["channels"][0]["name"], &cells["channels"][0]["rows"]],
            [&Value::from(minute(300)), &"v".into(), &30.into()]
        );
    }
    let events = place.text("runs/t-1/events.csv");
    assert!(
        events.contains(&format!("{},{},{},60,", minute(600), minute(659), minute(600))) && events.contains(",rows missing\n"),
        "{events}"
    );
    place.write("known.csv", format!("{},{}\n{},{}\n", minute(610), minute(650), minute(300), minute(329)));
    let ended = place.run(&small(&["detect", "t.csv", "--online", "--ignore", "known.csv"])).expect(0);
    assert!(!ended.err.contains("missing in one place") && !ended.err.contains("is missing for"), "{}", ended.err);
    assert!(!ended.err.contains("no row lies"), "{}", ended.err);
    let ended = place.run(&small(&["detect", "t.csv", "--online"])).expect(0);
    assert!(ended.err.contains("60 rows are missing in one place") && ended.err.contains("v is missing for 30 rows"), "{}", ended.err);
}

#[test]
fn labels_of_any_two_words_are_held_against_the_scores() {
    let text = |ordinary: &str, odd: &str| {
        table("time,v,mark", 0..800, |row| {
            let is_odd = row == 700;
            format!("{},{:.3},{}", minute(row), noise(row) + if is_odd { 50.0 } else { 0.0 }, if is_odd { odd } else { ordinary })
        })
    };
    for (ordinary, odd) in
        [("0", "1"), ("False", "True"), ("1", "-1"), ("-1", "1"), ("normal", "anomaly"), ("no", "yes"), ("gut", "kaputt")]
    {
        let place = Place::new();
        place.write("t.csv", text(ordinary, odd));
        let ended = place.run(&small(&["detect", "t.csv", "--online", "--label", "mark", "--json"])).expect(0);
        let metrics = &ended.named("metrics")[0];
        assert!(metrics["labelled"] == 1 && metrics["event_recall"] == 1.0, "{ordinary} {odd}: {metrics}");
        let ended = place.run(&small(&["detect", "t.csv", "--online", "--label", "mark"])).expect(0);
        assert!(ended.err.contains(&format!("label: \"{odd}\" (1 of 800 rows) means an anomaly")), "{}", ended.err);
    }
    let place = Place::new();
    place.write("t.csv", text("1", "-1").replace("time,v,mark", "time,v,is_anomaly"));
    let ended = place.run(&small(&["detect", "t.csv", "--online"])).expect(0);
    assert!(ended.out.starts_with("time,v,score,") && ended.err.contains("recall"), "found under its name\n{}", ended.err);
    place.run(&small(&["train", "detect", "t.csv", "-o", "runs/m"])).expect(0);
    let ended = place.run(&["evaluate", "runs/m", "t.csv", "--label", "is_anomaly"]).expect(0);
    assert!(ended.out.contains("800 rows, 1 labelled") && ended.err.contains("\"-1\""), "{}{}", ended.out, ended.err);
    place.write("t.csv", text("1", "-1").replace(",1\n", ",\n").replacen(",\n", ",1\n", 500));
    let ended = place.run(&["evaluate", "runs/m", "t.csv", "--label", "mark"]).expect(0);
    assert!(ended.err.contains("rows without a label are not judged") && ended.out.contains("1 labelled"), "{}{}", ended.out, ended.err);
}

#[test]
fn alerts_of_series_and_states_come_while_the_source_is_open() {
    let place = Place::new();
    place.write(
        "past.csv",
        table("time,device,mode,v", 0..900, |row| {
            ["a", "b"].map(|device| format!("{},{device},{},{:.3}", minute(row), ["RUN", "IDLE"][row / 20 % 2], noise(row))).join("\n")
        }),
    );
    place.run(&small(&["train", "detect", "past.csv", "-o", "runs/m"])).expect(0);
    let mut child = support::open(&place, &["predict", "runs/m", "-", "--follow", "--json"]);
    let mut input = child.stdin.take().unwrap();
    input.write_all(format!("time,device,mode,v\n{0},a,RUN,0.5\n{0},b,FAULT,0.5\n", minute(900)).as_bytes()).unwrap();
    input.flush().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = |name: &str| {
        let events = out.by_ref().map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
        events.into_iter().find(|event| event["event"] == name).unwrap_or_else(|| panic!("ended without {name}"))
    };
    let alert = next("alert");
    let state = alert["channels"].as_array().unwrap().iter().find(|c| c["name"] == "mode").cloned().unwrap_or_default();
    assert_eq!(
        [&alert["series"], &state["value"], &state["kind"]],
        [&Value::from("b"), &"FAULT".into(), &"unseen-state".into()],
        "{alert}"
    );
    // Two hours without a row.
    input.write_all(format!("{},a,RUN,0.5\n", minute(1020)).as_bytes()).unwrap();
    input.flush().unwrap();
    let alert = next("alert");
    assert_eq!(
        [&alert["series"], &alert["kind"], &alert["missing"], &alert["time"]],
        [&Value::from("a"), &"rows-missing".into(), &119.into(), &minute(901).into()]
    );
    drop(input);
    assert_eq!(next("done")["rows"], 3);
    assert!(child.wait().unwrap().success());
}

#[test]
fn settings_come_from_a_file_and_other_models_refuse_them() {
    let place = Place::new();
    place.write("t.csv", devices(0..300, 0));
    place.write("c.toml", "id = \"device\"\nstates = [\"none\"]\ncounter = [\"none\"]\nmax_series = 2\nhidden = 4\n");
    let ended = place.run(&["detect", "t.csv", "--online", "--config", "c.toml"]).expect(3);
    assert!(ended.err.contains("t.csv:4: series \"c\" is one more than the 2") && ended.err.contains("--max-series"), "{}", ended.err);
    let ended = place.run(&["detect", "t.csv", "--online", "--config", "c.toml", "--set", "max_series=3", "--run", "runs/fleet"]).expect(0);
    assert!(!ended.err.contains("--id") && ended.err.contains("of 3 series"), "{}", ended.err);
    let config = place.text("runs/fleet/config.toml");
    assert!(config.contains("id = \"device\"") && config.contains("max_series = 3"), "{config}");
    place.write("s.csv", support::monthly(60)).write("known.csv", "2020-01-01\n");
    place.model("s.csv");
    for command in ["predict", "evaluate"] {
        let ended = place.run(&[command, "runs/m", "s.csv", "--ignore", "known.csv"]).expect(2);
        assert!(ended.err.contains("--ignore") && ended.err.contains("for detectors"), "{}", ended.err);
    }
    let help = place.run(&["help", "detect"]).expect(0).out;
    for flag in ["--id", "--states", "--counter", "--ignore", "--max-series", "--label"] {
        assert!(help.contains(flag), "{flag}");
    }
}
