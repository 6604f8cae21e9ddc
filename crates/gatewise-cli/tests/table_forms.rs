//! Tables in every form, in and out of the real binary.

mod support;

use gatewise_data::{Columns, Time, Values};
use support::{Ended, Place};

/// Forms of files, each by a name.
const NAMES: [&str; 5] = ["series.parquet", "series.arrow", "series.jsonl", "series.jsonl.zst", "series.csv.gz"];

fn columns(place: &Place, name: &str) -> Vec<(String, Values)> {
    let columns = Columns::of_file(&place.file(name)).unwrap().unwrap();
    columns.iter().map(|(name, values)| (name.to_owned(), values.clone())).collect()
}

/// Days with a number each, as CSV.
fn days() -> String {
    let rows = (0..60).map(|k| format!("{},{}\n", jiff::civil::date(2026, 1, 1) + jiff::Span::new().days(k), 10 + k % 7));
    std::iter::once("day,sales\n".to_owned()).chain(rows).collect()
}

#[test]
fn a_table_is_the_same_in_every_form() {
    let place = Place::new();
    let of = |name: &str| {
        place.run(&["synth", "--rows", "24", "--series", "3", "--kind", "trend-season", "--season", "4", "-o", name]).expect(0);
        let ended = place.run(&["check", name, "--id", "series", "--time", "time", "--target", "value"]).expect(0);
        assert!(ended.out.contains("3 of 24 rows, 72 in all"), "{name}: {}", ended.out);
        place.run(&["check", name, "--id", "series", "--time", "time", "--target", "value", "--write", "plain.csv"]).expect(0);
        let plain = place.text("plain.csv");
        std::fs::remove_file(place.file("plain.csv")).unwrap();
        plain
    };
    let expected = of("series.csv");
    assert_eq!(expected.lines().count(), 73);
    for name in NAMES {
        assert_eq!(of(name), expected, "{name}");
    }
}

#[test]
fn a_forecast_has_the_form_of_its_name() {
    let place = Place::new();
    std::fs::write(place.file("days.csv"), days()).unwrap();
    let predict = |out: &str| place.run(&["predict", "prior", "days.csv", "--horizon", "3", "-o", out]).expect(0);
    predict("next.csv");
    let csv = place.text("next.csv");
    for name in ["next.parquet", "next.arrow", "next.jsonl.gz"] {
        predict(name);
        let found = columns(&place, name);
        assert_eq!(found.iter().map(|(name, _)| &name[..]).collect::<Vec<_>>().join(","), csv.lines().next().unwrap(), "{name}");
        for (row, line) in csv.lines().skip(1).enumerate() {
            for ((_, values), cell) in found.iter().zip(line.split(',')) {
                match values {
                    Values::Times(times) => {
                        assert_eq!(times[row], Some(Time::Date(cell.parse::<jiff::civil::Date>().unwrap().at(0, 0, 0, 0))))
                    }
                    Values::Numbers(numbers) => assert_eq!(numbers[row], cell.parse::<f64>().unwrap()),
                    Values::Texts(texts) => assert_eq!(texts[row], cell),
                    other => panic!("{other:?}"),
                }
            }
        }
        assert_eq!(matches!(found[0].1, Values::Times(_)), !name.contains("json"), "{name}");
    }
}

#[test]
fn lines_of_json_come_by_standard_input() {
    let place = Place::new();
    let lines: String = days()
        .lines()
        .skip(1)
        .map(|line| line.split_once(',').unwrap())
        .map(|(day, sales)| format!("{{\"day\":\"{day}\",\"sales\":{sales}}}\n"))
        .collect();
    std::fs::write(place.file("days.csv"), days()).unwrap();
    let expected = place.run(&["predict", "prior", "days.csv", "--horizon", "2"]).expect(0).out;
    place.write("days.jsonl", lines);
    let source = std::fs::File::open(place.file("days.jsonl")).unwrap();
    let output = place.command(&["predict", "prior", "-", "--horizon", "2"]).stdin(source).output().unwrap();
    let ended = Ended::of(output).expect(0);
    assert_eq!(ended.out, expected);
}

#[test]
fn names_and_files_that_are_wrong_are_refused_with_a_cure() {
    let place = Place::new();
    std::fs::write(place.file("days.csv"), days()).unwrap();
    let ended = place.run(&["predict", "prior", "days.csv", "--horizon", "2", "-o", "next.parquet.gz"]).expect(2);
    assert!(ended.err.contains("packed by itself") && ended.err.contains("help: leave .gz"), "{}", ended.err);
    place.run(&["synth", "--rows", "9", "--series", "1", "-o", "series.parquet"]).expect(0);
    let whole = std::fs::read(place.file("series.parquet")).unwrap();
    std::fs::write(place.file("cut.parquet"), &whole[..whole.len() / 2]).unwrap();
    let ended = place.run(&["check", "cut.parquet"]);
    assert_eq!(ended.status, Some(3), "{}", ended.out);
    assert!((ended.out + &ended.err).contains("Parquet cannot be read"));
}
