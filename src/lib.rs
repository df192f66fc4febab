//! Segno, a terminal multiplexer that never loses a conversation: the daemon.
//!
//! Everything else is a crate below `crates/`; `docs/architecture.md` is the map.

pub mod daemon;
pub mod server;
