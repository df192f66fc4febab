//! Records into rows, within one transaction.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension, Statement, params};

use super::entry::{self, Kind, Pending, STORED_MAX};
use crate::error::Result;
use crate::forget::Marks;
use crate::secrets;
use crate::store::block::{self, Place};
use crate::text::cap::{OUTPUT_MAX, SAID_MAX, head_and_tail};
use crate::text::fold;
use segno_transcript::record::{Conversation, Record, Removal, Usage};

/// Collects what a transaction writes, so that a call and its output, or an answer and its next
/// state, are one row that is written once.
pub struct Writer<'t> {
    db: &'t Connection,
    forgotten: &'t Marks,
    now: i64,
    /// What this transaction stamps conversations with.
    stamp: i64,
    /// By agent and id; `None` for one that is to be forgotten.
    conversations: HashMap<String, HashMap<String, Option<i64>>>,
    /// Those of which nothing is stored yet.
    fresh: HashSet<i64>,
    names: HashMap<String, i64>,
    pending: Vec<Pending>,
    by_key: HashMap<(i64, i64), usize>,
    /// In order, after the entries that they concern.
    removals: Vec<(i64, Removal)>,
    size: usize,
    written: u64,
    /// Conversations that are not what they were.
    changed: HashSet<i64>,
    blocks: block::Reader,
    packer: block::Packer,
    next_block: i64,
    open: HashMap<i64, Open>,
    statements: Statements<'t>,
}

/// What runs once an entry: looking a statement up takes as long as running it.
struct Statements<'t> {
    entry: Statement<'t>,
    words: Statement<'t>,
}

impl<'t> Statements<'t> {
    fn new(db: &'t Connection) -> Result<Self> {
        Ok(Self {
            entry: db.prepare(
                "INSERT INTO entry (conversation, key, native, parent, kind, time, name, status,
                 block, at, main, side) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?,
            words: db.prepare("INSERT INTO words (rowid, text) VALUES (?, ?)")?,
        })
    }
}

/// A block that is being filled.
struct Open {
    id: i64,
    live: usize,
    texts: String,
}

/// An entry as it is stored.
struct Stored {
    id: i64,
    place: Place,
}

impl<'t> Writer<'t> {
    pub fn new(db: &'t Connection, forgotten: &'t Marks, now: i64) -> Result<Self> {
        let next = "SELECT coalesce(max(id), 0) + 1 FROM block";
        Ok(Self {
            next_block: db.query_row(next, [], |row| row.get(0))?,
            db,
            forgotten,
            now,
            stamp: stamp(db, now)?,
            conversations: HashMap::new(),
            fresh: HashSet::new(),
            names: HashMap::new(),
            pending: Vec::new(),
            by_key: HashMap::new(),
            removals: Vec::new(),
            size: 0,
            written: 0,
            changed: HashSet::new(),
            blocks: block::Reader::default(),
            packer: block::Packer::new()?,
            open: HashMap::new(),
            statements: Statements::new(db)?,
        })
    }

    /// Entries so far that are new, or not what they were.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Bytes that wait to be written.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Takes a source's batch, and where to go on after it.
    pub fn take(
        &mut self,
        agent: &str,
        source: &str,
        records: Vec<Record>,
        cursor: &[u8],
    ) -> Result<()> {
        let source: i64 = self
            .db
            .prepare_cached(
                "INSERT INTO source (agent, name, cursor) VALUES (?, ?, ?)
                 ON CONFLICT DO UPDATE SET cursor = excluded.cursor, gone = NULL RETURNING id",
            )?
            .query_row(params![agent, source, cursor], |row| row.get(0))?;
        // A conversation is as new as what was said in it, also where its agent does not say so.
        let mut newest: HashMap<i64, i64> = HashMap::new();
        let mut span = |id: i64, time: Option<i64>| {
            if let Some(time) = time {
                newest.entry(id).and_modify(|newest| *newest = time.max(*newest)).or_insert(time);
            }
        };
        for record in records {
            match record {
                Record::Conversation(said) => self.conversation(agent, source, said)?,
                Record::Message(said) => {
                    if let Some(id) = self.known(agent, source, &said.conversation)? {
                        span(id, said.time);
                        self.add(Pending::message(id, said));
                    }
                }
                Record::Tool(call) => {
                    if let Some(id) = self.known(agent, source, &call.conversation)? {
                        span(id, call.time);
                        self.add(Pending::tool(id, call));
                    }
                }
                Record::Usage(usage) => {
                    if let Some(id) = self.known(agent, source, &usage.conversation)? {
                        self.usage(id, &usage)?;
                    }
                }
                Record::Removal(removal) => {
                    let (Removal::From { conversation, .. }
                    | Removal::Message { conversation, .. }
                    | Removal::Conversation { conversation }) = &removal;
                    if let Some(id) = self.known(agent, source, conversation)? {
                        self.removals.push((id, removal));
                        // What is said later, even again, was not taken back.
                        self.flush()?;
                    }
                }
            }
        }
        for (id, time) in newest {
            let update = "UPDATE conversation SET updated = max(coalesce(updated, ?2), ?2)
                          WHERE id = ?1";
            self.db.prepare_cached(update)?.execute([id, time])?;
        }
        Ok(())
    }

