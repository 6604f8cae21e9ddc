//! Convolutions over one axis or two: what each output sees, side by side, and a product with the weights.

use gatewise_kernels::{Mat, Scratch, matmul};
use gatewise_memory::{Budget, product};

use super::{Action, Built, Call, Op, Reader, Work};
use crate::import::error::{Fault, brief, fault};
use crate::import::shape::Shape;
use crate::import::tensor::Dtype;

/// How much is added around, where no numbers say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Around {
    /// As the attribute pads has it.
    Given,
    /// As much as keeps the length, an odd one behind.
    Behind,
    /// An odd one in front.
    Front,
}

#[derive(Debug)]
struct Conv {
    /// Channels are in as many parts that do not see each other.
    groups: usize,
    kernel: Option<Vec<i64>>,
    strides: Option<Vec<i64>>,
    dilations: Option<Vec<i64>>,
    pads: Option<Vec<i64>>,
    around: Around,
}

/// One of the axes that a kernel moves along.
#[derive(Clone, Copy, Debug)]
struct Along {
    length: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    before: usize,
    outputs: usize,
}

const ALONE: Along = Along { length: 1, kernel: 1, stride: 1, dilation: 1, before: 0, outputs: 1 };

pub(super) fn build(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(2..=3, 1)?;
    reader.expect(0, Dtype::Float)?;
    reader.expect(1, Dtype::Float)?;
    reader.expect_any(2, Dtype::Float)?;
    let (around, valid) = match reader.text("auto_pad")?.unwrap_or("NOTSET") {
        "NOTSET" => (Around::Given, false),
        "VALID" => (Around::Given, true),
        "SAME_UPPER" => (Around::Behind, false),
        "SAME_LOWER" => (Around::Front, false),
        other => return fault(format!("its attribute auto_pad is \"{}\"", brief(other))),
    };
    let groups = reader.int("group")?.unwrap_or(1);
    let groups = usize::try_from(groups).ok().filter(|&groups| groups > 0);
    let Some(groups) = groups else { return fault("its attribute group is below 1") };
    let list = |name| Ok::<_, Fault>(reader.ints(name)?.map(<[i64]>::to_vec));
    let pads = list("pads")?.filter(|_| !valid);
    let conv = Conv { groups, kernel: list("kernel_shape")?, strides: list("strides")?, dilations: list("dilations")?, pads, around };
    Ok(Built { action: Action::Heavy(Box::new(conv)), outputs: vec![Dtype::Float], settles: Vec::new(), absorbed: Vec::new() })
}

impl Conv {
    /// An axis by its number among `axes`.
    fn along(&self, k: usize, axes: usize, length: usize, kernel: usize) -> Result<Along, Fault> {
        let number = |list: &Option<Vec<i64>>, at: usize, count: usize, usual: i64, name: &str| match list {
            None => Ok(usual as usize),
            Some(list) if list.len() == count => match usize::try_from(list[at]) {
                Ok(number) if number < 1 << 30 => Ok(number),
                _ => fault(format!("its attribute {name} is {list:?}")),
            },
            Some(list) => fault(format!("its attribute {name} has {} numbers; {count} are wanted", list.len())),
        };
        let given = number(&self.kernel, k, axes, kernel as i64, "kernel_shape")?;
        let (stride, dilation) = (number(&self.strides, k, axes, 1, "strides")?, number(&self.dilations, k, axes, 1, "dilations")?);
        if given != kernel || kernel == 0 || stride == 0 || dilation == 0 {
            return fault(format!("its kernel is {kernel} long, its attributes say {given}, stride {stride} and dilation {dilation}"));
        }
        let seen = (kernel - 1).saturating_mul(dilation).saturating_add(1);
        let (before, behind) = match self.around {
            Around::Given => (number(&self.pads, k, 2 * axes, 0, "pads")?, number(&self.pads, k + axes, 2 * axes, 0, "pads")?),
            around => {
                let needed = (length.div_ceil(stride).max(1) - 1).saturating_mul(stride).saturating_add(seen).saturating_sub(length);
                let half = needed / 2;
                if around == Around::Behind { (half, needed - half) } else { (needed - half, half) }
            }
        };
        let all = length.saturating_add(before).saturating_add(behind);
        let outputs = if all < seen { 0 } else { (all - seen) / stride + 1 };
        Ok(Along { length, kernel, stride, dilation, before, outputs })
    }
}

