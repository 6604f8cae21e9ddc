//! Coefficients of several series, shrunk towards what they share, and that towards zero, by as much as their evidence asks for.

use nalgebra::{DMatrix, DVector};

use super::whiten::Evidence;

/// Standard deviations of the coefficients that all series share, and of what each has of its own, that are tried: in units of the target's spread.
const SHARED: [f64; 7] = [0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0];
const OWN: [f64; 7] = [0.0, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0];
/// Series by which the spread of their own coefficients is settled.
const SAMPLE: usize = 200;

/// Coefficients of regressors.
#[derive(Clone, Debug, PartialEq)]
pub struct Pooled {
    /// Of a series that nothing is known of: (K).
    pub shared: Vec<f64>,
    /// Their standard deviations: (K).
    pub deviation: Vec<f64>,
    /// Of each series, (K); the shared ones where it has no evidence.
    pub each: Vec<Vec<f64>>,
    /// Logarithm of how much more likely the series are with these regressors than without; above 0.
    pub gain: f64,
}

/// The coefficients of series whose evidence is given, by empirical Bayes: β of a series ~ N(shared, own²), shared ~ N(0, shared²), both standard
/// deviations those of the greatest marginal likelihood. `scales`: how far each regressor moves, (K). `None` where the series are as likely without
/// any regressor.
pub fn pool(evidence: &[Option<Evidence>], scales: &[f64]) -> Option<Pooled> {
    let found: Vec<&Evidence> = evidence.iter().flatten().collect();
    let precision = DVector::from_iterator(scales.len(), scales.iter().map(|s| (s * s).max(f64::MIN_POSITIVE)));
    let sample: Vec<&Evidence> = found.iter().step_by(found.len().div_ceil(SAMPLE).max(1)).copied().collect();
    let own = if found.len() > 1 { &OWN[..] } else { &OWN[..1] };
    let tried = own.iter().flat_map(|&own| SHARED.map(|shared| (own, shared)));
    let best = tried
        .filter_map(|(own, shared)| Some((marginal(&sample, &precision, own, shared)?.gain, own, shared)))
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    let (gain, own, shared) = best;
    if gain <= 0.0 {
        return None;
    }
    let all = marginal(&found, &precision, own, shared)?;
    let each = evidence.iter().map(|e| e.as_ref().and_then(|e| of_series(e, &precision, own, &all.shared)).unwrap_or(all.shared.clone()));
    Some(Pooled {
        each: each.map(|v| v.iter().copied().collect()).collect(),
        shared: all.shared.iter().copied().collect(),
        deviation: all.deviation,
        gain: all.gain,
    })
}

struct Marginal {
    gain: f64,
    shared: DVector<f64>,
    deviation: Vec<f64>,
}

/// The likelihood of all series against that without regressors, and the coefficients that they share. `precision`: of a standard deviation of one.
fn marginal(found: &[&Evidence], precision: &DVector<f64>, own: f64, shared: f64) -> Option<Marginal> {
    let k = precision.len();
    let (mut gram, mut moment, mut gain) = (DMatrix::zeros(k, k), DVector::zeros(k), 0.0);
    for evidence in found {
        if own == 0.0 {
            gram += &evidence.gram;
            moment += &evidence.moment;
            continue;
        }
        // What is left once the series' own coefficients are integrated out.
        let prior = precision / (own * own);
        let root = with_diagonal(&evidence.gram, &prior).cholesky()?;
        let solved = root.solve(&evidence.moment);
        gain += 0.5 * evidence.moment.dot(&solved) - 0.5 * (log_determinant(&root) - prior.iter().map(|p| p.ln()).sum::<f64>());
        gram += &evidence.gram - &evidence.gram * root.solve(&evidence.gram);
        moment += &evidence.moment - &evidence.gram * solved;
    }
    let prior = precision / (shared * shared);
    let root = with_diagonal(&gram, &prior).cholesky()?;
    let coefficients = root.solve(&moment);
    gain += 0.5 * moment.dot(&coefficients) - 0.5 * (log_determinant(&root) - prior.iter().map(|p| p.ln()).sum::<f64>());
    let deviation = root.inverse().diagonal().iter().map(|v| v.max(0.0).sqrt()).collect();
    gain.is_finite().then_some(Marginal { gain, shared: coefficients, deviation })
}

/// The coefficients of one series, between its own evidence and what all share.
fn of_series(evidence: &Evidence, precision: &DVector<f64>, own: f64, shared: &DVector<f64>) -> Option<DVector<f64>> {
    if own == 0.0 {
        return Some(shared.clone());
    }
    let prior = precision / (own * own);
    let root = with_diagonal(&evidence.gram, &prior).cholesky()?;
    Some(root.solve(&(&evidence.moment + prior.component_mul(shared))))
}

fn with_diagonal(gram: &DMatrix<f64>, diagonal: &DVector<f64>) -> DMatrix<f64> {
    let mut sum = gram.clone();
    (0..diagonal.len()).for_each(|k| sum[(k, k)] += diagonal[k]);
    sum
}

