//! Items: on their way, acknowledged, set aside.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, params};
use serde::Serialize;
use serde_json::{Map, Value};

use super::State;
use crate::error::Result;

/// How an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemState {
    Acknowledged,
    /// A request with it was begun; what came of it is not known.
    OnItsWay,
    /// The service refuses it.
    Aside,
}

/// What is noted of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    pub version: i64,
    pub hash: i64,
    pub state: ItemState,
}

/// An item that was sent, or is about to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    pub key: i64,
    pub version: i64,
    pub hash: i64,
}

/// An item that a service refuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Aside {
    pub agent: String,
    pub conversation: String,
    /// When it was refused, in milliseconds since the Unix epoch.
    pub time: i64,
    /// What it is.
    pub item: String,
    pub reason: String,
}

impl State {
    /// All items of a conversation that something is noted of, by key.
    pub fn items(&self, conversation: i64) -> Result<HashMap<i64, Stored>> {
        let sql = "SELECT key, version, hash, state FROM item WHERE conversation = ?";
        let mut statement = self.db.prepare_cached(sql)?;
        let rows = statement.query_map([conversation], |row| {
            let state = match row.get::<_, i64>(3)? {
                0 => ItemState::Acknowledged,
                1 => ItemState::OnItsWay,
                _ => ItemState::Aside,
            };
            Ok((row.get(0)?, Stored { version: row.get(1)?, hash: row.get(2)?, state }))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Notes items that are about to be sent.
    pub fn begin(&mut self, conversation: i64, items: &[Sent]) -> Result<()> {
        self.write(conversation, items, 1, None)
    }

    /// Notes items that the service has, and what its answer said of the conversation.
    pub fn acknowledge(
        &mut self,
        target: &str,
        conversation: i64,
        items: &[Sent],
        remote: Option<&Map<String, Value>>,
        now: i64,
    ) -> Result<()> {
        self.write(conversation, items, 0, remote)?;
        self.db
            .prepare_cached(
                "INSERT INTO target (name, sent, requests, last_sent) VALUES (?1, ?2, 1, ?3)
                 ON CONFLICT DO UPDATE SET sent = sent + ?2, requests = requests + 1, last_sent = ?3",
            )?
            .execute(params![target, i64::try_from(items.len()).unwrap_or(0), now])?;
        Ok(())
    }

    /// Notes another version of an item that looks the same.
    pub fn same(&mut self, conversation: i64, item: Sent) -> Result<()> {
        self.write(conversation, &[item], 0, None)
    }

    fn write(
        &mut self,
        conversation: i64,
        items: &[Sent],
        state: i64,
        remote: Option<&Map<String, Value>>,
    ) -> Result<()> {
        let transaction = self.db.transaction()?;
        for item in items {
            transaction
                .prepare_cached(
                    "INSERT INTO item (conversation, key, version, hash, state)
                     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET version = ?3, hash = ?4,
                     state = ?5, attempts = attempts * (?5 = 1)",
                )?
                .execute(params![conversation, item.key, item.version, item.hash, state])?;
            if state == 0 {
                transaction
                    .prepare_cached("DELETE FROM aside WHERE conversation = ? AND key = ?")?
                    .execute([conversation, item.key])?;
            }
        }
        if let Some(remote) = remote {
            let text = Value::Object(remote.clone()).to_string();
            transaction
                .prepare_cached("UPDATE conversation SET remote = ? WHERE id = ?")?
                .execute(params![text, conversation])?;
        }
        Ok(transaction.commit()?)
    }

    /// Notes that items were on their way and have not arrived.
    pub fn not_sent(&mut self, conversation: i64, keys: &[i64]) -> Result<()> {
        let transaction = self.db.transaction()?;
        for key in keys {
            transaction
                .prepare_cached(
                    "DELETE FROM item WHERE conversation = ? AND key = ? AND state = 1",
                )?
                .execute([conversation, *key])?;
        }
        Ok(transaction.commit()?)
    }

    /// Sets an item aside; the others go on.
    pub fn set_aside(
        &mut self,
        conversation: i64,
        item: Sent,
        now: i64,
        label: &str,
        reason: &str,
    ) -> Result<()> {
        self.write(conversation, &[item], 2, None)?;
        self.db
            .prepare_cached("INSERT OR REPLACE INTO aside VALUES (?, ?, ?, ?, ?)")?
            .execute(params![conversation, item.key, now, label, reason])?;
        Ok(())
    }

    /// Counts an attempt to send an item that failed; how many there were.
    pub fn attempt(&mut self, conversation: i64, item: Sent) -> Result<u32> {
        let sql = "INSERT INTO item (conversation, key, version, hash, state, attempts)
                   VALUES (?, ?, ?, ?, 1, 1) ON CONFLICT DO UPDATE SET attempts = attempts + 1
                   RETURNING attempts";
        let values = params![conversation, item.key, item.version, item.hash];
        Ok(self.db.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
    }

    /// What is set aside at a target.
    pub fn aside(&self, target: &str) -> Result<Vec<Aside>> {
        let sql = "SELECT c.agent, c.native, a.time, a.label, a.reason FROM aside a
                   JOIN conversation c ON c.id = a.conversation WHERE c.target = ?
                   ORDER BY a.time, a.key";
        let mut statement = self.db.prepare_cached(sql)?;
        let rows = statement.query_map([target], |row| {
            Ok(Aside {
                agent: row.get(0)?,
                conversation: row.get(1)?,
                time: row.get(2)?,
                item: row.get(3)?,
                reason: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Has everything that is set aside sent again; how much that is.
    pub fn retry(&mut self, target: &str) -> Result<usize> {
        let of = "conversation IN (SELECT id FROM conversation WHERE target = ?1)";
        let transaction = self.db.transaction()?;
        // Where it may have to be deleted, or sent once more, the conversation is looked at again.
        transaction.execute(
            "UPDATE conversation SET due = 0 WHERE target = ?1
             AND id IN (SELECT conversation FROM aside)",
            [target],
        )?;
        transaction.execute(&format!("DELETE FROM item WHERE state = 2 AND {of}"), [target])?;
        let count = transaction.execute(&format!("DELETE FROM aside WHERE {of}"), [target])?;
        transaction.commit()?;
        Ok(count)
    }

    /// How many items of a target are acknowledged and still there, and of how many conversations.
    pub fn counts(&self, target: &str) -> Result<(u64, u64)> {
        let sql = "SELECT count(*), count(DISTINCT i.conversation) FROM item i
                   JOIN conversation c ON c.id = i.conversation WHERE c.target = ? AND i.state = 0
                   AND c.deleted = 0";
        let count =
            |row: &rusqlite::Row, n| Ok::<_, rusqlite::Error>(row.get::<_, i64>(n)?.unsigned_abs());
        let found = self.db.query_row(sql, [target], |row| Ok((count(row, 0)?, count(row, 1)?)));
        Ok(found.optional()?.unwrap_or_default())
    }
}
