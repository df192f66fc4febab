//! A database of ours, opened by somebody who only reads it.

use std::path::Path;

use rusqlite::ErrorCode::CannotOpen;
use rusqlite::{Connection, OpenFlags, Result};

use segno_transcript::sqlite;

const FLAGS: OpenFlags = OpenFlags::SQLITE_OPEN_READ_ONLY
    .union(OpenFlags::SQLITE_OPEN_NO_MUTEX)
    .union(OpenFlags::SQLITE_OPEN_NOFOLLOW);

/// Opens the file, whose directory is a real path, beside whoever writes to it.
///
/// Where nothing can be written, as on a file system that is mounted so, SQLite cannot make the
/// file by which readers and writers know of each other; but there nobody else writes either.
pub fn open(file: &Path) -> Result<Connection> {
    let db = Connection::open_with_flags(file, FLAGS)?;
    db.busy_timeout(super::PATIENCE)?;
    match db.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0)) {
        Err(error) if error.sqlite_error_code() == Some(CannotOpen) => sqlite::open_immutable(file),
        read => read.map(|_| db),
    }
}
