//! The least value of a function of one number.

/// Golden section between `low` and `high`, for functions of one valley there; its place and value.
pub(crate) fn golden_section(mut low: f64, mut high: f64, sections: usize, mut value: impl FnMut(f64) -> f64) -> (f64, f64) {
    let golden = (5.0f64.sqrt() - 1.0) / 2.0;
    // A search that narrows to a bound stops short of it.
    let mut best = [low, high].map(|x| (x, value(x)));
    let (mut left, mut right) = (high - golden * (high - low), low + golden * (high - low));
    let (mut of_left, mut of_right) = (value(left), value(right));
    for _ in 0..sections {
        if of_left <= of_right {
            (high, right, of_right) = (right, left, of_left);
            left = high - golden * (high - low);
            of_left = value(left);
        } else {
            (low, left, of_left) = (left, right, of_right);
            right = low + golden * (high - low);
            of_right = value(right);
        }
    }
    for (x, found) in [(left, of_left), (right, of_right), best[1]] {
        if found < best[0].1 {
            best[0] = (x, found);
        }
    }
    best[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_bottom_inside_and_at_the_edge() {
        let (x, value) = golden_section(0.0, 1.0, 40, |x| (x - 0.3) * (x - 0.3));
        assert!((x - 0.3).abs() < 1e-6 && value < 1e-12);
        assert_eq!(golden_section(0.0, 1.0, 20, |x| x), (0.0, 0.0));
        assert_eq!(golden_section(0.0, 1.0, 20, |x| -x), (1.0, -1.0));
    }
}
