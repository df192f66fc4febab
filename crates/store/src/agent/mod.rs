//! What agents store, and what Segno gives them.

pub mod assets;
pub mod database;
pub mod shims;
pub mod transcript;
