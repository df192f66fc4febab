//! The line to a pane's program: its terminal, and what is under way on it in both directions.
//!
//! Both ends of what is under way are descriptors that the keeper holds too, so that a daemon
//! killed at any instant leaves every byte where the next one finds it. `docs/journal.md` says why
//! nothing is lost or doubled.

use std::os::fd::{BorrowedFd, OwnedFd};

use crate::server::pane::input_queue::Backlog;
use crate::server::pane::output_pipe::Intake;
use segno_base::ids::PaneId;
use segno_keeper::client::Keeper;

/// A terminal's master with its pipe of output and its file of input.
#[derive(Debug)]
pub(in crate::server) struct PtyChannel {
    pub master: OwnedFd,
    pub intake: Intake,
    pub backlog: Backlog,
}

impl PtyChannel {
    /// The line to a program that was just started.
    pub fn new(master: OwnedFd) -> PtyChannel {
        PtyChannel { master, intake: Intake::new(), backlog: Backlog::new() }
    }

    /// The line as an earlier daemon left it.
    pub fn adopt(master: OwnedFd, stash: Vec<OwnedFd>) -> PtyChannel {
        let mut stash = stash.into_iter();
        let intake = stash.next().map_or_else(Intake::new, Intake::adopt);
        let backlog = stash.next().map_or_else(Backlog::new, Backlog::adopt);
        PtyChannel { master, intake, backlog }
    }

    /// What the keeper is to hold besides the master; empty when that would be of no use.
    pub fn stash(&self) -> Vec<BorrowedFd<'_>> {
        match (self.intake.fd(), self.backlog.fd()) {
            (Some(intake), Some(backlog)) => vec![intake, backlog],
            _ => Vec::new(),
        }
    }

    /// Lets the keeper hold what belongs to the line.
    pub fn entrust(&self, keeper: &Keeper, pane: PaneId) {
        entrust(keeper, pane, &self.stash());
    }
}

/// Lets the keeper hold these descriptors for a pane. One that cannot costs exactness should the
/// daemon be killed, nothing else.
pub(in crate::server) fn entrust(keeper: &Keeper, pane: PaneId, stash: &[BorrowedFd<'_>]) {
    if !stash.is_empty()
        && let Err(error) = keeper.stash(pane, stash)
    {
        tracing::warn!(%pane, %error, "the keeper does not hold what is under way");
    }
}
