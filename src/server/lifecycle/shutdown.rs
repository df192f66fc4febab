//! The daemon's end: everything is stored, clients and callers are told, and the keeper ends too
//! where that was asked for.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use tokio::sync::mpsc;

use crate::server::Server;
use crate::server::aside::removal::remove_files;
use crate::server::lifecycle::write_ahead;
use crate::server::message::Message;
use crate::server::pane::process::GRACE;
use segno_keeper::client::KeeperEvent;
use segno_wire::frame::{Bye, ByeReason};

/// How long the end waits for peers to take their last answers.
const LAST_ANSWERS: Duration = Duration::from_millis(500);

/// How long the end waits for logs.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// How long the end waits for what is being stored beside.
const STORING: Duration = Duration::from_secs(2);

/// Why the daemon ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum Ending {
    /// Programs run on.
    Stop(ByeReason),
    /// The keeper and all programs end too.
    Everything,
}

impl Server {
    /// Waits for what is being stored beside, for as long as that makes sense.
    async fn finish_storing(&mut self, messages: &mut mpsc::UnboundedReceiver<Message>) {
        let patience = tokio::time::sleep(STORING);
        tokio::pin!(patience);
        while self.shared.lanes.store() {
            tokio::select! {
                message = messages.recv() => match message {
                    Some(Message::Aside { lane, then }) => self.aside_done(lane, then),
                    Some(Message::Stop) => self.stopped_by_signal = true,
                    Some(_) => {}
                    None => break,
                },
                () = &mut patience => break,
            }
        }
    }

    pub(in crate::server) async fn end(mut self, mut messages: mpsc::UnboundedReceiver<Message>) {
        let reason = match self.ending {
            Some(Ending::Stop(reason)) => reason,
            _ => ByeReason::Ended,
        };
        let ids: Vec<_> = self.clients.keys().copied().collect();
        for id in ids {
            self.goodbye(id, Bye { reason, text: String::new() });
        }
        self.finish_storing(&mut messages).await;
        self.refresh_directories();
        let stored = self.stored_at_end(&mut messages).await;
        // Where another daemon has come meanwhile, its workspace is the newer one.
        let saved = match self.place.is_held(&self.shared.options.home) {
            true => self.saver.save_at_once(&stored),
            false => Ok(()),
        };
        match saved {
            Ok(()) => write_ahead::remove(&self.shared.options.home),
            Err(error) => tracing::error!(%error, "the workspace could not be stored"),
        }
        if let Err(error) = self.tracker.store_history() {
            tracing::warn!(%error, "the history of conversations could not be stored");
        }
        self.usage_ledger.close();
        self.control.events.close();
        let logged = Instant::now() + LAST_WORDS;
        for terminal in self.shared.panes.terminals() {
            terminal.sync();
            terminal.settle_log(logged);
        }
        let mut keeper_ends = self.ending == Some(Ending::Everything);
        if keeper_ends {
            self.hooks.end(Signal::SIGTERM);
        }
        if keeper_ends && let Err(error) = self.shared.keeper.shutdown(GRACE) {
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
        self.control.end();
        drop(messages);
        let _ = tokio::time::timeout(LAST_ANSWERS, self.control.calls.answered()).await;
        if self.ending == Some(Ending::Everything) {
            self.hooks.end(Signal::SIGKILL);
            // Their programs were still ending when everything else was told to.
            for pane in std::mem::take(&mut self.shared.panes.closing) {
                remove_files(&self.shared.options.home, pane);
            }
        } else {
            self.take_leave();
        }
        self.place.leave(&self.shared.options.home);
    }
}
