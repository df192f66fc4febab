//! A broken database is set aside, never deleted.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};

use super::directory::{DATABASE, create_private};
use crate::error::{Error, Result};

/// Names the database that was set aside, from before that happens until all of it is there again.
const UNFINISHED: &str = ".rebuilding";

/// The database that was set aside by a process that did not get to the end.
pub fn unfinished(directory: &Path) -> Option<PathBuf> {
    let name = fs::read_to_string(directory.join(UNFINISHED)).ok()?;
    Some(directory.join(name.rsplit('/').next().unwrap_or_default()))
}

pub fn finished(directory: &Path) -> Result<()> {
    let marker = directory.join(UNFINISHED);
    match fs::remove_file(&marker) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done.map_err(Error::file("cannot delete", &marker)),
    }
}

/// Renames it with all that SQLite keeps beside it; where to.
pub fn set_aside(directory: &Path) -> Result<PathBuf> {
    let name = |n: usize| directory.join(format!("{DATABASE}.damaged-{n}"));
    let aside = (1..).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(0));
    // What an earlier one had is missing in this one as well.
    if !unfinished(directory).is_some_and(|first| first.exists()) {
        let marker = directory.join(UNFINISHED);
        let name = aside.file_name().unwrap_or_default().as_encoded_bytes();
        create_private(&marker)?;
        fs::write(&marker, name).map_err(Error::file("cannot write", &marker))?;
    }
    // The log first: beside a new database, an old one would be played into it.
    for ending in ["-wal", "-shm", ""] {
        let from = directory.join(format!("{DATABASE}{ending}"));
        let to = PathBuf::from(format!("{}{ending}", aside.display()));
        match fs::rename(&from, &to) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            done => done.map_err(Error::file("cannot rename", &from))?,
        }
    }
    Ok(aside)
}

/// Deletes databases that were set aside: what is forgotten may stand in them.
pub fn delete_set_aside(directory: &Path) -> Result<()> {
    let prefix = format!("{DATABASE}.damaged-");
    for entry in fs::read_dir(directory).map_err(Error::file("cannot read", directory))?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(&prefix) {
            let path = entry.path();
            fs::remove_file(&path).map_err(Error::file("cannot delete", &path))?;
        }
    }
    Ok(())
}

/// Copies what no source can say again, as far as it can be read: where conversations were held.
pub fn salvage(db: &Connection, aside: &Path) {
    let Ok(old) = Connection::open(aside) else { return };
    let Ok(mut rows) = old.prepare(
        "SELECT agent, native, time, pane, project, directory, branch, commit_id FROM context",
    ) else {
        return;
    };
    let text = |row: &rusqlite::Row, n| row.get::<_, Option<String>>(n);
    let Ok(mut rows) = rows.query([]) else { return };
    while let Ok(Some(row)) = rows.next() {
        let copied = (|| {
            db.execute(
                "INSERT OR IGNORE INTO context VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                params![
                    text(row, 0)?,
                    text(row, 1)?,
                    row.get::<_, i64>(2)?,
                    text(row, 3)?,
                    text(row, 4)?,
                    text(row, 5)?,
                    text(row, 6)?,
                    text(row, 7)?
                ],
            )
        })();
        if copied.is_err() {
            return;
        }
    }
}
