//! What machines send: under ids of their own, so that what comes twice is there once.

use std::collections::BTreeMap;

use super::{Store, index};
use crate::database::{Session, Value};
use crate::error::Result;
use segno_archive::query::Role;

/// Longer texts lose their middle, in bytes.
const TEXT_MAX: usize = 1 << 20;
/// The longest of names, titles and ids, in bytes.
const LINE_MAX: usize = 4096;

/// Which conversation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub agent: String,
    /// The agent's own id.
    pub native: String,
    /// It is whichever agent's has this id, and `agent`'s where none has it: not all clients know
    /// by which name others call an agent.
    pub loose: bool,
}

/// What is known of a conversation. What is `None` is unknown, not gone.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct About {
    pub title: Option<String>,
    pub directory: Option<String>,
    pub project: Option<String>,
    pub branch: Option<String>,
    pub model: Option<String>,
    pub provider: Option<String>,
    pub parent: Option<String>,
    pub forked_from: Option<String>,
    pub created: Option<i64>,
    pub updated: Option<i64>,
    pub gone: Option<i64>,
    pub input: Option<i64>,
    pub output: Option<i64>,
    pub cost: Option<f64>,
}

/// What kind of thing was said: ids of different kinds may be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Message,
    Tool,
    /// An event of a service's client.
    Event,
}

/// A message or a tool call, whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    pub kind: Kind,
    pub native: String,
    pub parent: Option<String>,
    pub role: Role,
    pub time: Option<i64>,
    pub name: Option<String>,
    /// 0 runs, 1 done, 2 failed.
    pub status: Option<i64>,
    pub input: Option<i64>,
    pub output: Option<i64>,
    pub main: String,
    pub side: String,
    pub files: Vec<String>,
    pub extra: Option<String>,
}

impl Default for Said {
    fn default() -> Said {
        Said {
            kind: Kind::Message,
            native: String::new(),
            parent: None,
            role: Role::User,
            time: None,
            name: None,
            status: None,
            input: None,
            output: None,
            main: String::new(),
            side: String::new(),
            files: Vec::new(),
            extra: None,
        }
    }
}

/// One thing that a machine sends.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    Conversation(Key, Box<About>),
    Said(Key, Box<Said>),
    Deleted(Key),
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Accepted {
    /// Items that are new, or not what they were.
    pub written: u64,
    /// Items of conversations that were deleted.
    pub ignored: u64,
    /// By conversation, how many changes of it are stored.
    pub positions: BTreeMap<String, i64>,
}

impl Store {
    /// Stores all of it, or nothing.
    pub fn ingest(&self, person: i64, items: &[Item], now: i64) -> Result<Accepted> {
        self.write(|session| {
            let mut writer = Writer { session, person, now, rows: BTreeMap::new() };
            let mut accepted = Accepted::default();
            for item in items {
                match writer.take(item)? {
                    Taken::Written => accepted.written += 1,
                    Taken::Same => {}
                    Taken::Ignored => accepted.ignored += 1,
                }
            }
            let rows: Vec<_> = writer.rows.values().filter_map(|of| of.row).collect();
            for Touched { id, written, first, newest } in rows {
                // One of which only messages are known is as new as the newest of them.
                let sql = "UPDATE conversation SET changes = changes + $2,
                           created = coalesce(created, $3),
                           updated = CASE WHEN $4 > coalesce(updated, 0) THEN $4 ELSE updated END
                           WHERE id = $1 RETURNING agent, native, changes";
                let values = [id.into(), written.into(), first.into(), newest.into()];
                for row in writer.session.query(sql, &values)? {
                    let name = format!("{}:{}", row.text(0), row.text(1));
                    accepted.positions.insert(name, row.int(2));
                }
                if written > 0 {
                    announce(writer.session, id, person)?;
                }
            }
            Ok(accepted)
        })
    }

    /// Ids of a person's conversations, newest first.
    pub fn natives(&self, person: i64) -> Result<Vec<(String, String, i64)>> {
        let sql = "SELECT agent, native, changes FROM conversation WHERE person = $1
                   ORDER BY id DESC";
        let rows = self.read(|session| session.query(sql, &[person.into()]))?;
        Ok(rows.iter().map(|row| (row.text(0), row.text(1), row.int(2))).collect())
    }
}

enum Taken {
    Written,
    Same,
    /// Of a conversation that was deleted.
    Ignored,
}

/// A conversation that items are of.
struct Known {
    agent: String,
    native: String,
    gone: Gone,
    row: Option<Touched>,
}

/// A conversation's row, and what is written of it.
#[derive(Clone, Copy)]
struct Touched {
    id: i64,
    written: i64,
    /// When the first of what was said was said, and the newest.
    first: Option<i64>,
    newest: Option<i64>,
}

/// Whether it was there once.
#[derive(Clone, Copy, PartialEq)]
enum Gone {
    No,
    /// It was too old; what was said since this time counts again.
    Before(i64),
    Deleted,
}

