//! Which column of a table is what.

use super::cells::LOOKED_AT;
use super::error::ItemError;
use super::known::Known;
use super::line_count::Lines;
use super::options::ItemOptions;
use super::targets::is_target;
use crate::choice::Choice;
use crate::grid::{Cell, CommaEvidence, NumberStyle, comma_evidence};
use crate::table::find_delimiter;
use crate::time::Hint;

/// Names that a column of labels has where nobody says, the most telling first: a plain `y` is as often a coordinate.
pub(super) const LABEL_NAMES: [&str; 8] = ["label", "labels", "class", "target", "category", "sentiment", "emotion", "y"];

/// Names that the column of a long table's items has.
const ID_NAMES: [&str; 9] = ["id", "item", "item_id", "unique_id", "sequence", "sequence_id", "series", "series_id", "sample_id"];

/// Names of columns that say whose an item is.
const GROUP_NAMES: [&str; 8] = ["subject", "subject_id", "participant", "participant_id", "patient", "patient_id", "speaker", "speaker_id"];

/// Names of columns that only count the rows.
const ROW_NUMBER_NAMES: [&str; 8] = ["", "unnamed: 0", "index", "row", "item", "sample", "no", "nr"];

/// Names that the column of a long table's time has.
const TIME_NAMES: [&str; 9] = ["time", "t", "step", "timestamp", "ds", "date", "frame", "index", "position"];

/// A table as cells.
pub(super) struct Cells {
    pub path: String,
    /// Column names; numbers from 0 where the table has none.
    pub names: Vec<String>,
    /// Whether the table named them.
    pub header: bool,
    /// Line and cells of each row, all as many as there are names.
    pub rows: Vec<(u64, csv::StringRecord)>,
    pub style: NumberStyle,
    /// Columns of several values an item; empty where there is one label.
    pub targets: Vec<usize>,
    pub guesses: Vec<Choice>,
}

impl Cells {
    /// Splits a text. Lines are those of the file, whatever ends them; `named` says that the first names the columns.
    pub fn parse(path: &str, text: &str, named: bool, options: &ItemOptions) -> Result<Self, ItemError> {
        let delimiter = options.delimiter.unwrap_or_else(|| find_delimiter(text));
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let (mut rows, mut lines) = (Vec::new(), Lines::new(text));
        loop {
            let before = reader.position().byte() as usize;
            let mut record = csv::StringRecord::new();
            let more = reader.read_record(&mut record);
            let (line, _) = lines.start_of_row(before);
            match more {
                Ok(true) if record.len() == 1 && record[0].is_empty() => {}
                Ok(true) => rows.push((line, record)),
                Ok(false) => break,
                Err(_) => return Err(ItemError::invalid(path, line, "the row cannot be split into fields")),
            }
        }
        let Some(width) = rows.first().map(|(_, first)| first.len()) else {
            return Err(ItemError::invalid(path, None, "there is no row in it").remedy("give a file with items"));
        };
        if let Some((line, row)) = rows.iter().find(|(_, row)| row.len() != width) {
            return Err(ItemError::invalid(path, *line, format!("{} fields, the first row has {width}", row.len())).remedy(
                "a field with the delimiter in it wants quotes; shorter sequences keep their empty fields; ⦃delimiter⦄ sets another",
            ));
        }
        let decimal_comma = delimiter != b',' && decimal_comma(&rows);
        let mut style = NumberStyle::new(&options.na);
        style.decimal_comma = decimal_comma;
        let mut this =
            Self { path: path.to_owned(), names: Vec::new(), header: false, rows, style, targets: Vec::new(), guesses: Vec::new() };
        this.take_header(named, options);
        if this.rows.is_empty() {
            return Err(ItemError::invalid(path, None, "a header and no row under it").remedy("give a file with items"));
        }
        Ok(this)
    }

