//! The one integration test binary.

mod e2e;
mod fault;
mod scenario;
mod support;
mod tidy;
