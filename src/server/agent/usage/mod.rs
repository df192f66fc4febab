//! What conversations use, read from transcripts as they grow.

pub(in crate::server) mod file_tail;
mod followed;
mod quota_tail;
mod shown;
pub(in crate::server) mod transcript_usage;
pub(in crate::server) mod usage_ledger;
