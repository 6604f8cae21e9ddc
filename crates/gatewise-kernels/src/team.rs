//! A fixed team of threads for work that is dealt out once per call, never per time step.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};
use std::thread::{self, JoinHandle, Thread};

/// Rounds of spinning before a thread that waits goes to sleep: some tens of microseconds, the gap between the calls of one training step.
const SPINS: usize = 20_000;

/// Rounds of spinning at a barrier that no part takes which has a core: some hundred microseconds.
const CONTENDED: usize = 2_000;

/// Calls that go without a barrier after one that met such a wait, and the most of them where one such call follows on another: a
/// single late part is chance, but on a busy machine waiting costs more than a second thread gains.
const REST: usize = 4;
const LONGEST_REST: usize = 1_024;

/// Most threads of a team: more than any processor has, few enough to be started.
pub const MAX_THREADS: usize = 4096;

/// Bytes of the stack of each thread of a team.
pub const STACK_BYTES: usize = 2 << 20;

type Job = &'static (dyn Fn(usize) + Sync);

#[derive(Default)]
struct Shared {
    round: AtomicUsize,
    running: AtomicUsize,
    rest: Rest,
    stop: AtomicBool,
    job: Mutex<Option<Job>>,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

/// How long [`Team::run_abreast`] leaves its barrier alone: twice as long each time, until a call met no wait.
#[derive(Default)]
struct Rest {
    /// Calls that are still turned down.
    left: AtomicUsize,
    /// Calls that the latest rest took; 0 after a call without a long wait.
    length: AtomicUsize,
}

impl Rest {
    /// Whether this call is turned down.
    fn turns_down(&self) -> bool {
        let left = self.left.load(Ordering::Relaxed);
        self.left.store(left.saturating_sub(1), Ordering::Relaxed);
        left > 0
    }

    /// Takes up how a call went.
    fn after(&self, contended: bool) {
        let length = if contended { (2 * self.length.load(Ordering::Relaxed)).clamp(REST, LONGEST_REST) } else { 0 };
        self.length.store(length, Ordering::Relaxed);
        self.left.store(length, Ordering::Relaxed);
    }
}

/// Threads of another pool that a team borrows: where those spin while they wait, threads of our own would find no core.
pub trait Lender: Send + Sync {
    /// Calls `job(i)` for every i below `parts` once, on as many threads as there are to be had, and returns when all are done.
    fn run(&self, parts: usize, job: &(dyn Fn(usize) + Sync));
}

/// Threads that wait for work. The calling thread is one of them.
pub struct Team {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    handles: Vec<Thread>,
    busy: Mutex<()>,
    /// Whose threads work, and how many parts there are, where they are not our own.
    lender: Option<(Box<dyn Lender>, usize)>,
}

impl Team {
    /// A team of `threads`, at least one; `threads − 1` are started.
    ///
    /// # Panics
    /// If the system does not start them; see [`Team::try_new`].
    pub fn new(threads: usize) -> Self {
        Self::try_new(threads).unwrap_or_else(|problem| panic!("{problem}"))
    }

    /// As [`Team::new`].
    ///
    /// # Errors
    /// More than [`MAX_THREADS`], or a thread that the system does not start; those started before have ended then.
    pub fn try_new(threads: usize) -> Result<Self, String> {
        if threads > MAX_THREADS {
            return Err(format!("`threads` is {threads}; it must be from 1 to {MAX_THREADS}"));
        }
        let mut team = Self { shared: Arc::default(), workers: Vec::new(), handles: Vec::new(), busy: Mutex::new(()), lender: None };
        for index in 1..threads.max(1) {
            let shared = Arc::clone(&team.shared);
            let started = thread::Builder::new().stack_size(STACK_BYTES).spawn(move || work(&shared, index));
            let worker =
                started.map_err(|e| format!("`threads` is {threads}: the system starts no more than {index} ({e}); take fewer"))?;
            team.handles.push(worker.thread().clone());
            team.workers.push(worker);
        }
        Ok(team)
    }

    /// A team of `threads`, at least one and at most [`MAX_THREADS`], that a lender has.
    pub fn borrowed(threads: usize, lender: Box<dyn Lender>) -> Self {
        let lender = Some((lender, threads.clamp(1, MAX_THREADS)));
        Self { shared: Arc::default(), workers: Vec::new(), handles: Vec::new(), busy: Mutex::new(()), lender }
    }

    /// How many threads there are, the caller counted.
    pub fn threads(&self) -> usize {
        self.lender.as_ref().map_or(self.workers.len() + 1, |(_, threads)| *threads)
    }

