//! What can go wrong with the archive.

use std::io;
use std::path::{Path, PathBuf};

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Written by a later version; it was not touched.
    #[error("the archive is of a newer Segno (format {found}, this one knows {known})")]
    Newer { found: i64, known: i64 },
    /// The file is broken; [`crate::Archive::open`] for writing sets it aside.
    #[error("the archive is damaged: {0}")]
    Damaged(String),
    /// Another process writes.
    #[error("another process is writing the archive")]
    Busy,
    #[error("the disk is full")]
    Full,
    #[error("{what} {}: {source}", path.display())]
    File { what: &'static str, path: PathBuf, source: io::Error },
    #[error("no conversation `{0}` in the archive")]
    Unknown(String),
    #[error("no message `{0}` in the conversation")]
    NoMessage(String),
    #[error("`{0}` is the beginning of several conversations' ids")]
    Ambiguous(String),
    /// What a restore would overwrite is newer, or is no file of the agent's.
    #[error("{}: {why}", path.display())]
    Refused { path: PathBuf, why: &'static str },
    /// A command of the agent's own did not do what it is for.
    #[error("{0}")]
    Agent(String),
    #[error("not a regular expression: {0}")]
    Pattern(String),
    #[error("database: {0}")]
    Database(#[source] rusqlite::Error),
}

impl Error {
    /// For `map_err` at a call that works with a file.
    pub(crate) fn file(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull => Self::Full,
            _ => Self::File { what, path, source },
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        match error.sqlite_error_code() {
            Some(Code::DatabaseCorrupt | Code::NotADatabase) => Self::Damaged(error.to_string()),
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Self::Busy,
            Some(Code::DiskFull) => Self::Full,
            _ => Self::Database(error),
        }
    }
}