/// A transaction of a person's.
struct Writer<'a> {
    session: &'a mut dyn Session,
    person: i64,
    now: i64,
    rows: BTreeMap<Key, Known>,
}

impl Writer<'_> {
    fn take(&mut self, item: &Item) -> Result<Taken> {
        let (key, written) = match item {
            Item::Deleted(key) => {
                let deleted = delete(self.session, self.person, key, self.now)?;
                let known = self.known(key)?;
                (known.gone, known.row) = (Gone::Deleted, None);
                return Ok(if deleted { Taken::Written } else { Taken::Same });
            }
            Item::Conversation(key, about) => {
                let time = about.updated.or(about.created);
                let Some(id) = self.row(key, time)? else { return Ok(Taken::Ignored) };
                (key, self.about(id, about)?)
            }
            Item::Said(key, said) => {
                let Some(id) = self.row(key, said.time)? else { return Ok(Taken::Ignored) };
                (key, self.said(id, said)?)
            }
        };
        if !written {
            return Ok(Taken::Same);
        }
        if let Some(touched) = self.rows.get_mut(key).and_then(|known| known.row.as_mut()) {
            touched.written += 1;
            if let Item::Said(_, said) = item {
                let time = said.time.unwrap_or(self.now);
                touched.first.get_or_insert(time);
                touched.newest = touched.newest.max(Some(time));
            }
        }
        Ok(Taken::Written)
    }

    fn known(&mut self, key: &Key) -> Result<&mut Known> {
        let known = match self.rows.remove(key) {
            Some(known) => known,
            None => self.look_up(key)?,
        };
        Ok(self.rows.entry(key.clone()).or_insert(known))
    }

    fn look_up(&mut self, key: &Key) -> Result<Known> {
        let native = line(&key.native);
        let agent = match key.loose {
            true => self.agent_of(&native)?.unwrap_or_else(|| line(&key.agent)),
            false => line(&key.agent),
        };
        let values = [self.person.into(), agent.clone().into(), native.clone().into()];
        let sql = "SELECT later FROM tombstone
                       WHERE person = $1 AND agent = $2 AND native = $3";
        let gone = match self.session.query(sql, &values)?.first() {
            None => Gone::No,
            Some(row) => row.number(0).map_or(Gone::Deleted, Gone::Before),
        };
        Ok(Known { agent, native, gone, row: None })
    }

    /// The row for something of this time; `None` where that is gone.
    fn row(&mut self, key: &Key, time: Option<i64>) -> Result<Option<i64>> {
        let (person, now) = (self.person, self.now);
        let known = self.known(key)?;
        match (known.row, known.gone) {
            (_, Gone::Deleted) => return Ok(None),
            (_, Gone::Before(since)) if time.is_none_or(|time| time < since) => return Ok(None),
            (Some(touched), _) => return Ok(Some(touched.id)),
            (None, _) => {}
        }
        let values: [Value; 4] =
            [person.into(), (&*known.agent).into(), (&*known.native).into(), now.into()];
        let sql = "INSERT INTO conversation (person, agent, native, received)
                   VALUES ($1, $2, $3, $4)
                   ON CONFLICT (person, agent, native) DO UPDATE SET received = $4
                   RETURNING id";
        let id = self.session.query(sql, &values)?.first().map(|row| row.int(0));
        self.known(key)?.row = id.map(|id| Touched { id, written: 0, first: None, newest: None });
        Ok(id)
    }

    fn agent_of(&mut self, native: &str) -> Result<Option<String>> {
        let sql = "SELECT agent FROM conversation WHERE person = $1 AND native = $2
                   UNION ALL SELECT agent FROM tombstone WHERE person = $1 AND native = $2";
        let found = self.session.query(sql, &[self.person.into(), native.into()])?;
        Ok(found.first().map(|row| row.text(0)))
    }

    fn about(&mut self, id: i64, about: &About) -> Result<bool> {
        let text = |text: &Option<String>| Value::from(text.as_deref().map(line));
        let values = [
            id.into(),
            text(&about.title),
            text(&about.directory),
            text(&about.project),
            text(&about.branch),
            text(&about.model),
            text(&about.provider),
            text(&about.parent),
            text(&about.forked_from),
            about.created.into(),
            about.updated.into(),
            about.gone.into(),
            about.input.into(),
            about.output.into(),
            about.cost.filter(|cost| cost.is_finite()).into(),
        ];
        let columns = [
            "title",
            "directory",
            "project",
            "branch",
            "model",
            "provider",
            "parent",
            "forked_from",
            "created",
            "updated",
            "gone",
            "input",
            "output",
            "cost",
        ];
        let places = || columns.iter().zip(2..);
        let set: Vec<String> =
            places().map(|(name, n)| format!("{name} = coalesce(${n}, {name})")).collect();
        // In PostgreSQL a parameter has the type of what it is compared with.
        let other: Vec<String> = places()
            .map(|(name, n)| format!("coalesce(${n}, {name}) IS DISTINCT FROM {name}"))
            .collect();
        let sql = format!(
            "UPDATE conversation SET {} WHERE id = $1 AND ({})",
            set.join(", "),
            other.join(" OR ")
        );
        let changed = self.session.execute(&sql, &values)? > 0;
        if let Some(title) = about.title.as_deref().filter(|_| changed) {
            index::conversation(self.session, id, index::title(&line(title)))?;
        }
        Ok(changed)
    }

    fn said(&mut self, conversation: i64, said: &Said) -> Result<bool> {
        let native = line(&said.native);
        let kind = match said.kind {
            Kind::Message => 'm',
            Kind::Tool => 't',
            Kind::Event => 'e',
        };
        let files: Vec<String> =
            said.files.iter().map(|file| line(file).replace('\n', " ")).collect();
        let (main, side) = (text(&said.main), text(&said.side));
        let words = index::words(&main, &side);
        let mut values: Vec<Value> = vec![
            conversation.into(),
            format!("{kind}:{native}").into(),
            native.into(),
            said.parent.as_deref().map(line).into(),
            said.role.number().into(),
            said.time.into(),
            said.name.as_deref().map(line).into(),
            said.status.into(),
            said.input.into(),
            said.output.into(),
            main.into(),
            side.into(),
            files.join("\n").into(),
            said.extra.as_deref().map(text).into(),
        ];
        let columns =
            "native, parent, kind, time, name, status, input, output, main, side, files, extra";
        let set: Vec<String> =
            columns.split(", ").map(|name| format!("{name} = excluded.{name}")).collect();
        let other: Vec<String> = columns
            .split(", ")
            .map(|name| format!("entry.{name} IS DISTINCT FROM excluded.{name}"))
            .collect();
        // PostgreSQL has the index in the row, which is then written once.
        let (column, place) = index::with_entry(self.session.dialect());
        if !column.is_empty() {
            values.push(words.clone().into());
        }
        let also = if column.is_empty() { "" } else { ", words = excluded.words" };
        let sql = format!(
            "INSERT INTO entry (conversation, key, {columns}{column})
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14{place})
             ON CONFLICT (conversation, key) DO UPDATE SET {}{also} WHERE {} RETURNING id",
            set.join(", "),
            other.join(" OR ")
        );
        let written = self.session.query(&sql, &values)?;
        let Some(row) = written.first() else { return Ok(false) };
        index::entry(self.session, row.int(0), words)?;
        Ok(true)
    }
}

