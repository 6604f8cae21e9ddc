//! Operators as functions of values.

use super::graph::{Graph, Value, int, ints};
use crate::proto::data_type;

impl Graph {
    pub fn add(&mut self, a: &Value, b: &Value) -> Value {
        self.op("Add", &[a, b])
    }

    pub fn sub(&mut self, a: &Value, b: &Value) -> Value {
        self.op("Sub", &[a, b])
    }

    pub fn mul(&mut self, a: &Value, b: &Value) -> Value {
        self.op("Mul", &[a, b])
    }

    pub fn div(&mut self, a: &Value, b: &Value) -> Value {
        self.op("Div", &[a, b])
    }

    /// `a` where `condition` holds, else `b`.
    pub fn choose(&mut self, condition: &Value, a: &Value, b: &Value) -> Value {
        self.op("Where", &[condition, a, b])
    }

    pub fn cast(&mut self, value: &Value, kind: i32) -> Value {
        self.op_with("Cast", &[value], vec![int("to", i64::from(kind))])
    }

    pub fn single(&mut self, value: &Value) -> Value {
        self.cast(value, data_type::FLOAT)
    }

    pub fn double(&mut self, value: &Value) -> Value {
        self.cast(value, data_type::DOUBLE)
    }

    /// The axes in another order.
    pub fn transpose(&mut self, value: &Value, order: &[i64]) -> Value {
        self.op_with("Transpose", &[value], vec![ints("perm", order)])
    }

    /// Another shape: 0 keeps an axis, −1 is what is left.
    pub fn reshape(&mut self, value: &Value, shape: &[i64]) -> Value {
        let shape = self.ints(shape);
        self.op("Reshape", &[value, &shape])
    }

    /// A new axis of length one.
    pub fn unsqueeze(&mut self, value: &Value, axis: i64) -> Value {
        let axes = self.ints(&[axis]);
        self.op("Unsqueeze", &[value, &axes])
    }

    /// Without an axis of length one.
    pub fn squeeze(&mut self, value: &Value, axis: i64) -> Value {
        let axes = self.ints(&[axis]);
        self.op("Squeeze", &[value, &axes])
    }

    /// Side by side along an axis.
    pub fn concat(&mut self, values: &[&Value], axis: i64) -> Value {
        match values {
            [only] => (*only).clone(),
            _ => self.op_with("Concat", values, vec![int("axis", axis)]),
        }
    }

    /// The part from `start` to before `end` along an axis; both may count from the end, and [`i64::MAX`] is the end.
    pub fn slice(&mut self, value: &Value, axis: i64, start: i64, end: i64) -> Value {
        let [start, end, axes] = [start, end, axis].map(|n| self.ints(&[n]));
        self.op("Slice", &[value, &start, &end, &axes])
    }

    /// An axis in the other order.
    pub fn turned(&mut self, value: &Value, axis: i64) -> Value {
        let [last, before_first, axes, back] = [-1, i64::MIN, axis, -1].map(|n| self.ints(&[n]));
        self.op("Slice", &[value, &last, &before_first, &axes, &back])
    }

    /// Parts along an axis, of these lengths.
    pub fn split(&mut self, value: &Value, axis: i64, lengths: &[i64]) -> Vec<Value> {
        let sizes = self.ints(lengths);
        self.ops("Split", &[value, &sizes], vec![int("axis", axis)], lengths.len())
    }

    /// The entries at `places` of an axis.
    pub fn gather(&mut self, value: &Value, places: &Value, axis: i64) -> Value {
        self.op_with("Gather", &[value, places], vec![int("axis", axis)])
    }

    /// The lengths of axes `from` to before `to`: a row of whole numbers.
    pub fn shape(&mut self, value: &Value, from: i64, to: i64) -> Value {
        self.op_with("Shape", &[value], vec![int("start", from), int("end", to)])
    }

    /// The sum along an axis, which stays with length one where `keep` is set.
    pub fn sum(&mut self, value: &Value, axis: i64, keep: bool) -> Value {
        let axes = self.ints(&[axis]);
        self.op_with("ReduceSum", &[value, &axes], vec![int("keepdims", i64::from(keep))])
    }

    /// The mean along axes, which stay with length one where `keep` is set.
    pub fn mean(&mut self, value: &Value, axes: &[i64], keep: bool) -> Value {
        self.op_with("ReduceMean", &[value], vec![ints("axes", axes), int("keepdims", i64::from(keep))])
    }

    /// The largest along axes, which are then gone.
    pub fn max(&mut self, value: &Value, axes: &[i64]) -> Value {
        self.op_with("ReduceMax", &[value], vec![ints("axes", axes), int("keepdims", 0)])
    }

    /// 0, 1 … to below `length`, which is a row of one.
    pub fn range(&mut self, length: &Value) -> Value {
        let (zero, one) = (self.int(0), self.int(1));
        let length = self.squeeze(length, 0);
        self.op("Range", &[&zero, &length, &one])
    }

    /// Sorted along the last axis, whose length is `count`, the least first.
    pub fn sorted(&mut self, value: &Value, count: usize) -> Value {
        if count < 2 {
            return value.clone();
        }
        let count = self.ints(&[count as i64]);
        self.ops("TopK", &[value, &count], vec![int("axis", -1), int("largest", 0), int("sorted", 1)], 2).remove(0)
    }

    /// Rows (…, I) through a dense layer, `weight` (O, I) and `bias` (O): (…, O). `axes` is the number of axes of `x`.
    pub fn dense(&mut self, x: &Value, axes: usize, weight: &Value, bias: &Value, (inputs, outputs): (usize, usize)) -> Value {
        let transposed = || vec![int("transB", 1)];
        if axes == 2 {
            return self.op_with("Gemm", &[x, weight, bias], transposed());
        }
        let outer = self.shape(x, 0, axes as i64 - 1);
        let width = self.ints(&[outputs as i64]);
        let shape = self.concat(&[&outer, &width], 0);
        let rows = self.reshape(x, &[-1, inputs as i64]);
        let y = self.op_with("Gemm", &[&rows, weight, bias], transposed());
        self.op("Reshape", &[&y, &shape])
    }

    /// Entries of the second axis, a row of places (B, P) for each entry of the first: (B, P, …).
    pub fn gather_each(&mut self, value: &Value, places: &Value) -> Value {
        let places = self.unsqueeze(places, -1);
        self.op_with("GatherND", &[value, &places], vec![int("batch_dims", 1)])
    }
}
