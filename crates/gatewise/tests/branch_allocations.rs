//! After warm-up the convolutions beside the recurrent stack allocate nothing, on any number of threads.
//!
//! Runs without the test harness, whose own threads allocate.

#[path = "setup/isas.rs"]
mod isas;

use gatewise::batch::Batch;
use gatewise::model::{BranchConfig, Model, ModelConfig, Readout};
use gatewise::{Cell, Cpu, Isa};
use gatewise_kernels::CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Steps of the sequences: more than are gathered at once.
const LENGTHS: [usize; 3] = [300, 290, 7];

fn main() {
    for isa in isas::every_isa().filter(|&isa| isa != Isa::Scalar) {
        for threads in [1, 2] {
            let cpu = Cpu::with_isa(isa, threads);
            let config = ModelConfig {
                branch: Some(BranchConfig::fcn(8)),
                readout: Readout::Concat,
                dropout: 0.3,
                ..ModelConfig::new(Cell::Gru, 2, 8, 3)
            };
            let mut model = Model::<f32>::new(&config, 1).expect("a network");
            let mut batch = Batch::default();
            batch.set_ragged(&LENGTHS, config.input);
            batch.x.fill(0.5);
            let d_output = vec![0.1; LENGTHS.len() * config.outputs];
            let mut round = || {
                model.forward(&cpu, &batch, true, None);
                model.backward(&cpu, &batch, &d_output, None, None);
            };
            // Some buffers change places from one round to the next.
            (0..3).for_each(|_| round());
            let before = CountingAllocator::count();
            round();
            assert_eq!(CountingAllocator::count() - before, 0, "{isa:?}, {threads} threads");
        }
    }
}
