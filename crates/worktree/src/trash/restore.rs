//! Bringing a worktree back as it was: its files, its index, what was under way, its branch.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::{Entry, State, all, copies, release};
use crate::error::io as failed;
use crate::git::Git;
use crate::record::{self, Record, State as RecordState};
use crate::step::step;
use crate::{Context, Error, copy, kinds, recover, repository};
use segno_store::file::atomic;

/// Brings it back to where it was. `what` is its id, its name or its branch; of several the newest.
pub fn restore(context: &Context, what: &str) -> Result<Record, Error> {
    recover::recover(context)?;
    let is_meant = |entry: &Entry| {
        entry.id == what
            || entry.record.name == what
            || entry.record.branch.as_deref() == Some(what)
    };
    let named = all(context).into_iter().rfind(is_meant);
    let named = named.ok_or_else(|| Error::NotInTrash(what.to_string()))?;
    let _claim = record::claim(context, &named.id)?;
    let mut entry = all(context)
        .into_iter()
        .find(|entry| entry.id == named.id)
        .ok_or_else(|| Error::NotInTrash(what.to_string()))?;
    check(context, &entry)?;
    make_room(context, &mut entry)?;
    entry.state = State::Restoring;
    entry.store(context)?;
    step("restore: written");
    proceed(context, entry)
}

fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Nothing may be in the way.
fn check(context: &Context, entry: &Entry) -> Result<(), Error> {
    let path = &entry.record.path;
    let taken = |path: &Path| {
        Error::Refused(format!("{} is there; move it away, then try again", path.display()))
    };
    if exists(path) {
        return Err(taken(path));
    }
    let Some(admin) = &entry.admin else { return Ok(()) };
    if !exists(&entry.record.repository) {
        let gone = entry.record.repository.display();
        return Err(Error::Refused(format!("its repository {gone} is missing; bring that back")));
    }
    // Submodules point into it by its name.
    if exists(admin) && exists(&entry.admin_copy(context).join("modules")) {
        return Err(taken(admin));
    }
    if let (Some(branch), Some(commit)) = (&entry.record.branch, &entry.branch_commit) {
        let now = at(context, entry, branch)?;
        if now.as_ref().is_some_and(|now| now != commit) {
            return Err(Error::Refused(format!(
                "the branch {branch} is at another commit now; rename that, then try again"
            )));
        }
        let git = Git::look(context, &entry.record.repository);
        let used = git.call(["for-each-ref", "--format=%(worktreepath)"]);
        let used = used.arg(format!("refs/heads/{branch}")).text()?;
        if !used.trim().is_empty() {
            return Err(Error::Refused(format!(
                "the branch {branch} is checked out at {used}; check out another one there"
            )));
        }
    }
    Ok(())
}

/// Git's own part gets another name where another worktree is called so by now. Its files say
/// which one is theirs.
fn make_room(context: &Context, entry: &mut Entry) -> Result<(), Error> {
    let Some(admin) = entry.admin.clone() else { return Ok(()) };
    let name = admin.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let names = (1..).map(|n| admin.with_file_name(format!("{name}{n}")));
    let free = std::iter::once(admin.clone()).chain(names).find(|path| !exists(path));
    let free = free.unwrap_or(admin);
    let link = entry.tree(context).join(".git");
    let there = repository::pointer(&link, b"gitdir: ");
    if there.is_some_and(|there| there.file_name() != free.file_name()) {
        let text = [b"gitdir: ", free.as_os_str().as_bytes(), b"\n"].concat();
        atomic::write(&link, &text).map_err(failed("write", &link))?;
    }
    entry.admin = Some(free);
    Ok(())
}

/// Where a branch is.
fn at(context: &Context, entry: &Entry, branch: &str) -> Result<Option<String>, Error> {
    let git = Git::look(context, &entry.record.repository);
    let name = format!("refs/heads/{branch}");
    let answer = git.call(["rev-parse", "-q", "--verify", "--end-of-options", &name]).run()?;
    let oid = String::from_utf8_lossy(&answer.out).trim().to_string();
    Ok((answer.code == Some(0)).then_some(oid))
}

