//! After warm-up the encoder of pictures allocates nothing, on any number of threads.
//!
//! Runs without the test harness, whose own threads allocate.

#[path = "setup/isas.rs"]
mod isas;

use gatewise::layer::encoder::Encoder;
use gatewise::model::{EncoderConfig, EncoderPool};
use gatewise::params::Params;
use gatewise::rng::Rng;
use gatewise::{Cpu, Isa};
use gatewise_kernels::CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Pictures of a batch.
const FRAMES: usize = 30;

fn main() {
    for isa in isas::every_isa().filter(|&isa| isa != Isa::Scalar) {
        for (threads, pool) in [(1, EncoderPool::Flatten), (2, EncoderPool::MeanMax)] {
            let cpu = Cpu::with_isa(isa, threads);
            let config = EncoderConfig { channels: 2, height: 24, width: 20, filters: vec![8, 16], pool, outputs: 12 };
            let mut params = Params::<f32>::new();
            let mut encoder = Encoder::new(&mut params, "encoder", &config);
            encoder.start(&mut Rng::new(1, 0), &mut params.values);
            let (x, dy) = (vec![0.5; FRAMES * config.plane().len()], vec![0.1; FRAMES * config.outputs]);
            let mut round = || {
                encoder.pack(&cpu, &params.values);
                encoder.forward(&cpu, &params.values, &x);
                encoder.backward(&cpu, &params.values, &mut params.grads, &dy, None);
            };
            round();
            let before = CountingAllocator::count();
            round();
            assert_eq!(CountingAllocator::count() - before, 0, "{isa:?}, {threads} threads, {pool:?}");
        }
    }
}
