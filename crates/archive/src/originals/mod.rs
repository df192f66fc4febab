//! Second names of the agents' own files, so that a conversation outlives its transcript.
//!
//! Each source file has a directory below `originals/<agent>/`, named by the hash of its path:
//!
//! * `origin.json` says which file it is of, and which conversations are in it;
//! * `now` is a hard link of it, or a copy where there can be none;
//! * `before.zst` is the version before, when the file was replaced or has shrunk;
//! * files that belong to it, in its directory or below, stand here under their own names.
//!
//! A hard link costs nothing and grows with the file. What an agent writes anew (a rename over the
//! old one) leaves the old version at the link; what it truncates in place is lost to a link, which
//! is why `before.zst` is kept from a copy only. A database's conversations are kept as what the
//! agent's own export printed, compressed; `failed` is the version at which that failed.

pub(crate) mod files;
mod restore;
mod unfinished;

pub use restore::{Restored, restore};
pub use unfinished::{begin, end, held_in};

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::forget::Marks;
use crate::store::{Archive, directory};
use files::Kept;

const NOW: &str = "now";
const BEFORE: &str = "before.zst";
const ORIGIN: &str = "origin.json";
const FAILED: &str = "failed";

/// What a second name is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    pub agent: String,
    /// The agent's own file; none for what was exported.
    pub path: Option<PathBuf>,
    /// The agent's ids of the conversations in it.
    pub conversations: Vec<String>,
    /// Of what was exported: what it was like then, in the agent's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// An original that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    pub origin: Origin,
    /// Where it is kept.
    pub kept: PathBuf,
}

/// How it was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// It is kept as it is by now already.
    Unchanged,
    Linked,
    Copied,
    Exported,
}

/// Has all that was kept until now written to the disk.
pub fn sync(archive: &Archive) -> Result<()> {
    files::sync(archive.directory())
}

/// Keeps this file of an agent; [`sync`] is to be called at the end if any was not
/// [`How::Unchanged`]. It must be an ordinary one, not reached through a link.
pub fn keep(
    archive: &Archive,
    marks: &Marks,
    agent: &str,
    path: &Path,
    conversations: &[String],
) -> Result<How> {
    let left = conversations.iter().filter(|id| !marks.has(agent, id)).cloned();
    let left: Vec<String> = left.collect();
    // A file is forgotten with the last of its conversations.
    if left.is_empty() && !conversations.is_empty() {
        return Ok(How::Unchanged);
    }
    let home = place(archive, agent, path.as_os_str().as_encoded_bytes())?;
    let origin =
        Origin { agent: agent.into(), path: Some(path.into()), conversations: left, version: None };
    // What is kept already would be lost with its origin, and may turn out to be unchanged.
    let sync = if home.join(NOW).exists() { files::Sync::Now } else { files::Sync::Later };
    write_origin(&home, &origin, sync)?;
    files::keep(path, &home.join(NOW), &home.join(BEFORE)).map(How::from)
}

impl From<Kept> for How {
    fn from(kept: Kept) -> How {
        match kept {
            Kept::Already => How::Unchanged,
            Kept::Linked => How::Linked,
            Kept::Copied => How::Copied,
        }
    }
}

/// Keeps a file that belongs to one that is kept, and stands beside or below it: under the same
/// name beside the second name.
pub fn keep_beside(archive: &Archive, agent: &str, path: &Path, beside: &Path) -> Result<How> {
    let refused = |why| Error::Refused { path: beside.into(), why };
    let directory = path.parent().unwrap_or(Path::new("/"));
    let name = beside.strip_prefix(directory).map_err(|_| refused("is elsewhere"))?;
    let plain = name.components().all(|part| matches!(part, Component::Normal(_)));
    if !plain || is_ours(name) {
        return Err(refused("has a name that cannot be kept"));
    }
    let home = home(archive, agent, path.as_os_str().as_encoded_bytes());
    // It is forgotten with the file that it belongs to.
    if !home.join(NOW).exists() {
        return Ok(How::Unchanged);
    }
    let kept = home.join(name);
    directory::make_private(kept.parent().unwrap_or(directory))?;
    let before = PathBuf::from(format!("{}.{BEFORE}", kept.display()));
    files::keep(beside, &kept, &before).map(How::from)
}

/// Whether it is no file of an agent's.
fn is_ours(name: &Path) -> bool {
    let own = [NOW, BEFORE, ORIGIN, FAILED];
    let text = name.to_string_lossy();
    // What has not got its name yet begins with a dot.
    let is_begun = text.split('/').any(|part| part.starts_with('.'));
    own.contains(&&*text) || is_begun || text.ends_with(&format!(".{BEFORE}"))
}

/// Whether an export of a conversation as it is now is to be kept.
pub fn wants_export(
    archive: &Archive,
    marks: &Marks,
    agent: &str,
    conversation: &str,
    version: &str,
) -> bool {
    let known = exported(archive, agent, conversation);
    known.is_none_or(|known| known.version.as_deref() != Some(version))
        && !marks.has(agent, conversation)
}

/// Whether exporting a conversation has failed when it was as it is now.
pub fn has_failed(archive: &Archive, agent: &str, conversation: &str, version: &str) -> bool {
    let home = home(archive, agent, &of_export(conversation));
    fs::read(home.join(FAILED)).is_ok_and(|failed| failed == version.as_bytes())
}

