//! Sums, means and extremes along axes.

use gatewise_kernels::vectorize;

use super::reshape::marked;
use super::{Axes, Built, Call, Op, Reader};
use crate::import::error::{Fault, fault};
use crate::import::shape::{MOST_AXES, Shape};
use crate::import::tensor::{Dtype, Values};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    Sum,
    Mean,
    Max,
    Min,
}

#[derive(Debug)]
struct Reduce {
    measure: Measure,
    axes: Axes,
    keeps: bool,
    /// Whether no axes are none, and not all.
    none: bool,
}

pub(super) fn build(reader: &Reader<'_>) -> Result<Built, Fault> {
    let measure = match reader.proto.op_type.as_deref() {
        Some("ReduceSum") => Measure::Sum,
        Some("ReduceMean") => Measure::Mean,
        Some("ReduceMax") => Measure::Max,
        _ => Measure::Min,
    };
    let since = if measure == Measure::Sum { 13 } else { 18 };
    let new = reader.opset >= since;
    reader.arity(1..=if new { 2 } else { 1 }, 1)?;
    let dtype = reader.dtype(0)?;
    if dtype == Dtype::Bool || (dtype == Dtype::Int && measure == Measure::Mean) {
        return fault(format!("its input is {dtype}, which is not supported"));
    }
    let axes = reader.axes(1, since)?;
    let none = if new { reader.flag("noop_with_empty_axes", false)? } else { false };
    let settles = axes.inputs();
    Ok(Built::one(Reduce { measure, axes, keeps: reader.flag("keepdims", true)?, none }, dtype).settled_by(settles))
}

/// Neighbouring axes of a tensor that are all summed over or all kept, as one.
struct Groups {
    /// Length, and whether it is summed over.
    axes: [(usize, bool); MOST_AXES],
    rank: usize,
}

impl Groups {
    fn new(shape: &Shape, gone: &[bool]) -> Self {
        let mut groups = Self { axes: [(1, false); MOST_AXES], rank: 0 };
        for (&length, &gone) in shape.axes().iter().zip(gone).filter(|(length, _)| **length != 1) {
            match groups.rank.checked_sub(1).map(|last| &mut groups.axes[last]) {
                Some((before, same)) if *same == gone => *before = before.saturating_mul(length),
                _ => {
                    groups.axes[groups.rank] = (length, gone);
                    groups.rank += 1;
                }
            }
        }
        groups.rank = groups.rank.max(1);
        groups
    }

    /// Calls `run` for each run of the last group of axes: where its elements begin, and where their result is.
    #[inline(always)]
    fn runs(&self, mut run: impl FnMut(usize, usize)) {
        let (last, mut kept) = (self.rank - 1, [0; MOST_AXES]);
        let mut stride = if self.axes[last].1 { 1 } else { self.axes[last].0 };
        for axis in (0..last).rev() {
            kept[axis] = if self.axes[axis].1 { 0 } else { stride };
            stride *= if self.axes[axis].1 { 1 } else { self.axes[axis].0 };
        }
        let runs: usize = self.axes[..last].iter().map(|(length, _)| length).product();
        let (mut to, mut counts) = (0, [0; MOST_AXES]);
        for at in 0..runs {
            run(at * self.axes[last].0, to);
            for axis in (0..last).rev() {
                counts[axis] += 1;
                to += kept[axis];
                if counts[axis] < self.axes[axis].0 {
                    break;
                }
                counts[axis] = 0;
                to -= kept[axis] * self.axes[axis].0;
            }
        }
    }
}

/// Chains that a run is summed in, side by side.
const CHAINS: usize = 16;

/// A run by an associative function, in chains: their ends are put together in order.
#[inline(always)]
fn chained<T: Copy>(values: &[T], start: T, f: impl Fn(T, T) -> T + Copy) -> T {
    let mut chains = [start; CHAINS];
    let (whole, rest) = values.as_chunks::<CHAINS>();
    for block in whole {
        chains.iter_mut().zip(block).for_each(|(chain, &x)| *chain = f(*chain, x));
    }
    chains.iter_mut().zip(rest).for_each(|(chain, &x)| *chain = f(*chain, x));
    chains.into_iter().reduce(f).unwrap_or(start)
}

