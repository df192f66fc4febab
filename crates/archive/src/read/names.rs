//! What there is to choose from when a search is narrowed.

use crate::error::Result;
use crate::store::Archive;

/// Of each kind at most so many.
const MOST: usize = 200;
/// Tools are counted in so many of the newest calls: counting all would take long.
const CALLS: usize = 20_000;

/// Values of filters, the most frequent first; of directories and branches those that were used
/// last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    pub agents: Vec<String>,
    pub directories: Vec<String>,
    pub branches: Vec<String>,
    pub tools: Vec<String>,
    pub models: Vec<String>,
}

/// Reads them.
pub fn names(archive: &Archive) -> Result<Names> {
    let list = |sql: String| -> Result<Vec<String>> {
        let mut statement = archive.db.prepare(&sql)?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    };
    let column = |name: &str, order: &str| {
        list(format!(
            "SELECT {name} FROM conversation WHERE {name} <> '' GROUP BY 1
             ORDER BY {order} DESC, 1 LIMIT {MOST}"
        ))
    };
    Ok(Names {
        agents: column("agent", "count(*)")?,
        directories: column("directory", "max(coalesce(updated, created, 0))")?,
        branches: list(format!(
            "SELECT branch FROM
             (SELECT branch, time FROM context UNION ALL
              SELECT branch, coalesce(updated, created, 0) FROM conversation)
             WHERE branch <> '' GROUP BY 1 ORDER BY max(time) DESC, 1 LIMIT {MOST}"
        ))?,
        tools: list(format!(
            "SELECT n.text FROM
             (SELECT name FROM entry WHERE kind = 3 ORDER BY id DESC LIMIT {CALLS}) e
             JOIN name n ON n.id = e.name GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {MOST}"
        ))?,
        models: column("model", "count(*)")?,
    })
}
