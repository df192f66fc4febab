//! How much there is, and what it cost.

use rusqlite::params_from_iter;
use serde::Serialize;

use super::VERSION;
use crate::error::Result;
use crate::query::{Filters, compile};
use crate::store::Archive;

#[derive(Debug, Default, Serialize)]
pub struct Stats {
    pub version: u32,
    pub total: Tally,
    pub agents: Vec<Tally>,
    pub models: Vec<Tally>,
    pub directories: Vec<Tally>,
    pub days: Vec<Tally>,
    /// Bytes of the database.
    pub size: u64,
    /// Bytes of the text in it.
    pub text: u64,
}

/// What is kept of one agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub agent: String,
    pub conversations: u64,
    /// Of these, its agent has deleted.
    pub gone: u64,
}

/// What is kept, by agent; quick also where there is much.
pub fn kept(archive: &Archive) -> Result<Vec<Kept>> {
    let sql = "SELECT agent, count(*), count(gone) FROM conversation GROUP BY agent ORDER BY agent";
    let mut statement = archive.db.prepare(sql)?;
    let rows = statement.query_map([], |row| {
        Ok(Kept { agent: row.get(0)?, conversations: row.get(1)?, gone: row.get(2)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Of one group.
#[derive(Debug, Default, Serialize)]
pub struct Tally {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub conversations: u64,
    pub messages: u64,
    pub tools: u64,
    pub input: u64,
    pub output: u64,
    pub cache_read: u64,
    pub cache_write: u64,
    /// Dollars, of those answers whose agent says.
    pub cost: f64,
}

/// Counts what the filters let through.
pub fn stats(archive: &Archive, filters: &Filters) -> Result<Stats> {
    let db = &archive.db;
    let one = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0));
    let size = one("PRAGMA page_count")? * one("PRAGMA page_size")?;
    let text = one("SELECT coalesce(sum(main + side), 0) FROM entry")?;
    let grouped =
        |said: &str, used: &str| -> Result<Vec<Tally>> { tallies(archive, filters, said, used) };
    let total = grouped("NULL", "NULL")?.pop().unwrap_or_default();
    let model = "(SELECT text FROM name WHERE id = u.model)";
    let said_by = "CASE e.kind WHEN 3 THEN c.model
        ELSE coalesce((SELECT text FROM name WHERE id = e.name), c.model) END";
    Ok(Stats {
        version: VERSION,
        total,
        agents: grouped("c.agent", "c.agent")?,
        models: grouped(said_by, &format!("coalesce({model}, c.model)"))?,
        directories: grouped("c.directory", "c.directory")?,
        days: grouped("date(e.time / 1000, 'unixepoch')", "date(u.time / 1000, 'unixepoch')")?,
        size: size.unsigned_abs(),
        text: text.unsigned_abs(),
    })
}

fn tallies(archive: &Archive, filters: &Filters, said: &str, used: &str) -> Result<Vec<Tally>> {
    let (of_said, of_used, values) = compile::said_and_used(filters);
    let sql = format!(
        "WITH said AS (
            SELECT {said} AS name, count(DISTINCT e.conversation) AS conversations,
                sum(e.kind < 3) AS messages, sum(e.kind = 3) AS tools
            FROM conversation c JOIN entry e ON e.conversation = c.id WHERE {of_said} GROUP BY 1),
         used AS (
            SELECT {used} AS name, sum(u.input) AS input, sum(u.output) AS output,
                sum(u.cache_read) AS cache_read, sum(u.cache_write) AS cache_write,
                sum(u.cost) AS cost
            FROM conversation c JOIN usage u ON u.conversation = c.id WHERE {of_used} GROUP BY 1)
         SELECT said.name, conversations, messages, tools, coalesce(input, 0),
            coalesce(output, 0), coalesce(cache_read, 0), coalesce(cache_write, 0),
            coalesce(cost, 0.0)
         FROM said LEFT JOIN used ON said.name IS used.name ORDER BY messages DESC, 1"
    );
    let number =
        |row: &rusqlite::Row, n| Ok::<_, rusqlite::Error>(row.get::<_, i64>(n)?.unsigned_abs());
    let mut statement = archive.db.prepare(&sql)?;
    let rows = statement.query_map(params_from_iter(values), |row| {
        Ok(Tally {
            name: row.get(0)?,
            conversations: number(row, 1)?,
            messages: number(row, 2)?,
            tools: number(row, 3)?,
            input: number(row, 4)?,
            output: number(row, 5)?,
            cache_read: number(row, 6)?,
            cache_write: number(row, 7)?,
            cost: row.get(8)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
