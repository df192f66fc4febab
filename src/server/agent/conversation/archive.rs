//! Has the archive filled when something was said or deleted: by a process of its own, one at a
//! time, that ends when it has read everything. It also gets what only the daemon knows of a turn:
//! in which pane and directory it began.

use std::time::{Duration, Instant};

use crate::core::attention::event_feed::WorkspaceEvent;
use crate::core::update::event::Event;
use crate::server::Server;
use crate::server::desktop::event_hooks::Run;
use crate::server::message::Message;
use segno_config::event_name::EventName;

/// An agent may write a moment after it has said that it is done.
const SOON: Duration = Duration::from_millis(300);
/// The first run may have gigabytes to read.
const TIMEOUT: Duration = Duration::from_secs(12 * 60 * 60);
/// Turns that wait to be noted.
const TURNS_MAX: usize = 1000;

/// What the archive has to be updated for.
#[derive(Debug, Default)]
pub(in crate::server) struct ArchiveUpdates {
    due: Option<Instant>,
    /// Whether there may be more to read; else only turns are noted.
    reads: bool,
    running: bool,
    /// A line of JSON for each turn that has begun.
    turns: String,
    count: usize,
}

impl ArchiveUpdates {
    /// When the archive is to be updated.
    pub fn due(&self) -> Option<Instant> {
        self.due.filter(|_| !self.running)
    }
}

impl Server {
    /// Something happened in a pane after which there may be more to archive.
    pub(in crate::server) fn archive_after(&mut self, event: &WorkspaceEvent) {
        if !self.config.archive.enabled || event.session.is_none() {
            return;
        }
        match event.event {
            EventName::ConversationPrompted => {
                if self.archive.count < TURNS_MAX
                    && let Ok(line) = serde_json::to_string(event)
                {
                    self.archive.turns += &(line + "\n");
                    self.archive.count += 1;
                }
            }
            EventName::StateIdle
            | EventName::StateError
            | EventName::ConversationDeleted
            | EventName::PaneExited => self.archive.reads = true,
            _ => return,
        }
        self.archive.due.get_or_insert_with(|| Instant::now() + SOON);
    }

    /// Somebody looks into the archive: it is brought up to date at once.
    pub(in crate::server) fn archive_soon(&mut self) {
        if self.config.archive.enabled {
            self.archive.reads = true;
            self.archive.due = Some(Instant::now());
        }
    }

    /// Starts the update when it is time.
    pub(in crate::server) fn update_archive(&mut self, now: Instant) {
        if self.archive.due().is_none_or(|at| at > now) {
            return;
        }
        self.archive.due = None;
        self.archive.running = true;
        self.archive.count = 0;
        let mut arguments = vec!["history", "update", "--background"];
        if !std::mem::take(&mut self.archive.reads) {
            arguments.push("--turns-only");
        }
        let program = self.options.exe.to_string_lossy().into_owned();
        let arguments = arguments.into_iter().map(str::to_string);
        let run = Run {
            event: "archive",
            run: std::iter::once(program).chain(arguments).collect(),
            input: std::mem::take(&mut self.archive.turns),
            timeout: TIMEOUT,
            env: self.env.clone(),
            home: self.options.home.path().to_path_buf(),
        };
        self.run_aside(run, Message::ArchiveUpdated);
    }

    /// The update has ended. What happened meanwhile is read by the next.
    pub(in crate::server) fn archive_updated(&mut self) {
        self.archive.running = false;
        self.send_conversations();
        self.handle(Event::ArchiveUpdated);
    }
}