fn log_determinant(root: &nalgebra::Cholesky<f64, nalgebra::Dyn>) -> f64 {
    2.0 * root.l_dirty().diagonal().iter().map(|v| v.ln()).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regressors::evidence;

    /// Numbers that look random, in (−1, 1).
    fn noise(seed: u64) -> impl FnMut() -> f64 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        }
    }

    /// A walk with a season of 7 and two regressors: an event that adds `event`, and one that adds nothing.
    fn series(n: usize, event: f64, seed: u64) -> (Vec<f64>, Vec<f64>) {
        let (mut draw, mut level) = (noise(seed), 100.0);
        let mut x = Vec::new();
        let y = (0..n).map(|t| {
            level += 0.3 * draw();
            let on = f64::from(u8::from(draw() > 0.7));
            x.extend([on, draw()]);
            level + 5.0 * f64::from(u8::from(t % 7 == 3)) + draw() + event * on
        });
        (y.collect(), x)
    }

    #[test]
    fn an_event_is_found_behind_a_walk_and_a_season_and_nothing_where_nothing_is() {
        let (y, x) = series(200, 6.0, 1);
        let found = pool(&[evidence(&y, &x, 2, 7)], &[0.5, 0.6]).expect("the event shows");
        assert!((found.shared[0] - 6.0).abs() < 4.0 * found.deviation[0] && found.deviation[0] < 0.3, "{found:?}");
        assert!(found.shared[1].abs() < 4.0 * found.deviation[1], "{found:?}");
        let mut nothing = 0;
        for seed in 2..22 {
            let (y, x) = series(200, 0.0, seed);
            nothing += usize::from(pool(&[evidence(&y, &x, 2, 7)], &[0.5, 0.6]).is_none());
        }
        assert!(nothing >= 16, "{nothing} of 20");
    }

    #[test]
    fn one_wild_value_moves_little() {
        let (mut y, x) = series(150, 6.0, 3);
        let plain = pool(&[evidence(&y, &x, 2, 7)], &[0.5, 0.6]).unwrap().shared[0];
        let on = (0..150).find(|t| x[2 * t] == 1.0 && *t > 50).unwrap();
        y[on] += 500.0;
        let moved = pool(&[evidence(&y, &x, 2, 7)], &[0.5, 0.6]).unwrap().shared[0];
        assert!((moved - plain).abs() < 1.0, "{plain} {moved}");
    }

    #[test]
    fn series_share_what_they_have_in_common_and_keep_what_is_their_own() {
        let alike: Vec<_> = (0..10).map(|seed| series(40, 3.0, 40 + seed)).collect();
        let evidence_of = |all: &[(Vec<f64>, Vec<f64>)]| all.iter().map(|(y, x)| evidence(y, x, 2, 7)).collect::<Vec<_>>();
        let alone = pool(&evidence_of(&alike[..1]), &[0.5, 0.6]).map_or(0.0, |p| p.shared[0]);
        let together = pool(&evidence_of(&alike), &[0.5, 0.6]).unwrap();
        assert!((together.each[0][0] - 3.0).abs() <= (alone - 3.0).abs() + 0.05, "{alone} {together:?}");
        assert!((together.shared[0] - 3.0).abs() < 0.4, "{together:?}");

        let unlike: Vec<_> = (0..10).map(|s| series(150, if s < 5 { 1.0 } else { 9.0 }, 60 + s)).collect();
        let found = pool(&evidence_of(&unlike), &[0.5, 0.6]).unwrap();
        assert!((found.each[0][0] - 1.0).abs() < 0.6 && (found.each[9][0] - 9.0).abs() < 0.6, "{:?}", found.each);
        // A series without evidence has what is shared.
        let mut some = evidence_of(&alike);
        some.push(None);
        let found = pool(&some, &[0.5, 0.6]).unwrap();
        assert_eq!(found.each[10], found.shared);
    }

    #[test]
    fn what_says_nothing_gives_nothing() {
        assert!(evidence(&[1.0; 5], &[0.0; 5], 1, 1).is_none(), "too short");
        assert!(evidence(&[1.0; 50], &[0.0; 50], 1, 7).is_none(), "a constant");
        let (mut y, x) = series(60, 1.0, 9);
        assert!(pool(&[evidence(&y, &[0.0; 60], 1, 7)], &[0.5]).is_none(), "a regressor that never changes");
        assert!(pool(&[None], &[1.0]).is_none());
        y[3] = f64::NAN;
        assert!(evidence(&y, &x, 2, 7).is_none());
        // Two regressors that are one share its effect.
        let (y, x) = series(120, 5.0, 10);
        let twice: Vec<f64> = x.chunks(2).flat_map(|x| [x[0], x[0]]).collect();
        let found = pool(&[evidence(&y, &twice, 2, 7)], &[0.5, 0.5]).unwrap();
        assert!((found.shared[0] + found.shared[1] - 5.0).abs() < 0.8, "{found:?}");
    }
}