    /// As [`run`](Self::run), for parts that wait for each other at a barrier; `false`, with nothing done, where the
    /// parts could not all run at once: a team of one, one that is at work, one of borrowed threads, or one whose threads lately lacked cores.
    pub(crate) fn run_abreast(&self, job: impl Fn(usize, &Barrier) + Sync) -> bool {
        if self.workers.is_empty() {
            return false;
        }
        let Some(guard) = self.free() else { return false };
        if self.shared.rest.turns_down() {
            return false;
        }
        let barrier = Barrier::new(self.threads());
        self.run_all(&|i| job(i, &barrier), guard);
        self.shared.rest.after(barrier.contended.load(Ordering::Relaxed));
        true
    }

    /// Calls `job(i)` for every i below [`Team::threads`], each on its own thread, and returns when all are done.
    ///
    /// Called from inside a job, or from a second thread at once, it runs every part on the caller instead.
    /// A panic in any part is raised again here.
    pub fn run(&self, job: impl Fn(usize) + Sync) {
        match (&self.lender, self.free()) {
            _ if self.threads() == 1 => job(0),
            (Some((lender, threads)), Some(_guard)) => lender.run(*threads, &job),
            (None, Some(guard)) => self.run_all(&job, guard),
            (_, None) => (0..self.threads()).for_each(job),
        }
    }

    /// The team for a call, where it is not at work; one whose last call panicked is as good as before.
    fn free(&self) -> Option<MutexGuard<'_, ()>> {
        match self.busy.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(panicked)) => Some(panicked.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn run_all(&self, job: &(dyn Fn(usize) + Sync), guard: MutexGuard<'_, ()>) {
        // SAFETY: the workers use the job only until `running` is back at zero, and this call waits for that.
        let job: Job = unsafe { std::mem::transmute::<&(dyn Fn(usize) + Sync), Job>(job) };
        let shared = &*self.shared;
        *shared.job.lock().unwrap_or_else(|e| e.into_inner()) = Some(job);
        shared.running.store(self.workers.len(), Ordering::Relaxed);
        shared.round.fetch_add(1, Ordering::Release);
        self.handles.iter().for_each(Thread::unpark);
        let mine = catch_unwind(AssertUnwindSafe(|| job(0)));
        let mut spins = 0;
        while shared.running.load(Ordering::Acquire) > 0 {
            pause(&mut spins);
        }
        *shared.job.lock().unwrap_or_else(|e| e.into_inner()) = None;
        let theirs = shared.panic.lock().unwrap_or_else(|e| e.into_inner()).take();
        drop(guard);
        if let Err(panic) = mine {
            resume_unwind(panic);
        }
        if let Some(panic) = theirs {
            resume_unwind(panic);
        }
    }
}

/// Where the parts of [`Team::run_abreast`] wait for each other. A part that panics would leave the others waiting, so
/// the kernels check their arguments before they start.
#[derive(Debug)]
pub(crate) struct Barrier {
    parts: usize,
    arrived: AtomicUsize,
    round: AtomicUsize,
    /// Whether some part kept the others waiting for so long that it cannot have had a core.
    contended: AtomicBool,
}

impl Barrier {
    fn new(parts: usize) -> Self {
        Self { parts, arrived: AtomicUsize::new(0), round: AtomicUsize::new(0), contended: AtomicBool::new(false) }
    }

    /// Returns when all parts have come here; what they wrote before is then seen by all.
    pub(crate) fn wait(&self) {
        let round = self.round.load(Ordering::Relaxed);
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.parts {
            self.arrived.store(0, Ordering::Relaxed);
            self.round.store(round + 1, Ordering::Release);
        } else {
            let mut spins = 0;
            while self.round.load(Ordering::Acquire) == round {
                pause(&mut spins);
            }
            // The first wait may be for threads that slept, and waking takes longer than any step.
            if spins > if round == 0 { SPINS } else { CONTENDED } {
                self.contended.store(true, Ordering::Relaxed);
            }
        }
    }
}

/// Spins for a while, then gives the core away: with more threads than cores the other side could not run.
fn pause(spins: &mut usize) {
    *spins += 1;
    if *spins < SPINS {
        std::hint::spin_loop();
    } else {
        thread::yield_now();
    }
}

fn work(shared: &Shared, index: usize) {
    let mut seen = 0;
    loop {
        let mut spins = 0;
        loop {
            let round = shared.round.load(Ordering::Acquire);
            if round != seen {
                seen = round;
                break;
            }
            spins += 1;
            if spins < SPINS {
                std::hint::spin_loop();
            } else {
                thread::park();
            }
        }
        if shared.stop.load(Ordering::Relaxed) {
            return;
        }
        let job = *shared.job.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(job) = job
            && let Err(panic) = catch_unwind(AssertUnwindSafe(|| job(index)))
        {
            *shared.panic.lock().unwrap_or_else(|e| e.into_inner()) = Some(panic);
        }
        shared.running.fetch_sub(1, Ordering::Release);
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        self.shared.round.fetch_add(1, Ordering::Release);
        self.handles.iter().for_each(Thread::unpark);
        for worker in self.workers.drain(..) {
            // A worker catches its job's panics, so the join cannot fail; a drop has nobody to tell anyway.
            let _ = worker.join();
        }
    }
}

impl fmt::Debug for Team {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Team({})", self.threads())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_runs_once() {
        let team = Team::new(3);
        for _ in 0..100 {
            let seen = [const { AtomicUsize::new(0) }; 3];
            team.run(|i| {
                seen[i].fetch_add(1, Ordering::Relaxed);
            });
            assert!(seen.iter().all(|s| s.load(Ordering::Relaxed) == 1));
        }
    }

