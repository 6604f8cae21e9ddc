//! Missing values filled in, by one way for tables and for items.

use crate::options::Impute;

/// The rows of a channel without a value. `values`: (rows, width).
pub(crate) fn missing_rows(values: &[f64], width: usize, channel: usize) -> Vec<usize> {
    (0..values.len() / width).filter(|row| values[row * width + channel].is_nan()).collect()
}

/// Fills the rows `missing` (rising) of one channel of `values`: (rows, width), row-major. What has a value on one side alone takes that; a channel
/// without any becomes zero.
pub(crate) fn fill(values: &mut [f64], width: usize, channel: usize, missing: &[usize], impute: Impute) {
    let at = |row: usize| row * width + channel;
    for run in missing.chunk_by(|a, b| b - a == 1) {
        let (Some(&first), Some(&last)) = (run.first(), run.last()) else {
            continue;
        };
        let before = first.checked_sub(1).map(|row| values[at(row)]);
        let after = values.get(at(last + 1)).copied();
        for (i, row) in run.iter().enumerate() {
            let share = (i + 1) as f64 / (run.len() + 1) as f64;
            values[at(*row)] = match (impute, before, after) {
                (Impute::Zero, ..) | (_, None, None) => 0.0,
                (Impute::Linear | Impute::Mask, Some(a), Some(b)) => a + (b - a) * share,
                (_, Some(a), _) => a,
                (_, None, Some(b)) => b,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_filled_along_their_channel() {
        let nan = f64::NAN;
        let gaps = [nan, 1.0, 2.0, nan, nan, nan, 4.0, 7.0];
        for (way, expected) in [
            (Impute::Linear, [2.0, 1.0, 2.0, 3.0, 3.0, 5.0, 4.0, 7.0]),
            (Impute::Forward, [2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 4.0, 7.0]),
            (Impute::Zero, [0.0, 1.0, 2.0, 0.0, 0.0, 0.0, 4.0, 7.0]),
        ] {
            let mut values = gaps;
            for channel in 0..2 {
                let missing = missing_rows(&values, 2, channel);
                fill(&mut values, 2, channel, &missing, way);
            }
            assert_eq!(values, expected, "{way}");
        }
        let mut nothing = [nan; 3];
        fill(&mut nothing, 1, 0, &[0, 1, 2], Impute::Linear);
        assert_eq!(nothing, [0.0; 3]);
    }

    #[test]
    fn only_the_rows_named_are_filled() {
        const NAN: f64 = f64::NAN;
        for (impute, expected) in
            [(Impute::Linear, [0.0, 1.0, 2.0, 3.0]), (Impute::Forward, [0.0, 0.0, 0.0, 3.0]), (Impute::Zero, [0.0, 0.0, 0.0, 3.0])]
        {
            let mut values = [9.0, 0.0, 9.0, NAN, 9.0, NAN, 9.0, 3.0];
            fill(&mut values, 2, 1, &[1, 2], impute);
            let channel: Vec<f64> = values.iter().skip(1).step_by(2).copied().collect();
            assert_eq!(channel, expected, "{impute}");
            assert_eq!(values[2], 9.0);
        }
    }
}
