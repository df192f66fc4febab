//! Packages of releases: fetched when the user asks, verified, unpacked.
//!
//! A package is `segno-TARGET.tar.gz` with `.sha256` and `.minisig` beside it. What is in one is
//! reached only through [`verify::verify`]. Must not replace anything or talk to the daemon, and
//! opens a connection in [`remote`] alone.

pub mod error;
pub mod package;
pub mod remote;
#[cfg(test)]
mod tests;
pub mod verify;

pub use error::{Error, Result};
