//! The database's format, and how one becomes the next.

use rusqlite::{Connection, OptionalExtension};

use crate::error::{Error, Result};

/// Of the format of new archives.
pub const VERSION: i64 = 3;

/// An archive that is there already is brought to this one. It is read and written like a new one,
/// and is larger: all of it had to be indexed again to become one.
const KEPT: i64 = 2;

/// "Sgno": says that the file is an archive.
const APPLICATION: i64 = 0x5367_6E6F;

/// What makes a database of format *n* one of *n + 1*, from the first on.
const STEPS: [&str; VERSION as usize] =
    [include_str!("schema.sql"), include_str!("changed.sql"), include_str!("words.sql")];

/// Refuses what a newer Segno wrote, and what is no archive. Only reads.
pub fn check(db: &Connection) -> Result<()> {
    let number = |name| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application, found) = (number("application_id")?, number("user_version")?);
    match (application, found) {
        (0, 0) => Ok(()),
        (APPLICATION, found) if found <= VERSION => Ok(()),
        (APPLICATION, found) => Err(Error::Newer { found, known: VERSION }),
        _ => Err(Error::Damaged("not an archive".into())),
    }
}

/// Whether nothing was made in it yet.
pub fn is_empty(db: &Connection) -> Result<bool> {
    Ok(db.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))? == 0)
}

/// The index is merged by [`super::tidy`] alone, as time allows: while much is read, what was
/// written a moment ago would be written again and again. Only where very many pieces wait are
/// they merged at once.
const MERGING: [(&str, i64); 2] = [("automerge", 0), ("crisismerge", 256)];

/// Sets how the index merges.
pub fn set_merging(db: &Connection) -> Result<()> {
    for (name, value) in MERGING {
        let select = "SELECT v FROM words_config WHERE k = ?";
        let now: Option<i64> =
            db.prepare(select)?.query_row([name], |row| row.get(0)).optional()?;
        if now != Some(value) {
            db.execute(
                "INSERT INTO words (words, rank) VALUES (?, ?)",
                rusqlite::params![name, value],
            )?;
        }
    }
    Ok(())
}

/// Takes all steps that are missing, all or none.
pub fn bring_up_to_date(db: &mut Connection) -> Result<()> {
    let transaction = db.transaction()?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let last = if found == 0 { VERSION } else { KEPT };
    if found >= last {
        return Ok(());
    }
    let number = |version| usize::try_from(version).unwrap_or(0);
    for step in &STEPS[number(found)..number(last)] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", last)?;
    Ok(transaction.commit()?)
}
