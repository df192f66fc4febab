//! What trackers leave behind, and whether it fits together.

mod record;

pub(super) use record::Records;
