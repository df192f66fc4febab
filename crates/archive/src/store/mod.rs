//! The database's file: made, opened, locked, brought up to date, set aside when it is broken.

pub(crate) mod block;
mod damage;
pub(crate) mod directory;
mod lock;
pub mod read_only;
mod schema;
pub(crate) mod tidy;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::error::{Error, Result};

pub(crate) use damage::delete_set_aside;
pub(crate) use directory::create_private;
pub use schema::VERSION;

/// An open archive.
#[derive(Debug)]
pub struct Archive {
    pub(crate) db: Connection,
    directory: PathBuf,
    /// Held by the one process that writes.
    lock: Option<lock::Lock>,
}

/// What [`Archive::write`] found.
#[derive(Debug)]
pub struct Opened {
    pub archive: Archive,
    /// It lacks what an earlier one had.
    pub anew: Option<Anew>,
}

/// An archive that begins anew: read all sources again, with them what [`crate::originals`] has of
/// those that are no more, and what only the previous database has; then call [`Archive::rebuilt`].
#[derive(Debug)]
pub struct Anew {
    /// The database that was set aside.
    pub previous: PathBuf,
    /// It was set aside just now, and not by a process that did not get to the end.
    pub just_now: bool,
}

/// Milliseconds to wait for a lock of SQLite's own.
const PATIENCE: Duration = Duration::from_secs(5);

impl Archive {
    /// Opens the archive in this directory to write it, and makes it where there is none.
    ///
    /// One process at a time: another gets [`Error::Busy`]. An archive of a newer Segno is refused
    /// before anything is touched.
    pub fn write(directory: &Path) -> Result<Opened> {
        let directory = directory::prepare(directory)?;
        let lock = lock::Lock::take(&directory.join(".lock"))?;
        let db = match open(&directory) {
            Err(Error::Damaged(_)) => None,
            db => Some(db?),
        };
        let Some(db) = db else { return Self::begin_anew(directory, lock) };
        let mut archive = Self { db, directory, lock: Some(lock) };
        match crate::forget::finish(&mut archive) {
            Err(Error::Damaged(_)) => archive.replace(),
            done => done.map(|()| {
                let previous = damage::unfinished(&archive.directory);
                Opened {
                    archive,
                    anew: previous.map(|previous| Anew { previous, just_now: false }),
                }
            }),
        }
    }

    /// Opens it to search and read only. `None` when there is no archive yet.
    pub fn read(directory: &Path) -> Result<Option<Self>> {
        Self::read_database(&directory.join(directory::DATABASE))
    }

    /// As [`Archive::read`], of a database that was set aside.
    pub fn read_database(file: &Path) -> Result<Option<Self>> {
        if !file.try_exists().map_err(Error::file("cannot read", file))? {
            return Ok(None);
        }
        let directory = file.parent().unwrap_or(Path::new("."));
        let directory = directory.canonicalize().map_err(Error::file("cannot read", directory))?;
        let file = directory.join(file.file_name().unwrap_or_default());
        let db = read_only::open(&file)?;
        schema::check(&db)?;
        // Another process is about to make it.
        if schema::is_empty(&db)? {
            return Ok(None);
        }
        db.execute_batch("PRAGMA cache_size=-16384; PRAGMA mmap_size=2147483648;")?;
        Ok(Some(Self { db, directory, lock: None }))
    }

    /// The archive's directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whether this process is the one that writes.
    pub fn is_writer(&self) -> bool {
        self.lock.is_some()
    }

    /// Gives up on what is there: sets the database aside as a broken one, and begins anew.
    pub fn replace(self) -> Result<Opened> {
        let Self { db, directory, lock } = self;
        drop(db);
        match lock {
            Some(lock) => Self::begin_anew(directory, lock),
            None => Err(Error::Busy),
        }
    }

    /// All is there again that the previous database had.
    pub fn rebuilt(&self) -> Result<()> {
        damage::finished(&self.directory)
    }

    fn begin_anew(directory: PathBuf, lock: lock::Lock) -> Result<Opened> {
        let aside = damage::set_aside(&directory)?;
        let db = open(&directory)?;
        damage::salvage(&db, &aside);
        let archive = Self { db, directory, lock: Some(lock) };
        let previous = damage::unfinished(&archive.directory).unwrap_or(aside);
        Ok(Opened { archive, anew: Some(Anew { previous, just_now: true }) })
    }
}

fn open(directory: &Path) -> Result<Connection> {
    let file = directory.join(directory::DATABASE);
    directory::create_private(&file)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let mut db = Connection::open_with_flags(&file, flags)?;
    db.busy_timeout(PATIENCE)?;
    schema::check(&db)?;
    db.execute_batch(
        "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8192;
         PRAGMA journal_size_limit=16777216; PRAGMA temp_store=MEMORY; PRAGMA cell_size_check=ON;",
    )?;
    schema::bring_up_to_date(&mut db)?;
    schema::set_merging(&db)?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(db)
}

#[cfg(test)]
mod tests;
