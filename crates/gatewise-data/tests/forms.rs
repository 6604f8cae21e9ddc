//! Tables in Parquet, Arrow and lines of JSON, and packed ones: files that pyarrow and polars wrote (`forms/make.py`), and hostile ones.

mod common;

use std::io::Write;
use std::path::{Path, PathBuf};

use gatewise_data::{
    Columns, DataError, Finding, FindingKind, ReadOptions, RowOptions, RowReader, Time, Values, inspect_table, read_table,
};
use jiff::civil::{DateTime, date};

const ROWS: i64 = 40;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/forms").join(name)
}

fn hour(row: i64) -> DateTime {
    date(2026, 1, 5).at(0, 0, 0, 0) + jiff::SignedDuration::from_hours(row)
}

/// What a column of `make.py` holds.
fn expected(name: &str) -> Values {
    fn some<T>(value: impl Fn(i64) -> T) -> Vec<Option<T>> {
        (0..ROWS).map(|row| (row != 7).then(|| value(row))).collect()
    }
    let numbers = |value: fn(i64) -> f64| Values::Numbers(some(value).into_iter().map(|v| v.unwrap_or(f64::NAN)).collect());
    let integers = |value: fn(i64) -> i64| Values::Integers(some(value));
    let texts = |value: &dyn Fn(i64) -> String| Values::Texts(some(value).into_iter().map(Option::unwrap_or_default).collect());
    let times = |value: &dyn Fn(i64) -> DateTime| Values::Times((0..ROWS).map(|row| Some(Time::Date(value(row)))).collect());
    match name {
        "at" | "at_s" | "at_ms" | "at_ns" => times(&hour),
        "at_zone" => Values::Texts((0..ROWS).map(|row| format!("{} {}Z", hour(row).date(), hour(row).time())).collect()),
        "day" | "day_ms" => times(&|row| hour(24 * row)),
        "clock" => Values::Texts((0..ROWS).map(|row| hour(row).time().to_string()).collect()),
        "shop" => Values::Texts((0..ROWS).map(|row| if row % 2 == 1 { "서울" } else { "Busan, port" }.to_owned()).collect()),
        "shop_large" => texts(&|row| format!("shop {row}")),
        "shop_list" => texts(&|row| format!("s{}", row % 3)),
        "open" => Values::Booleans(some(|row| row % 3 == 0)),
        "sales" => numbers(|row| row as f64 * 1.5),
        "f32" => numbers(|row| row as f64 / 10.0),
        "f16" => numbers(|row| row as f64 / 4.0),
        "i8" | "i16" | "i32" => integers(|row| -row),
        "i64" => integers(|row| (1 << 62) + row),
        "u8" => integers(|row| 200 + row),
        "u32" => integers(|row| (1 << 31) + row),
        "u64" => texts(&|row| ((1 << 63) + row as u64).to_string()),
        "price" => numbers(|row| row as f64 + 0.25),
        "long" => numbers(|_| 123_456_789_012_345_678_901.0),
        "nothing" => Values::Texts(vec![String::new(); ROWS as usize]),
        "last" => Values::Integers((0..ROWS).map(Some).collect()),
        _ => panic!("no column {name}"),
    }
}

