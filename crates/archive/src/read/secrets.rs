//! Where secrets stand.

use serde::Serialize;

use super::{Conversation, VERSION};
use crate::error::Result;
use crate::ingest::entry_id;
use crate::store::Archive;

#[derive(Debug, Serialize)]
pub struct Secrets {
    pub version: u32,
    pub secrets: Vec<Found>,
}

/// Where, but not which.
#[derive(Debug, Serialize)]
pub struct Found {
    pub kind: String,
    pub conversation: Conversation,
    /// The message's or call's own id.
    pub entry: String,
    pub time: Option<i64>,
}

/// All that were found, newest first.
pub fn secrets(archive: &Archive, limit: usize) -> Result<Secrets> {
    let sql = format!(
        "SELECT {}, s.kind, e.native, e.time FROM secret s JOIN entry e ON e.id = s.entry
         JOIN conversation c ON c.id = e.conversation ORDER BY s.entry DESC, s.at LIMIT ?",
        super::CONVERSATION_COLUMNS
    );
    let mut statement = archive.db.prepare(&sql)?;
    let rows = statement.query_map([limit as i64], |row| {
        Ok(Found {
            conversation: super::from_row(row)?,
            kind: row.get(12)?,
            entry: entry_id(&row.get::<_, Vec<u8>>(13)?),
            time: row.get(14)?,
        })
    })?;
    Ok(Secrets { version: VERSION, secrets: rows.collect::<rusqlite::Result<_>>()? })
}
