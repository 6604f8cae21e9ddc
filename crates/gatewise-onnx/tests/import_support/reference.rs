//! The recurrent operators as the format states them, step by step in double precision.

use super::wave;

/// A call of a node, its tensors in the format's order.
#[derive(Clone)]
pub struct Case {
    pub operator: &'static str,
    /// Whether each direction reads from the end.
    pub reverse: Vec<bool>,
    pub time: usize,
    pub batch: usize,
    pub input: usize,
    pub hidden: usize,
    pub lengths: Option<Vec<usize>>,
    pub bias: bool,
    pub states: bool,
    pub peepholes: bool,
    pub clip: Option<f64>,
    pub input_forget: bool,
    pub reset_after: bool,
    /// f, g, h of each direction; none where they are the usual ones.
    pub activations: Option<Vec<&'static str>>,
}

impl Case {
    pub fn new(operator: &'static str) -> Self {
        Self {
            operator,
            reverse: vec![false],
            time: 4,
            batch: 3,
            input: 2,
            hidden: 5,
            lengths: None,
            bias: true,
            states: false,
            peepholes: false,
            clip: None,
            input_forget: false,
            reset_after: false,
            activations: None,
        }
    }

    pub fn gates(&self) -> usize {
        match self.operator {
            "RNN" => 1,
            "GRU" => 3,
            _ => 4,
        }
    }

    pub fn directions(&self) -> usize {
        self.reverse.len()
    }

    /// (T, B, I).
    pub fn x(&self) -> Vec<f32> {
        wave(self.time * self.batch * self.input, 0.1)
    }

    pub fn w(&self) -> Vec<f32> {
        wave(self.directions() * self.gates() * self.hidden * self.input, 0.2)
    }

    pub fn r(&self) -> Vec<f32> {
        wave(self.directions() * self.gates() * self.hidden * self.hidden, 0.3).iter().map(|x| 0.6 * x).collect()
    }

    pub fn b(&self) -> Vec<f32> {
        wave(self.directions() * 2 * self.gates() * self.hidden, 0.4)
    }

    /// (D, B, H).
    pub fn h(&self) -> Vec<f32> {
        wave(self.directions() * self.batch * self.hidden, 0.5)
    }

    pub fn c(&self) -> Vec<f32> {
        wave(self.directions() * self.batch * self.hidden, 0.6)
    }

    /// (D, 3·H): i, o, f.
    pub fn p(&self) -> Vec<f32> {
        wave(self.directions() * 3 * self.hidden, 0.7)
    }

    fn activation(&self, direction: usize, n: usize, x: f64) -> f64 {
        let x = self.clip.map_or(x, |clip| x.clamp(-clip, clip));
        let each = if self.operator == "RNN" {
            1
        } else if self.operator == "GRU" {
            2
        } else {
            3
        };
        let usual = if self.operator == "RNN" || n > 0 { "Tanh" } else { "Sigmoid" };
        match self.activations.as_ref().map_or(usual, |names| names[direction * each + n]) {
            "Sigmoid" => 1.0 / (1.0 + (-x).exp()),
            "Tanh" => x.tanh(),
            "Relu" => x.max(0.0),
            "HardSigmoid" => (0.2 * x + 0.5).clamp(0.0, 1.0),
            "Softsign" => x / (1.0 + x.abs()),
            other => panic!("{other}"),
        }
    }

    /// Y (T, D, B, H), Y_h and Y_c (D, B, H).
    pub fn answer(&self) -> [Vec<f64>; 3] {
        let (d, b, h) = (self.directions(), self.batch, self.hidden);
        let mut y = vec![0.0; self.time * d * b * h];
        let mut last = [vec![0.0; d * b * h], vec![0.0; d * b * h]];
        for direction in 0..d {
            for sequence in 0..b {
                let length = self.lengths.as_ref().map_or(self.time, |lengths| lengths[sequence]);
                if length == 0 {
                    continue;
                }
                let at = (direction * b + sequence) * h;
                let start =
                    |values: Vec<f32>| (0..h).map(|k| if self.states { f64::from(values[at + k]) } else { 0.0 }).collect::<Vec<f64>>();
                let (mut hidden, mut cell) = (start(self.h()), start(self.c()));
                for k in 0..length {
                    let t = if self.reverse[direction] { length - 1 - k } else { k };
                    self.step(direction, t, sequence, &mut hidden, &mut cell);
                    y[((t * d + direction) * b + sequence) * h..][..h].copy_from_slice(&hidden);
                }
                last[0][at..at + h].copy_from_slice(&hidden);
                last[1][at..at + h].copy_from_slice(&cell);
            }
        }
        let [last_h, last_c] = last;
        [y, last_h, last_c]
    }

    fn step(&self, direction: usize, t: usize, sequence: usize, h: &mut [f64], c: &mut [f64]) {
        let (g, n, i) = (self.gates(), self.hidden, self.input);
        let (x, w, r, b, p) = (self.x(), self.w(), self.r(), self.b(), self.p());
        let row = |gate: usize, unit: usize| (direction * g + gate) * n + unit;
        let seen = |gate: usize, unit: usize| -> f64 {
            (0..i).map(|k| f64::from(x[(t * self.batch + sequence) * i + k]) * f64::from(w[row(gate, unit) * i + k])).sum()
        };
        let recurrent = |gate: usize, unit: usize, h: &[f64]| -> f64 { (0..n).map(|k| h[k] * f64::from(r[row(gate, unit) * n + k])).sum() };
        let bias = |part: usize, gate: usize, unit: usize| {
            if self.bias { f64::from(b[((direction * 2 + part) * g + gate) * n + unit]) } else { 0.0 }
        };
        let all =
            |gate: usize, unit: usize, h: &[f64]| seen(gate, unit) + recurrent(gate, unit, h) + bias(0, gate, unit) + bias(1, gate, unit);
        let peep = |which: usize, unit: usize, c: f64| {
            if self.peepholes { f64::from(p[(direction * 3 + which) * n + unit]) * c } else { 0.0 }
        };
        let f = |n: usize, x: f64| self.activation(direction, n, x);
        let old = h.to_vec();
        match self.operator {
            "RNN" => (0..n).for_each(|u| h[u] = f(0, all(0, u, &old))),
            "GRU" => {
                let z: Vec<f64> = (0..n).map(|u| f(0, all(0, u, &old))).collect();
                let reset: Vec<f64> = (0..n).map(|u| f(0, all(1, u, &old))).collect();
                let held: Vec<f64> = old.iter().zip(&reset).map(|(h, r)| h * r).collect();
                for u in 0..n {
                    let inner = if self.reset_after {
                        seen(2, u) + bias(0, 2, u) + reset[u] * (recurrent(2, u, &old) + bias(1, 2, u))
                    } else {
                        all(2, u, &held)
                    };
                    h[u] = (1.0 - z[u]) * f(1, inner) + z[u] * old[u];
                }
            }
            _ => {
                for u in 0..n {
                    let i = f(0, all(0, u, &old) + peep(0, u, c[u]));
                    let forget = if self.input_forget { 1.0 - i } else { f(0, all(2, u, &old) + peep(2, u, c[u])) };
                    let new = forget * c[u] + i * f(1, all(3, u, &old));
                    let o = f(0, all(1, u, &old) + peep(1, u, new));
                    c[u] = new;
                    // The clip is for gates.
                    h[u] = o * Case { clip: None, ..self.clone() }.activation(direction, 2, new);
                }
            }
        }
    }
}
