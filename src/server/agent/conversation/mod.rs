//! Conversations: which there are, how they are kept, and what brings a deleted one back.

pub(in crate::server) mod archive;
pub(in crate::server) mod archived;
pub(in crate::server) mod backup;
pub(in crate::server) mod curation;
pub(in crate::server) mod database;
pub(in crate::server) mod files;
pub(in crate::server) mod list;
pub(in crate::server) mod missing;
pub(in crate::server) mod sending;
