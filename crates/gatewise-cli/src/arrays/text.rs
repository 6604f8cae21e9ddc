//! Arrays of two axes as tables of numbers.

use gatewise_onnx::import::{Data, Tensor};

use super::Wrong;

/// The numbers of a table; a first row that holds none names the columns.
pub fn parse(bytes: &[u8]) -> Result<Tensor, Wrong> {
    const HELP: &str = "give a table of numbers alone, or an array that numpy.save has written";
    let mut reader = csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::All).from_reader(bytes);
    let (mut values, mut columns, mut rows) = (Vec::new(), 0, 0);
    for (at, record) in reader.records().enumerate() {
        let record = record.map_err(|e| (e.to_string(), HELP))?;
        let numbers: Result<Vec<f64>, &str> = record.iter().map(|cell| cell.parse().map_err(|_| cell)).collect();
        match numbers {
            Ok(numbers) => {
                (columns, rows) = (numbers.len(), rows + 1);
                values.extend(numbers);
            }
            Err(_) if at == 0 && !record.iter().any(|cell| cell.parse::<f64>().is_ok()) => {}
            Err(cell) => return Err((format!("line {}: \"{}\" is no number", at + 1, crate::console::brief(cell, 40)), HELP)),
        }
    }
    if rows == 0 {
        return Err(("it holds no numbers".to_owned(), HELP));
    }
    Ok(Tensor { shape: vec![rows, columns], data: Data::Double(values) })
}

/// A tensor of at most two axes as CSV; none where it has more.
pub fn write(name: &str, tensor: &Tensor) -> Option<Vec<u8>> {
    let (columns, several) = match tensor.shape[..] {
        [] | [_] => (1, false),
        [_, columns] => (columns, true),
        _ => return None,
    };
    let cells: Vec<String> = match &tensor.data {
        Data::Float(values) => values.iter().map(f32::to_string).collect(),
        Data::Double(values) => values.iter().map(f64::to_string).collect(),
        Data::Int(values) => values.iter().map(i64::to_string).collect(),
        Data::Bool(values) => values.iter().map(|&x| u8::from(x).to_string()).collect(),
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    let heading: Vec<String> = (0..columns).map(|k| if several { format!("{name}_{k}") } else { name.to_owned() }).collect();
    let rows = cells.chunks(columns.max(1));
    // A vector in memory takes everything.
    for record in std::iter::once(&heading[..]).chain(rows) {
        writer.write_record(record).ok()?;
    }
    writer.into_inner().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_with_and_without_a_heading() {
        let expected = Tensor { shape: vec![2, 2], data: Data::Double(vec![1.0, 2.5, -3.0, 1e9]) };
        for table in ["1,2.5\n-3,1e9\n", "a,b\n1, 2.5\n-3,1e9", "\"a\",\"b\"\r\n1,2.5\r\n-3,1e9\r\n"] {
            assert_eq!(parse(table.as_bytes()).unwrap(), expected, "{table}");
        }
        for wrong in ["", "a,b\n", "1,2\n3\n", "1,x\n", "a,b\n1,two\n", "a,b\nc,d\n1,2\n"] {
            assert!(parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn tensors_of_two_axes_are_tables() {
        let of = |shape: &[usize], values: &[f32]| write("y", &Tensor { shape: shape.to_vec(), data: Data::Float(values.to_vec()) });
        let text = |bytes: Option<Vec<u8>>| String::from_utf8(bytes.unwrap()).unwrap();
        assert_eq!(text(of(&[2, 2], &[1.0, 0.1, -2.0, 3.5])), "y_0,y_1\n1,0.1\n-2,3.5\n");
        assert_eq!(text(of(&[2], &[1.0, 2.0])), "y\n1\n2\n");
        assert_eq!(text(of(&[], &[1.5])), "y\n1.5\n");
        assert_eq!(of(&[1, 1, 1], &[1.0]), None);
    }
}
