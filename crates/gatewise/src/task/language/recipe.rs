//! What training hides from the network of a text, by how often it will meet the text and how much it could learn by heart.

/// How much a network will see of a text beside how much it can hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Exposure {
    /// Passes over the text.
    pub passes: f64,
    /// Parameters for each symbol of the text.
    pub parameters: f64,
    /// Whether a symbol is one of many, as a word, whose vector is met seldom.
    pub many: bool,
}

/// Shares dropped and weights of penalties.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Regularisation {
    pub dropout: f64,
    pub input_dropout: f64,
    pub embedding_dropout: f64,
    pub weight_drop: f64,
    pub activation_penalty: f64,
    pub slowness_penalty: f64,
    pub weight_decay: f64,
}

/// Passes times parameters a symbol below which nothing is learned by heart, so that nothing needs to be hidden, and the dropout that is added for each
/// tenfold of that: of few symbols, and of many, whose vectors are dropped too. Without weight decay Tiny Shakespeare in three minutes (7.8 of that) ends at 1.453
/// nats with .12 and at 1.452 with .25, and more passes need more; with it ten passes end at 1.413 with .25, at 1.421 with .4.
const HARMLESS: [f64; 2] = [1.0, 2.0];
const DROPOUT_PER_DECADE: [f64; 2] = [0.3, 0.2];

/// Dropout at most, of few symbols and of many.
const MOST_DROPOUT: [f64; 2] = [0.5, 0.4];

/// Decoupled weight decay where anything is hidden. Ten passes over Tiny Shakespeare with 512 units and a dropout of .25 end at 1.413 nats with 0.1, at 1.414 with 0.3;
/// without it at 1.457 with a dropout of .5, and no better with weights or inputs dropped too.
const WEIGHT_DECAY: f64 = 0.1;

/// From this dropout on, weights from the state are dropped and outputs penalised too, of many symbols.
const STRONG: f64 = 0.35;

impl Exposure {
    /// Passes times parameters a symbol: how often a parameter is shaped by the same symbols.
    fn amount(self) -> f64 {
        self.passes * self.parameters
    }

    /// What should be hidden.
    pub(super) fn regularisation(self) -> Regularisation {
        let kind = usize::from(self.many);
        let decades = (self.amount() / HARMLESS[kind]).max(1.0).log10();
        let dropout = hundredths((DROPOUT_PER_DECADE[kind] * decades).min(MOST_DROPOUT[kind]));
        let strong = self.many && dropout >= STRONG;
        Regularisation {
            dropout,
            input_dropout: if self.many { dropout } else { 0.0 },
            embedding_dropout: if self.many { hundredths(dropout / 5.0) } else { 0.0 },
            weight_drop: if strong { hundredths(dropout / 2.0) } else { 0.0 },
            activation_penalty: if strong { 2.0 } else { 0.0 },
            slowness_penalty: if strong { 1.0 } else { 0.0 },
            weight_decay: if dropout > 0.0 { WEIGHT_DECAY } else { 0.0 },
        }
    }

    /// In words, as a reason.
    pub(super) fn told(self) -> String {
        let symbols = 1.0 / self.parameters.max(f64::MIN_POSITIVE);
        format!("{:.1} passes, {symbols:.2} symbols a parameter", self.passes)
    }
}

fn hundredths(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_passes_of_a_larger_network_hide_more() {
        let of = |passes, parameters, many| Exposure { passes, parameters, many }.regularisation();
        assert_eq!((of(1.0, 0.5, true).dropout, of(1.0, 0.5, true).weight_decay), (0.0, 0.0), "a text read once");
        let mut last = -1.0;
        for passes in [1.0, 3.0, 10.0, 30.0, 100.0, 1e4] {
            let now = of(passes, 4.0, true);
            assert!(now.dropout >= last && now.dropout <= MOST_DROPOUT[1], "{now:?}");
            last = now.dropout;
        }
        let (words, characters) = (of(30.0, 7.0, true), of(30.0, 7.0, false));
        assert_eq!((words.weight_decay, characters.weight_decay), (WEIGHT_DECAY, WEIGHT_DECAY));
        assert!(words.input_dropout > 0.0 && words.embedding_dropout > 0.0 && words.activation_penalty > 0.0);
        assert_eq!((characters.input_dropout, characters.embedding_dropout, characters.activation_penalty), (0.0, 0.0, 0.0));
    }
}
