//! `gatewise bench`: the speed of a recurrent layer, on the work that its peers are measured on.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use gatewise::kernels::{CountingAllocator, SPLIT_FROM, peak_gflops};
use gatewise::layer::recurrent::{Stack, State};
use gatewise::layer::streaming::StreamingStack;
use gatewise::memory::{Budget, product};
use gatewise::model::ModelConfig;
use gatewise::optim::{Optimizer, OptimizerConfig};
use gatewise::params::Params;
use gatewise::rng::Rng;
use gatewise::{Cell, Cpu, Layout, Precision};
use gatewise_report::bench::{heading, line};
use serde_json::{Value, json};

use crate::args::precision::Chosen;
use crate::args::{BenchArgs, Lengths, Mode, PrecisionName};
use crate::cli_error::CliError;
use crate::console::Console;

/// Fewest runs, however long one takes.
const LEAST_RUNS: usize = 5;

/// Runs before the clock starts: buffers are made and caches filled.
const WARM_RUNS: usize = 2;

/// Longest time that is measured for: a day.
const MOST_SECONDS: f64 = 86_400.0;

/// Steps of a stream between two looks at the clock, which takes as long as a small one. The input changes from step to step.
const STEPS: usize = 1000;

/// Learning rate of the training step; it does not change the work.
const RATE: f64 = 1e-3;

