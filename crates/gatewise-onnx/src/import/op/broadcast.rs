//! Elements of several tensors side by side, where axes of 1 repeat.

use crate::import::shape::{MOST_AXES, Shape};

/// How N operands are walked through along a shape that they are broadcast to. Axes that lie one behind the other in all of them are one.
pub(super) struct Walk<const N: usize> {
    axes: [usize; MOST_AXES],
    strides: [[usize; N]; MOST_AXES],
    rank: usize,
}

impl<const N: usize> Walk<N> {
    /// Through all of `whole`.
    pub(super) fn new(whole: &Shape, operands: [&Shape; N]) -> Self {
        let own = operands.map(|operand| operand.strides_in(whole));
        let mut walk = Self { axes: [1; MOST_AXES], strides: [[0; N]; MOST_AXES], rank: 0 };
        for (at, &length) in whole.axes().iter().enumerate().filter(|(_, length)| **length != 1) {
            let strides = std::array::from_fn(|k| own[k][at]);
            walk.push(length, strides);
        }
        if walk.rank == 0 {
            walk.push(1, [0; N]);
        }
        walk
    }

    fn push(&mut self, length: usize, strides: [usize; N]) {
        if let Some(last) = self.rank.checked_sub(1) {
            let follows = (0..N).all(|k| self.strides[last][k] == strides[k].saturating_mul(length));
            if follows {
                self.axes[last] = self.axes[last].saturating_mul(length);
                self.strides[last] = strides;
                return;
            }
        }
        self.axes[self.rank] = length;
        self.strides[self.rank] = strides;
        self.rank += 1;
    }

    /// Calls `row` for each row of the last axis: where the operands' elements of the row begin. `elements` are those of the result.
    #[inline(always)]
    fn rows<O>(&self, out: &mut [O], mut row: impl FnMut([usize; N], &mut [O])) {
        let last = self.rank - 1;
        let (mut at, mut counts) = ([0; N], [0; MOST_AXES]);
        for chunk in out.chunks_exact_mut(self.axes[last].max(1)) {
            row(at, chunk);
            for axis in (0..last).rev() {
                counts[axis] += 1;
                (0..N).for_each(|k| at[k] += self.strides[axis][k]);
                if counts[axis] < self.axes[axis] {
                    break;
                }
                counts[axis] = 0;
                (0..N).for_each(|k| at[k] -= self.strides[axis][k] * self.axes[axis]);
            }
        }
    }

    /// Strides of the last axis: each 0 or 1.
    fn steps(&self) -> [usize; N] {
        self.strides[self.rank - 1]
    }
}

/// `f` of two operands, element by element.
#[inline(always)]
pub(super) fn zip<A: Copy, B: Copy, O>(walk: &Walk<2>, a: &[A], b: &[B], out: &mut [O], f: impl Fn(A, B) -> O + Copy) {
    let steps = walk.steps();
    walk.rows(out, |[at_a, at_b], out| match steps {
        [0, 0] => out.iter_mut().for_each(|out| *out = f(a[at_a], b[at_b])),
        [0, _] => {
            let a = a[at_a];
            out.iter_mut().zip(&b[at_b..]).for_each(|(out, &b)| *out = f(a, b));
        }
        [_, 0] => {
            let b = b[at_b];
            out.iter_mut().zip(&a[at_a..]).for_each(|(out, &a)| *out = f(a, b));
        }
        _ => out.iter_mut().zip(&a[at_a..]).zip(&b[at_b..]).for_each(|((out, &a), &b)| *out = f(a, b)),
    });
}

/// The elements of `a` or `b`, as `choice` says.
pub(super) fn select<T: Copy>(walk: &Walk<3>, choice: &[bool], a: &[T], b: &[T], out: &mut [T]) {
    let [step, step_a, step_b] = walk.steps();
    walk.rows(out, |[at, at_a, at_b], out| {
        for (k, out) in out.iter_mut().enumerate() {
            *out = if choice[at + k * step] { a[at_a + k * step_a] } else { b[at_b + k * step_b] };
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(a: (&[usize], &[i64]), b: (&[usize], &[i64])) -> Vec<i64> {
        let (shape_a, shape_b) = (Shape::new(a.0).unwrap(), Shape::new(b.0).unwrap());
        let whole = shape_a.broadcast(&shape_b).unwrap();
        let mut out = vec![0; whole.count()];
        zip(&Walk::new(&whole, [&shape_a, &shape_b]), a.1, b.1, &mut out, |a, b| a + b);
        out
    }

    #[test]
    fn every_way_of_repeating() {
        let six = [0, 1, 2, 3, 4, 5];
        assert_eq!(added((&[2, 3], &six), (&[2, 3], &six)), [0, 2, 4, 6, 8, 10]);
        assert_eq!(added((&[2, 3], &six), (&[], &[10])), [10, 11, 12, 13, 14, 15]);
        assert_eq!(added((&[], &[10]), (&[2, 3], &six)), [10, 11, 12, 13, 14, 15]);
        assert_eq!(added((&[2, 3], &six), (&[3], &[10, 20, 30])), [10, 21, 32, 13, 24, 35]);
        assert_eq!(added((&[2, 1], &[0, 100]), (&[2, 3], &six)), [0, 1, 2, 103, 104, 105]);
        assert_eq!(added((&[2, 1], &[0, 10]), (&[1, 3], &[1, 2, 3])), [1, 2, 3, 11, 12, 13]);
        assert_eq!(added((&[2, 1, 2], &[0, 1, 2, 3]), (&[3, 1], &[10, 20, 30])), [10, 11, 20, 21, 30, 31, 12, 13, 22, 23, 32, 33]);
        assert_eq!(added((&[1], &[1]), (&[1, 1], &[2])), [3]);
        assert_eq!(added((&[0, 3], &[]), (&[3], &[1, 2, 3])), Vec::<i64>::new());
    }
}
