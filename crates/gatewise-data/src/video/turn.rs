//! How a picture is turned before it is shown: cameras keep their sensor's order and say in the file which way was up.

/// Where pixels go, by the signs of a matrix of quarter turns and mirrors: x' = a x + c y, y' = b x + d y.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    a: isize,
    b: isize,
    c: isize,
    d: isize,
}

impl Turn {
    /// As it comes.
    pub const NONE: Self = Self { a: 1, b: 0, c: 0, d: 1 };

    /// Of a, b, c and d of a track's display matrix; what is no quarter turn leaves pictures as they are.
    pub fn of(matrix: [i32; 4]) -> Self {
        let [a, b, c, d] = matrix.map(|v| v.signum() as isize);
        let quarter = (a == 0) == (d == 0) && (b == 0) == (c == 0) && (a == 0) != (b == 0);
        if quarter { Self { a, b, c, d } } else { Self::NONE }
    }

    /// The size and pixels of a turned picture.
    pub fn apply(self, (width, height): (usize, usize), pixels: &[u8]) -> ((usize, usize), Vec<u8>) {
        let (w, h) = (width as isize, height as isize);
        let size = if self.a == 0 { (height, width) } else { (width, height) };
        let back = |factor: isize, length: isize| if factor < 0 { length - 1 } else { 0 };
        let (x0, y0) = (back(self.a, w) + back(self.c, h), back(self.b, w) + back(self.d, h));
        let mut out = vec![0; width * height];
        for y in 0..h {
            for x in 0..w {
                let (to_x, to_y) = (self.a * x + self.c * y + x0, self.b * x + self.d * y + y0);
                out[to_y as usize * size.0 + to_x as usize] = pixels[(y * w + x) as usize];
            }
        }
        (size, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarter_turns_and_mirrors() {
        const ONE: i32 = 1 << 16;
        let turned = |matrix: [i32; 4]| Turn::of(matrix).apply((3, 2), b"abcdef");
        for (matrix, size, expected) in [
            ([ONE, 0, 0, ONE], (3, 2), b"abcdef"),
            ([0, ONE, -ONE, 0], (2, 3), b"daebfc"),
            ([-ONE, 0, 0, -ONE], (3, 2), b"fedcba"),
            ([0, -ONE, ONE, 0], (2, 3), b"cfbead"),
            ([-ONE, 0, 0, ONE], (3, 2), b"cbafed"),
            // A turn by half a quarter is none that pixels could follow.
            ([46_341, 46_341, -46_341, 46_341], (3, 2), b"abcdef"),
        ] {
            assert_eq!(turned(matrix), (size, expected.to_vec()), "{matrix:?}");
        }
    }
}
