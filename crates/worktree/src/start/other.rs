//! Worktrees of other systems, by their kind's commands; and copies of plain directories.

use std::fs;
use std::path::Path;

use super::{Place, Start, Started, beside, free_place};
use crate::error::io as failed;
use crate::kinds::{self, Kind};
use crate::record::{self, Record, State};
use crate::step::step;
use crate::{Context, Error, copy, name, ports, recover};

pub(super) fn start(
    context: &Context,
    start: &Start,
    kind: &Kind,
    root: &Path,
) -> Result<Started, Error> {
    if kind.copy && root.parent().is_none() {
        return Err(Error::refused("the root directory is no project; go to one"));
    }
    let called = start.name.clone().or_else(|| start.from.clone());
    let called = called.ok_or_else(|| Error::refused("no name is given; name it"))?;
    let directory = name::for_path(&called).ok_or_else(|| Error::Name(called.clone()))?;
    let base = start.from.as_deref().filter(|from| !from.is_empty()).unwrap_or(&kind.base);
    if base.starts_with('-') {
        return Err(Error::Refused(format!("{base:?} is no revision; name one")));
    }
    let parent = match start.place {
        Place::Home => context.trees(root),
        // Below it a copy would copy itself.
        Place::Below if !kind.copy => root.join(".worktrees"),
        Place::Below | Place::Beside => beside(root),
    };
    let lock = record::lock(context)?;
    let path = parent.join(&directory);
    let there = record::at(context, &path).filter(|found| found.repository == root);
    if let Some(record) = there.filter(|_| path.is_dir()) {
        return Ok(Started {
            path,
            branch: None,
            record: Some(record),
            existing: true,
            left_out: Vec::new(),
        });
    }
    let record = Record {
        id: record::new_id(),
        state: State::Starting,
        kind: kind.name.clone(),
        repository: root.to_path_buf(),
        path: free_place(&parent, &directory)?,
        name: directory.clone(),
        branch: None,
        made_branch: false,
        base: Some(base.to_string()).filter(|base| !base.is_empty()),
        base_commit: None,
        ports: ports::free(&record::all(context)),
        also_of: start.also_of.clone(),
        created: start.now,
    };
    let _claim = record::claim(context, &record.id)?;
    record.store(context)?;
    drop(lock);
    step("start: recorded");
    if let Err(error) = make(context, kind, root, &record, base) {
        let _ = recover::undo(context, &record);
        return Err(error);
    }
    let record = Record { state: State::Ready, ..record };
    record.store(context)?;
    let path = record.path.clone();
    Ok(Started { path, branch: None, record: Some(record), existing: false, left_out: Vec::new() })
}

fn make(
    context: &Context,
    kind: &Kind,
    root: &Path,
    record: &Record,
    base: &str,
) -> Result<(), Error> {
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
    let values = [("{name}", record.name.as_str()), ("{path}", path), ("{base}", base)];
    kinds::run(kind, &kind.add, root, &values)
}
