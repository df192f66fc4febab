//! What the daemon finds out of an agent's program besides what its tracker reports (which
//! generation it is, the conversations in its database, that one is missing), whether what trackers
//! leave behind fits together, and texts that have to get into agents.

pub(super) mod database;
pub(super) mod delivery;
pub(super) mod generation;
pub(super) mod guest;
mod missing;
mod record;

pub(super) use record::Records;
