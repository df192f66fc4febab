//! Has the archive filled when something was said or deleted: by a process of its own, one at a
//! time, that ends when it has read everything. It also gets what only the daemon knows of a turn:
//! in which pane and directory it began.

use std::time::{Duration, Instant};

use crate::server::desktop::event_hooks::Run;
use crate::server::shared::Shared;
use segno_config::Config;
use segno_config::event_name::EventName;
use segno_core::attention::event_feed::WorkspaceEvent;

/// An agent may write a moment after it has said that it is done.
const SOON: Duration = Duration::from_millis(300);
/// Panes come back first.
const AFTER_START: Duration = Duration::from_secs(1);
/// The first run may have gigabytes to read.
const TIMEOUT: Duration = Duration::from_secs(12 * 60 * 60);
/// Turns that wait to be noted.
const TURNS_MAX: usize = 1000;

/// What the archive has to be updated for.
#[derive(Debug, Default)]
pub(in crate::server) struct Archive {
    due: Option<Instant>,
    /// Whether there may be more to read; else only turns are noted.
    reads: bool,
    running: bool,
    /// Whether the update that runs reads more than turns.
    reading: bool,
    /// A line of JSON for each turn that has begun.
    turns: String,
    count: usize,
}

impl Archive {
    /// When the archive is to be updated.
    pub fn due(&self) -> Option<Instant> {
        self.due.filter(|_| !self.running)
    }
}

impl Archive {
    /// Something happened in a pane after which there may be more to archive.
    pub(in crate::server) fn after(&mut self, config: &Config, event: &WorkspaceEvent) {
        if !config.archive.enabled || event.session.is_none() {
            return;
        }
        match event.event {
            EventName::ConversationPrompted => {
                if self.count < TURNS_MAX
                    && let Ok(line) = serde_json::to_string(event)
                {
                    self.turns += &(line + "\n");
                    self.count += 1;
                }
            }
            EventName::StateIdle
            | EventName::StateError
            | EventName::ConversationDeleted
            | EventName::PaneExited => self.reads = true,
            _ => return,
        }
        self.due.get_or_insert_with(|| Instant::now() + SOON);
    }

    /// The daemon begins: what was said in its panes' conversations when the previous daemon ended
    /// may not be archived yet.
    pub(in crate::server) fn begin(&mut self, config: &Config, talks: bool) {
        if config.archive.enabled && talks {
            self.reads = true;
            self.due = Some(Instant::now() + AFTER_START);
        }
    }

    /// Somebody looks into the archive: it is brought up to date at once.
    pub(in crate::server) fn soon(&mut self, config: &Config) {
        if config.archive.enabled {
            self.reads = true;
            self.due = Some(Instant::now());
        }
    }

    /// What updates it, when it is time; to be followed by [`Archive::updated`].
    pub(in crate::server) fn update(&mut self, shared: &Shared, now: Instant) -> Option<Run> {
        self.due().filter(|at| *at <= now)?;
        self.due = None;
        self.running = true;
        self.count = 0;
        self.reading = std::mem::take(&mut self.reads);
        let mut arguments = vec!["history", "update", "--background"];
        if !self.reading {
            arguments.push("--turns-only");
        }
        let turns = std::mem::take(&mut self.turns);
        Some(Run::of_segno(shared, "archive", &arguments, turns, TIMEOUT))
    }

    /// The update has ended; whether it has read what agents keep. What happened meanwhile is read
    /// by the next.
    pub(in crate::server) fn updated(&mut self) -> bool {
        self.running = false;
        std::mem::take(&mut self.reading)
    }
}
