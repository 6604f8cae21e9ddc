//! Columns out of Parquet and Arrow: files that pyarrow and polars wrote (`forms/make.py`), whole, cut and changed.

mod common;

use std::path::{Path, PathBuf};

use common::holding;
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

#[test]
fn instants_are_times_of_utc_and_said_to_be() {
    let options = ReadOptions { target: vec!["last".into()], time: Some("at_zone".into()), ..ReadOptions::default() };
    let data = read_table(&file("snappy.parquet"), &options).unwrap();
    let next = data.frequency.next(data.series[0].times.last().unwrap(), 1);
    assert_eq!(data.format_time(&next), "2026-01-06 16:00:00Z");
    assert!(findings(&file("snappy.parquet"), &options).iter().any(|f| f.message.contains("times of UTC")));
}

#[test]
fn a_packing_that_is_not_read_is_named_with_its_cure() {
    let (message, help) = refused(&file("brotli.parquet"), &ReadOptions::default());
    assert!(message.contains("column \"at\": is packed in a way that is not read") && help.contains("zstd"), "{message}: {help}");
}

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
