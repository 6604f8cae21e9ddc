//! Names of columns that tell what a column is.

/// Id columns of long tables as the usual forecasting libraries call them.
pub(crate) const ID_NAMES: [&str; 3] = ["unique_id", "item_id", "series_id"];

/// The names of a setting that lists columns: parted by commas, without what says how they are written.
pub(crate) fn listed(setting: Option<&str>) -> impl Iterator<Item = &str> {
    setting.into_iter().flat_map(|list| [list, list.split(':').next().unwrap_or(list)].into_iter().chain(list.split(',').map(str::trim)))
}

/// Whether a column of that name tells the series of a long table apart.
pub(crate) fn is_series_id(name: &str) -> bool {
    is_one_of(name, &ID_NAMES)
}

/// Whether a name is one of those known, in upper or lower case.
pub(crate) fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}
