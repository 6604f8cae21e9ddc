//! Which column of a stream is what.

use super::kinds::{self, Kinds};
use super::row::NO_COLUMN;
use super::sample::Sample;
use super::times::{self, TimeColumns};
use super::{RowOptions, ids, label};
use crate::choice::Choice;
use crate::error::DataError;
use crate::finding::{Finding, FindingKind};

/// Columns by role.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    pub names: Vec<String>,
    pub time: TimeColumns,
    /// Columns that name the series; empty where there is one.
    pub ids: Vec<usize>,
    pub values: Vec<usize>,
    /// Whether each of `values` is a counter.
    pub counters: Vec<bool>,
    pub states: Vec<usize>,
    pub label: Option<usize>,
}

/// Roles, and what was found out on the way to them.
pub(super) struct Found {
    pub layout: Layout,
    pub guesses: Vec<Choice>,
    pub left_out: Vec<Finding>,
}

/// Finds the roles from the header's names and the sample's rows.
pub(super) fn find(sample: &Sample<'_>, options: &RowOptions) -> Result<Found, DataError> {
    let mut guesses = Vec::new();
    let mut guess = |what: &str, value: String, flag: &str| {
        guesses.push(Choice { what: what.to_owned(), value, flag: flag.to_owned() });
    };
    let time = times::find(sample, options.time.as_deref())?;
    if options.time.is_none() {
        let joined = sample.list(time.columns());
        guess("time", if joined.is_empty() { "rows counted".to_owned() } else { joined }, "⦃time⦄");
    }
    let ids = ids::find(sample, options.id.as_deref(), &time)?;
    if options.id.is_none() && !ids.is_empty() {
        guess("series id", sample.list(&ids), "⦃id⦄");
    }
    let mut taken: Vec<usize> = time.columns().to_vec();
    check_roles(sample, &taken, &ids, "⦃id⦄")?;
    taken.extend(&ids);
    let label = match options.label.as_deref() {
        Some(NO_COLUMN) if sample.find(NO_COLUMN).is_none() => None,
        Some(name) => Some(sample.named(name)?),
        None if options.values.is_empty() => label::guess(sample, &taken),
        None => None,
    };
    if let (Some(c), None) = (label, &options.label) {
        guess("label", sample.names[c].clone(), "⦃label⦄");
    }
    check_roles(sample, &taken, label.as_slice(), "⦃label⦄")?;
    taken.extend(label);
    let further = if label.is_some() { label::guess(sample, &taken) } else { None };
    let series = rows_by_series(sample, &ids);
    let kinds = kinds::find(sample, options, &taken, further.as_slice(), &series)?;
    if kinds.values.is_empty() && kinds.states.is_empty() {
        let text = kinds.left_out.iter().find(|f| f.help.as_ref().is_some_and(|help| help.starts_with("⦃states⦄")));
        let states = text.and_then(|f| f.column.as_deref()).map_or(String::new(), |name| format!(", or words with ⦃states⦄ {name}"));
        let finding =
            Finding::error(FindingKind::NoNumbers, "no column of numbers to watch").help(format!("name one with ⦃target⦄{states}"));
        return Err(DataError::Invalid { path: sample.path.to_owned(), finding: Box::new(finding), more: 0 });
    }
    for (columns, flag) in [(&kinds.values, "⦃target⦄"), (&kinds.states, "⦃states⦄")] {
        check_roles(sample, &taken, columns, flag)?;
    }
    let Kinds { values, counters, states, left_out, guessed: [values_guessed, counters_guessed, states_guessed] } = kinds;
    if values_guessed && !values.is_empty() {
        guess("values", sample.list(&values), "⦃target⦄");
    }
    if counters_guessed && !counters.is_empty() {
        guess("counters", sample.list(&counters), "⦃counter⦄");
    }
    if states_guessed && !states.is_empty() {
        guess("states", sample.list(&states), "⦃states⦄");
    }
    let counters = values.iter().map(|c| counters.contains(c)).collect();
    let layout = Layout { names: sample.names.to_vec(), time, ids, values, counters, states, label };
    Ok(Found { layout, guesses, left_out })
}

/// Refuses a column that has a role already.
fn check_roles(sample: &Sample<'_>, taken: &[usize], columns: &[usize], flag: &str) -> Result<(), DataError> {
    match columns.iter().find(|c| taken.contains(c)) {
        None => Ok(()),
        Some(&c) => Err(DataError::Usage {
            message: format!("{flag} {0}: column \"{0}\" is the time, the id or the label and cannot be that too", sample.names[c]),
            help: format!("name other columns with {flag}, or give that role to another column (⦃time⦄ row counts rows)"),
        }),
    }
}

/// The rows of each series of the sample.
pub(super) fn rows_by_series(sample: &Sample<'_>, ids: &[usize]) -> Vec<Vec<usize>> {
    let mut series: std::collections::BTreeMap<Vec<&str>, Vec<usize>> = std::collections::BTreeMap::new();
    for (r, row) in sample.rows.iter().enumerate() {
        let key = ids.iter().map(|&c| row.get(c).map_or("", String::as_str)).collect();
        series.entry(key).or_default().push(r);
    }
    series.into_values().collect()
}
