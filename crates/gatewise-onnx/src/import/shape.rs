//! Shapes, and how axes of several go together.

use std::fmt;

use super::error::{Fault, fault};

/// Most axes of a tensor.
pub(crate) const MOST_AXES: usize = 8;

/// The lengths of a tensor's axes.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Shape {
    axes: [usize; MOST_AXES],
    rank: usize,
}

impl Shape {
    /// As given.
    ///
    /// # Errors
    /// More than [`MOST_AXES`].
    pub(crate) fn new(axes: &[usize]) -> Result<Self, Fault> {
        let mut shape = Self::default();
        for &axis in axes {
            shape.push(axis)?;
        }
        Ok(shape)
    }

    /// Of whole numbers in a file.
    ///
    /// # Errors
    /// Also a negative one.
    pub(crate) fn of(axes: &[i64]) -> Result<Self, Fault> {
        let mut shape = Self::default();
        for &axis in axes {
            shape.push(usize::try_from(axis).map_err(|_| Fault::new(format!("an axis is {axis} long")))?)?;
        }
        Ok(shape)
    }

    /// With one more axis behind.
    pub(crate) fn push(&mut self, axis: usize) -> Result<(), Fault> {
        if self.rank == MOST_AXES {
            return fault(format!("a tensor has more than {MOST_AXES} axes, which are not supported"));
        }
        self.axes[self.rank] = axis;
        self.rank += 1;
        Ok(())
    }

    /// The lengths.
    pub(crate) fn axes(&self) -> &[usize] {
        &self.axes[..self.rank]
    }

    /// The lengths, to be changed.
    pub(crate) fn axes_mut(&mut self) -> &mut [usize] {
        &mut self.axes[..self.rank]
    }

    /// How many axes.
    pub(crate) fn rank(&self) -> usize {
        self.rank
    }

    /// How many elements; [`usize::MAX`] where they cannot be counted, which no buffer holds.
    pub(crate) fn count(&self) -> usize {
        count(self.axes())
    }

    /// An axis by its number, of which a negative one counts from the end.
    pub(crate) fn axis(&self, axis: i64) -> Result<usize, Fault> {
        axis_of(axis, self.rank)
    }

    /// Where an element lies by its place on each axis: how far apart neighbours are.
    pub(crate) fn strides(&self) -> [usize; MOST_AXES] {
        let mut strides = [0; MOST_AXES];
        let mut stride = 1_usize;
        for (at, &axis) in self.axes().iter().enumerate().rev() {
            strides[at] = stride;
            stride = stride.saturating_mul(axis);
        }
        strides
    }

    /// The shape of two that are held against each other from the last axis on, where an axis of 1 goes with any.
    pub(crate) fn broadcast(&self, other: &Self) -> Result<Self, Fault> {
        let (long, short) = if self.rank >= other.rank { (self, other) } else { (other, self) };
        let mut shape = *long;
        let behind = long.rank - short.rank;
        for (axis, &length) in shape.axes_mut()[behind..].iter_mut().zip(short.axes()) {
            *axis = match (*axis, length) {
                (1, b) => b,
                (a, 1) => a,
                (a, b) if a == b => a,
                _ => return fault(format!("shapes {self} and {other} do not go together")),
            };
        }
        Ok(shape)
    }

    /// Strides of this shape's elements in one that it was broadcast to: 0 along axes that repeat.
    pub(crate) fn strides_in(&self, whole: &Self) -> [usize; MOST_AXES] {
        let own = self.strides();
        let mut strides = [0; MOST_AXES];
        let behind = whole.rank - self.rank;
        for (at, &axis) in self.axes().iter().enumerate() {
            strides[behind + at] = if axis == 1 { 0 } else { own[at] };
        }
        strides
    }
}

/// The product of some lengths; [`usize::MAX`] where it cannot be counted.
pub(crate) fn count(axes: &[usize]) -> usize {
    if axes.contains(&0) { 0 } else { axes.iter().fold(1, |n: usize, &axis| n.saturating_mul(axis)) }
}

/// An axis of so many by its number, of which a negative one counts from the end.
pub(crate) fn axis_of(axis: i64, rank: usize) -> Result<usize, Fault> {
    let from_start = if axis < 0 { axis.checked_add(rank as i64) } else { Some(axis) };
    let at = from_start.and_then(|axis| usize::try_from(axis).ok()).filter(|&axis| axis < rank);
    at.ok_or_else(|| Fault::new(format!("axis {axis} is none of the {rank} there are")))
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let axes: Vec<String> = self.axes().iter().map(usize::to_string).collect();
        write!(f, "({})", axes.join(", "))
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(axes: &[usize]) -> Shape {
        Shape::new(axes).unwrap()
    }

    #[test]
    fn shapes_broadcast_from_the_last_axis_on() {
        for (a, b, both) in [(&[2, 3][..], &[3][..], &[2, 3][..]), (&[4, 1], &[1, 5], &[4, 5]), (&[], &[2], &[2]), (&[0, 1], &[1], &[0, 1])]
        {
            assert_eq!(shape(a).broadcast(&shape(b)).unwrap(), shape(both));
            assert_eq!(shape(b).broadcast(&shape(a)).unwrap(), shape(both));
        }
        assert!(shape(&[2, 3]).broadcast(&shape(&[2])).is_err());
        assert_eq!(shape(&[3, 1]).strides_in(&shape(&[2, 3, 4]))[..3], [0, 1, 0]);
    }

    #[test]
    fn axes_that_are_none_and_sizes_that_cannot_be_counted() {
        assert_eq!((axis_of(-1, 3).unwrap(), axis_of(2, 3).unwrap()), (2, 2));
        for axis in [3, -4, i64::MIN, i64::MAX] {
            assert!(axis_of(axis, 3).is_err());
        }
        assert_eq!(shape(&[1 << 40, 1 << 40]).count(), usize::MAX);
        assert_eq!(shape(&[1 << 40, 0, 1 << 40]).count(), 0);
        assert!(Shape::new(&[1; 9]).is_err() && Shape::of(&[-1]).is_err());
    }
}
