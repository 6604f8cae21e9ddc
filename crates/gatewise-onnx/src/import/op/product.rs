//! Products of matrices, on the kernels: a constant right-hand side is packed when the file is read.

use gatewise_kernels::{Mat, PackedRight, Scratch, matmul as multiply, matmul_packed, vectorize};

use super::broadcast::{Walk, zip};
use super::{Action, Built, Call, Op, Reader, Work};
use crate::import::error::{Fault, fault};
use crate::import::shape::{Shape, count};
use crate::import::tensor::{Constant, Dtype, Operand};

/// A constant right-hand side (K, N), packed by the first call.
#[derive(Debug)]
struct Right {
    rows: usize,
    cols: usize,
    packed: PackedRight<f32>,
}

impl Right {
    /// Of a constant matrix, if it is one. `transposed`: it is stored as (N, K).
    fn of(reader: &Reader<'_>, constant: Option<&Constant>, transposed: bool) -> Result<Option<Self>, Fault> {
        let Some(constant) = constant else { return Ok(None) };
        let &[first, second] = constant.shape.axes() else { return Ok(None) };
        let values = constant.operand().float()?;
        let (rows, cols) = if transposed { (second, first) } else { (first, second) };
        let mut packed = PackedRight::default();
        // Panels are rounded up to whole vectors: what has hardly any columns grows most.
        let padded = gatewise_memory::product(&[rows.saturating_add(64), cols.saturating_add(64), 4]);
        gatewise_memory::Budget::current().hold("its packed weights", padded)?;
        let matrix = if transposed { Mat::transposed(values, rows, cols) } else { Mat::new(values, rows, cols) };
        packed.pack(reader.cpu, matrix);
        Ok(Some(Self { rows, cols, packed }))
    }
}

#[derive(Debug)]
struct MatMul(Option<Right>);

pub(super) fn matmul(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(2..=2, 1)?;
    reader.expect(0, Dtype::Float)?;
    reader.expect(1, Dtype::Float)?;
    let right = Right::of(reader, reader.constant(1), false)?;
    let absorbed = if right.is_some() { vec![1] } else { Vec::new() };
    Ok(Built { action: Action::Heavy(Box::new(MatMul(right))), outputs: vec![Dtype::Float], settles: Vec::new(), absorbed })
}

impl Op for MatMul {
    fn work(&self) -> Work {
        Work::Product(Scratch::default())
    }

    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let a = call.input(0)?;
        if let (Some(right), [outer @ .., inner]) = (&self.0, a.shape.axes()) {
            if *inner != right.rows {
                return fault(format!("it multiplies shapes {} and ({}, {})", a.shape, right.rows, right.cols));
            }
            let (rows, mut shape) = (count(outer), a.shape);
            shape.axes_mut()[outer.len()] = right.cols;
            let (cpu, values) = (call.cpu, a.float()?);
            let out = call.float(0, shape)?;
            if right.rows == 0 {
                out.fill(0.0);
            } else if !out.is_empty() {
                matmul_packed(cpu, Mat::new(values, rows, right.rows), &right.packed, false, out);
            }
            return Ok(());
        }
        let b = call.input(1)?;
        general(call, a, b)
    }
}

/// A product as numpy has it: of the last two axes, for every place on the axes before.
fn general(call: &mut Call<'_>, a: Operand<'_>, b: Operand<'_>) -> Result<(), Fault> {
    let wrong = || Fault::new(format!("it multiplies shapes {} and {}", a.shape, b.shape));
    // A vector is a row on the left, a column on the right, and its axis of 1 is gone afterwards.
    let (outer_a, m, k) = match a.shape.axes() {
        [outer @ .., m, k] => (outer, *m, *k),
        [k] => (&[][..], 1, *k),
        [] => return Err(wrong()),
    };
    let (outer_b, inner, n) = match b.shape.axes() {
        [outer @ .., inner, n] => (outer, *inner, *n),
        [inner] => (&[][..], *inner, 1),
        [] => return Err(wrong()),
    };
    let (outer_a, outer_b) = (Shape::new(outer_a)?, Shape::new(outer_b)?);
    let outer = outer_a.broadcast(&outer_b).map_err(|_| wrong())?;
    if k != inner {
        return Err(wrong());
    }
    let mut shape = outer;
    if a.shape.rank() > 1 {
        shape.push(m)?;
    }
    if b.shape.rank() > 1 {
        shape.push(n)?;
    }
    let (cpu, a, b) = (call.cpu, a.float()?, b.float()?);
    let out = call.outs[0].float(shape, call.held)?;
    if out.is_empty() {
        return Ok(());
    }
    if k == 0 {
        out.fill(0.0);
        return Ok(());
    }
    // Where each place's matrices are, in order.
    let places = outer.count();
    let number = |shape: &Shape| (0..shape.count()).collect::<Vec<usize>>();
    let (of_a, of_b, mut pairs) = (number(&outer_a), number(&outer_b), vec![(0, 0); places]);
    zip(&Walk::new(&outer, [&outer_a, &outer_b]), &of_a, &of_b, &mut pairs, |a, b| (a, b));
    let Work::Product(scratch) = &mut *call.work else { return fault("its working space is another operator's") };
    for ((at_a, at_b), out) in pairs.into_iter().zip(out.chunks_exact_mut(m * n)) {
        let (a, b) = (Mat::new(&a[at_a * m * k..][..m * k], m, k), Mat::new(&b[at_b * k * n..][..k * n], k, n));
        multiply(cpu, a, b, false, out, scratch);
    }
    Ok(())
}

