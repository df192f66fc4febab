//! What trackers leave behind, and whether it fits together; and texts that have to get into agents.

pub(super) mod delivery;
mod record;

pub(super) use record::Records;
