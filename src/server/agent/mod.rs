//! What the daemon does for agents: texts that have to get into them.

pub(super) mod delivery;