fn alike(found: &Values, expected: &Values) -> bool {
    match (found, expected) {
        (Values::Numbers(a), Values::Numbers(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b || a.is_nan() && b.is_nan()),
        _ => found == expected,
    }
}

fn findings(path: &Path, options: &ReadOptions) -> Vec<Finding> {
    inspect_table(path, options).unwrap().1
}

fn refused(path: &Path, options: &ReadOptions) -> (String, String) {
    let error = read_table(path, options).map(|data| data.series).unwrap_err();
    (error.to_string(), error.help().unwrap_or_default())
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

fn holding(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

#[cfg(all(feature = "parquet", feature = "arrow"))]
#[test]
fn every_type_of_every_writer_is_read() {
    let all = ["snappy.parquet", "zstd_v2.parquet", "gzip_plain.parquet", "lz4.parquet", "lz4.feather", "zstd.arrow", "stream.arrows"];
    let some = ["delta.parquet", "polars.parquet", "polars.arrow", "int96.parquet"];
    for name in all.into_iter().chain(some) {
        let columns = Columns::of_file(&file(name)).unwrap_or_else(|e| panic!("{e} ({:?})", e.help())).unwrap();
        for (column, values) in columns.iter() {
            assert!(alike(values, &expected(column)), "{name}: {column} is {values:?}");
        }
        let count = columns.iter().count();
        assert!(count == if all.contains(&name) { 26 } else { count.max(2) }, "{name}: {count} columns");
    }
}

#[cfg(all(feature = "parquet", feature = "arrow"))]
#[test]
fn columns_that_no_one_asks_for_are_left_out_and_others_refused() {
    for name in ["snappy.parquet", "lz4.feather", "zstd.arrow", "stream.arrows"] {
        let options = ReadOptions { target: vec!["last".into()], time: Some("at".into()), ..ReadOptions::default() };
        let found = findings(&file(name), &options);
        for column in ["list", "place", "bytes"] {
            let left_out = |f: &&Finding| f.column.as_deref() == Some(column) && f.kind == FindingKind::LeftOut;
            assert!(found.iter().find(left_out).unwrap().message.ends_with("and is left out"), "{name}: {column}");
        }
        assert!(found.iter().any(|f| f.column.as_deref() == Some("long") && f.message.contains("rounded")), "{name}");
        let data = read_table(&file(name), &options).unwrap();
        assert_eq!((data.frequency.code(), data.series[0].len()), ("h".to_owned(), ROWS as usize), "{name}");
        for (column, what, cure) in [("list", "lists or structures", "a column or a row of its own"), ("bytes", "bytes", "as text")] {
            let wanted = ReadOptions { target: vec![column.into()], ..options.clone() };
            let (message, help) = refused(&file(name), &wanted);
            assert!(message.contains(&format!("column \"{column}\": holds {what}")) && help.contains(cure), "{message}: {help}");
        }
    }
}

#[cfg(feature = "parquet")]
#[test]
fn instants_are_times_of_utc_and_said_to_be() {
    let options = ReadOptions { target: vec!["last".into()], time: Some("at_zone".into()), ..ReadOptions::default() };
    let data = read_table(&file("snappy.parquet"), &options).unwrap();
    let next = data.frequency.next(data.series[0].times.last().unwrap(), 1);
    assert_eq!(data.format_time(&next), "2026-01-06 16:00:00Z");
    assert!(findings(&file("snappy.parquet"), &options).iter().any(|f| f.message.contains("times of UTC")));
}

#[cfg(feature = "parquet")]
#[test]
fn a_packing_that_is_not_read_is_named_with_its_cure() {
    let (message, help) = refused(&file("brotli.parquet"), &ReadOptions::default());
    assert!(message.contains("column \"at\": is packed in a way that is not read") && help.contains("zstd"), "{message}: {help}");
}

#[cfg(all(feature = "parquet", feature = "arrow"))]
#[test]
fn real_files_that_are_cut_or_changed_are_refused_or_read_and_never_panic() {
    for name in ["zstd_v2.parquet", "delta.parquet", "lz4.parquet", "lz4.feather", "polars.arrow"] {
        let whole = std::fs::read(file(name)).unwrap();
        for end in (8..whole.len()).step_by(whole.len() / 40) {
            let (_folder, path) = holding(name, &whole[..end]);
            let (message, help) = refused(&path, &ReadOptions::default());
            assert!(message.contains("cannot be read") && help.contains("whole"), "{name} {end}: {message}: {help}");
        }
        // A seed of its own for the places and the values.
        let mut state = 7_u64;
        for _ in 0..150 {
            let mut changed = whole.clone();
            for _ in 0..3 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = (state >> 33) as usize % changed.len();
                changed[at] = (state >> 20) as u8;
            }
            let (_folder, path) = holding(name, &changed);
            let read = inspect_table(&path, &ReadOptions::default());
            assert!(!matches!(read, Err(DataError::Io { .. })), "{read:?}");
        }
    }
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
            json(4) + "{\"at\": \"2026-01-05T04:00:00\"}\n{\"at\": \"2026-01-05T05:00:00\", \"sales\": 1}\n",
            "t.csv:6: column \"sales\"",
            "impute",
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

#[cfg(all(feature = "parquet", feature = "arrow"))]
#[test]
fn rows_come_out_of_columns() {
    for name in ["polars.parquet", "stream.arrows"] {
        let options =
            RowOptions { values: vec!["last".into()], time: Some("at".into()), states: Some(vec!["shop".into()]), ..RowOptions::default() };
        let mut reader = RowReader::open(&file(name), &options).unwrap();
        let mut count = 0;
        while let Some(row) = reader.next_row().unwrap() {
            assert_eq!((row.values, row.states().next().flatten().is_some()), (&[count as f64][..], true), "{name}");
            count += 1;
        }
        assert_eq!(count, ROWS, "{name}");
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
    let (message, help) = refused(&file("snappy.parquet"), &ReadOptions::default());
    assert!(message.contains("without the feature \"parquet\"") && help.contains("CSV"), "{message}: {help}");
}
