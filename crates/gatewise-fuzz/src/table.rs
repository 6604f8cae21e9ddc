//! Tables, dates, labelled items, rows as they come, and texts.

use std::io::{Cursor, Write};

use gatewise::task::language::{Builder, Unit, Unknown};
use gatewise_data::items::{ItemOptions, OnError, groups, levels, proposed, read_items};
use gatewise_data::{
    Columns, Combine, Corpus, Frequency, Impute, Pattern, ReadOptions, RowOptions, RowReader, TableForm, TimeFormat, inspect_table,
    read_table,
};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::file::holding;

/// Tables of text: read with what is found out, and with settings that the length picks.
pub fn table(bytes: &[u8]) {
    both(&holding("table", bytes), bytes.len());
}

fn both(path: &std::path::Path, pick: usize) {
    let _ = inspect_table(path, &ReadOptions::default());
    let options = match pick % 6 {
        0 => ReadOptions { impute: Impute::Linear, duplicates: Some(Combine::Mean), ..ReadOptions::default() },
        1 => ReadOptions { aggregate: Some(Combine::Sum), freq: Some("W".into()), impute: Impute::Zero, ..ReadOptions::default() },
        2 => ReadOptions { time: Some("row".into()), impute: Impute::Forward, ..ReadOptions::default() },
        3 => ReadOptions { freq: Some("h".into()), duplicates: Some(Combine::Last), ..ReadOptions::default() },
        4 => ReadOptions { aggregate: Some(Combine::Mean), impute: Impute::Linear, freq: Some("M".into()), ..ReadOptions::default() },
        _ => ReadOptions { impute: Impute::Zero, ..ReadOptions::default() },
    };
    if let Ok(data) = read_table(path, &options) {
        let _ = data.write_plain(std::io::sink());
        for series in &data.series {
            assert_eq!(series.values.len(), series.len() * data.channels.len(), "whole rows");
            assert!(series.values.iter().all(|v| v.is_finite()), "a missing value in a table that was read");
            if let Some(last) = series.times.last() {
                let _ = data.format_time(&data.frequency.next(last, 1));
            }
        }
    }
}

/// A spreadsheet: the sheet's own XML, which is put into an xlsx or, where it names `office`, an ods; what begins as a file of either, or
/// as an xls, is one.
pub fn sheet(bytes: &[u8]) {
    let packed = match bytes {
        [b'P', b'K', ..] | [0xd0, 0xcf, ..] => bytes.to_vec(),
        _ if bytes.windows(6).any(|word| word == b"office") => zipped(&[
            ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
            ("META-INF/manifest.xml", MANIFEST),
            ("content.xml", bytes),
        ]),
        _ => zipped(&[
            ("[Content_Types].xml", TYPES),
            ("xl/workbook.xml", WORKBOOK),
            ("xl/_rels/workbook.xml.rels", RELATIONS),
            ("xl/styles.xml", STYLES),
            ("xl/worksheets/sheet1.xml", bytes),
        ]),
    };
    both(&holding("sheet", &packed), bytes.len());
}

const MANIFEST: &[u8] = br#"<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>"#;
const TYPES: &[u8] = br#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#;
const WORKBOOK: &[u8] = br#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="s" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const RELATIONS: &[u8] = br#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
const STYLES: &[u8] = br#"<?xml version="1.0"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs></styleSheet>"#;

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, content) in files {
        zip.start_file(*name, stored).expect("a name");
        zip.write_all(content).expect("memory is written to");
    }
    zip.finish().expect("memory is written to").into_inner()
}

/// Forms of times, frequencies, and cells read by them: the first line is a form, the second a frequency, every other one a cell.
pub fn dates(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines();
    let (form, frequency) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let cells: Vec<&str> = lines.take(50).collect();
    if let Ok(pattern) = form.parse::<Pattern>() {
        for cell in &cells {
            if let Some((at, _)) = pattern.read(cell) {
                let _ = pattern.format(at);
            }
        }
        assert_eq!(pattern.to_string().parse::<Pattern>().as_ref(), Ok(&pattern), "a form is not the one it writes");
    }
    let frequency = frequency.parse::<Frequency>();
    if let Ok(frequency) = &frequency {
        let _ = (frequency.default_season(), frequency.to_string(), frequency.code());
    }
    let format = serde_json::from_str::<TimeFormat>(form);
    for cell in &cells {
        let Some(time) = format.as_ref().ok().and_then(|format| format.parse_loosely(cell)) else { continue };
        for k in [-1, 1, 1000, i64::MAX] {
            let time = frequency.as_ref().map_or(time, |frequency| frequency.next(&time, k));
            let _ = format.as_ref().map(|format| format.format(&time));
        }
    }
    // The column as a table has it, and read by the form that is given.
    let quoted = |cell: &&str| format!("\"{}\"", cell.replace('"', "\"\""));
    let rows: String = (0..).zip(&cells).map(|(k, cell)| format!("{},{k}\n", quoted(cell))).collect();
    let path = holding("dates", format!("when,y\n{rows}").as_bytes());
    both(&path, bytes.len());
    let _ = read_table(
        &path,
        &ReadOptions { time: Some(format!("when:{form}")), freq: frequency.ok().map(|f| f.code()), ..ReadOptions::default() },
    );
}

