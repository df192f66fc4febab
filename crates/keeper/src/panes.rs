//! The panes that the keeper holds: their terminals, whether their programs run, how they ended.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::protocol::{ExitStatus, HeldPane, HeldState};
use segno_base::ids::PaneId;
use segno_base::system::os;
use segno_base::system::os::process::exists;

/// How often a deposited program is looked at where its end cannot be waited for.
pub const CHECK_DEPOSITED: Duration = Duration::from_secs(1);

/// How a program's end is noticed.
enum Watch {
    /// It is our child: SIGCHLD, then waitpid.
    Child,
    /// It is not; this becomes readable.
    Process(OwnedFd),
    /// It is not, and the system offers nothing: it is looked at now and then.
    Now,
}

struct Held {
    pid: i32,
    master: OwnedFd,
    stash: Vec<OwnedFd>,
    state: HeldState,
    watch: Watch,
    note: String,
}

/// A program that has ended just now.
#[derive(Debug, PartialEq, Eq)]
pub struct Ended {
    pub pane: PaneId,
    pub pid: i32,
    pub status: ExitStatus,
}

/// The panes by id.
#[derive(Default)]
pub struct Panes {
    held: BTreeMap<PaneId, Held>,
}

/// A request that makes no sense for a pane's state.
#[derive(Debug, thiserror::Error)]
pub enum PaneError {
    #[error("{0} is not held here")]
    NotHeld(PaneId),
    #[error("{0} is running already")]
    Running(PaneId),
    #[error("process {0} does not exist")]
    NoProcess(i32),
}

impl Panes {
    /// Whether a program may be put into the pane: it is new, or its program has ended.
    pub fn check_free(&self, pane: PaneId) -> Result<(), PaneError> {
        match self.held.get(&pane) {
            Some(held) if held.state == HeldState::Running => Err(PaneError::Running(pane)),
            _ => Ok(()),
        }
    }

    /// Holds a child that was started just now.
    pub fn add_child(&mut self, pane: PaneId, pid: i32, master: OwnedFd, note: String) {
        let (state, watch) = (HeldState::Running, Watch::Child);
        self.held.insert(pane, Held { pid, master, stash: Vec::new(), state, watch, note });
    }

    /// Holds a program that is somebody else's child.
    pub fn deposit(
        &mut self,
        pane: PaneId,
        pid: i32,
        master: OwnedFd,
        note: String,
    ) -> Result<(), PaneError> {
        self.check_free(pane)?;
        if pid <= 1 || !exists(pid) {
            return Err(PaneError::NoProcess(pid));
        }
        let watch = os::watch_process(pid).map_or(Watch::Now, Watch::Process);
        let state = HeldState::Running;
        self.held.insert(pane, Held { pid, master, stash: Vec::new(), state, watch, note });
        Ok(())
    }

    /// Holds further descriptors for the pane, instead of those before.
    pub fn stash(&mut self, pane: PaneId, fds: Vec<OwnedFd>) -> Result<(), PaneError> {
        self.held.get_mut(&pane).ok_or(PaneError::NotHeld(pane))?.stash = fds;
        Ok(())
    }

    /// The pane's terminal and what is stashed with it.
    pub fn take(&self, pane: PaneId) -> Result<(BorrowedFd<'_>, &[OwnedFd]), PaneError> {
        let held = self.held.get(&pane).ok_or(PaneError::NotHeld(pane))?;
        Ok((held.master.as_fd(), &held.stash))
    }

    /// Forgets a pane whose program has ended.
    pub fn acknowledge(&mut self, pane: PaneId) -> Result<(), PaneError> {
        match self.held.get(&pane) {
            None => Err(PaneError::NotHeld(pane)),
            Some(held) if held.state == HeldState::Running => Err(PaneError::Running(pane)),
            Some(_) => {
                self.held.remove(&pane);
                Ok(())
            }
        }
    }

    /// The process groups to end for a pane: its program's, and the one in the foreground of its
    /// terminal. None when the program has ended: its number may be somebody else's by now.
    pub fn groups(&self, pane: PaneId) -> Result<Vec<i32>, PaneError> {
        let held = self.held.get(&pane).ok_or(PaneError::NotHeld(pane))?;
        // An own child's number is its own until this process reaps it.
        let is_child = matches!(held.watch, Watch::Child);
        if held.state != HeldState::Running || !is_child && end_of(held).is_some() {
            return Ok(Vec::new());
        }
        let mut groups = vec![held.pid];
        groups.extend(os::foreground_group(held.master.as_fd()).filter(|g| *g != held.pid));
        Ok(groups)
    }

    pub fn set_note(&mut self, pane: PaneId, note: String) -> Result<(), PaneError> {
        self.held.get_mut(&pane).ok_or(PaneError::NotHeld(pane))?.note = note;
        Ok(())
    }

    /// Every pane, by id.
    pub fn list(&self) -> Vec<HeldPane> {
        self.held
            .iter()
            .map(|(pane, held)| HeldPane {
                pane: *pane,
                pid: held.pid,
                state: held.state,
                note: held.note.clone(),
            })
            .collect()
    }

    /// The panes whose programs run.
    pub fn running(&self) -> impl Iterator<Item = PaneId> {
        self.held.iter().filter(|(_, h)| h.state == HeldState::Running).map(|(pane, _)| *pane)
    }

    /// What becomes readable when a deposited program ends.
    pub fn watches(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.held.values().filter(|held| held.state == HeldState::Running).filter_map(|held| {
            match &held.watch {
                Watch::Process(fd) => Some(fd.as_fd()),
                Watch::Child | Watch::Now => None,
            }
        })
    }

    /// Whether some program must be looked at every [`CHECK_DEPOSITED`].
    pub fn needs_checks(&self) -> bool {
        self.held
            .values()
            .any(|held| held.state == HeldState::Running && matches!(held.watch, Watch::Now))
    }

    /// Looks at every running program, and remembers and returns those that ended.
    pub fn reap(&mut self) -> Vec<Ended> {
        let mut ended = Vec::new();
        for (pane, held) in &mut self.held {
            if held.state != HeldState::Running {
                continue;
            }
            if let Some(status) = end_of(held) {
                held.state = HeldState::Exited { status };
                held.watch = Watch::Now;
                ended.push(Ended { pane: *pane, pid: held.pid, status });
            }
        }
        ended
    }
}

/// How a program ended; `None` while it runs. Reaps a child that did.
fn end_of(held: &Held) -> Option<ExitStatus> {
    let pid = Pid::from_raw(held.pid);
    match &held.watch {
        Watch::Child => match waitpid(pid, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(_, code)) => Some(ExitStatus::Code(code)),
            Ok(WaitStatus::Signaled(_, signal, _)) => Some(ExitStatus::Signal(signal as i32)),
            Ok(_) | Err(Errno::EINTR) => None,
            // A signal that the library has no name for, or somebody else reaped it.
            Err(_) => Some(ExitStatus::Unknown),
        },
        Watch::Process(fd) => {
            let mut fds = [PollFd::new(fd.as_fd(), PollFlags::POLLIN)];
            let ready = poll(&mut fds, PollTimeout::ZERO).is_ok_and(|count| count > 0);
            ready.then_some(ExitStatus::Unknown)
        }
        Watch::Now => (!exists(held.pid)).then_some(ExitStatus::Unknown),
    }
}