pub fn run(args: &BenchArgs, console: Console) -> anyhow::Result<ExitCode> {
    if !(args.seconds > 0.0 && args.seconds <= MOST_SECONDS) {
        return Err(CliError::usage(format!("--seconds {:?}: it is a number above 0 and at most {MOST_SECONDS}", args.seconds)).into());
    }
    let cpu = super::cpu(Some(args.threads))?;
    let precision = if args.mode == Mode::Train { args.precision.training(console)? } else { args.precision.inference(console) };
    // Nobody knows the peak of the reference kernels; there the fraction stays open.
    let peak = peak_gflops(&cpu, precision).map(|one| one * cpu.threads() as f64);
    let cases = if args.suite { suite(args) } else { vec![args.clone()] };
    let table = !console.json() && (args.suite || console.aligns());
    if table {
        console.print(&heading(&cpu, peak))?;
    }
    for case in cases {
        let config = config(&case);
        config.check().map_err(|e| CliError::usage(e.to_string()))?;
        hold(&case, &config)?;
        let measured = measure(&cpu, &case, &config, precision, peak);
        console.print(&if table { line(&measured) } else { format!("{measured}\n") })?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Refuses work that memory cannot hold.
fn hold(args: &BenchArgs, config: &ModelConfig) -> Result<(), CliError> {
    let rows = product(&[args.batch, args.time]);
    let stream = if args.mode == Mode::Step && args.batch == 1 { product(&[STEPS, args.input, size_of::<f32>()]) } else { 0 };
    let work = config.step_bytes::<f32>(args.batch as u128, rows).saturating_add(stream);
    let needed = config.training_bytes::<f32>().saturating_add(work);
    let BenchArgs { batch, time, input, hidden, layers, .. } = args;
    let what = format!("--batch {batch} --time {time} --input {input} --hidden {hidden} --layers {layers}");
    Budget::current().hold(what, needed).map_err(|e| CliError::usage(e.to_string()).help("take smaller ones, or raise --memory-limit"))
}

fn config(args: &BenchArgs) -> ModelConfig {
    ModelConfig { layers: args.layers, bidirectional: args.bidirectional, ..ModelConfig::new(args.cell, args.input, args.hidden, 1) }
}

/// Every cell and mode on three usual shapes, and the steps of small nets that a sensor or a sound passes through.
fn suite(args: &BenchArgs) -> Vec<BenchArgs> {
    let shapes = [(32, 48, 1, 32), (64, 100, 32, 128), (64, 100, 512, 512)];
    let modes = [Mode::Infer, Mode::Train, Mode::Step];
    let small = [8, 16, 32, 64].map(|hidden| (Mode::Step, (1, 1, 1, hidden)));
    let case =
        |cell, (mode, (batch, time, input, hidden))| BenchArgs { cell, mode, batch, time, input, hidden, suite: false, ..args.clone() };
    let cases: Vec<_> = modes.into_iter().flat_map(|mode| shapes.map(|shape| (mode, shape))).chain(small).collect();
    let cells = [Cell::Lstm, Cell::Gru, Cell::RnnTanh];
    cells.into_iter().flat_map(|cell| cases.iter().map(move |&of| case(cell, of))).collect()
}

/// A layer stack with everything that a run touches.
struct Bench<'a> {
    cpu: &'a Cpu,
    config: &'a ModelConfig,
    params: Params<f32>,
    stack: Stack<f32>,
    optimizer: Optimizer<f32>,
    layout: Layout,
    x: Vec<f32>,
    state: State<f32>,
    d_state: State<f32>,
    dy: Vec<f32>,
    /// One sequence a step at a time, where the layers stream.
    streaming: Option<StreamingStack>,
}

impl<'a> Bench<'a> {
    fn new(cpu: &'a Cpu, args: &BenchArgs, config: &'a ModelConfig) -> Self {
        let time = if args.mode == Mode::Step { 1 } else { args.time };
        let layout = match args.lengths {
            Lengths::Full => Layout::full(args.batch, time),
            Lengths::Ragged => Layout::ragged(&ragged(args.batch, time)),
        };
        let mut params = Params::new();
        let stack = Stack::new(&mut params, "recurrent", config.into());
        let mut rng = Rng::new(0, 0);
        let bound = (config.hidden as f64).sqrt().recip();
        params.values.iter_mut().for_each(|w| *w = rng.uniform(bound) as f32);
        let x = (0..layout.rows() * config.input).map(|_| rng.normal() as f32).collect();
        let (state, d_state) = (State::zeros(config, args.batch), State::zeros(config, args.batch));
        let optimizer = Optimizer::new(OptimizerConfig::adam(), params.values.len());
        Self { cpu, config, params, stack, optimizer, layout, x, state, d_state, dy: Vec::new(), streaming: None }
    }

    fn pack(&mut self) {
        self.stack.pack(self.cpu, &self.params.values);
    }

    /// Steps from then on by the kernels for one sequence, where there are some, and where several threads would not share a step.
    fn stream(&mut self) {
        let shared = self.cpu.threads() > 1 && self.stack.cells().any(|(dims, _)| dims.recurrent_rows() * dims.hidden >= SPLIT_FROM);
        if self.layout.batch() == 1 && !shared {
            self.streaming = self.stack.streaming(self.cpu.isa(), &self.params.values);
        }
        if self.streaming.is_some() {
            let mut rng = Rng::new(1, 0);
            self.x = (0..STEPS * self.config.input).map(|_| rng.normal() as f32).collect();
        }
    }

    /// Forward over the whole batch from the zero state.
    fn infer(&mut self, keep: bool) {
        self.state.reset(self.config, self.layout.batch());
        self.step(keep);
    }

    /// Forward from the state at hand.
    fn step(&mut self, keep: bool) {
        self.stack.forward(self.cpu, &self.params.values, &self.layout, &self.x, &mut self.state, keep, None);
    }

    /// One step, or [`STEPS`] of a stream.
    fn steps(&mut self) {
        let Some(stack) = &mut self.streaming else { return self.step(false) };
        for x in self.x.chunks_exact(self.config.input) {
            std::hint::black_box(stack.step(x));
        }
    }

    /// Zero gradients, forward, loss = mean(y²), backward, Adam; the packing of the new weights belongs to the step.
    fn train(&mut self) {
        self.params.zero_grads();
        self.infer(true);
        let y = self.stack.output();
        let share = 2.0 / y.len() as f32;
        self.dy.clear();
        self.dy.extend(y.iter().map(|y| share * y));
        self.d_state.reset(self.config, self.layout.batch());
        let Params { values, grads, .. } = &mut self.params;
        self.stack.backward(self.cpu, values, grads, &self.layout, &self.x, &self.dy, &mut self.d_state, None);
        self.optimizer.step(self.cpu, RATE, values, grads);
        self.pack();
    }
}

/// Lengths spread evenly over 1 … time, longest first.
fn ragged(batch: usize, time: usize) -> Vec<usize> {
    (0..batch).rev().map(|i| 1 + i * (time - 1) / (batch - 1).max(1)).collect()
}

fn measure(cpu: &Cpu, args: &BenchArgs, config: &ModelConfig, precision: Precision, peak: Option<f64>) -> Value {
    let mut bench = Bench::new(cpu, args, config);
    // Weights of eight bits cannot be trained; a suite trains too.
    let precision = if args.mode == Mode::Train && precision == Precision::Int8 { Precision::F32 } else { precision };
    bench.stack.set_precision(precision);
    bench.pack();
    if args.mode == Mode::Step {
        bench.stream();
    }
    let calls = if bench.streaming.is_some() { STEPS } else { 1 };
    let once = |bench: &mut Bench<'_>| match args.mode {
        Mode::Infer => bench.infer(false),
        Mode::Train => bench.train(),
        Mode::Step => bench.steps(),
    };
    (0..WARM_RUNS).for_each(|_| once(&mut bench));
    let mut samples = Vec::new();
    let end = Instant::now() + Duration::from_secs_f64(args.seconds);
    while samples.len() < LEAST_RUNS || Instant::now() < end {
        let start = Instant::now();
        once(&mut bench);
        samples.push(start.elapsed().as_secs_f64() / calls as f64);
    }
    let before = CountingAllocator::count();
    once(&mut bench);
    let allocations = CountingAllocator::count() - before;
    samples.sort_by(f64::total_cmp);
    let (median, min) = (samples[samples.len() / 2], samples[0]);
    let rows = bench.layout.rows();
    let nominal = nominal_flops(config, rows, args.mode) / median / 1e9;
    let done = done_flops(config, rows, args.mode) / median / 1e9;
    let cell = serde_json::to_value(args.cell).unwrap_or_default();
    json!({
        "engine": concat!("gatewise ", env!("CARGO_PKG_VERSION")), "isa": cpu.isa().with_products(precision), "threads": cpu.threads(),
        "cell": cell, "precision": PrecisionName::from(precision).to_string(), "mode": format!("{:?}", args.mode).to_lowercase(), "batch": args.batch, "time": bench.layout.time(), "rows": rows,
        "input": args.input, "hidden": args.hidden, "layers": args.layers, "bidirectional": args.bidirectional,
        "median_ms": median * 1e3, "min_ms": min * 1e3, "gflops": nominal, "peak_gflops": peak, "fraction_of_peak": peak.map(|peak| done / peak),
        "allocations": allocations, "runs": samples.len() * calls,
    })
}

