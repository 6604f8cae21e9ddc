//! sktime's .ts: a header of `@` lines, then an item a line, its channels parted by colons, its label last.

use super::error::ItemError;
use super::{Content, Form, ItemSet, Known, Label, RawItem};

/// Whether a text begins as a .ts file does.
pub(super) fn is_ts(text: &str) -> bool {
    text.lines().map(str::trim).find(|line| !is_comment(line)).is_some_and(|line| line.starts_with('@'))
}

/// Whether a line says nothing: it is empty or a comment, which `#` begins, or `%` as in Weka's files.
fn is_comment(line: &str) -> bool {
    line.is_empty() || line.starts_with(['#', '%'])
}

/// What the header says.
#[derive(Default)]
struct Header {
    /// Whether the last part of a line is a label (`@classLabel true`, `@targetLabel true`).
    labelled: bool,
    classes: Vec<String>,
    /// `@timeStamps true`: values are pairs.
    stamped: bool,
}

pub(super) fn read(path: &str, text: &str) -> Result<ItemSet, ItemError> {
    let mut header = Header::default();
    let mut data = false;
    let (mut items, mut channels) = (Vec::new(), 0);
    for (number, line) in (1_u64..).zip(text.lines()) {
        let line = line.trim();
        if is_comment(line) {
            continue;
        }
        if !data {
            data = header.line(path, number, line)?;
            continue;
        }
        let mut parts: Vec<&str> = line.split(':').collect();
        let label = if header.labelled { parts.pop().map(str::trim) } else { None };
        let rows = parts.iter().map(|part| values(path, number, part)).collect::<Result<Vec<_>, _>>()?;
        let (count, steps) = (rows.len(), rows.first().map_or(0, Vec::len));
        if channels == 0 {
            channels = count;
        }
        if count == 0 || count != channels {
            let label = if header.labelled { " and a label" } else { "" };
            return Err(ItemError::invalid(path, number, format!("{count} channels{label}; the items before have {channels}")));
        }
        if let Some(k) = rows.iter().position(|row| row.len() != steps) {
            let problem = format!("channel {} has {} values, channel 1 has {steps}", k + 1, rows[k].len());
            return Err(ItemError::invalid(path, number, problem));
        }
        let label = match label {
            None | Some("?" | "") => Label::None,
            Some(label) => {
                if !header.classes.is_empty() && !header.classes.iter().any(|class| class == label) {
                    let problem = format!("the label {label:?} is not among those of @classLabel: {}", header.classes.join(" "));
                    return Err(ItemError::invalid(path, number, problem));
                }
                Label::One(label.to_owned())
            }
        };
        let numbers = (0..steps).flat_map(|t| rows.iter().map(move |row| row[t])).collect();
        items.push(RawItem { name: format!("line {number}"), label, group: None, content: Content::Numbers(numbers) });
    }
    if !data {
        return Err(ItemError::invalid(path, None, "there is no @data line").remedy("the file may be cut off"));
    }
    let channels = (1..=channels).map(|k| k.to_string()).collect();
    let known = Known { form: Some(Form::Ts), ..Known::default() };
    Ok(ItemSet { path: path.to_owned(), form: Form::Ts, channels, known, items, guesses: Vec::new(), notes: Vec::new() })
}

impl Header {
    /// Takes a line; true where the data begin behind it.
    fn line(&mut self, path: &str, number: u64, line: &str) -> Result<bool, ItemError> {
        let mut words = line.split_whitespace();
        let key = words.next().unwrap_or_default().to_ascii_lowercase();
        let flag = |word: Option<&str>| word.is_some_and(|w| w.eq_ignore_ascii_case("true"));
        match key.as_str() {
            "@data" => {
                if self.stamped {
                    return Err(ItemError::invalid(path, number, "items with time stamps are not read")
                        .remedy("write the values alone, one a step, with @timeStamps false"));
                }
                return Ok(true);
            }
            "@classlabel" => {
                self.labelled = flag(words.next());
                self.classes = words.map(str::to_owned).collect();
            }
            "@targetlabel" => self.labelled = flag(words.next()),
            "@timestamps" => self.stamped = flag(words.next()),
            key if key.starts_with('@') => {}
            _ => return Err(ItemError::invalid(path, number, "neither a line of the header, which begins with @, nor behind @data")),
        }
        Ok(false)
    }
}

/// The values of one channel; `?` is a missing one.
fn values(path: &str, line: u64, part: &str) -> Result<Vec<f64>, ItemError> {
    let value = |cell: &str| match cell.trim() {
        "?" | "NaN" | "nan" => Ok(f64::NAN),
        cell => match cell.parse::<f64>() {
            Ok(value) if (value as f32).is_finite() => Ok(value),
            _ => Err(ItemError::invalid(path, line, format!("{cell:?} is not a number"))),
        },
    };
    let part = part.trim();
    if part.is_empty() {
        return Err(ItemError::invalid(path, line, "a channel without a value"));
    }
    part.split(',').map(value).collect()
}
