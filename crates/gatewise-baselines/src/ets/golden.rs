//! Fixed forms held against statsforecast.

use super::Ets;
use super::filter::{State, Weights};
use super::form::{Form, Noise, Season, Trend};
use super::likelihood::Likelihood;
use super::point::Places;
use super::region::is_admissible;
use super::select::{Fits, Rows};
use crate::descend::Squares;
use crate::golden::{EtsForm, Series, apart, ratio_apart, series};
use crate::model::Model;

fn form(name: &str) -> Form {
    let noise = if name.starts_with('A') { Noise::Additive } else { Noise::Multiplicative };
    let trend = match &name[1..name.len() - 1] {
        "N" => Trend::None,
        "A" => Trend::Additive,
        _ => Trend::Damped,
    };
    let season = match &name[name.len() - 1..] {
        "N" => Season::None,
        "A" => Season::Additive,
        _ => Season::Multiplicative,
    };
    Form { noise, trend, season }
}

/// statsforecast's weights and initial states.
fn theirs(right: &EtsForm) -> (Form, Weights, State) {
    let form = form(&right.form);
    let [alpha, beta, gamma, phi] = right.weights;
    let weights = Weights { alpha, beta, gamma, phi: if form.trend == Trend::Damped { phi } else { 1.0 } };
    let first = 1 + usize::from(form.trend != Trend::None);
    let slope = if form.trend == Trend::None { 0.0 } else { right.states[1] };
    let season = right.states[first..].iter().rev().copied().collect();
    (form, weights, State { level: right.states[0], slope, season, at: 0 })
}

fn each(mut check: impl FnMut(&Series, &EtsForm)) {
    series().iter().for_each(|series| series.ets.iter().for_each(|right| check(series, right)));
}

#[test]
fn parameters_held_fixed_give_the_same_likelihood_forecasts_and_spread() {
    each(|series, right| {
        let case = format!("{} of {}", right.form, series.name);
        let (form, weights, state) = theirs(right);
        let places = Places::of(form, series.m);
        let vector = places.vector(&weights, &state);
        let value = Likelihood::new(&series.y, places).value(&vector);
        assert!((value - right.likelihood).abs() < 1e-4, "{case}: {value} is not {}", right.likelihood);

        let ets = Rows::new(&series.y, 0.0, 1.0).finish_at(form, &weights, state, places.len);
        let found = ets.forecast(right.mean.len());
        let mean = if form.trend == Trend::Damped { damped_as_theirs(&ets, right.mean.len()) } else { found.mean };
        assert!(apart(&mean, &right.mean) < 1e-5 * series.spread(), "{case}: {mean:?}");
        // Relative errors: MAdN carries their mean, MAA a product for a sum, a factor of the season was meant to follow its states.
        let tolerance = match right.form.as_str() {
            "MAdN" | "MAdA" => 1e-2,
            "MAA" | "MNM" | "MAM" | "MAdM" => return,
            _ => 1e-4,
        };
        // They count the seasons of the last step at every step.
        let horizon = right.sd.len();
        let first = if form.season == Season::None { 0 } else { (horizon - 1) / series.m * series.m };
        assert!(ratio_apart(&found.sd[first..], &right.sd[first..]) < tolerance, "{case}: {:?} {:?}", found.sd, right.sd);
    });
}

/// The damped trend as statsforecast (and R's forecast) sums it, φ + φ + φ² + …, where the model has φ + φ² + φ³ + …
fn damped_as_theirs(ets: &Ets, horizon: usize) -> Vec<f64> {
    let phi = ets.weights.phi;
    let (mut sum, mut power) = (phi, 1.0);
    (1..=horizon)
        .map(|h| {
            let mean = ets.shift + ets.scale * ets.state.ahead(ets.form, h, sum);
            power *= phi;
            sum += power;
            mean
        })
        .collect()
}

#[test]
fn optima_are_at_least_as_likely_and_forecasts_agree_where_optima_do() {
    let (mut comparable, mut less_likely, mut same) = (0, 0, 0);
    for series in series() {
        let forms: Vec<Form> = series.ets.iter().map(|right| form(&right.form)).collect();
        let fits = Fits::of(&series.y, series.m, &forms);
        for right in &series.ets {
            let case = format!("{} of {}", right.form, series.name);
            let (form, weights, _) = theirs(right);
            let (ets, value, aicc) = fits.form(form).unwrap();
            let penalty = right.aicc - right.likelihood;
            assert!((aicc - value - penalty).abs() < 1e-6, "{case}");
            // Their simplex may leave the usual region, β < α and γ < 1 − α, and the one where old rows are forgotten.
            let inside = weights.beta <= weights.alpha && weights.gamma <= 1.0 - weights.alpha;
            if !inside || !is_admissible(form, &weights, series.m) {
                continue;
            }
            let behind = value - right.likelihood;
            assert!(behind < 2.0, "{case}: {value} is not {}", right.likelihood);
            comparable += 1;
            less_likely += usize::from(behind > 1e-3);
            if behind.abs() <= 1e-3 {
                let horizon = right.mean.len();
                let mean = if form.trend == Trend::Damped { damped_as_theirs(&ets, horizon) } else { ets.forecast(horizon).mean };
                let distance = apart(&mean, &right.mean) / series.spread();
                // At a bound the weights of slope or season hardly show in the likelihood.
                let used = [(true, 0), (form.trend != Trend::None, 1), (form.season != Season::None, 2)];
                let inner = used.iter().all(|&(used, i)| !used || (2e-4..0.999).contains(&right.weights[i]));
                let bound = if inner { 2e-3 } else { 2e-2 };
                assert!(distance < bound, "{case}: {distance}, {mean:?} {:?}", right.mean);
                let last = horizon - 1..;
                assert!(ratio_apart(&ets.forecast(horizon).sd[last.clone()], &right.sd[last]) < 1e-2, "{case}");
                same += 1;
            }
        }
    }
    assert!(comparable > 200 && same > 80, "{comparable} forms, {same} at the same optimum");
    assert!(less_likely <= comparable / 40, "{less_likely} of {comparable} less likely");
}
