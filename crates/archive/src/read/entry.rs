//! What was said or done in a conversation.

use std::ops::Range;

use rusqlite::{Connection, Row};
use serde::Serialize;

use super::{Conversation, VERSION};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ingest::entry_id as unpack;
use crate::ingest::message_key;
use crate::query::Role;
use crate::secrets;
use crate::store::Archive;
use crate::store::block::{Place, Reader};

/// Whether secrets are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reveal {
    #[default]
    No,
    Yes,
}

/// A message or a tool call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// Where it is stored.
    #[serde(skip)]
    pub row: i64,
    /// The agent's own id.
    pub id: String,
    pub role: Role,
    pub time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// When the agent took it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gone: Option<i64>,
    /// Secrets that are hidden in it.
    #[serde(skip_serializing_if = "is_zero")]
    pub hidden: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_zero(n: &usize) -> bool {
    *n == 0
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Running,
    Done,
    Failed,
}

/// An entry without its text.
#[derive(Debug, Clone)]
pub(crate) struct Raw {
    pub id: i64,
    pub conversation: i64,
    /// Hash of kind and native id.
    pub key: i64,
    /// The key of what it answers.
    pub parent: Option<i64>,
    native: Vec<u8>,
    pub role: Role,
    pub time: Option<i64>,
    name: Option<String>,
    status: Option<i64>,
    gone: Option<i64>,
    pub place: Place,
}

impl Raw {
    /// The agent's own id.
    pub fn id(&self) -> String {
        unpack(&self.native)
    }

    pub fn is_running(&self) -> bool {
        self.status == Some(0)
    }

    pub fn is_gone(&self) -> bool {
        self.gone.is_some()
    }

    /// Another number when anything of it is another: a text that changes gets another place.
    pub fn version(&self, figures: Option<&super::Figures>) -> i64 {
        let Place { block, at, main, side } = self.place;
        let (time, name, status) = (self.time, &self.name, self.status);
        let gone = self.gone.is_some();
        super::changed::number(&format!(
            "{block} {at} {main} {side} {time:?} {name:?} {status:?} {gone} {figures:?}"
        ))
    }
}

const COLUMNS: &str = "e.id, e.conversation, e.native, e.kind, e.time,
    (SELECT text FROM name WHERE id = e.name), e.status, e.gone, e.block, e.at, e.main, e.side,
    e.key, e.parent";

fn from_row(row: &Row) -> rusqlite::Result<Raw> {
    let length = |n| Ok::<_, rusqlite::Error>(row.get::<_, u32>(n)? as usize);
    Ok(Raw {
        id: row.get(0)?,
        conversation: row.get(1)?,
        native: row.get(2)?,
        role: Role::stored(row.get(3)?),
        time: row.get(4)?,
        name: row.get(5)?,
        status: row.get(6)?,
        gone: row.get(7)?,
        place: Place { block: row.get(8)?, at: length(9)?, main: length(10)?, side: length(11)? },
        key: row.get(12)?,
        parent: row.get(13)?,
    })
}

pub(crate) fn raw(db: &Connection, id: i64) -> Result<Raw> {
    let sql = format!("SELECT {COLUMNS} FROM entry e WHERE e.id = ?");
    Ok(db.prepare_cached(&sql)?.query_row([id], from_row)?)
}

