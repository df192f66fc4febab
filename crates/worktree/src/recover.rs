//! After a kill: what was under way is finished or undone, whichever loses nothing.

use std::fs;
use std::path::Path;

use crate::error::io as failed;
use crate::git::Git;
use crate::record::{self, Record, State};
use crate::{Context, Error, kinds, repository, trash};

/// Looks after everything that was left halfway and that nobody is at. Each operation does so
/// first.
pub fn recover(context: &Context) -> Result<(), Error> {
    trash::recover(context)?;
    for record in record::all(context).into_iter().filter(|r| r.state == State::Starting) {
        let Some(_claim) = record::try_claim(context, &record.id)? else { continue };
        // Somebody may have finished it between reading and claiming.
        let still = record::all(context).into_iter().any(|r| r == record);
        if still {
            put_away(context, &record)?;
        }
    }
    Ok(())
}

/// A start that was killed, who knows when: somebody may have worked there since, so nothing is
/// deleted but all of it goes to the trash.
fn put_away(context: &Context, record: &Record) -> Result<(), Error> {
    if fs::symlink_metadata(&record.path).is_err() {
        return undo(context, record);
    }
    let complete = record.kind != kinds::GIT || repository::admin_dir(&record.path).is_some();
    if !complete {
        // Git made the directory, or somebody else did, and that is all of it.
        return match fs::remove_dir(&record.path) {
            Ok(()) => undo(context, record),
            // Not known whose it is: left alone, and forgotten.
            Err(_) => undo_all_but_files(context, record),
        };
    }
    trash::put(context, record, record.created, trash::Reason::Unfinished, None).map(drop)
}

/// Undoes a start of this process that failed.
pub(crate) fn undo(context: &Context, record: &Record) -> Result<(), Error> {
    let path = &record.path;
    if record.kind == kinds::GIT && repository::admin_dir(path).is_some() {
        let others = ["ls-files", "-z", "--others", "--exclude-standard"];
        let others = Git::look(context, path).call(others).bytes();
        if others.is_ok_and(|found| !found.is_empty()) {
            // It took long, and somebody or something has begun to work there.
            let reason = trash::Reason::Unfinished;
            return trash::put(context, record, record.created, reason, None).map(drop);
        }
        let git = Git::work(context, &record.repository);
        // Twice: one that is locked, because git is at it, too. It is ours alone.
        git.call(["worktree", "remove", "--force", "--force", "--"]).arg(path).run()?;
    }
    // Another system clears away what it has there for itself.
    forget(record);
    crate::copy::remove(path).map_err(failed("remove", path))?;
    undo_all_but_files(context, record)
}

/// Removes the directory of worktrees, where this was the only one; none of the user's own.
pub(crate) fn drop_parent(context: &Context, path: &Path) {
    let Some(parent) = path.parent() else { return };
    let name = parent.file_name().unwrap_or_default().to_string_lossy();
    if name.ends_with(".worktrees") || parent.starts_with(context.records().join("trees")) {
        let _ = fs::remove_dir(parent);
    }
}

/// What is known of it, and its branch; its files are not touched.
pub(crate) fn undo_all_but_files(context: &Context, record: &Record) -> Result<(), Error> {
    if record.kind == kinds::GIT {
        drop_admin(record)?;
        if let (true, Some(branch), Some(commit)) =
            (record.made_branch, &record.branch, &record.base_commit)
        {
            let git = Git::work(context, &record.repository);
            let name = format!("refs/heads/{branch}");
            // Only while it is where it began: git compares.
            git.call(["update-ref", "-d", &name, commit]).run()?;
        }
    }
    forget(record);
    drop_parent(context, &record.path);
    record.forget(context)
}

/// Has another system forget it, which does no harm where it does not know it.
fn forget(record: &Record) {
    let Some(kind) = kinds::named(&record.kind).filter(|kind| !kind.forget.is_empty()) else {
        return;
    };
    let values = [("{name}", record.name.as_str())];
    let _ = kinds::run(&kind, &kind.forget, &record.repository, &values);
}

/// Git's own part of a worktree whose files are gone.
fn drop_admin(record: &Record) -> Result<(), Error> {
    let wanted = record.path.join(".git");
    for entry in fs::read_dir(record.repository.join("worktrees")).into_iter().flatten().flatten() {
        let admin = entry.path();
        let leads = fs::read(admin.join("gitdir")).unwrap_or_default();
        let leads = crate::git::words::path(leads.strip_suffix(b"\n").unwrap_or(&leads));
        if leads == wanted && fs::symlink_metadata(&wanted).is_err() {
            crate::copy::remove(&admin).map_err(failed("remove", &admin))?;
        }
    }
    Ok(())
}
