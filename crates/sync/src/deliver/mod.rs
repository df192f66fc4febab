//! Sending: one pass over what a target does not have yet.
//!
//! A pass goes through the archive in the order in which it was written to, and through each
//! conversation in order. What the service acknowledges is noted at once; what it refuses is set
//! aside, with its reason; when it cannot be reached, the pass ends, and the next one begins where
//! this one was.

mod batch;
mod browser;
mod deletion;
mod files;
mod http;
mod listing;
mod login;
mod pass;
mod schedule;
mod settle;
mod wire;

pub use browser::SignIn;
pub use http::Http;
pub use listing::Verified;
pub use login::{Checked, Offer, check, choose};
pub use pass::{Outcome, Pass, Report, Way};
pub use settle::{fail, put_off};
pub use wire::{Answer, Outgoing, Transport, address, first};
