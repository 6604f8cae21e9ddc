//! What a schedule that waits for the validation loss to stall has to remember.

use serde::{Deserialize, Serialize};

/// Best loss and epochs since; kept in the checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plateau {
    /// Product of all cuts.
    factor: f64,
    /// Lowest loss so far; none before the first epoch.
    best: Option<f64>,
    /// Epochs since the best loss.
    stalled: u64,
    /// Epochs of rest left after a cut.
    cooldown: u64,
}

impl Default for Plateau {
    fn default() -> Self {
        Self { factor: 1.0, best: None, stalled: 0, cooldown: 0 }
    }
}

impl Plateau {
    /// What the base rate is multiplied by.
    pub fn factor(&self) -> f64 {
        self.factor
    }

    /// Takes the loss of an epoch, as `torch.optim.lr_scheduler.ReduceLROnPlateau` with a relative threshold does:
    /// after more than `patience` epochs not below `best · (1 − threshold)` the rate is multiplied by `cut`,
    /// not below `floor`. `true` if it was cut. A loss that is NaN counts as no improvement.
    pub fn observe(&mut self, loss: f64, cut: f64, patience: u64, threshold: f64, cooldown: u64, floor: f64) -> bool {
        // `|best|`, unlike PyTorch: a log-likelihood loss can be negative, where `best · (1 − threshold)` lies above the best.
        let improved = self.best.map_or(!loss.is_nan(), |best| loss < best - best.abs() * threshold);
        if improved {
            self.best = Some(loss);
            self.stalled = 0;
        } else {
            self.stalled += 1;
        }
        if self.cooldown > 0 {
            self.cooldown -= 1;
            self.stalled = 0;
        }
        if self.stalled <= patience {
            return false;
        }
        self.stalled = 0;
        self.cooldown = cooldown;
        let before = self.factor;
        self.factor = (before * cut).max(floor);
        self.factor < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(losses: &[f64], cooldown: u64, floor: f64) -> Vec<f64> {
        let mut plateau = Plateau::default();
        let observed = |&loss| {
            plateau.observe(loss, 0.5, 1, 1e-4, cooldown, floor);
            plateau.factor()
        };
        losses.iter().map(observed).collect()
    }

    #[test]
    fn negative_losses_stall_too() {
        assert_eq!(run(&[-1.0, -1.00001, -1.00002, -2.0], 0, 0.0), [1.0, 1.0, 0.5, 0.5]);
    }

    #[test]
    fn cooldown_floor_and_nan() {
        assert_eq!(run(&[1.0; 7], 2, 0.0), [1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.25]);
        assert_eq!(run(&[1.0; 7], 0, 0.4), [1.0, 1.0, 0.5, 0.5, 0.4, 0.4, 0.4]);
        assert_eq!(run(&[f64::NAN, f64::NAN, 1.0, 0.5], 0, 0.0), [1.0, 0.5, 0.5, 0.5]);
    }
}