    /// Its row; `None` for one that is to be forgotten.
    fn known(&mut self, agent: &str, source: i64, native: &str) -> Result<Option<i64>> {
        if let Some(known) = self.conversations.get(agent).and_then(|of| of.get(native)) {
            self.changed.extend(*known);
            return Ok(*known);
        }
        let id = match self.forgotten.has(agent, native) {
            true => None,
            false => Some(self.row(agent, source, native)?),
        };
        self.changed.extend(id);
        self.conversations.entry(agent.to_owned()).or_default().insert(native.to_owned(), id);
        Ok(id)
    }

    fn row(&mut self, agent: &str, source: i64, native: &str) -> Result<i64> {
        let known: Option<i64> = self
            .db
            .prepare_cached(
                "UPDATE conversation SET source = ?3, gone = NULL WHERE agent = ?1 AND native = ?2
                 RETURNING id",
            )?
            .query_row(params![agent, native, source], |row| row.get(0))
            .optional()?;
        if let Some(id) = known {
            return Ok(id);
        }
        self.db
            .prepare_cached("INSERT INTO conversation (agent, native, source) VALUES (?, ?, ?)")?
            .execute(params![agent, native, source])?;
        let id = self.db.last_insert_rowid();
        self.fresh.insert(id);
        Ok(id)
    }

    fn conversation(&mut self, agent: &str, source: i64, said: Conversation) -> Result<()> {
        let Some(id) = self.known(agent, source, &said.id)? else { return Ok(()) };
        let select = "SELECT title FROM conversation WHERE id = ?";
        let before: Option<String> =
            self.db.prepare_cached(select)?.query_row([id], |row| row.get(0))?;
        self.db
            .prepare_cached(
                "UPDATE conversation SET parent = coalesce(?2, parent),
                 forked_from = coalesce(?3, forked_from), directory = coalesce(?4, directory),
                 title = coalesce(?5, title), model = coalesce(?6, model),
                 branch = coalesce(?7, branch), created = coalesce(?8, created),
                 updated = coalesce(max(?9, updated), ?9, updated) WHERE id = ?1",
            )?
            .execute(params![
                id,
                said.parent,
                said.forked_from,
                said.directory,
                said.title,
                said.model,
                said.branch,
                said.created,
                said.updated
            ])?;
        if let Some(title) = said.title.filter(|title| Some(title) != before.as_ref()) {
            self.db.prepare_cached("DELETE FROM titles WHERE rowid = ?")?.execute([id])?;
            let left_out = secrets::left_out(&title, &secrets::find(&title));
            self.db
                .prepare_cached("INSERT INTO titles (rowid, text) VALUES (?, ?)")?
                .execute(params![id, fold::for_index(&[&left_out])])?;
        }
        Ok(())
    }

    fn add(&mut self, entry: Pending) {
        self.size += entry.size();
        match self.by_key.get(&(entry.conversation, entry.key)) {
            Some(&at) => self.pending[at].correct(entry),
            None => {
                self.by_key.insert((entry.conversation, entry.key), self.pending.len());
                self.pending.push(entry);
            }
        }
    }

