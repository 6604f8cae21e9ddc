//! Elements of a line by their size: the largest and smallest, and where they are.

use std::cmp::Ordering;

use super::{Axes, Built, Call, Op, Reader};
use crate::import::error::{Fault, fault};
use crate::import::shape::{Shape, count};
use crate::import::tensor::{Dtype, Values};

/// The elements of a line, one after the other.
fn line<T: Copy>(values: &[T], from: usize, length: usize, apart: usize) -> impl Iterator<Item = T> {
    values[from..].iter().step_by(apart).take(length).copied()
}

/// Which of two is larger; a number that is none is as large as any.
fn order<T: PartialOrd>(a: &T, b: &T) -> Ordering {
    a.partial_cmp(b).unwrap_or(Ordering::Equal)
}

/// Where the largest or smallest element of each line is.
#[derive(Debug)]
struct Arg {
    smallest: bool,
    axis: i64,
    keeps: bool,
    /// Whether the last of several is meant.
    last: bool,
}

pub(super) fn arg(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(1..=1, 1)?;
    if reader.dtype(0)? == Dtype::Bool {
        return fault("its input is bool; it must be a number");
    }
    let last = if reader.opset >= 12 { reader.flag("select_last_index", false)? } else { false };
    let smallest = reader.proto.op_type.as_deref() == Some("ArgMin");
    Ok(Built::one(Arg { smallest, axis: reader.int("axis")?.unwrap_or(0), keeps: reader.flag("keepdims", true)?, last }, Dtype::Int))
}

impl Arg {
    fn best<T: PartialOrd>(&self, line: impl Iterator<Item = T>) -> i64 {
        let better = |new: &T, old: &T| match order(new, old) {
            Ordering::Equal => self.last,
            Ordering::Greater => !self.smallest,
            Ordering::Less => self.smallest,
        };
        let best = line.enumerate().reduce(|old, new| if better(&new.1, &old.1) { new } else { old });
        best.map_or(0, |(at, _)| at as i64)
    }
}

impl Op for Arg {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let x = call.input(0)?;
        let axis = x.shape.axis(self.axis)?;
        let (length, apart) = (x.shape.axes()[axis], count(&x.shape.axes()[axis + 1..]));
        let mut shape = Shape::default();
        for (at, &length) in x.shape.axes().iter().enumerate() {
            if at != axis || self.keeps {
                shape.push(if at == axis { 1 } else { length })?;
            }
        }
        if length == 0 && shape.count() > 0 {
            return fault("there is no extreme of no values");
        }
        for (k, out) in call.int(0, shape)?.iter_mut().enumerate() {
            let from = k / apart * apart * length + k % apart;
            *out = match x.values {
                Values::Float(x) => self.best(line(x, from, length, apart)),
                Values::Double(x) => self.best(line(x, from, length, apart)),
                Values::Int(x) => self.best(line(x, from, length, apart)),
                Values::Bool(_) => 0,
            };
        }
        Ok(())
    }
}

/// The largest or smallest elements of each line, in order, and where they are.
#[derive(Debug)]
struct Top {
    count: Axes,
    axis: i64,
    smallest: bool,
}

pub(super) fn top(reader: &Reader<'_>) -> Result<Built, Fault> {
    let old = reader.opset < 10;
    reader.arity(if old { 1..=1 } else { 2..=2 }, 2)?;
    let dtype = reader.dtype(0)?;
    if dtype == Dtype::Bool {
        return fault("its input is bool; it must be a number");
    }
    let count = if old {
        reader.int("k")?.map_or(Axes::None, |k| Axes::Fixed(vec![k]))
    } else {
        reader.expect(1, Dtype::Int)?;
        Axes::Input(1)
    };
    // In no order is any order.
    let flag = |name| if reader.opset >= 11 { reader.flag(name, true) } else { Ok(true) };
    let (largest, _) = (flag("largest")?, flag("sorted")?);
    let settles = count.inputs();
    let top = Top { count, axis: reader.int("axis")?.unwrap_or(-1), smallest: !largest };
    Ok(Built { outputs: vec![dtype, Dtype::Int], ..Built::one(top, dtype).settled_by(settles) })
}

/// The first of each line under an order, to values and places of the same shape.
struct Best {
    length: usize,
    taken: usize,
    apart: usize,
    smallest: bool,
}

impl Best {
    fn take<T: Copy + PartialOrd>(&self, values: &[T], out: &mut [T], places: &mut [i64]) {
        let Self { length, taken, apart, smallest } = *self;
        let mut row: Vec<(usize, T)> = Vec::with_capacity(length);
        for k in 0..values.len() / length {
            let (from, to) = (k / apart * apart * length + k % apart, k / apart * apart * taken + k % apart);
            row.clear();
            row.extend(line(values, from, length, apart).enumerate());
            row.sort_by(|a, b| if smallest { order(&a.1, &b.1) } else { order(&b.1, &a.1) });
            for (at, (place, value)) in row.iter().take(taken).enumerate() {
                (out[to + at * apart], places[to + at * apart]) = (*value, *place as i64);
            }
        }
    }
}

impl Op for Top {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let x = call.input(0)?;
        let axis = x.shape.axis(self.axis)?;
        let (length, apart) = (x.shape.axes()[axis], count(&x.shape.axes()[axis + 1..]));
        let lists = call.inputs;
        let Some(&[wanted]) = lists.axes(&self.count)? else { return fault("its number K is no single number") };
        let taken = usize::try_from(wanted).ok().filter(|taken| *taken <= length);
        let Some(taken) = taken else { return fault(format!("it takes {wanted} of {length} values")) };
        let mut shape = x.shape;
        shape.axes_mut()[axis] = taken;
        let best = Best { length, taken, apart, smallest: self.smallest };
        let mut places = Vec::new();
        super::copy::by_type!(x.values, call, 0, shape, |source, out| {
            places.resize(out.len(), 0);
            if !out.is_empty() {
                best.take(source, out, &mut places);
            }
        });
        if call.wants(1) {
            call.int(1, shape)?.copy_from_slice(&places);
        }
        Ok(())
    }
}
