//! Worktrees: a task gets a working tree of its own, with what it needs to run; what was done in it
//! is looked at, merged, and put away, and nothing of it is ever lost.
//!
//! Blocking, for processes beside the daemon. Knows no panes and no clock: callers say the time and
//! which programs run. Git does git's work, started without a shell; other systems are described by
//! data ([`kinds`]).
//!
//! Every change is made in steps, in an order in which a kill between two of them loses nothing.
//! Before the first step it is written down what is about to happen ([`record`], [`trash`]), and
//! [`recover`] finishes or undoes what a killed process left behind.

pub mod context;
pub mod copy;
pub mod diff;
pub mod error;
pub mod finish;
pub mod forge;
pub mod git;
pub mod include;
pub mod kinds;
pub mod list;
pub mod losses;
pub mod name;
pub mod ports;
pub mod record;
pub mod recover;
pub mod repository;
pub mod start;
pub mod status;
mod step;
pub mod trash;

#[cfg(test)]
mod tests;

pub use context::Context;
pub use error::Error;
pub use status::glance;
