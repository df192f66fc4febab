//! Calls that are answered later than at once.

pub(super) mod read;
pub(super) mod wait;
