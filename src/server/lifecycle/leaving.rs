//! Panes that their program's end has closed, for a moment longer: a shutdown ends programs too,
//! some with a word of success, and the daemon learns of it a little later. Those panes come back.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::server::aside::removal::remove_files;
use crate::server::lifecycle::saver::Saver;
use crate::server::lifecycle::saver::Stored;
use crate::server::lifecycle::shutdown::Ending;
use crate::server::message::Message;
use crate::server::shared::Shared;
use segno_base::ids::PaneId;
use segno_core::model::pane::ExitStatus;
use segno_core::update::event::Event;

/// A shutdown that comes this long after a program's end is taken for its reason.
const MOMENT: Duration = Duration::from_secs(2);
/// How long a daemon whose last pane has closed waits for a shutdown that may be the reason.
const LAST_MOMENT: Duration = Duration::from_millis(300);

/// The panes that have closed lately.
#[derive(Debug)]
pub(in crate::server) struct Leaving {
    until: Instant,
    /// The workspace with all of them.
    before: Stored,
    panes: Vec<PaneId>,
}

impl Saver {
    /// A pane's program has ended by itself; that may close the pane.
    pub(in crate::server) fn program_ended(
        &mut self,
        shared: &mut Shared,
        pane: PaneId,
        status: ExitStatus,
        stale: bool,
    ) {
        let mut leaving = match self.leaving.take() {
            Some(leaving) => leaving,
            None => {
                Leaving { until: Instant::now(), before: self.stored(shared), panes: Vec::new() }
            }
        };
        leaving.until = Instant::now() + MOMENT;
        leaving.panes.push(pane);
        self.leaving = Some(leaving);
        shared.handle(Event::Exited { pane, status, stale });
        if shared.model.panes.contains_key(&pane)
            && let Some(leaving) = &mut self.leaving
        {
            leaving.panes.pop();
            self.leaving.take_if(|leaving| leaving.panes.is_empty());
        }
    }

    /// Whether a pane's files are still kept.
    pub(in crate::server) fn is_leaving(&self, pane: PaneId) -> bool {
        self.leaving.as_ref().is_some_and(|leaving| leaving.panes.contains(&pane))
    }

    /// When [`Saver::forget_left`] is to be called.
    pub(in crate::server) fn leaving_until(&self) -> Option<Instant> {
        self.leaving.as_ref().map(|leaving| leaving.until)
    }

    /// There was no shutdown: the panes are gone, and so is what was stored of them.
    pub(in crate::server) fn forget_left(&mut self, shared: &mut Shared) {
        let Some(leaving) = self.leaving.take() else { return };
        let home = shared.options.home.clone();
        crate::server::aside::pool::spawn(move || {
            leaving.panes.iter().for_each(|pane| remove_files(&home, *pane));
        });
    }

    /// What is stored at the daemon's end: with the panes that a shutdown has closed.
    pub(in crate::server) async fn stored_at_end(
        &mut self,
        shared: &mut Shared,
        by_signal: bool,
        messages: &mut mpsc::UnboundedReceiver<Message>,
    ) -> Stored {
        let stored = self.stored(shared);
        let Some(leaving) = self.leaving.take() else { return stored };
        let shutdown = match shared.ending {
            Some(Ending::Everything) if shared.model.tabs.is_empty() => {
                by_signal || stop_arrives(messages, LAST_MOMENT).await
            }
            _ => by_signal,
        };
        if shutdown {
            return Stored { revision: stored.revision, ..leaving.before };
        }
        leaving.panes.iter().for_each(|pane| remove_files(&shared.options.home, *pane));
        stored
    }
}

/// Whether a signal to end arrives within this time.
async fn stop_arrives(messages: &mut mpsc::UnboundedReceiver<Message>, within: Duration) -> bool {
    let stop = async {
        while let Some(message) = messages.recv().await {
            if matches!(message, Message::Stop) {
                return true;
            }
        }
        false
    };
    tokio::time::timeout(within, stop).await.unwrap_or(false)
}
