//! A pane's journal: every byte it prints, appended before it is parsed, so that neither a killed
//! daemon nor a power loss takes the screen and its history away.
//!
//! A journal is a directory of segments, `NNNNNNNN.vt`, of which the newest valid one counts. A
//! segment begins with a dump (escape sequences that rebuild the terminal) and goes on with what
//! was printed since, so it can be replayed alone. `docs/journal.md` has the format.
//!
//! Written to the page cache at once, which a killed daemon survives; synced by the owner within
//! a second ([`Journal::sync`]), which a power loss survives. Must not know what the bytes mean.

mod replay;
mod segment;

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::base::geometry::Size;

pub use replay::{Record, Replay};
use segment::{Kind, Segment};

/// How long after a failed write room is looked for again.
const RETRY: Duration = Duration::from_secs(1);

/// Why the journal could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("cannot open the journal {0:?}: {1}")]
    Open(PathBuf, #[source] io::Error),
    /// The first write that failed; from here on there is a gap.
    #[error("cannot write the journal: {0}")]
    Write(#[source] io::Error),
    /// Nothing is written until a rotation succeeds: there is a gap, or no segment yet. Not worth
    /// a message of its own.
    #[error("the journal waits for a new segment")]
    Suspended,
}
