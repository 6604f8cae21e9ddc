//! What a tile of a fused step reads and writes, and which part of its loop it runs.

/// Rows and columns of one panel at one step. Pointers are at the first row and, but for `x`, `h` and `last`, at the panel's first unit.
#[derive(Clone, Copy)]
pub(super) struct Tile {
    /// The inputs and the last states as the product takes them, and how many slots they have.
    pub(super) x: *const f32,
    pub(super) inputs: usize,
    pub(super) h: *const f32,
    pub(super) states: usize,
    /// The last states as they are, `hidden` floats a row.
    pub(super) last: *const f32,
    pub(super) hidden: usize,
    pub(super) w_x: *const f32,
    pub(super) w_h: *const f32,
    pub(super) bias: *const f32,
    /// What is asked for while the recurrent rows run: weights of the panel behind this one.
    pub(super) ahead: *const f32,
    /// The input product where it was hoisted, else null.
    pub(super) pre: *mut f32,
    pub(super) pre_stride: usize,
    /// Vectors of units in the panel and units that exist.
    pub(super) vectors: usize,
    pub(super) units: usize,
    /// First unit of the panel.
    pub(super) unit: usize,
    /// RNN: a rectifier instead of tanh.
    pub(super) relu: bool,
    pub(super) c: *mut f32,
    pub(super) y: *mut f32,
    /// Null when no tape is kept.
    pub(super) gates: *mut f32,
    pub(super) gates_stride: usize,
    pub(super) tape_c: *mut f32,
    pub(super) tape_tanh_c: *mut f32,
}

impl Default for Tile {
    /// A tile that reads and writes nothing.
    fn default() -> Self {
        let (read, write) = (std::ptr::null(), std::ptr::null_mut());
        Self {
            x: read,
            inputs: 0,
            h: read,
            states: 0,
            last: read,
            hidden: 0,
            w_x: read,
            w_h: read,
            bias: read,
            ahead: read,
            pre: write,
            pre_stride: 0,
            vectors: 0,
            units: 0,
            unit: 0,
            relu: false,
            c: write,
            y: write,
            gates: write,
            gates_stride: 0,
            tape_c: write,
            tape_tanh_c: write,
        }
    }
}

/// Which part of the K loop a tile runs.
pub(super) const WHOLE: u8 = 0;
/// Inputs only, into `pre`.
pub(super) const INPUTS: u8 = 1;
/// From `pre`, recurrent rows only.
pub(super) const RECURRENT: u8 = 2;
