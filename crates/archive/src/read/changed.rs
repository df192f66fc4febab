//! What was written to since a stamp, for who passes it on: conversation by conversation, the
//! pieces without their texts first, so that only what is new has to be read.

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

/// The conversations that were read last from sources whose names begin with this, by agent and id.
pub fn from_sources(archive: &Archive, prefix: &str) -> Result<Vec<(String, String)>> {
    let sql = "SELECT c.agent, c.native FROM conversation c JOIN source s ON s.id = c.source
               WHERE substr(s.name, 1, length(?1)) = ?1 ORDER BY c.id";
    let mut statement = archive.db.prepare(sql)?;
    let rows = statement.query_map([prefix], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
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
    used.values().for_each(|(_, of_one)| figures.add(of_one));
    let all = entries(db, of.row)?;
    let shares = shares(&all, used);
    let pieces = all.into_iter().zip(shares).map(|(raw, figures)| Piece {
        key: raw.key,
        parent: raw.parent,
        role: raw.role,
        time: raw.time,
        running: raw.is_running(),
        gone: raw.is_gone(),
        version: raw.version(figures.as_ref()),
        figures,
        raw,
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

/// What each entry used. Where an agent counts under ids of its model's, what was used belongs to
/// the answer that was said last then.
fn shares(all: &[Raw], mut used: HashMap<i64, (Option<i64>, Figures)>) -> Vec<Option<Figures>> {
    let own = |raw: &Raw| match raw.role {
        Role::Assistant => Some(hash("usage", &raw.id())),
        _ => None,
    };
    let named = |raw: &Raw| Some(used.remove(&own(raw)?)?.1);
    let mut shares: Vec<Option<Figures>> = all.iter().map(named).collect();
    let mut answers: Vec<(i64, usize)> = all
        .iter()
        .enumerate()
        .filter(|(n, raw)| raw.role == Role::Assistant && !raw.is_gone() && shares[*n].is_none())
        .filter_map(|(n, raw)| Some((raw.time?, n)))
        .collect();
    answers.sort_unstable();
    for (time, figures) in used.into_values() {
        let Some(time) = time else { continue };
        let before = answers.partition_point(|(said, _)| *said <= time);
        if let Some((_, n)) = before.checked_sub(1).map(|last| answers[last]) {
            shares[n].get_or_insert_default().add(&figures);
        }
    }
    shares
}

fn used(db: &Connection, conversation: i64) -> Result<HashMap<i64, (Option<i64>, Figures)>> {
    let mut statement = db.prepare_cached(
        "SELECT key, input, output, reasoning, cache_read, cache_write, cost, time FROM usage
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
        Ok((row.get(0)?, (row.get(7)?, figures)))
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

    #[test]
    fn figures_under_other_ids_are_of_the_answer_before_them() {
        let (_home, mut archive) = archive();
        let said = |id: &str, role, time| {
            let Record::Message(message) = message("c", id, role, "text") else { unreachable!() };
            Record::Message(segno_transcript::record::Message { time: Some(time), ..message })
        };
        let used = |key: &str, output, time| {
            let conversation = "c".to_owned();
            Record::Usage(Usage { conversation, key: key.into(), output, time, ..Usage::default() })
        };
        let batch = vec![
            used("r0", 1, Some(5)),
            said("u1", Said::User, 10),
            said("a1", Said::Assistant, 20),
            used("r1", 2, Some(20)),
            used("r2", 4, Some(25)),
            said("u2", Said::User, 30),
            said("a2", Said::Assistant, 40),
            used("r3", 8, Some(50)),
            used("r4", 16, None),
        ];
        read_all(&mut archive, vec![Scripted::new("agent", "f", vec![batch])]);
        let c = one(&archive, "agent", "c").unwrap().unwrap().conversation;
        let contents = contents(&archive, &c).unwrap();
        let output = contents.pieces.iter().map(|piece| piece.figures.map(|f| f.output));
        assert_eq!(output.collect::<Vec<_>>(), [None, Some(6), None, Some(8)]);
        assert_eq!(contents.figures.output, 31);
    }
}