impl Op for Conv {
    fn work(&self) -> Work {
        Work::Conv(Vec::new(), Scratch::default())
    }

    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let (x, w, b) = (call.input(0)?, call.input(1)?, call.maybe(2));
        let (&[batch, channels, ref lengths @ ..], &[outputs, inner, ref kernels @ ..]) = (x.shape.axes(), w.shape.axes()) else {
            return fault(format!("its input and weights have shapes {} and {}", x.shape, w.shape));
        };
        let (rows, cols) = match (lengths, kernels) {
            (&[length], &[kernel]) => (ALONE, self.along(0, 1, length, kernel)?),
            (&[height, width], &[tall, wide]) => (self.along(0, 2, height, tall)?, self.along(1, 2, width, wide)?),
            _ => return fault(format!("it moves along {} axes; one or two are supported", lengths.len())),
        };
        let groups = self.groups;
        if inner.saturating_mul(groups) != channels || outputs % groups != 0 {
            return fault(format!("its weights of shape {} in {groups} groups do not see {channels} channels", w.shape));
        }
        if let Some(b) = b.filter(|b| *b.shape.axes() != [outputs]) {
            return fault(format!("its bias has shape {}; ({outputs}) is wanted", b.shape));
        }
        let mut shape = Shape::new(&[batch, outputs])?;
        if lengths.len() == 2 {
            shape.push(rows.outputs)?;
        }
        shape.push(cols.outputs)?;
        let (x, w, b) = (x.float()?, w.float()?, b.map(|b| b.float()).transpose()?);
        let inputs = inner.saturating_mul(rows.kernel).saturating_mul(cols.kernel);
        let (places, part) = (rows.outputs.saturating_mul(cols.outputs), outputs / groups);
        let out = call.outs[0].float(shape, call.held)?;
        Budget::current().hold("its working space", call.held.saturating_add(product(&[inputs, places, 4])))?;
        let Work::Conv(seen, scratch) = &mut *call.work else { return fault("its working space is another operator's") };
        if out.is_empty() {
            return Ok(());
        }
        seen.resize(inputs * places, 0.0);
        // Without any number there is nothing to lie somewhere.
        let image = if x.is_empty() { 0 } else { inner * rows.length * cols.length };
        for (k, out) in out.chunks_exact_mut(part * places).enumerate() {
            let group = k % groups;
            side_by_side(&x[k * image..][..image], rows, cols, seen);
            for (at, out) in out.chunks_exact_mut(places).enumerate() {
                out.fill(b.map_or(0.0, |b| b[group * part + at]));
            }
            if inputs > 0 {
                let weights = Mat::new(&w[group * part * inputs..][..part * inputs], part, inputs);
                matmul(call.cpu, weights, Mat::new(seen, inputs, places), true, out, scratch);
            }
        }
        Ok(())
    }
}

/// For every number of a kernel what it meets at each place: (C·k, places).
fn side_by_side(x: &[f32], rows: Along, cols: Along, seen: &mut [f32]) {
    let (image, places) = (rows.length.saturating_mul(cols.length), rows.outputs * cols.outputs);
    let kernel = rows.kernel * cols.kernel;
    for (n, seen) in seen.chunks_exact_mut(places).enumerate() {
        let (channel, at) = (n / kernel, n % kernel);
        let (down, right) = (at / cols.kernel * rows.dilation, at % cols.kernel * cols.dilation);
        for (row, seen) in seen.chunks_exact_mut(cols.outputs).enumerate() {
            let y = (row * rows.stride + down).checked_sub(rows.before).filter(|&y| y < rows.length);
            for (col, seen) in seen.iter_mut().enumerate() {
                let place = (col * cols.stride + right).checked_sub(cols.before).filter(|&x| x < cols.length);
                *seen = y.zip(place).map_or(0.0, |(y, place)| x[channel * image + y * cols.length + place]);
            }
        }
    }
}
