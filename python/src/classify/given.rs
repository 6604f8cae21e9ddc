//! Items and labels where Python has them.

use std::path::PathBuf;

use gatewise::Error;
use gatewise::data::items::{ItemOptions, ItemSet, Label, read_items};
use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;

use crate::errors::raised;

/// What errors call items from memory.
const PLACE: &str = "X";

/// Items where Python has them.
pub enum Given {
    File(PathBuf),
    Series { channels: usize, items: Vec<Vec<f64>> },
    Texts(Vec<String>),
}

/// Labels where Python has them: one or several an item.
pub enum Labels {
    /// Names of classes, and which of them each item has.
    Classes { names: Vec<String>, codes: Vec<usize> },
    /// Values: (N, K), with the names of several.
    Values { names: Vec<String>, rows: Vec<Vec<f64>> },
}

impl Given {
    /// A path; numbers one after the other with the steps of each item and the channels; or a list of texts.
    pub fn of(items: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(path) = items.extract::<PathBuf>() {
            return Ok(Self::File(path));
        }
        if let Ok(texts) = items.extract::<Vec<String>>() {
            return Ok(Self::Texts(texts));
        }
        let (numbers, steps, channels): (PyReadonlyArray1<'_, f64>, Vec<usize>, usize) = items.extract()?;
        let numbers = numbers.as_slice()?;
        let mut items = Vec::with_capacity(steps.len());
        let mut rest = numbers;
        for steps in steps {
            let cut = rest.split_at_checked(steps.saturating_mul(channels));
            let (item, behind) = cut.ok_or_else(|| raised(Error::usage("the numbers are fewer than the steps of the items")))?;
            items.push(item.to_vec());
            rest = behind;
        }
        Ok(Self::Series { channels, items })
    }

    /// The items, with labels and groups where they are given.
    pub fn read(self, options: &ItemOptions, labels: Option<Labels>, groups: Option<Vec<String>>) -> Result<ItemSet, Error> {
        let mut set = match self {
            Self::File(path) => return Ok(read_items(&path, options)?),
            Self::Series { channels, items } => ItemSet::from_series(channels, items.into_iter().map(|item| (item, Label::None)))?,
            Self::Texts(texts) => ItemSet::from_texts(texts.into_iter().map(|text| (text, Label::None)))?,
        };
        PLACE.clone_into(&mut set.path);
        match labels {
            Some(Labels::Classes { names, codes }) => {
                for (item, code) in set.items.iter_mut().zip(codes) {
                    item.label = names.get(code).cloned().into();
                }
            }
            Some(Labels::Values { names, rows }) => {
                for (item, row) in set.items.iter_mut().zip(rows) {
                    item.label = match (&row[..], names.is_empty()) {
                        ([value], true) => (*value).into(),
                        _ => Label::Several(row.iter().map(|value| Some(value.to_string())).collect()),
                    };
                }
                set.known.targets = names;
            }
            None => {}
        }
        for (item, group) in set.items.iter_mut().zip(groups.into_iter().flatten()) {
            item.group = Some(group);
        }
        Ok(set)
    }
}

impl Labels {
    /// Names of classes with the number of each item's, or values (N, K) with the names of several.
    pub fn of(labels: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (names, values): (Vec<String>, Bound<'_, PyAny>) = labels.extract()?;
        if let Ok(rows) = values.extract::<PyReadonlyArray2<'_, f64>>() {
            return Ok(Self::Values { names, rows: rows.as_array().rows().into_iter().map(|row| row.to_vec()).collect() });
        }
        Ok(Self::Classes { names, codes: values.extract()? })
    }
}
