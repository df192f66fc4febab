//! What sources say, brought into the archive.
//!
//! A source is read in batches, and where to go on after each is stored with what it said: whatever
//! happens, nothing is missed, and nothing that is read twice is there twice. What a batch holds is
//! the reader's choice; a megabyte or two keeps memory small.

pub(crate) mod entry;
mod gone;
mod write;

use std::ops::ControlFlow;

use rusqlite::OptionalExtension;
use serde::Serialize;

use crate::error::Result;
use crate::store::Archive;
use segno_transcript::record::Record;

pub(crate) use entry::{key, message_key, unpack as entry_id};
pub use gone::mark_missing;
pub(crate) use write::kind;

/// A file, a database or whatever else conversations are read from.
pub trait Source {
    /// The agent's type.
    fn agent(&self) -> &str;

    /// The same whenever this source is looked at, and no other's of this agent: its path.
    fn name(&self) -> &str;

    /// Reads on from the place that this cursor says; without one, from the beginning. The cursor
    /// is the source's own affair.
    fn read(&mut self, cursor: Option<&[u8]>) -> Result<Batch, SourceError>;
}

pub type SourceError = Box<dyn std::error::Error + Send + Sync>;

/// What was read in one go.
#[derive(Debug, Default)]
pub struct Batch {
    pub records: Vec<Record>,
    /// Where to go on.
    pub cursor: Vec<u8>,
    /// What was read for it, to show and to count.
    pub bytes: u64,
    pub lines: u64,
    /// There is more to be read at once.
    pub more: bool,
    /// What of it could not be read; the rest was.
    pub problems: Vec<String>,
}

/// How far it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Sources that were read to their end.
    pub sources: u64,
    pub bytes: u64,
    pub lines: u64,
    pub records: u64,
    /// Messages and tool calls that are new, or not what they were.
    pub written: u64,
    /// Commits to the database.
    pub commits: u64,
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    #[serde(flatten)]
    pub progress: Progress,
    /// It was stopped before the end; the next run goes on.
    pub interrupted: bool,
    /// Sources that could not be read, and why. The others were.
    pub failed: Vec<Failure>,
}

#[derive(Debug, Serialize)]
pub struct Failure {
    pub agent: String,
    pub source: String,
    pub why: String,
}

/// Text that waits in memory to be written, and text that is committed at once.
const WAITING: usize = 2 << 20;
const TRANSACTION: usize = 32 << 20;

/// Reads all sources on. `now` is in milliseconds since the Unix epoch; `progress` is called after
/// each batch and stops everything with a `Break`, after which all that was read is stored.
pub fn ingest<'s>(
    archive: &mut Archive,
    sources: impl IntoIterator<Item = &'s mut dyn Source>,
    now: i64,
    mut progress: impl FnMut(&Progress) -> ControlFlow<()>,
) -> Result<Report> {
    let mut report = Report::default();
    let forgotten = crate::forget::marks(archive.directory())?;
    let mut sources = sources.into_iter().peekable();
    while sources.peek().is_some() && !report.interrupted {
        let transaction = archive.db.transaction()?;
        let mut writer = write::Writer::new(&transaction, &forgotten, now)?;
        let mut committed = 0;
        'transaction: for source in sources.by_ref() {
            let mut cursor = cursor(&transaction, source)?;
            loop {
                let batch = match source.read(cursor.as_deref()) {
                    Ok(batch) => batch,
                    Err(why) => {
                        report.failed.push(Failure {
                            agent: source.agent().into(),
                            source: source.name().into(),
                            why: why.to_string(),
                        });
                        break;
                    }
                };
                report.failed.extend(batch.problems.iter().map(|why| Failure {
                    agent: source.agent().into(),
                    source: source.name().into(),
                    why: why.clone(),
                }));
                let done = &mut report.progress;
                done.bytes += batch.bytes;
                done.lines += batch.lines;
                done.records += batch.records.len() as u64;
                if cursor.as_ref() != Some(&batch.cursor) || !batch.records.is_empty() {
                    writer.take(source.agent(), source.name(), batch.records, &batch.cursor)?;
                }
                if !batch.more {
                    done.sources += 1;
                }
                report.interrupted = progress(done).is_break();
                if writer.size() >= WAITING {
                    committed += writer.size();
                    writer.flush()?;
                }
                if batch.more && !report.interrupted {
                    cursor = Some(batch.cursor);
                    continue;
                }
                break;
            }
            if report.interrupted || committed >= TRANSACTION {
                break 'transaction;
            }
        }
        writer.flush()?;
        report.progress.written += writer.written();
        drop(writer);
        transaction.commit()?;
        report.progress.commits += 1;
    }
    Ok(report)
}

fn cursor(db: &rusqlite::Connection, source: &dyn Source) -> Result<Option<Vec<u8>>> {
    let found: Option<Option<Vec<u8>>> = db
        .prepare_cached("SELECT cursor FROM source WHERE agent = ? AND name = ?")?
        .query_row([source.agent(), source.name()], |row| row.get(0))
        .optional()?;
    Ok(found.flatten())
}

#[cfg(test)]
mod tests;
