//! Finding a keeper or starting one, and handing the running panes to it.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::super::Options;
use super::super::message::Message;
use crate::server::pane::terminal::Terminal;
use segno_base::ids::PaneId;
use segno_base::system::os::process::exists;
use segno_keeper::client::{Keeper, KeeperError};
use segno_keeper::process;

/// How often a keeper is started before that counts as impossible.
const ATTEMPTS: usize = 5;
pub(in super::super) fn connect_or_start(
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

/// A running pane, for a new keeper.
pub(in super::super) struct Entrusted {
    pub pane: PaneId,
    pub pid: i32,
    pub terminal: Arc<Terminal>,
    pub note: String,
}

impl Entrusted {
    /// Lets the keeper hold it; answers whether the program has ended meanwhile.
    pub fn hand_over(&self, keeper: &Keeper) -> bool {
        let Entrusted { pane, pid, terminal, note } = self;
        match keeper.deposit(*pane, *pid, terminal.master(), note.clone()) {
            Ok(()) => terminal.entrust(keeper),
            // It ended while there was no keeper.
            Err(error) if !exists(*pid) => {
                tracing::debug!(%pane, %error, "ended");
                return true;
            }
            Err(error) => {
                tracing::warn!(%pane, %error, "cannot hand the terminal to the new keeper");
            }
        }
        false
    }
}
