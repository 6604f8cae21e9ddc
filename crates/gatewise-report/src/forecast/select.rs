//! Which of many series a page draws.

use super::Panel;

/// Indices of the `limit` most telling series given a score of each (MASE): the best and the worst
/// halves, in the order of the input. A score that is not finite counts as the worst.
pub fn pick_panels(scores: &[f64], limit: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    let rank = |i: &usize| if scores[*i].is_finite() { scores[*i] } else { f64::INFINITY };
    order.sort_by(|a, b| rank(a).total_cmp(&rank(b)));
    if order.len() > limit {
        let best = limit.div_ceil(2);
        order.drain(best..order.len() - (limit - best));
    }
    order.sort_unstable();
    order
}

/// The model's absolute error on the held-back part relative to the baseline's.
pub fn relative_error(panel: &Panel) -> f64 {
    let rows = panel.held_back.as_ref().map_or(&[][..], |h| &h.rows);
    let (model, baseline) = rows
        .iter()
        .filter(|r| !r.truth.is_nan())
        .fold((0.0, 0.0), |(model, baseline), r| (model + (r.model - r.truth).abs(), baseline + (r.baseline - r.truth).abs()));
    model / baseline
}
