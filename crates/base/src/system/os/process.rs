//! What the kernel reports of a process of ours. Never waits; `None` where the system has no such
//! thing, or no such process.

use std::os::fd::BorrowedFd;

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::sys::termios::{LocalFlags, tcgetattr};
use nix::unistd::{Pid, getsid};

/// The process that leads the session which a process is in.
pub fn session_leader(pid: i32) -> Option<i32> {
    getsid(Some(Pid::from_raw(pid))).ok().map(Pid::as_raw)
}

/// When a process was started, in the kernel's ticks: with its number it distinguishes a process
/// from every other until the next boot.
pub fn born(pid: i32) -> Option<u64> {
    stat_field(pid, 22)?.parse().ok()
}

/// Whether a process was stopped, as by ctrl+z.
pub fn is_stopped(pid: i32) -> bool {
    stat_field(pid, 3).is_some_and(|state| state == "T")
}

/// Whether a process has ended, and nobody has taken its exit status.
pub fn is_defunct(pid: i32) -> bool {
    stat_field(pid, 3).is_some_and(|state| matches!(state.as_str(), "Z" | "X"))
}

/// Whether a process runs, or has ended and nobody knows yet. Somebody else's counts too; what is
/// no number of one process does not.
pub fn exists(pid: i32) -> bool {
    pid > 0 && kill(Pid::from_raw(pid), None) != Err(Errno::ESRCH)
}

/// A process's arguments, the first of which is its own name.
pub fn arguments(pid: i32) -> Option<Vec<String>> {
    let bytes = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let parts =
        bytes.split(|byte| *byte == 0).map(|part| String::from_utf8_lossy(part).into_owned());
    let mut parts: Vec<_> = parts.collect();
    parts.pop();
    Some(parts)
}

/// How a terminal is read, asked by its master.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Key by key, as an editor of command lines does.
    Keys,
    /// A line at a time.
    Lines,
    /// A line that is not shown: a password.
    Hidden,
}

/// How a terminal is read.
pub fn reading(terminal: BorrowedFd<'_>) -> Option<Reading> {
    let flags = tcgetattr(terminal).ok()?.local_flags;
    Some(match (flags.contains(LocalFlags::ICANON), flags.contains(LocalFlags::ECHO)) {
        (false, _) => Reading::Keys,
        (true, true) => Reading::Lines,
        (true, false) => Reading::Hidden,
    })
}

/// Whether a process has started others that have not ended. Unknown counts as no.
pub fn has_children(pid: i32) -> bool {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    children.is_ok_and(|children| !children.trim().is_empty())
}

/// A field of the kernel's line about a process, counted from 1.
fn stat_field(pid: i32, n: usize) -> Option<String> {
    fields(&stat(pid)?)?.1.nth(n.checked_sub(3)?).map(str::to_string)
}

/// The kernel's line about a process.
pub(super) fn stat(pid: i32) -> Option<String> {
    // Its name may be no UTF-8.
    let line = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    Some(String::from_utf8_lossy(&line).into_owned())
}

/// The name in the kernel's line about a process, and its fields from the third on.
pub(super) fn fields(line: &str) -> Option<(&str, impl Iterator<Item = &str>)> {
    // The name is in brackets and may hold anything.
    let (before, fields) = line.rsplit_once(')')?;
    Some((before.split_once('(')?.1, fields.split_whitespace()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_differs_from_others() {
        let own = std::process::id() as i32;
        assert!(exists(own) && !is_stopped(own));
        // Groups of processes, and all of them.
        assert!(!exists(0) && !exists(-1));
        assert!(session_leader(own).is_some());
        if cfg!(target_os = "linux") {
            assert!(born(own).is_some_and(|born| born > 0));
            assert!(!arguments(own).unwrap().is_empty());
        }
        assert_eq!(born(i32::MAX), None);
    }
}
