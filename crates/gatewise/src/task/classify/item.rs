//! One labelled sequence.

/// A sequence with what is to be said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// What it is called: a file, a row, an id.
    pub name: String,
    /// What the network reads.
    pub steps: Steps,
    /// The text that the symbols spell, where n-grams of it may be asked; else empty.
    pub text: String,
    /// What it should say.
    pub target: Target,
}

/// The steps of a sequence.
#[derive(Clone, Debug, PartialEq)]
pub enum Steps {
    /// (T, C), row-major.
    Numbers(Vec<f32>),
    /// (T), symbols of a vocabulary.
    Symbols(Vec<u32>),
}

/// The truth about a sequence.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// Unknown.
    None,
    /// The number of its class.
    Class(usize),
    /// A value.
    Value(f64),
    /// Several values. (K)
    Values(Vec<f64>),
    /// The class of each step; none where it is unknown.
    Each(Vec<Option<usize>>),
}

impl Target {
    /// The class of the whole sequence.
    pub fn class(&self) -> Option<usize> {
        match self {
            Self::Class(class) => Some(*class),
            _ => None,
        }
    }
}

impl Steps {
    /// Steps T of a sequence of `channels`.
    pub fn len(&self, channels: usize) -> usize {
        match self {
            Self::Numbers(values) => values.len() / channels.max(1),
            Self::Symbols(symbols) => symbols.len(),
        }
    }
}

impl Item {
    /// Steps T of a sequence of `channels`.
    pub fn len(&self, channels: usize) -> usize {
        self.steps.len(channels)
    }
}
