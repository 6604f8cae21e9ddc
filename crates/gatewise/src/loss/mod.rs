//! Losses, their gradients, and what a head's raw output means: a point, quantiles, class probabilities.
//!
//! A head gives `width` raw values for every predicted value, innermost: a forecast head's output is (B, horizon, targets, width).

mod classification;
mod distribution;
mod inverse;
mod quantile;
mod regression;

use gatewise_kernels::{Cpu, Isa, Real};
use serde::{Deserialize, Serialize};

pub(crate) use classification::highest;
pub use distribution::{DF_FLOOR, SCALE_FLOOR};
pub use inverse::{normal_quantile, student_t_quantile};

/// What is wrong with the settings of a loss, or with what is asked of its output.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LossError {
    /// Huber's threshold is no positive number.
    #[error("`delta` is {0}; it must be above 0")]
    Delta(f64),
    /// Quantile levels that are none, not ascending, or not between 0 and 1.
    #[error("quantile levels {0:?} must be between 0 and 1, without the ends, and ascending")]
    Levels(Vec<f64>),
    /// Fewer than two classes.
    #[error("{0} classes; a classifier needs two or more")]
    Classes(usize),
    /// Class weights that do not fit.
    #[error("{found} class weights for {classes} classes; give one non-negative weight for each, or none")]
    ClassWeights {
        /// How many there are.
        found: usize,
        /// How many there must be.
        classes: usize,
    },
    /// Label smoothing outside its range.
    #[error("`label_smoothing` is {0}; it must be at least 0 and below 1")]
    LabelSmoothing(f64),
    /// Quantiles of a loss that has none.
    #[error("the loss `{0}` predicts no quantiles; use `quantile`, `gaussian` or `student_t`")]
    NoQuantiles(&'static str),
    /// A level beyond those that were trained.
    #[error("quantile {level} lies outside the trained levels {lowest} to {highest}; train with it among the levels")]
    LevelOutside {
        /// What was asked for.
        level: f64,
        /// The lowest trained level.
        lowest: f64,
        /// The highest trained level.
        highest: f64,
    },
}

/// A loss: the mean over all predicted values, weighted where weights are given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
pub enum Loss {
    /// (p − y)².
    #[default]
    Mse,
    /// |p − y|.
    Mae,
    /// (p − y)² / 2 within `delta` of the target, delta · (|p − y| − delta / 2) beyond (Huber 1964).
    Huber {
        /// Where the square becomes a line.
        #[serde(default = "delta")]
        delta: f64,
    },
    /// Pinball loss, one output for each level (Koenker and Bassett 1978), averaged over the levels.
    Quantile {
        /// Ascending, each between 0 and 1.
        levels: Vec<f64>,
    },
    /// Negative log-likelihood of a normal distribution; raw outputs: mean, scale before softplus.
    Gaussian,
    /// Negative log-likelihood of Student's t; raw outputs: location, scale before softplus, degrees of freedom before softplus.
    StudentT,
    /// Cross-entropy of the softmax; the target is the class as a number, a negative one is left out.
    CrossEntropy {
        /// How many classes.
        classes: usize,
        /// One for each class, or none for equal ones; the mean is taken over the weights, as PyTorch does.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        weights: Vec<f64>,
        /// Share of the target spread evenly over all classes (Szegedy et al. 2016).
        #[serde(default)]
        label_smoothing: f64,
    },
}

fn delta() -> f64 {
    1.0
}

impl Loss {
    /// Raw values for each predicted value: levels, classes, 2 of a Gaussian, 3 of Student's t, else 1.
    pub fn width(&self) -> usize {
        match self {
            Self::Mse | Self::Mae | Self::Huber { .. } => 1,
            Self::Quantile { levels } => levels.len(),
            Self::Gaussian => 2,
            Self::StudentT => 3,
            Self::CrossEntropy { classes, .. } => *classes,
        }
    }

