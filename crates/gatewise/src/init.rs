//! Starting weights. Draws are made in f64 and rounded, so that an f32 and an f64 network of one seed start alike.

use gatewise_kernels::{Cell, Dims, Real};

use crate::rng::Rng;

/// Partial sums kept side by side: a fixed order of addition that still fills vector registers.
const LANES: usize = 8;

/// Uniform in ±`bound`.
pub fn uniform<F: Real>(rng: &mut Rng, weights: &mut [F], bound: f64) {
    weights.iter_mut().for_each(|w| *w = F::from_f64(rng.uniform(bound)));
}

/// Normal with mean 0 and the given standard deviation; PyTorch's start of an embedding with 1.
pub fn normal<F: Real>(rng: &mut Rng, weights: &mut [F], std: f64) {
    weights.iter_mut().for_each(|w| *w = F::from_f64(std * rng.normal()));
}

/// Uniform in ±√(6 / (inputs + outputs)), which keeps the variance of a linear layer both ways (Glorot and Bengio 2010).
pub fn xavier_uniform<F: Real>(rng: &mut Rng, weights: &mut [F], inputs: usize, outputs: usize) {
    uniform(rng, weights, (6.0 / (inputs + outputs).max(1) as f64).sqrt());
}

/// Uniform in ±√(6 / inputs), which keeps the variance of a layer whose outputs below zero are cut (He 2015).
pub fn before_relu<F: Real>(rng: &mut Rng, weights: &mut [F], inputs: usize) {
    uniform(rng, weights, (6.0 / inputs.max(1) as f64).sqrt());
}

/// PyTorch's start of a dense layer: weight (O, I) and bias (O) uniform in ±1/√I.
pub fn dense<F: Real>(rng: &mut Rng, weight: &mut [F], bias: &mut [F], inputs: usize) {
    let bound = 1.0 / (inputs.max(1) as f64).sqrt();
    uniform(rng, weight, bound);
    uniform(rng, bias, bound);
}

/// PyTorch's start of a recurrent layer: every tensor uniform in ±1/√H.
pub fn recurrent_uniform<F: Real>(rng: &mut Rng, weights: &mut [F], hidden: usize) {
    uniform(rng, weights, 1.0 / (hidden.max(1) as f64).sqrt());
}

/// A random matrix (rows, cols) with orthonormal rows, or columns where those are fewer (Saxe, McClelland and Ganguli 2014).
///
/// # Panics
/// If `matrix` has not rows · cols elements.
pub fn orthogonal<F: Real>(rng: &mut Rng, matrix: &mut [F], rows: usize, cols: usize) {
    assert_eq!(matrix.len(), rows * cols, "a matrix of {rows} × {cols}");
    let (few, many) = (rows.min(cols), rows.max(cols));
    if few == 0 {
        return;
    }
    let mut vectors: Vec<f64> = (0..few * many).map(|_| rng.normal()).collect();
    orthonormalise(&mut vectors, many);
    for (r, row) in matrix.chunks_exact_mut(cols).enumerate() {
        for (c, w) in row.iter_mut().enumerate() {
            *w = F::from_f64(if rows <= cols { vectors[r * many + c] } else { vectors[c * many + r] });
        }
    }
}

