//! Packed tables and lines of JSON, whole and hostile.

mod common;

use std::io::Write;

use common::holding;
use gatewise_data::{Columns, ReadOptions, RowOptions, RowReader, Values, read_table};
use jiff::civil::{DateTime, date};

fn hour(row: i64) -> DateTime {
    date(2026, 1, 5).at(0, 0, 0, 0) + jiff::SignedDuration::from_hours(row)
}

/// Lines of JSON with an hour each.
fn json(rows: i64) -> String {
    (0..rows).map(|row| format!("{{\"at\": \"{}\", \"sales\": {}.5, \"shop\": \"서울\"}}\n", hour(row), row * row % 7)).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

#[test]
fn packed_tables_are_those_within() {
    let csv: String = std::iter::once("at,sales\n".to_owned()).chain((0..30).map(|row| format!("{},{row}.5\n", hour(row)))).collect();
    let plain = common::good(&csv, &ReadOptions::default());
    for packed in [gzip(csv.as_bytes()), zstd(csv.as_bytes()), [gzip(&csv.as_bytes()[..50]), gzip(&csv.as_bytes()[50..])].concat()] {
        let data = common::read_bytes(&packed, &ReadOptions::default()).unwrap();
        assert_eq!((&data.series, &data.channels), (&plain.series, &plain.channels));
        for end in [20, packed.len() / 2, packed.len() - 2] {
            let (message, help) = common::refusal(&packed[..end], &ReadOptions::default());
            assert!(message.contains("cannot be read") && help.contains("copy or load it again"), "{end}: {message}: {help}");
        }
    }
}

#[test]
fn lines_of_json_are_a_table_packed_or_not() {
    let text = json(30);
    let options = ReadOptions::default();
    for bytes in [text.clone().into_bytes(), gzip(text.as_bytes()), zstd(text.as_bytes()), format!("\u{feff}\n {text}").into_bytes()] {
        let data = common::read_bytes(&bytes, &options).unwrap();
        assert_eq!((data.frequency.code(), &data.channels[..]), ("h".to_owned(), &["sales".to_owned()][..]));
        assert_eq!(data.series[0].values[..3], [0.5, 1.5, 4.5]);
    }
}

#[test]
fn lines_of_json_are_refused_with_file_line_and_key() {
    for (text, message, help) in [
        (
            json(4) + "{\"at\": \"2026-01-05 04:00\", \"sales\": {\"net\": 1}}\n",
            "t.csv:5: column \"sales\": holds an object",
            "key of its own",
        ),
        (json(4) + "5\n", "t.csv:5: the line is no JSON object", "an object a line"),
        (json(4) + "{\"at\": \n", "t.csv:5: the line is no whole JSON object", "jq -c"),
        (
            json(4) + "{\"at\": \"2026-01-05T04:00:00\", \"sales\": \"many\"}\n",
            "t.csv:5: column \"sales\": \"many\" is not a number",
            "⦃na⦄ \"many\"",
        ),
        ("[{\"a\": 1}, {\"a\": 2}]".to_owned(), "t.csv:1: is a JSON array", "jq -c '.[]'"),
    ] {
        let (found, cure) = common::refusal(text.as_bytes(), &ReadOptions::default());
        assert!(found.starts_with(message) && cure.contains(help), "{found} ({cure}) is not {message} ({help})");
    }
}

#[test]
fn a_key_that_comes_late_is_missing_before() {
    let text =
        "{\"day\": \"2026-05-01\", \"a\": 1}\n{\"day\": \"2026-05-02\", \"b\": \"x\", \"a\": 2}\n{\"day\": \"2026-05-03\", \"a\": 3}\n";
    let (_folder, path) = holding("t.jsonl", text.as_bytes());
    let columns = Columns::of_file(&path).unwrap().unwrap();
    let (name, values) = columns.iter().last().unwrap();
    assert_eq!((name, values), ("b", &Values::Texts(["", "x", ""].map(str::to_owned).to_vec())));
    assert_eq!(read_table(&path, &ReadOptions::default()).unwrap().series[0].values, [1.0, 2.0, 3.0]);
}

#[test]
fn rows_come_one_by_one_out_of_any_form() {
    let rows = |bytes: Vec<u8>, live: bool| {
        let options = RowOptions { live, ..RowOptions::default() };
        let mut reader = RowReader::new("<stdin>".to_owned(), Box::new(std::io::Cursor::new(bytes)), &options).unwrap();
        let mut found = Vec::new();
        while let Some(row) = reader.next_row().unwrap() {
            found.push((row.seconds, row.values.to_vec()));
        }
        found
    };
    let csv: String = std::iter::once("at,sales,shop\n".to_owned())
        .chain((0..30).map(|row| format!("{},{}.5,서울\n", hour(row), row * row % 7)))
        .collect();
    let plain = rows(csv.clone().into_bytes(), false);
    assert_eq!(plain.len(), 30);
    for bytes in [gzip(csv.as_bytes()), zstd(csv.as_bytes()), json(30).into_bytes(), zstd(json(30).as_bytes())] {
        for live in [false, true] {
            assert_eq!(rows(bytes.clone(), live), plain);
        }
    }
}

#[test]
fn packed_rows_that_break_off_are_refused_with_a_cure() {
    let csv: String = std::iter::once("a,b\n".to_owned()).chain((0..9_000).map(|row| format!("{},{row}\n", row * 7 % 1009))).collect();
    for packed in [gzip(csv.as_bytes()), zstd(csv.as_bytes())] {
        let cut = packed[..packed.len() - packed.len() / 4].to_vec();
        let rows = RowReader::new("t.csv".to_owned(), Box::new(std::io::Cursor::new(cut)), &RowOptions::default());
        let error = rows.and_then(|mut rows| {
            while rows.next_row()?.is_some() {}
            Ok(())
        });
        let error = error.unwrap_err();
        assert!(error.help().unwrap().contains("copy or load it again"), "{error}");
    }
}

#[test]
fn items_are_read_out_of_lines_of_json() {
    use gatewise_data::items::{Content, ItemOptions, Label, read_items};
    let text = "{\"text\": \"good, very\\ngood\", \"label\": \"up\"}\n{\"label\": \"down\", \"text\": \"bad\"}\n{\"label\": \"up\", \"text\": \"fine\"}\n";
    for bytes in [text.as_bytes().to_vec(), gzip(text.as_bytes()), zstd(text.as_bytes())] {
        let (_folder, path) = holding("t.jsonl", &bytes);
        let set = read_items(&path, &ItemOptions::default()).unwrap();
        assert_eq!((set.items.len(), &set.items[0].label), (3, &Label::One("up".to_owned())));
        assert_eq!(set.items[0].content, Content::Text("good, very\ngood".to_owned()));
    }
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_form_that_is_not_built_is_named_with_its_cure() {
    let (message, help) = common::refusal(b"PAR1 and more", &ReadOptions::default());
    assert!(message.contains("without the feature \"parquet\"") && help.contains("CSV"), "{message}: {help}");
}

#[test]
fn the_first_lines_of_any_form_are_delimited_text() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let plain = write("t.csv", b"a,b\n\n1,2\n3,4\n");
    let lines = write("t.jsonl", b"{\"a\": 1, \"b\": 2}\n{\"a\": 3, \"b\": 4}\n");
    assert_eq!(gatewise_data::first_lines(&plain, 2).unwrap(), b"a,b\n\n1,2\n");
    assert_eq!(gatewise_data::first_lines(&plain, 9).unwrap(), b"a,b\n\n1,2\n3,4\n");
    assert_eq!(gatewise_data::first_lines(&lines, 2).unwrap(), b"a,b\n1,2\n");
    assert!(gatewise_data::first_lines(&folder.path().join("absent.csv"), 2).is_err());
    assert!(gatewise_data::first_lines(&write("bad.parquet", b"PAR1 and no more"), 2).is_err());
}
