//! Small files that ask for much: pictures of absurd sides, packed files that unpack without end, tables of a million columns.

use std::fs;
use std::io::{Cursor, Write};
use std::path::PathBuf;

use gatewise_data::items::{ItemOptions, read_items};
use gatewise_data::memory::Budget;
use gatewise_data::video::{VideoOptions, decode};
use gatewise_data::{FindingKind, ReadOptions, inspect_table, read_table};
use tempfile::TempDir;

/// A file in a folder of its own, under a limit of 256 MiB.
fn file(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    Budget::of(1 << 28).set();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// A png of one row of nothing under a header of these sides.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |name: &[u8], data: &[u8]| {
        let body = [name, data].concat();
        let mut sum = flate2::Crc::new();
        sum.update(&body);
        out.extend((data.len() as u32).to_be_bytes());
        out.extend(&body);
        out.extend(sum.sum().to_be_bytes());
    };
    chunk(b"IHDR", &[&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat());
    chunk(b"IDAT", &[0x78, 0x9c, 0x63, 0, 0, 0, 1, 0, 1]);
    chunk(b"IEND", &[]);
    out
}

#[test]
fn pictures_of_absurd_sides_are_refused_with_their_size() {
    let gif = |side: u16| {
        [b"GIF89a", &side.to_le_bytes()[..], &side.to_le_bytes(), &[0, 0, 0, b',', 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 1, 0, 0, b';']].concat()
    };
    let y4m = |width: u64, height: u64| format!("YUV4MPEG2 W{width} H{height} F25:1 C420\nFRAME\n1234").into_bytes();
    let cases = [("a.png", png(16_777_216, u32::MAX >> 1)), ("a.gif", gif(65_535)), ("a.y4m", y4m(1 << 16, 1 << 16))];
    for (name, bytes) in cases {
        let (_folder, path) = file(name, &bytes);
        let error = decode(&path, &VideoOptions::default()).unwrap_err();
        assert!(error.to_string().contains("memory_limit"), "{name}: {error}");
        assert!(!error.is_io());
    }
    // Their product wraps to a small number.
    for (width, height) in [(1 << 32, 1 << 32), (1 << 33, (1 << 31) + 1), (u64::MAX, 2)] {
        let (_folder, path) = file("a.y4m", &y4m(width, height));
        assert!(decode(&path, &VideoOptions::default()).is_err(), "{width} × {height}");
    }
}

#[test]
fn more_frames_than_memory_holds_are_an_error() {
    let frame = [b"FRAME\n".to_vec(), vec![100; 6]].concat();
    let clip = [b"YUV4MPEG2 W2 H2 F25:1 C420\n".to_vec(), frame.repeat(5)].concat();
    let (_folder, path) = file("a.y4m", &clip);
    let options = VideoOptions { width: 4096, height: 4096, fps: None, ..VideoOptions::default() };
    let error = decode(&path, &options).unwrap_err();
    assert!(error.to_string().contains("max_frames = 256 of 4096 × 4096"), "{error}");
    assert_eq!(decode(&path, &VideoOptions { fps: None, ..VideoOptions::default() }).unwrap().steps, 5);
}

#[test]
fn packed_numbers_are_unpacked_as_far_as_their_header_says() {
    let packed = |sides: [u32; 2], data: usize| {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        out.write_all(&[&[0, 0, 8, 2][..], &sides[0].to_be_bytes(), &sides[1].to_be_bytes()].concat()).unwrap();
        out.write_all(&vec![0; data]).unwrap();
        out.finish().unwrap()
    };
    let options = ItemOptions { unlabelled: true, ..ItemOptions::default() };
    for (sides, data, word) in
        [([8, 80], 1 << 22, "more than the 640 bytes"), ([u32::MAX; 2], 100, "memory_limit"), ([8, 80], 639, "cut off")]
    {
        let (_folder, path) = file("a.gz", &packed(sides, data));
        let error = read_items(&path, &options).unwrap_err();
        assert!(error.to_string().contains(word), "{word} in {error}");
        assert!(!error.is_io() && !error.is_usage());
    }
    let (_folder, path) = file("a.gz", &packed([8, 80], 640));
    assert_eq!(read_items(&path, &options).unwrap().items.len(), 8);
}

/// A workbook of one sheet with these cells.
fn book(cells: &str) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const LINKS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let deflated = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, text) in [
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{LINKS}\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"{LINKS}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
            ),
        ),
        ("xl/worksheets/sheet1.xml", format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{cells}</sheetData></worksheet>")),
    ] {
        zip.start_file(name, deflated).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_sheet_with_a_cell_in_its_farthest_corner_is_refused() {
    let cell = |place: &str| format!("<c r=\"{place}\"><v>1</v></c>");
    let rows = format!("<row r=\"1\">{}</row><row r=\"1048576\">{}</row>", cell("A1"), cell("XFD1048576"));
    let (_folder, path) = file("a.xlsx", &book(&rows));
    let error = read_table(&path, &ReadOptions::default()).unwrap_err();
    assert!(error.to_string().contains("1048576 × 16384 cells") && error.to_string().contains("memory_limit"), "{error}");
}

#[test]
fn a_sheet_that_unpacks_without_end_is_refused() {
    // A megabyte of blanks between cells packs to a thousandth of it; the limit leaves each file less than so many.
    let blanks = " ".repeat(300 << 20);
    let bytes = book(&format!("<row r=\"1\"><c r=\"A1\"><v>1</v></c>{blanks}</row>"));
    let (_folder, path) = file("a.xlsx", &bytes);
    let error = read_table(&path, &ReadOptions::default()).unwrap_err();
    assert!(error.to_string().contains("unpacks to"), "{} bytes: {error}", bytes.len());
}

#[test]
fn a_line_of_a_million_fields_is_no_table() {
    let (_folder, path) = file("a.csv", "1,".repeat(1 << 20).as_bytes());
    let (dataset, findings) = inspect_table(&path, &ReadOptions::default()).unwrap();
    assert!(dataset.is_none() && findings.iter().any(|f| f.kind == FindingKind::TooWide), "{findings:?}");
}

/// Squared, each of these would take minutes.
#[test]
fn twenty_thousand_columns_are_read_at_the_cost_of_each() {
    const COLUMNS: usize = 20_000;
    let line = |start: &str, cell: &dyn Fn(usize) -> String| {
        start.to_owned() + &(0..COLUMNS).map(|c| format!(",{}", cell(c))).collect::<String>() + "\n"
    };
    type Cells<'a> = &'a dyn Fn(usize) -> String;
    let tables: [(&str, Cells<'_>, Cells<'_>); 4] = [
        ("numbers", &|c| format!("c{c}"), &|c| (c % 7).to_string()),
        ("one name", &|_| "x".to_owned(), &|c| (c % 7).to_string()),
        ("text", &|c| format!("c{c}"), &|_| "a".to_owned()),
        ("missing", &|c| format!("c{c}"), &|_| String::new()),
    ];
    for (what, name, cell) in tables {
        let rows: String = ["2020-01-01", "2020-01-02", "2020-01-03"].iter().map(|day| line(day, cell)).collect();
        let (_folder, path) = file("a.csv", (line("time", name) + &rows).as_bytes());
        let (dataset, findings) = inspect_table(&path, &ReadOptions::default()).unwrap();
        assert_eq!(dataset.is_some_and(|data| data.channels.len() == COLUMNS), matches!(what, "numbers" | "one name"), "{what}");
        assert!(findings.len() >= COLUMNS || what == "numbers", "{what}: {}", findings.len());
    }
}
