//! Ends process groups in steps, without waiting: SIGHUP at once, SIGTERM after half of the grace
//! period, SIGKILL at its end.
//!
//! A group's number stays taken while it has a member, reaped leader or not; each group is probed
//! often enough that its number cannot have come around to strangers in between.

use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// How often a group is looked at while it is being ended.
const PROBE: Duration = Duration::from_millis(100);

/// The longest grace period; longer ones are cut.
const MAX_GRACE: Duration = Duration::from_secs(600);

#[derive(Debug)]
struct Job {
    group: Pid,
    /// `None` once SIGTERM was sent.
    term_at: Option<Instant>,
    kill_at: Instant,
}

/// The groups that are being ended.
#[derive(Debug, Default)]
pub struct Killer {
    jobs: Vec<Job>,
}

impl Killer {
    /// Begins to end a group, which must exist at this moment.
    pub fn start(&mut self, group: i32, grace: Duration, now: Instant) {
        // 1 and below would mean "everybody".
        if group <= 1 {
            return;
        }
        let group = Pid::from_raw(group);
        let grace = grace.min(MAX_GRACE);
        if grace.is_zero() {
            let _ = killpg(group, Signal::SIGKILL);
            self.jobs.retain(|job| job.group != group);
            return;
        }
        let (term_at, kill_at) = (now + grace / 2, now + grace);
        if let Some(job) = self.jobs.iter_mut().find(|job| job.group == group) {
            // Asked again: whichever ends it sooner.
            job.kill_at = job.kill_at.min(kill_at);
            job.term_at = job.term_at.map(|at| at.min(term_at));
            return;
        }
        if killpg(group, Signal::SIGHUP) == Err(Errno::ESRCH) {
            return;
        }
        // A stopped program would not notice.
        let _ = killpg(group, Signal::SIGCONT);
        self.jobs.push(Job { group, term_at: Some(term_at), kill_at });
    }

    /// Does what is due, and forgets groups that have ended.
    pub fn tick(&mut self, now: Instant) {
        self.jobs.retain_mut(|job| {
            if killpg(job.group, None) == Err(Errno::ESRCH) {
                return false;
            }
            if job.kill_at <= now {
                let _ = killpg(job.group, Signal::SIGKILL);
                return false;
            }
            if job.term_at.is_some_and(|at| at <= now) {
                job.term_at = None;
                let _ = killpg(job.group, Signal::SIGTERM);
                let _ = killpg(job.group, Signal::SIGCONT);
            }
            true
        });
    }

    /// When to tick next; `None` when nothing is being ended.
    pub fn deadline(&self, now: Instant) -> Option<Instant> {
        let next = self.jobs.iter().map(|job| job.term_at.unwrap_or(job.kill_at)).min()?;
        Some(next.min(now + PROBE))
    }

    pub fn is_idle(&self) -> bool {
        self.jobs.is_empty()
    }
}
