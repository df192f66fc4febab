//! Has what conversations taught kept as notes, where the settings want it: by a process of its
//! own, one at a time, which knows what is due, runs an agent for one conversation, and ends.

use std::time::{Duration, Instant};

use crate::server::agent::evidence::Evidence;
use crate::server::clock;
use crate::server::desktop::event_hooks::Run;
use crate::server::lifecycle::diagnostics::Topic;
use crate::server::shared::Shared;
use segno_agent::identity::SessionId;
use segno_config::Config;
use segno_config::event_name::EventName;
use segno_core::attention::event_feed::WorkspaceEvent;
use segno_core::update::event::Event;
use segno_store::curation;

/// Longer than any run may take; it may wait for one that was begun by hand.
const TIMEOUT: Duration = Duration::from_secs(50 * 60 * 60);
/// From one start to the next, whatever the word says.
const PAUSE: Duration = Duration::from_secs(3);

/// When it is to be looked for what is due.
#[derive(Debug)]
pub(in crate::server) struct Curation {
    running: bool,
    /// A conversation was deleted, and the archive does not know yet.
    deleted: bool,
    due: Option<Instant>,
}

impl Default for Curation {
    /// What became due while no daemon ran is looked for at once.
    fn default() -> Curation {
        Curation { running: false, deleted: false, due: Some(Instant::now()) }
    }
}

impl Curation {
    pub fn due(&self, config: &Config) -> Option<Instant> {
        self.due.filter(|_| config.curate.enabled && !self.running)
    }
}

impl Curation {
    /// Something happened in a pane.
    pub(in crate::server) fn after(&mut self, event: &WorkspaceEvent) {
        self.deleted |= event.event == EventName::ConversationDeleted;
    }

    /// The archive knows what has happened until now.
    pub(in crate::server) fn archived(&mut self, config: &Config) {
        let rest = match std::mem::take(&mut self.deleted) {
            true => Duration::ZERO,
            false => Duration::from_millis(config.curate.after),
        };
        self.at(Instant::now() + rest);
    }

    fn at(&mut self, at: Instant) {
        self.due = self.due.into_iter().chain([at]).min();
    }

    /// What curates, when it is time; to be followed by [`Curation::ended`].
    pub(in crate::server) fn begin(&mut self, shared: &Shared, now: Instant) -> Option<Run> {
        self.due(&shared.config).filter(|at| *at <= now)?;
        self.due = None;
        self.running = true;
        let arguments = ["curate", "--background"];
        Some(Run::of_segno(shared, "curate", &arguments, String::new(), TIMEOUT))
    }

    /// It has ended. What was used is counted, and the user is notified.
    pub(in crate::server) fn ended(&mut self, shared: &mut Shared, word: curation::Word) {
        self.running = false;
        if let Some(next) = word.next {
            let wait = Duration::from_millis(next.saturating_sub(clock::now_ms()));
            self.at(Instant::now() + wait);
        }
        self.due = self.due.map(|at| at.max(Instant::now() + PAUSE));
        shared.set_diagnostics(Topic::Curation, word.problems);
        let Some(ended) = word.ended else { return };
        shared.to(move |evidence: &mut Evidence, _: &mut Shared| {
            ended.usage.into_iter().for_each(|entry| evidence.note_usage_of(entry));
        });
        if let Ok(session) = SessionId::try_from(ended.session) {
            shared.handle(Event::Curated {
                type_name: ended.type_name,
                session,
                text: ended.text,
                failed: ended.failed,
            });
        }
    }
}
