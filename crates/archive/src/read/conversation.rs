//! Conversations: one by its id, and lists of them.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row};
use serde::Serialize;

use super::Reveal;
use super::VERSION;
use crate::error::{Error, Result};
use crate::query::{Filters, compile};
use crate::secrets;
use crate::store::{Archive, block};

/// What is known of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Conversation {
    /// Where it is stored.
    #[serde(skip)]
    pub row: i64,
    pub agent: String,
    /// The agent's own id.
    pub id: String,
    /// Its own; from [`titled`], where it has none, what was asked first.
    pub title: Option<String>,
    pub directory: Option<String>,
    pub branch: Option<String>,
    pub model: Option<String>,
    pub parent: Option<String>,
    pub forked_from: Option<String>,
    pub created: Option<i64>,
    pub updated: Option<i64>,
    /// When it was noticed that the agent no longer has it.
    pub gone: Option<i64>,
}

pub(crate) const COLUMNS: &str = "c.id, c.agent, c.native, c.title, c.directory, c.branch, c.model,
    c.parent, c.forked_from, c.created, c.updated, c.gone";

/// Without secrets: agents make titles of prompts.
pub(crate) fn from_row(row: &Row) -> rusqlite::Result<Conversation> {
    let conversation = revealed(row)?;
    let title = conversation.title.map(|title| secrets::hidden(&title));
    Ok(Conversation { title, ..conversation })
}

fn revealed(row: &Row) -> rusqlite::Result<Conversation> {
    Ok(Conversation {
        row: row.get(0)?,
        agent: row.get(1)?,
        id: row.get(2)?,
        title: row.get(3)?,
        directory: row.get(4)?,
        branch: row.get(5)?,
        model: row.get(6)?,
        parent: row.get(7)?,
        forked_from: row.get(8)?,
        created: row.get(9)?,
        updated: row.get(10)?,
        gone: row.get(11)?,
    })
}

pub(crate) fn conversation(db: &Connection, row: i64, reveal: Reveal) -> Result<Conversation> {
    let sql = format!("SELECT {COLUMNS} FROM conversation c WHERE c.id = ?");
    let read = if reveal == Reveal::Yes { revealed } else { from_row };
    Ok(db.prepare_cached(&sql)?.query_row([row], read)?)
}

/// The same for readers: one without a title is called by what was asked first.
pub(crate) fn titled(
    db: &Connection,
    blocks: &mut block::Reader,
    row: i64,
    reveal: Reveal,
) -> Result<Conversation> {
    let mut conversation = conversation(db, row, reveal)?;
    if conversation.title.is_none() {
        conversation.title = first_prompt(db, blocks, row, reveal)?;
    }
    Ok(conversation)
}

/// What was asked first, cut to a line.
fn first_prompt(
    db: &Connection,
    blocks: &mut block::Reader,
    conversation: i64,
    reveal: Reveal,
) -> Result<Option<String>> {
    let sql = "SELECT id FROM entry WHERE conversation = ? AND kind = 0 ORDER BY id LIMIT 1";
    let first = db.prepare_cached(sql)?.query_row([conversation], |row| row.get(0)).optional()?;
    let Some(id) = first else { return Ok(None) };
    let entry = super::finish(db, blocks, super::raw(db, id)?, reveal)?;
    Ok(entry.text.map(|text| line(&text)))
}

/// The row of the conversation with this id: the agent's own, `agent:id`, or the beginning of
/// either that no other has.
pub fn resolve(db: &Connection, id: &str) -> Result<i64> {
    let exactly = "SELECT id FROM conversation WHERE native = ?1 OR agent || ':' || native = ?1";
    let begins = "SELECT id FROM conversation WHERE substr(native, 1, length(?1)) = ?1
                  OR substr(agent || ':' || native, 1, length(?1)) = ?1";
    for sql in [exactly, begins] {
        let mut statement = db.prepare(&format!("{sql} LIMIT 2"))?;
        let found: Vec<i64> =
            statement.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?;
        match found[..] {
            [one] if !id.is_empty() => return Ok(one),
            [_, _] if !id.is_empty() => return Err(Error::Ambiguous(id.into())),
            _ => {}
        }
    }
    Err(Error::Unknown(id.into()))
}

#[derive(Debug, Clone, Default)]
pub struct ListOptions {
    pub filters: Filters,
    pub limit: usize,
}

#[derive(Debug, Serialize)]
pub struct List {
    pub version: u32,
    pub conversations: Vec<Listed>,
}

#[derive(Debug, Serialize)]
pub struct Listed {
    #[serde(flatten)]
    pub conversation: Conversation,
    /// What was asked first, cut to a line.
    pub prompt: Option<String>,
    pub messages: u64,
    /// Ids of the conversations that were forked from it, oldest first.
    pub forks: Vec<String>,
}

/// Which conversations were forked from which: ids by the agent and id of what they came from.
pub(crate) struct Forks(HashMap<(String, String), Vec<String>>);

impl Forks {
    pub fn read(db: &Connection) -> Result<Self> {
        let sql = "SELECT agent, forked_from, native FROM conversation
                   WHERE forked_from IS NOT NULL ORDER BY coalesce(created, updated, 0), id";
        let mut of: HashMap<_, Vec<String>> = HashMap::new();
        let mut statement = db.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            of.entry((row.get(0)?, row.get(1)?)).or_default().push(row.get(2)?);
        }
        Ok(Self(of))
    }

    pub fn of(&self, conversation: &Conversation) -> Vec<String> {
        let key = (conversation.agent.clone(), conversation.id.clone());
        self.0.get(&key).cloned().unwrap_or_default()
    }
}

/// The conversations that the filters let through, newest first.
pub fn list(archive: &Archive, options: &ListOptions) -> Result<List> {
    let db = &archive.db;
    let (clause, values) = compile::conversations_with_entries(&options.filters);
    let sql = format!(
        "SELECT {COLUMNS} FROM conversation c WHERE {clause}
         ORDER BY coalesce(c.updated, c.created, 0) DESC, c.id DESC LIMIT {}",
        options.limit
    );
    let found: Vec<Conversation> = db
        .prepare(&sql)?
        .query_map(rusqlite::params_from_iter(values), from_row)?
        .collect::<Result<_, _>>()?;
    let all_forks = Forks::read(db)?;
    let mut blocks = block::Reader::default();
    let mut conversations = Vec::with_capacity(found.len());
    for conversation in found {
        let messages = db
            .prepare_cached("SELECT count(*) FROM entry WHERE conversation = ? AND kind <> 3")?
            .query_row([conversation.row], |row| row.get::<_, i64>(0))?;
        let prompt = first_prompt(db, &mut blocks, conversation.row, Reveal::No)?;
        let messages = messages.unsigned_abs();
        let forks = all_forks.of(&conversation);
        conversations.push(Listed { conversation, prompt, messages, forks });
    }
    Ok(List { version: VERSION, conversations })
}

/// Its first line, at most 200 characters.
pub(crate) fn line(text: &str) -> String {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    first.chars().take(200).collect()
}
