//! The values of a column over all messages.

use super::super::hold;
use super::super::typed::Raw;
use super::Damage;
use super::schema::{Field, Layout};
use crate::finding::Finding;

/// Values so far.
pub(super) struct Gathered {
    pub raw: Raw,
}

impl Gathered {
    pub fn new(field: &Field) -> Self {
        let raw = match field.kind.as_ref().map(|kind| kind.layout) {
            Ok(Layout::Bits) => Raw::Bools(Vec::new()),
            Ok(Layout::Whole { .. }) => Raw::Whole(Vec::new()),
            Ok(Layout::Wide(_)) => Raw::Wide(Vec::new()),
            Ok(Layout::Float(_)) => Raw::Floats(Vec::new()),
            Ok(Layout::Null | Layout::Texts(_) | Layout::Views) | Err(_) => Raw::Texts(Vec::new()),
        };
        Self { raw }
    }

    /// Puts those of a message behind, which are `rows`.
    pub fn push(&mut self, values: Raw, rows: usize) -> Result<(), Damage> {
        if values.len() != rows {
            return Err("columns of a batch differ in length".to_owned());
        }
        match (&mut self.raw, values) {
            (Raw::Bools(out), Raw::Bools(mut values)) => out.append(&mut values),
            (Raw::Whole(out), Raw::Whole(mut values)) => out.append(&mut values),
            (Raw::Wide(out), Raw::Wide(mut values)) => out.append(&mut values),
            (Raw::Floats(out), Raw::Floats(mut values)) => out.append(&mut values),
            (Raw::Texts(out), Raw::Texts(mut values)) => out.append(&mut values),
            _ => return Err("the batches of a column differ".to_owned()),
        }
        Ok(())
    }

    /// The values at these places; missing where a place is.
    pub fn at(&self, places: &[Option<usize>], texts: &mut usize) -> Result<Raw, Finding> {
        fn take<T: Clone>(values: &[T], places: &[Option<usize>], missing: &T) -> Result<Vec<T>, Finding> {
            let one = |place: &Option<usize>| match place {
                None => Ok(missing.clone()),
                Some(place) => {
                    values.get(*place).cloned().ok_or_else(|| super::super::damaged("Arrow", "a value lies beyond its dictionary"))
                }
            };
            places.iter().map(one).collect()
        }
        Ok(match &self.raw {
            Raw::Bools(values) => Raw::Bools(take(values, places, &None)?),
            Raw::Whole(values) => Raw::Whole(take(values, places, &None)?),
            Raw::Wide(values) => Raw::Wide(take(values, places, &None)?),
            Raw::Floats(values) => Raw::Floats(take(values, places, &f64::NAN)?),
            Raw::Texts(values) => {
                let length = |place: &usize| values.get(*place).map_or(0, String::len);
                *texts = texts.saturating_add(places.iter().flatten().map(length).sum());
                hold("its texts", *texts as u128)?;
                Raw::Texts(take(values, places, &String::new())?)
            }
        })
    }
}