/// Notes that exporting a conversation has failed at this version.
pub fn note_failed(
    archive: &Archive,
    agent: &str,
    conversation: &str,
    version: &str,
) -> Result<()> {
    let home = place(archive, agent, &of_export(conversation))?;
    files::write(&home.join(FAILED), version.as_bytes(), files::Sync::Later)
}

/// Whether nothing was said in a conversation since then, in milliseconds since the Unix epoch.
pub fn is_at_rest(archive: &Archive, agent: &str, conversation: &str, since: i64) -> Result<bool> {
    let sql = "SELECT count(*) FROM conversation WHERE agent = ? AND native = ? AND updated > ?";
    let busy: i64 = archive
        .db
        .prepare_cached(sql)?
        .query_row((agent, conversation, since), |row| row.get(0))?;
    Ok(busy == 0)
}

/// Whether any export of it is kept.
pub fn has_export(archive: &Archive, agent: &str, conversation: &str) -> bool {
    exported(archive, agent, conversation).is_some()
}

fn exported(archive: &Archive, agent: &str, conversation: &str) -> Option<Origin> {
    let home = home(archive, agent, &of_export(conversation));
    let text = fs::read(home.join(ORIGIN)).ok()?;
    let origin = serde_json::from_slice(&text).ok()?;
    home.join(NOW).exists().then_some(origin)
}

/// Keeps what an agent's export command printed of a conversation that was then at this version.
pub fn keep_export(
    archive: &Archive,
    marks: &Marks,
    agent: &str,
    conversation: &str,
    version: &str,
    export: impl io::Read,
) -> Result<How> {
    if marks.has(agent, conversation) {
        return Ok(How::Unchanged);
    }
    let home = place(archive, agent, &of_export(conversation))?;
    // The export comes first: of an origin without it nothing is known.
    files::pack(export, &home.join(NOW))?;
    let conversations = vec![conversation.to_owned()];
    let (agent, version) = (agent.into(), Some(version.to_owned()));
    write_origin(&home, &Origin { agent, path: None, conversations, version }, files::Sync::Now)?;
    let failed = home.join(FAILED);
    removed(&failed, fs::remove_file(&failed))?;
    Ok(How::Exported)
}

/// Unpacks a kept export.
pub fn unpack(export: &Path, to: impl io::Write) -> Result<()> {
    let packed = files::open_plain(export)?;
    zstd::stream::copy_decode(packed, to).map_err(Error::file("cannot read", export))
}

fn of_export(conversation: &str) -> Vec<u8> {
    [b"export\0", conversation.as_bytes()].concat()
}

/// All originals, to be read again when the database is built anew: first of all those whose
/// `path` is no more.
pub fn all(archive: &Archive) -> Result<Vec<Original>> {
    let mut found = Vec::new();
    for agent in subdirectories(&archive.directory().join("originals"))? {
        for home in subdirectories(&agent)? {
            // One that was not finished is of no use, and the next run makes it again.
            let Ok(text) = fs::read(home.join(ORIGIN)) else { continue };
            let Ok(origin) = serde_json::from_slice(&text) else { continue };
            found.push(Original { origin, kept: home.join(NOW) });
        }
    }
    Ok(found)
}

/// Drops what is kept of a conversation; a file with others in it stays until all are dropped.
pub(crate) fn drop_all(archive: &Archive, row: i64) -> Result<()> {
    let (agent, native): (String, String) = archive.db.query_row(
        "SELECT agent, native FROM conversation WHERE id = ?",
        [row],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    for mut original in all(archive)? {
        let ids = &mut original.origin.conversations;
        if original.origin.agent != agent || !ids.contains(&native) {
            continue;
        }
        let home = original.kept.parent().unwrap_or(&original.kept);
        ids.retain(|id| *id != native);
        match ids.is_empty() {
            true => removed(home, fs::remove_dir_all(home))?,
            false => write_origin(home, &original.origin, files::Sync::Now)?,
        }
    }
    // Of one that only failed to be exported there is no origin.
    let home = home(archive, &agent, &of_export(&native));
    removed(&home, fs::remove_dir_all(&home))
}

/// What is not there need not be deleted.
fn removed(path: &Path, result: io::Result<()>) -> Result<()> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::file("cannot delete", path)(error))
        }
        _ => Ok(()),
    }
}

fn subdirectories(directory: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(Error::file("cannot read", directory))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(Error::file("cannot read", directory))?;
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// The directory for this source, made where it is missing.
fn place(archive: &Archive, agent: &str, source: &[u8]) -> Result<PathBuf> {
    let home = home(archive, agent, source);
    directory::make_private(&home)?;
    Ok(home)
}

fn home(archive: &Archive, agent: &str, source: &[u8]) -> PathBuf {
    // An agent's type is a plain name; whatever else comes must not lead elsewhere.
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let agent: String = agent.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    let hash = Sha256::digest(source);
    let name: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    archive.directory().join("originals").join(agent).join(name)
}

fn write_origin(home: &Path, origin: &Origin, sync: files::Sync) -> Result<()> {
    let text = serde_json::to_vec_pretty(origin).unwrap_or_default();
    let path = home.join(ORIGIN);
    if fs::read(&path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    files::write(&path, &text, sync)
}

#[cfg(test)]
mod tests;
