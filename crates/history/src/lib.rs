//! Keeps the archive up to date with what agents store on this machine.
//!
//! [`source`] is where the two halves meet: what a description finds is a source that the archive
//! reads on. [`update`] reads everything on, keeps the originals, and marks what is gone.

mod cursor;
pub mod exports;
pub mod imported;
pub mod leave_out;
mod source;
pub mod update;
