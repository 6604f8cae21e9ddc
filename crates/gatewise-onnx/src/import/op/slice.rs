//! A part of a tensor: along each axis from one place to another, in steps.

use super::copy::{by_type, signed, strided};
use super::{Axes, Built, Call, Op, Reader};
use crate::import::error::{Fault, fault};

use crate::import::tensor::Dtype;

#[derive(Debug)]
struct Slice {
    starts: Axes,
    ends: Axes,
    axes: Axes,
    steps: Axes,
}

pub(super) fn build(reader: &Reader<'_>) -> Result<Built, Fault> {
    let dtype = reader.dtype(0)?;
    if reader.opset < 10 {
        reader.arity(1..=1, 1)?;
        let fixed = |name| Ok::<_, Fault>(reader.ints(name)?.map_or(Axes::None, |values| Axes::Fixed(values.to_vec())));
        return Ok(Built::one(Slice { starts: fixed("starts")?, ends: fixed("ends")?, axes: fixed("axes")?, steps: Axes::None }, dtype));
    }
    reader.arity(3..=5, 1)?;
    let input = |at| {
        reader.expect_any(at, Dtype::Int)?;
        Ok::<_, Fault>(if reader.has(at) { Axes::Input(at) } else { Axes::None })
    };
    let slice = Slice { starts: input(1)?, ends: input(2)?, axes: input(3)?, steps: input(4)? };
    Ok(Built::one(slice, dtype).settled_by([1, 2, 3, 4]))
}

/// The first place of an axis and how many there are, by the rules of Python.
fn range(length: usize, start: i64, end: i64, step: i64) -> (usize, usize) {
    let length = length as i64;
    let place = |at: i64| if at < 0 { at.saturating_add(length) } else { at };
    if step > 0 {
        let (start, end) = (place(start).clamp(0, length), place(end).clamp(0, length));
        let distance = (end - start).max(0) as u64;
        (start as usize, distance.div_ceil(step.unsigned_abs()) as usize)
    } else {
        let (start, end) = (place(start).clamp(-1, length - 1), place(end).clamp(-1, length - 1));
        let distance = (start - end).max(0) as u64;
        (start.max(0) as usize, distance.div_ceil(step.unsigned_abs()) as usize)
    }
}

impl Op for Slice {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let x = call.input(0)?;
        let lists = call.inputs;
        let (Some(starts), Some(ends)) = (lists.axes(&self.starts)?, lists.axes(&self.ends)?) else {
            return fault("its starts or ends are missing");
        };
        let (axes, steps) = (lists.axes(&self.axes)?, lists.axes(&self.steps)?);
        let count = starts.len();
        if ends.len() != count || axes.is_some_and(|axes| axes.len() != count) || steps.is_some_and(|steps| steps.len() != count) {
            return fault("its starts, ends, axes and steps are not as many");
        }
        let (mut shape, mut strides, mut first) = (x.shape, signed(x.shape.strides()), 0_isize);
        let mut seen = [false; crate::import::shape::MOST_AXES];
        for k in 0..count {
            let axis = x.shape.axis(axes.map_or(k as i64, |axes| axes[k]))?;
            let step = steps.map_or(1, |steps| steps[k]);
            if std::mem::replace(&mut seen[axis], true) {
                return fault(format!("axis {axis} is cut twice"));
            }
            if step == 0 {
                return fault("one of its steps is 0");
            }
            let (start, taken) = range(x.shape.axes()[axis], starts[k], ends[k], step);
            first = first.saturating_add((start as isize).saturating_mul(strides[axis]));
            shape.axes_mut()[axis] = taken;
            // A step beyond the end is never made.
            strides[axis] = if taken > 1 { strides[axis].saturating_mul(step as isize) } else { 0 };
        }
        let first = if shape.count() == 0 { 0 } else { first as usize };
        by_type!(x.values, call, 0, shape, |source, out| strided(source, first, &strides, &shape, out));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_python() {
        // (length, start, end, step) and what `range(length)[start:end:step]` has first and how many.
        for ((length, start, end, step), expected) in [
            ((5, 0, 3, 1), (0, 3)),
            ((5, -3, i64::MAX, 1), (2, 3)),
            ((5, 4, 0, -2), (4, 2)),
            ((5, -1, i64::MIN, -1), (4, 5)),
            ((5, 10, -10, -1), (4, 5)),
            ((5, 3, 1, 1), (3, 0)),
            ((0, 0, 9, 1), (0, 0)),
            ((0, -1, i64::MIN, -1), (0, 0)),
            ((5, 0, 5, i64::MAX), (0, 1)),
            ((5, 4, i64::MIN, i64::MIN), (4, 1)),
        ] {
            assert_eq!(range(length, start, end, step), expected, "{length} {start} {end} {step}");
        }
    }
}
