//! What is read equals what was said.

#![allow(clippy::unwrap_used, reason = "all of it is tests")]

mod agents;
mod descriptions;
mod hostile;
mod past;
mod reading;
mod support;
