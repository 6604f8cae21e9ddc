//! Items from memory.

use super::{Content, Form, ItemError, ItemSet, Known, Label, RawItem};

/// What errors and reports call the place.
const PLACE: &str = "<memory>";

impl ItemSet {
    /// Series of numbers, (T, C) row-major with `channels` numbers a step, each with a class, a value or no label. They may differ in length;
    /// items are called by their numbers from 0.
    ///
    /// ```
    /// use gatewise_data::items::ItemSet;
    /// let named = ItemSet::from_series(1, [(vec![0.0, 1.0, 2.0], "up"), (vec![2.0, 1.0], "down")])?;
    /// let valued = ItemSet::from_series(2, [(vec![0.0, 1.0, 2.0, 3.0], 0.7)])?;
    /// let unknown = ItemSet::from_series(1, [(vec![3.0, 4.0], None::<&str>)])?;
    /// assert_eq!((named.items.len(), valued.channels.len()), (2, 2));
    /// # Ok::<(), gatewise_data::items::ItemError>(())
    /// ```
    ///
    /// # Errors
    /// No item, an item without a step or with a part of one, and a number that is not finite; the item is named.
    pub fn from_series<L: Into<Label>>(channels: usize, items: impl IntoIterator<Item = (Vec<f64>, L)>) -> Result<Self, ItemError> {
        let items = items.into_iter().enumerate().map(|(number, (values, label))| {
            let wrong = |problem: String| Err(ItemError::invalid(PLACE, None, format!("item {number}: {problem}")));
            if values.is_empty() || channels == 0 || values.len() % channels != 0 {
                return wrong(format!("{} numbers are no sequence of {channels} channels", values.len()));
            }
            if let Some(at) = values.iter().position(|value| !value.is_finite()) {
                return wrong(format!("step {} is {}", at / channels, values[at]));
            }
            Ok(item(number, Content::Numbers(values), label))
        });
        of(items.collect::<Result<_, _>>()?, Form::Sequences, (1..=channels).map(|k| k.to_string()).collect())
    }

    /// Texts, each with a class, a value or no label. Items are called by their numbers from 0.
    ///
    /// # Errors
    /// No item.
    pub fn from_texts<T: Into<String>, L: Into<Label>>(items: impl IntoIterator<Item = (T, L)>) -> Result<Self, ItemError> {
        let items = items.into_iter().enumerate().map(|(number, (text, label))| item(number, Content::Text(text.into()), label));
        of(items.collect(), Form::Texts, Vec::new())
    }
}

fn item(number: usize, content: Content, label: impl Into<Label>) -> RawItem {
    RawItem { name: number.to_string(), label: label.into(), group: None, content }
}

fn of(items: Vec<RawItem>, form: Form, channels: Vec<String>) -> Result<ItemSet, ItemError> {
    if items.is_empty() {
        return Err(ItemError::invalid(PLACE, None, "there is no item"));
    }
    let (path, known) = (PLACE.to_owned(), Known::default());
    Ok(ItemSet { path, form, channels, known, items, guesses: Vec::new(), notes: Vec::new() })
}

impl From<&str> for Label {
    fn from(label: &str) -> Self {
        Self::One(label.to_owned())
    }
}

impl From<String> for Label {
    fn from(label: String) -> Self {
        Self::One(label)
    }
}

/// A value, digit for digit.
impl From<f64> for Label {
    fn from(value: f64) -> Self {
        Self::One(value.to_string())
    }
}

/// The number of a class.
impl From<usize> for Label {
    fn from(class: usize) -> Self {
        Self::One(class.to_string())
    }
}

impl<L: Into<Label>> From<Option<L>> for Label {
    fn from(label: Option<L>) -> Self {
        label.map_or(Self::None, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_series_is_named() {
        let said =
            |channels, values: Vec<f64>| ItemSet::from_series(channels, [(vec![1.0; 6], "a"), (values, "b")]).unwrap_err().to_string();
        for (channels, values, problem) in [
            (2, vec![1.0; 3], "item 1: 3 numbers are no sequence of 2 channels"),
            (2, Vec::new(), "item 1: 0 numbers are no sequence of 2 channels"),
            (0, vec![1.0], "item 0: 6 numbers are no sequence of 0 channels"),
            (2, vec![1.0, 2.0, f64::NAN, 1.0], "item 1: step 1 is NaN"),
        ] {
            assert_eq!(said(channels, values), format!("<memory>: {problem}"));
        }
        assert!(ItemSet::from_texts(Vec::<(&str, &str)>::new()).is_err());
    }

    #[test]
    fn labels_are_texts_and_values_come_back() {
        assert_eq!(
            (Label::from("a"), Label::from(None::<f64>), Label::from(3)),
            (Label::One("a".into()), Label::None, Label::One("3".into()))
        );
        let value = 0.1 + 0.2;
        assert!(matches!(Label::from(Some(value)), Label::One(text) if text.parse() == Ok(value)));
    }
}
