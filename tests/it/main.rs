//! The one integration test binary.

mod scenario;
mod support;
