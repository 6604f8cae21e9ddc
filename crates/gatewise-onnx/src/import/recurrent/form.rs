//! What the attributes of a recurrent node ask for.

use gatewise_kernels::Cell;

use crate::import::activation::Activation;
use crate::import::error::{Fault, brief, fault};
use crate::import::reader::Reader;

/// The three operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Rnn,
    Gru,
    Lstm,
}

/// A recurrent node without its weights.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) operator: Operator,
    /// Hidden units, where an attribute says so.
    pub(crate) hidden: Option<usize>,
    /// For each direction whether it reads from the end, and its activations: f, then g, then h.
    pub(crate) directions: Vec<(bool, Vec<Activation>)>,
    /// What inputs of activations are cut to, to either side of 0.
    pub(crate) clip: Option<f32>,
    /// Whether the forget gate is what the input gate leaves.
    pub(crate) input_forget: bool,
    /// Whether a GRU resets behind the product.
    pub(crate) reset_after: bool,
    /// Whether batches come before steps.
    pub(crate) batch_major: bool,
}

impl Operator {
    /// Activations of a direction where none are named.
    fn usual(self) -> &'static [Activation] {
        match self {
            Self::Rnn => &[Activation::Tanh],
            Self::Gru => &[Activation::Sigmoid, Activation::Tanh],
            Self::Lstm => &[Activation::Sigmoid, Activation::Tanh, Activation::Tanh],
        }
    }
}

impl Form {
    /// Reads the attributes.
    ///
    /// # Errors
    /// Values that they cannot have.
    pub(crate) fn read(reader: &Reader<'_>) -> Result<Self, Fault> {
        let operator = match reader.proto.op_type.as_deref() {
            Some("RNN") => Operator::Rnn,
            Some("GRU") => Operator::Gru,
            _ => Operator::Lstm,
        };
        let reverse: &[bool] = match reader.text("direction")?.unwrap_or("forward") {
            "forward" => &[false],
            "reverse" => &[true],
            "bidirectional" => &[false, true],
            other => {
                return fault(format!("its attribute direction is \"{}\"; it must be forward, reverse or bidirectional", brief(other)));
            }
        };
        let hidden = match reader.int("hidden_size")? {
            None => None,
            Some(hidden) => match usize::try_from(hidden) {
                Ok(hidden) if hidden > 0 => Some(hidden),
                _ => return fault(format!("its attribute hidden_size is {hidden}")),
            },
        };
        let clip = match reader.float("clip")? {
            None => None,
            Some(clip) if clip >= 0.0 => Some(clip),
            Some(clip) => return fault(format!("its attribute clip is {clip}; it must be 0 or above")),
        };
        let activations = activations(reader, operator, reverse.len())?;
        Ok(Self {
            operator,
            hidden,
            directions: reverse.iter().copied().zip(activations).collect(),
            clip,
            input_forget: operator == Operator::Lstm && reader.flag("input_forget", false)?,
            // Files have other numbers than 1 that mean it too.
            reset_after: operator == Operator::Gru && reader.int("linear_before_reset")?.unwrap_or(0) != 0,
            batch_major: reader.opset >= 14 && reader.flag("layout", false)?,
        })
    }

    /// The cell whose equations these are, whatever its activations.
    pub(crate) fn cell(&self) -> Cell {
        match self.operator {
            Operator::Rnn => Cell::RnnTanh,
            Operator::Gru if self.reset_after => Cell::Gru,
            Operator::Gru => Cell::GruResetBefore,
            Operator::Lstm => Cell::Lstm,
        }
    }

    /// The cell of a direction that the kernels compute.
    ///
    /// # Errors
    /// What they do not: it stands in a sentence as "runs in plain loops: …".
    pub(crate) fn kernel(&self, direction: usize) -> Result<Cell, &'static str> {
        let activations = &self.directions[direction].1[..];
        if self.clip.is_some() {
            return Err("inputs of activations are clipped");
        }
        if self.input_forget {
            return Err("its forget gate is what the input gate leaves");
        }
        match self.operator {
            Operator::Rnn if activations == [Activation::Relu] => Ok(Cell::RnnRelu),
            _ if activations == self.operator.usual() => Ok(self.cell()),
            _ => Err("its activations are not the usual ones"),
        }
    }
}

/// The activations of each direction.
fn activations(reader: &Reader<'_>, operator: Operator, directions: usize) -> Result<Vec<Vec<Activation>>, Fault> {
    let usual = operator.usual();
    let functions = match reader.texts("activations")? {
        None => usual.repeat(directions),
        Some(names) if names.len() == usual.len() * directions => {
            let named =
                |name: &&str| Activation::named(name).ok_or_else(|| Fault::new(format!("activation {} is not supported", brief(name))));
            names.iter().map(named).collect::<Result<Vec<_>, _>>()?
        }
        Some(names) => {
            return fault(format!("it has {} activations; {} for each of {directions} directions are wanted", names.len(), usual.len()));
        }
    };
    let numbers = |name| Ok::<_, Fault>(reader.floats(name)?.unwrap_or_default().iter().copied());
    let (mut alphas, mut betas) = (numbers("activation_alpha")?, numbers("activation_beta")?);
    let functions: Vec<Activation> = functions.into_iter().map(|function| function.with(&mut alphas, &mut betas)).collect();
    Ok(functions.chunks(usual.len()).map(<[Activation]>::to_vec).collect())
}
