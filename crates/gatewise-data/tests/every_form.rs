//! One series in every layout, number form and encoding: the same table is read.

mod common;

use common::read_bytes;
use gatewise_data::ReadOptions;

const VALUES: [f64; 9] = [1234.5, 987.25, -12.5, 20_456.75, 3.5, 1_234_567.25, 88.0, 902.5, 11.75];

/// Days from 2024-01-27 on, over the end of a month.
fn day(row: usize) -> String {
    match row {
        0..5 => format!("2024-01-{}", 27 + row),
        _ => format!("2024-02-{:02}", row - 4),
    }
}

/// `1,234,567.25` with these marks.
fn parted(value: f64, group: &str, point: &str) -> String {
    let text = format!("{:.2}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap();
    let mut out = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            out += group;
        }
        out.push(digit);
    }
    format!("{}{out}{point}{fraction}", if value < 0.0 { "-" } else { "" })
}

type Form = (&'static str, fn(f64) -> String);

/// Ways to write a number; those with a decimal comma have one in their name.
const FORMS: [Form; 15] = [
    ("plain", |v| v.to_string()),
    ("comma", |v| v.to_string().replace('.', ",")),
    ("thousands", |v| parted(v, ",", ".")),
    ("thousands, comma", |v| parted(v, ".", ",")),
    ("no-break spaces, comma", |v| parted(v, "\u{a0}", ",")),
    ("spaces", |v| parted(v, " ", ".")),
    ("apostrophes", |v| parted(v, "'", ".")),
    ("dollars", |v| if v < 0.0 { format!("-${}", parted(-v, ",", ".")) } else { format!("${}", parted(v, ",", ".")) }),
    ("euros, comma", |v| parted(v, ".", ",") + " €"),
    ("pounds", |v| format!("£{}", parted(v, ",", "."))),
    ("percent", |v| format!("{v}%")),
    ("percent, comma", |v| format!("{} %", parted(v, ".", ","))),
    ("thousandfold", |v| format!("{}K", v / 1000.0)),
    ("minus sign", |v| parted(v, ",", ".").replace('-', "\u{2212}")),
    ("brackets", |v| if v < 0.0 { format!("({})", parted(-v, ",", ".")) } else { parted(v, ",", ".") }),
];

/// Layouts, out of a header's names and the cells of each row. `{}` parts fields.
const LAYOUTS: [&str; 13] =
    ["plain", "title", "titles", "comment", "sep", "units", "total", "note", "tail", "groups", "two series", "dates as columns", "two ids"];

/// The text of the table, and the id of the series to look at.
fn table(layout: &str, form: Form, delimiter: char, name: &str) -> (String, &'static str) {
    let field = |text: &str| if text.contains([delimiter, '"']) { format!("\"{text}\"") } else { text.to_owned() };
    let line = |cells: &[&str]| cells.iter().map(|cell| field(cell)).collect::<Vec<_>>().join(&delimiter.to_string()) + "\n";
    let values: Vec<String> = VALUES.iter().map(|v| form.1(*v)).collect();
    let days: Vec<String> = (0..VALUES.len()).map(day).collect();
    let rows = |more: &[&str]| -> String { days.iter().zip(&values).map(|(day, value)| line(&[more, &[day, value]].concat())).collect() };
    let header = line(&["date", name]);
    let total = form.1(VALUES.iter().sum());
    let text = match layout {
        "plain" => header + &rows(&[]),
        "title" => format!("Daily report\n{header}{}", rows(&[])),
        "titles" => format!("Daily report\n\nStore 12\n{header}{}", rows(&[])),
        "comment" => format!("# made by hand\n{header}{}", rows(&[])),
        "sep" => format!("sep={delimiter}\n{header}{}", rows(&[])),
        "units" => format!("{header}{}{}", line(&["", "tons"]), rows(&[])),
        "total" => format!("{header}{}{}", rows(&[]), line(&["Total", &total])),
        "note" => format!("{header}{}\nSource: the till\n", rows(&[])),
        "tail" => {
            let empty = line(&["", "", "", ""]);
            let rows = (header + &rows(&[])).lines().map(|l| format!("{l}{delimiter}{delimiter}\n")).collect::<String>();
            format!("{rows}{empty}{empty}")
        }
        "groups" => format!("{}{}{}{}", line(&["Price", name]), line(&["Ticker", "ABC"]), line(&["date", ""]), rows(&[])),
        "two series" => format!("{}{}{}", line(&["unique_id", "date", name]), rows(&["A"]), rows(&["B"])),
        "dates as columns" => {
            let cells = |first: &str, rest: &[String]| line(&[&[first], &rest.iter().map(String::as_str).collect::<Vec<_>>()[..]].concat());
            format!("{}{}{}", cells("region", &days), cells("A", &values), cells("B", &values))
        }
        _ => format!("{}{}{}{}", line(&["store", "item", "date", name]), rows(&["1", "tea"]), rows(&["1", "rice"]), rows(&["2", "tea"])),
    };
    let id = match layout {
        "two series" | "dates as columns" => "A",
        "two ids" => "1/tea",
        _ => "",
    };
    (text, id)
}

/// The bytes of a text in an encoding that can hold it.
fn encoded(text: &str, encoding: &str) -> Option<Vec<u8>> {
    let utf16 = |bytes: fn(u16) -> [u8; 2]| std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(bytes).collect();
    match encoding {
        "utf-8" => Some(text.as_bytes().to_vec()),
        "utf-8 with its mark, CRLF" => Some(format!("\u{feff}{}", text.replace('\n', "\r\n")).into_bytes()),
        "utf-16le" => Some(utf16(u16::to_le_bytes)),
        "utf-16be" => Some(utf16(u16::to_be_bytes)),
        other => {
            let (bytes, _, lost) = encoding_rs::Encoding::for_label(other.as_bytes()).unwrap().encode(text);
            (!lost).then(|| bytes.into_owned())
        }
    }
}

#[test]
fn one_series_in_every_form_is_one_table() {
    let mut tried = 0;
    for layout in LAYOUTS {
        for form in FORMS {
            // Where commas part fields and are decimal marks, fields are quoted.
            for delimiter in [',', ';', '\t'] {
                for (encoding, name) in [
                    ("utf-8", "sales"),
                    ("utf-8 with its mark, CRLF", "판매"),
                    ("utf-16le", "sales"),
                    ("utf-16be", "판매"),
                    ("windows-1252", "größe"),
                ]
                .into_iter()
                .skip(tried % 2)
                .step_by(2)
                {
                    let (text, id) = table(layout, form, delimiter, name);
                    let Some(bytes) = encoded(&text, encoding) else { continue };
                    let case = format!("{layout}, {}, {delimiter:?}, {encoding}:\n{text}", form.0);
                    let data = read_bytes(&bytes, &ReadOptions::default()).unwrap_or_else(|e| panic!("{e} ({:?}) in {case}", e.help()));
                    let series = data.series.iter().find(|s| s.id == id).unwrap_or_else(|| panic!("no series {id} in {case}"));
                    let close = series.values.iter().zip(VALUES).all(|(a, b)| (a - b).abs() <= 1e-9 * b.abs());
                    assert!(close && series.len() == VALUES.len(), "{:?} in {case}", series.values);
                    assert_eq!((data.channels.len(), series.times[8].to_string().as_str()), (1, "2024-02-04"), "{case}");
                    assert!(layout == "dates as columns" || data.channels[0] == name, "{:?} in {case}", data.channels);
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 1000, "{tried}");
}
