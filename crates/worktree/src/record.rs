//! What is remembered of each worktree that Segno made: one JSON file each, written before anything
//! is made, so that a killed start can be undone.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::copy::Stamp;
use crate::error::{Error, io as failed};
use crate::{Context, ports::Ports};
use segno_base::system::lock_file::LockFile;
use segno_base::text::path_text;
use segno_store::file::atomic;
use segno_store::home;

/// A worktree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Names it among all; letters and digits.
    pub id: String,
    pub state: State,
    /// Which system it belongs to, as `defaults/worktrees/kinds.toml` names it.
    pub kind: String,
    /// What all worktrees of its repository share; for a copy, what it is one of.
    #[serde(with = "path_text")]
    pub repository: PathBuf,
    #[serde(with = "path_text")]
    pub path: PathBuf,
    /// How the user calls it.
    pub name: String,
    pub branch: Option<String>,
    /// Whether the branch was made for it, and may go with it.
    pub made_branch: bool,
    /// What it branched off, as git calls it: `origin/main`.
    pub base: Option<String>,
    /// The commit of that, then.
    pub base_commit: Option<String>,
    pub ports: Option<Ports>,
    /// The id of the one that it belongs to: a task in several repositories.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub also_of: Option<String>,
    /// Seconds since the Unix epoch.
    pub created: u64,
}

/// What the names of all variables of a worktree begin with, and the one of its directory.
pub const DIRECTORY_VARIABLE: &str = "SEGNO_WORKTREE";

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Being made; with nobody at it, the start was killed.
    Starting,
    Ready,
}

/// Files that were copied in, by their path in the worktree, and how they looked then.
pub type Copies = BTreeMap<String, Stamp>;

/// No record of ours is larger, in bytes; a hostile one is not read.
const RECORD_MAX: u64 = 64 << 10;
/// The same for the list of what was copied.
const COPIES_MAX: u64 = 256 << 20;

/// Makes sure that the directories of records are there.
pub(crate) fn prepare(context: &Context) -> Result<(), Error> {
    let own =
        |path: &Path| home::own_directory(path).map_err(|error| Error::Refused(error.to_string()));
    own(&context.records())
}

/// Held while places and ports are given out. Others wait for a moment.
pub(crate) fn lock(context: &Context) -> Result<LockFile, Error> {
    prepare(context)?;
    let path = context.records().join(".lock");
    LockFile::acquire(&path).map_err(failed("lock", &path))
}

/// Claims a worktree until dropped. Refused while another process holds it.
pub(crate) fn claim(context: &Context, id: &str) -> Result<LockFile, Error> {
    try_claim(context, id)?
        .ok_or_else(|| Error::refused("another segno is busy with it; try again when it is done"))
}

/// The same; `None` while another process is at it.
pub(crate) fn try_claim(context: &Context, id: &str) -> Result<Option<LockFile>, Error> {
    prepare(context)?;
    let path = context.records().join(format!(".{id}.lock"));
    LockFile::try_acquire(&path).map_err(failed("lock", &path))
}

/// Removes the file by which it is claimed, when there is nothing more to claim.
pub(crate) fn forget_lock(context: &Context, id: &str) {
    let _ = fs::remove_file(context.records().join(format!(".{id}.lock")));
}

fn file(context: &Context, id: &str) -> PathBuf {
    context.records().join(format!("{id}.json"))
}

fn copies_file(context: &Context, id: &str) -> PathBuf {
    context.records().join(format!("{id}.copies"))
}

/// A name for a new one.
pub(crate) fn new_id() -> String {
    use std::hash::{BuildHasher, Hasher};
    // Seeded by the system's random numbers.
    let random = std::hash::RandomState::new().build_hasher().finish();
    format!("w{:012x}", random & 0xffff_ffff_ffff)
}

