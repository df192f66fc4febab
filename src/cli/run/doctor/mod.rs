//! `segno doctor`.

pub(in crate::cli::run) mod archive;
pub mod check;
pub(in crate::cli::run) mod shell;
pub(in crate::cli::run) mod terminal;
