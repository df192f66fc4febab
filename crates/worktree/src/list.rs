//! All worktrees of a repository, and clearing away what is done with.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::git::Git;
use crate::losses::{self, Look, Loss};
use crate::record::{self, Record, State};
use crate::repository::{self, Repository};
use crate::status::{self, Status};
use crate::trash::{self, Reason};
use crate::{Context, Error, copy, kinds, recover};

/// One worktree.
#[derive(Debug, Serialize)]
pub struct Tree {
    /// None for one that others made.
    pub record: Option<Record>,
    pub repository: PathBuf,
    pub path: PathBuf,
    pub branch: Option<String>,
    /// None where it cannot be looked at: its directory is gone, or its kind reports nothing.
    pub seen: Option<Status>,
    /// Whether what it branched off has all its commits. None when that is not known.
    pub merged: Option<bool>,
    pub locked: bool,
    pub missing: bool,
    /// Its size on the disk, in bytes, where that was asked for.
    pub size: Option<u64>,
}

/// Those of one repository, or of every one that Segno made one for. The repositories themselves
/// are not among them.
pub fn list(
    context: &Context,
    directory: Option<&Path>,
    with_size: bool,
) -> Result<Vec<Tree>, Error> {
    recover::recover(context)?;
    look(context, directory, with_size)
}

/// The same, and changes nothing: what a killed command left is not put in order first.
pub fn look(
    context: &Context,
    directory: Option<&Path>,
    with_size: bool,
) -> Result<Vec<Tree>, Error> {
    let records = record::all(context);
    let records = records.into_iter().filter(|record| record.state == State::Ready);
    let records: Vec<Record> = records.collect();
    let repositories: BTreeSet<PathBuf> = match directory {
        Some(directory) => around(context, directory, &records)?,
        None => records.iter().map(|record| record.repository.clone()).collect(),
    };
    let mut trees = Vec::new();
    // What git does not list, it does not know.
    let mut left: Vec<&Record> =
        records.iter().filter(|record| repositories.contains(&record.repository)).collect();
    for repository in repositories {
        // A repository that is gone has no worktrees that git knows.
        let listed = repository::worktrees(context, &repository).unwrap_or_default();
        for tree in listed.into_iter().skip(1) {
            // Two systems in one place have it both.
            if trees.iter().any(|other: &Tree| other.path == tree.path) {
                continue;
            }
            // Another system may have made it in git's place.
            let record = left.iter().position(|record| record.path == tree.path);
            let record = record.map(|at| left.remove(at).clone());
            let is_gits = record.as_ref().is_none_or(|record| record.kind == kinds::GIT);
            let base = record.as_ref().and_then(|record| record.base.as_deref());
            let seen = match tree.missing {
                true => None,
                false => status::read(context, &tree.path, base).ok(),
            };
            let merged = match (base, tree.commit.as_deref()) {
                (Some(base), Some(commit)) if is_gits => is_in(context, &repository, commit, base),
                _ => None,
            };
            trees.push(Tree {
                repository: repository.clone(),
                branch: tree.branch,
                size: with_size.then(|| copy::size(&tree.path)),
                path: tree.path,
                seen,
                merged,
                locked: tree.locked.is_some(),
                missing: tree.missing,
                record,
            });
        }
    }
    for record in left {
        trees.push(Tree {
            repository: record.repository.clone(),
            path: record.path.clone(),
            branch: record.branch.clone(),
            seen: None,
            merged: None,
            locked: false,
            missing: !record.path.is_dir(),
            size: with_size.then(|| copy::size(&record.path)),
            record: Some(record.clone()),
        });
    }
    Ok(trees)
}

/// The repositories that a directory is in: git's, and those of other systems that we made
/// worktrees of, which may lie in the same place.
fn around(
    context: &Context,
    directory: &Path,
    records: &[Record],
) -> Result<BTreeSet<PathBuf>, Error> {
    let real = losses::real(directory);
    let others = records.iter().filter(|record| record.kind != kinds::GIT);
    let others = others.filter(|record| {
        real.starts_with(&record.repository) || real.starts_with(losses::real(&record.path))
    });
    let mut all: BTreeSet<PathBuf> = others.map(|record| record.repository.clone()).collect();
    match Repository::find(context, directory) {
        Ok(repository) => drop(all.insert(repository.common)),
        Err(Error::NoRepository(_)) => {}
        Err(error) => return Err(error),
    }
    Ok(all)
}

/// Whether a branch, or the local one of the same name, has a commit.
fn is_in(context: &Context, repository: &Path, commit: &str, base: &str) -> Option<bool> {
    let git = Git::look(context, repository);
    let local = base.split_once('/').map(|(_, rest)| rest);
    let mut known = None;
    for name in [Some(base), local].into_iter().flatten().filter(|name| !name.starts_with('-')) {
        match git.call(["merge-base", "--is-ancestor", commit, name]).is_true() {
            Ok(true) => return Some(true),
            Ok(false) => known = Some(false),
            Err(_) => {}
        }
    }
    known
}

/// Something that was cleared away, or would be.
#[derive(Debug, Serialize)]
pub struct Pruned {
    pub path: PathBuf,
    pub why: &'static str,
}

/// Clears away worktrees that Segno made, whose work is merged, and that hold nothing else; forgets
/// those whose directories are gone; empties the trash of what is older than 30 days. `is_used`
/// says whether a pane is in one. With `dry` it only says what it would do.
pub fn prune(
    context: &Context,
    directory: Option<&Path>,
    now: u64,
    dry: bool,
    is_used: &dyn Fn(&Path) -> bool,
) -> Result<Vec<Pruned>, Error> {
    let mut pruned = Vec::new();
    for tree in list(context, directory, false)? {
        let Some(record) = tree.record else { continue };
        let Some(_claim) = record::try_claim(context, &record.id)? else { continue };
        if tree.missing && tree.seen.is_none() {
            // Its disk may be elsewhere: git's own part stays for as long as git keeps it, and the
            // branch stays.
            if record.path.parent().is_some_and(Path::is_dir) && !tree.locked {
                if !dry {
                    record.forget(context)?;
                }
                pruned.push(Pruned { path: record.path, why: "its directory is gone" });
            }
            continue;
        }
        // One without a commit of its own is as merged as can be, and has just been started.
        let begun = tree.seen.as_ref().is_some_and(|seen| seen.commit != record.base_commit);
        if record.kind != kinds::GIT || tree.merged != Some(true) || !begun || is_used(&record.path)
        {
            continue;
        }
        let look = Look { path: &record.path, record: Some(&record), programs: &[], merged: true };
        let losses = losses::losses(context, &look)?;
        if losses.iter().any(|loss| loss.asks() && !matches!(loss, Loss::Commits { .. })) {
            continue;
        }
        if !dry {
            let seen = tree.seen.as_ref().and_then(|seen| seen.commit.as_deref());
            trash::put(context, &record, now, Reason::Pruned, seen)?;
        }
        pruned.push(Pruned { path: record.path, why: "it is merged" });
    }
    if !dry {
        for entry in trash::sweep(context, now)? {
            pruned.push(Pruned { path: entry.record.path, why: "30 days in the trash" });
        }
    }
    Ok(pruned)
}
