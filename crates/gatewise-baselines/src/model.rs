//! What a fitted method is asked for.

/// A forecast of the rows that follow.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Expected values by step 1..=horizon, in units of the data.
    pub mean: Vec<f64>,
    /// Standard deviations of the forecast's error by step, in units of the data; above zero unless the series is constant.
    pub sd: Vec<f64>,
}

/// What every method does once it is fitted. Values are in the units the method was fitted in.
pub(crate) trait Model {
    /// Means and standard deviations of the next `horizon` rows.
    fn forecast(&self, horizon: usize) -> Forecast;
    /// A further row: states move on, parameters stay.
    fn push(&mut self, y: f64);
    /// The form in words.
    fn label(&self) -> String;
}
