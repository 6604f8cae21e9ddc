//! One row after the other.

use super::fields::{split, text_of};
use super::row::Row;
use super::time::nanos_between;
use super::times::TimeColumns;
use super::{RowReader, ids, label};
use crate::error::DataError;
use crate::files::failed;
use crate::finding::{Finding, FindingKind};
use crate::grid::Cell;

impl RowReader {
    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// A source that cannot be read, a line that is no text or has another number of fields, a value that is no number, a time that is none.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>, DataError> {
        let Some(line) = self.next_line()? else { return Ok(None) };
        split(&mut self.text, self.delimiter, &mut self.fields);
        if self.fields.len() != self.layout.names.len() {
            let message = format!("{} fields, the header has {}", self.fields.len(), self.layout.names.len());
            return Err(self.invalid(Finding::error(FindingKind::Ragged, message).line(line).help("mend the line, or set ⦃delimiter⦄")));
        }
        self.read_values(line)?;
        let time = self.layout.time.read(&|c| Some(&self.text[self.fields[c].clone()]));
        if time.is_none() && self.layout.time != TimeColumns::None {
            return Err(self.bad_time(line));
        }
        let series = self.find_series(line)?;
        if let Some(now) = time
            && let Some(last) = self.last[series].replace(now)
        {
            self.notes.add(nanos_between(last, now), self.step, line);
        }
        let label = self.read_label(line)?;
        let style = &self.style;
        Ok(Some(Row {
            line,
            seconds: time.map(|(seconds, _)| seconds),
            nanos: time.map_or(0, |(_, nanos)| nanos),
            series,
            id: &self.series[series],
            values: &self.values,
            label,
            text: &self.text,
            fields: &self.fields,
            echoed: &self.echoed,
            states: &self.layout.states,
            style,
        }))
    }

    /// Puts the next line that is not blank into `text`; gives its number, or none at the end.
    fn next_line(&mut self) -> Result<Option<u64>, DataError> {
        match self.waiting.pop_front() {
            Some((line, text)) => {
                self.text = text;
                Ok(Some(line))
            }
            None => loop {
                let Some(range) = self.lines.next().map_err(|error| failed(&self.path, error))? else {
                    return Ok(None);
                };
                self.line += 1;
                self.text.clear();
                let text = text_of(&self.lines.bytes()[range], self.line).map_err(|finding| self.invalid(*finding))?;
                self.text.push_str(text);
                if !self.text.trim().is_empty() {
                    return Ok(Some(self.line));
                }
            },
        }
    }

    fn cell(&self, column: usize) -> &str {
        &self.text[self.fields[column].clone()]
    }

    /// Reads the value columns of the line at hand.
    fn read_values(&mut self, line: u64) -> Result<(), DataError> {
        self.values.clear();
        for &c in &self.layout.values {
            let cell = &self.text[self.fields[c].clone()];
            let value = match self.style.read(cell) {
                Cell::Number(value) => value,
                Cell::Missing => f64::NAN,
                bad => {
                    let name = &self.layout.names[c];
                    let (kind, what, help) = match bad {
                        Cell::Infinite => (FindingKind::NotFinite, "is not a finite number", String::new()),
                        _ => (FindingKind::NotANumber, "is not a number", format!(", ⦃states⦄ {name} watches the column's words")),
                    };
                    let finding = Finding::error(kind, format!("\"{cell}\" {what}")).column(name).line(line);
                    return Err(self.invalid(finding.help(format!("⦃na⦄ \"{cell}\" takes it for missing{help}"))));
                }
            };
            self.values.push(value);
        }
        Ok(())
    }

    /// The series of the line at hand.
    fn find_series(&mut self, line: u64) -> Result<usize, DataError> {
        let [columns @ .., last] = &self.layout.ids[..] else { return Ok(0) };
        self.id.clear();
        for &c in columns {
            self.id.push_str(&self.text[self.fields[c].clone()]);
            self.id.push(ids::JOINT);
        }
        self.id.push_str(&self.text[self.fields[*last].clone()]);
        if let Some(&series) = self.series_of.get(&self.id) {
            return Ok(series);
        }
        if let Some(&c) = self.layout.ids.iter().find(|&&c| self.cell(c).is_empty()) {
            let finding = Finding::error(FindingKind::Missing, "the id of the series is missing").column(&self.layout.names[c]).line(line);
            return Err(self.invalid(finding.help("fill in the cell or delete the row; ⦃id⦄ none takes all rows for one series")));
        }
        let series = self.series.len();
        self.series.push(self.id.clone());
        self.series_of.insert(self.id.clone(), series);
        self.last.push(None);
        Ok(series)
    }

    fn read_label(&mut self, line: u64) -> Result<Option<u8>, DataError> {
        let Some(c) = self.layout.label else { return Ok(None) };
        let cell = self.cell(c);
        if self.style.is_missing(cell) {
            return Ok(None);
        }
        if let Some(known) = self.labels.iter().position(|word| word == cell) {
            return Ok(Some(known as u8));
        }
        let word = label::same(cell);
        if let Some(known) = self.labels.iter().position(|known| label::same(known) == word) {
            return Ok(Some(known as u8));
        }
        let cell = cell.to_owned();
        self.labels.push(cell.clone());
        let count = self.labels.len();
        if count > label::MOST_WORDS || (count > 2 && !self.labels.iter().any(|word| label::is_ordinary(word))) {
            let others = self.labels[..2].iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" and ");
            let finding = Finding::error(FindingKind::NotANumber, format!("\"{cell}\" is a further word beside {others}"))
                .column(&self.layout.names[c])
                .line(line);
            let help = "a label holds two words, or several of which \"normal\" or 0 means an ordinary row; ⦃label⦄ names another column";
            return Err(self.invalid(finding.help(help)));
        }
        Ok(Some((count - 1) as u8))
    }

    fn bad_time(&self, line: u64) -> DataError {
        let columns = self.layout.time.columns();
        let cell = columns.iter().map(|&c| self.cell(c)).collect::<Vec<_>>().join(" ");
        let finding = Finding::error(FindingKind::NotATime, format!("\"{cell}\" is no time of the form of the first rows"))
            .column(&self.layout.names[columns[0]])
            .line(line);
        self.invalid(finding.help("mend the cell, or count the rows with ⦃time⦄ row"))
    }
}
