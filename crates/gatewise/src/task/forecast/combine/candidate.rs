//! What can forecast: the network, and the simple methods beside it.

use gatewise_baselines::Method;
use serde::{Deserialize, Serialize};

/// One of the forecasts that are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Candidate {
    /// The recurrent networks of the forecaster, their mean.
    Network,
    /// The pre-trained network, see [`crate::prior`].
    Prior,
    /// A simple or statistical method.
    #[serde(untagged)]
    Method(Method),
}

impl Candidate {
    /// Every candidate, the networks first.
    pub fn all() -> Vec<Candidate> {
        [Candidate::Network, Candidate::Prior].into_iter().chain(Method::ALL.map(Candidate::Method)).collect()
    }

    /// Whether it is a simple or statistical method, which networks have to beat.
    pub fn is_simple(self) -> bool {
        matches!(self, Candidate::Method(_))
    }

    /// The name in words: "network", "seasonal naive".
    pub fn name(self) -> &'static str {
        match self {
            Candidate::Network => "network",
            Candidate::Prior => "prior",
            Candidate::Method(method) => method.name(),
        }
    }

    /// The name as a key of JSON: "network", "seasonal_naive".
    pub fn key(self) -> String {
        self.name().to_lowercase().replace(' ', "_")
    }

    /// Weight before anything was measured, relative to the others: what forecasts well over many collections of series (Makridakis et al.
    /// 2000, 2020) counts for more. The network has shown nothing without data.
    pub(super) fn prior(self) -> f64 {
        match self {
            Candidate::Network => 0.5,
            Candidate::Prior => 1.5,
            Candidate::Method(Method::Ets) => 1.5,
            Candidate::Method(Method::Theta | Method::Ar) => 1.0,
            Candidate::Method(Method::Croston | Method::Tsb) => 0.7,
            Candidate::Method(Method::LastValue | Method::SeasonalNaive) => 0.2,
            Candidate::Method(Method::Mean | Method::Drift) => 0.1,
        }
    }
}

/// How candidates become one forecast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Combine {
    /// Weighted by how well each forecast the held-back windows.
    #[default]
    Auto,
    /// The one that forecast the held-back windows best.
    Best,
    /// The network alone.
    Network,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_files_and_json() {
        let names: Vec<String> = Candidate::all().into_iter().map(|c| serde_json::to_string(&c).unwrap()).collect();
        assert_eq!((names[0].as_str(), names[1].as_str(), names[3].as_str()), ("\"network\"", "\"prior\"", "\"last-value\""));
        let back: Vec<Candidate> = serde_json::from_str("[\"network\",\"prior\",\"seasonal-naive\"]").unwrap();
        assert_eq!(back, [Candidate::Network, Candidate::Prior, Candidate::Method(Method::SeasonalNaive)]);
        assert_eq!(back[2].key(), "seasonal_naive");
    }
}
