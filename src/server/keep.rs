//! The keeper: found, started, and replaced when it dies.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::core::model::{ExitStatus, PaneSpec};
use crate::keeper::client::{Keeper, KeeperError, KeeperEvent};
use crate::keeper::process;
use crate::keeper::protocol;

use super::message::Message;
use super::{Options, Server, Topic};

/// How often a keeper is started before that counts as impossible.
const ATTEMPTS: usize = 5;
/// How long after that it is tried again.
const PAUSE: std::time::Duration = std::time::Duration::from_secs(5);

pub(super) fn connect_or_start(
    options: &Options,
    queue: &mpsc::UnboundedSender<Message>,
) -> Result<Keeper, KeeperError> {
    let connect = || {
        let queue = queue.clone();
        Keeper::connect(&options.home.keeper_socket(), move |event| {
            let _ = queue.send(Message::Keeper(event));
        })
    };
    let mut attempt = connect();
    // One that is being killed may take the connection, or the lock, with it.
    for _ in 0..ATTEMPTS {
        match attempt {
            Err(error) if error.is_gone() => {
                attempt =
                    process::start(&options.exe, options.home.path()).and_then(|()| connect());
            }
            other => return other,
        }
    }
    attempt
}

pub(super) fn exit_status(status: protocol::ExitStatus) -> ExitStatus {
    match status {
        protocol::ExitStatus::Code(code) => ExitStatus::Code(code),
        protocol::ExitStatus::Signal(signal) => ExitStatus::Signal(signal),
        protocol::ExitStatus::Unknown => ExitStatus::Unknown,
    }
}

/// What the keeper is told of a pane, for the case that the stored workspace lacks it.
pub(super) fn note(spec: &PaneSpec) -> String {
    serde_json::to_string(spec).unwrap_or_default()
}

/// The note of a pane that was closed and whose program is ending.
pub(super) const CLOSED: &str = "closed";

fn is_alive(pid: i32) -> bool {
    use nix::errno::Errno;
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), None) != Err(Errno::ESRCH)
}

impl Server {
    pub(super) fn keeper_event(&mut self, event: KeeperEvent) {
        match event {
            KeeperEvent::Exited { pane, pid, status } => {
                if self.closing.contains(&pane) {
                    return self.closed(pane);
                }
                let Some(slot) = self.slots.get_mut(&pane) else { return };
                if slot.launching {
                    // So short a life that its start was not told yet.
                    slot.early = Some((pid, exit_status(status)));
                }
                if slot.pid != Some(pid) {
                    return;
                }
                slot.exit = Some(exit_status(status));
                if let Some(terminal) = self.terminals.get(&pane) {
                    terminal.finish();
                }
            }
            KeeperEvent::Lost => self.replace_keeper(),
            KeeperEvent::Superseded => {
                self.ending = Some(super::Ending::Stop(crate::wire::frame::ByeReason::Restarting));
            }
        }
    }

    /// The keeper is gone: a new one gets the terminals, and the programs run on.
    fn replace_keeper(&mut self) {
        tracing::warn!("the keeper died; starting another");
        match connect_or_start(&self.options, &self.queue) {
            Ok(keeper) => {
                self.keeper = Arc::new(keeper);
                self.name_successor();
                self.tell(Topic::Keeper, Vec::new());
            }
            Err(error) => {
                let problem = format!(
                    "the keeper died and cannot be started again: {error}; panes run on, but end \
                     with the daemon: `segno daemon restart`"
                );
                self.tell(Topic::Keeper, vec![problem]);
                let queue = self.queue.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(PAUSE).await;
                    let _ = queue.send(Message::Keeper(KeeperEvent::Lost));
                });
                return;
            }
        }
        for (pane, slot) in &mut self.slots {
            let (Some(pid), Some(terminal)) = (slot.pid, self.terminals.get(pane)) else {
                continue;
            };
            let note = self.model.panes.get(pane).map(|p| note(&p.spec)).unwrap_or_default();
            match self.keeper.deposit(*pane, pid, terminal.master(), note) {
                Ok(()) => terminal.entrust(&self.keeper),
                // It ended while there was no keeper to tell.
                Err(error) if !is_alive(pid) => {
                    tracing::debug!(%pane, %error, "ended");
                    slot.exit.get_or_insert(ExitStatus::Unknown);
                    terminal.finish();
                }
                Err(error) => {
                    tracing::warn!(%pane, %error, "cannot hand the terminal to the new keeper");
                }
            }
        }
    }
}
