//! What the daemon knows of agents: what their trackers report and what is seen from outside, the
//! conversations and what they used, whether what trackers leave behind fits together, and texts
//! that have to get into agents.

pub(in crate::server) mod conversation;
pub(in crate::server) mod evidence;
pub(super) mod generation;
pub(super) mod guest;
pub(in crate::server) mod observer;
pub(in crate::server) mod prompt;
pub(in crate::server) mod record;
pub(in crate::server) mod screen_rules;
pub(in crate::server) mod spool_reader;
pub(in crate::server) mod usage;

use std::time::Instant;

use conversation::archive::Archive;
use conversation::curation::Curation;
use conversation::sending::Sending;
use evidence::Evidence;
use prompt::delivery::Deliveries;
use prompt::runs::PromptRuns;
use segno_config::Config;

/// What the daemon has of agents beside what each pane has.
pub(super) struct Agents {
    pub evidence: Evidence,
    /// Texts on their way into agents.
    pub deliveries: Deliveries,
    pub prompts: PromptRuns,
    pub archive: Archive,
    pub sending: Sending,
    pub curation: Curation,
}

impl Agents {
    pub fn new(evidence: Evidence) -> Agents {
        Agents {
            evidence,
            deliveries: Deliveries::default(),
            prompts: PromptRuns::default(),
            archive: Archive::default(),
            sending: Sending::default(),
            curation: Curation::default(),
        }
    }

    /// When something is to be done though nothing happens.
    pub fn due(&self, config: &Config) -> Option<Instant> {
        let prompts = [self.deliveries.due(), self.prompts.due()];
        let past = [self.archive.due(), self.sending.due(), self.curation.due(config)];
        let due = prompts.into_iter().chain(past);
        due.flatten().min()
    }
}
