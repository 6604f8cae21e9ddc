//! What a detector keeps of its table, so that later rows are read alike.

use gatewise_data::{NO_COLUMN, RowOptions, RowReader};
use serde::{Deserialize, Serialize};

/// What a model file keeps of the table that it was trained on. Older files lack the columns beside numbers, of which there were none then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataSpec {
    /// Names of the channels.
    pub channels: Vec<String>,
    /// Names of the columns of states.
    #[serde(default)]
    pub states: Vec<String>,
    /// Names of the channels that count.
    #[serde(default)]
    pub counters: Vec<String>,
    /// Id columns.
    #[serde(default)]
    pub ids: Vec<String>,
    /// The column of times, where one was named.
    pub time: Option<String>,
    /// Words that stand for a missing value, beside the usual ones.
    pub na: Vec<String>,
    /// The time of the last row, as seconds or a count.
    pub last: Option<i64>,
}

/// Names, or the word for none.
fn or_none(names: &[String]) -> Vec<String> {
    if names.is_empty() { vec![NO_COLUMN.to_owned()] } else { names.to_vec() }
}

impl DataSpec {
    /// Of the table of a reader.
    pub fn of(reader: &RowReader, options: &RowOptions) -> Self {
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let channels = owned(reader.channels());
        let counters = channels.iter().zip(reader.counters()).filter(|(_, counts)| **counts).map(|(name, _)| name.clone()).collect();
        Self {
            states: owned(reader.state_columns()),
            ids: owned(reader.id_columns()),
            counters,
            channels,
            time: options.time.clone(),
            na: options.na.clone(),
            last: None,
        }
    }

    /// How later rows are read: as the model's own were, where `given` does not say otherwise.
    pub fn options(&self, given: RowOptions) -> RowOptions {
        let or = |given: Vec<String>, own: &[String]| if given.is_empty() { or_none(own) } else { given };
        let counters = Some(or_none(&self.counters_of(&given.values)));
        RowOptions {
            values: or(given.values, &self.channels),
            time: given.time.or_else(|| self.time.clone()),
            id: given.id.or_else(|| Some(or_none(&self.ids).join(","))),
            states: given.states.or_else(|| Some(or_none(&self.states))),
            counters,
            na: if given.na.is_empty() { self.na.clone() } else { given.na },
            ..given
        }
    }

    /// The counters, which keep their places among the channels under other names.
    fn counters_of(&self, values: &[String]) -> Vec<String> {
        let names = if values.is_empty() { &self.channels[..] } else { values };
        let places = self.channels.iter().enumerate().filter(|(_, name)| self.counters.contains(name));
        places.filter_map(|(place, _)| names.get(place).cloned()).collect()
    }
}
