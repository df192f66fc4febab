//! What is read from the state: text, frames, matches.

pub(crate) mod draw;
pub(crate) mod dump;
pub(crate) mod search;
pub(crate) mod text;
pub(crate) mod transcript;
