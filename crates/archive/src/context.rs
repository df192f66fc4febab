//! Where conversations were held: the pane, the project, and git's state as each turn began.

use rusqlite::{Connection, params};
use serde::Serialize;

use crate::error::Result;
use crate::store::Archive;

/// From this time on, until the next note.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Context {
    /// Milliseconds since the Unix epoch.
    pub time: i64,
    pub pane: Option<String>,
    pub project: Option<String>,
    pub directory: Option<String>,
    pub branch: Option<String>,
    pub commit: Option<String>,
}

/// Notes where a turn began. It may come before anything of the conversation was read.
pub fn note(archive: &Archive, agent: &str, conversation: &str, context: &Context) -> Result<()> {
    if crate::forget::marks(archive.directory())?.has(agent, conversation) {
        return Ok(());
    }
    archive
        .db
        .prepare_cached("INSERT OR REPLACE INTO context VALUES (?, ?, ?, ?, ?, ?, ?, ?)")?
        .execute(params![
            agent,
            conversation,
            context.time,
            context.pane,
            context.project,
            context.directory,
            context.branch,
            context.commit
        ])?;
    Ok(())
}

/// All that was noted of a conversation, in order.
pub(crate) fn of(db: &Connection, agent: &str, conversation: &str) -> Result<Vec<Context>> {
    let mut statement = db.prepare_cached(
        "SELECT time, pane, project, directory, branch, commit_id FROM context
         WHERE agent = ? AND native = ? ORDER BY time",
    )?;
    let rows = statement.query_map([agent, conversation], |row| {
        Ok(Context {
            time: row.get(0)?,
            pane: row.get(1)?,
            project: row.get(2)?,
            directory: row.get(3)?,
            branch: row.get(4)?,
            commit: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
