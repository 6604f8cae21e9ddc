//! One call for every method, and what it gives.

use crate::ar::{self, Ar};
use crate::ets::{self, Ets};
use crate::intermittent::{Croston, Tsb};
use crate::method::Method;
use crate::model::{Forecast, Model};
use crate::naive::{Drift, LastValue, Mean, SeasonalNaive};
use crate::season::Adjusted;
use crate::theta::{self, Theta};
use crate::units::Units;

/// Smallest standard deviation of a forecast, as a share of the series' own: a method without an error in the past is still no oracle.
const FLOOR: f64 = 1e-6;

/// Rows and seasons that theta, ETS and AR learn from at most.
const ROWS: usize = 5000;
const SEASONS: usize = 16;

#[derive(Clone, Debug)]
enum Form {
    Mean(Mean),
    LastValue(LastValue),
    Drift(Drift),
    SeasonalNaive(SeasonalNaive),
    Theta(Adjusted<Theta>),
    Ets(Adjusted<Ets>),
    Ar(Adjusted<Ar>),
    Croston(Croston),
    Tsb(Tsb),
}

impl Form {
    fn model(&self) -> &dyn Model {
        match self {
            Form::Mean(model) => model,
            Form::LastValue(model) => model,
            Form::Drift(model) => model,
            Form::SeasonalNaive(model) => model,
            Form::Theta(model) => model,
            Form::Ets(model) => model,
            Form::Ar(model) => model,
            Form::Croston(model) => model,
            Form::Tsb(model) => model,
        }
    }

    fn model_mut(&mut self) -> &mut dyn Model {
        match self {
            Form::Mean(model) => model,
            Form::LastValue(model) => model,
            Form::Drift(model) => model,
            Form::SeasonalNaive(model) => model,
            Form::Theta(model) => model,
            Form::Ets(model) => model,
            Form::Ar(model) => model,
            Form::Croston(model) => model,
            Form::Tsb(model) => model,
        }
    }
}

/// A method fitted to a series, standing behind the last row it has seen.
#[derive(Clone, Debug)]
pub struct Fitted {
    method: Method,
    units: Units,
    /// Spread of all rows seen, from which the floor of the standard deviation follows.
    seen: Mean,
    form: Form,
}

/// Fits a method to one series.
///
/// `y` holds the rows, oldest first; `seasons` the season lengths in rows, shortest first, each at least 2, or none.
///
/// Theta, ETS and AR learn from the last 5,000 rows, or 16 of the longest season where that is more; ETS finds its weights on the last
/// 2,000.
///
/// `None` where there are too few rows for the method, where the method does not apply to such data (Croston and TSB want intermittent
/// demand without negative values, seasonal naive a season), or where a value is not finite.
pub fn fit(method: Method, y: &[f64], seasons: &[usize]) -> Option<Fitted> {
    if y.is_empty() || y.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let units = Units::of(y);
    let y: Vec<f64> = y.iter().map(|&value| units.shrink(value)).collect();
    let recent = tail(&y, seasons);
    // Decompositions of a constant would find seasons of rounding.
    let decomposed = if y.iter().all(|&value| value == y[0]) { &[] } else { seasons };
    let form = match method {
        Method::Mean => Form::Mean(Mean::fit(&y)),
        Method::LastValue => Form::LastValue(LastValue::fit(&y)),
        Method::Drift => Form::Drift(Drift::fit(&y)?),
        Method::SeasonalNaive => Form::SeasonalNaive(SeasonalNaive::fit(&y, seasons)?),
        Method::Theta => Form::Theta(theta::fit(recent, decomposed)?),
        Method::Ets => Form::Ets(ets::fit(recent, decomposed)?),
        Method::Ar => Form::Ar(ar::fit(recent, decomposed)?),
        Method::Croston => Form::Croston(Croston::fit(&y)?),
        Method::Tsb => Form::Tsb(Tsb::fit(&y)?),
    };
    Some(Fitted { method, units, seen: Mean::fit(&y), form })
}

/// The rows that the methods with parameters learn from, the last ones: older ones say little of today and cost as much.
fn tail<'a>(y: &'a [f64], seasons: &[usize]) -> &'a [f64] {
    let longest = seasons.iter().copied().filter(|&m| m <= y.len() / 2).max().unwrap_or(0);
    &y[y.len().saturating_sub(ROWS.max(SEASONS * longest))..]
}

impl Fitted {
    /// The method.
    pub fn method(&self) -> Method {
        self.method
    }

    /// The form that was chosen, as "ETS(A,Ad,M)", "AR(2), differenced once", "theta".
    pub fn label(&self) -> String {
        self.form.model().label()
    }

    /// The `horizon` rows behind the last row seen.
    pub fn forecast(&self, horizon: usize) -> Forecast {
        let Forecast { mut mean, mut sd } = self.form.model().forecast(horizon);
        let floor = FLOOR * self.seen.spread();
        mean.iter_mut().for_each(|value| *value = self.units.restore(*value));
        sd.iter_mut().for_each(|value| *value = self.units.restore(value.max(floor)));
        Forecast { mean, sd }
    }

    /// Further rows: states move on with the same parameters, without a refit; a value that is not finite is passed over.
    pub fn extend(&mut self, y: &[f64]) {
        for &value in y.iter().filter(|value| value.is_finite()) {
            let value = self.units.shrink(value);
            self.seen.push(value);
            self.form.model_mut().push(value);
        }
    }
}
