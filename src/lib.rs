//! Segno, a terminal multiplexer that never loses a conversation.
//!
//! The modules are layers, lowest first; a module uses only those named above it
//! (`tests/it/tidy.rs` enforces the order). `docs/architecture.md` is the map.

// The blank lines keep rustfmt from sorting the layers.

pub mod layout;

pub mod core;

pub mod view;

pub mod server;

pub mod client;

pub mod cli;