    /// The name in a configuration.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Mse => "mse",
            Self::Mae => "mae",
            Self::Huber { .. } => "huber",
            Self::Quantile { .. } => "quantile",
            Self::Gaussian => "gaussian",
            Self::StudentT => "student_t",
            Self::CrossEntropy { .. } => "cross_entropy",
        }
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// The first setting that makes no sense.
    pub fn validate(&self) -> Result<(), LossError> {
        match self {
            Self::Mse | Self::Mae | Self::Gaussian | Self::StudentT => Ok(()),
            Self::Huber { delta } if delta.is_finite() && *delta > 0.0 => Ok(()),
            Self::Huber { delta } => Err(LossError::Delta(*delta)),
            Self::Quantile { levels } => quantile::validate(levels),
            Self::CrossEntropy { classes, weights, label_smoothing } => classification::validate(*classes, weights, *label_smoothing),
        }
    }

    /// The loss of a batch, and its gradient into `d_output`.
    ///
    /// `output`, `d_output`: (R, V, [`width`](Self::width)) with V values predicted in each of R rows; `target`: (R, V).
    /// `weight`: (R), or (R, V) for one weight a value. The result is Σ weight · loss / Σ weight, or 0 where every weight is. A
    /// value whose weight is 0 is not looked at: its target may be NaN. An output that is not finite makes the loss so.
    ///
    /// # Panics
    /// If the lengths do not agree, or a class is not below the number of classes.
    pub fn loss<F: Real>(&self, cpu: &Cpu, output: &[F], target: &[F], weight: Option<&[F]>, d_output: &mut [F]) -> f64 {
        let width = self.width();
        assert_eq!(output.len(), target.len() * width, "the output has {width} raw values for each target");
        assert_eq!(output.len(), d_output.len(), "a gradient for every output");
        let rows = Rows { output, target, weight, width };
        match self {
            Self::Mse => rows.mean(d_output, regression::mse),
            Self::Mae => rows.mean(d_output, regression::mae),
            Self::Huber { delta } => rows.mean(d_output, |part| regression::huber(part, *delta)),
            Self::Quantile { levels } => rows.mean(d_output, |part| quantile::pinball(part, levels)),
            Self::Gaussian => rows.mean(d_output, distribution::gaussian),
            Self::StudentT => rows.mean(d_output, distribution::student_t),
            Self::CrossEntropy { weights, label_smoothing, .. } => {
                classification::cross_entropy(cpu, &rows, weights, *label_smoothing, d_output)
            }
        }
    }

    /// The best single value of each prediction: the median of quantiles (or the level nearest to it), the location of a
    /// distribution, the most probable class. `raw`: (V, width), `out`: (V).
    ///
    /// # Panics
    /// If the lengths do not agree.
    pub fn point<F: Real>(&self, raw: &[F], out: &mut [F]) {
        assert_eq!(raw.len(), out.len() * self.width(), "the output has {} raw values for each point", self.width());
        match self {
            Self::Mse | Self::Mae | Self::Huber { .. } => out.copy_from_slice(raw),
            Self::Quantile { levels } => {
                let (lowest, highest) = (levels[0], levels[levels.len() - 1]);
                quantile::interpolate(raw, levels, &[0.5_f64.clamp(lowest, highest)], out);
            }
            Self::Gaussian | Self::StudentT => raw.chunks_exact(self.width()).zip(out).for_each(|(raw, out)| *out = raw[0]),
            Self::CrossEntropy { classes, .. } => {
                raw.chunks_exact(*classes).zip(out).for_each(|(raw, out)| *out = F::from_f64(classification::best(raw) as f64));
            }
        }
    }

    /// Quantiles of each prediction, ascending with the level: they never cross. `raw`: (V, width), `out`: (V, levels).
    ///
    /// Levels between trained ones are interpolated linearly.
    ///
    /// # Errors
    /// A loss without quantiles, levels that are not ascending between 0 and 1, a level outside the trained ones.
    ///
    /// # Panics
    /// If the lengths do not agree.
    pub fn quantiles<F: Real>(&self, raw: &[F], levels: &[f64], out: &mut [F]) -> Result<(), LossError> {
        quantile::validate(levels)?;
        assert_eq!(raw.len() * levels.len(), out.len() * self.width(), "one output for each prediction and level");
        match self {
            Self::Quantile { levels: trained } => {
                let (lowest, highest) = (trained[0], trained[trained.len() - 1]);
                match levels.iter().find(|level| !(lowest..=highest).contains(*level)) {
                    Some(&level) => Err(LossError::LevelOutside { level, lowest, highest }),
                    None => {
                        quantile::interpolate(raw, trained, levels, out);
                        Ok(())
                    }
                }
            }
            Self::Gaussian => {
                distribution::gaussian_quantiles(raw, levels, out);
                Ok(())
            }
            Self::StudentT => {
                distribution::student_t_quantiles(raw, levels, out);
                Ok(())
            }
            _ => Err(LossError::NoQuantiles(self.name())),
        }
    }

    /// Class probabilities, the softmax of each row. `raw`, `out`: (R, classes).
    ///
    /// # Panics
    /// If the lengths do not agree, or the loss is no classifier's.
    pub fn probabilities<F: Real>(&self, raw: &[F], out: &mut [F]) {
        let Self::CrossEntropy { classes, .. } = self else { panic!("the loss `{}` has no classes", self.name()) };
        assert_eq!(raw.len(), out.len(), "one probability for each class");
        for (raw, out) in raw.chunks_exact(*classes).zip(out.chunks_exact_mut(*classes)) {
            // The exponential of the platform: answers do not depend on the processor's vectors, and are few.
            classification::softmax(Isa::Scalar, raw, out);
        }
    }
}

/// What every loss reads.
struct Rows<'a, F> {
    output: &'a [F],
    target: &'a [F],
    weight: Option<&'a [F]>,
    width: usize,
}

/// Values of one weight, and the factor that their gradients bear.
struct Part<'a, F> {
    output: &'a [F],
    target: &'a [F],
    d_output: &'a mut [F],
    scale: F,
}

impl<F: Real> Rows<'_, F> {
    /// Weighted mean of a loss; `sum` gives the plain sum over a part and writes its gradient times the part's scale.
    fn mean(&self, d_output: &mut [F], sum: impl Fn(Part<'_, F>) -> f64) -> f64 {
        let (output, target) = (self.output, self.target);
        let Some(weight) = self.weight else {
            if target.is_empty() {
                return 0.0;
            }
            let share = 1.0 / target.len() as f64;
            return share * sum(Part { output, target, d_output, scale: F::from_f64(share) });
        };
        let values = self.values_per_weight(weight);
        let total = weight.iter().map(|w| w.to_f64()).sum::<f64>() * values as f64;
        let mut loss = 0.0;
        let parts =
            output.chunks_exact(values * self.width).zip(target.chunks_exact(values)).zip(d_output.chunks_exact_mut(values * self.width));
        for (((output, target), d_output), &weight) in parts.zip(weight) {
            if weight == F::ZERO {
                d_output.fill(F::ZERO);
            } else {
                let share = weight.to_f64() / total;
                loss += share * sum(Part { output, target, d_output, scale: F::from_f64(share) });
            }
        }
        loss
    }

    /// Predicted values that share a weight, at least 1.
    fn values_per_weight(&self, weight: &[F]) -> usize {
        let values = self.target.len() / weight.len().max(1);
        assert_eq!(values * weight.len(), self.target.len(), "a weight for each row, or for each value");
        values.max(1)
    }
}