    fn usage(&mut self, conversation: i64, usage: &Usage) -> Result<()> {
        let model = self.name(usage.model.as_deref())?;
        let tokens = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        self.db
            .prepare_cached("INSERT OR REPLACE INTO usage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?
            .execute(params![
                conversation,
                entry::key("usage", &usage.key),
                model,
                usage.time,
                tokens(usage.input),
                tokens(usage.output),
                tokens(usage.reasoning),
                tokens(usage.cache_read),
                tokens(usage.cache_write),
                usage.cost
            ])?;
        Ok(())
    }

    fn name(&mut self, text: Option<&str>) -> Result<Option<i64>> {
        let Some(text) = text else { return Ok(None) };
        if let Some(id) = self.names.get(text) {
            return Ok(Some(*id));
        }
        let id = self
            .db
            .prepare_cached(
                "INSERT INTO name (text) VALUES (?) ON CONFLICT DO UPDATE SET text = text RETURNING id",
            )?
            .query_row([text], |row| row.get(0))?;
        self.names.insert(text.to_owned(), id);
        Ok(Some(id))
    }

    /// Writes what has been taken.
    pub fn flush(&mut self) -> Result<()> {
        self.by_key.clear();
        self.size = 0;
        // The index takes rows in order only, so those that are there already go first.
        let (mut known, mut new) = (Vec::new(), Vec::new());
        for entry in std::mem::take(&mut self.pending) {
            let is_fresh = self.fresh.contains(&entry.conversation);
            match if is_fresh { None } else { self.stored(entry.conversation, entry.key)? } {
                Some(stored) => known.push((stored, entry)),
                None => new.push(entry),
            }
        }
        self.fresh.clear();
        known.sort_by_key(|(stored, _)| stored.id);
        for (stored, entry) in known {
            let changed = self.replace(&stored, entry)?;
            self.written += u64::from(changed);
        }
        for entry in new {
            self.insert(entry)?;
            self.written += 1;
        }
        for conversation in self.open.keys().copied().collect::<Vec<_>>() {
            self.close(conversation)?;
        }
        for (conversation, removal) in std::mem::take(&mut self.removals) {
            super::gone::remove(self.db, conversation, &removal, self.now)?;
        }
        let changed = "UPDATE conversation SET changed = ? WHERE id = ?";
        for conversation in self.changed.drain() {
            self.db.prepare_cached(changed)?.execute([self.stamp, conversation])?;
        }
        Ok(())
    }

    fn stored(&self, conversation: i64, key: i64) -> Result<Option<Stored>> {
        Ok(self
            .db
            .prepare_cached(
                "SELECT id, block, at, main, side FROM entry WHERE conversation = ? AND key = ?",
            )?
            .query_row([conversation, key], |row| {
                let length = |n| Ok::<_, rusqlite::Error>(row.get::<_, u32>(n)? as usize);
                let (at, main, side) = (length(2)?, length(3)?, length(4)?);
                Ok(Stored { id: row.get(0)?, place: Place { block: row.get(1)?, at, main, side } })
            })
            .optional()?)
    }

    fn insert(&mut self, entry: Pending) -> Result<()> {
        let name = self.name(entry.name.as_deref())?;
        let main = head_and_tail(entry.main.as_deref().unwrap_or_default(), STORED_MAX);
        let side = head_and_tail(entry.side.as_deref().unwrap_or_default(), STORED_MAX);
        let place = self.put(entry.conversation, &main, &side)?;
        let id = self.statements.entry.insert(params![
            entry.conversation,
            entry.key,
            entry::pack(&entry.native),
            entry.parent,
            entry.kind,
            entry.time,
            name,
            entry.status,
            place.block,
            place.at as i64,
            place.main as i64,
            place.side as i64
        ])?;
        self.index(id, &main, &side)?;
        self.touch(id, &entry.files)
    }

    /// Whether anything of it has changed.
    fn replace(&mut self, stored: &Stored, entry: Pending) -> Result<bool> {
        let id = stored.id;
        let (main, side) = self.blocks.texts(self.db, stored.place)?;
        let name = self.name(entry.name.as_deref())?;
        let changed = self
            .db
            .prepare_cached(
                "UPDATE entry SET parent = coalesce(?2, parent), name = coalesce(?3, name),
                 status = coalesce(?4, status), time = coalesce(time, ?5), kind = ?6, gone = NULL
                 WHERE id = ?1 AND NOT (kind = ?6 AND gone IS NULL AND parent IS coalesce(?2, parent)
                 AND name IS coalesce(?3, name) AND status IS coalesce(?4, status)
                 AND time IS coalesce(time, ?5))",
            )?
            .execute(params![id, entry.parent, name, entry.status, entry.time, entry.kind])?
            > 0;
        self.touch(id, &entry.files)?;
        let capped = |text: &Option<String>, stored: String| match text {
            Some(text) => head_and_tail(text, STORED_MAX).into_owned(),
            None => stored,
        };
        let now_main = capped(&entry.main, main.clone());
        let now_side = capped(&entry.side, side.clone());
        if (now_main == main) && (now_side == side) {
            return Ok(changed);
        }
        let place = self.put(entry.conversation, &now_main, &now_side)?;
        self.db
            .prepare_cached("UPDATE entry SET block = ?, at = ?, main = ?, side = ? WHERE id = ?")?
            .execute(params![
                place.block,
                place.at as i64,
                place.main as i64,
                place.side as i64,
                id
            ])?;
        block::release(self.db, stored.place.block)?;
        unindex(self.db, id)?;
        self.index(id, &now_main, &now_side)?;
        Ok(true)
    }

    fn put(&mut self, conversation: i64, main: &str, side: &str) -> Result<Place> {
        let next = &mut self.next_block;
        let open = self.open.entry(conversation).or_insert_with(|| {
            *next += 1;
            Open { id: *next - 1, live: 0, texts: String::new() }
        });
        let place =
            Place { block: open.id, at: open.texts.len(), main: main.len(), side: side.len() };
        block::push(&mut open.texts, main, side);
        open.live += 1;
        if open.texts.len() >= block::SIZE {
            self.close(conversation)?;
        }
        Ok(place)
    }

    fn close(&mut self, conversation: i64) -> Result<()> {
        match self.open.remove(&conversation) {
            Some(Open { id, live, texts }) => {
                self.packer.write(self.db, id, conversation, live, &texts)
            }
            None => Ok(()),
        }
    }

    fn index(&mut self, id: i64, main: &str, side: &str) -> Result<()> {
        // Whoever guesses at a secret's letters finds nothing.
        let (in_main, in_side) = (secrets::find(main), secrets::find(side));
        let (main_left, side_left) =
            (secrets::left_out(main, &in_main), secrets::left_out(side, &in_side));
        let said = head_and_tail(&main_left, SAID_MAX);
        let output = head_and_tail(&side_left, OUTPUT_MAX);
        self.statements.words.execute(params![id, fold::for_index(&[&said, &output])])?;
        for (offset, secrets) in [(0, in_main), (main.len(), in_side)] {
            for secret in secrets {
                self.db
                    .prepare_cached("INSERT OR REPLACE INTO secret VALUES (?, ?, ?, ?)")?
                    .execute(params![
                        id,
                        (offset + secret.at.start) as i64,
                        secret.at.len() as i64,
                        secret.kind
                    ])?;
            }
        }
        Ok(())
    }

    fn touch(&mut self, id: i64, files: &[String]) -> Result<()> {
        for file in files {
            let path = self.name(Some(file))?.unwrap_or_default();
            self.db
                .prepare_cached("INSERT OR IGNORE INTO touched (entry, path) VALUES (?, ?)")?
                .execute([id, path])?;
        }
        Ok(())
    }
}

/// A stamp for what is written now: later than all before.
pub fn stamp(db: &Connection, now: i64) -> Result<i64> {
    let last: i64 =
        db.query_row("SELECT coalesce(max(changed), 0) FROM conversation", [], |row| row.get(0))?;
    Ok(now.max(last + 1))
}

/// Takes an entry out of the index.
pub fn unindex(db: &Connection, id: i64) -> Result<()> {
    db.prepare_cached("DELETE FROM words WHERE rowid = ?")?.execute([id])?;
    db.prepare_cached("DELETE FROM secret WHERE entry = ?")?.execute([id])?;
    Ok(())
}

/// The kind that is stored under this number.
pub fn kind(number: i64) -> Kind {
    match number {
        0 => Kind::User,
        1 => Kind::Assistant,
        3 => Kind::Tool,
        _ => Kind::System,
    }
}
