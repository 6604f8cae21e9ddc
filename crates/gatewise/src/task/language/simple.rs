//! The simple methods that a network is held against, by name.

use super::baseline::Baseline;

/// A method that counts symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Simple {
    /// How frequent each symbol is.
    Frequency,
    /// What follows the symbol before.
    Pair,
    /// N-grams with interpolated modified Kneser-Ney smoothing (Chen and Goodman 1998).
    KneserNey {
        /// Symbols of the longest.
        order: usize,
    },
    /// Prediction by partial matching (Cleary and Witten 1984), which goes on learning as it reads.
    Ppm {
        /// Symbols of the longest context.
        order: usize,
    },
}

impl Simple {
    /// What programs call it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Frequency => "frequency",
            Self::Pair => "pair",
            Self::KneserNey { .. } => "kneser_ney",
            Self::Ppm { .. } => "ppm",
        }
    }

    /// What people call it, above a column.
    pub fn name(self) -> String {
        match self {
            Self::Frequency => "frequency".to_owned(),
            Self::Pair => "symbol before".to_owned(),
            Self::KneserNey { order } => format!("Kneser-Ney {order}-gram"),
            Self::Ppm { order } => format!("PPM of order {order}"),
        }
    }

    /// What it is, inside a sentence.
    pub fn described(self) -> String {
        match self {
            Self::Frequency => "counting how frequent each symbol is".to_owned(),
            Self::Pair => "counting pairs of symbols".to_owned(),
            Self::KneserNey { order } => {
                // Eight alone, of the orders there are, is spoken with a vowel.
                let article = if order == 8 { "an" } else { "a" };
                format!("{article} {order}-gram model with Kneser-Ney smoothing")
            }
            Self::Ppm { order } => format!("prediction by partial matching (PPM of order {order}, which goes on learning as it reads)"),
        }
    }
}

impl Baseline {
    /// Every method with its nats of a symbol, the simplest first.
    pub fn methods(&self) -> Vec<(Simple, f64)> {
        let of = |nats: f64, method: Simple| (method, nats);
        let mut methods = vec![
            of(self.frequency, Simple::Frequency),
            of(self.pair, Simple::Pair),
            of(self.kneser_ney.nats, Simple::KneserNey { order: self.kneser_ney.order }),
        ];
        methods.extend(self.ppm.map(|ppm| of(ppm.nats, Simple::Ppm { order: ppm.order })));
        methods
    }

    /// The method that needs the fewest nats; of several the simplest.
    pub fn best(&self) -> (Simple, f64) {
        let first = (Simple::Frequency, self.frequency);
        self.methods().into_iter().fold(first, |best, other| if other.1 < best.1 { other } else { best })
    }
}

#[cfg(test)]
mod tests {
    use super::super::baseline::OfOrder;
    use super::*;

    #[test]
    fn the_best_method_is_the_one_of_fewest_nats() {
        for (nats, best) in [
            ([3.0, 2.0, 1.5, 1.4], Simple::Ppm { order: 4 }),
            ([3.0, 2.0, 1.5, 1.6], Simple::KneserNey { order: 8 }),
            ([3.0, 1.0, 1.5, 1.6], Simple::Pair),
            ([1.0, 1.0, 1.0, 1.0], Simple::Frequency),
        ] {
            let [frequency, pair, grams, ppm] = nats;
            let kneser_ney = OfOrder { order: 8, nats: grams };
            let baseline = Baseline { frequency, pair, kneser_ney, ppm: Some(OfOrder { order: 4, nats: ppm }), left_out: 0, full: false };
            assert_eq!(baseline.best().0, best);
            assert_eq!(baseline.methods().iter().map(|method| method.1).collect::<Vec<_>>(), nats);
        }
    }
}
