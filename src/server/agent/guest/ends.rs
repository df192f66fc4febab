//! The end of a typed agent: nobody here is its parent, so the kernel reports it.

use std::time::Duration;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::super::super::aside::removal::remove_files;
use super::super::super::message::Message;
use crate::server::agent::evidence::Evidence;
use crate::server::agent::observer::follow_files;
use crate::server::agent::spool_reader::after_spool;
use crate::server::shared::Shared;
use crate::server::shared::of;
use segno_base::ids::PaneId;
use segno_base::system::os::process::{born, exists};
use segno_base::system::os::watch_process;

/// A shell that lives on for so long after its agent has ended was left by that alone.
const SETTLED: Duration = Duration::from_secs(5);
/// How often a process is looked at where the system does not report its end.
const LOOK: Duration = Duration::from_secs(1);

/// Something of a typed agent's end.
#[derive(Debug, Clone, Copy)]
pub(in crate::server) enum GuestEnded {
    Now {
        pane: PaneId,
        guest: PaneId,
    },
    /// A while ago.
    Settled {
        pane: PaneId,
        run: u64,
    },
}

impl Evidence {
    fn guest_gone(&mut self, shared: &mut Shared, pane: PaneId, guest: PaneId) {
        let state = shared.model.panes.get(&pane);
        let shown = state.is_some_and(|p| p.guests.active.as_ref().is_some_and(|g| g.id == guest));
        if shown {
            self.forget_evidence(shared, pane);
        }
        tracing::info!(%pane, %guest, "ended");
        shared.with_model(|model, cx| model.guest_ended(pane, guest, cx));
        follow_files(shared, pane);
        remove_guests(shared, vec![guest]);
        let Some(run) = shared.panes.run(pane) else { return };
        let queue = shared.queue.clone();
        tokio::spawn(async move {
            tokio::time::sleep(SETTLED).await;
            let _ = queue.send(Message::GuestEnded(GuestEnded::Settled { pane, run }));
        });
    }

    /// Forgets what was seen of the agent in the foreground.
    pub(super) fn forget_evidence(&mut self, shared: &mut Shared, pane: PaneId) {
        if let Some(runtime) = shared.panes.get_mut(pane) {
            runtime.watching = Default::default();
            runtime.record.is_well();
        }
        self.forget(shared, pane);
    }

    /// The pane's program is another one, or none.
    pub(in crate::server) fn forget(&mut self, shared: &mut Shared, pane: PaneId) {
        self.transcripts.forget(pane);
        self.watch_directories(shared);
    }
}

/// Waits for a guest's end.
pub(super) fn watch_guest(shared: &Shared, pane: PaneId, guest: PaneId, pid: i32) {
    let queue = shared.queue.clone();
    tokio::spawn(async move {
        #[expect(
            deprecated,
            reason = "the successor is unsafe for types whose descriptor may change; an OwnedFd's does not"
        )]
        let watched = watch_process(pid).map(|fd| AsyncFd::with_interest(fd, Interest::READABLE));
        match watched {
            Some(Ok(fd)) => drop(fd.readable().await),
            _ => {
                while exists(pid) {
                    tokio::time::sleep(LOOK).await;
                }
            }
        }
        let _ = queue.send(Message::GuestEnded(GuestEnded::Now { pane, guest }));
    });
}

/// Goes on waiting for those that the previous daemon had.
pub(in crate::server) fn adopt_guests(shared: &mut Shared) {
    for pane in shared.model.panes.values() {
        for guest in pane.guests.all() {
            match exists(guest.pid) && born(guest.pid) == guest.born {
                true => watch_guest(shared, pane.id, guest.id, guest.pid),
                false => {
                    let ended = GuestEnded::Now { pane: pane.id, guest: guest.id };
                    let _ = shared.queue.send(Message::GuestEnded(ended));
                }
            }
        }
    }
}

pub(in crate::server) fn guest_ended(shared: &mut Shared, ended: GuestEnded) {
    match ended {
        GuestEnded::Now { pane, guest } => {
            let gone = of(move |evidence: &mut Evidence, shared: &mut Shared| {
                evidence.guest_gone(shared, pane, guest);
            });
            after_spool(shared, pane, gone);
        }
        GuestEnded::Settled { pane, run } => {
            let runtime = shared.panes.get(pane).filter(|runtime| runtime.run == run);
            if runtime.is_some_and(|runtime| runtime.process.pid().is_some()) {
                shared.with_model(|model, cx| model.guests_left(pane, cx));
            }
        }
    }
}

/// Removes what was stored of guests that have ended.
pub(in crate::server) fn remove_guests(shared: &mut Shared, guests: Vec<PaneId>) {
    for (_, runtime) in shared.panes.iter_mut() {
        runtime.spool.cursors.retain(|files, _| !guests.contains(files));
    }
    let home = shared.options.home.clone();
    crate::server::aside::pool::spawn(move || {
        guests.iter().for_each(|guest| remove_files(&home, *guest));
    });
}
