//! Conversations and what was said in them, for whoever may see them.

use super::filters::{self, Values};
use super::{Key, Store, ingest};
use crate::database::{Row, Session, Value};
use crate::error::{Error, Result};
use segno_archive::query::{Filters, Role};
use segno_archive::read::{Conversation, Entry, Listed, Shown, Status, VERSION};
use segno_archive::secrets;

const CONVERSATION: &str = "c.id, c.agent, c.native, c.title, c.directory, c.branch, c.model,
    c.parent, c.forked_from, c.created, c.updated, c.gone";
const ENTRY: &str = "e.id, e.native, e.kind, e.time, e.name, e.status, e.main, e.side, e.files";

/// A conversation with what a service's client asks of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    pub conversation: Conversation,
    pub project: Option<String>,
    pub provider: Option<String>,
    pub input: i64,
    pub output: i64,
    pub cost: f64,
    pub messages: i64,
    pub is_shared: bool,
}

/// An entry with what a service's client asks of it. Secrets are as they were sent.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEntry {
    pub row: i64,
    /// Of its conversation, and that one's own id and agent.
    pub conversation: i64,
    pub agent: String,
    pub of: String,
    pub native: String,
    pub parent: Option<String>,
    pub role: Role,
    pub time: Option<i64>,
    pub name: Option<String>,
    pub input: Option<i64>,
    pub output: Option<i64>,
    pub main: String,
    pub side: String,
    pub extra: Option<String>,
}

impl Store {
    /// The newest conversations that a person sees, as the local archive lists them.
    pub fn list(&self, person: i64, filters: &Filters, limit: usize) -> Result<Vec<Listed>> {
        self.read(|session| {
            let mut values = Values::default();
            let seen = filters::visible(&values.bind(person));
            let about = filters::conversation(filters, session.dialect(), &mut values);
            let said = filters::entry(filters, session.dialect(), &mut values);
            let said = match said.as_str() {
                filters::ALL => said,
                _ => {
                    format!("EXISTS (SELECT 1 FROM entry e WHERE e.conversation = c.id AND {said})")
                }
            };
            let sql = format!(
                "SELECT {CONVERSATION},
                    (SELECT count(*) FROM entry e WHERE e.conversation = c.id AND e.kind <> 3),
                    (SELECT e.main FROM entry e WHERE e.conversation = c.id AND e.kind = 0
                     ORDER BY e.id LIMIT 1)
                 FROM conversation c WHERE {seen} AND {about} AND {said}
                 ORDER BY coalesce(c.updated, c.created, c.received) DESC, c.id DESC LIMIT {limit}"
            );
            let rows = session.query(&sql, &values.0)?;
            let listed = |row: &Row| Listed {
                conversation: conversation(row),
                prompt: row.maybe(13).map(|text| line(&secrets::hidden(&text))),
                messages: row.int(12).unsigned_abs(),
                forks: Vec::new(),
            };
            Ok(rows.iter().map(listed).collect())
        })
    }

    /// A conversation that a person sees: its own id, or `agent:id`. Secrets are hidden.
    pub fn show(&self, person: i64, id: &str) -> Result<Shown> {
        self.read(|session| {
            let row = seen(session, person, id)?;
            shown(session, row)
        })
    }

    /// Deletes a conversation of one's own, with all that hangs on it.
    pub fn delete(&self, person: i64, id: &str, now: i64) -> Result<()> {
        self.write(|session| {
            let row = own(session, person, id)?;
            let about = one(session, row)?;
            let key = Key { agent: about.agent, native: about.id, loose: false };
            ingest::delete(session, person, &key, now).map(drop)
        })
    }

    /// A person's own conversations as services' clients list them, the newest update first.
    pub fn stored(&self, person: i64, row: Option<i64>, limit: usize) -> Result<Vec<Stored>> {
        let sql = format!(
            "SELECT {CONVERSATION}, c.project, c.provider, c.input, c.output, c.cost,
                (SELECT count(*) FROM entry e WHERE e.conversation = c.id AND e.kind <> 3),
                (SELECT count(*) FROM link l WHERE l.conversation = c.id)
             FROM conversation c WHERE c.person = $1 AND (CAST($2 AS BIGINT) < 0 OR c.id = $2)
             ORDER BY coalesce(c.updated, c.created, c.received) DESC, c.id DESC LIMIT {limit}"
        );
        let values = [person.into(), row.unwrap_or(-1).into()];
        let rows = self.read(|session| session.query(&sql, &values))?;
        let stored = |row: &Row| Stored {
            conversation: conversation(row),
            project: row.maybe(12),
            provider: row.maybe(13),
            input: row.int(14),
            output: row.int(15),
            cost: row.real(16).unwrap_or_default(),
            messages: row.int(17),
            is_shared: row.int(18) > 0,
        };
        Ok(rows.iter().map(stored).collect())
    }

    /// A person's own entries, by conditions of `e` and `c` whose parameters begin with `$2`.
    pub fn entries(
        &self,
        person: i64,
        which: &str,
        values: Vec<Value>,
        newest_first: bool,
        limit: usize,
    ) -> Result<Vec<StoredEntry>> {
        let order = if newest_first { "DESC" } else { "ASC" };
        let sql = format!(
            "SELECT e.id, e.conversation, c.agent, c.native, e.native, e.parent, e.kind, e.time,
                e.name, e.input, e.output, e.main, e.side, e.extra
             FROM entry e JOIN conversation c ON c.id = e.conversation
             WHERE c.person = $1 AND {which}
             ORDER BY coalesce(e.time, 0) {order}, e.id {order} LIMIT {limit}"
        );
        let mut all = vec![person.into()];
        all.extend(values);
        let rows = self.read(|session| session.query(&sql, &all))?;
        let entry = |row: &Row| StoredEntry {
            row: row.int(0),
            conversation: row.int(1),
            agent: row.text(2),
            of: row.text(3),
            native: row.text(4),
            parent: row.maybe(5),
            role: Role::stored(row.int(6)),
            time: row.number(7),
            name: row.maybe(8),
            input: row.number(9),
            output: row.number(10),
            main: row.text(11),
            side: row.text(12),
            extra: row.maybe(13),
        };
        Ok(rows.iter().map(entry).collect())
    }

