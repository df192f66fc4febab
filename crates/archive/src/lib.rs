//! Every conversation of every agent, kept and searchable.
//!
//! One SQLite database holds what was said, compressed, with a full-text index over it; the agents'
//! own files get second names beside it. Nothing here knows an agent: what was said comes in as
//! [`segno_transcript::record`]s, and everything that goes out is plain data that serialises.
//!
//! The modules, from the ground up: [`text`] and [`secrets`] look at text alone; [`store`] owns the
//! database's file; [`ingest`] writes into it; [`query`] and [`read`] read it; [`export`] renders
//! what they read; [`originals`], [`forget`] and [`context`] are what else is kept or dropped.

pub mod age;
pub mod context;
pub mod error;
pub mod export;
pub mod forget;
pub mod ingest;
pub mod originals;
pub mod query;
pub mod read;
pub mod secrets;
pub mod store;
pub mod text;

pub use error::{Error, Result};
pub use store::{Anew, Archive};

#[cfg(test)]
mod testing;