    /// The first row names the columns where a name that is asked for or usual stands in it, or text stands over numbers.
    fn take_header(&mut self, named: bool, options: &ItemOptions) {
        let first = &self.rows[0].1;
        let known = options.known.as_ref();
        let asked = [&options.label_column, &options.input_column, &options.id, &options.time, &options.group].into_iter().flatten();
        let known = known.filter(|k| k.header).map(Known::names).into_iter().flatten();
        let asked = asked.flat_map(|name| std::iter::once(name.as_str()).chain(name.split(',').map(str::trim)));
        let asked =
            asked.chain(known.map(String::as_str)).any(|name| name.parse::<usize>().is_err() && first.iter().any(|cell| cell == name));
        let usual = first.iter().any(|cell| LABEL_NAMES.contains(&cell.to_lowercase().as_str()));
        let number = |cell: &str| matches!(self.style.read(cell), Cell::Number(_));
        let over_numbers = self
            .rows
            .get(1)
            .is_some_and(|(_, second)| first.iter().zip(second).any(|(a, b)| !number(a) && !self.style.is_missing(a) && number(b)))
            && !first.iter().any(number);
        self.header = named || asked || usual || over_numbers;
        self.names = if self.header {
            self.rows.remove(0).1.iter().map(str::to_owned).collect()
        } else {
            (0..first.len()).map(|k| k.to_string()).collect()
        };
    }