/// Brings the elements of `x` together in `out`, which begins with `start`.
#[inline(always)]
fn floats<T: Copy>(groups: &Groups, x: &[T], out: &mut [T], start: T, f: impl Fn(T, T) -> T + Copy) {
    out.fill(start);
    let (length, gone) = groups.axes[groups.rank - 1];
    groups.runs(|from, to| {
        let run = &x[from..from + length];
        if gone {
            out[to] = f(out[to], chained(run, start, f));
        } else {
            out[to..to + length].iter_mut().zip(run).for_each(|(out, &x)| *out = f(*out, x));
        }
    });
}

fn ints(groups: &Groups, x: &[i64], out: &mut [i64], start: i64, f: impl Fn(i64, i64) -> i64) {
    out.fill(start);
    let (length, gone) = groups.axes[groups.rank - 1];
    groups.runs(|from, to| {
        for (k, &x) in x[from..from + length].iter().enumerate() {
            let to = if gone { to } else { to + k };
            out[to] = f(out[to], x);
        }
    });
}

/// Numbers of either precision by a measure.
macro_rules! measured {
    ($measure:expr, $groups:expr, $x:expr, $out:expr, $float:ident) => {{
        let (groups, x, out) = ($groups, $x, $out);
        if x.is_empty() {
            out.fill(match $measure {
                Measure::Sum => 0.0,
                Measure::Mean => $float::NAN,
                Measure::Max => $float::NEG_INFINITY,
                Measure::Min => $float::INFINITY,
            });
            return Ok(());
        }
        match $measure {
            Measure::Sum | Measure::Mean => vectorize!(floats(groups, x, out, 0.0, |a, b| a + b)),
            // A number that is none stays so.
            Measure::Max => {
                vectorize!(floats(groups, x, out, $float::NEG_INFINITY, |a: $float, b| if a > b || a.is_nan() { a } else { b }))
            }
            Measure::Min => vectorize!(floats(groups, x, out, $float::INFINITY, |a: $float, b| if a < b || a.is_nan() { a } else { b })),
        }
        if $measure == Measure::Mean {
            let share = x.len() as $float / out.len() as $float;
            out.iter_mut().for_each(|out| *out /= share);
        }
    }};
}

impl Op for Reduce {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let x = call.input(0)?;
        let lists = call.inputs;
        let axes = lists.axes(&self.axes)?.filter(|axes| !axes.is_empty());
        let gone = match axes {
            Some(axes) => marked(axes, x.shape.rank())?,
            None => vec![!self.none; x.shape.rank()],
        };
        let mut shape = Shape::default();
        for (&length, &gone) in x.shape.axes().iter().zip(&gone) {
            if !gone || self.keeps {
                shape.push(if gone { 1 } else { length })?;
            }
        }
        let groups = Groups::new(&x.shape, &gone);
        match x.values {
            Values::Float(values) => measured!(self.measure, &groups, values, call.float(0, shape)?, f32),
            Values::Double(values) => measured!(self.measure, &groups, values, call.double(0, shape)?, f64),
            Values::Int(values) => {
                let out = call.int(0, shape)?;
                if values.is_empty() {
                    out.fill(match self.measure {
                        Measure::Sum | Measure::Mean => 0,
                        Measure::Max => i64::MIN,
                        Measure::Min => i64::MAX,
                    });
                    return Ok(());
                }
                match self.measure {
                    Measure::Sum | Measure::Mean => ints(&groups, values, out, 0, i64::wrapping_add),
                    Measure::Max => ints(&groups, values, out, i64::MIN, i64::max),
                    Measure::Min => ints(&groups, values, out, i64::MAX, i64::min),
                }
            }
            Values::Bool(_) => return fault("its input is bool, which is not supported"),
        }
        Ok(())
    }
}
