//! The attached client: raw mode and a pipe between the terminal and the daemon.
//!
//! No model, no view: it does not know what a pane is. It outlives daemons: when one goes without
//! a goodbye it gets itself another and sends again what was not acknowledged.

pub mod attached;
pub mod connect;
mod link;
pub mod outbox;
mod questions;
pub mod signals;
pub mod terminal;
mod trouble;

pub use attached::{AttachError, End, Options, attach};
pub use connect::{ConnectError, Open};
