//! How hidden states over time become rows.

/// How hidden states over time become one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Pool {
    /// The state after the last step
    Last,
    /// The mean over steps
    Mean,
    /// A row for each step
    None,
}

impl Pool {
    /// The rows of one sequence, each with its step, from one, where it is of one alone. `states`: (T, D·H) with T = `steps`, of a network with
    /// H = `hidden`.
    pub fn rows(self, states: &[f32], steps: usize, hidden: usize) -> Vec<(Option<usize>, Vec<f32>)> {
        let width = (states.len() / steps.max(1)).max(1);
        let mut states = states.chunks_exact(width);
        match self {
            // The second direction ends at the first step.
            Self::Last => {
                let first = states.clone().next();
                let ends = states.next_back().zip(first);
                ends.map(|(last, first)| (None, [&last[..hidden], &first[hidden..]].concat())).into_iter().collect()
            }
            Self::None => states.enumerate().map(|(t, state)| (Some(t + 1), state.to_vec())).collect(),
            Self::Mean => {
                let mut mean = vec![0.0_f32; width];
                for state in states {
                    mean.iter_mut().zip(state).for_each(|(m, s)| *m += s / steps as f32);
                }
                vec![(None, mean)]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_become_rows() {
        // Two steps of two directions with one unit each.
        let states = [1.0, 2.0, 3.0, 6.0];
        assert_eq!(Pool::Last.rows(&states, 2, 1), [(None, vec![3.0, 2.0])]);
        assert_eq!(Pool::Mean.rows(&states, 2, 1), [(None, vec![2.0, 4.0])]);
        assert_eq!(Pool::None.rows(&states, 2, 1), [(Some(1), vec![1.0, 2.0]), (Some(2), vec![3.0, 6.0])]);
        assert!(Pool::Last.rows(&[], 0, 1).is_empty());
    }
}
