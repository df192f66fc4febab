//! The daemon's end: everything is stored, clients and callers are answered, and the keeper ends
//! too where that was asked for.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use tokio::sync::mpsc;

use crate::server::Server;
use crate::server::aside::removal::remove_files;
use crate::server::lifecycle::successor::take_leave;
use crate::server::lifecycle::write_ahead;
use crate::server::message::Message;
use crate::server::pane::cwd::refresh_directories;
use crate::server::pane::process::GRACE;
use segno_keeper::client::KeeperEvent;
use segno_wire::frame::{Bye, ByeReason};

/// How long the end waits for peers to take their last answers.
const LAST_ANSWERS: Duration = Duration::from_millis(500);

/// How long the end waits for terminals to take what was sent to them.
const FLUSHING: Duration = Duration::from_millis(500);
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
    /// Ends: clients and callers are answered, everything is stored, the keeper ends too where that
    /// was asked for.
    pub(in crate::server) async fn end(mut self, mut messages: mpsc::UnboundedReceiver<Message>) {
        let everything = self.shared.ending == Some(Ending::Everything);
        let reason = match self.shared.ending {
            Some(Ending::Stop(reason)) => reason,
            _ => ByeReason::Ended,
        };
        let bye = Bye { reason, text: String::new() };
        self.clients.goodbye_to_all(&self.shared.options.home, &bye);
        self.finish_storing(&mut messages).await;
        self.with_shared(refresh_directories);
        self.store_all(&mut messages).await;
        let keeper_ends = everything && self.end_keeper();
        let keeper_ends = self.flush_clients(keeper_ends, &mut messages).await;
        if keeper_ends {
            keeper_ended(&mut messages).await;
        }
        self.control.end();
        drop(messages);
        let _ = tokio::time::timeout(LAST_ANSWERS, self.control.calls.answered()).await;
        if everything {
            self.hooks.end(Signal::SIGKILL);
            // Their programs were still ending when everything else was.
            for pane in std::mem::take(&mut self.shared.panes.closing) {
                remove_files(&self.shared.options.home, pane);
            }
        } else {
            take_leave(&self.shared);
        }
        self.lifecycle.place.leave(&self.shared.options.home);
    }

    /// Waits for what is being stored beside, for as long as that makes sense.
    async fn finish_storing(&mut self, messages: &mut mpsc::UnboundedReceiver<Message>) {
        let patience = tokio::time::sleep(STORING);
        tokio::pin!(patience);
        while self.shared.lanes.store() {
            tokio::select! {
                message = messages.recv() => match message {
                    Some(Message::Aside { lane, then }) => self.aside_done(lane, then),
                    Some(Message::Stop) => self.lifecycle.stopped_by_signal = true,
                    Some(_) => {}
                    None => break,
                },
                () = &mut patience => break,
            }
        }
    }

    /// Stores the workspace, and what is stored beside it.
    async fn store_all(&mut self, messages: &mut mpsc::UnboundedReceiver<Message>) {
        let by_signal = self.lifecycle.stopped_by_signal;
        let saver = &mut self.lifecycle.saver;
        let stored = saver.stored_at_end(&mut self.shared, by_signal, messages).await;
        let home = &self.shared.options.home;
        // Where another daemon has come meanwhile, its workspace is the newer one.
        let saved = match self.lifecycle.place.is_held(home) {
            true => self.lifecycle.saver.save_at_once(&stored),
            false => Ok(()),
        };
        match saved {
            Ok(()) => write_ahead::remove(home),
            Err(error) => tracing::error!(%error, "the workspace could not be stored"),
        }
        self.agents.evidence.close();
        self.control.events.close();
        let logged = Instant::now() + LAST_WORDS;
        for terminal in self.shared.panes.terminals() {
            terminal.sync();
            terminal.settle_log(logged);
        }
    }

    /// Ends the keeper and all programs; answers whether its end can be waited for.
    fn end_keeper(&mut self) -> bool {
        self.hooks.end(Signal::SIGTERM);
        match self.shared.keeper.shutdown(GRACE) {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%error, "the keeper does not end");
                false
            }
        }
    }

    /// A slow terminal gets a moment to take what was sent to it; answers whether the keeper's end
    /// is still to be waited for.
    async fn flush_clients(
        &mut self,
        mut keeper_ends: bool,
        messages: &mut mpsc::UnboundedReceiver<Message>,
    ) -> bool {
        let patience = tokio::time::sleep(FLUSHING);
        tokio::pin!(patience);
        while !self.clients.are_flushed() {
            tokio::select! {
                message = messages.recv() => {
                    keeper_ends &= !matches!(message, Some(Message::Keeper(KeeperEvent::Lost)));
                }
                () = &mut patience => break,
            }
        }
        keeper_ends
    }
}

/// Waits for the keeper's end: the next daemon must not find one that is still ending its programs,
/// and take them for panes that ended by themselves.
async fn keeper_ended(messages: &mut mpsc::UnboundedReceiver<Message>) {
    let ended = async {
        while !matches!(messages.recv().await, None | Some(Message::Keeper(KeeperEvent::Lost))) {}
    };
    let _ = tokio::time::timeout(GRACE * 2, ended).await;
}
