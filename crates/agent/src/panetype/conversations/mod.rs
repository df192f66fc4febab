//! How past conversations of a program are found, those that Segno never saw included: it lists
//! them itself ([`Printed`]), keeps a file of each ([`Stored`]) or a database of all
//! ([`Database`]).
//!
//! Pure: what a program printed or stored comes in, and is not trusted.

mod database;
mod printed;
mod stored;

use std::path::{Path, PathBuf};

use crate::identity::SessionId;
use crate::past::Summary;

pub use database::{Database, Query};
pub use printed::Printed;
pub use stored::{Begun, Stored};

/// More are not taken over.
pub const LISTED_MAX: usize = 500;
/// The longest title or prompt, in characters.
pub const TEXT_MAX: usize = 200;

/// A place in JSON, as in RFC 6901: `/id`.
type Pointer = String;

/// How they are found, if they are.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    pub printed: Option<Printed>,
    pub stored: Option<Stored>,
    pub database: Option<Database>,
}

impl Listing {
    pub fn is_empty(&self) -> bool {
        self.printed.is_none() && self.stored.is_none() && self.database.is_none()
    }
}

/// A conversation as its program has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub session: SessionId,
    pub summary: Summary,
    /// Milliseconds since the Unix epoch; 0 when it does not say.
    pub at: u64,
}

/// The directory whose conversations are wanted.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// Its names: a program may know it by another one than the user.
    pub names: &'a [PathBuf],
    /// The pane type's rule for ids.
    pub allowed: &'a dyn Fn(&str) -> bool,
}

impl Scope<'_> {
    fn is_here(&self, directory: &str) -> bool {
        let directory: PathBuf = Path::new(directory).components().collect();
        self.names.contains(&directory)
    }

    fn session(&self, id: &str) -> Option<SessionId> {
        SessionId::try_from(id.to_string()).ok().filter(|_| (self.allowed)(id))
    }
}
