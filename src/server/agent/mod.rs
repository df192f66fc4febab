//! What the daemon finds out of an agent's program besides what its tracker reports: which
//! generation it is, the conversations in its database, and that one is missing.

pub(super) mod database;
pub(super) mod generation;
mod missing;
