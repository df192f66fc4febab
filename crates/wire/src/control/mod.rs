//! The control methods: their names, and their parameters and results as types.
//!
//! Evolution is additive: readers ignore fields that they do not know, and fields added later
//! have defaults. Must not carry anything out.

pub mod budget;
pub mod call;
pub mod client;
pub mod conversation;
pub mod daemon;
pub mod events;
pub mod layout;
mod lossy;
pub mod notices;
pub mod panes;
pub mod project;
pub mod schema;
pub mod types;
pub mod usage;

pub use call::Call;
