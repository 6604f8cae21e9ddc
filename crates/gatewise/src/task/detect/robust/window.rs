//! Means of the last errors: many small ones on one side are one large thing.

use serde::{Deserialize, Serialize};

/// Rows of the means.
pub(super) const WINDOWS: [usize; 2] = [8, 32];
const LONGEST: usize = WINDOWS[1];
/// Most that one error counts for, in units of σ, and the steps of one: whole numbers, so that sums are carried along without rounding.
const MOST: f64 = 3.0;
const STEPS: f64 = 1024.0;

/// The last errors, in steps of σ, and their sums.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Window {
    errors: Vec<i16>,
    at: usize,
    sums: [i32; WINDOWS.len()],
}

impl Window {
    /// Takes an error in. The sum of the last errors by the root of their number, for each length; `None` before there are as many.
    pub fn push(&mut self, error: f64) -> [Option<f64>; WINDOWS.len()] {
        let error = (error.clamp(-MOST, MOST) * STEPS) as i16;
        let mut out = [None; WINDOWS.len()];
        for ((out, rows), sum) in out.iter_mut().zip(WINDOWS).zip(&mut self.sums) {
            let count = self.errors.len();
            if count >= rows {
                *sum -= i32::from(self.errors[(self.at + LONGEST - rows) % LONGEST]);
            }
            *sum += i32::from(error);
            *out = (count + 1 >= rows).then(|| f64::from(*sum) / (STEPS * (rows as f64).sqrt()));
        }
        if self.errors.len() < LONGEST {
            self.errors.push(error);
        } else {
            self.errors[self.at] = error;
        }
        self.at = (self.at + 1) % LONGEST;
        out
    }

    pub fn clear(&mut self) {
        self.errors.clear();
        (self.at, self.sums) = (0, [0; WINDOWS.len()]);
    }

    /// Whether a saved one can be gone on from.
    pub fn is_sound(&self) -> bool {
        self.errors.len() <= LONGEST && self.at < LONGEST && (self.errors.len() == LONGEST || self.at == self.errors.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_those_of_the_last_rows() {
        let mut window = Window::default();
        for row in 0..100_usize {
            let got = window.push((row % 5) as f64 * 0.5);
            for (rows, got) in WINDOWS.into_iter().zip(got) {
                let expected =
                    (row + 1 >= rows).then(|| (row + 1 - rows..=row).map(|r| (r % 5) as f64 * 0.5).sum::<f64>() / (rows as f64).sqrt());
                assert!(got.zip(expected).is_none_or(|(a, b)| (a - b).abs() < 1e-2) && got.is_some() == expected.is_some(), "{row} {rows}");
            }
        }
        window.clear();
        assert_eq!(window, Window::default());
    }
}
