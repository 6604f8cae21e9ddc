//! Columns of a table that was written as CSV, each of the type that its cells have.

use jiff::civil::{Date, DateTime};

use super::TableNames;
use crate::columns::{Columns, Values};
use crate::time::Time;

/// Columns of the text of a table whose first row names them.
pub(super) fn columns(csv: &[u8], names: &TableNames<'_>) -> Result<Columns, csv::Error> {
    let mut reader = csv::ReaderBuilder::new().from_reader(csv);
    let header = reader.headers()?.clone();
    let mut cells: Vec<Vec<String>> = vec![Vec::new(); header.len()];
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record)? {
        for (column, cell) in cells.iter_mut().zip(&record) {
            column.push(cell.to_owned());
        }
    }
    let mut columns = Columns::new();
    for (name, cells) in header.iter().zip(cells) {
        columns = columns.with(name, values(name, cells, names));
    }
    Ok(columns)
}

fn values(name: &str, cells: Vec<String>, names: &TableNames<'_>) -> Values {
    if names.texts.contains(&name) || cells.iter().all(String::is_empty) {
        return Values::Texts(cells);
    }
    let own = names.format.filter(|_| names.times.contains(&name));
    if let Some(times) = own.and_then(|format| all(&cells, |cell| format.parse_loosely(cell))) {
        return Values::Times(times);
    }
    if let Some(values) = all(&cells, |cell| cell.parse::<bool>().ok()) {
        return Values::Booleans(values);
    }
    if let Some(values) =
        all(&cells, |cell| number(cell).map(|_| cell.parse::<i64>().ok())).filter(|v| v.iter().flatten().all(Option::is_some))
    {
        // Numbers of a table are whole in one row and not in the next: a time or a count alone is whole in all.
        if names.times.contains(&name) {
            return Values::Integers(values.into_iter().map(Option::flatten).collect());
        }
    }
    if let Some(values) = all(&cells, number) {
        return Values::Numbers(values.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect());
    }
    if let Some(times) = all(&cells, iso) {
        return Values::Times(times);
    }
    Values::Texts(cells)
}

/// What each cell is; missing where it is empty. None where one is something else.
fn all<T>(cells: &[String], read: impl Fn(&str) -> Option<T>) -> Option<Vec<Option<T>>> {
    cells.iter().map(|cell| if cell.is_empty() { Some(None) } else { read(cell).map(Some) }).collect()
}

/// A number, but for one with zeros in front, which is a name.
fn number(cell: &str) -> Option<f64> {
    let digits = cell.strip_prefix('-').unwrap_or(cell).as_bytes();
    let named = matches!(digits, [b'0', b'0'..=b'9', ..]) || !digits.iter().any(u8::is_ascii_digit) && cell != "NaN";
    cell.parse().ok().filter(|_| !named)
}

/// A date, with a time of day or without; an offset from UTC makes it a text.
fn iso(cell: &str) -> Option<Time> {
    let date: Option<Date> = if cell.len() == 10 { cell.parse().ok() } else { None };
    let at: Option<DateTime> = match date {
        Some(date) => Some(date.at(0, 0, 0, 0)),
        None => cell.get(10..).filter(|clock| !clock.contains(['Z', 'z', '+', '-', '['])).and_then(|_| cell.parse().ok()),
    };
    at.map(Time::Date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_the_type_of_their_cells() {
        let csv = "unique_id,ds,forecast,code,ok,note,at\n1,2026-05-01,1.5,007,true,,2026-05-01 10:00:00\n2,2026-05-02,,008,false,,2026-05-01T11:30\n";
        let found = columns(csv.as_bytes(), &TableNames { texts: &["unique_id"], ..TableNames::default() }).unwrap();
        let date = |day, hour, minute| Some(Time::Date(jiff::civil::date(2026, 5, day).at(hour, minute, 0, 0)));
        let texts = |cells: [&str; 2]| Values::Texts(cells.map(str::to_owned).to_vec());
        let expected = [
            ("unique_id", texts(["1", "2"])),
            ("ds", Values::Times(vec![date(1, 0, 0), date(2, 0, 0)])),
            ("code", texts(["007", "008"])),
            ("ok", Values::Booleans(vec![Some(true), Some(false)])),
            ("note", texts(["", ""])),
            ("at", Values::Times(vec![date(1, 10, 0), date(1, 11, 30)])),
        ];
        for (name, values) in &expected {
            assert_eq!(found.iter().find(|(found, _)| found == name).unwrap().1, values, "{name}");
        }
        assert!(matches!(found.iter().nth(2).unwrap().1, Values::Numbers(v) if v[0] == 1.5 && v[1].is_nan()));
    }

    #[test]
    fn times_are_read_as_their_table_writes_them() {
        let format = crate::time::TimeFormat::Pattern("%d.%m.%Y".parse().unwrap());
        let names = TableNames { times: &["ds"], format: Some(&format), ..TableNames::default() };
        let found = columns(b"ds,step\n03.05.2026,1\n", &names).unwrap();
        let time = Some(Time::Date(jiff::civil::date(2026, 5, 3).at(0, 0, 0, 0)));
        assert_eq!(found.iter().next().unwrap().1, &Values::Times(vec![time]));
        let counted = columns(b"t\n1\n2\n", &TableNames { times: &["t"], ..TableNames::default() }).unwrap();
        assert_eq!(counted.iter().next().unwrap().1, &Values::Integers(vec![Some(1), Some(2)]));
    }
}
