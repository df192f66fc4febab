//! Worktrees of other systems, by their kind's commands; and copies of plain directories.

use std::fs;
use std::path::Path;

use super::{Place, Start, Started, beside, free_place};
use crate::error::io as failed;
use crate::kinds::{self, Kind};
use crate::record::{self, Record, State};
use crate::step::step;
use crate::{Context, Error, copy, name, ports, recover};

/// More than so many bytes are not copied without being asked for.
const COPY_MAX: u64 = 1 << 30;
/// The same for files.
const COPY_FILES_MAX: u64 = 50_000;

pub(super) fn start(
    context: &Context,
    start: &Start,
    kind: &Kind,
    here: &Path,
) -> Result<Started, Error> {
    // Whoever is in a worktree means its repository.
    let root = &kind.main(here);
    if kind.copy {
        refuse_no_project(start, root)?;
    }
    let called = start.name.clone().or_else(|| start.from.clone());
    let called = called.ok_or_else(|| Error::refused("no name is given; name it"))?;
    let directory = name::for_path(&called).ok_or_else(|| Error::Name(called.clone()))?;
    let from = start.from.as_deref().filter(|from| !from.is_empty());
    let wanted = from.unwrap_or(&kind.base);
    if wanted.starts_with('-') {
        return Err(Error::Refused(format!("{wanted:?} is no revision; name one")));
    }
    let parent = match start.place {
        Place::Home => context.trees(root),
        // Below it a copy would copy itself.
        Place::Below if !kind.copy => root.join(".worktrees"),
        Place::Below | Place::Beside => beside(root),
    };
    let path = parent.join(&directory);
    if kind.copy && !start.copy_all && !path.exists() {
        refuse_large(root, &parent)?;
    }
    let lock = record::lock(context)?;
    let there = record::at(context, &path).filter(|found| found.repository == *root);
    if let Some(record) = there.filter(|_| path.is_dir()) {
        return Ok(Started {
            path,
            branch: None,
            record: Some(record),
            existing: true,
            left_out: Vec::new(),
        });
    }
    let commit = kind.commit(here, wanted)?;
    let nearest = commit.as_deref().and_then(|commit| kind.nearest(here, commit));
    // A branch that was named gets it, whatever else is there.
    let named = from.filter(|from| kind.branch(here, from).is_ok_and(|at| at.is_some()));
    let base = named.map(str::to_string).or(nearest);
    let record = Record {
        id: record::new_id(),
        state: State::Starting,
        kind: kind.name.clone(),
        repository: root.to_path_buf(),
        path: free_place(&parent, &directory)?,
        name: directory.clone(),
        branch: None,
        made_branch: false,
        base,
        base_commit: commit,
        ports: ports::free(&record::all(context)),
        also_of: start.also_of.clone(),
        created: start.now,
    };
    let _claim = record::claim(context, &record.id)?;
    record.store(context)?;
    drop(lock);
    step("start: recorded");
    if let Err(error) = make(context, kind, root, &record) {
        let _ = recover::undo(context, &record);
        return Err(error);
    }
    let record = Record { state: State::Ready, ..record };
    record.store(context)?;
    let path = record.path.clone();
    Ok(Started { path, branch: None, record: Some(record), existing: false, left_out: Vec::new() })
}

/// A directory that everything is in is not copied by accident.
fn refuse_no_project(start: &Start, root: &Path) -> Result<(), Error> {
    let home = start.user_home.as_ref().and_then(|home| home.canonicalize().ok());
    if root.parent().is_none() || home.is_some_and(|home| home.starts_with(root)) {
        let why = format!(
            "{} is no project: it has no repository, and your home is in it; go to a project, or \
             `git init` one",
            root.display()
        );
        return Err(Error::Refused(why));
    }
    Ok(())
}

/// Without a repository everything is copied; the user says so where that is much.
fn refuse_large(root: &Path, parent: &Path) -> Result<(), Error> {
    let mut room = copy::Room { bytes: COPY_MAX, files: COPY_FILES_MAX };
    if room.holds(root, &|path| path == parent) {
        return Ok(());
    }
    let why = format!(
        "{} has no repository and would be copied whole, with more than {} MB or {} files; \
         `git init` there, or copy it with --copy-all",
        root.display(),
        COPY_MAX >> 20,
        COPY_FILES_MAX
    );
    Err(Error::Refused(why))
}

fn make(context: &Context, kind: &Kind, root: &Path, record: &Record) -> Result<(), Error> {
    let parent = record.path.parent().unwrap_or(root);
    fs::create_dir_all(parent).map_err(failed("make", parent))?;
    if kind.copy {
        let home = context.home.path();
        let skip = |path: &Path| path == parent || path == home;
        copy::tree(root, &record.path, &skip).map_err(failed("copy", root))?;
        let copies = crate::losses::stamps(&record.path);
        return record.store_copies(context, &copies);
    }
    let path = record.path.to_str().ok_or_else(|| Error::refused("the path is not UTF-8"))?;
    let base = record.base_commit.as_deref().unwrap_or_default();
    let values = [("{name}", record.name.as_str()), ("{path}", path), ("{base}", base)];
    kinds::run(kind, &kind.add, root, &values).map(drop)
}
