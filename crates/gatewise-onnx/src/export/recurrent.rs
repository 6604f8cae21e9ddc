//! The recurrent layers: ONNX's LSTM, GRU and RNN, and a Scan for the cells that it has not.

use gatewise::Cell;
use gatewise::format::{GateOrder, reorder_gates};
use gatewise::model::{Model, StackConfig};

use super::graph::{Graph, Numbers, Value, float, int, word, words};
use super::scan;

/// Sequences side by side.
pub(super) struct Sequences {
    /// How many: a row of one.
    pub batch: Value,
    /// Where they are of several lengths.
    pub ragged: Option<Ragged>,
}

/// Sequences of several lengths.
pub(super) struct Ragged {
    /// Steps of each: (B) whole numbers of 64 and of 32 bits.
    pub lengths: Value,
    lengths_i32: Value,
    /// Whether a step is one of its sequence: (T, B, 1).
    pub inside: Value,
    /// Steps that are left of its sequence behind each: (T, B, 1).
    pub left: Value,
}

impl Sequences {
    /// Of what is (B, T, …); `lengths` has the steps of each, none where all are as long as the longest.
    pub fn of(g: &mut Graph, value: &Value, lengths: Option<&Value>) -> Self {
        let batch = g.shape(value, 0, 1);
        let ragged = lengths.map(|lengths| {
            let time = g.shape(value, 1, 2);
            Ragged::new(g, &time, lengths)
        });
        Self { batch, ragged }
    }
}

impl Ragged {
    fn new(g: &mut Graph, time: &Value, lengths: &Value) -> Self {
        let (steps, one, zero) = (g.range(time), g.int(1), g.int(0));
        let steps = g.unsqueeze(&steps, 1);
        let left = g.sub(lengths, &steps);
        let left = g.sub(&left, &one);
        let left = g.unsqueeze(&left, 2);
        let inside = g.op("GreaterOrEqual", &[&left, &zero]);
        Self { lengths: lengths.clone(), lengths_i32: g.cast(lengths, crate::proto::data_type::INT32), inside, left }
    }
}

/// States of every layer and direction, (L·D, B, H): h, and c of an LSTM.
pub(super) struct States {
    pub h: Value,
    pub c: Option<Value>,
}

/// The weights of a network under the names of its file, and where they lie among those of several.
pub(super) struct Weights<'a> {
    pub model: &'a Model<f32>,
    pub prefix: String,
}

impl Weights<'_> {
    /// The numbers of a tensor.
    pub fn values(&self, name: &str) -> &[f32] {
        self.model.get(name).expect("a network has the tensors that its configuration asks for")
    }

    /// A tensor as it stands in the file.
    pub fn constant(&self, g: &mut Graph, name: &str, dims: &[usize]) -> Value {
        let numbers = Numbers::f32(dims, self.values(name));
        g.weight(&format!("{}{name}", self.prefix), numbers)
    }
}

/// What the layers give.
pub(super) struct Stacked {
    /// Outputs of the last layer at each step: (T, B, D·H).
    pub y: Value,
    /// Those behind the last step of each sequence and direction, (D, B, H); without layer norm alone they are outputs of the last layer.
    pub last: Value,
    /// Where states were given, those behind the last step.
    pub states: Option<States>,
}

/// All layers over `x` (T, B, I), from `states` or from zero.
pub(super) fn stack(
    g: &mut Graph,
    config: &StackConfig,
    weights: &Weights<'_>,
    x: Value,
    sequences: &Sequences,
    states: Option<&States>,
) -> Stacked {
    let directions = config.directions();
    let part = |g: &mut Graph, states: &Value, layer: usize| match config.layers {
        1 => states.clone(),
        _ => g.slice(states, 0, (layer * directions) as i64, ((layer + 1) * directions) as i64),
    };
    let (mut y, mut last_h, mut last_c) = (x, Vec::new(), Vec::new());
    for layer in 0..config.layers {
        g.part(format!("{}recurrent.l{layer}", weights.prefix));
        let h = states.map(|states| part(g, &states.h, layer));
        let c = states.and_then(|states| states.c.as_ref()).map(|c| part(g, c, layer));
        let one = Layer { config, weights, layer };
        let outputs = if one.cell().spec().onnx.is_some() { one.operator(g, &y, sequences, h, c) } else { one.scan(g, &y, sequences, h) };
        y = outputs.y;
        last_h.push(outputs.h);
        last_c.extend(outputs.c);
        if config.layer_norm {
            let dims = [config.width()];
            let gain = weights.constant(g, &format!("recurrent.norm_l{layer}.weight"), &dims);
            let bias = weights.constant(g, &format!("recurrent.norm_l{layer}.bias"), &dims);
            y = g.op_with("LayerNormalization", &[&y, &gain, &bias], vec![int("axis", -1), float("epsilon", 1e-5)]);
        }
    }
    g.part(format!("{}states", weights.prefix));
    let last = last_h[last_h.len() - 1].clone();
    let states = states.is_some().then(|| {
        let join = |g: &mut Graph, parts: &[Value]| g.concat(&parts.iter().collect::<Vec<_>>(), 0);
        States { h: join(g, &last_h), c: (!last_c.is_empty()).then(|| join(g, &last_c)) }
    });
    Stacked { y, last, states }
}

/// One layer in its directions.
struct Layer<'a> {
    config: &'a StackConfig,
    weights: &'a Weights<'a>,
    layer: usize,
}

