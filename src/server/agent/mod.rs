//! What the daemon finds out of an agent's program besides what its tracker reports (which
//! generation it is, the conversations in its database, that one is missing), whether what trackers
//! leave behind fits together, and texts that have to get into agents.

pub(in crate::server) mod conversation_backup;
pub(in crate::server) mod conversation_files;
pub(in crate::server) mod conversations;
pub(super) mod database;
pub(super) mod delivery;
pub(in crate::server) mod file_tail;
pub(super) mod generation;
mod missing;
pub(in crate::server) mod observer;
mod record;
pub(in crate::server) mod screen_rules;
pub(in crate::server) mod spool_reader;
pub(in crate::server) mod transcript_usage;
pub(in crate::server) mod usage_ledger;

pub(super) use record::Records;
