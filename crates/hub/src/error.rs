//! What can go wrong with the hub.

use std::error::Error as _;
use std::io;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What there is not, or not for whoever asks: nobody learns which.
    #[error("there is no {0}")]
    Missing(&'static str),
    /// What was asked for makes no sense.
    #[error("{0}")]
    Wrong(String),
    /// A name that is taken already.
    #[error("there is already {0}")]
    Taken(String),
    #[error("database: {0}")]
    Database(String),
    /// The database does not answer; later it may.
    #[error("the database cannot be reached: {0}")]
    Away(String),
    #[error("the database is of a newer Segno (format {found}, this one knows {known})")]
    Newer { found: i64, known: i64 },
    #[error("{0}: {1}")]
    File(String, io::Error),
    #[error(transparent)]
    System(#[from] io::Error),
}

impl Error {
    pub fn wrong(why: impl Into<String>) -> Error {
        Error::Wrong(why.into())
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Error {
        Error::Database(error.to_string())
    }
}

impl From<postgres::Error> for Error {
    fn from(error: postgres::Error) -> Error {
        let said = match error.as_db_error() {
            Some(said) => said.message().to_owned(),
            None => error.to_string(),
        };
        // Shut down, starting up, too many connections, two in each other's way.
        let code = error.code().map_or("", |code| code.code());
        let later = ["57P", "53", "08", "40"].iter().any(|class| code.starts_with(class));
        // The connection was kept, and its other end has gone meanwhile.
        let cut = error.source().is_some_and(|source| source.is::<io::Error>());
        match error.is_closed() || later || cut {
            true => Error::Away(said),
            false => Error::Database(said),
        }
    }
}
