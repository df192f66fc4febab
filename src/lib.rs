//! Segno, a terminal multiplexer that never loses a conversation.
//!
//! The modules are layers, lowest first; a module uses only those named above it
//! (`tests/it/tidy.rs` enforces the order). `docs/architecture.md` is the map.

pub mod base;
pub mod config;
pub mod agent;
pub mod panetype;
pub mod term;
pub mod input;
pub mod layout;
pub mod core;
pub mod view;
pub mod render;
pub mod wire;
pub mod store;
pub mod keeper;
pub mod server;
pub mod client;
pub mod cli;
