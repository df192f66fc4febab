//! Reading what agents store: only what is new, in bounded memory, whatever stands there.
//!
//! Nothing is ever written. Links are not followed, and only regular files are opened. What cannot
//! be read is a [`Problem`] of that source and costs nothing else.

mod command;
mod database;
mod discover;
mod document;
mod file;
mod glob;
mod json;
mod lines;
mod markdown;
mod past;

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use discover::{Discovery, Environment, discover, of_conversation};
pub use past::{Past, Wanted, directory_sha256, past};

pub use crate::description::Described;
use crate::description::{Form, Transcript};
use crate::map::{Carry, Start};
use crate::record::Record;

/// The longest line and the largest document that are read, in bytes.
pub const STORED_MAX: usize = 16 << 20;

/// Something that holds a conversation, or several.
#[derive(Debug, Clone)]
pub struct Source {
    /// The pane type's name.
    pub agent: String,
    pub transcript: Arc<Transcript>,
    pub place: Place,
    /// What is known of the conversation before it is read.
    pub start: Start,
}

/// Where a source is.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    File(PathBuf),
    /// A conversation in a database, with the row that lists it.
    Database {
        file: PathBuf,
        row: Value,
    },
    /// A program and its arguments.
    Command(Vec<String>),
}

impl Source {
    /// A name that distinguishes it from every other source of its agent, and stays.
    pub fn name(&self) -> String {
        match &self.place {
            Place::File(path) => path.to_string_lossy().into_owned(),
            Place::Database { file, .. } => {
                let id = self.start.id.as_deref().unwrap_or_default();
                format!("{}#{id}", file.to_string_lossy())
            }
            Place::Command(command) => format!("$ {}", command.join(" ")),
        }
    }

    /// The file that it is in.
    pub fn file(&self) -> Option<&std::path::Path> {
        match &self.place {
            Place::File(file) | Place::Database { file, .. } => Some(file),
            Place::Command(_) => None,
        }
    }

    /// Files that belong to it and stand in its directory or below that.
    pub fn beside(&self) -> Vec<PathBuf> {
        match &self.place {
            Place::File(path) => document::beside(self, path),
            Place::Database { .. } | Place::Command(_) => Vec::new(),
        }
    }

    /// What changes whenever something of a conversation in a database does.
    pub fn version(&self) -> Option<String> {
        match &self.place {
            Place::Database { row, .. } => Some(database::column(row, "version")),
            _ => None,
        }
    }

    /// Whether nothing is to be read, as far as is known without opening anything; the cursor's
    /// `carry` is not asked for.
    pub fn is_as_it_was(&self, known: &Cursor) -> bool {
        match &self.place {
            Place::File(path) if self.transcript.tree.is_empty() => {
                file::unopened(path).is_some_and(|now| file::is_unchanged(known, &now))
            }
            Place::Database { row, .. } => {
                !known.version.is_empty() && known.version == database::column(row, "version")
            }
            Place::File(_) | Place::Command(_) => false,
        }
    }

    /// The conversation's id, where it is known without reading.
    pub fn conversation(&self) -> Option<&str> {
        self.start.id.as_deref()
    }
}

/// How far a source was read. Plain data to be kept; an empty one reads everything.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cursor {
    pub device: u64,
    pub inode: u64,
    pub size: u64,
    /// Nanoseconds since the Unix epoch.
    pub modified: i64,
    /// What was read ends here.
    pub offset: u64,
    /// The hash of the 256 bytes before that.
    pub tail: String,
    /// Whether reading ended within a line that is too long.
    pub in_long_line: bool,
    /// Whether the budget ended the reading.
    pub more: bool,
    /// What stood for the state of something that is no single file.
    pub version: String,
    /// How much of it there was, and since when it is to be read.
    pub count: u64,
    pub since: String,
    /// What the rules have to remember. It is much larger than all the rest.
    #[serde(skip_serializing_if = "is_empty")]
    pub carry: Carry,
}

fn is_empty(carry: &Carry) -> bool {
    *carry == Carry::default()
}

/// What a reading came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    pub cursor: Cursor,
    /// Everything that was said of the source before is void: it was said again, or what was not
    /// is gone.
    pub again: bool,
    /// There is more to read at once.
    pub more: bool,
    /// Stored bytes that were read.
    pub bytes: u64,
    pub problems: Vec<Problem>,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{source_name}: {why}")]
pub struct Problem {
    pub source_name: String,
    pub why: String,
}

/// Reads what is new in a source, some `budget` bytes of it, and says where to go on.
pub fn read(
    source: &Source,
    cursor: &Cursor,
    budget: u64,
    take: &mut impl FnMut(Record),
) -> Outcome {
    let reading = match (&source.place, source.transcript.form) {
        (Place::Database { file, row }, _) => database::read(source, file, row, cursor, take),
        (Place::Command(command), _) => command::read(source, command, cursor, take),
        (Place::File(path), Form::Lines) => lines::read(source, path, cursor, budget, take),
        (Place::File(path), Form::Json) => document::read(source, path, cursor, take),
        (Place::File(path), Form::Markdown) => markdown::read(source, path, cursor, budget, take),
    };
    reading.unwrap_or_else(|why| Outcome {
        cursor: cursor.clone(),
        problems: vec![source.problem(why)],
        ..Outcome::default()
    })
}

impl Source {
    fn problem(&self, why: impl Into<String>) -> Problem {
        Problem { source_name: self.name(), why: why.into() }
    }
}
