//! Forgetting: text, index and second names go, and a mark stays, so that nothing comes back.
//!
//! The marks stand in a file beside the database, since they must outlive a broken one. They are
//! hashes: what was forgotten cannot be read from them. A mark is written first; whatever is
//! interrupted after that is finished when the archive is opened next.

use crate::error::{Error, Result};
use crate::store::Archive;
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

const FILE: &str = "forgotten";

/// Conversations that are not to be kept.
#[derive(Debug, Default)]
pub struct Marks(HashSet<String>);

impl Marks {
    pub fn has(&self, agent: &str, native: &str) -> bool {
        !self.0.is_empty() && self.0.contains(&mark(agent, native))
    }
}

/// What is to be forgotten.
#[derive(Debug, Clone, Copy)]
pub enum What<'a> {
    /// One, as [`crate::read::resolve`] finds it.
    Conversation(&'a str),
    /// All that were held in this directory or below it.
    Directory(&'a str),
    /// All that ended before this time, in milliseconds since the Unix epoch.
    Before(i64),
}

fn mark(agent: &str, native: &str) -> String {
    let hash = Sha256::new().chain_update(agent).chain_update([0]).chain_update(native).finalize();
    hash[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The marks of an archive.
pub fn marks(directory: &Path) -> Result<Marks> {
    let path = directory.join(FILE);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Marks(text.lines().filter(|l| l.len() == 32).map(Into::into).collect())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Marks::default()),
        Err(error) => Err(Error::file("cannot read", &path)(error)),
    }
}

/// Forgets; the agents and ids of what was forgotten.
pub fn forget(archive: &mut Archive, what: What) -> Result<Vec<(String, String)>> {
    let all = "SELECT id, agent, native FROM conversation WHERE";
    let mut found: Vec<(i64, String, String)> = Vec::new();
    {
        let db = &archive.db;
        let mut take = |clause: &str, value: &dyn rusqlite::ToSql| -> Result<()> {
            let mut statement = db.prepare(&format!("{all} {clause}"))?;
            let rows = statement.query_map([value], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
            for row in rows {
                found.push(row?);
            }
            Ok(())
        };
        match what {
            What::Conversation(id) => take("id = ?", &crate::read::resolve(db, id)?)?,
            What::Directory(directory) => {
                let directory = directory.trim_end_matches('/');
                take(
                    "directory = ?1 OR substr(directory, 1, length(?1) + 1) = ?1 || '/'",
                    &directory,
                )?;
            }
            What::Before(time) => take(
                "coalesce(updated, created, (SELECT max(time) FROM entry
                 WHERE conversation = conversation.id)) < ?",
                &time,
            )?,
        }
    }
    write_marks(archive, &found)?;
    for (id, _, _) in &found {
        delete(archive, *id)?;
    }
    if !found.is_empty() {
        clean(&archive.db)?;
    }
    Ok(found.into_iter().map(|(_, agent, native)| (agent, native)).collect())
}

fn write_marks(archive: &Archive, found: &[(i64, String, String)]) -> Result<()> {
    let path = archive.directory().join(FILE);
    let mut text = String::new();
    for (_, agent, native) in found {
        text.push_str(&mark(agent, native));
        text.push('\n');
    }
    let mut file = crate::store::create_private(&path)?;
    // A line that a crash has torn is ended.
    file.write_all(format!("\n{text}").as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(Error::file("cannot write", &path))
}

/// Finishes what was interrupted.
pub(crate) fn finish(archive: &mut Archive) -> Result<()> {
    let marks = marks(archive.directory())?;
    if marks.0.is_empty() {
        return Ok(());
    }
    let all: Vec<(i64, String, String)> = archive
        .db
        .prepare("SELECT id, agent, native FROM conversation")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let left: Vec<_> = all.iter().filter(|(_, agent, native)| marks.has(agent, native)).collect();
    for (id, _, _) in &left {
        delete(archive, *id)?;
    }
    if !left.is_empty() {
        clean(&archive.db)?;
    }
    Ok(())
}

fn delete(archive: &mut Archive, id: i64) -> Result<()> {
    crate::originals::drop_all(archive, id)?;
    let transaction = archive.db.transaction()?;
    // What is deleted is overwritten in the file.
    transaction.pragma_update(None, "secure_delete", true)?;
    for statement in [
        "DELETE FROM words WHERE rowid IN (SELECT id FROM entry WHERE conversation = ?)",
        "DELETE FROM secret WHERE entry IN (SELECT id FROM entry WHERE conversation = ?)",
        "DELETE FROM touched WHERE entry IN (SELECT id FROM entry WHERE conversation = ?)",
        "DELETE FROM titles WHERE rowid = ?",
        "DELETE FROM usage WHERE conversation = ?",
        "DELETE FROM block WHERE conversation = ?",
        "DELETE FROM entry WHERE conversation = ?",
        "DELETE FROM context WHERE (agent, native) IN
         (SELECT agent, native FROM conversation WHERE id = ?)",
        "DELETE FROM conversation WHERE id = ?",
    ] {
        transaction.execute(statement, [id])?;
    }
    Ok(transaction.commit()?)
}

/// Drops the words of deleted rows from the index, and the deleted pages from the log.
fn clean(db: &Connection) -> Result<()> {
    db.execute_batch(
        "DELETE FROM name WHERE id NOT IN (SELECT path FROM touched)
         AND id NOT IN (SELECT name FROM entry WHERE name IS NOT NULL)
         AND id NOT IN (SELECT model FROM usage WHERE model IS NOT NULL);
         INSERT INTO words (words) VALUES ('optimize');
         INSERT INTO titles (titles) VALUES ('optimize');",
    )?;
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}
