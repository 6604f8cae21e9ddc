//! How the weights of a layer are held.

/// How the weights are held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// As they are.
    #[default]
    F32,
    /// Rounded to sixteen bits, and so is what they are multiplied with, forward and backward: inputs, states, gates' gradients. Sums,
    /// states, tape and the weights that are trained stay f32 (Kalamkar et al. 2019). Twice as many multiplications to an instruction
    /// where [`Isa::multiplies_bf16`](crate::Isa::multiplies_bf16); elsewhere the same results up to rounding, without the gain.
    Bf16,
    /// As whole numbers of eight bits with a scale for each row, for inference alone: a step reads a quarter of the bytes, which is
    /// what a batch of one waits for.
    Int8,
}