/// From wherever it stands back to its place.
pub(super) fn proceed(context: &Context, entry: Entry) -> Result<Record, Error> {
    if let (Some(branch), Some(commit)) = (&entry.record.branch, &entry.branch_commit)
        && at(context, &entry, branch)?.is_none()
    {
        let name = format!("refs/heads/{branch}");
        let git = Git::work(context, &entry.record.repository);
        // The empty name: git refuses if there is one by now.
        git.call(["update-ref", &name, commit, ""]).bytes()?;
    }
    step("restore: branch");
    let gone = entry.dir(context).join("gone");
    // Git's own part first: files without it would look like nobody's.
    if let Some(admin) = &entry.admin {
        if let Some(parent) = admin.parent() {
            fs::create_dir_all(parent).map_err(failed("make", parent))?;
        }
        bring(&entry.admin_copy(context), admin, &gone, &entry.id)?;
    }
    step("restore: admin");
    let path = entry.record.path.clone();
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed("make", parent))?;
    }
    bring(&entry.tree(context), &path, &gone, &entry.id)?;
    step("restore: tree");
    let record = Record { state: RecordState::Ready, ..entry.record.clone() };
    record.store_copies(context, &copies(context, &entry))?;
    record.store(context)?;
    step("restore: recorded");
    let remembered = remember(&entry);
    step("restore: remembered");
    release(context, &entry);
    let dir = entry.dir(context);
    copy::remove(&dir).map_err(failed("remove", &dir))?;
    // Its files are back, whatever its system says.
    remembered.map(|()| record)
}

/// Has another system know it again.
pub(super) fn remember(entry: &Entry) -> Result<(), Error> {
    let Some(kind) = &kinds::named(&entry.record.kind) else { return Ok(()) };
    let Some(remember) = &kind.remember else { return Ok(()) };
    let Record { path, repository, .. } = &entry.record;
    let reverted = match &entry.forgotten {
        Some(operation) => {
            let values = [("{operation}", operation.as_str())];
            kinds::run(kind, &remember.revert, repository, &values).map(drop)
        }
        None => Err(Error::refused("it is not known what made it forget that")),
    };
    reverted.map_err(|error| {
        let (path, name) = (path.display(), &kind.name);
        let why = format!("its files are back at {path}, but {name} does not know them: {error}");
        Error::Refused(why)
    })
}

/// Out of the trash. On another disk the copy is known again by its number, which is written down
/// before it gets its name: nothing that others put there is taken for it.
fn bring(from: &Path, to: &Path, gone: &Path, id: &str) -> Result<(), Error> {
    copy::remove(gone).map_err(failed("remove", gone))?;
    if !exists(from) {
        return Ok(());
    }
    let half = super::aside(to, id);
    let mark = from.with_extension("brought");
    let number = |metadata: &fs::Metadata| format!("{} {}", metadata.dev(), metadata.ino());
    let there = fs::symlink_metadata(to).ok();
    let ours = there.as_ref().is_some_and(|metadata| {
        fs::read_to_string(&mark).is_ok_and(|written| written == number(metadata))
    });
    match there {
        Some(_) if !ours => {
            let why = format!("{} is there; move it away, then try again", to.display());
            return Err(Error::Refused(why));
        }
        Some(_) => {}
        None => {
            let ready = |metadata: &fs::Metadata| atomic::write(&mark, number(metadata).as_bytes());
            if copy::carry(from, to, &half, &ready).map_err(failed("bring back", to))? {
                return Ok(());
            }
        }
    }
    copy::rename(from, gone).map_err(failed("move", from))?;
    copy::remove(gone).map_err(failed("remove", gone))
}
