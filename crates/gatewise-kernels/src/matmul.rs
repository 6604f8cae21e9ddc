//! Matrix products around the cells: dense layers and their gradients.

use crate::buffer::Aligned;
use crate::cell::area;
use crate::cpu::{Cpu, Isa};
use crate::real::Real;

/// Rows and columns of the largest tile that a packed matrix is rounded up to, or more.
const TILE: usize = 256;

/// A borrowed matrix: element (r, c) lies at `r · stride + c`, or at `c · stride + r` when transposed.
#[derive(Clone, Copy, Debug)]
pub struct Mat<'a, F> {
    /// The storage.
    pub data: &'a [F],
    /// Rows as seen by the product.
    pub rows: usize,
    /// Columns as seen by the product.
    pub cols: usize,
    /// Distance between consecutive stored rows.
    pub stride: usize,
    /// Whether the storage is (cols, rows).
    pub transposed: bool,
}

impl<'a, F: Real> Mat<'a, F> {
    /// `data` as (rows, cols), row after row.
    pub fn new(data: &'a [F], rows: usize, cols: usize) -> Self {
        Self { data, rows, cols, stride: cols, transposed: false }.checked()
    }

    /// The transpose of `data` (cols, rows): seen as (rows, cols).
    pub fn transposed(data: &'a [F], rows: usize, cols: usize) -> Self {
        Self { data, rows, cols, stride: rows, transposed: true }.checked()
    }

    /// The same view of a matrix whose stored rows are `stride` apart.
    pub fn with_stride(data: &'a [F], rows: usize, cols: usize, stride: usize, transposed: bool) -> Self {
        Self { data, rows, cols, stride, transposed }.checked()
    }

    fn checked(self) -> Self {
        let (lines, width) = if self.transposed { (self.cols, self.rows) } else { (self.rows, self.cols) };
        assert!(width <= self.stride, "a row of {width} needs a stride of at least that, not {}", self.stride);
        let needed = if lines == 0 { 0 } else { area(&[lines - 1, self.stride]).checked_add(width).expect("a matrix can be counted") };
        assert!(self.data.len() >= needed, "a matrix of {} × {} needs {needed} elements, not {}", self.rows, self.cols, self.data.len());
        self
    }

    /// Panics unless its panels, rows and columns rounded up to those of a tile, can be counted.
    fn check_panels(&self) {
        let up = |size: usize| size.checked_add(TILE).expect("a matrix can be counted");
        area(&[up(self.rows), up(self.cols), size_of::<F>()]);
    }

    /// Element (r, c).
    pub fn at(&self, r: usize, c: usize) -> F {
        if self.transposed { self.data[c * self.stride + r] } else { self.data[r * self.stride + c] }
    }
}

/// Packing space of a product, kept by the caller so that a warm call allocates nothing.
#[derive(Debug)]
pub struct Scratch<F> {
    /// Packed panels of the right-hand matrix.
    pub(crate) panels: Aligned<F>,
}

impl<F> Default for Scratch<F> {
    fn default() -> Self {
        Self { panels: Aligned::default() }
    }
}

/// C = A·B, or C += A·B when `accumulate`; `c` is (a.rows, b.cols), row after row.
///
/// Every element is one sum in the order of k, whatever the sizes and the number of threads.
///
/// # Panics
/// If the sizes do not agree.
pub fn matmul<F: Real>(cpu: &Cpu, a: Mat<'_, F>, b: Mat<'_, F>, accumulate: bool, c: &mut [F], scratch: &mut Scratch<F>) {
    let (a, b) = (a.checked(), b.checked());
    assert_eq!(a.cols, b.rows, "inner sizes of a product agree");
    assert_eq!(c.len(), area(&[a.rows, b.cols]), "the result of a product is (a.rows, b.cols)");
    if c.is_empty() {
        return;
    }
    b.check_panels();
    F::matmul(cpu, a, b, accumulate, c, scratch);
}

/// A right-hand matrix in the order in which the kernels read it: worth its packing where it serves many products of few rows.
#[derive(Debug)]
pub struct PackedRight<F> {
    isa: Option<Isa>,
    /// Rows and columns.
    size: (usize, usize),
    pub(crate) panels: Aligned<F>,
}

impl<F> Default for PackedRight<F> {
    fn default() -> Self {
        Self { isa: None, size: (0, 0), panels: Aligned::default() }
    }
}

impl<F: Real> PackedRight<F> {
    /// Takes over a matrix.
    ///
    /// # Panics
    /// If it is larger than its data, or than memory can hold.
    pub fn pack(&mut self, cpu: &Cpu, b: Mat<'_, F>) {
        let b = b.checked();
        b.check_panels();
        // What is packed in part serves no call.
        self.isa = None;
        self.size = (b.rows, b.cols);
        if b.rows == 0 || b.cols == 0 {
            self.panels.resize(0);
        } else {
            F::pack_right(cpu.isa(), b, &mut self.panels);
        }
        self.isa = Some(cpu.isa());
    }
}

/// As [`matmul()`] with a right-hand matrix that was packed before; every bit is the same.
///
/// # Panics
/// If the sizes do not agree, `a` is transposed, or `b` was not packed for this `cpu`.
pub fn matmul_packed<F: Real>(cpu: &Cpu, a: Mat<'_, F>, b: &PackedRight<F>, accumulate: bool, c: &mut [F]) {
    let (a, (k, n)) = (a.checked(), b.size);
    assert!(!a.transposed, "the left-hand matrix lies row after row");
    assert_eq!(b.isa, Some(cpu.isa()), "the matrix is packed for the instruction set that runs");
    assert_eq!(a.cols, k, "inner sizes of a product agree");
    assert_eq!(c.len(), area(&[a.rows, n]), "the result of a product is (a.rows, b.cols)");
    if c.is_empty() {
        return;
    }
    F::matmul_packed(cpu, a, &b.panels, n, accumulate, c);
}
