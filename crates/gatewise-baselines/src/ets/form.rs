//! The forms of exponential smoothing, by error, trend and season (Hyndman et al. 2008, table 2.1).

/// How the error enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noise {
    /// y = forecast + e.
    Additive,
    /// y = forecast (1 + e).
    Multiplicative,
}

/// The trend; a multiplicative one is not tried, because its forecasts explode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trend {
    None,
    Additive,
    Damped,
}

/// The season.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Season {
    None,
    Additive,
    Multiplicative,
}

/// One form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    pub noise: Noise,
    pub trend: Trend,
    pub season: Season,
}

impl Form {
    /// Every form worth trying: multiplicative parts only where all rows are positive, a multiplicative season only with such an error
    /// (the variance of the other kind is not finite).
    pub fn candidates(positive: bool, seasonal: bool) -> Vec<Form> {
        let mut forms = Vec::with_capacity(15);
        for season in [Season::None, Season::Additive, Season::Multiplicative] {
            for noise in [Noise::Additive, Noise::Multiplicative] {
                let additive = noise == Noise::Additive;
                if (season != Season::None && !seasonal) || (!additive && !positive) || (additive && season == Season::Multiplicative) {
                    continue;
                }
                forms.extend([Trend::None, Trend::Additive, Trend::Damped].map(|trend| Form { noise, trend, season }));
            }
        }
        forms
    }

    /// Smoothing weights, including the damping.
    pub fn weights(self) -> usize {
        let trend = match self.trend {
            Trend::None => 0,
            Trend::Additive => 1,
            Trend::Damped => 2,
        };
        1 + trend + usize::from(self.season != Season::None)
    }

    /// Weights and free initial states; of `m` seasonal states one follows from the others.
    pub fn parameters(self, m: usize) -> usize {
        let season = if self.season == Season::None { 0 } else { m - 1 };
        self.weights() + 1 + usize::from(self.trend != Trend::None) + season
    }

    /// "ETS(A,Ad,M)".
    pub fn label(self) -> String {
        let noise = match self.noise {
            Noise::Additive => "A",
            Noise::Multiplicative => "M",
        };
        let trend = match self.trend {
            Trend::None => "N",
            Trend::Additive => "A",
            Trend::Damped => "Ad",
        };
        let season = match self.season {
            Season::None => "N",
            Season::Additive => "A",
            Season::Multiplicative => "M",
        };
        format!("ETS({noise},{trend},{season})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        assert_eq!(Form::candidates(true, true).len(), 15);
        assert_eq!(Form::candidates(false, true).len(), 6);
        assert_eq!(Form::candidates(true, false).len(), 6);
        let form = Form { noise: Noise::Multiplicative, trend: Trend::Damped, season: Season::Multiplicative };
        assert_eq!(form.label(), "ETS(M,Ad,M)");
        // α, β, γ, φ, level, slope, eleven seasonal states.
        assert_eq!(form.parameters(12), 17);
    }
}
