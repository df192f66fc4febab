//! What the hub stores, and who sees what of it.
//!
//! Written once for both databases. Whoever asks is a parameter of every question: what another
//! person has not shared is not there.

mod devices;
mod entrance;
mod filters;
mod identities;
mod index;
mod ingest;
mod jobs;
mod links;
mod people;
mod places;
mod read;
mod retention;
mod search;
mod transcripts;
mod usage;

use std::path::Path;

pub use devices::{Device, Waiting};
pub use entrance::{CODE_MS, Person, Role, SESSION_MS};
pub use identities::Expected;
pub use ingest::{About, Accepted, Item, Key, Kind, Said};
pub use jobs::TICK_MS;
pub use links::{Asked, Link, Opened, Part};
pub use people::Team;
pub use read::{Stored, StoredEntry};
pub use retention::{Kept, Whose};
pub use transcripts::Transcript;
pub use usage::Member;

use crate::database::{self, Database, Listener, Session};
use crate::error::{Error, Result};

/// A device's right, and a person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum May {
    /// Send, and ask which conversations have arrived.
    Write,
    /// Also read what its person sees.
    Read,
}

impl May {
    pub fn name(self) -> &'static str {
        match self {
            May::Write => "write",
            May::Read => "read",
        }
    }

    pub fn named(name: &str) -> May {
        if name == "read" { May::Read } else { May::Write }
    }
}

pub struct Store {
    database: Box<dyn Database>,
}

impl Store {
    /// `postgres://…`, or SQLite in this directory.
    pub fn open(url: Option<&str>, directory: &Path) -> Result<Store> {
        Ok(Store { database: database::open(url, directory)? })
    }

    /// Whether the database answers.
    pub fn check(&self) -> Result<()> {
        self.read(|session| session.query("SELECT 1", &[]).map(drop))
    }

    /// Is called with whom a change concerns, whichever hub on the database made it.
    pub fn listen(&self, listener: Listener) {
        self.database.listen(listener);
    }

    fn write<T>(&self, mut work: impl FnMut(&mut dyn Session) -> Result<T>) -> Result<T> {
        let mut done = None;
        self.database.transaction(&mut |session| {
            done = Some(work(session)?);
            Ok(())
        })?;
        done.ok_or_else(|| Error::Database("nothing was done".into()))
    }

    fn read<T>(&self, mut work: impl FnMut(&mut dyn Session) -> Result<T>) -> Result<T> {
        let mut done = None;
        self.database.read(&mut |session| {
            done = Some(work(session)?);
            Ok(())
        })?;
        done.ok_or_else(|| Error::Database("nothing was done".into()))
    }
}
