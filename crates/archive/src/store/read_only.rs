//! A database of ours, opened by somebody who only reads it.

use std::path::Path;

use percent_encoding::{AsciiSet, CONTROLS, percent_encode};
use rusqlite::ErrorCode::CannotOpen;
use rusqlite::{Connection, OpenFlags, Result};

/// What means something in a file's URI.
const SPECIAL: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#').add(b' ');

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
        Err(error) if error.sqlite_error_code() == Some(CannotOpen) => {
            let name = percent_encode(file.as_os_str().as_encoded_bytes(), SPECIAL);
            let uri = format!("file:{name}?immutable=1");
            Connection::open_with_flags(uri, FLAGS | OpenFlags::SQLITE_OPEN_URI)
        }
        read => read.map(|_| db),
    }
}
