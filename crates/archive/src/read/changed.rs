//! What was written to since a stamp, for who passes it on: conversation by conversation, the pieces
//! without their texts first, so that only what is new has to be read.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

use super::conversation::{COLUMNS, Conversation, from_row};
use super::entry::{Entry, Raw, Reveal, entries, finish};
use crate::context::Context;
use crate::error::Result;
use crate::ingest::key as hash;
use crate::query::Role;
use crate::store::Archive;
use crate::store::block::Reader;

/// A conversation that was written to.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    pub conversation: Conversation,
    /// When; a later one has a larger stamp. Milliseconds since the Unix epoch, or a little more.
    pub stamp: i64,
}

fn changed_row(row: &rusqlite::Row) -> rusqlite::Result<Changed> {
    Ok(Changed { conversation: from_row(row)?, stamp: row.get(12)? })
}

/// What was written to after this stamp, in order.
pub fn changed_since(archive: &Archive, stamp: i64) -> Result<Vec<Changed>> {
    let sql = format!(
        "SELECT {COLUMNS}, c.changed FROM conversation c WHERE c.changed > ? ORDER BY c.changed, c.id"
    );
    let mut statement = archive.db.prepare_cached(&sql)?;
    let rows = statement.query_map([stamp], changed_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The conversation of this agent with this id; `None` where there is none.
pub fn one(archive: &Archive, agent: &str, id: &str) -> Result<Option<Changed>> {
    let sql = format!(
        "SELECT {COLUMNS}, c.changed FROM conversation c WHERE c.agent = ? AND c.native = ?"
    );
    Ok(archive.db.prepare_cached(&sql)?.query_row([agent, id], changed_row).optional()?)
}

/// The name of the source that a conversation was read from last.
pub fn source(archive: &Archive, of: &Conversation) -> Result<Option<String>> {
    let sql = "SELECT s.name FROM source s JOIN conversation c ON c.source = s.id WHERE c.id = ?";
    Ok(archive.db.prepare_cached(sql)?.query_row([of.row], |row| row.get(0)).optional()?)
}

/// Whether the user had it forgotten.
pub fn is_forgotten(archive: &Archive) -> Result<impl Fn(&str, &str) -> bool + use<>> {
    let marks = crate::forget::marks(archive.directory())?;
    Ok(move |agent: &str, id: &str| marks.has(agent, id))
}

/// What a conversation has used, or one answer of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Tokens that were sent, without those of the cache.
    pub input: u64,
    pub output: u64,
    pub reasoning: u64,
    pub cache_read: u64,
    pub cache_write: u64,
    /// Dollars, where the agent says.
    pub cost: Option<f64>,
}

impl Figures {
    fn add(&mut self, other: &Self) {
        self.input += other.input;
        self.output += other.output;
        self.reasoning += other.reasoning;
        self.cache_read += other.cache_read;
        self.cache_write += other.cache_write;
        if let Some(cost) = other.cost {
            *self.cost.get_or_insert(0.0) += cost;
        }
    }
}

/// A message or a tool call whose text was not read yet.
#[derive(Debug, Clone)]
pub struct Piece {
    raw: Raw,
    /// Unique in its conversation, and the same on every machine.
    pub key: i64,
    /// The key of the message that asked for it, or that it answers.
    pub parent: Option<i64>,
    pub role: Role,
    pub time: Option<i64>,
    /// A tool that has not ended yet.
    pub running: bool,
    /// The agent has taken it back.
    pub gone: bool,
    /// Another number when anything of it is another, until the archive is built anew.
    pub version: i64,
    /// What this answer used, where the agent says it of messages.
    pub figures: Option<Figures>,
}

impl Piece {
    /// The agent's own id.
    pub fn id(&self) -> String {
        self.raw.id()
    }
}

/// What is in a conversation.
#[derive(Debug)]
pub struct Contents<'a> {
    db: &'a Connection,
    blocks: Reader,
    pub pieces: Vec<Piece>,
    /// Of all answers together.
    pub figures: Figures,
    pub held: Vec<Context>,
    /// Files that its tools touched, each once; at most [`FILES_MAX`].
    pub files: Vec<String>,
}

/// Files of a conversation that are listed.
const FILES_MAX: usize = 500;

/// What is in a conversation, in order.
pub fn contents<'a>(archive: &'a Archive, of: &Conversation) -> Result<Contents<'a>> {
    let db = &archive.db;
    let used = used(db, of.row)?;
    let mut figures = Figures::default();
    used.values().for_each(|of_one| figures.add(of_one));
    let pieces = entries(db, of.row)?.into_iter().map(|raw| {
        let figures = match raw.role {
            Role::Assistant => used.get(&hash("usage", &raw.id())).copied(),
            _ => None,
        };
        Piece {
            key: raw.key,
            parent: raw.parent,
            role: raw.role,
            time: raw.time,
            running: raw.is_running(),
            gone: raw.is_gone(),
            version: raw.version(figures.as_ref()),
            figures,
            raw,
        }
    });
    Ok(Contents {
        pieces: pieces.collect(),
        figures,
        held: crate::context::of(db, &of.agent, &of.id)?,
        files: files(db, of.row)?,
        blocks: Reader::default(),
        db,
    })
}

