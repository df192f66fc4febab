//! What the daemon and the keeper hold of the system: it is the same after as before.

use std::fs;

use crate::support::segno::{Segno, processes_of};

/// What one process holds.
#[derive(Debug, Clone, Copy)]
struct Holds {
    descriptors: usize,
    threads: usize,
    /// Kilobytes of memory that is no file's, in proportion where it is shared. What is mapped from
    /// files is the program itself, which other tests run too.
    memory: u64,
}

impl Holds {
    fn of(pid: i32) -> Holds {
        let count =
            |what: &str| fs::read_dir(format!("/proc/{pid}/{what}")).map_or(0, Iterator::count);
        Holds { descriptors: count("fd"), threads: count("task"), memory: memory(pid, "Pss_Anon:") }
    }

    fn is_back(&self, before: &Holds, slack: u64) -> bool {
        self.descriptors <= before.descriptors
            && self.threads <= before.threads
            && self.memory <= before.memory + slack
    }
}

/// A line of a process's memory report, in kilobytes.
pub fn memory(pid: i32, line: &str) -> u64 {
    let report = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let line = report.lines().find_map(|found| found.strip_prefix(line)).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// What a Segno's processes hold.
#[derive(Debug, Clone, Copy)]
pub struct Footprint {
    daemon: Holds,
    keeper: Holds,
    processes: usize,
}

/// The keeper holds next to nothing; what differs is a page or two of its heap, and its buffers.
const KEEPER_SLACK: u64 = 256;

impl Footprint {
    /// `None` where the system does not say.
    pub fn of(segno: &Segno) -> Option<Footprint> {
        if cfg!(not(target_os = "linux")) {
            return None;
        }
        Some(Footprint {
            daemon: Holds::of(segno.daemon_pid().expect("a daemon")),
            keeper: Holds::of(segno.keeper_pid().expect("a keeper")),
            processes: processes_of(segno.home()).len(),
        })
    }

    /// Waits until no more is held than before: a thread goes when it had nothing to do for a
    /// while. `slack`: kilobytes that the daemon may have more.
    #[track_caller]
    pub fn wait_back(before: Option<Footprint>, segno: &Segno, slack: u64) {
        let Some(before) = before else { return };
        let mut now = before;
        let back = crate::support::segno::for_a_while(crate::support::segno::PATIENCE, || {
            now = Footprint::of(segno).unwrap_or(before);
            now.daemon.is_back(&before.daemon, slack)
                && now.keeper.is_back(&before.keeper, KEEPER_SLACK)
                && now.processes <= before.processes
        });
        eprintln!("before {before:?}\nafter  {now:?}");
        assert!(back, "before {before:#?}, after {now:#?}");
    }
}
