//! Sends conversations of the archive where the user has logged in: whole, once, and only there.
//!
//! The archive is the queue: [`state`] notes for each target how far it was looked through and what
//! was acknowledged. [`service`] is what is known of services, all of it data; [`target`] is where
//! the user has logged in; [`item`] makes of a conversation what a target is sent; [`deliver`]
//! sends it; [`word`] is what the daemon is to know. Blocking, without a clock of its own.

pub mod deliver;
pub mod error;
pub mod item;
pub mod service;
pub mod state;
pub mod target;
pub mod word;

pub use error::{Error, Result};