/// All of a conversation, in order, without texts.
pub(crate) fn entries(db: &Connection, conversation: i64) -> Result<Vec<Raw>> {
    let sql = format!("SELECT {COLUMNS} FROM entry e WHERE e.conversation = ? ORDER BY e.id");
    let mut statement = db.prepare_cached(&sql)?;
    let rows = statement.query_map([conversation], from_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Places of an entry's secrets: in its first text, which is so long, and in its second.
pub(crate) fn secret_places(
    db: &Connection,
    entry: i64,
    main: usize,
) -> Result<[Vec<Range<usize>>; 2]> {
    let mut statement =
        db.prepare_cached("SELECT at, length FROM secret WHERE entry = ? ORDER BY at")?;
    let mut places = [Vec::new(), Vec::new()];
    let mut rows = statement.query([entry])?;
    while let Some(row) = rows.next()? {
        let (at, length) = (row.get::<_, u32>(0)? as usize, row.get::<_, u32>(1)? as usize);
        match at.checked_sub(main) {
            None => places[0].push(at..at + length),
            Some(at) => places[1].push(at..at + length),
        }
    }
    Ok(places)
}

/// Adds its texts.
pub(crate) fn finish(
    db: &Connection,
    blocks: &mut Reader,
    raw: Raw,
    reveal: Reveal,
) -> Result<Entry> {
    let (mut main, mut side) = blocks.texts(db, raw.place)?;
    let mut hidden = 0;
    if reveal == Reveal::No {
        let [first, second] = secret_places(db, raw.id, raw.place.main)?;
        hidden = first.len() + second.len();
        if hidden > 0 {
            (main, side) = (secrets::hide(&main, &first), secrets::hide(&side, &second));
        }
    }
    let some = |text: String| (!text.is_empty()).then_some(text);
    let is_tool = raw.role == Role::Tool;
    let (text, reasoning, input, output) = match is_tool {
        true => (None, None, some(main), some(side)),
        false => (Some(main), some(side), None, None),
    };
    let (tool, model) = if is_tool { (raw.name, None) } else { (None, raw.name) };
    let files = if is_tool { touched(db, raw.id)? } else { Vec::new() };
    let status = match raw.status {
        Some(0) => Some(Status::Running),
        Some(1) => Some(Status::Done),
        Some(2) => Some(Status::Failed),
        _ => None,
    };
    Ok(Entry {
        row: raw.id,
        id: unpack(&raw.native),
        role: raw.role,
        time: raw.time,
        model,
        tool,
        status,
        text,
        reasoning,
        input,
        output,
        files,
        gone: raw.gone,
        hidden,
    })
}

fn touched(db: &Connection, entry: i64) -> Result<Vec<String>> {
    let sql = "SELECT n.text FROM touched t JOIN name n ON n.id = t.path WHERE t.entry = ?";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map([entry], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What of a conversation is to be shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Show<'a> {
    /// Only this message and those around it.
    pub around: Option<&'a str>,
    /// How many on either side.
    pub context: usize,
    pub reveal: Reveal,
}

/// A conversation with what was said in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shown {
    pub version: u32,
    pub conversation: Conversation,
    /// Ids of the conversations that were forked from it, oldest first.
    pub forks: Vec<String>,
    pub held: Vec<Context>,
    pub entries: Vec<Entry>,
}

/// Reads a conversation. Its id may be shortened, see [`super::resolve`].
pub fn show(archive: &Archive, id: &str, options: Show) -> Result<Shown> {
    let db = &archive.db;
    let (row, mut blocks) = (super::resolve(db, id)?, Reader::default());
    let conversation = super::titled(db, &mut blocks, row, options.reveal)?;
    let mut all = entries(db, conversation.row)?;
    if let Some(message) = options.around {
        let mut is_it = {
            let key = db
                .prepare_cached("SELECT id FROM entry WHERE conversation = ? AND key = ?")?
                .query_row([conversation.row, message_key(message)], |row| row.get::<_, i64>(0))
                .ok();
            move |raw: &Raw| key == Some(raw.id) || unpack(&raw.native) == message
        };
        let at = all.iter().position(&mut is_it).ok_or_else(|| Error::NoMessage(message.into()))?;
        let end = all.len().min(at.saturating_add(options.context).saturating_add(1));
        all = all.drain(at.saturating_sub(options.context)..end).collect();
    }
    let entries = all
        .into_iter()
        .map(|raw| finish(db, &mut blocks, raw, options.reveal))
        .collect::<Result<_>>()?;
    let held = crate::context::of(db, &conversation.agent, &conversation.id)?;
    let forks = super::conversation::Forks::read(db)?.of(&conversation);
    Ok(Shown { version: VERSION, conversation, forks, held, entries })
}
