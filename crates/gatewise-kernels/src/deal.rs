//! Passes over long slices, cut into parts for the threads of a team, and two jobs at once.

use std::array::from_fn;
use std::sync::Mutex;

use crate::cpu::Cpu;

/// Numbers of a part in a plain pass: some microseconds of work.
pub const GRAIN: usize = 8192;
/// Most parts of a piece of work.
const MOST_PARTS: usize = 64;
/// Parts below which the caller does all: waking a thread takes as long as one of them or two.
const WORTH_A_TEAM: usize = 4;

/// Slices that are cut alike.
pub trait Cut: Sized + Send {
    /// Elements, or rows where an element is a row.
    fn size(&self) -> usize;
    /// The part before `at`, and the rest.
    fn cut(self, at: usize) -> (Self, Self);
}

impl<T: Send> Cut for &mut [T] {
    fn size(&self) -> usize {
        self.len()
    }
    fn cut(self, at: usize) -> (Self, Self) {
        self.split_at_mut(at)
    }
}

impl<T: Sync> Cut for &[T] {
    fn size(&self) -> usize {
        self.len()
    }
    fn cut(self, at: usize) -> (Self, Self) {
        self.split_at(at)
    }
}

/// Slices of one length.
impl<A: Cut, B: Cut> Cut for (A, B) {
    fn size(&self) -> usize {
        assert_eq!(self.0.size(), self.1.size(), "slices of one length");
        self.0.size()
    }
    fn cut(self, at: usize) -> (Self, Self) {
        let ((a, a_rest), (b, b_rest)) = (self.0.cut(at), self.1.cut(at));
        ((a, b), (a_rest, b_rest))
    }
}

/// A matrix (R, width) that is cut between rows.
#[derive(Debug)]
pub struct Lines<S> {
    /// The rows, one after the other.
    pub data: S,
    /// Elements of a row, at least 1.
    pub width: usize,
}

impl<S: Cut> Cut for Lines<S> {
    fn size(&self) -> usize {
        self.data.size() / self.width
    }
    fn cut(self, at: usize) -> (Self, Self) {
        let width = self.width;
        let (data, rest) = self.data.cut(at * width);
        (Self { data, width }, Self { data: rest, width })
    }
}

/// Cuts `work` into at most 64 parts of `grain` elements or more, and calls `job` for each with its first element; the threads share the
/// parts, of which one is some microseconds of work. What the calls gave stands in their order, behind it defaults.
///
/// How the work is cut depends on its size alone, so sums over the parts do not depend on the number of threads.
pub fn deal<C: Cut, R: Copy + Default + Send>(cpu: &Cpu, work: C, grain: usize, job: impl Fn(usize, C) -> R + Sync) -> [R; MOST_PARTS] {
    let size = work.size();
    let parts = (size / grain.max(1)).clamp(1, MOST_PARTS);
    let start = |part: usize| size * part / parts;
    let mut rest = Some(work);
    let mut next = |part: usize| {
        let (cut, behind) = rest.take()?.cut(start(part + 1) - start(part));
        rest = Some(behind);
        Some(cut)
    };
    if parts < WORTH_A_TEAM || cpu.threads() == 1 {
        return from_fn(|part| if part < parts { next(part).map_or_else(R::default, |cut| job(start(part), cut)) } else { R::default() });
    }
    let cells: [Mutex<(Option<C>, R)>; MOST_PARTS] =
        from_fn(|part| Mutex::new((if part < parts { next(part) } else { None }, R::default())));
    let threads = cpu.threads();
    cpu.team().run(|thread| {
        let mine = parts * thread / threads..parts * (thread + 1) / threads;
        for (part, cell) in mine.clone().zip(&cells[mine]) {
            let mut cell = cell.lock().unwrap_or_else(|e| e.into_inner());
            if let Some(cut) = cell.0.take() {
                cell.1 = job(start(part), cut);
            }
        }
    });
    cells.map(|cell| cell.into_inner().unwrap_or_else(|e| e.into_inner()).1)
}

/// Calls both jobs, at once where there are two threads.
pub fn both(cpu: &Cpu, first: impl FnOnce() + Send, second: impl FnOnce() + Send) {
    fn call(job: &Mutex<Option<impl FnOnce()>>) {
        let job = job.lock().unwrap_or_else(|e| e.into_inner()).take();
        job.into_iter().for_each(|job| job());
    }
    let (first, second) = (Mutex::new(Some(first)), Mutex::new(Some(second)));
    cpu.team().run(|thread| match thread {
        0 => call(&first),
        1 => call(&second),
        _ => {}
    });
    // A team of one has called the first alone.
    call(&second);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::Isa;

    #[test]
    fn both_jobs_once() {
        for threads in [1, 2, 3] {
            let (mut first, mut second) = (0, 0);
            both(&Cpu::with_isa(Isa::Scalar, threads), || first += 1, || second += 1);
            assert_eq!((first, second), (1, 1), "{threads} threads");
        }
    }

    #[test]
    fn every_element_once_and_sums_in_one_order() {
        for size in [0, 1, 7, 64, 1000, 12_345] {
            let sums = |threads: usize, grain: usize| {
                let mut x: Vec<f32> = (0..3 * size).map(|i| i as f32 * 0.1).collect();
                let y: Vec<usize> = (0..size).collect();
                let cpu = Cpu::with_isa(Isa::Scalar, threads);
                let sums = deal(&cpu, (Lines { data: &mut x[..], width: 3 }, &y[..]), grain, |first, (rows, y)| {
                    assert_eq!(rows.data.len(), 3 * y.len());
                    assert!(y.iter().enumerate().all(|(i, &y)| y == first + i));
                    rows.data.iter_mut().for_each(|x| *x += 1.0);
                    rows.data.iter().sum::<f32>()
                });
                assert!(x.iter().enumerate().all(|(i, &x)| x == i as f32 * 0.1 + 1.0));
                sums
            };
            for grain in [1, 10, 5000] {
                assert_eq!(sums(1, grain).map(f32::to_bits), sums(3, grain).map(f32::to_bits));
            }
        }
    }
}
