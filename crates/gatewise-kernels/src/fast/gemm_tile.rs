//! What a tile of a product reads and writes.

/// One tile of a product.
#[derive(Clone, Copy)]
pub(super) struct GemmTile {
    pub(super) a: *const f32,
    pub(super) a_stride: usize,
    pub(super) k: usize,
    pub(super) b: *const f32,
    /// What is asked for while the tile runs, a line with every k: what will be read next.
    pub(super) ahead: *const f32,
    pub(super) c: *mut f32,
    pub(super) c_stride: usize,
    /// Columns of C from here to its right edge.
    pub(super) columns: usize,
    pub(super) accumulate: bool,
}
