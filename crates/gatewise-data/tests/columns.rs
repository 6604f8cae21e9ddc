//! Columns of another reader become the same series as a file with the same cells.

use std::io::Write;

use gatewise_data::{Columns, Impute, ReadOptions, Time, Values, read_columns, read_table};
use jiff::civil::date;

fn columns() -> Columns {
    let times = (0..2).flat_map(|_| (1..=6).map(|day| Some(Time::Date(date(2024, 2, day).at(12, 30, 0, 0))))).collect();
    let shops = ["nord\t\"1\"", "süd"].iter().flat_map(|shop| std::iter::repeat_n((*shop).to_owned(), 6)).collect();
    let mut sales: Vec<f64> = (0..12).map(|k| 0.1 + 1e15 / 3.0 * f64::from(k)).collect();
    sales[3] = f64::NAN;
    Columns::new().with("shop", Values::Texts(shops)).with("at", Values::Times(times)).with("sales", Values::Numbers(sales))
}

#[test]
fn columns_are_read_as_a_file_is() {
    let options = ReadOptions { id: Some("shop".into()), impute: Impute::Linear, ..ReadOptions::default() };
    let data = read_columns("<arrays>", &columns(), &options).unwrap();
    let mut file = tempfile::NamedTempFile::with_suffix(".csv").unwrap();
    writeln!(file, "shop,at,sales").unwrap();
    let all = columns();
    let values: Vec<&Values> = all.iter().map(|(_, values)| values).collect();
    let [Values::Texts(shops), Values::Times(times), Values::Numbers(sales)] = values[..] else { panic!("three columns") };
    for row in 0..12 {
        let sales = if sales[row].is_nan() { String::new() } else { sales[row].to_string() };
        writeln!(file, "\"{}\",{},{sales}", shops[row].replace('"', "\"\""), times[row].unwrap()).unwrap();
    }
    let same = read_table(file.path(), &options).unwrap();
    assert_eq!((data.series, data.frequency, data.channels), (same.series, same.frequency, same.channels));
    assert_eq!((data.path.as_str(), data.id_column, data.time_column), ("<arrays>", same.id_column, same.time_column));
}

#[test]
fn faults_of_columns_are_named() {
    let short = Columns::new().with("a", Values::Numbers(vec![1.0; 4])).with("b", Values::Numbers(vec![1.0; 3]));
    let error = read_columns("<arrays>", &short, &ReadOptions::default()).unwrap_err().to_string();
    assert!(error.contains("\"b\" has 3 rows, others have 4"), "{error}");
    let error = read_columns("<arrays>", &Columns::new(), &ReadOptions::default()).unwrap_err().to_string();
    assert!(error.contains("<arrays>"), "{error}");
    let gap = Columns::new().with("a", Values::Numbers(vec![1.0, f64::NAN, 3.0, 4.0]));
    let refused = ReadOptions { impute: Impute::Refuse, ..ReadOptions::default() };
    let error = read_columns("<arrays>", &gap, &refused).unwrap_err();
    assert!(error.to_string().contains("line 3") || error.to_string().contains(":3"), "{error}");
    let filled = ReadOptions { impute: Impute::Linear, ..ReadOptions::default() };
    assert_eq!(read_columns("<arrays>", &gap, &filled).unwrap().series[0].values, [1.0, 2.0, 3.0, 4.0]);
}
