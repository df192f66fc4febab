//! What was sent where, in a database of its own: a position for each target, and each item that a
//! target has acknowledged. Whatever is killed at any moment, what stands here was so.

mod items;

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use serde::Serialize;
use serde_json::{Map, Value};

pub use items::{Aside, ItemState, Sent, Stored};

use crate::error::{Error, Result};

const VERSION: i64 = 1;
/// Lines of the log that are kept of each target.
const LOG_MAX: i64 = 1000;
/// How long another process may be at it.
const PATIENCE: Duration = Duration::from_secs(5);

/// The open database.
#[derive(Debug)]
pub struct State {
    db: Connection,
}

/// How far a target is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Standing {
    #[serde(skip)]
    pub stamp: i64,
    /// Attempts that failed, in a row.
    pub failures: u32,
    /// Nothing is tried before, in milliseconds since the Unix epoch.
    pub not_before: i64,
    pub waiting_since: Option<i64>,
    /// What is in the way.
    pub problem: Option<String>,
    /// Nothing is sent until the user has done something.
    pub stopped: bool,
    /// Items and requests so far.
    pub sent: u64,
    pub requests: u64,
    pub last_sent: Option<i64>,
}

/// A conversation that something was noted of.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    pub id: i64,
    pub agent: String,
    pub native: String,
    /// What the service's answers said of it, by name.
    pub remote: Map<String, Value>,
    pub deleted: bool,
}

/// A line of a target's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    pub time: i64,
    pub text: String,
}

impl State {
    /// Opens it, or makes it; the directory is there.
    pub fn open(path: &Path) -> Result<Self> {
        segno_store::file::user_file::open(path, segno_store::file::user_file::Existing::Kept)
            .map_err(|e| Error::Unreadable { path: path.into(), why: e.to_string() })?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        Self::prepare(Connection::open_with_flags(path, flags)?)
    }

    /// Opens it to say how things are, which works where nothing can be written as well.
    pub fn read(path: &Path) -> Result<Self> {
        let file = match path.canonicalize() {
            Err(error) if error.kind() == ErrorKind::NotFound => return Self::in_memory(),
            file => file.map_err(Error::file("cannot read", path))?,
        };
        let db = segno_archive::store::read_only::open(&file)?;
        match format(&db)? {
            // Another process is about to make it.
            0 => Self::in_memory(),
            VERSION => Ok(Self { db }),
            other => Err(unknown(other)),
        }
    }

    /// One that is kept nowhere.
    fn in_memory() -> Result<Self> {
        Self::prepare(Connection::open_in_memory()?)
    }

    fn prepare(mut db: Connection) -> Result<Self> {
        db.busy_timeout(PATIENCE)?;
        // An acknowledgement that a power loss takes is asked for, or absorbed, once more.
        db.execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")?;
        let transaction = db.transaction()?;
        match format(&transaction)? {
            0 => {
                transaction.execute_batch(include_str!("schema.sql"))?;
                transaction.pragma_update(None, "user_version", VERSION)?;
            }
            VERSION => {}
            other => return Err(unknown(other)),
        }
        transaction.commit()?;
        Ok(Self { db })
    }

    /// How far a target is.
    pub fn standing(&self, target: &str) -> Result<Standing> {
        let sql = "SELECT stamp, failures, not_before, waiting_since, problem, stopped, sent,
                   requests, last_sent FROM target WHERE name = ?";
        let number =
            |row: &rusqlite::Row, n| Ok::<_, rusqlite::Error>(row.get::<_, i64>(n)?.unsigned_abs());
        let found = self.db.prepare_cached(sql)?.query_row([target], |row| {
            Ok(Standing {
                stamp: row.get(0)?,
                failures: row.get(1)?,
                not_before: row.get(2)?,
                waiting_since: row.get(3)?,
                problem: row.get(4)?,
                stopped: row.get(5)?,
                sent: number(row, 6)?,
                requests: number(row, 7)?,
                last_sent: row.get(8)?,
            })
        });
        Ok(found.optional()?.unwrap_or_default())
    }

    /// Notes how far it is; what was sent is counted elsewhere.
    pub fn stand(&self, target: &str, standing: &Standing) -> Result<()> {
        self.db
            .prepare_cached(
                "INSERT INTO target (name, stamp, failures, not_before, waiting_since, problem, stopped)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET stamp = ?2,
                 failures = ?3, not_before = ?4, waiting_since = ?5, problem = ?6, stopped = ?7",
            )?
            .execute(params![
                target,
                standing.stamp,
                standing.failures,
                standing.not_before,
                standing.waiting_since,
                standing.problem,
                standing.stopped
            ])?;
        Ok(())
    }

    /// Tries again what was stopped or put off.
    pub fn go_on(&self, target: &str) -> Result<()> {
        let sql = "UPDATE target SET stopped = 0, not_before = 0 WHERE name = ?";
        self.db.execute(sql, [target])?;
        Ok(())
    }

    /// Looks through everything again: what was sent is compared with what there is, and only what
    /// is not the same is sent.
    pub fn look_again(&self, target: &str) -> Result<()> {
        self.db.execute("UPDATE target SET stamp = 0 WHERE name = ?", [target])?;
        self.db.execute(
            "UPDATE item SET version = 0 WHERE state <> 1 AND conversation IN
             (SELECT id FROM conversation WHERE target = ?)",
            [target],
        )?;
        Ok(())
    }

