//! Work beside the owner's thread: what waits for a disk, a program or much parsing.
//!
//! Threads are started as they are needed and end when there is nothing to do, but for one, which
//! is there from the daemon's start on: where the system lets this user have no more threads, work
//! waits for that one, and nothing panics.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};
use tokio::sync::oneshot;

/// How long a thread waits for work before it ends.
const KEEP: Duration = Duration::from_secs(2);
/// More work than this waits.
const THREADS_MAX: usize = 512;

type Job = Box<dyn FnOnce() + Send>;

/// Work that was begun; gives its result, or an error when it panicked.
pub type Running<T> = oneshot::Receiver<T>;

static POOL: Pool = Pool {
    state: Mutex::new(State { jobs: VecDeque::new(), idle: 0, threads: 0 }),
    work: Condvar::new(),
    rest: Condvar::new(),
    short: AtomicBool::new(false),
};

struct Pool {
    state: Mutex<State>,
    work: Condvar,
    /// Nothing is under way.
    rest: Condvar,
    /// Work waits because a thread was refused.
    short: AtomicBool,
}

struct State {
    jobs: VecDeque<Job>,
    /// Threads that wait for work.
    idle: usize,
    threads: usize,
}

/// Starts the thread that stays.
pub fn start() -> io::Result<()> {
    POOL.grow(&mut POOL.state.lock())
}

/// Runs this on another thread.
pub fn spawn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Running<T> {
    let (done, running) = oneshot::channel();
    POOL.submit(Box::new(move || drop(done.send(work()))));
    running
}

/// Whether work waits for a thread that cannot be had: what takes long should make room.
pub fn is_short() -> bool {
    POOL.short.load(Ordering::Relaxed)
}

/// Waits for what is under way, at most so long.
pub fn finish(patience: Duration) {
    let end = Instant::now() + patience;
    let mut state = POOL.state.lock();
    while (state.idle < state.threads || !state.jobs.is_empty())
        && !POOL.rest.wait_until(&mut state, end).timed_out()
    {}
}

impl Pool {
    fn submit(&'static self, job: Job) {
        let mut state = self.state.lock();
        state.jobs.push_back(job);
        if state.idle >= state.jobs.len() {
            self.work.notify_one();
        } else if state.threads < THREADS_MAX
            && let Err(error) = self.grow(&mut state)
        {
            if !self.short.swap(true, Ordering::Relaxed) {
                tracing::warn!(%error, "no further thread can be had; work waits");
            }
            if state.threads == 0 {
                // Only before the start, in tests.
                drop(self.run_waiting(state));
            }
        }
    }

    fn grow(&'static self, state: &mut State) -> io::Result<()> {
        std::thread::Builder::new().name("aside".into()).spawn(|| self.serve())?;
        state.threads += 1;
        Ok(())
    }

    fn serve(&self) {
        let mut state = self.state.lock();
        loop {
            state = self.run_waiting(state);
            self.short.store(false, Ordering::Relaxed);
            state.idle += 1;
            // Who waits for the end looks.
            if state.idle == state.threads {
                self.rest.notify_all();
            }
            // The last one sleeps until there is work. One that waits is enough: with several, each
            // would get some of what is done now and then, and all would live on.
            let timed_out = match (state.threads, state.idle) {
                (0 | 1, _) => {
                    self.work.wait(&mut state);
                    false
                }
                (_, 1) => self.work.wait_for(&mut state, KEEP).timed_out(),
                _ => true,
            };
            state.idle -= 1;
            if timed_out && state.jobs.is_empty() && state.threads > 1 {
                state.threads -= 1;
                return;
            }
        }
    }

    fn run_waiting<'a>(&self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        while let Some(job) = state.jobs.pop_front() {
            MutexGuard::unlocked(&mut state, || {
                // Whoever waits for it learns it by the channel's end.
                let _ = catch_unwind(AssertUnwindSafe(job));
            });
        }
        state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_runs_at_once_and_what_panics_costs_nothing_else() {
        let gate = std::sync::Arc::new(std::sync::Barrier::new(20));
        let running: Vec<_> = (0..20)
            .map(|n| {
                let gate = gate.clone();
                spawn(move || {
                    gate.wait();
                    n
                })
            })
            .collect();
        let results: Vec<_> = running.into_iter().map(|r| r.blocking_recv().unwrap()).collect();
        assert_eq!(results, (0..20).collect::<Vec<_>>());
        assert!(spawn(|| panic!("on purpose")).blocking_recv().is_err());
        assert_eq!(spawn(|| 7).blocking_recv(), Ok(7));
    }
}