/// Tables that are more than text: Parquet, Arrow, lines of JSON, and packed ones. Columns that are read come back from every form that they are written in.
pub fn columns(bytes: &[u8]) {
    let path = holding("columns", bytes);
    if let Ok(Some(columns)) = Columns::of_file(&path) {
        let rows = columns.rows();
        assert!(columns.iter().all(|(_, values)| values.len() == rows), "columns of one length");
        for name in ["a.parquet", "b.arrow", "c.arrows", "d.jsonl.zst"] {
            let form = TableForm::of(name.as_ref()).expect("a form");
            let mut out = Vec::new();
            if form.write_columns(&columns, &mut out).is_ok() && rows > 0 {
                let again = Columns::of_file(&holding("again", &out));
                // Two keys of one name are no object.
                let named = name.ends_with("zst") && again.is_err();
                assert!(named || again.is_ok_and(|again| again.is_some_and(|again| again.rows() == rows)), "{name} is not read back");
            }
        }
    }
    both(&path, bytes.len());
    rows(bytes);
}

/// Labelled items: IDX plain and packed, `.ts`, and every layout of a table.
pub fn items(bytes: &[u8]) {
    let path = holding("items", bytes);
    for several in [false, true] {
        let options = ItemOptions {
            several,
            unlabelled: bytes.len().is_multiple_of(2),
            impute: if bytes.len().is_multiple_of(3) { Impute::Linear } else { Impute::Refuse },
            on_error: OnError::Skip,
            channels: bytes.len().is_multiple_of(5).then_some(2),
            ..ItemOptions::default()
        };
        let Ok(set) = read_items(&path, &options) else { continue };
        assert!(!set.items.is_empty(), "read, but empty");
        let _ = (groups(&set, Some(r"(\d+)")), proposed(&set));
        if !set.channels.is_empty() {
            let _ = levels(set.items.iter(), set.channels.len());
        }
        // A model that learned from them reads them again.
        let again = ItemOptions { known: Some(set.known.clone()), unlabelled: true, ..options };
        let _ = read_items(&path, &again);
    }
}

/// Rows as they come.
pub fn rows(bytes: &[u8]) {
    for (live, states) in [(false, None), (true, Some(Vec::new()))] {
        let options = RowOptions { live, states, ..RowOptions::default() };
        let source = Box::new(Cursor::new(bytes.to_vec()));
        let Ok(mut reader) = RowReader::new("rows".into(), source, &options) else { continue };
        let _ = (reader.first_time(), reader.step_seconds(), reader.time_columns().len(), reader.id_columns().len());
        let writer = reader.time_writer();
        while let Ok(Some(row)) = reader.next_row() {
            let _ = (row.cells().count(), row.states().count());
            if let Some(seconds) = row.seconds {
                let _ = writer.write((seconds, row.nanos));
            }
        }
        let _ = (reader.notes(), reader.labels().len());
    }
}

/// Texts to learn from, in every unit.
pub fn text(bytes: &[u8]) {
    let path = holding("text", bytes);
    let Ok(corpus) = Corpus::open(&path) else { return };
    for cut in [None, Some(bytes.len() as u64 / 2)] {
        let parts: Result<Vec<_>, _> = corpus.parts(cut).collect();
        let Ok(parts) = parts else { return };
        let whole: String = parts.iter().map(|part| part.text.as_str()).collect();
        for unit in [Unit::Byte, Unit::Char, Unit::Word] {
            let Ok(vocabulary) = Builder::new(unit, 50).build(parts.iter().map(|part| part.text.clone())) else { continue };
            let (mut ids, mut unknown) = (Vec::new(), Unknown::new());
            if vocabulary.encode(&whole, &mut ids, &mut unknown).is_ok() {
                assert!(ids.iter().all(|&id| (id as usize) < vocabulary.len()), "a symbol beyond the vocabulary");
            }
        }
    }
}
