//! The daemon's end: everything is stored, clients and callers are told, and the keeper ends too
//! where that was asked for.

use std::time::Duration;

use tokio::sync::mpsc;

use crate::keeper::client::KeeperEvent;
use crate::wire::frame::{Bye, ByeReason};

use super::message::Message;
use super::programs::{GRACE, remove_files};
use super::{Server, commit};

/// How long the end waits for peers to take their last answers.
const LAST_ANSWERS: Duration = Duration::from_millis(500);

/// Why the daemon ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// Programs run on.
    Stop(ByeReason),
    /// The keeper and all programs end too.
    Everything,
}

impl Server {
    pub(super) async fn end(mut self, mut messages: mpsc::UnboundedReceiver<Message>) {
        let reason = match self.ending {
            Some(Ending::Stop(reason)) => reason,
            _ => ByeReason::Ended,
        };
        let ids: Vec<_> = self.clients.keys().copied().collect();
        for id in ids {
            self.goodbye(id, Bye { reason, text: String::new() });
        }
        self.refresh_directories();
        let stored = self.stored_at_end(&mut messages).await;
        match self.saver.save_at_once(&stored) {
            Ok(()) => commit::remove(&self.options.home),
            Err(error) => tracing::error!(%error, "the workspace could not be stored"),
        }
        self.tracker.save_history(&self.options.home);
        self.books.close();
        for terminal in self.terminals.values() {
            terminal.sync();
        }
        let mut keeper_ends = self.ending == Some(Ending::Everything);
        if keeper_ends && let Err(error) = self.keeper.shutdown(GRACE) {
            tracing::warn!(%error, "the keeper does not end");
            keeper_ends = false;
        }
        // A slow terminal gets a moment to take what was sent to it.
        let patience = tokio::time::sleep(Duration::from_millis(500));
        tokio::pin!(patience);
        while self.clients.values().any(|c| !c.is_flushed()) {
            tokio::select! {
                message = messages.recv() => {
                    keeper_ends &= !matches!(message, Some(Message::Keeper(KeeperEvent::Lost)));
                }
                () = &mut patience => break,
            }
        }
        // The next daemon must not find a keeper that is still ending its programs, and take them
        // for panes that ended by themselves.
        let patience = tokio::time::sleep(GRACE * 2);
        tokio::pin!(patience);
        while keeper_ends {
            tokio::select! {
                message = messages.recv() => {
                    keeper_ends = !matches!(message, None | Some(Message::Keeper(KeeperEvent::Lost)));
                }
                () = &mut patience => break,
            }
        }
        // Whoever still waits is told that nothing comes.
        self.waits.clear();
        self.watchers.clear();
        drop(messages);
        let _ = tokio::time::timeout(LAST_ANSWERS, self.calls.answered()).await;
        if self.ending == Some(Ending::Everything) {
            // Their programs were still ending when everything else was told to.
            for pane in self.closing {
                remove_files(&self.options.home, pane);
            }
        }
        let _ = std::fs::remove_file(self.options.home.daemon_socket());
    }
}
