//! What agents take back or delete: it stays, and is marked.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, params};

use super::entry::message_key;
use crate::error::Result;
use crate::store::Archive;
use segno_transcript::record::Removal;

/// Marks what an agent has taken back.
pub fn remove(db: &Connection, conversation: i64, removal: &Removal, now: i64) -> Result<()> {
    let entry = |message: &str| {
        db.prepare_cached("SELECT id FROM entry WHERE conversation = ? AND key = ?")?
            .query_row([conversation, message_key(message)], |row| row.get::<_, i64>(0))
            .optional()
    };
    match removal {
        Removal::From { message, .. } => {
            if let Some(first) = entry(message)? {
                db.execute(
                    "UPDATE entry SET gone = ? WHERE conversation = ? AND id >= ? AND gone IS NULL",
                    params![now, conversation, first],
                )?;
            }
        }
        Removal::Message { message, .. } => {
            // With the tools that it asked for.
            db.execute(
                "UPDATE entry SET gone = ?1 WHERE conversation = ?2 AND gone IS NULL
                 AND (key = ?3 OR kind = 3 AND parent = ?3)",
                params![now, conversation, message_key(message)],
            )?;
        }
        Removal::Conversation { .. } => {
            db.execute(
                "UPDATE conversation SET gone = ? WHERE id = ? AND gone IS NULL",
                [now, conversation],
            )?;
        }
    }
    Ok(())
}

/// The sources that an agent has now, by name.
pub type Present<'n> = HashSet<&'n str>;

/// Marks sources of this agent that are no more, and the conversations that only they held; how
/// many conversations. One that is read again later loses its mark.
pub fn mark_missing(
    archive: &mut Archive,
    agent: &str,
    present: &Present<'_>,
    now: i64,
) -> Result<usize> {
    let transaction = archive.db.transaction()?;
    let missing: Vec<i64> = transaction
        .prepare("SELECT id, name FROM source WHERE agent = ? AND gone IS NULL")?
        .query_map([agent], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?
        .filter(|row| row.as_ref().map_or(true, |(_, name)| !present.contains(name.as_str())))
        .map(|row| row.map(|(id, _)| id))
        .collect::<Result<_, _>>()?;
    let stamp = super::write::stamp(&transaction, now)?;
    let mut marked = 0;
    for source in missing {
        transaction.execute("UPDATE source SET gone = ? WHERE id = ?", [now, source])?;
        marked += transaction.execute(
            "UPDATE conversation SET gone = ?, changed = ? WHERE source = ? AND gone IS NULL",
            [now, stamp, source],
        )?;
    }
    transaction.commit()?;
    Ok(marked)
}
