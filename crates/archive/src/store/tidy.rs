//! Housekeeping after much was written: small pieces become large ones.

use rusqlite::{Connection, params};

use super::Archive;
use super::block::{self, Place, Reader};
use crate::error::Result;

/// Pages of the index that are merged at a time.
const STEP: i64 = 200;

/// A conversation with more blocks than this of which the usual one is small is packed anew.
const BLOCKS: i64 = 8;

impl Archive {
    /// Merges the index and packs texts that came turn by turn, for as long as `go_on` says so
    /// between steps. What is left is done the next time.
    pub fn tidy(&mut self, mut go_on: impl FnMut() -> bool) -> Result<()> {
        let scattered: Vec<i64> = self
            .db
            .prepare(
                "SELECT conversation FROM block GROUP BY conversation
                 HAVING count(*) > ?1 AND sum(length(data)) < count(*) * ?2",
            )?
            .query_map([BLOCKS, block::SIZE as i64 / 16], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for conversation in scattered {
            if !go_on() {
                return Ok(());
            }
            let transaction = self.db.transaction()?;
            pack(&transaction, conversation)?;
            transaction.commit()?;
        }
        while go_on() {
            let before = self.db.total_changes();
            self.db.execute("INSERT INTO words (words, rank) VALUES ('merge', ?)", [STEP])?;
            // Fewer changes than this mean that nothing was left to merge.
            if self.db.total_changes() - before < 2 {
                break;
            }
        }
        give_back(&self.db)?;
        self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }
}

/// Gives pages that nothing stands in any more back to the file system.
pub(crate) fn give_back(db: &Connection) -> Result<()> {
    let mut statement = db.prepare("PRAGMA incremental_vacuum")?;
    // Each row is a page: it goes on only as long as it is asked.
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

/// Writes all texts of a conversation into as few blocks as they need.
fn pack(db: &Connection, conversation: i64) -> Result<()> {
    let entries: Vec<(i64, Place)> = db
        .prepare("SELECT id, block, at, main, side FROM entry WHERE conversation = ? ORDER BY id")?
        .query_map([conversation], |row| {
            let length = |n| Ok::<_, rusqlite::Error>(row.get::<_, u32>(n)? as usize);
            let (at, main, side) = (length(2)?, length(3)?, length(4)?);
            Ok((row.get(0)?, Place { block: row.get(1)?, at, main, side }))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let next = "SELECT coalesce(max(id), 0) + 1 FROM block";
    let first: i64 = db.query_row(next, [], |row| row.get(0))?;
    let mut packer = block::Packer::new()?;
    let (mut blocks, mut id, mut live, mut texts) = (Reader::default(), first, 0, String::new());
    for (entry, place) in entries {
        let (main, side) = blocks.texts(db, place)?;
        db.prepare_cached("UPDATE entry SET block = ?, at = ? WHERE id = ?")?.execute(params![
            id,
            texts.len() as i64,
            entry
        ])?;
        block::push(&mut texts, &main, &side);
        live += 1;
        if texts.len() >= block::SIZE {
            packer.write(db, id, conversation, live, &texts)?;
            (id, live) = (id + 1, 0);
            texts.clear();
        }
    }
    if live > 0 {
        packer.write(db, id, conversation, live, &texts)?;
    }
    db.execute("DELETE FROM block WHERE conversation = ? AND id < ?", [conversation, first])?;
    Ok(())
}
