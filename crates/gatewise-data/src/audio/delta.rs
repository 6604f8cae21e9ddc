//! Derivatives in time: slopes and curvatures of polynomials fitted to neighbouring frames (Savitzky and Golay 1964).

/// Frames that a polynomial is fitted to, librosa's `width`.
const WIDTH: usize = 9;
/// Frames on either side of the middle.
const HALF: usize = WIDTH / 2;

/// Puts derivatives beside frames as they come. Those of the first and last four frames are the derivatives of the first and last polynomial.
#[derive(Debug)]
pub(super) struct Derivatives {
    /// Numbers of a frame without derivatives.
    width: usize,
    orders: usize,
    /// The last frames, (≤ 9, width).
    rows: Vec<f32>,
    /// Derivatives of the last polynomial, (orders · width); empty before the first.
    last: Vec<f32>,
}

impl Derivatives {
    /// Derivatives of order 1 … `orders` of frames of `width` numbers.
    pub fn new(width: usize, orders: usize) -> Self {
        Self { width, orders, rows: Vec::new(), last: Vec::new() }
    }

    /// Takes (n, width) frames and adds those that are whole now, (·, width · (1 + orders)), to `out`.
    pub fn push(&mut self, frames: &[f32], out: &mut Vec<f32>) {
        if self.orders == 0 {
            return out.extend_from_slice(frames);
        }
        for frame in frames.chunks_exact(self.width) {
            self.rows.extend_from_slice(frame);
            if self.rows.len() < WIDTH * self.width {
                continue;
            }
            let first = if self.last.is_empty() { 0 } else { HALF };
            self.fit(0, WIDTH);
            self.give(first..HALF + 1, out);
            self.rows.drain(..self.width);
        }
    }

    /// Adds the frames that were held back.
    pub fn finish(&mut self, out: &mut Vec<f32>) {
        if self.rows.is_empty() {
            return;
        }
        let count = self.rows.len() / self.width;
        if self.last.is_empty() {
            // A clip of less than nine frames: the largest odd window.
            let window = count - (count + 1) % 2;
            for start in 0..=count - window {
                let (first, middle) = (if start == 0 { 0 } else { start + window / 2 }, start + window / 2);
                let end = if start == count - window { count } else { middle + 1 };
                self.fit(start, window);
                self.give(first..end, out);
            }
        } else {
            self.give(count - HALF..count, out);
        }
        self.rows.clear();
        self.last.clear();
    }

    /// Fits the frames `start` .. `start + window`.
    fn fit(&mut self, start: usize, window: usize) {
        self.last.clear();
        for order in 1..=self.orders {
            let weights = weights(order, window);
            for column in 0..self.width {
                let frames = self.rows[start * self.width..].chunks_exact(self.width);
                self.last.push(frames.zip(&weights).map(|(frame, w)| w * f64::from(frame[column])).sum::<f64>() as f32);
            }
        }
    }

    /// Adds held frames with the derivatives of the last fit.
    fn give(&self, frames: std::ops::Range<usize>, out: &mut Vec<f32>) {
        for frame in frames {
            out.extend_from_slice(&self.rows[frame * self.width..][..self.width]);
            out.extend_from_slice(&self.last);
        }
    }
}

/// Weights of the derivative of order 1 or 2 at the middle of `width` frames, an odd number: a line or a parabola by least squares.
fn weights(order: usize, width: usize) -> Vec<f64> {
    let up_to_half = (width / 2) as f64;
    let taps = (0..width).map(|k| k as f64 - up_to_half);
    // The second polynomial is orthogonal to 1 and k over the window; its leading coefficient doubled is the second derivative.
    let basis: Vec<f64> = if order == 1 { taps.collect() } else { taps.map(|k| k * k - up_to_half * (up_to_half + 1.0) / 3.0).collect() };
    let norm: f64 = basis.iter().map(|x| x * x).sum();
    let scale = if norm == 0.0 { 0.0 } else { order as f64 / norm };
    basis.iter().map(|x| x * scale).collect()
}