impl Contents<'_> {
    /// The texts of a piece, without secrets.
    pub fn read(&mut self, piece: &Piece) -> Result<Entry> {
        finish(self.db, &mut self.blocks, piece.raw.clone(), Reveal::No)
    }
}

fn files(db: &Connection, conversation: i64) -> Result<Vec<String>> {
    let sql = format!(
        "SELECT DISTINCT n.text FROM entry e JOIN touched t ON t.entry = e.id
         JOIN name n ON n.id = t.path WHERE e.conversation = ? LIMIT {FILES_MAX}"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let rows = statement.query_map([conversation], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn used(db: &Connection, conversation: i64) -> Result<HashMap<i64, Figures>> {
    let mut statement = db.prepare_cached(
        "SELECT key, input, output, reasoning, cache_read, cache_write, cost FROM usage
         WHERE conversation = ?",
    )?;
    let rows = statement.query_map([conversation], |row| {
        let tokens = |n| Ok::<_, rusqlite::Error>(row.get::<_, i64>(n)?.unsigned_abs());
        let figures = Figures {
            input: tokens(1)?,
            output: tokens(2)?,
            reasoning: tokens(3)?,
            cache_read: tokens(4)?,
            cache_write: tokens(5)?,
            cost: row.get(6)?,
        };
        Ok((row.get(0)?, figures))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A number for what this says.
pub(super) fn number(text: &str) -> i64 {
    hash("version", text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Scripted, archive, message, read_all, tool};
    use segno_transcript::record::{Record, Removal, Role as Said, ToolStatus, Usage};

    #[test]
    fn what_is_written_to_has_a_later_stamp() {
        let (_home, mut archive) = archive();
        let say = |id: &str, text: &str| message("c1", id, Said::User, text);
        let other = message("c2", "m", Said::User, "other");
        let call = |status, output| {
            let call = tool("c1", "t", "bash", "ls", output);
            Record::Tool(segno_transcript::record::ToolCall { status: Some(status), ..call })
        };
        let source = |batches: Vec<Vec<Record>>, archive: &mut Archive| {
            let before = changed_since(archive, 0).unwrap().last().map_or(0, |last| last.stamp);
            let name = format!("f{before}");
            read_all(archive, vec![Scripted::new("agent", &name, batches)]);
            let changed = changed_since(archive, before).unwrap();
            changed.into_iter().map(|changed| changed.conversation.id).collect::<Vec<_>>()
        };
        assert_eq!(source(vec![vec![say("1", "a"), other]], &mut archive), ["c1", "c2"]);
        assert_eq!(source(vec![vec![call(ToolStatus::Running, None)]], &mut archive), ["c1"]);
        let c1 = one(&archive, "agent", "c1").unwrap().unwrap().conversation;
        let versions = |archive: &Archive| {
            let pieces = contents(archive, &c1).unwrap().pieces;
            pieces.iter().map(|piece| (piece.running, piece.version)).collect::<Vec<_>>()
        };
        let before = versions(&archive);
        assert!(!before[0].0 && before[1].0);
        source(vec![vec![call(ToolStatus::Done, None)]], &mut archive);
        let now = versions(&archive);
        assert!(now[0] == before[0] && now[1] != before[1] && !now[1].0);
        let removal = Removal::Message { conversation: "c1".into(), message: "1".into() };
        assert_eq!(source(vec![vec![Record::Removal(removal)]], &mut archive), ["c1"]);
        assert!(contents(&archive, &c1).unwrap().pieces[0].gone);
        assert!(one(&archive, "agent", "c3").unwrap().is_none());
    }

    #[test]
    fn figures_are_of_the_conversation_and_of_its_answers() {
        let (_home, mut archive) = archive();
        let used = |key: &str, output| {
            let conversation = "c".to_owned();
            Record::Usage(Usage { conversation, key: key.into(), output, ..Usage::default() })
        };
        let said = message("c", "m", Said::Assistant, "yes");
        let batch = vec![said, used("m", 3), used("m", 4), used("else", 10)];
        read_all(&mut archive, vec![Scripted::new("agent", "f", vec![batch])]);
        let c = one(&archive, "agent", "c").unwrap().unwrap().conversation;
        let mut contents = contents(&archive, &c).unwrap();
        assert_eq!(contents.figures.output, 14);
        let piece = contents.pieces[0].clone();
        assert_eq!(piece.figures.map(|figures| figures.output), Some(4));
        assert_eq!(contents.read(&piece).unwrap().text.as_deref(), Some("yes"));
    }
}