/// Multiplications and additions of one layer over one row: of the input, and of the state.
fn layer_flops(config: &ModelConfig, layer: usize) -> (f64, f64) {
    let dims = config.dims(layer);
    let product = |rows: usize, columns: usize| (2 * rows * config.directions()) as f64 * columns as f64;
    (product(dims.gate_rows(), dims.input), product(dims.recurrent_rows(), dims.hidden))
}

/// The work as the peers count it: a training step is three forwards.
fn nominal_flops(config: &ModelConfig, rows: usize, mode: Mode) -> f64 {
    let forward: f64 = (0..config.layers).map(|l| layer_flops(config, l)).map(|(input, state)| input + state).sum();
    rows as f64 * if mode == Mode::Train { 3.0 * forward } else { forward }
}

/// The work really done: nobody asks for the gradient of the input, so the first layer does not compute it.
fn done_flops(config: &ModelConfig, rows: usize, mode: Mode) -> f64 {
    let of_layer = |layer: usize| {
        let (input, state) = layer_flops(config, layer);
        match mode {
            Mode::Infer | Mode::Step => input + state,
            Mode::Train => 2.0 * (input + state) + state + if layer > 0 { input } else { 0.0 },
        }
    };
    rows as f64 * (0..config.layers).map(of_layer).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ragged_lengths_are_those_of_the_peers() {
        assert_eq!(ragged(4, 10), [10, 7, 4, 1]);
        assert_eq!(ragged(1, 10), [1]);
    }
}
