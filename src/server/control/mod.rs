//! Calls of the command line and of other programs, and those that are answered later than at once.

pub(in crate::server) mod budget;
pub(in crate::server) mod calls;
pub(in crate::server) mod events;
pub(in crate::server) mod layout_text;
pub(in crate::server) mod listen;
pub(in crate::server) mod pane_calls;
pub(in crate::server) mod pane_files;
pub(super) mod read;
pub(in crate::server) mod sleep;
pub(in crate::server) mod status;
mod subscription;
pub(in crate::server) mod target;
pub(super) mod wait;
pub(in crate::server) mod workspace_watch;

use std::time::Instant;

use events::EventLog;
use listen::Calls;
use read::Reads;
use wait::Waits;
use workspace_watch::Watchers;

/// Calls that are under way, and what is kept for those that come.
pub(super) struct Control {
    pub calls: Calls,
    pub waits: Waits,
    pub reads: Reads,
    pub events: EventLog,
    pub watchers: Watchers,
}

impl Control {
    pub fn new(calls: Calls, events: EventLog) -> Control {
        Control {
            calls,
            waits: Waits::default(),
            reads: Reads::default(),
            events,
            watchers: Watchers::default(),
        }
    }

    /// When something is to be done though nothing happens.
    pub fn due(&self) -> Option<Instant> {
        [self.waits.due(), self.reads.due(), self.events.due()].into_iter().flatten().min()
    }

    /// At the daemon's end: who still waits learns that nothing comes.
    pub fn end(&mut self) {
        self.waits.end();
        self.watchers.end();
    }
}
