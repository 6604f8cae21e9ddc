//! Dropout (Srivastava et al. 2014): training drops values, and scales up those it keeps.

use gatewise_kernels::{Aligned, Cpu, GRAIN, Layout, Real, deal, vectorize};

use crate::rng::Rng;

/// Words drawn at once.
const BLOCK: usize = 256;

/// y = x · m with m = 0 at probability p, else 1 / (1 − p). A layer that does not train is left out by its owner.
#[derive(Clone, Debug)]
pub struct Dropout<F> {
    p: f64,
    mask: Aligned<F>,
    y: Aligned<F>,
}

impl<F: Real> Dropout<F> {
    /// Drops a share `p` of the values.
    ///
    /// # Panics
    /// Unless 0 ≤ p < 1.
    pub fn new(p: f64) -> Self {
        assert!((0.0..1.0).contains(&p), "a share of {p} dropped; it is at least 0 and below 1");
        Self { p, mask: Aligned::default(), y: Aligned::default() }
    }

    /// Draws a mask, one 32-bit word a value, and applies it. The result is in [`output`](Self::output).
    pub fn forward(&mut self, cpu: &Cpu, x: &[F], rng: &mut Rng) {
        self.mask.resize(x.len());
        self.y.resize(x.len());
        // p in units of a word; the cast saturates, so that the p nearest to 1 still keeps one word in 2³².
        let dropped_words = (self.p * 2.0_f64.powi(32)).round() as u32;
        let kept = F::from_f64(1.0 / (1.0 - self.p));
        let draw = |rng: &mut Rng, x: &[F], mask: &mut [F], y: &mut [F]| {
            let mut bytes = [0; 4 * BLOCK];
            for ((x, mask), y) in x.chunks(BLOCK).zip(mask.chunks_mut(BLOCK)).zip(y.chunks_mut(BLOCK)) {
                let bytes = &mut bytes[..4 * x.len()];
                rng.fill(bytes);
                vectorize!({
                    for (((&x, mask), y), &word) in x.iter().zip(mask).zip(y).zip(bytes.as_chunks::<4>().0) {
                        let dropped = u32::from_le_bytes(word) < dropped_words;
                        *mask = if dropped { F::ZERO } else { kept };
                        *y = x * *mask;
                    }
                });
            }
        };
        if x.len() < 2 * GRAIN {
            return draw(rng, x, &mut self.mask, &mut self.y);
        }
        // Each part draws the words that one thread would come to there.
        deal(cpu, (x, (&mut self.mask[..], &mut self.y[..])), GRAIN, |first, (x, (mask, y))| {
            draw(&mut rng.after(first as u64), x, mask, y)
        });
        *rng = rng.after(x.len() as u64);
    }

    /// As [`forward`](Self::forward) with one mask a sequence, the same at each of its steps. `x`: (N, width) in the layout's order.
    pub fn forward_locked(&mut self, cpu: &Cpu, layout: &Layout, x: &[F], rng: &mut Rng) {
        let width = x.len() / layout.rows().max(1);
        self.forward(cpu, &x[..layout.batch() * width], rng);
        self.mask.resize(x.len());
        self.y.resize(x.len());
        // The rows of the first step are those of all sequences, in their order.
        for t in 1..layout.time() {
            let start = layout.offset(t) * width;
            self.mask.copy_within(..layout.active(t) * width, start);
        }
        multiply(cpu, x, &self.mask, &mut self.y);
    }

    /// Values of the last forward, as many as it was given.
    pub fn output(&self) -> &[F] {
        &self.y
    }

    /// `dx` = dy · m with the mask of the last forward.
    ///
    /// # Panics
    /// If a slice has not the length of the last forward.
    pub fn backward(&self, cpu: &Cpu, dy: &[F], dx: &mut [F]) {
        assert!(dy.len() == self.mask.len() && dx.len() == dy.len(), "the mask is that of the last forward");
        multiply(cpu, dy, &self.mask, dx);
    }

