//! Spreadsheets, put together cell by cell.

mod common;

use std::io::{Cursor, Write};

use common::{options, read_bytes, refusal};
use gatewise_data::{FindingKind, ReadOptions};

/// Style of a day, and of a day with hours.
const DAY: u8 = 1;
const HOUR: u8 = 2;

enum Cell {
    Text(&'static str),
    Number(f64),
    Date(f64, u8),
    Nothing,
}

fn sheet(rows: &[Vec<Cell>]) -> String {
    let mut xml = String::from("<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>");
    for (r, row) in rows.iter().enumerate() {
        xml += &format!("<row r=\"{}\">", r + 1);
        for (c, cell) in row.iter().enumerate() {
            let place = format!("{}{}", char::from(b'A' + c as u8), r + 1);
            xml += &match cell {
                Cell::Text(text) => format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>"),
                Cell::Number(value) => format!("<c r=\"{place}\"><v>{value}</v></c>"),
                Cell::Date(value, style) => format!("<c r=\"{place}\" s=\"{style}\"><v>{value}</v></c>"),
                Cell::Nothing => String::new(),
            };
        }
        xml += "</row>";
    }
    xml + "</sheetData></worksheet>"
}

fn book(sheets: &[(&str, Vec<Vec<Cell>>)]) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const LINKS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut add = |name: &str, text: String| {
        zip.start_file(name, stored).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    };
    let numbered =
        |text: &dyn Fn(usize, &str) -> String| sheets.iter().enumerate().map(|(i, (name, _))| text(i + 1, name)).collect::<String>();
    let list = numbered(&|i, name| format!("<sheet name=\"{name}\" sheetId=\"{i}\" r:id=\"r{i}\"/>"));
    add("xl/workbook.xml", format!("<workbook xmlns=\"{MAIN}\" xmlns:r=\"{LINKS}\"><sheets>{list}</sheets></workbook>"));
    let links = numbered(&|i, _| format!("<Relationship Id=\"r{i}\" Type=\"{LINKS}/worksheet\" Target=\"worksheets/sheet{i}.xml\"/>"));
    add(
        "xl/_rels/workbook.xml.rels",
        format!("<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{links}</Relationships>"),
    );
    add(
        "xl/styles.xml",
        format!(
            "<styleSheet xmlns=\"{MAIN}\"><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>"
        ),
    );
    for (i, (_, rows)) in sheets.iter().enumerate() {
        add(&format!("xl/worksheets/sheet{}.xml", i + 1), sheet(rows));
    }
    zip.finish().unwrap().into_inner()
}

/// A title, and two days from 2024-01-01 on: serial numbers of a spreadsheet.
fn days() -> Vec<Vec<Cell>> {
    vec![
        vec![Cell::Text("Sales of the shop")],
        vec![Cell::Text("date"), Cell::Text("sales"), Cell::Text("note")],
        vec![Cell::Date(45292.0, DAY), Cell::Number(1.5), Cell::Text("rain, \"much\"")],
        vec![Cell::Date(45293.0, DAY), Cell::Number(2.25), Cell::Nothing],
        vec![Cell::Date(45294.0, DAY), Cell::Number(1234567.0), Cell::Text("sun")],
        vec![Cell::Text("Total"), Cell::Number(1234570.75)],
    ]
}

fn hours() -> Vec<Vec<Cell>> {
    let row = |n: u32| vec![Cell::Date(45292.0 + f64::from(n) / 24.0, HOUR), Cell::Number(f64::from(n * n))];
    std::iter::once(vec![Cell::Text("at"), Cell::Text("load")]).chain((0..30).map(row)).collect()
}

#[test]
fn dates_of_a_sheet_are_dates() {
    let data = read_bytes(&book(&[("Empty", Vec::new()), ("Days", days())]), &ReadOptions::default()).unwrap();
    assert_eq!(data.channels, ["sales"]);
    assert_eq!(data.series[0].values, [1.5, 2.25, 1_234_567.0]);
    assert_eq!(data.series[0].times[2].to_string(), "2024-01-03");
    let said = |kind| data.findings.iter().find(|f| f.kind == kind).and_then(|f| f.line);
    assert_eq!((said(FindingKind::AboveTable), said(FindingKind::BelowTable)), (Some(1), Some(6)));
    assert!(data.guesses.iter().any(|g| g.flag == "⦃sheet⦄" && g.value == "Days"));
}

#[test]
fn a_day_beyond_the_calendar_is_no_date() {
    for day in [2_958_466.0, 1e19, -1e19] {
        let mut rows = days();
        let place = rows.iter().rposition(|row| matches!(row[0], Cell::Date(..))).unwrap();
        rows[place][0] = Cell::Date(day, DAY);
        let (message, _) = refusal(&book(&[("Days", rows)]), &ReadOptions::default());
        assert!(message.contains(&day.to_string()), "{day}: {message}");
    }
}

#[test]
fn a_sheet_is_chosen_by_name_or_number() {
    let book = book(&[("Days", days()), ("Hours", hours())]);
    for flags in ["sheet=Hours", "sheet=2"] {
        let data = read_bytes(&book, &options(flags)).unwrap();
        assert_eq!((data.channels[0].as_str(), data.frequency.to_string().as_str(), data.rows()), ("load", "hourly", 30), "{flags}");
        assert_eq!(data.series[0].values[29], 841.0);
    }
    let data = read_bytes(&book, &ReadOptions::default()).unwrap();
    assert_eq!(data.channels, ["sales"]);
    let said = data.findings.iter().find(|f| f.message.contains("not read: Hours")).unwrap();
    assert_eq!(said.help.as_deref(), Some("⦃sheet⦄ \"Hours\""));
    let (message, _) = refusal(&book, &options("sheet=Weeks"));
    assert!(message.contains("no sheet \"Weeks\"; it has Days, Hours"), "{message}");
}
