//! A warm stream of every task allocates nothing.
//!
//! Runs without the test harness, whose own threads allocate.

#[path = "setup/small_models.rs"]
mod small_models;

use gatewise::Cpu;
use gatewise::forecast::{Channels, Normalize};
use gatewise::language::{Generator, Sampling};
use gatewise::model::Readout;
use gatewise_kernels::CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Allocations of what `push` does after its first calls.
fn warm(warm_up: usize, mut push: impl FnMut(usize)) -> usize {
    (0..warm_up).for_each(&mut push);
    let before = CountingAllocator::count();
    (warm_up..warm_up + 50).for_each(push);
    CountingAllocator::count() - before
}

/// Every way through the filters.
fn samplings() -> [Sampling; 4] {
    let one = Sampling::default;
    [
        one(),
        Sampling { temperature: 0.0, repetition_penalty: 1.2, ..one() },
        Sampling { temperature: 0.7, min_p: 0.1, ..one() },
        Sampling { top_k: 2, top_p: 0.9, min_p: 0.1, repetition_penalty: 1.2, repetition_memory: 5, ..one() },
    ]
}

fn main() {
    let cpu = Cpu::new(1).expect("a processor");
    let rows = small_models::rows(100);
    for (channels, log) in [(Channels::Independent, false), (Channels::Joint, true)] {
        let mut forecaster = small_models::forecaster(channels, Normalize::Window, log);
        // The window is full after the lookback.
        let lookback = forecaster.config().lookback;
        let mut stream = forecaster.stream(&cpu, "");
        let count = warm(lookback + 1, |k| assert!(stream.push(&rows[k * 3..][..3]).is_ok()));
        assert_eq!(count, 0, "a forecaster, {channels:?}");
    }
    let row = [0.5, -0.5];
    for readout in [Readout::Last, Readout::Concat, Readout::EachStep] {
        let mut classifier = small_models::classifier(readout, 1, true);
        let mut stream = classifier.stream(&cpu).expect("a stream");
        assert_eq!(warm(1, |_| assert!(stream.push(&row).is_ok())), 0, "a classifier, {readout:?}");
    }
    let mut language = small_models::language();
    for sampling in samplings() {
        let mut generator = Generator::new(&mut language.model, &language.vocabulary, &cpu, sampling.clone(), 1).expect("settings");
        generator.read(&[0, 1]);
        // The penalty's memory is full after so many symbols.
        assert_eq!(warm(sampling.repetition_memory, |_| assert!(generator.draw() < 3)), 0, "a generator, {sampling:?}");
    }
    let mut stream = language.stream(&cpu);
    assert_eq!(warm(1, |k| assert!(stream.push(k as u32 % 3).is_ok())), 0, "a language model");
}
