//! Sending, against strict stand-ins of what receives it.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod directory;
mod faults;
mod messages;
mod support;
mod tls;
mod workspaces;