/// Whether it may be part of a path.
pub(crate) fn is_id(id: &str) -> bool {
    (2..=40).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

impl Record {
    /// Writes it, so that it survives a crash from now on.
    pub(crate) fn store(&self, context: &Context) -> Result<(), Error> {
        prepare(context)?;
        let path = file(context, &self.id);
        let text = serde_json::to_vec_pretty(self).map_err(io::Error::other);
        text.and_then(|text| atomic::write(&path, &text)).map_err(failed("write", &path))
    }

    /// What was copied in.
    pub fn copies(&self, context: &Context) -> Copies {
        let bytes = bounded(&copies_file(context, &self.id), COPIES_MAX);
        // Without the list everything counts as not copied, which is the safe side.
        bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Writes down what was copied in.
    pub(crate) fn store_copies(&self, context: &Context, copies: &Copies) -> Result<(), Error> {
        let path = copies_file(context, &self.id);
        let text = serde_json::to_vec(copies).map_err(io::Error::other);
        text.and_then(|text| atomic::write(&path, &text)).map_err(failed("write", &path))
    }

    /// The environment of programs in it: which one it is, and what it has.
    /// `all` are the records that there are.
    pub fn variables(&self, all: &[Record]) -> Vec<(&'static str, OsString)> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default().into();
        let mut variables = vec![
            (DIRECTORY_VARIABLE, self.path.clone().into()),
            ("SEGNO_WORKTREE_NAME", self.name.clone().into()),
            ("SEGNO_WORKTREE_REPOSITORY", self.repository.clone().into()),
            ("SEGNO_WORKTREE_BRANCH", text(&self.branch)),
            ("SEGNO_WORKTREE_BASE", text(&self.base)),
        ];
        if let Some(ports) = self.ports {
            variables.push(("SEGNO_WORKTREE_PORT", ports.first.to_string().into()));
            let range = format!("{}-{}", ports.first, ports.last());
            variables.push(("SEGNO_WORKTREE_PORTS", range.into()));
        }
        let others = all.iter().filter(|other| other.also_of.as_ref() == Some(&self.id));
        let others: Vec<&PathBuf> = others.map(|other| &other.path).collect();
        // A colon in a name would look like one between two.
        if let Some(also) = std::env::join_paths(others).ok().filter(|also| !also.is_empty()) {
            variables.push(("SEGNO_WORKTREE_ALSO", also));
        }
        variables
    }

    /// Forgets it.
    pub(crate) fn forget(&self, context: &Context) -> Result<(), Error> {
        for path in [copies_file(context, &self.id), file(context, &self.id)] {
            crate::copy::remove(&path).map_err(failed("remove", &path))?;
        }
        forget_lock(context, &self.id);
        Ok(())
    }
}

/// All records, oldest first. What cannot be read is left out.
pub fn all(context: &Context) -> Vec<Record> {
    let entries = fs::read_dir(context.records()).into_iter().flatten().flatten();
    let mut all: Vec<Record> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let id = name.strip_suffix(".json").filter(|id| is_id(id))?;
            let record: Record =
                serde_json::from_slice(&bounded(&entry.path(), RECORD_MAX)?).ok()?;
            (record.id == id).then_some(record)
        })
        .collect();
    all.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
    all
}

/// The record of a worktree by where it is.
pub fn at(context: &Context, path: &Path) -> Option<Record> {
    let real = |path: &Path| path.canonicalize().unwrap_or(path.to_path_buf());
    let path = real(path);
    all(context).into_iter().find(|record| real(&record.path) == path)
}

/// The record of the worktree that a directory is in.
pub fn around<'r>(all: &'r [Record], directory: &Path) -> Option<&'r Record> {
    let directory = directory.canonicalize().ok()?;
    let real = |record: &Record| record.path.canonicalize().unwrap_or(record.path.clone());
    let around = all.iter().filter(|record| directory.starts_with(real(record)));
    // The innermost one.
    around.max_by_key(|record| record.path.as_os_str().len())
}

/// A regular file's content, unless it is too large.
pub(crate) fn bounded(path: &Path, max: u64) -> Option<Vec<u8>> {
    segno_store::file::foreign::read_file(path, max).ok().flatten()
}
