//! Who touched a file, when, and why.

use rusqlite::OptionalExtension;
use serde::Serialize;

use super::{Conversation, Reveal, VERSION};
use crate::error::Result;
use crate::store::Archive;
use crate::store::block::Reader;

#[derive(Debug, Serialize)]
pub struct Files {
    pub version: u32,
    pub touches: Vec<Touch>,
}

/// A tool call that read or wrote the file.
#[derive(Debug, Serialize)]
pub struct Touch {
    /// As the agent named it.
    pub path: String,
    pub time: Option<i64>,
    pub tool: Option<String>,
    pub conversation: Conversation,
    /// The call's own id.
    pub call: String,
    /// What had been asked before.
    pub prompt: Option<String>,
}

/// The calls that touched this path, or one that ends so, or that lies below it; newest first.
pub fn files(archive: &Archive, path: &str, limit: usize) -> Result<Files> {
    let db = &archive.db;
    let path = path.trim_end_matches('/').trim_start_matches("./");
    let found: Vec<(i64, String)> = db
        .prepare(
            "SELECT t.entry, n.text FROM name n CROSS JOIN touched t ON t.path = n.id
             JOIN entry e ON e.id = t.entry
             WHERE n.text = ?1
                OR substr(n.text, -length(?1) - 1) = '/' || ?1
                OR substr(n.text, 1, length(?1) + 1) = ?1 || '/'
                OR instr(n.text, '/' || ?1 || '/') > 0
             ORDER BY coalesce(e.time, 0) DESC, e.id DESC LIMIT ?2",
        )?
        .query_map(rusqlite::params![path, limit as i64], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut blocks = Reader::default();
    let mut touches = Vec::with_capacity(found.len());
    for (entry, path) in found {
        let raw = super::raw(db, entry)?;
        let before: Option<i64> = db
            .prepare_cached(
                "SELECT id FROM entry WHERE conversation = ? AND id < ? AND kind = 0
                 ORDER BY id DESC LIMIT 1",
            )?
            .query_row([raw.conversation, entry], |row| row.get(0))
            .optional()?;
        let prompt = match before {
            None => None,
            Some(id) => super::finish(db, &mut blocks, super::raw(db, id)?, Reveal::No)?.text,
        };
        let conversation = super::titled(db, &mut blocks, raw.conversation, Reveal::No)?;
        let call = super::finish(db, &mut blocks, raw, Reveal::No)?;
        touches.push(Touch {
            path,
            time: call.time,
            tool: call.tool,
            conversation,
            call: call.id,
            prompt: prompt.map(|text| super::conversation::line(&text)),
        });
    }
    Ok(Files { version: VERSION, touches })
}
