//! Whose files may lack their second names: what was read is committed before a file gets its own,
//! and whoever does that may be killed between, or find the disk full.

use std::collections::BTreeSet;
use std::fs;
use std::io;

use super::files;
use crate::error::{Error, Result};
use crate::store::Archive;

const FILE: &str = ".unlinked";

/// Notes it of these agents; returns those of which it was noted before. Where nothing is noted, an
/// earlier version kept less than all.
pub fn begin<'a>(
    archive: &Archive,
    agents: impl IntoIterator<Item = &'a str>,
) -> Result<BTreeSet<String>> {
    let mut all: BTreeSet<String> = agents.into_iter().map(String::from).collect();
    let before = read(archive)?.unwrap_or_else(|| all.clone());
    all.extend(before.iter().cloned());
    write(archive, &all)?;
    Ok(before)
}

/// All files of these agents have their second names.
pub fn end<'a>(archive: &Archive, agents: impl IntoIterator<Item = &'a str>) -> Result<()> {
    let mut left = read(archive)?.unwrap_or_default();
    for agent in agents {
        left.remove(agent);
    }
    write(archive, &left)
}

/// The conversations that were read last from this source.
pub fn held_in(archive: &Archive, agent: &str, source: &str) -> Result<Vec<String>> {
    let sql = "SELECT c.native FROM source s JOIN conversation c ON c.source = s.id
               WHERE s.agent = ? AND s.name = ? ORDER BY 1";
    let mut statement = archive.db.prepare_cached(sql)?;
    let rows = statement.query_map([agent, source], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn read(archive: &Archive) -> Result<Option<BTreeSet<String>>> {
    let path = archive.directory().join(FILE);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.lines().map(String::from).collect())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::file("cannot read", &path)(error)),
    }
}

fn write(archive: &Archive, agents: &BTreeSet<String>) -> Result<()> {
    let path = archive.directory().join(FILE);
    let lines: String = agents.iter().map(|agent| format!("{agent}\n")).collect();
    files::write(&path, lines.as_bytes(), files::Sync::Later)
}
