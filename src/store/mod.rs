//! To come.

pub mod journal;
