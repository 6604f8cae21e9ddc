//! Local regression on equally spaced rows (Cleveland 1979).

/// A smoother of the `width` nearest rows by tricube weights, with a line or a constant, evaluated at every `jump`-th row and
/// straight between.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loess {
    pub width: usize,
    pub linear: bool,
    pub jump: usize,
}

impl Loess {
    /// With a jump of a tenth of the width, as STL takes it.
    pub fn new(width: usize, linear: bool) -> Self {
        Self { width, linear, jump: width.div_ceil(10) }
    }

    /// The smooth at the places −`outside`, …, n − 1 + `outside`, appended to `out`; `trust` weighs rows, empty for alike.
    pub fn smooth(self, y: &[f64], trust: &[f64], outside: usize, out: &mut Vec<f64>) {
        let start = out.len();
        let places = y.len() + 2 * outside;
        let jump = self.jump.max(1);
        let mut place = 0;
        let mut window = Window::default();
        loop {
            let value = self.at(y, trust, place as f64 - outside as f64, &mut window);
            let filled = out.len() - start;
            if filled > 0 {
                let before = out[out.len() - 1];
                let gap = place + 1 - filled;
                out.extend((1..gap).map(|i| before + (value - before) * i as f64 / gap as f64));
            }
            out.push(value);
            if place + 1 >= places {
                break;
            }
            place = (place + jump).min(places - 1);
        }
    }

    /// The smooth at `x`, where row i stands at i. Rows without any weight give their nearest neighbour.
    fn at(self, y: &[f64], trust: &[f64], x: f64, window: &mut Window) -> f64 {
        let n = y.len();
        let width = self.width.min(n);
        let left = (x - (width as f64 - 1.0) / 2.0).round().clamp(0.0, (n - width) as f64) as usize;
        let right = left + width - 1;
        let beyond = if self.width > n { ((self.width - n) / 2) as f64 } else { 0.0 };
        window.place(x - left as f64, width, beyond);
        let weights = window.weighed(if trust.is_empty() { trust } else { &trust[left..=right] });
        let (mut sum, mut first) = (0.0, 0.0);
        for (i, w) in (left..).zip(weights) {
            sum += w;
            first += w * i as f64;
        }
        if sum <= 0.0 {
            return y[x.round().clamp(0.0, (n - 1) as f64) as usize];
        }
        let middle = first / sum;
        let (mut second, mut level, mut cross) = (0.0, 0.0, 0.0);
        for ((i, y), w) in (left..).zip(&y[left..=right]).zip(weights) {
            let d = i as f64 - middle;
            second += w * d * d;
            level += w * y;
            cross += w * d * y;
        }
        level /= sum;
        // A line wants rows that are apart.
        if self.linear && (second / sum).sqrt() > 0.001 * n as f64 { level + (x - middle) * cross / second } else { level }
    }
}

/// The tricube weights of a window, which are the same wherever the place stands the same way between its ends.
#[derive(Default)]
struct Window {
    place: f64,
    tricube: Vec<f64>,
    weights: Vec<f64>,
}

impl Window {
    /// Weights of `width` rows about a place so far behind the first of them, for a reach of so many rows more than its ends are away.
    fn place(&mut self, place: f64, width: usize, beyond: f64) {
        if self.tricube.len() == width && self.place == place {
            return;
        }
        self.place = place;
        let reach = f64::max(place, (width - 1) as f64 - place) + beyond;
        self.tricube.clear();
        self.tricube.extend((0..width).map(|i| {
            let r = (i as f64 - place).abs();
            if r <= 0.001 * reach {
                1.0
            } else if r <= 0.999 * reach {
                let u = r / reach;
                let v = 1.0 - u * u * u;
                v * v * v
            } else {
                0.0
            }
        }));
    }

    /// The weights, times how far each row is trusted; all rows alike where nothing is said of them.
    fn weighed(&mut self, trust: &[f64]) -> &[f64] {
        if trust.is_empty() {
            return &self.tricube;
        }
        self.weights.clear();
        self.weights.extend(self.tricube.iter().zip(trust).map(|(tricube, trust)| tricube * trust));
        &self.weights
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_a_line_beyond_the_ends() {
        let y: Vec<f64> = (0..30).map(|t| 2.0 + 0.5 * t as f64).collect();
        for jump in [1, 4] {
            let mut out = Vec::new();
            Loess { width: 11, linear: true, jump }.smooth(&y, &[], 2, &mut out);
            assert_eq!(out.len(), 34);
            for (i, value) in out.iter().enumerate() {
                assert!((value - (1.0 + 0.5 * i as f64)).abs() < 1e-9, "{i} {value}");
            }
        }
    }

    #[test]
    fn rows_without_trust_do_not_count() {
        let mut y = vec![3.0; 20];
        y[10] = 100.0;
        let mut trust = vec![1.0; 20];
        trust[10] = 0.0;
        let mut out = Vec::new();
        Loess { width: 7, linear: true, jump: 1 }.smooth(&y, &trust, 0, &mut out);
        assert!(out.iter().all(|value| (value - 3.0).abs() < 1e-9), "{out:?}");
    }
}
