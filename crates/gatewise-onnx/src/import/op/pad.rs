//! A value around a tensor.

use super::copy::by_type;
use super::{Axes, Built, Call, Op, Reader};
use crate::import::error::{Fault, brief, fault};
use crate::import::shape::{MOST_AXES, Shape};
use crate::import::tensor::{Dtype, Element, Operand};

#[derive(Debug)]
struct Pad {
    pads: Axes,
    axes: Axes,
    /// The value of an old version, as an attribute.
    value: Option<f32>,
}

pub(super) fn build(reader: &Reader<'_>) -> Result<Built, Fault> {
    let dtype = reader.dtype(0)?;
    if let Some(mode) = reader.text("mode")?.filter(|mode| *mode != "constant") {
        return fault(format!("its mode is {}; only constant is supported", brief(mode)));
    }
    if reader.opset < 11 {
        reader.arity(1..=1, 1)?;
        let pads = reader.ints("pads")?.map_or(Axes::None, |pads| Axes::Fixed(pads.to_vec()));
        return Ok(Built::one(Pad { pads, axes: Axes::None, value: reader.float("value")? }, dtype));
    }
    reader.arity(2..=if reader.opset >= 18 { 4 } else { 3 }, 1)?;
    reader.expect(1, Dtype::Int)?;
    reader.expect_any(2, dtype)?;
    reader.expect_any(3, Dtype::Int)?;
    let axes = if reader.has(3) { Axes::Input(3) } else { Axes::None };
    Ok(Built::one(Pad { pads: Axes::Input(1), axes, value: None }, dtype).settled_by([1, 3]))
}

impl Op for Pad {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let (x, lists) = (call.input(0)?, call.inputs);
        let Some(pads) = lists.axes(&self.pads)? else { return fault("its pads are missing") };
        let rank = x.shape.rank();
        let axes = match lists.axes(&self.axes)? {
            Some(axes) => axes.iter().map(|&axis| x.shape.axis(axis)).collect::<Result<Vec<_>, _>>()?,
            None => (0..rank).collect(),
        };
        if pads.len() != 2 * axes.len() || axes.len() > rank {
            return fault(format!("it has {} pads for {} axes", pads.len(), axes.len()));
        }
        let (mut shape, mut before) = (x.shape, [0; MOST_AXES]);
        for (k, &axis) in axes.iter().enumerate() {
            let (front, back) = (pads[k], pads[k + axes.len()]);
            let around = usize::try_from(front).ok().zip(usize::try_from(back).ok());
            let Some((front, back)) = around else { return fault(format!("it takes away where it should add: {front}, {back}")) };
            before[axis] = front;
            let length = x.shape.axes()[axis].checked_add(front).and_then(|length| length.checked_add(back));
            shape.axes_mut()[axis] = length.ok_or_else(|| Fault::new("an axis becomes too long"))?;
        }
        let value = call.maybe(2);
        by_type!(x.values, call, 0, shape, |source, out| fill(source, value, self.value, (&x.shape, &shape, before), out))
    }
}

fn fill<T: Element>(
    source: &[T],
    value: Option<Operand<'_>>,
    usual: Option<f32>,
    (inner, outer, before): (&Shape, &Shape, [usize; MOST_AXES]),
    out: &mut [T],
) -> Result<(), Fault> {
    let value = match value {
        None => T::from_number(usual.unwrap_or(0.0)),
        Some(value) => match T::of(&value)? {
            [value] => *value,
            _ => return fault("its value is no single number"),
        },
    };
    out.fill(value);
    if source.is_empty() {
        return Ok(());
    }
    let (rank, strides) = (inner.rank(), outer.strides());
    let width = inner.axes().last().copied().unwrap_or(1);
    let mut at = [0; MOST_AXES];
    for row in source.chunks_exact(width) {
        let to: usize = (0..rank).map(|axis| strides[axis] * (before[axis] + at[axis])).sum();
        out[to..to + width].copy_from_slice(row);
        for axis in (0..rank.saturating_sub(1)).rev() {
            at[axis] += 1;
            if at[axis] < inner.axes()[axis] {
                break;
            }
            at[axis] = 0;
        }
    }
    Ok(())
}
