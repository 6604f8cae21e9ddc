//! Pictures made small: every output pixel is the mean of the area it covers.

/// Luma samples of a picture, row after row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Picture<'a> {
    pub width: usize,
    pub height: usize,
    pub luma: &'a [u8],
    pub levels: Levels,
}

/// Which samples are black and white.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Levels {
    /// 0 and 255, as in pictures.
    Full,
    /// 16 and 235, as in video (BT.601).
    Limited,
}

impl Levels {
    /// The sample that is black, and how many samples lie between it and white.
    pub fn range(self) -> (f32, f32) {
        match self {
            Self::Full => (0.0, 255.0),
            Self::Limited => (16.0, 219.0),
        }
    }
}

/// Luma of a colour (BT.601), the weights of H.264 as cameras write it.
pub(super) fn luma(r: u8, g: u8, b: u8) -> u8 {
    ((299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b) + 500) / 1000) as u8
}

/// Maps one side of a picture to fewer (or more) pixels.
#[derive(Debug, Default)]
struct Axis {
    from: usize,
    /// For each output pixel the first input pixel that it covers, and the share of each from there on; shares sum to 1.
    spans: Vec<(usize, Vec<f32>)>,
}

impl Axis {
    fn set(&mut self, from: usize, to: usize) {
        if (self.from, self.spans.len()) == (from, to) {
            return;
        }
        self.from = from;
        let step = from as f64 / to as f64;
        let span = |out: usize| {
            let (start, end) = (out as f64 * step, ((out + 1) as f64 * step).min(from as f64));
            let first = start.floor() as usize;
            let covered = first..(end.ceil() as usize).max(first + 1);
            let shares = covered.map(|k| ((end.min((k + 1) as f64) - start.max(k as f64)) / step) as f32);
            (first, shares.collect())
        };
        self.spans = (0..to).map(span).collect();
    }
}

/// Makes pictures of any size small, keeping what it knows about the last size.
#[derive(Debug)]
pub(super) struct Scaler {
    width: usize,
    height: usize,
    across: Axis,
    down: Axis,
    /// One input row, made narrow.
    row: Vec<f32>,
}

impl Scaler {
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, across: Axis::default(), down: Axis::default(), row: Vec::new() }
    }

    /// Adds (height, width) values, 0 to 1, to `out`.
    ///
    /// # Panics
    /// If the picture has no pixel or less samples than its size says.
    pub fn scale(&mut self, picture: Picture<'_>, out: &mut Vec<f32>) {
        let Picture { width, height, luma, levels } = picture;
        assert!(width > 0 && height > 0 && luma.len() >= width * height, "a picture of {width} × {height} has so many samples");
        self.across.set(width, self.width);
        self.down.set(height, self.height);
        let (black, white) = levels.range();
        let start = out.len();
        out.resize(start + self.width * self.height, 0.0);
        for ((first, shares), out) in self.down.spans.iter().zip(out[start..].chunks_exact_mut(self.width)) {
            for (line, &share) in luma[first * width..].chunks_exact(width).zip(shares) {
                self.row.clear();
                self.row.extend(self.across.spans.iter().map(|(first, shares)| {
                    shares.iter().zip(&line[*first..]).map(|(share, &sample)| share * f32::from(sample)).sum::<f32>()
                }));
                for (out, &x) in out.iter_mut().zip(&self.row) {
                    *out += share * x;
                }
            }
            for x in out {
                *x = ((*x - black) / white).clamp(0.0, 1.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_pixel_is_the_mean_of_what_it_covers() {
        let luma: Vec<u8> = (0..15).map(|k| k * 10).collect();
        let picture = Picture { width: 5, height: 3, luma: &luma, levels: Levels::Full };
        let mut out = Vec::new();
        Scaler::new(2, 1).scale(picture, &mut out);
        // Columns 0, 1 and half of 2; half of 2, 3 and 4; over rows that lie 50 apart.
        let expected = [(0.0 + 10.0 + 0.5 * 20.0) / 2.5 + 50.0, (0.5 * 20.0 + 30.0 + 40.0) / 2.5 + 50.0].map(|x: f32| x / 255.0);
        for (got, expected) in out.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-6, "{out:?}, expected {expected:?}");
        }
    }

    #[test]
    fn every_size_keeps_an_even_grey() {
        for (width, height) in [(1, 1), (7, 3), (48, 48), (53, 200)] {
            let luma = vec![126; width * height];
            let mut scaler = Scaler::new(48, 31);
            for (levels, expected) in [(Levels::Full, 126.0 / 255.0), (Levels::Limited, 110.0 / 219.0)] {
                let mut out = Vec::new();
                scaler.scale(Picture { width, height, luma: &luma, levels }, &mut out);
                assert_eq!(out.len(), 48 * 31);
                assert!(out.iter().all(|x| (x - expected).abs() < 1e-5), "{width} × {height}: {out:?}");
            }
        }
    }
}
