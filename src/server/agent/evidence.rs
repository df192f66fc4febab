//! What was read of agents, beside what each pane has.

use std::collections::HashSet;
use std::path::PathBuf;

use tokio::sync::mpsc::UnboundedSender;

use crate::server::agent::conversation::list::Lists;
use crate::server::agent::usage::transcript_usage::Transcripts;
use crate::server::agent::usage::usage_ledger::UsageLedger;
use crate::server::message::Message;
use segno_store::home::Home;
use segno_store::pane::history::History;

pub(in crate::server) struct Evidence {
    /// Refusals that were logged; each is logged once.
    pub(super) refused: HashSet<String>,
    /// Conversations that were seen; read when they are needed first.
    pub(super) history: Option<History>,
    pub(super) history_dirty: bool,
    pub(super) lists: Lists,
    pub(super) usage_ledger: UsageLedger,
    pub(super) transcripts: Transcripts,
}

impl Evidence {
    pub fn open(
        home: &Home,
        user_home: Option<PathBuf>,
        queue: &UnboundedSender<Message>,
    ) -> Evidence {
        Evidence {
            refused: HashSet::new(),
            history: None,
            history_dirty: false,
            lists: Lists::default(),
            usage_ledger: UsageLedger::open(home.usage_file(), user_home, queue.clone()),
            transcripts: Transcripts::open(queue.clone()),
        }
    }

    /// At the daemon's end: stores what is new. Waits for the disk.
    pub fn close(&mut self) {
        let history = self.history.as_ref().filter(|_| std::mem::take(&mut self.history_dirty));
        if let Some(Err(error)) = history.map(History::save) {
            tracing::warn!(%error, "the history of conversations could not be stored");
        }
        self.usage_ledger.close();
    }
}
