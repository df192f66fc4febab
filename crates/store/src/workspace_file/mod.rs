//! A versioned JSON document that must never be lost: the workspace.
//!
//! * Written whole and synced before it replaces the one before, which stays as `.bak`: at every
//!   instant at least one of the two is complete.
//! * What cannot be read is set aside as `<name>.corrupt-<n>`, and `.bak` serves.
//! * What a newer Segno wrote is neither read nor touched.
//!
//! Must not know what the document says. For one process at a time: the daemon, holding its lock.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::file::atomic;
use crate::file::foreign::{self, Refusal};
use crate::file::set_aside::set_aside;

/// The version that this Segno writes.
pub const VERSION: u64 = 1;
/// Far more than any workspace; keeps a strange file from exhausting memory.
const LIMIT: u64 = 64 << 20;
const VERSION_KEY: &str = "version";

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded<T> {
    /// `None`: there is no document, neither it nor its backup.
    pub value: Option<T>,
    /// What went wrong on the way, for the user.
    pub warnings: Vec<String>,
}

/// Why nothing can be loaded or saved. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    #[error(
        "{path:?} was written by a newer Segno (version {found}, this one knows {VERSION}): \
         use that Segno, or move the file away"
    )]
    Newer { path: PathBuf, found: u64 },
    #[error("cannot read {path:?}: {why}")]
    Read { path: PathBuf, why: String },
    #[error("cannot set {path:?} aside, which is unusable ({why}): {source}")]
    SetAside { path: PathBuf, why: String, source: io::Error },
    #[error("cannot store the workspace as JSON: {0}")]
    Encode(String),
    #[error("cannot write {path:?}: {source}")]
    Write { path: PathBuf, source: io::Error },
}

/// Where the document before the present one is.
pub fn backup_path(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".bak");
    PathBuf::from(name)
}

/// Loads the document, or its backup if it is missing or unusable.
pub fn load<T: DeserializeOwned>(path: &Path) -> Result<Loaded<T>, WorkspaceError> {
    let mut warnings = Vec::new();
    // Setting aside comes last: on an error nothing is to be changed.
    let mut unusable = Vec::new();
    let backup = backup_path(path);
    let mut value = None;
    for candidate in [path, &backup] {
        match examine::<T>(candidate)? {
            Found::Nothing => {}
            Found::Good(found) => {
                value = Some(found);
                if candidate == backup {
                    warnings.push(format!("the workspace was restored from {backup:?}"));
                }
                break;
            }
            Found::Unusable(why) => unusable.push((candidate, why)),
        }
    }
    for (candidate, why) in unusable {
        let kept = aside(candidate, &why)?;
        warnings.push(format!("{candidate:?} is unusable ({why}); it is kept as {kept:?}"));
    }
    Ok(Loaded { value, warnings })
}

/// Stores the document. On an error the stored one is as it was.
pub fn save<T: Serialize>(path: &Path, value: &T) -> Result<(), WorkspaceError> {
    let bytes = encode(value)?;
    let failed = |source| WorkspaceError::Write { path: path.to_path_buf(), source };
    let keep = match examine::<Value>(path)? {
        Found::Nothing => false,
        Found::Good(_) => true,
        // Somebody spoiled it while we ran; it must not become the backup.
        Found::Unusable(why) => {
            aside(path, &why)?;
            false
        }
    };
    // As late as can be: until the renaming, both names stand for one file, and whatever happened
    // to that would happen to both.
    let backup = || if keep { keep_as_backup(path) } else { Ok(()) };
    atomic::write_after(path, &bytes, backup).map_err(failed)
}

enum Found<T> {
    Nothing,
    Good(T),
    Unusable(String),
}

fn examine<T: DeserializeOwned>(path: &Path) -> Result<Found<T>, WorkspaceError> {
    let bytes = match foreign::read_file(path, LIMIT) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(Found::Nothing),
        // A passing trouble (too many open files, a failing disk) says nothing against the file.
        Err(Refusal::Io { kind, what }) if kind != io::ErrorKind::PermissionDenied => {
            return Err(WorkspaceError::Read { path: path.to_path_buf(), why: what });
        }
        Err(refusal) => return Ok(Found::Unusable(refusal.to_string())),
    };
    match decode(&bytes) {
        Ok(value) => Ok(Found::Good(value)),
        Err(Undecodable::Newer(found)) => {
            Err(WorkspaceError::Newer { path: path.to_path_buf(), found })
        }
        Err(Undecodable::Wrong(why)) => Ok(Found::Unusable(why)),
    }
}

enum Undecodable {
    Newer(u64),
    Wrong(String),
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Undecodable> {
    let wrong = |e: serde_json::Error| Undecodable::Wrong(e.to_string());
    let Value::Object(mut fields) = serde_json::from_slice(bytes).map_err(wrong)? else {
        return Err(Undecodable::Wrong("it is not a JSON object".into()));
    };
    match fields.shift_remove(VERSION_KEY).as_ref().and_then(Value::as_u64) {
        Some(VERSION) => serde_json::from_value(Value::Object(fields)).map_err(wrong),
        Some(found) if found > VERSION => Err(Undecodable::Newer(found)),
        _ => Err(Undecodable::Wrong("it has no valid version".into())),
    }
}

fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, WorkspaceError> {
    let failed = |e: serde_json::Error| WorkspaceError::Encode(e.to_string());
    let Value::Object(fields) = serde_json::to_value(value).map_err(failed)? else {
        return Err(WorkspaceError::Encode("it is not an object".into()));
    };
    let mut document = Map::new();
    document.insert(VERSION_KEY.into(), VERSION.into());
    document.extend(fields.into_iter().filter(|(key, _)| key != VERSION_KEY));
    let mut bytes = serde_json::to_vec_pretty(&document).map_err(failed)?;
    bytes.push(b'\n');
    // JSON can be written nested deeper than it can be read; such a document would be lost.
    match serde_json::from_slice::<Value>(&bytes) {
        Ok(_) if bytes.len() as u64 <= LIMIT => Ok(bytes),
        Ok(_) => Err(WorkspaceError::Encode("it is too large to be read again".into())),
        Err(e) => Err(WorkspaceError::Encode(format!("it could not be read again: {e}"))),
    }
}

/// Makes the present document the backup, too: by a second name for the same file, which needs
/// no space, so that a full disk does not get in the way.
fn keep_as_backup(path: &Path) -> io::Result<()> {
    let backup = backup_path(path);
    if fs::symlink_metadata(&backup).is_ok_and(|found| !found.is_file()) {
        set_aside(&backup, "corrupt")?;
    }
    let mut name = OsString::from(&backup);
    name.push(".new");
    let link = PathBuf::from(name);
    remove_if_there(&link)?;
    match fs::hard_link(path, &link) {
        Ok(()) => {
            fs::rename(&link, &backup)?;
            // Renaming does nothing, and leaves both names, when they are the same file already.
            remove_if_there(&link)
        }
        // Some file systems have no second names.
        Err(e) if e.kind() == io::ErrorKind::Unsupported || is_refused(&e) => {
            atomic::write(&backup, &fs::read(path)?)
        }
        Err(e) => Err(e),
    }
}

fn is_refused(e: &io::Error) -> bool {
    e.kind() == io::ErrorKind::PermissionDenied
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn aside(path: &Path, why: &str) -> Result<PathBuf, WorkspaceError> {
    set_aside(path, "corrupt").map_err(|source| WorkspaceError::SetAside {
        path: path.to_path_buf(),
        why: why.to_string(),
        source,
    })
}

#[cfg(test)]
mod tests;
