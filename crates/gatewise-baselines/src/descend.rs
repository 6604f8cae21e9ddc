//! Levenberg–Marquardt inside bounds.

use crate::linear::solve;

/// A function of squares: it grows with Σ r² of residuals r(x).
pub(crate) trait Squares {
    /// The value at `x`, infinite where there is none.
    fn value(&mut self, x: &[f64]) -> f64;
    /// The value at `x`, with JᵀJ and half the gradient of Σ r² (but for a common factor) made ready.
    fn derive(&mut self, x: &[f64]) -> f64;
    /// JᵀJ in full, and half the gradient, as last derived.
    fn equations(&self) -> (&[f64], &[f64]);
    /// Bounds of a parameter.
    fn bounds(&self, i: usize) -> (f64, f64);
    /// Whether parameters inside their bounds are allowed together.
    fn allows(&self, x: &[f64]) -> bool;
}

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Steps at most.
    pub steps: usize,
    /// A step that lowers the value by less is the last.
    pub gain: f64,
}

/// Lowers the value from `x` on; the value reached. A parameter at a bound that the gradient pushes against stays there for the step.
pub(crate) fn descend(squares: &mut impl Squares, x: &mut Vec<f64>, patience: Patience) -> f64 {
    let p = x.len();
    let (mut trial, mut system, mut step) = (x.clone(), vec![0.0; p * p], vec![0.0; p]);
    let mut free = Vec::with_capacity(p);
    let mut damping = 1e-3;
    let mut value = squares.derive(x);
    for _ in 0..patience.steps {
        if !value.is_finite() {
            break;
        }
        let (_, gradient) = squares.equations();
        free.clear();
        free.extend((0..p).filter(|&i| {
            let (low, high) = squares.bounds(i);
            let pushed = x[i] <= low && gradient[i] > 0.0 || x[i] >= high && gradient[i] < 0.0;
            !pushed && squares.equations().0[i * p + i] > 0.0
        }));
        let mut next = f64::INFINITY;
        for _ in 0..12 {
            let k = free.len();
            let (normal, gradient) = squares.equations();
            for (row, &i) in free.iter().enumerate() {
                for (column, &j) in free[..=row].iter().enumerate() {
                    system[row * k + column] = normal[i * p + j];
                }
                system[row * k + row] *= 1.0 + damping;
                step[row] = -gradient[i];
            }
            if solve(&mut system[..k * k], &mut step[..k]) {
                trial.copy_from_slice(x);
                for (row, &i) in free.iter().enumerate() {
                    let (low, high) = squares.bounds(i);
                    trial[i] = (x[i] + step[row]).clamp(low, high);
                }
                if squares.allows(&trial) {
                    next = squares.value(&trial);
                    if next < value {
                        break;
                    }
                }
            }
            next = f64::INFINITY;
            damping *= 6.0;
        }
        if next == f64::INFINITY {
            break;
        }
        damping = f64::max(damping * 0.15, 1e-9);
        std::mem::swap(x, &mut trial);
        let gained = value - next;
        if gained < patience.gain {
            return next;
        }
        value = squares.derive(x);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rosenbrock's valley as residuals 10 (y − x²) and 1 − x.
    struct Valley {
        high: f64,
        normal: [f64; 4],
        gradient: [f64; 2],
    }

    impl Squares for Valley {
        fn value(&mut self, x: &[f64]) -> f64 {
            let [a, b] = [10.0 * (x[1] - x[0] * x[0]), 1.0 - x[0]];
            a * a + b * b
        }

        fn derive(&mut self, x: &[f64]) -> f64 {
            let [a, b] = [10.0 * (x[1] - x[0] * x[0]), 1.0 - x[0]];
            let of_a = [-20.0 * x[0], 10.0];
            self.normal = [of_a[0] * of_a[0] + 1.0, of_a[0] * of_a[1], of_a[0] * of_a[1], of_a[1] * of_a[1]];
            self.gradient = [of_a[0] * a - b, of_a[1] * a];
            self.value(x)
        }

        fn equations(&self) -> (&[f64], &[f64]) {
            (&self.normal, &self.gradient)
        }

        fn bounds(&self, _: usize) -> (f64, f64) {
            (-5.0, self.high)
        }

        fn allows(&self, _: &[f64]) -> bool {
            true
        }
    }

    #[test]
    fn finds_the_bottom_of_a_bent_valley_and_the_lowest_place_inside_bounds() {
        let patience = Patience { steps: 100, gain: 1e-14 };
        let mut valley = Valley { high: 5.0, normal: [0.0; 4], gradient: [0.0; 2] };
        let mut x = vec![-1.2, 1.0];
        assert!(descend(&mut valley, &mut x, patience) < 1e-12 && (x[0] - 1.0).abs() < 1e-5, "{x:?}");
        valley.high = 0.5;
        let mut x = vec![-1.2, 0.4];
        descend(&mut valley, &mut x, patience);
        assert!((x[0] - 0.5).abs() < 1e-4 && (x[1] - 0.25).abs() < 1e-4, "{x:?}");
    }
}