    /// As [`backward`](Self::backward), added to `dx`.
    ///
    /// # Panics
    /// As [`backward`](Self::backward).
    pub fn add_backward(&self, cpu: &Cpu, dy: &[F], dx: &mut [F]) {
        assert!(dy.len() == self.mask.len() && dx.len() == dy.len(), "the mask is that of the last forward");
        deal(cpu, ((dy, &self.mask[..]), dx), GRAIN, |_, ((dy, mask), dx)| {
            vectorize!(dx.iter_mut().zip(dy).zip(mask).for_each(|((sum, &dy), &mask)| *sum += dy * mask));
        });
    }
}

/// `y` = x · m, number by number.
fn multiply<F: Real>(cpu: &Cpu, x: &[F], mask: &[F], y: &mut [F]) {
    deal(cpu, ((x, mask), y), GRAIN, |_, ((x, mask), y)| {
        vectorize!(y.iter_mut().zip(x).zip(mask).for_each(|((y, &x), &mask)| *y = x * mask));
    });
}

#[cfg(test)]
mod tests {
    use gatewise_kernels::Isa;

    use super::*;

    fn cpu(threads: usize) -> Cpu {
        Cpu::with_isa(Isa::Scalar, threads)
    }

    #[test]
    fn threads_change_neither_a_mask_nor_what_is_drawn_next() {
        for len in [100, 3 * GRAIN, 9 * GRAIN + 37] {
            let x: Vec<f32> = (0..len).map(|i| i as f32).collect();
            let [one, three] = [1, 3].map(|threads| {
                let (mut layer, mut rng) = (Dropout::<f32>::new(0.4), Rng::new(3, 1));
                rng.unit();
                layer.forward(&cpu(threads), &x, &mut rng);
                // The same, word by word.
                let (mut plain, mut bytes) = (Rng::new(3, 1), vec![0; 4 * len]);
                plain.unit();
                plain.fill(&mut bytes);
                let kept = |word: &[u8; 4]| f64::from(u32::from_le_bytes(*word)) >= (0.4 * 2.0_f64.powi(32)).round();
                assert!(layer.mask.iter().zip(bytes.as_chunks::<4>().0).all(|(m, word)| (*m > 0.0) == kept(word)), "{len}");
                assert_eq!(rng.state(), plain.state());
                let mut dx = vec![1.0; len];
                layer.add_backward(&cpu(threads), &x, &mut dx);
                (layer.output().to_vec(), dx, rng.unit())
            });
            assert_eq!(one, three, "{len}");
        }
    }

    #[test]
    fn keeps_the_mean_and_drops_the_share() {
        let n = 100_000;
        let mut layer = Dropout::<f32>::new(0.3);
        layer.forward(&cpu(1), &vec![1.0; n], &mut Rng::new(5, 0));
        let dropped = layer.output().iter().filter(|y| **y == 0.0).count() as f64 / n as f64;
        // Five standard errors of a share of 0.3.
        assert!((dropped - 0.3).abs() < 5.0 * (0.21 / n as f64).sqrt(), "{dropped}");
        assert!(layer.output().iter().all(|y| *y == 0.0 || *y == (1.0 / 0.7) as f32));
        let mut dx = vec![0.0; n];
        layer.backward(&cpu(1), &vec![1.0; n], &mut dx);
        assert_eq!(dx, layer.output());
    }

    #[test]
    fn a_locked_mask_is_one_for_each_sequence() {
        let layout = Layout::ragged(&[3, 2, 1]);
        let (width, mut layer) = (40, Dropout::<f64>::new(0.5));
        layer.forward_locked(&cpu(1), &layout, &vec![1.0; layout.rows() * width], &mut Rng::new(5, 0));
        let row = |t, b| &layer.output()[layout.row(t, b) * width..][..width];
        assert_eq!((row(1, 0), row(2, 0)), (row(0, 0), row(0, 0)));
        assert_eq!(row(1, 1), row(0, 1));
        assert_ne!(row(0, 0), row(0, 1));
    }

    #[test]
    fn nothing_dropped_changes_nothing() {
        let mut layer = Dropout::<f64>::new(0.0);
        layer.forward(&cpu(1), &[1.5, -2.0, 3.25], &mut Rng::new(5, 0));
        assert_eq!(layer.output(), [1.5, -2.0, 3.25]);
    }
}
