//! What the daemon knows of agents: what their trackers report and what is seen from outside, the
//! conversations and what they used, whether what trackers leave behind fits together, and texts
//! that have to get into agents.

pub(in crate::server) mod conversation;
pub(super) mod generation;
pub(super) mod guest;
pub(in crate::server) mod observer;
pub(in crate::server) mod prompt;
pub(in crate::server) mod record;
pub(in crate::server) mod screen_rules;
pub(in crate::server) mod spool_reader;
pub(in crate::server) mod usage;
