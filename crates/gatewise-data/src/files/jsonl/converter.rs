//! Lines of JSON as delimited lines while they come, for a table that is still being written.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read};

use super::cell::{object, twice};
use crate::files::Refused;
use crate::finding::{Finding, FindingKind};
use crate::grid::write_cell;

/// A source of lines of JSON as one of lines whose first names the columns: the keys of the first object. A key that a later object lacks is an empty
/// cell; one that is new there is refused.
pub(crate) struct Converter<R> {
    source: BufReader<R>,
    /// The place of each key among the columns.
    keys: HashMap<String, usize>,
    line: u64,
    ready: Vec<u8>,
    given: usize,
}

impl<R: Read> Converter<R> {
    pub fn new(source: R) -> Self {
        Self { source: BufReader::new(source), keys: HashMap::new(), line: 0, ready: Vec::new(), given: 0 }
    }

    /// Makes the next line ready; nothing at the end.
    fn convert(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.given = 0;
        let mut text = String::new();
        while self.ready.is_empty() {
            text.clear();
            if self.source.read_line(&mut text)? == 0 {
                return Ok(());
            }
            self.line += 1;
            let text = if self.line == 1 { text.strip_prefix('\u{feff}').unwrap_or(&text) } else { &text };
            if text.trim().is_empty() {
                // Lines keep their numbers, and the first one names the columns.
                if !self.keys.is_empty() {
                    self.ready.push(b'\n');
                }
                continue;
            }
            let pairs = object(text, self.line).map_err(Refused::error)?;
            if self.keys.is_empty() {
                self.keys = pairs.iter().enumerate().map(|(column, (key, _))| (key.clone(), column)).collect();
                self.write(&mut pairs.iter().map(|(key, _)| key.clone()));
            }
            let mut cells = vec![None; self.keys.len()];
            for (key, cell) in pairs {
                let Some(column) = self.keys.get(&key) else {
                    let finding = Finding::error(FindingKind::Ragged, "the first object has no such key").line(self.line).column(&key);
                    return Err(Refused::error(finding.help("give it there, as null, or leave it out")));
                };
                // Of a key that is there twice the columns are fewer than the keys.
                match cells.get_mut(*column) {
                    Some(place @ None) => *place = Some(cell.text()),
                    _ => return Err(Refused::error(twice(&key, self.line))),
                }
            }
            let cells: Vec<String> = cells.into_iter().map(Option::unwrap_or_default).collect();
            self.write(&mut cells.into_iter());
        }
        Ok(())
    }

    fn write(&mut self, cells: &mut dyn Iterator<Item = String>) {
        for (column, cell) in cells.enumerate() {
            if column > 0 {
                self.ready.push(b',');
            }
            // A row is a line.
            write_cell(&mut self.ready, &cell.replace(['\n', '\r'], " "), b',');
        }
        self.ready.push(b'\n');
    }
}

impl<R: Read> Read for Converter<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.given == self.ready.len() {
            self.convert()?;
        }
        let count = (self.ready.len() - self.given).min(out.len());
        out[..count].copy_from_slice(&self.ready[self.given..][..count]);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_become_rows_under_the_keys_of_the_first() {
        let text = "\u{feff}{\"t\": 1, \"name\": \"a,b\"}\n\n{\"name\": null, \"t\": 2.5}\n{\"t\": 3}\n";
        let mut out = String::new();
        Converter::new(text.as_bytes()).read_to_string(&mut out).unwrap();
        assert_eq!(out, "t,name\n1,\"a,b\"\n\n2.5,\n3,\n");
    }

    #[test]
    fn new_keys_and_nested_values_are_refused_with_their_line() {
        for (text, said, line) in [
            ("{\"a\": 1}\n{\"b\": 1}\n", "no such key", 2),
            ("{\"a\": 1}\n{\"a\": []}\n", "an array", 2),
            ("{\"a\": 1, \"a\": 1}\n", "twice", 1),
        ] {
            let error = Converter::new(text.as_bytes()).read_to_string(&mut String::new()).unwrap_err();
            let Refused(finding) = error.downcast().unwrap();
            assert!(finding.message.contains(said) && finding.help.is_some(), "{}", finding.message);
            assert_eq!(finding.line, Some(line));
        }
    }
}