/// α A·B + β C.
#[derive(Debug)]
struct Gemm {
    alpha: f32,
    beta: f32,
    transposes: [bool; 2],
    right: Option<Right>,
}

pub(super) fn gemm(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(if reader.opset >= 11 { 2..=3 } else { 3..=3 }, 1)?;
    reader.expect(0, Dtype::Float)?;
    reader.expect(1, Dtype::Float)?;
    reader.expect_any(2, Dtype::Float)?;
    let transposes = [reader.flag("transA", false)?, reader.flag("transB", false)?];
    let (alpha, beta) = (reader.float("alpha")?.unwrap_or(1.0), reader.float("beta")?.unwrap_or(1.0));
    // The left-hand side of a packed product lies row after row.
    let constant = reader.constant(1).filter(|_| !transposes[0]);
    let right = Right::of(reader, constant, transposes[1])?;
    let absorbed = if right.is_some() { vec![1] } else { Vec::new() };
    let gemm = Gemm { alpha, beta, transposes, right };
    Ok(Built { action: Action::Heavy(Box::new(gemm)), outputs: vec![Dtype::Float], settles: Vec::new(), absorbed })
}

fn matrix<'a>(operand: &Operand<'a>, transposed: bool) -> Result<Mat<'a, f32>, Fault> {
    let &[first, second] = operand.shape.axes() else { return fault(format!("shape {} is no matrix", operand.shape)) };
    let values = operand.float()?;
    Ok(if transposed { Mat::transposed(values, second, first) } else { Mat::new(values, first, second) })
}

impl Op for Gemm {
    fn work(&self) -> Work {
        Work::Product(Scratch::default())
    }

    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let (cpu, c) = (call.cpu, call.maybe(2).filter(|_| self.beta != 0.0));
        let a = matrix(&call.input(0)?, self.transposes[0])?;
        let b = if self.right.is_some() { None } else { Some(matrix(&call.input(1)?, self.transposes[1])?) };
        let (inner, cols) = match (&self.right, b) {
            (Some(right), _) => (right.rows, right.cols),
            (None, Some(b)) => (b.rows, b.cols),
            (None, None) => (0, 0),
        };
        if a.cols != inner {
            return fault(format!("it multiplies a matrix of {} columns with one of {inner} rows", a.cols));
        }
        let shape = Shape::new(&[a.rows, cols])?;
        // The sum begins with what is added, where nothing is scaled behind it.
        let begins = self.alpha == 1.0 && c.is_some();
        if begins && let Some(c) = c {
            add(call, &c, self.beta, shape, true)?;
        } else {
            call.float(0, shape)?;
        }
        if a.rows > 0 && cols > 0 {
            let out = &mut call.outs[0].aligned()?[..];
            match (&self.right, b) {
                _ if inner == 0 => out.iter_mut().filter(|_| !begins).for_each(|out| *out = 0.0),
                (Some(right), _) => matmul_packed(cpu, a, &right.packed, begins, out),
                (None, Some(b)) => {
                    let Work::Product(scratch) = &mut *call.work else { return fault("its working space is another operator's") };
                    multiply(cpu, a, b, begins, out, scratch);
                }
                (None, None) => {}
            }
        }
        if self.alpha != 1.0 {
            let (alpha, out) = (self.alpha, &mut call.outs[0].aligned()?[..]);
            vectorize!(out.iter_mut().for_each(|x| *x *= alpha));
            if let Some(c) = c {
                add(call, &c, self.beta, shape, false)?;
            }
        }
        Ok(())
    }
}

/// Adds β C, broadcast, to the output, or puts it there.
fn add(call: &mut Call<'_>, c: &Operand<'_>, beta: f32, shape: Shape, begins: bool) -> Result<(), Fault> {
    if shape.broadcast(&c.shape)? != shape {
        return fault(format!("it adds shape {} to {shape}", c.shape));
    }
    let (values, strides) = (c.float()?, c.shape.strides_in(&shape));
    let out = call.float(0, shape)?;
    let cols = shape.axes()[1];
    if out.is_empty() {
        return Ok(());
    }
    for (row, out) in out.chunks_exact_mut(cols).enumerate() {
        let at = row * strides[0];
        let summand = |k: usize| beta * values[at + k * strides[1]];
        if begins && strides[1] == 1 && beta == 1.0 {
            out.copy_from_slice(&values[at..at + cols]);
        } else {
            out.iter_mut().enumerate().for_each(|(k, out)| *out = if begins { summand(k) } else { *out + summand(k) });
        }
    }
    Ok(())
}