    #[test]
    fn more_threads_than_there_can_be_are_an_error() {
        assert_eq!(Team::try_new(0).unwrap().threads(), 1);
        for threads in [MAX_THREADS + 1, usize::MAX] {
            assert!(Team::try_new(threads).unwrap_err().contains("from 1 to 4096"));
        }
    }

    #[test]
    fn parts_abreast_see_what_the_others_wrote() {
        let team = Team::new(3);
        let cells = [const { AtomicUsize::new(0) }; 3];
        let ran = team.run_abreast(|i, barrier| {
            for round in 1..200 {
                cells[i].store(round, Ordering::Relaxed);
                barrier.wait();
                assert!(cells.iter().all(|c| c.load(Ordering::Relaxed) == round));
                barrier.wait();
            }
        });
        // No assertion on a second call: on a busy machine the team may rest.
        assert!(ran && !Team::new(1).run_abreast(|_, _| {}));
    }

    #[test]
    fn rests_grow_until_a_call_goes_well() {
        let rest = Rest::default();
        let turned_down = || std::iter::from_fn(|| rest.turns_down().then_some(())).count();
        assert_eq!(turned_down(), 0);
        for length in [4, 8, 16, 32, 64, 128, 256, 512, 1024, 1024] {
            rest.after(true);
            assert_eq!(turned_down(), length);
        }
        rest.after(false);
        assert_eq!(turned_down(), 0);
        rest.after(true);
        assert_eq!(turned_down(), 4);
    }

    #[test]
    fn a_nested_call_runs_on_the_caller() {
        let team = Team::new(2);
        let count = AtomicUsize::new(0);
        team.run(|_| {
            team.run(|_| {
                count.fetch_add(1, Ordering::Relaxed);
            });
        });
        assert_eq!(count.load(Ordering::Relaxed), 4);
    }

    #[test]
    fn borrowed_threads_run_every_part_and_nested_calls_stay_with_the_caller() {
        struct Backwards;
        impl Lender for Backwards {
            fn run(&self, parts: usize, job: &(dyn Fn(usize) + Sync)) {
                thread::scope(|scope| (0..parts).rev().for_each(|i| drop(scope.spawn(move || job(i)))));
            }
        }
        let team = Team::borrowed(3, Box::new(Backwards));
        assert_eq!((team.threads(), Team::borrowed(0, Box::new(Backwards)).threads()), (3, 1));
        let seen = [const { AtomicUsize::new(0) }; 3];
        team.run(|i| {
            seen[i].fetch_add(1, Ordering::Relaxed);
            team.run(|i| {
                seen[i].fetch_add(1, Ordering::Relaxed);
            });
        });
        assert!(seen.iter().all(|s| s.load(Ordering::Relaxed) == 4));
        // After a panic every part is on a thread of its own again.
        assert!(catch_unwind(AssertUnwindSafe(|| team.run(|_| panic!("a part")))).is_err());
        let caller = thread::current().id();
        team.run(|_| assert_ne!(thread::current().id(), caller));
        assert!(!team.run_abreast(|_, _| {}));
    }

    #[test]
    fn a_panic_comes_back_and_the_team_lives_on() {
        let team = Team::new(2);
        let caught = catch_unwind(AssertUnwindSafe(|| team.run(|i| assert!(i != 1, "part {i}"))));
        assert!(caught.is_err());
        team.run(|_| {});
    }
}