    /// Forgets everything about a target.
    pub fn forget(&mut self, target: &str) -> Result<()> {
        let transaction = self.db.transaction()?;
        for sql in [
            "DELETE FROM item WHERE conversation IN (SELECT id FROM conversation WHERE target = ?)",
            "DELETE FROM aside WHERE conversation IN (SELECT id FROM conversation WHERE target = ?)",
            "DELETE FROM conversation WHERE target = ?",
            "DELETE FROM log WHERE target = ?",
            "DELETE FROM target WHERE name = ?",
        ] {
            transaction.execute(sql, [target])?;
        }
        Ok(transaction.commit()?)
    }

    /// What is known of a conversation at a target; it is noted now where nothing was.
    pub fn conversation(&self, target: &str, agent: &str, native: &str) -> Result<Known> {
        self.db
            .prepare_cached(
                "INSERT INTO conversation (target, agent, native) VALUES (?, ?, ?)
                 ON CONFLICT DO NOTHING",
            )?
            .execute([target, agent, native])?;
        Ok(self.find(target, agent, native)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?)
    }

    /// What is known of a conversation at a target, if anything is.
    pub fn find(&self, target: &str, agent: &str, native: &str) -> Result<Option<Known>> {
        let sql = "SELECT id, agent, native, remote, deleted FROM conversation
                   WHERE target = ? AND agent = ? AND native = ?";
        let found = self.db.prepare_cached(sql)?.query_row([target, agent, native], known);
        Ok(found.optional()?)
    }

    /// All conversations that something is known of at a target.
    pub fn conversations(&self, target: &str) -> Result<Vec<Known>> {
        let sql = "SELECT id, agent, native, remote, deleted FROM conversation
                   WHERE target = ? ORDER BY id";
        let mut statement = self.db.prepare_cached(sql)?;
        let rows = statement.query_map([target], known)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Those that are to be looked at again by now, though nothing of them has changed.
    pub fn due(&self, target: &str, now: i64) -> Result<Vec<Known>> {
        let sql = "SELECT id, agent, native, remote, deleted FROM conversation
                   WHERE target = ? AND due <= ? ORDER BY due, id";
        let mut statement = self.db.prepare_cached(sql)?;
        let rows = statement.query_map(params![target, now], known)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// When there is something to do again for a target that stands so; `None`: not by itself.
    pub fn next(&self, target: &str, standing: &Standing) -> Result<Option<i64>> {
        match (standing.stopped, &standing.problem) {
            (true, _) => Ok(None),
            (false, Some(_)) => Ok(Some(standing.not_before)),
            (false, None) => self.next_due(target),
        }
    }

    /// When the next conversation is.
    fn next_due(&self, target: &str) -> Result<Option<i64>> {
        let sql = "SELECT min(due) FROM conversation WHERE target = ?";
        Ok(self.db.prepare_cached(sql)?.query_row([target], |row| row.get(0))?)
    }

    pub fn set_due(&self, conversation: i64, due: Option<i64>) -> Result<()> {
        self.db
            .prepare_cached("UPDATE conversation SET due = ? WHERE id = ?")?
            .execute(params![due, conversation])?;
        Ok(())
    }

    /// Notes that it was looked at: what was due by then is not any more.
    pub fn looked_at(&self, conversation: i64, now: i64) -> Result<()> {
        self.db
            .prepare_cached("UPDATE conversation SET due = NULL WHERE id = ? AND due <= ?")?
            .execute(params![conversation, now])?;
        Ok(())
    }

    /// Notes what is remembered of it, by name.
    pub fn remember(&self, conversation: i64, remote: &Map<String, Value>) -> Result<()> {
        let text = Value::Object(remote.clone()).to_string();
        self.db
            .prepare_cached("UPDATE conversation SET remote = ? WHERE id = ?")?
            .execute(params![text, conversation])?;
        Ok(())
    }

    pub fn set_deleted(&self, conversation: i64) -> Result<()> {
        self.db
            .prepare_cached("UPDATE conversation SET deleted = 1, due = NULL WHERE id = ?")?
            .execute([conversation])?;
        Ok(())
    }

    /// Adds a line to a target's log.
    pub fn log(&self, target: &str, time: i64, text: &str) -> Result<()> {
        self.db
            .prepare_cached("INSERT INTO log (target, time, text) VALUES (?, ?, ?)")?
            .execute(params![target, time, text])?;
        self.db
            .prepare_cached(
                "DELETE FROM log WHERE target = ?1 AND id <= (SELECT id FROM log WHERE target = ?1
                 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
            )?
            .execute(params![target, LOG_MAX])?;
        Ok(())
    }

    /// The newest lines of a target's log, the oldest of them first.
    pub fn lines(&self, target: &str, limit: usize) -> Result<Vec<Line>> {
        let sql = "SELECT time, text FROM log WHERE target = ? ORDER BY id DESC LIMIT ?";
        let mut statement = self.db.prepare_cached(sql)?;
        let rows = statement
            .query_map(params![target, i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
                Ok(Line { time: row.get(0)?, text: row.get(1)? })
            })?;
        let mut lines = rows.collect::<Result<Vec<_>, _>>()?;
        lines.reverse();
        Ok(lines)
    }
}

/// The number of the database's format; 0 in one that was not made yet.
fn format(db: &Connection) -> Result<i64> {
    Ok(db.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

fn unknown(format: i64) -> Error {
    Error::Usage(format!(
        "sync/state.db is of a newer Segno (format {format}, this one knows {VERSION})"
    ))
}

fn known(row: &rusqlite::Row) -> rusqlite::Result<Known> {
    Ok(Known {
        id: row.get(0)?,
        agent: row.get(1)?,
        native: row.get(2)?,
        remote: serde_json::from_str(&row.get::<_, String>(3)?).unwrap_or_default(),
        deleted: row.get(4)?,
    })
}

#[cfg(test)]
mod tests;