/// Makes the rows of (·, width) orthonormal, by Gram and Schmidt in its stable order; with normal rows the result is uniform over all.
fn orthonormalise(vectors: &mut [f64], width: usize) {
    let mut rest = vectors;
    while !rest.is_empty() {
        let (row, later) = rest.split_at_mut(width);
        let scale = 1.0 / dot(row, row).sqrt();
        row.iter_mut().for_each(|v| *v *= scale);
        for other in later.chunks_exact_mut(width) {
            let along = dot(row, other);
            other.iter_mut().zip(&*row).for_each(|(o, r)| *o -= along * r);
        }
        rest = later;
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    lanes.iter().sum::<f64>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f64>()
}

/// `weight_ih` (G·H, I): each gate Xavier uniform for itself, so that gates do not count as more outputs.
pub fn input_xavier<F: Real>(rng: &mut Rng, w_ih: &mut [F], dims: Dims) {
    xavier_uniform(rng, w_ih, dims.input, dims.hidden);
}

/// `weight_hh` (G·H, H): an orthogonal matrix for each gate.
pub fn recurrent_orthogonal<F: Real>(rng: &mut Rng, w_hh: &mut [F], dims: Dims) {
    for gate in w_hh.chunks_exact_mut(dims.hidden * dims.hidden) {
        orthogonal(rng, gate, dims.hidden, dims.hidden);
    }
}

/// Sets the bias of a cell's forget gate, as the LSTM has one, to `value` (Gers 2000; Jozefowicz, Zaremba and Sutskever 2015): `bias_ih` bears
/// it, `bias_hh` is 0 there, since the cell adds the two. Cells without such a gate keep their biases.
pub fn forget_bias<F: Real>(cell: Cell, hidden: usize, b_ih: &mut [F], b_hh: &mut [F], value: f64) {
    if let Some(forget) = cell.spec().forget {
        let gate = forget * hidden..(forget + 1) * hidden;
        b_ih[gate.clone()].fill(F::from_f64(value));
        // Empty where gates see the input alone.
        b_hh.iter_mut().skip(gate.start).take(hidden).for_each(|b| *b = F::ZERO);
    }
}

/// Spreads the memory of gates over up to `steps` steps (Tallec and Ollivier 2018): the LSTM's forget bias is ln u, its input bias −ln u,
/// and the bias of the GRU's z, which keeps the old state, ln u, with u uniform in [1, steps − 1]; for every cell see
/// [`gatewise_kernels::CellSpec::chrono`].
pub fn chrono<F: Real>(rng: &mut Rng, cell: Cell, hidden: usize, b_ih: &mut [F], b_hh: &mut [F], steps: usize) {
    let longest = steps.saturating_sub(1).max(1) as f64;
    for unit in 0..hidden {
        let bias = (1.0 + rng.unit() * (longest - 1.0)).ln();
        for &(gate, sign) in cell.spec().chrono {
            b_ih[gate * hidden + unit] = F::from_f64(sign * bias);
            b_hh.iter_mut().skip(gate * hidden + unit).take(1).for_each(|b| *b = F::ZERO);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orthogonal_rows_or_columns_are_orthonormal() {
        for (rows, cols) in [(1, 1), (19, 19), (128, 128), (5, 12), (12, 5)] {
            let mut m = vec![0.0_f64; rows * cols];
            orthogonal(&mut Rng::new(1, 0), &mut m, rows, cols);
            let vector = |i: usize| -> Vec<f64> {
                if rows <= cols { m[i * cols..][..cols].to_vec() } else { (0..rows).map(|r| m[r * cols + i]).collect() }
            };
            for i in 0..rows.min(cols) {
                for j in 0..=i {
                    let expected = if i == j { 1.0 } else { 0.0 };
                    let got = dot(&vector(i), &vector(j));
                    assert!((got - expected).abs() < 1e-10, "{rows} × {cols}: ({i}, {j}) is {got}");
                }
            }
        }
    }

    #[test]
    fn bounds_hold_and_are_reached() {
        let (mut rng, mut weights) = (Rng::new(2, 0), vec![0.0_f32; 10_000]);
        for (bound, draw) in [
            (0.25, (|rng, w| recurrent_uniform(rng, w, 16)) as fn(&mut Rng, &mut [f32])),
            ((6.0_f32 / 40.0).sqrt(), |rng, w| xavier_uniform(rng, w, 8, 32)),
        ] {
            draw(&mut rng, &mut weights);
            let (low, high) = weights.iter().fold((0.0_f32, 0.0_f32), |(low, high), &w| (low.min(w), high.max(w)));
            assert!(-bound <= low && low < -0.99 * bound && 0.99 * bound < high && high <= bound, "{low} … {high}, bound {bound}");
        }
    }

    #[test]
    fn chrono_biases_reach_over_the_steps() {
        let hidden = 2000;
        let (mut b_ih, mut b_hh) = (vec![9.0_f64; 4 * hidden], vec![9.0; 4 * hidden]);
        chrono(&mut Rng::new(1, 0), Cell::Lstm, hidden, &mut b_ih, &mut b_hh, 101);
        let (input, forget) = b_ih[..2 * hidden].split_at(hidden);
        assert!(input.iter().zip(forget).all(|(i, f)| *i == -f && (0.0..=100.0_f64.ln()).contains(f)));
        let mean = forget.iter().map(|f| f.exp()).sum::<f64>() / hidden as f64;
        // Five standard errors of a uniform draw from 1 to 100.
        assert!((mean - 50.5).abs() < 5.0 * 99.0 / (12.0 * hidden as f64).sqrt(), "{mean}");
        assert!(b_ih[2 * hidden..].iter().chain(&b_hh[2 * hidden..]).all(|b| *b == 9.0));
        assert!(b_hh[..2 * hidden].iter().all(|b| *b == 0.0));
    }

    #[test]
    fn only_the_forget_gate_gets_its_bias() {
        let (mut b_ih, mut b_hh) = (vec![0.5_f32; 8], vec![0.5_f32; 8]);
        forget_bias(Cell::Lstm, 2, &mut b_ih, &mut b_hh, 1.0);
        assert_eq!(b_ih, [0.5, 0.5, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5]);
        assert_eq!(b_hh, [0.5, 0.5, 0.0, 0.0, 0.5, 0.5, 0.5, 0.5]);
        let mut gru = vec![0.5_f32; 6];
        forget_bias(Cell::Gru, 2, &mut gru, &mut [0.5; 6], 1.0);
        assert_eq!(gru, [0.5; 6]);
    }
}
