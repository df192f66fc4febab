//! Puts back what an agent has deleted.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::files;
use crate::error::{Error, Result};
use crate::read::Reveal;
use crate::store::Archive;

/// What was put back, or must be given to the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Restored {
    /// Nothing had to be done: the agent still has it.
    There { path: PathBuf },
    /// The file is back in its place.
    File { path: PathBuf },
    /// The agent's import command must read this file, [`super::unpack`]ed.
    Import { agent: String, conversation: String, export: PathBuf },
    /// The agent's import command has read it.
    Imported { agent: String },
}

/// Puts the files of a conversation back where the agent had them. What is there is never
/// overwritten: the same, or a newer version, is left alone.
pub fn restore(archive: &Archive, id: &str) -> Result<Vec<Restored>> {
    let row = crate::read::resolve(&archive.db, id)?;
    let conversation = crate::read::conversation(&archive.db, row, Reveal::No)?;
    let mut restored = Vec::new();
    for original in super::all(archive)? {
        let origin = &original.origin;
        if origin.agent != conversation.agent || !origin.conversations.contains(&conversation.id) {
            continue;
        }
        if let Some(path) = &origin.path {
            restored.extend(beside(&original.kept, path)?);
        }
        restored.push(match &origin.path {
            Some(path) => put_back(&original.kept, path)?,
            None => Restored::Import {
                agent: origin.agent.clone(),
                conversation: conversation.id.clone(),
                export: original.kept,
            },
        });
    }
    match restored.is_empty() {
        true => Err(Error::Unknown(format!("{id} (its agent's file was not kept)"))),
        false => Ok(restored),
    }
}

/// Puts back what belongs to a file; nothing is said of what is there.
fn beside(kept: &Path, path: &Path) -> Result<Vec<Restored>> {
    let home = kept.parent().unwrap_or(kept);
    let (mut restored, mut left) = (Vec::new(), vec![home.to_path_buf()]);
    while let Some(directory) = left.pop() {
        let failed = || Error::file("cannot read", &directory);
        for entry in fs::read_dir(&directory).map_err(failed())? {
            let entry = entry.map_err(failed())?;
            let (kind, from) = (entry.file_type().map_err(failed())?, entry.path());
            let name = from.strip_prefix(home).unwrap_or(&from);
            if kind.is_dir() {
                left.push(from);
            } else if !super::is_ours(name)
                && let put @ Restored::File { .. } = put_back(&from, &path.with_file_name(name))?
            {
                restored.push(put);
            }
        }
    }
    Ok(restored)
}

fn put_back(kept: &Path, path: &Path) -> Result<Restored> {
    let refused = |why| Error::Refused { path: path.into(), why };
    if !path.is_absolute() || path.components().any(|part| part.as_os_str() == "..") {
        return Err(refused("is not a file's full path"));
    }
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => return Ok(Restored::There { path: path.into() }),
        Ok(_) => return Err(refused("is there, and is not an ordinary file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(Error::file("cannot read", path)(error)),
    }
    let directory = path.parent().ok_or_else(|| refused("has no directory"))?;
    fs::create_dir_all(directory).map_err(Error::file("cannot make", directory))?;
    let mut file = files::open_plain(kept)?;
    let metadata = file.metadata().map_err(Error::file("cannot read", kept))?;
    // A copy, so that the agent's next deletion or rewriting leaves the kept one alone. It gets its
    // name only when it is whole, and only if nobody has made a file of that name meanwhile.
    let failed = || Error::file("cannot write", path);
    let mut copy = tempfile::NamedTempFile::new_in(directory).map_err(failed())?;
    io::copy(&mut file.by_ref(), &mut copy)
        .and_then(|_| copy.as_file().set_modified(metadata.modified()?))
        .and_then(|()| copy.as_file().sync_all())
        .map_err(failed())?;
    match copy.persist_noclobber(path) {
        Ok(_) => Ok(Restored::File { path: path.into() }),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            Ok(Restored::There { path: path.into() })
        }
        Err(error) => Err(failed()(error.error)),
    }
}