/// What a layer gives: (T, B, D·H), and the states behind the last step, (D, B, H).
struct Outputs {
    y: Value,
    h: Value,
    c: Option<Value>,
}

impl Layer<'_> {
    fn cell(&self) -> Cell {
        self.config.cell
    }

    /// A tensor of one direction.
    fn tensor(&self, name: &str, direction: usize) -> &[f32] {
        let suffix = if direction == 0 { "" } else { "_reverse" };
        self.weights.values(&format!("recurrent.{name}_l{}{suffix}", self.layer))
    }

    /// A constant of the layer's own name.
    fn constant(&self, g: &mut Graph, name: &str, numbers: Numbers) -> Value {
        g.weight(&format!("{}recurrent.{name}_l{}", self.weights.prefix, self.layer), numbers)
    }

    /// Tensors of both directions with their gates in ONNX's order.
    fn stacked(&self, names: &[&str]) -> Vec<f32> {
        let in_order = |direction: usize| {
            let blocks = names.iter().map(move |name| self.tensor(name, direction));
            blocks.flat_map(|values| reorder_gates(values, self.cell(), GateOrder::PyTorch, GateOrder::Onnx)).collect::<Vec<f32>>()
        };
        (0..self.config.directions()).flat_map(in_order).collect()
    }

    /// ONNX's own operator.
    fn operator(&self, g: &mut Graph, x: &Value, sequences: &Sequences, h: Option<Value>, c: Option<Value>) -> Outputs {
        let (directions, hidden) = (self.config.directions(), self.config.hidden);
        let (rows, input) = (self.cell().gates() * hidden, self.config.dims(self.layer).input);
        let w = self.constant(g, "W", Numbers::f32(&[directions, rows, input], &self.stacked(&["weight_ih"])));
        let r = self.constant(g, "R", Numbers::f32(&[directions, rows, hidden], &self.stacked(&["weight_hh"])));
        let b = self.constant(g, "B", Numbers::f32(&[directions, 2 * rows], &self.stacked(&["bias_ih", "bias_hh"])));
        let lengths = sequences.ragged.as_ref().map_or_else(Graph::absent, |ragged| ragged.lengths_i32.clone());
        let (h, c) = (h.unwrap_or_else(Graph::absent), c.unwrap_or_else(Graph::absent));
        let mut options = vec![int("hidden_size", hidden as i64)];
        if directions == 2 {
            options.push(word("direction", "bidirectional"));
        }
        let repeated = |function: &'static str| words("activations", &vec![function; directions]);
        let (op, states) = match self.cell() {
            Cell::Lstm => ("LSTM", 2),
            Cell::Gru => {
                options.push(int("linear_before_reset", 1));
                ("GRU", 1)
            }
            Cell::GruResetBefore => ("GRU", 1),
            Cell::RnnRelu => {
                options.push(repeated("Relu"));
                ("RNN", 1)
            }
            _ => {
                options.push(repeated("Tanh"));
                ("RNN", 1)
            }
        };
        let mut found = g.ops(op, &[x, &w, &r, &b, &lengths, &h, &c], options, 1 + states);
        let c = if states == 2 { found.pop() } else { None };
        let (y, h) = (found[0].clone(), found[1].clone());
        // (T, D, B, H).
        let y = if directions == 1 {
            g.squeeze(&y, 1)
        } else {
            let y = g.transpose(&y, &[0, 2, 1, 3]);
            g.reshape(&y, &[0, 0, 2 * hidden as i64])
        };
        Outputs { y, h, c }
    }

    /// A cell whose gates see the input alone: they are computed at once, the rest is a Scan.
    fn scan(&self, g: &mut Graph, x: &Value, sequences: &Sequences, h: Option<Value>) -> Outputs {
        let (directions, hidden) = (self.config.directions(), self.config.hidden);
        let (rows, input) = (self.cell().gates() * hidden, self.config.dims(self.layer).input);
        let (mut outputs, mut last) = (Vec::new(), Vec::new());
        for direction in 0..directions {
            let suffix = if direction == 0 { "" } else { "_reverse" };
            let name = |what: &str| format!("recurrent.{what}_l{}{suffix}", self.layer);
            let weight = self.weights.constant(g, &name("weight_ih"), &[rows, input]);
            let bias = self.weights.constant(g, &name("bias_ih"), &[rows]);
            let gates = g.dense(x, 3, &weight, &bias, (input, rows));
            let gates = g.split(&gates, 2, &vec![hidden as i64; self.cell().gates()]);
            let (keep, new) = scan::gates(g, self.cell(), &gates);
            let start = match &h {
                Some(h) => g.squeeze(h, 0),
                None => {
                    let (zero, width) = (g.constant(Numbers::f32(&[1], &[0.0])), g.ints(&[hidden as i64]));
                    let shape = g.concat(&[&sequences.batch, &width], 0);
                    g.op("Expand", &[&zero, &shape])
                }
            };
            let inside = sequences.ragged.as_ref().map(|ragged| &ragged.inside);
            let (h, y) = scan::linear(g, (&keep, &new), &start, inside, direction == 1, hidden);
            outputs.push(y);
            last.push(g.unsqueeze(&h, 0));
        }
        let y = g.concat(&outputs.iter().collect::<Vec<_>>(), 2);
        let h = g.concat(&last.iter().collect::<Vec<_>>(), 0);
        Outputs { y, h, c: None }
    }
}
