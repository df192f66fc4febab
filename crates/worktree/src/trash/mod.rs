//! What is removed goes here, in whole: the working tree with everything that git ignores or does
//! not know, git's own part of the worktree (index, reflog, what was under way, submodules), and a
//! commit that holds on to all that only the worktree held on to. For 30 days it can be brought
//! back as it was.
//!
//! ```text
//! trash/worktrees/<id>/entry.json   what it is and how far it is
//!                      tree/        the working tree
//!                      admin/       git's own part
//! ```
//!
//! Each step can be done again: a killed removal is finished by whoever comes by next.

mod hold;
mod restore;

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::io as failed;
use crate::git::Git;
use crate::record::{self, Copies, Record};
use crate::step::step;
use crate::{Context, Error, copy, kinds, recover, repository};
use segno_base::text::path_text;
use segno_store::file::atomic;
use segno_store::home;

pub use restore::restore;

/// How long it is kept, in seconds.
pub const KEPT_S: u64 = 30 * 24 * 60 * 60;

/// Something in the trash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub id: String,
    pub state: State,
    pub reason: Reason,
    /// As it was; for worktrees that others made, as far as it is known.
    pub record: Record,
    /// Seconds since the Unix epoch.
    pub removed: u64,
    /// What was checked out.
    pub commit: Option<String>,
    /// The commit that holds on to everything.
    pub held: Option<String>,
    /// Whether the branch is taken away with it.
    pub drop_branch: bool,
    /// Where the branch was then.
    pub branch_commit: Option<String>,
    /// The name of git's own part.
    #[serde(with = "path_text::optional")]
    pub admin: Option<PathBuf>,
    /// What another system calls that it has forgotten it; reverted when it comes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forgotten: Option<String>,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// On its way into the trash.
    Moving,
    Kept,
    /// On its way back.
    Restoring,
}

/// Why it was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    Finished,
    Pruned,
    /// Its start was killed.
    Unfinished,
}

/// No entry of ours is larger, in bytes.
const ENTRY_MAX: u64 = 128 << 10;

impl Entry {
    fn dir(&self, context: &Context) -> PathBuf {
        context.home.worktrees_trash_dir().join(&self.id)
    }

    fn tree(&self, context: &Context) -> PathBuf {
        self.dir(context).join("tree")
    }

    fn admin_copy(&self, context: &Context) -> PathBuf {
        self.dir(context).join("admin")
    }

    /// Beside the worktree, where nothing else is called so: taken out of people's way first.
    fn aside(&self) -> PathBuf {
        aside(&self.record.path, &self.id)
    }

    fn store(&self, context: &Context) -> Result<(), Error> {
        let path = self.dir(context).join("entry.json");
        let text = serde_json::to_vec_pretty(self).map_err(io::Error::other);
        text.and_then(|text| atomic::write(&path, &text)).map_err(failed("write", &path))
    }

    fn reference(&self) -> String {
        format!("refs/segno/trash/{}", self.id)
    }
}

fn aside(path: &Path, id: &str) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".segno-{id}"));
    path.with_file_name(name)
}

/// Puts a worktree into the trash. The caller has looked at the losses and holds the claim; `seen`
/// is the commit that was checked out then.
pub(crate) fn put(
    context: &Context,
    record: &Record,
    now: u64,
    reason: Reason,
    seen: Option<&str>,
) -> Result<Entry, Error> {
    for dir in [context.home.path().join("trash"), context.home.worktrees_trash_dir()] {
        home::own_directory(&dir).map_err(|error| Error::Refused(error.to_string()))?;
    }
    let is_git = record.kind == kinds::GIT;
    let admin = if is_git { repository::admin_dir(&record.path) } else { None };
    if is_git && admin.is_none() {
        let why = format!("{} is no worktree of its own; go to one", record.path.display());
        return Err(Error::Refused(why));
    }
    let mut entry = Entry {
        id: record.id.clone(),
        state: State::Moving,
        reason,
        record: record.clone(),
        removed: now,
        commit: None,
        held: None,
        drop_branch: record.made_branch && reason != Reason::Unfinished,
        branch_commit: None,
        admin,
        forgotten: None,
    };
    let dir = entry.dir(context);
    home::own_directory(&dir).map_err(|error| Error::Refused(error.to_string()))?;
    // Not from its start on: whoever worked in an unfinished one may have done so a month later,
    // and has a month to find it again.
    if let (Reason::Unfinished, Ok(metadata)) = (reason, fs::metadata(&dir)) {
        entry.removed = now.max(u64::try_from(metadata.mtime()).unwrap_or(0));
    }
    // What only lives as long as the worktree is held before anything is moved.
    if is_git && let Err(error) = hold::hold(context, &mut entry) {
        let _ = fs::remove_dir_all(&dir);
        return Err(error);
    }
    if is_git && seen.is_some() && entry.commit.as_deref() != seen {
        // Nobody has merged that one.
        abandon(context, &entry);
        return Err(Error::refused("it has another commit than a moment ago; try again"));
    }
    step("trash: held");
    // The record goes with it, and comes back with it.
    let copies = serde_json::to_vec(&record.copies(context)).unwrap_or_default();
    let path = dir.join("copies");
    atomic::write(&path, &copies).map_err(failed("write", &path))?;
    entry.store(context)?;
    step("trash: written");
    proceed(context, &mut entry)?;
    Ok(entry)
}

/// Has another system forget it while its files are still in their place: what the system has there
/// for itself goes along.
fn forget(context: &Context, entry: &mut Entry) -> Result<(), Error> {
    let Some(kind) = kinds::named(&entry.record.kind).filter(|kind| kind.name != kinds::GIT) else {
        return Ok(());
    };
    if entry.forgotten.is_some() {
        return Ok(());
    }
    let Record { name, repository, .. } = &entry.record;
    kinds::run(&kind, &kind.forget, repository, &[("{name}", name)])?;
    step("trash: forgotten");
    entry.forgotten = kind.forgotten(repository, name);
    entry.store(context)
}

