//! `segno doctor`.

pub(in crate::run) mod archive;
pub mod check;
pub(in crate::run) mod shell;
pub(in crate::run) mod terminal;
