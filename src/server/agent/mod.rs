//! What the daemon knows of agents: what their trackers report and what is seen from outside, the
//! conversations and what they used, whether what trackers leave behind fits together, and texts
//! that have to get into agents.

pub(in crate::server) mod archive;
mod archived;
pub(in crate::server) mod conversation_backup;
pub(in crate::server) mod conversation_files;
pub(in crate::server) mod conversations;
pub(super) mod database;
pub(super) mod delivery;
pub(in crate::server) mod file_tail;
pub(super) mod generation;
pub(super) mod guest;
mod missing;
pub(in crate::server) mod observer;
pub(in crate::server) mod prompt_journal;
pub(in crate::server) mod prompts;
pub(in crate::server) mod record;
pub(in crate::server) mod screen_rules;
pub(in crate::server) mod spool_reader;
pub(in crate::server) mod transcript_usage;
pub(in crate::server) mod usage_ledger;
