//! What agents take back or delete: it stays, and is marked.

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

/// Marks sources of this agent that are no more, and the conversations that only they held; how
/// many conversations. What is there again loses its mark, also where nothing of it is new.
pub fn mark_missing(
    archive: &mut Archive,
    agent: &str,
    is_there: impl Fn(&str) -> bool,
    now: i64,
) -> Result<usize> {
    let transaction = archive.db.transaction()?;
    let mut sources = transaction.prepare("SELECT id, name, gone FROM source WHERE agent = ?")?;
    let mut rows = sources.query([agent])?;
    let (mut missing, mut back) = (Vec::<i64>::new(), Vec::<(i64, i64)>::new());
    while let Some(row) = rows.next()? {
        match (row.get(2)?, is_there(row.get_ref(1)?.as_str().unwrap_or_default())) {
            (None, false) => missing.push(row.get(0)?),
            (Some(gone), true) => back.push((row.get(0)?, gone)),
            _ => {}
        }
    }
    drop(rows);
    drop(sources);
    let stamp = super::write::stamp(&transaction, now)?;
    for (source, gone) in back {
        transaction.execute("UPDATE source SET gone = NULL WHERE id = ?", [source])?;
        // One that its agent has marked as deleted itself stays so.
        transaction.execute(
            "UPDATE conversation SET gone = NULL, changed = ? WHERE source = ? AND gone = ?",
            [stamp, source, gone],
        )?;
    }
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
