//! Whether all of the archive can be read.

use serde::Serialize;

use super::VERSION;
use crate::error::Result;
use crate::store::Archive;
use crate::store::block::Reader;

#[derive(Debug, Serialize)]
pub struct Check {
    pub version: u32,
    pub conversations: u64,
    pub entries: u64,
    /// What is wrong; nothing where all is well.
    pub problems: Vec<String>,
}

/// Problems after which it stops.
const PROBLEMS_MAX: usize = 100;

/// Reads everything: the database's own structure, every text, and the index.
pub fn check(archive: &Archive) -> Result<Check> {
    let db = &archive.db;
    let mut problems: Vec<String> = db
        .prepare("PRAGMA integrity_check")?
        .query_map([], |row| row.get::<_, String>(0))?
        .filter(|row| row.as_ref().map_or(true, |text| text != "ok"))
        .collect::<rusqlite::Result<_>>()?;
    let mut blocks = Reader::default();
    let mut statement = db.prepare("SELECT id FROM entry ORDER BY block")?;
    let mut rows = statement.query([])?;
    let mut entries = 0;
    while let Some(row) = rows.next()? {
        entries += 1;
        let raw = super::raw(db, row.get(0)?)?;
        if let Err(error) = blocks.texts(db, raw.place) {
            problems.push(format!("entry {}: {error}", raw.id));
        }
        if problems.len() >= PROBLEMS_MAX {
            break;
        }
    }
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0));
    let unindexed =
        count("SELECT count(*) FROM entry WHERE id NOT IN (SELECT id FROM words_docsize)")?;
    if unindexed > 0 {
        problems.push(format!("{unindexed} entries are not in the index"));
    }
    let conversations = count("SELECT count(*) FROM conversation")?.unsigned_abs();
    Ok(Check { version: VERSION, conversations, entries, problems })
}
