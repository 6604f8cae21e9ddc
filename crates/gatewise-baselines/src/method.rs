//! The methods by name.

use serde::{Deserialize, Serialize};

/// A forecasting method for one series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// The mean of all rows.
    Mean,
    /// The last row: the forecast of a random walk.
    LastValue,
    /// The last row and the mean step from row to row: a random walk with drift.
    Drift,
    /// The last season again.
    SeasonalNaive,
    /// The theta method (Assimakopoulos & Nikolopoulos 2000) and its optimised and dynamic forms (Fiorucci et al. 2016).
    Theta,
    /// Exponential smoothing in state space form, chosen by AICc (Hyndman et al. 2002, 2008).
    Ets,
    /// An autoregression, with a small moving average where it helps, of as many differences as a unit root test asks for
    /// (Hyndman & Khandakar 2008).
    Ar,
    /// Croston's method for intermittent demand (1972), smoothing weights optimised.
    Croston,
    /// Teunter, Syntetos & Babai's method for intermittent demand that may die out (2011).
    Tsb,
}

impl Method {
    /// All methods, simplest first.
    pub const ALL: [Method; 9] = [
        Method::Mean,
        Method::LastValue,
        Method::Drift,
        Method::SeasonalNaive,
        Method::Theta,
        Method::Ets,
        Method::Ar,
        Method::Croston,
        Method::Tsb,
    ];

    /// The name in words: "seasonal naive", "last value", "ETS".
    pub fn name(self) -> &'static str {
        match self {
            Method::Mean => "mean",
            Method::LastValue => "last value",
            Method::Drift => "drift",
            Method::SeasonalNaive => "seasonal naive",
            Method::Theta => "theta",
            Method::Ets => "ETS",
            Method::Ar => "AR",
            Method::Croston => "Croston",
            Method::Tsb => "TSB",
        }
    }

    /// Whether a fit is a single pass without any optimisation.
    pub fn is_cheap(self) -> bool {
        matches!(self, Method::Mean | Method::LastValue | Method::Drift | Method::SeasonalNaive)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_settings_are_kebab_case() {
        let names: Vec<String> = Method::ALL.iter().map(|method| serde_json::to_string(method).unwrap()).collect();
        assert_eq!(names[1], "\"last-value\"");
        assert_eq!(names[3], "\"seasonal-naive\"");
        let back: Method = serde_json::from_str("\"ets\"").unwrap();
        assert_eq!(back, Method::Ets);
    }
}
