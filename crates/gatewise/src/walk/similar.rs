//! Where else in a text the state was like at a step (Strobelt et al., LSTMVis, 2018).

use serde::Serialize;

use super::states::States;

/// Places given for a step.
const PLACES: usize = 3;
/// Symbols between two of them at least, and between a place and the step itself.
const APART: usize = 12;

/// A place whose state is like that of a step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Similar {
    /// The symbol, counted in the text that the states are of.
    pub at: usize,
    /// Cosine between both states, every unit measured in its own deviations from its mean.
    pub cosine: f64,
}

/// For each of `steps`, symbols of the same text, the places whose states are most alike, the likest first.
pub fn similar(states: &States, steps: &[usize]) -> Vec<Vec<Similar>> {
    let (width, count) = (states.width(), states.count);
    let mut mean = vec![0.0_f64; width];
    let mut square = vec![0.0_f64; width];
    for at in 0..count {
        for (j, &v) in states.row(at).iter().enumerate() {
            mean[j] += f64::from(v) / count as f64;
            square[j] += f64::from(v).powi(2) / count as f64;
        }
    }
    let scale: Vec<f64> = mean.iter().zip(&square).map(|(m, s)| 1.0 / (s - m * m).max(1e-12).sqrt()).collect();
    let standard = |at: usize| -> Vec<f32> {
        let row: Vec<f64> = states.row(at).iter().enumerate().map(|(j, &v)| (f64::from(v) - mean[j]) * scale[j]).collect();
        let norm = row.iter().map(|v| v * v).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
        row.iter().map(|v| (v / norm) as f32).collect()
    };
    let rows: Vec<f32> = (0..count).flat_map(standard).collect();
    let of = |at: usize| &rows[at * width..][..width];
    let each = |&step: &usize| {
        let own = of(step);
        let cosine = |at: usize| of(at).iter().zip(own).map(|(a, b)| a * b).sum::<f32>();
        let mut all: Vec<(f32, usize)> = (0..count).filter(|at| at.abs_diff(step) > APART).map(|at| (cosine(at), at)).collect();
        all.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut chosen: Vec<Similar> = Vec::new();
        for (cosine, at) in all {
            if chosen.iter().all(|c| c.at.abs_diff(at) > APART) {
                chosen.push(Similar { at, cosine: f64::from(cosine) });
            }
            if chosen.len() == PLACES {
                break;
            }
        }
        chosen
    };
    steps.iter().map(each).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_comes_again_is_found() {
        // A pattern of 40 symbols, four times over, in noise.
        let (count, width) = (400, 5);
        let mut rng = crate::rng::Rng::new(3, 0);
        let mut values: Vec<f32> = (0..count * width).map(|_| rng.normal() as f32).collect();
        for again in [110, 300] {
            for k in 0..width {
                values[again * width + k] = values[50 * width + k] + 0.01;
            }
        }
        let states = States { count, hidden: width, layers: 1, values };
        let found = similar(&states, &[50]);
        let mut at: Vec<usize> = found[0][..2].iter().map(|s| s.at).collect();
        at.sort_unstable();
        assert_eq!(at, [110, 300]);
        assert!(found[0][0].cosine > 0.999 && found[0][2].cosine < 0.999, "{found:?}");
    }
}