/// Says to whoever sees a conversation that something in it has changed.
pub(super) fn announce(session: &mut dyn Session, conversation: i64, owner: i64) -> Result<()> {
    let sql = "SELECT DISTINCT m.person FROM shared s JOIN member m ON m.team = s.team
               WHERE s.conversation = $1 AND m.person <> $2";
    let others = session.query(sql, &[conversation.into(), owner.into()])?;
    for person in others.iter().map(|row| row.int(0)).chain([owner]) {
        session.notify(person)?;
    }
    Ok(())
}

/// Deletes it everywhere, and notes it so that it does not come back; whether it was there.
pub(super) fn delete(session: &mut dyn Session, person: i64, key: &Key, now: i64) -> Result<bool> {
    let mut which = "c.person = $1 AND c.native = $2".to_owned();
    let mut values: Vec<Value> = vec![person.into(), line(&key.native).into()];
    if !key.loose {
        which += " AND c.agent = $3";
        values.push(line(&key.agent).into());
    }
    let sql = format!("SELECT c.id, c.agent, c.native FROM conversation c WHERE {which}");
    let rows = session.query(&sql, &values)?;
    for row in &rows {
        announce(session, row.int(0), person)?;
    }
    let mut found: Vec<String> = rows.iter().map(|row| row.text(1)).collect();
    let there = !found.is_empty();
    index::forget(session, &which, &values)?;
    let sql = format!(
        "DELETE FROM conversation WHERE id IN (SELECT c.id FROM conversation c WHERE {which})"
    );
    session.execute(&sql, &values)?;
    if found.is_empty() {
        found.push(line(&key.agent));
    }
    for agent in found {
        let sql = "INSERT INTO tombstone (person, agent, native, time) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (person, agent, native) DO UPDATE SET later = NULL";
        let values = [person.into(), agent.into(), line(&key.native).into(), now.into()];
        session.execute(sql, &values)?;
    }
    Ok(there)
}

/// Short enough for a name.
fn line(text: &str) -> String {
    text[..text.floor_char_boundary(LINE_MAX)].to_owned()
}

/// Short enough to be stored.
fn text(text: &str) -> String {
    segno_archive::text::cap::head_and_tail(text, TEXT_MAX).into_owned()
}
