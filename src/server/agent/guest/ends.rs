//! The end of a typed agent: nobody here is its parent, so the kernel is asked to tell.

use std::time::Duration;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::super::super::Server;
use super::super::super::aside::removal::remove_files;
use super::super::super::message::Message;
use segno_base::ids::PaneId;
use segno_base::system::os::process::{born, exists};
use segno_base::system::os::watch_process;

/// A shell that lives on for so long after its agent has ended was left by that alone.
const SETTLED: Duration = Duration::from_secs(5);
/// How often a process is looked at where the system does not tell of its end.
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

impl Server {
    /// Waits for a guest's end.
    pub(super) fn watch_guest(&self, pane: PaneId, guest: PaneId, pid: i32) {
        let queue = self.queue.clone();
        tokio::spawn(async move {
            #[expect(
                deprecated,
                reason = "the successor is unsafe for types whose descriptor may change; an OwnedFd's does not"
            )]
            let watched =
                watch_process(pid).map(|fd| AsyncFd::with_interest(fd, Interest::READABLE));
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

    /// Goes on waiting for those that the daemon before had.
    pub(in crate::server) fn adopt_guests(&mut self) {
        for pane in self.model.panes.values() {
            for guest in pane.guests.all() {
                match exists(guest.pid) && born(guest.pid) == guest.born {
                    true => self.watch_guest(pane.id, guest.id, guest.pid),
                    false => {
                        let ended = GuestEnded::Now { pane: pane.id, guest: guest.id };
                        let _ = self.queue.send(Message::GuestEnded(ended));
                    }
                }
            }
        }
    }

    pub(in crate::server) fn guest_ended(&mut self, ended: GuestEnded) {
        match ended {
            GuestEnded::Now { pane, guest } => {
                self.after_spool(pane, move |server| server.guest_gone(pane, guest));
            }
            GuestEnded::Settled { pane, run } => {
                let runtime = self.panes.get(pane).filter(|runtime| runtime.run == run);
                if runtime.is_some_and(|runtime| runtime.process.pid().is_some()) {
                    self.with_model(|model, cx| model.guests_left(pane, cx));
                }
            }
        }
    }

    fn guest_gone(&mut self, pane: PaneId, guest: PaneId) {
        let state = self.model.panes.get(&pane);
        let shown = state.is_some_and(|p| p.guests.active.as_ref().is_some_and(|g| g.id == guest));
        if shown {
            self.forget_evidence(pane);
        }
        tracing::info!(%pane, %guest, "ended");
        self.with_model(|model, cx| model.guest_ended(pane, guest, cx));
        self.follow_files(pane);
        self.remove_guests(vec![guest]);
        let Some(run) = self.panes.run(pane) else { return };
        let queue = self.queue.clone();
        tokio::spawn(async move {
            tokio::time::sleep(SETTLED).await;
            let _ = queue.send(Message::GuestEnded(GuestEnded::Settled { pane, run }));
        });
    }

    /// Removes what was stored of guests that have ended.
    pub(in crate::server) fn remove_guests(&mut self, guests: Vec<PaneId>) {
        for (_, runtime) in self.panes.iter_mut() {
            runtime.spool.cursors.retain(|files, _| !guests.contains(files));
        }
        let home = self.options.home.clone();
        crate::server::aside::pool::spawn(move || {
            guests.iter().for_each(|guest| remove_files(&home, *guest));
        });
    }

    /// Forgets what was seen of the agent in the foreground.
    pub(super) fn forget_evidence(&mut self, pane: PaneId) {
        if let Some(runtime) = self.panes.get_mut(pane) {
            runtime.watching = Default::default();
            runtime.record.is_well();
        }
        self.transcripts.forget(pane);
        self.watch_directories();
    }
}
