//! Forgetting: text, index and second names go, and a mark stays, so that nothing comes back.
//!
//! The marks stand in a file beside the database, since they must outlive a broken one. They are
//! hashes: what was forgotten cannot be read from them. A mark is written first; whatever is
//! interrupted after that is finished when the archive is opened next.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::store::Archive;

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
    /// One, as [`crate::read::resolve`] finds it, with those that are part of it.
    Conversation(&'a str),
    /// All that were held in this directory or below it.
    Directory(&'a str),
    /// All that ended before this time, in milliseconds since the Unix epoch.
    Before(i64),
    /// The oldest, until the database has no more than so many bytes.
    Over(u64),
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
    if let What::Over(bytes) = what {
        return shrink(archive, bytes);
    }
    let found = chosen(&archive.db, what)?;
    drop_found(archive, found)
}

/// How many conversations would be forgotten.
pub fn count(archive: &Archive, what: What) -> Result<usize> {
    Ok(chosen(&archive.db, what)?.len())
}

/// Rows, agents and ids of those that are meant.
fn chosen(db: &Connection, what: What) -> Result<Vec<(i64, String, String)>> {
    let all = "SELECT id, agent, native FROM conversation WHERE";
    let mut found: Vec<(i64, String, String)> = Vec::new();
    {
        let mut take = |clause: &str, value: &dyn rusqlite::ToSql| -> Result<()> {
            let mut statement = db.prepare(&format!("{all} {clause}"))?;
            let rows = statement.query_map([value], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
            for row in rows {
                found.push(row?);
            }
            Ok(())
        };
        match what {
            What::Conversation(id) => take(
                "id IN (WITH RECURSIVE part (id) AS (SELECT ?1 UNION
                 SELECT c.id FROM part JOIN conversation p ON p.id = part.id
                 JOIN conversation c ON c.agent = p.agent AND c.parent = p.native)
                 SELECT id FROM part)",
                &crate::read::resolve(db, id)?,
            )?,
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
            What::Over(_) => {}
        }
    }
    Ok(found)
}

fn drop_found(
    archive: &mut Archive,
    found: Vec<(i64, String, String)>,
) -> Result<Vec<(String, String)>> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    write_marks(archive, &found)?;
    for (id, _, _) in &found {
        delete(archive, *id)?;
    }
    clean(&archive.db)?;
    crate::store::delete_set_aside(archive.directory())?;
    Ok(found.into_iter().map(|(_, agent, native)| (agent, native)).collect())
}

/// Forgets the oldest, by their share of the text.
fn shrink(archive: &mut Archive, bytes: u64) -> Result<Vec<(String, String)>> {
    let db = &archive.db;
    let one = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0));
    let used =
        (one("PRAGMA page_count")? - one("PRAGMA freelist_count")?) * one("PRAGMA page_size")?;
    let text = one("SELECT coalesce(sum(main + side), 0) FROM entry")?.max(1);
    let over = used.unsigned_abs().saturating_sub(bytes);
    if over == 0 {
        return Ok(Vec::new());
    }
    let mut left = over as f64 * text as f64 / used as f64;
    let mut found = Vec::new();
    let mut statement = db.prepare(
        "SELECT c.id, c.agent, c.native, (SELECT sum(e.main + e.side) FROM entry e
         WHERE e.conversation = c.id) FROM conversation c
         ORDER BY coalesce(c.updated, c.created, 0), c.id",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()?.filter(|_| left > 0.0) {
        left -= row.get::<_, Option<i64>>(3)?.unwrap_or(0) as f64;
        found.push((row.get(0)?, row.get(1)?, row.get(2)?));
    }
    drop(rows);
    drop(statement);
    drop_found(archive, found)
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
    let mut left = all.into_iter().filter(|(_, agent, native)| marks.has(agent, native)).peekable();
    if left.peek().is_none() {
        return Ok(());
    }
    for (id, _, _) in left {
        delete(archive, id)?;
    }
    clean(&archive.db)
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
    crate::store::tidy::give_back(db)?;
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Scripted, archive, message, read_all, said};
    use segno_transcript::record::{Conversation, Message, Record, Role};

    fn filled() -> (tempfile::TempDir, Archive) {
        let (home, mut archive) = archive();
        let mut batch = Vec::new();
        for (n, directory) in ["/work/a", "/work/ab", "/work/a/b"].into_iter().enumerate() {
            let id = n.to_string();
            batch.push(Record::Conversation(Conversation {
                id: id.clone(),
                directory: Some(directory.into()),
                updated: Some(1000 * n as i64),
                ..Conversation::default()
            }));
            let Record::Message(said) = message(&id, "1", Role::User, "word") else { continue };
            batch.push(Record::Message(Message { time: Some(1000 * n as i64), ..said }));
        }
        read_all(&mut archive, vec![Scripted::new("agent", "file", vec![batch])]);
        (home, archive)
    }

    fn ids(forgotten: Vec<(String, String)>) -> Vec<String> {
        forgotten.into_iter().map(|(_, id)| id).collect()
    }

    #[test]
    fn a_directory_is_forgotten_with_those_below_it() {
        let (_home, mut archive) = filled();
        let forgotten = forget(&mut archive, What::Directory("/work/a/")).unwrap();
        assert_eq!(ids(forgotten), ["0", "2"]);
        assert_eq!(said(&archive, "word"), ["word"]);
    }

    #[test]
    fn what_is_part_of_a_conversation_is_forgotten_with_it() {
        let (_home, mut archive) = filled();
        let part = |id: &str, parent: &str| {
            let (id, parent) = (id.into(), Some(parent.into()));
            Record::Conversation(Conversation { id, parent, ..Conversation::default() })
        };
        let batch = vec![part("below", "part"), part("part", "1")];
        read_all(&mut archive, vec![Scripted::new("agent", "other", vec![batch.clone()])]);
        read_all(&mut archive, vec![Scripted::new("another", "file", vec![batch])]);
        let forgotten = forget(&mut archive, What::Conversation("agent:1")).unwrap();
        assert!(forgotten.iter().all(|(agent, _)| agent == "agent"), "{forgotten:?}");
        let mut forgotten = ids(forgotten);
        forgotten.sort();
        assert_eq!(forgotten, ["1", "below", "part"]);
    }

    #[test]
    fn what_is_old_is_forgotten_by_time_and_by_size() {
        let (_home, mut archive) = filled();
        assert_eq!(ids(forget(&mut archive, What::Before(1000)).unwrap()), ["0"]);
        assert_eq!(ids(forget(&mut archive, What::Over(u64::MAX)).unwrap()), [""; 0]);
        assert_eq!(ids(forget(&mut archive, What::Over(0)).unwrap()), ["1", "2"]);
    }

    #[test]
    fn what_was_interrupted_is_finished() {
        let (_home, archive) = filled();
        write_marks(&archive, &[(0, "agent".into(), "1".into())]).unwrap();
        let directory = archive.directory().to_owned();
        drop(archive);
        let archive = Archive::write(&directory).unwrap().archive;
        assert_eq!(said(&archive, "word").len(), 2);
        let context = crate::context::Context::default();
        crate::context::note(&archive, "agent", "1", &context).unwrap();
        assert_eq!(crate::context::of(&archive.db, "agent", "1").unwrap(), []);
    }
}
