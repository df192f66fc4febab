//! What can go wrong beside a service's refusals.

use std::io;
use std::path::{Path, PathBuf};

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{what} {}: {source}", path.display())]
    File { what: &'static str, path: PathBuf, source: io::Error },
    /// A file of ours that cannot be understood.
    #[error("{}: {why}", path.display())]
    Unreadable { path: PathBuf, why: String },
    #[error(transparent)]
    Directory(#[from] segno_store::home::HomeError),
    #[error(transparent)]
    Archive(#[from] segno_archive::Error),
    #[error("sync/state.db: {0}")]
    Database(#[from] rusqlite::Error),
    /// The service said no, or could not be asked.
    #[error("{0}")]
    Service(String),
    /// What the user wrote makes no sense.
    #[error("{0}")]
    Usage(String),
    /// Another process is sending.
    #[error("another process is sending")]
    Busy,
}

impl Error {
    /// For `map_err` at a call that works with a file.
    pub(crate) fn file(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::File { what, path, source }
    }
}
