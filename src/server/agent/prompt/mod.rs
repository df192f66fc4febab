//! Prompts on their way into agents.

pub(in crate::server) mod delivery;
pub(in crate::server) mod journal;
pub(in crate::server) mod runs;