/// From wherever it stands to the trash.
fn proceed(context: &Context, entry: &mut Entry) -> Result<(), Error> {
    let (aside, tree) = (entry.aside(), entry.tree(context));
    let exists = |path: &Path| fs::symlink_metadata(path).is_ok();
    if let Err(error) = forget(context, entry) {
        if !exists(&aside) && !exists(&tree) {
            abandon(context, entry);
        }
        return Err(error);
    }
    if !exists(&aside) && !exists(&tree) {
        let path = &entry.record.path;
        if let Err(error) = copy::rename(path, &aside) {
            // Nothing has been moved, so nothing has happened.
            abandon(context, entry);
            return Err(failed("move", path)(error));
        }
    }
    step("trash: aside");
    if exists(&aside) {
        let half = entry.dir(context).join("half");
        let mut carried = exists(&tree);
        if !carried {
            match copy::carry(&aside, &tree, &half, &|_| Ok(())) {
                Ok(gone) => carried = !gone,
                Err(error) => {
                    // The disk may be full: it goes back to where it was, and nothing has happened.
                    let path = &entry.record.path;
                    if !exists(&tree) && !exists(path) && copy::rename(&aside, path).is_ok() {
                        abandon(context, entry);
                    }
                    return Err(failed("keep", path)(error));
                }
            }
        }
        if carried {
            copy::remove_copied(&aside, &tree).map_err(failed("remove", &aside))?;
        }
    }
    step("trash: tree");
    if let Some(admin) = entry.admin.clone() {
        let kept = entry.admin_copy(context);
        if exists(&admin) {
            let half = entry.dir(context).join("half");
            let carried = exists(&kept)
                || !copy::carry(&admin, &kept, &half, &|_| Ok(()))
                    .map_err(failed("keep", &admin))?;
            if carried {
                copy::remove_copied(&admin, &kept).map_err(failed("remove", &admin))?;
            }
        }
        step("trash: admin");
        if entry.drop_branch
            && let (Some(branch), Some(commit)) = (&entry.record.branch, &entry.branch_commit)
        {
            // Git compares: a branch that has moved since stays.
            let name = format!("refs/heads/{branch}");
            let git = Git::work(context, &entry.record.repository);
            git.call(["update-ref", "-d", &name, commit]).run()?;
        }
        step("trash: branch");
        if let Some(parent) = admin.parent() {
            let _ = fs::remove_dir(parent);
        }
    }
    entry.state = State::Kept;
    entry.store(context)?;
    step("trash: kept");
    recover::drop_parent(context, &entry.record.path);
    entry.record.forget(context)
}

/// Reverts what was prepared.
fn abandon(context: &Context, entry: &Entry) {
    release(context, entry);
    if entry.forgotten.is_some() {
        let _ = restore::remember(entry);
    }
    let _ = fs::remove_dir_all(entry.dir(context));
}

fn release(context: &Context, entry: &Entry) {
    if entry.held.is_some() {
        let git = Git::work(context, &entry.record.repository);
        let _ = git.call(["update-ref", "-d", &entry.reference()]).run();
    }
}

/// Everything in the trash, newest last. What cannot be read is left out, and left alone.
pub fn all(context: &Context) -> Vec<Entry> {
    let entries = fs::read_dir(context.home.worktrees_trash_dir()).into_iter().flatten().flatten();
    let mut all: Vec<Entry> = entries
        .filter_map(|file| {
            let id = file.file_name().into_string().ok().filter(|id| record::is_id(id))?;
            let bytes = record::bounded(&file.path().join("entry.json"), ENTRY_MAX)?;
            let entry: Entry = serde_json::from_slice(&bytes).ok()?;
            (entry.id == id).then_some(entry)
        })
        .collect();
    all.sort_by(|a, b| (a.removed, &a.id).cmp(&(b.removed, &b.id)));
    all
}

/// Finishes what was killed on its way.
pub(crate) fn recover(context: &Context) -> Result<(), Error> {
    for entry in all(context) {
        if entry.state == State::Kept {
            continue;
        }
        let Some(_claim) = record::try_claim(context, &entry.id)? else { continue };
        let again = all(context).into_iter().find(|again| again.id == entry.id);
        // One that cannot go on, because a disk is missing, holds up nothing else.
        let _ = match again {
            Some(mut entry) if entry.state == State::Moving => proceed(context, &mut entry),
            Some(entry) if entry.state == State::Restoring => {
                restore::proceed(context, entry).map(drop)
            }
            _ => Ok(()),
        };
    }
    Ok(())
}

/// Removes for good what has been here for 30 days; what that was.
pub fn sweep(context: &Context, now: u64) -> Result<Vec<Entry>, Error> {
    let mut swept = Vec::new();
    for entry in all(context) {
        if entry.state != State::Kept || now.saturating_sub(entry.removed) < KEPT_S {
            continue;
        }
        let Some(_claim) = record::try_claim(context, &entry.id)? else { continue };
        release(context, &entry);
        let dir = entry.dir(context);
        // The entry goes last, so that a kill leaves something that is found again.
        for path in [entry.tree(context), entry.admin_copy(context), dir.clone()] {
            copy::remove(&path).map_err(failed("remove", &path))?;
        }
        record::forget_lock(context, &entry.id);
        swept.push(entry);
    }
    Ok(swept)
}

/// What was copied in, as an entry keeps it.
fn copies(context: &Context, entry: &Entry) -> Copies {
    let bytes = record::bounded(&entry.dir(context).join("copies"), 256 << 20);
    bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}
