//! A table whose columns are times, read as if each value had a row of its own.

/// Which columns are times, and what the rows are called.
pub(crate) struct Melt {
    rows: MeltRows,
    columns: Vec<usize>,
}

/// What a row of the file is.
enum MeltRows {
    /// A series: the name of each, and the columns' names, which are its times.
    Series { ids: Vec<String>, times: Vec<String> },
    /// A year: the month of each row and column.
    Years(Vec<String>),
}

impl Melt {
    /// Rows are series: their names, and the times that the names of `columns` are.
    pub fn of_series(ids: Vec<String>, times: Vec<String>, columns: Vec<usize>) -> Self {
        Self { rows: MeltRows::Series { ids, times }, columns }
    }

    /// Rows are years: the month of each row and column.
    pub fn of_years(months: Vec<String>, columns: Vec<usize>) -> Self {
        Self { rows: MeltRows::Years(months), columns }
    }

    /// Time and value, behind the name of the series where rows have one.
    pub fn width(&self) -> usize {
        if self.names_series() { 3 } else { 2 }
    }

    /// Whether the first column names the series.
    pub fn names_series(&self) -> bool {
        matches!(self.rows, MeltRows::Series { .. })
    }

    pub fn times(&self) -> usize {
        self.columns.len()
    }

    /// A cell of the taken-apart table, or the column of the file that holds it.
    pub fn cell(&self, series: usize, time: usize, column: usize) -> Result<&str, usize> {
        match (&self.rows, column) {
            (MeltRows::Series { ids, .. }, 0) => Ok(&ids[series]),
            (MeltRows::Series { times, .. }, 1) => Ok(&times[time]),
            (MeltRows::Years(months), 0) => Ok(&months[series * self.times() + time]),
            _ => Err(self.columns[time]),
        }
    }
}
