//! Which column of a table is what.

use std::path::Path;

use super::error::ItemError;
use super::options::ItemOptions;
use crate::dataset::Guess;
use crate::table::{Cell, NumberStyle, find_delimiter};

/// Names that a column of labels has where nobody says.
const LABEL_NAMES: [&str; 8] = ["label", "labels", "class", "target", "category", "y", "sentiment", "emotion"];

/// Names that the column of a long table's items has.
const ID_NAMES: [&str; 9] = ["id", "item", "item_id", "unique_id", "sequence", "sequence_id", "series", "series_id", "sample_id"];

/// Names that the column of a long table's time has.
const TIME_NAMES: [&str; 9] = ["time", "t", "step", "timestamp", "ds", "date", "frame", "index", "position"];

/// Rows that tell what a column holds.
const LOOKED_AT: usize = 200;

/// A table as cells.
pub(super) struct Cells {
    pub path: String,
    /// Column names; numbers from 0 where the table has none.
    pub names: Vec<String>,
    /// Line and cells of each row, all as many as there are names.
    pub rows: Vec<(u64, csv::StringRecord)>,
    pub style: NumberStyle,
    pub guesses: Vec<Guess>,
}

impl Cells {
    /// Splits a text.
    pub fn parse(path: &str, text: &str, options: &ItemOptions) -> Result<Self, ItemError> {
        let delimiter = options.delimiter.unwrap_or_else(|| find_delimiter(text));
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record
                .map_err(|e| ItemError::invalid(path, e.position().map(csv::Position::line), "the row cannot be split into fields"))?;
            let line = record.position().map_or(0, csv::Position::line);
            if !(record.len() == 1 && record[0].is_empty()) {
                rows.push((line, record));
            }
        }
        let Some(width) = rows.first().map(|(_, first)| first.len()) else {
            return Err(ItemError::invalid(path, None, "there is no row in it").cure("give a file with items"));
        };
        if let Some((line, row)) = rows.iter().find(|(_, row)| row.len() != width) {
            return Err(ItemError::invalid(path, *line, format!("{} fields, the first row has {width}", row.len())).cure(
                "a field with the delimiter in it wants quotes; shorter sequences keep their empty fields; --delimiter sets another",
            ));
        }
        let style = NumberStyle::new(&options.na);
        let mut this = Self { path: path.to_owned(), names: Vec::new(), rows, style, guesses: Vec::new() };
        this.take_header(options);
        if this.rows.is_empty() {
            return Err(ItemError::invalid(path, None, "a header and no row under it").cure("give a file with items"));
        }
        Ok(this)
    }

    /// The first row names the columns where a name that is asked for or usual stands in it, or text stands over numbers.
    fn take_header(&mut self, options: &ItemOptions) {
        let first = &self.rows[0].1;
        let asked = [&options.label_column, &options.input_column, &options.id, &options.time];
        let asked = asked.into_iter().flatten().any(|name| name.parse::<usize>().is_err() && first.iter().any(|cell| cell == name));
        let usual = first.iter().any(|cell| LABEL_NAMES.contains(&cell.to_lowercase().as_str()));
        let number = |cell: &str| matches!(self.style.read(cell), Cell::Number(_));
        let over_numbers = self
            .rows
            .get(1)
            .is_some_and(|(_, second)| first.iter().zip(second).any(|(a, b)| !number(a) && !self.style.is_missing(a) && number(b)))
            && !first.iter().any(number);
        self.names = if asked || usual || over_numbers {
            self.rows.remove(0).1.iter().map(str::to_owned).collect()
        } else {
            (0..first.len()).map(|k| k.to_string()).collect()
        };
    }

    /// The column that `flag` names, by name or number.
    fn find(&self, flag: &str, given: &str) -> Result<usize, ItemError> {
        let by_name = self.names.iter().position(|name| name == given);
        let by_number = || given.parse().ok().filter(|&k: &usize| k < self.names.len());
        by_name.or_else(by_number).ok_or_else(|| {
            let near = self.names.iter().max_by(|a, b| strsim::jaro_winkler(given, a).total_cmp(&strsim::jaro_winkler(given, b)));
            let shown: Vec<&str> = self.names.iter().take(12).map(String::as_str).collect();
            let help = near.map_or(String::new(), |near| format!("did you mean {flag} {near}?"));
            ItemError::usage(format!("{}: no column \"{given}\"; it has {}", self.path, shown.join(", ")), help)
        })
    }

    /// The column that an option names, or the first with a usual name, which is noted.
    fn given_or(
        &mut self,
        flag: &str,
        what: &str,
        given: Option<&String>,
        usual: &[&str],
        taken: &[usize],
    ) -> Result<Option<usize>, ItemError> {
        if let Some(given) = given {
            return self.find(flag, given).map(Some);
        }
        let found = (0..self.names.len()).find(|k| !taken.contains(k) && usual.contains(&self.names[*k].to_lowercase().as_str()));
        if let Some(found) = found {
            self.guesses.push(Guess { what: what.to_owned(), value: self.names[found].clone(), flag: flag.to_owned() });
        }
        Ok(found)
    }

    /// The column of labels.
    pub fn label(&mut self, options: &ItemOptions) -> Result<Option<usize>, ItemError> {
        match self.given_or("--label-column", "labels", options.label_column.as_ref(), &LABEL_NAMES, &[]) {
            // A prediction reads tables without labels too.
            Err(_) if options.unlabelled => Ok(None),
            found => found,
        }
    }

    /// The column that tells items apart, where its values come again from row to row.
    pub fn id(&mut self, options: &ItemOptions, label: Option<usize>) -> Result<Option<usize>, ItemError> {
        let taken: Vec<usize> = label.into_iter().collect();
        let before = self.guesses.len();
        let found = self.given_or("--id", "items by", options.id.as_ref(), &ID_NAMES, &taken)?;
        let repeats = |k: usize| self.rows.windows(2).any(|pair| pair[0].1[k] == pair[1].1[k]);
        if options.id.is_none() && found.is_some_and(|k| !repeats(k)) {
            self.guesses.truncate(before);
            return Ok(None);
        }
        Ok(found)
    }

    /// The column of the time in a long table.
    pub fn time(&mut self, options: &ItemOptions, taken: &[usize]) -> Result<Option<usize>, ItemError> {
        self.given_or("--time", "time", options.time.as_ref(), &TIME_NAMES, taken)
    }

    /// The column of texts, paths or sequences.
    pub fn input(&self, options: &ItemOptions) -> Result<Option<usize>, ItemError> {
        options.input_column.as_ref().map(|given| self.find("--input-column", given)).transpose()
    }

    /// Whether a column holds numbers, as far as is looked: most of its cells are some. What is none among them is an error of its row and
    /// no sign of a column of texts.
    pub fn is_numeric(&self, column: usize) -> bool {
        let (mut numbers, mut others) = (0, 0);
        for (_, row) in self.rows.iter().take(LOOKED_AT) {
            match self.style.read(&row[column]) {
                Cell::Number(_) | Cell::Infinite => numbers += 1,
                Cell::Text => others += 1,
                Cell::Missing => {}
            }
        }
        numbers > others
    }

    /// Whether a column holds sequences of numbers in one cell, as `1 2 3` or `[1.5, 2]`.
    pub fn is_sequence(&self, column: usize) -> bool {
        let rows = || self.rows.iter().take(LOOKED_AT).map(|(_, row)| &row[column]);
        rows().all(|cell| sequence(cell).is_some()) && rows().any(|cell| sequence(cell).is_some_and(|s| s.len() > 1))
    }

    /// Whether a column names files that are there.
    pub fn is_path(&self, column: usize, folder: &Path) -> bool {
        self.rows.iter().take(LOOKED_AT).all(|(_, row)| {
            let path = Path::new(&row[column]);
            path.extension().is_some() && folder.join(path).exists()
        })
    }

    /// A cell as a number, NaN where it is missing.
    pub fn number(&self, line: u64, row: &csv::StringRecord, column: usize) -> Result<f32, ItemError> {
        match self.style.read(&row[column]) {
            Cell::Number(value) if (value as f32).is_finite() => Ok(value as f32),
            Cell::Missing => Ok(f32::NAN),
            _ => {
                Err(ItemError::invalid(&self.path, line, format!("column \"{}\": {:?} is not a number", self.names[column], &row[column]))
                    .cure("--na TEXT for a mark of what is missing; --label-column if this is the label"))
            }
        }
    }
}

/// The numbers of a cell: parted by spaces, commas or semicolons, in brackets or bare.
pub(super) fn sequence(cell: &str) -> Option<Vec<f32>> {
    let bare = cell.trim().trim_start_matches(['[', '(']).trim_end_matches([']', ')']);
    let numbers: Option<Vec<f32>> = bare
        .split([' ', ',', ';'])
        .filter(|part| !part.is_empty())
        .map(|part| {
            if part == "?" || part.eq_ignore_ascii_case("nan") { Some(f32::NAN) } else { part.parse().ok().filter(|v: &f32| v.is_finite()) }
        })
        .collect();
    numbers.filter(|numbers| !numbers.is_empty())
}