    /// The column that `flag` names, by name or number.
    pub fn find(&self, flag: &str, given: &str) -> Result<usize, ItemError> {
        let by_name = self.names.iter().position(|name| name == given);
        let by_number = || given.parse().ok().filter(|&k: &usize| k < self.names.len());
        by_name.or_else(by_number).ok_or_else(|| {
            let near = self.names.iter().max_by(|a, b| strsim::jaro_winkler(given, a).total_cmp(&strsim::jaro_winkler(given, b)));
            let shown: Vec<&str> = self.names.iter().take(12).map(String::as_str).collect();
            let parts: Vec<&str> = given.split(',').map(str::trim).collect();
            if parts.len() > 1 && parts.iter().all(|part| self.names.iter().any(|name| name == part)) {
                let message = format!("{}: {flag} names one column, and {given} are {}", self.path, parts.len());
                return ItemError::usage(
                    message,
                    format!(
                        "train a model for each: {flag} {}, then the others; `gatewise train regress` learns several values at once",
                        parts[0]
                    ),
                );
            }
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
        let found =
            usual.iter().find_map(|name| (0..self.names.len()).find(|k| !taken.contains(k) && self.names[*k].to_lowercase() == *name));
        if let Some(found) = found {
            self.guesses.push(Choice { what: what.to_owned(), value: self.names[found].clone(), flag: flag.to_owned() });
        }
        Ok(found)
    }

    /// The column of a name that a trained model knows.
    pub fn named(&self, name: Option<&String>) -> Option<usize> {
        name.filter(|_| self.header).and_then(|name| self.names.iter().position(|n| n == name))
    }

    /// The column of labels; the first of several targets.
    pub fn label(&mut self, options: &ItemOptions) -> Result<Option<usize>, ItemError> {
        if options.several
            && let Some(found) = self.several(options)?
        {
            self.targets = found;
            return Ok(self.targets.first().copied());
        }
        let known = options.known.as_ref().and_then(|known| self.named(known.label.as_ref()));
        if let (None, Some(known)) = (&options.label_column, known) {
            return Ok(Some(known));
        }
        match self.given_or("⦃label-column⦄", "labels", options.label_column.as_ref(), &LABEL_NAMES, &[]) {
            // A prediction reads tables without labels too.
            Err(_) if options.unlabelled => Ok(None),
            found => found,
        }
    }

    /// Columns beside that of the labels which labels usually stand in.
    pub fn other_labels(&self, label: Option<usize>) -> Vec<usize> {
        // A plain `y` beside an `x` is a coordinate.
        let telling = &LABEL_NAMES[..LABEL_NAMES.len() - 1];
        let usual = |k: &usize| telling.contains(&self.names[*k].to_lowercase().as_str()) || is_target(&self.names[*k]);
        (0..self.names.len()).filter(|k| label.is_some() && Some(*k) != label && !self.targets.contains(k) && usual(k)).collect()
    }

    /// The column of those whose items belong together, where `--group` names one or a usual name says so.
    pub fn group(&mut self, options: &ItemOptions, taken: &[usize]) -> Option<usize> {
        let free = |k: usize| (!taken.contains(&k)).then_some(k);
        match (&options.group, &options.known) {
            (Some(given), _) => self.names.iter().position(|name| name == given).and_then(free),
            (None, Some(known)) => self.named(known.group.as_ref()).and_then(free),
            (None, None) => {
                let before = self.guesses.len();
                let found = self.given_or("⦃group⦄", "groups by", None, &GROUP_NAMES, taken).ok().flatten();
                // The subject of a letter is no person: it has words, and comes once.
                let owns = found.is_some_and(|k| !self.has_words(k) && 2 * self.distinct(k) <= self.rows.len());
                if !owns {
                    self.guesses.truncate(before);
                }
                found.filter(|_| owns)
            }
        }
    }

    /// The column that `--id` names.
    pub fn given_id(&self, options: &ItemOptions) -> Result<Option<usize>, ItemError> {
        options.id.as_ref().map(|given| self.find("⦃id⦄", given)).transpose()
    }

    /// Whether most cells of a column are of several words.
    pub fn has_words(&self, column: usize) -> bool {
        let looked = self.rows.len().min(LOOKED_AT);
        2 * self.rows.iter().take(LOOKED_AT).filter(|(_, row)| row[column].contains(char::is_whitespace)).count() >= looked
    }

    /// The column with a usual name for what tells items apart.
    pub fn usual_id(&self, taken: &[usize]) -> Option<usize> {
        ID_NAMES.iter().find_map(|name| (0..self.names.len()).find(|k| !taken.contains(k) && self.names[*k].to_lowercase() == *name))
    }

    /// Columns with a usual name of a time.
    pub fn times(&self) -> Vec<usize> {
        (0..self.names.len()).filter(|&k| TIME_NAMES.contains(&self.names[k].to_lowercase().as_str())).collect()
    }

    /// Whether a column's name says that it holds ids, as `id` and `sample_id` do; a `sequence` may as well be what is learned from.
    pub fn is_called_id(&self, column: usize) -> bool {
        let name = self.names[column].to_lowercase();
        name == "id" || name.ends_with("_id")
    }

    /// Columns that only count the rows, as tables written with their index have.
    pub fn row_numbers(&self) -> Vec<usize> {
        let counts = |k: usize| {
            let first = self.rows[0].1[k].parse::<u64>().ok().filter(|first| *first <= 1);
            first.is_some_and(|first| (first..).zip(&self.rows).all(|(n, (_, row))| row[k].parse() == Ok(n)))
        };
        let called = |k: usize| ROW_NUMBER_NAMES.contains(&self.names[k].to_lowercase().as_str());
        (0..self.names.len()).filter(|&k| self.header && self.rows.len() > 1 && called(k) && counts(k)).collect()
    }

    /// Values of a column that differ.
    pub fn distinct(&self, column: usize) -> usize {
        self.rows.iter().map(|(_, row)| &row[column]).collect::<std::collections::HashSet<_>>().len()
    }

    /// The column of the time in a long table, and what is said of its form behind a colon.
    pub fn time(&mut self, options: &ItemOptions, taken: &[usize]) -> Result<(Option<usize>, Option<Hint>), ItemError> {
        let known = options.known.as_ref().and_then(|known| self.named(known.time.as_ref()));
        if let (None, Some(known)) = (&options.time, known) {
            return Ok((Some(known), None));
        }
        if let Some((name, hint)) = options.time.as_ref().and_then(|given| given.rsplit_once(':'))
            && let Ok(hint) = hint.parse()
        {
            return Ok((Some(self.find("⦃time⦄", name)?), Some(hint)));
        }
        Ok((self.given_or("⦃time⦄", "time", options.time.as_ref(), &TIME_NAMES, taken)?, None))
    }

    /// The column of texts, paths or sequences.
    pub fn input(&self, options: &ItemOptions) -> Result<Option<usize>, ItemError> {
        match &options.input_column {
            Some(given) => self.find("⦃input-column⦄", given).map(Some),
            None => Ok(options.known.as_ref().and_then(|known| self.named(known.input.as_ref()))),
        }
    }
}

/// Whether cells are written with a decimal comma: some can be nothing else, and none is written with a point.
fn decimal_comma(rows: &[(u64, csv::StringRecord)]) -> bool {
    let evidence = || rows.iter().take(LOOKED_AT).flat_map(|(_, row)| row.iter()).map(comma_evidence);
    evidence().any(|e| e == CommaEvidence::Decimal) && evidence().all(|e| e != CommaEvidence::Thousands)
}
