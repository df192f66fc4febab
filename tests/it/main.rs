//! The one integration test binary.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod e2e;
mod fault;
mod record;
mod scenario;
mod support;
mod tidy;