    /// The row of a person's own conversation.
    pub fn row(&self, person: i64, id: &str) -> Result<i64> {
        self.read(|session| own(session, person, id))
    }

    /// Which database it is, for conditions that differ.
    pub fn dialect(&self) -> crate::database::Dialect {
        self.database.dialect()
    }
}

/// A conversation without its secrets.
pub(super) fn shown(session: &mut dyn Session, row: i64) -> Result<Shown> {
    let conversation = one(session, row)?;
    let sql = format!("SELECT {ENTRY} FROM entry e WHERE e.conversation = $1 ORDER BY e.id");
    let rows = session.query(&sql, &[row.into()])?;
    let entries = rows.iter().map(|row| entry(row, false)).collect();
    Ok(Shown { version: VERSION, conversation, forks: Vec::new(), held: Vec::new(), entries })
}

pub(super) fn one(session: &mut dyn Session, row: i64) -> Result<Conversation> {
    let sql = format!("SELECT {CONVERSATION} FROM conversation c WHERE c.id = $1");
    let rows = session.query(&sql, &[row.into()])?;
    rows.first().map(conversation).ok_or(Error::Missing("such conversation"))
}

/// Its row, where a person sees it: their own first.
fn seen(session: &mut dyn Session, person: i64, id: &str) -> Result<i64> {
    let seen = filters::visible("$1");
    let sql = format!(
        "SELECT c.id FROM conversation c
         WHERE (c.native = $2 OR c.agent || ':' || c.native = $2) AND {seen}
         ORDER BY CASE WHEN c.person = $1 THEN 0 ELSE 1 END, c.id LIMIT 1"
    );
    let rows = session.query(&sql, &[person.into(), id.into()])?;
    rows.first().map(|row| row.int(0)).ok_or(Error::Missing("such conversation"))
}

/// The row of a person's own.
pub(super) fn own(session: &mut dyn Session, person: i64, id: &str) -> Result<i64> {
    let sql = "SELECT c.id FROM conversation c
               WHERE c.person = $1 AND (c.native = $2 OR c.agent || ':' || c.native = $2)
               ORDER BY c.id LIMIT 1";
    let rows = session.query(sql, &[person.into(), id.into()])?;
    rows.first().map(|row| row.int(0)).ok_or(Error::Missing("such conversation"))
}

pub(super) fn conversation(row: &Row) -> Conversation {
    Conversation {
        row: row.int(0),
        agent: row.text(1),
        id: row.text(2),
        title: row.maybe(3).map(|title| secrets::hidden(&title)),
        directory: row.maybe(4),
        branch: row.maybe(5),
        model: row.maybe(6),
        parent: row.maybe(7),
        forked_from: row.maybe(8),
        created: row.number(9),
        updated: row.number(10),
        gone: row.number(11),
    }
}

/// An entry by its row.
pub(super) fn entry_of(session: &mut dyn Session, id: i64) -> Result<Entry> {
    let sql = format!("SELECT {ENTRY} FROM entry e WHERE e.id = $1");
    let rows = session.query(&sql, &[id.into()])?;
    rows.first().map(|row| entry(row, false)).ok_or(Error::Missing("such entry"))
}

/// Secrets are hidden, unless they are to be shown.
pub(super) fn entry(row: &Row, reveal: bool) -> Entry {
    let role = Role::stored(row.int(2));
    let (main, side) = (row.text(6), row.text(7));
    let (mut hidden, places) = (0, |text: &str| {
        secrets::find(text).into_iter().map(|secret| secret.at).collect::<Vec<_>>()
    });
    let mut clean = |text: String| {
        let places = if reveal { Vec::new() } else { places(&text) };
        hidden += places.len();
        if places.is_empty() { text } else { secrets::hide(&text, &places) }
    };
    let (main, side) = (clean(main), clean(side));
    let some = |text: String| (!text.is_empty()).then_some(text);
    let is_tool = role == Role::Tool;
    let (text, reasoning, input, output) = match is_tool {
        true => (None, None, some(main), some(side)),
        false => (Some(main), some(side), None, None),
    };
    let (tool, model) = if is_tool { (row.maybe(4), None) } else { (None, row.maybe(4)) };
    let status = match row.number(5) {
        Some(0) => Some(Status::Running),
        Some(1) => Some(Status::Done),
        Some(2) => Some(Status::Failed),
        _ => None,
    };
    Entry {
        row: row.int(0),
        id: row.text(1),
        role,
        time: row.number(3),
        model,
        tool,
        status,
        text,
        reasoning,
        input,
        output,
        files: row.text(8).lines().map(Into::into).collect(),
        gone: None,
        hidden,
    }
}

/// Its first line, at most 200 characters.
fn line(text: &str) -> String {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    first.chars().take(200).collect()
}

/// All of a conversation, with its secrets.
pub(super) fn entries(session: &mut dyn Session, row: i64) -> Result<Vec<Entry>> {
    let sql = format!("SELECT {ENTRY} FROM entry e WHERE e.conversation = $1 ORDER BY e.id");
    let rows = session.query(&sql, &[row.into()])?;
    Ok(rows.iter().map(|row| entry(row, true)).collect())
}
