//! The one integration test binary.

mod e2e;
mod fault;
mod record;
mod scenario;
mod support;
mod tidy;
