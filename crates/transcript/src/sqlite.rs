//! SQLite databases that are opened only to be read, without leaving a trace beside them.

use std::ffi::c_int;
use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::{AsciiSet, CONTROLS, percent_encode};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Result};

/// How many steps of SQLite's machine pass between two looks at the time.
const STEPS: c_int = 10_000;
/// How long another process's lock is waited for.
const LOCK: Duration = Duration::from_millis(500);
/// What means something in a file's URI.
const SPECIAL: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#').add(b' ');

/// Opens another program's database beside its writer. What it is asked later fails once `is_late`
/// says so.
pub fn open_foreign(
    path: &Path,
    is_late: impl FnMut() -> bool + Send + 'static,
) -> Result<Connection> {
    // Without a log beside it nobody writes to it, and reading it would make SQLite create one.
    // With a log, what stands there belongs to it.
    let log = ["-wal", "-journal"].iter().any(|ending| beside(path, ending).exists());
    let how = if log { "mode=ro" } else { "mode=ro&immutable=1" };
    let connection = open_uri(path, how, OpenFlags::empty())?;
    connection.busy_timeout(LOCK)?;
    connection.progress_handler(STEPS, Some(is_late));
    // Its views and triggers were written by somebody else.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    Ok(connection)
}

/// Opens a database that nobody can write to, as on a file system that is mounted so. No part of
/// the path may be a link.
pub fn open_immutable(path: &Path) -> Result<Connection> {
    open_uri(path, "immutable=1", OpenFlags::SQLITE_OPEN_NOFOLLOW)
}

fn open_uri(path: &Path, how: &str, more: OpenFlags) -> Result<Connection> {
    let path = percent_encode(path.as_os_str().as_encoded_bytes(), SPECIAL);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(format!("file:{path}?{how}"), flags | more)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_os_string();
    name.push(ending);
    name.into()
}
