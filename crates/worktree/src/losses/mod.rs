//! What removing a worktree would lose. Whatever cannot be compared counts as a loss.

mod loss;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::copy::Stamp;
use crate::git::{Git, words};
use crate::kinds::Kind;
use crate::record::{Copies, Record};
use crate::repository::{self, Repository};
use crate::{Context, Error, copy, kinds};

pub use loss::{Files, Loss};

/// What is looked at.
#[derive(Debug)]
pub struct Look<'a> {
    pub path: &'a Path,
    pub record: Option<&'a Record>,
    /// Names of programs that run in it, as the caller knows them.
    pub programs: &'a [String],
    /// A commit that will have what the branch has: its commits are no loss.
    pub merged: bool,
}

/// Everything that removing it would lose.
pub fn losses(context: &Context, look: &Look<'_>) -> Result<Vec<Loss>, Error> {
    let copies = look.record.map(|record| record.copies(context)).unwrap_or_default();
    let mut losses = match look.record {
        Some(record) if record.kind != kinds::GIT => match kinds::named(&record.kind) {
            Some(kind) if !kind.recorded.is_empty() => unrecorded(record, &kind)?,
            _ => plain(record, &copies),
        },
        _ => git_losses(context, look, &copies)?,
    };
    if !look.programs.is_empty() {
        losses.push(Loss::Programs { names: look.programs.to_vec() });
    }
    Ok(losses)
}

fn git_losses(context: &Context, look: &Look<'_>, copies: &Copies) -> Result<Vec<Loss>, Error> {
    let path = look.path;
    let repository = Repository::find(context, path)?;
    let mut losses = Vec::new();
    // The user asked for this, so filters run: what they make of files decides what is changed.
    let git = Git::work(context, path);
    let status = ["status", "--porcelain=v2", "-z"];
    let status = git
        .call(status)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .args(["--untracked-files=all", "--ignored=matching", "--ignore-submodules=none"])
        .bytes()?;
    let listing = sort(&status, path, repository.main(), copies);
    let [uncommitted, untracked, changed, ignored] = listing;
    let mut push = |files: Files, make: fn(Files) -> Loss| {
        if files.count > 0 {
            losses.push(make(files));
        }
    };
    push(uncommitted, |files| Loss::Uncommitted { files });
    push(untracked, |files| Loss::Untracked { files });
    push(changed, |files| Loss::ChangedCopies { files });
    push(ignored, |files| Loss::Ignored { files });
    push(not_compared(&git, path)?, |files| Loss::NotCompared { files });
    // A branch of the user's stays, and its commits with it.
    let stays =
        look.record.is_some_and(|record| !record.made_branch) && repository.head.branch().is_some();
    if !look.merged && !stays {
        losses.extend(commits(&git, &repository)?);
    }
    losses.extend(submodules(context, &git, path)?);
    losses.extend(stashes(&git, &repository)?);
    let operations = repository::operations(&repository.git_dir).into_iter();
    losses.extend(operations.map(|operation| Loss::Operation { operation }));
    losses.extend(nested(context, &repository)?);
    if let Ok(why) = fs::read(repository.git_dir.join("locked")) {
        let why = segno_base::text::plain_text::line(String::from_utf8_lossy(&why).trim());
        losses.push(Loss::Locked { why });
    }
    Ok(losses)
}

/// Uncommitted, untracked, copied and changed, ignored. `original` is where copies came from.
fn sort(status: &[u8], root: &Path, original: &Path, copies: &Copies) -> [Files; 4] {
    let mut all: [Files; 4] = Default::default();
    let [uncommitted, untracked, changed, ignored] = &mut all;
    let mut fields = words::fields(status);
    while let Some(field) = fields.next() {
        let part = |n: usize| field.splitn(n, |byte| *byte == b' ').last().unwrap_or_default();
        match field.first() {
            Some(b'1') => uncommitted.add(&words::path(part(9))),
            Some(b'2') => {
                uncommitted.add(&words::path(part(10)));
                fields.next();
            }
            Some(b'u') => uncommitted.add(&words::path(part(11))),
            Some(b'?') => untracked.add(&words::path(part(2))),
            Some(b'!') => {
                let path = words::path(part(2));
                each_file(&root.join(&path), &mut |file| {
                    let relative = file.strip_prefix(root).unwrap_or(file);
                    match relative.to_str().and_then(|key| copies.get(key)) {
                        Some(stamp) if is_as(file, *stamp) => {}
                        // Written again as it was, or changed there as here.
                        Some(_) if copy::same(file, &original.join(relative)) => {}
                        Some(_) => changed.add(relative),
                        None => ignored.add(relative),
                    }
                });
            }
            _ => {}
        }
    }
    all
}

fn is_as(file: &Path, stamp: Stamp) -> bool {
    Stamp::of(file).is_ok_and(|now| now == stamp)
}

/// Everything below a path that is no directory; links are not followed.
fn each_file(path: &Path, visit: &mut impl FnMut(&Path)) {
    match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => {
            for entry in fs::read_dir(path).into_iter().flatten().flatten() {
                each_file(&entry.path(), visit);
            }
        }
        Ok(_) => visit(path),
        Err(_) => {}
    }
}

/// How every file below a directory looks.
pub(crate) fn stamps(root: &Path) -> Copies {
    let mut all = BTreeMap::new();
    each_file(root, &mut |file| {
        if let (Some(key), Ok(stamp)) =
            (file.strip_prefix(root).ok().and_then(Path::to_str), Stamp::of(file))
        {
            all.insert(key.to_string(), stamp);
        }
    });
    all
}

/// Of a copy: what is not as it was copied.
fn plain(record: &Record, copies: &Copies) -> Vec<Loss> {
    let (mut changed, mut added) = (Files::default(), Files::default());
    each_file(&record.path, &mut |file| {
        let relative = file.strip_prefix(&record.path).unwrap_or(file);
        match relative.to_str().and_then(|key| copies.get(key)) {
            Some(stamp) if is_as(file, *stamp) => {}
            _ if copy::same(file, &record.repository.join(relative)) => {}
            Some(_) => changed.add(relative),
            None => added.add(relative),
        }
    });
    for key in copies.keys().filter(|key| fs::symlink_metadata(record.path.join(key)).is_err()) {
        changed.add(Path::new(key));
    }
    let all = [(changed, true), (added, false)];
    let all = all.into_iter().filter(|(files, _)| files.count > 0);
    all.map(|(files, is_change)| match is_change {
        true => Loss::Uncommitted { files },
        false => Loss::Untracked { files },
    })
    .collect()
}

/// Of another system's: what its repository does not keep, mostly because it ignores that.
fn unrecorded(record: &Record, kind: &Kind) -> Result<Vec<Loss>, Error> {
    let listed = kinds::run(kind, &kind.recorded, &record.path, &[])?;
    let listed: BTreeSet<_> = listed.split(|byte| *byte == b'\n').map(words::path).collect();
    let own: Vec<PathBuf> = kind.own.iter().map(|name| record.path.join(name)).collect();
    let mut files = Files::default();
    each_file(&record.path, &mut |file| {
        let relative = file.strip_prefix(&record.path).unwrap_or(file);
        let is_own = own.iter().any(|own| file.starts_with(own));
        if !is_own && !listed.contains(relative) {
            files.add(relative);
        }
    });
    Ok(if files.count > 0 { vec![Loss::Ignored { files }] } else { Vec::new() })
}

/// Files that were marked so that git takes them for unchanged.
fn not_compared(git: &Git, root: &Path) -> Result<Files, Error> {
    let listed = git.call(["ls-files", "-v", "-z"]).bytes()?;
    let mut files = Files::default();
    for field in words::fields(&listed) {
        let (Some(tag), Some(path)) = (field.first(), field.get(2..)) else { continue };
        let path = words::path(path);
        // Skipped by a sparse checkout, and there nevertheless.
        let marked = tag.is_ascii_lowercase() || *tag == b'S';
        if marked && fs::symlink_metadata(root.join(&path)).is_ok() {
            files.add(&path);
        }
    }
    Ok(files)
}

/// Commits of HEAD and the branch that nothing else leads to.
fn commits(git: &Git, repository: &Repository) -> Result<Option<Loss>, Error> {
    if repository.head.commit().is_none() {
        return Ok(None);
    }
    let mut list = vec!["rev-list".to_string(), "HEAD".into(), "--not".into(), "--remotes".into()];
    list.push("--tags".into());
    if let Some(branch) = repository.head.branch() {
        list.push(format!("--exclude={}", glob(branch)));
    }
    list.push("--branches".into());
    let count = git.call(&list).arg("--count").text()?;
    let count: u64 = count.trim().parse().unwrap_or(u64::MAX);
    if count == 0 {
        return Ok(None);
    }
    let first = git.call(&list).args(["--max-count=3", "--no-commit-header", "--format=%h %s"]);
    let first = first.text()?.lines().map(segno_base::text::plain_text::line).collect();
    Ok(Some(Loss::Commits { count, first }))
}

/// A branch's name as a pattern that matches nothing else.
fn glob(branch: &str) -> String {
    branch
        .chars()
        .flat_map(|c| "*?[\\".contains(c).then_some('\\').into_iter().chain([c]))
        .collect()
}

/// Commits of submodules live with the worktree, and go with it.
fn submodules(context: &Context, git: &Git, root: &Path) -> Result<Vec<Loss>, Error> {
    let staged = git.call(["ls-files", "-s", "-z"]).bytes()?;
    let links = words::fields(&staged).filter(|field| field.starts_with(b"160000 "));
    let mut losses = Vec::new();
    for field in links {
        let Some(at) = field.iter().position(|byte| *byte == b'\t') else { continue };
        let path = root.join(words::path(&field[at + 1..]));
        if fs::symlink_metadata(path.join(".git")).is_err() {
            continue;
        }
        let inner = Git::look(context, &path);
        let lost = ["rev-list", "--count", "--all", "HEAD", "--not", "--remotes"];
        let count = inner.call(lost).run()?;
        let count = String::from_utf8_lossy(&count.out).trim().parse().unwrap_or(0);
        if count > 0 {
            let path = path.strip_prefix(root).unwrap_or(&path).to_string_lossy();
            let path = segno_base::text::plain_text::line(&path);
            losses.push(Loss::SubmoduleCommits { path, count });
        }
    }
    Ok(losses)
}

/// Others that would be moved away with it, behind git's back: agents make some for themselves.
fn nested(context: &Context, repository: &Repository) -> Result<Option<Loss>, Error> {
    let Some(root) = &repository.root else { return Ok(None) };
    let all = repository::worktrees(context, &repository.common)?.into_iter();
    let inside = all.filter(|tree| !tree.missing && tree.path != *root);
    let inside = inside.filter_map(|tree| tree.path.strip_prefix(root).ok().map(Path::to_path_buf));
    let paths: Vec<String> =
        inside.map(|path| segno_base::text::plain_text::line(&path.to_string_lossy())).collect();
    Ok((!paths.is_empty()).then_some(Loss::Nested { paths }))
}

/// Stashes name the branch that they were made on.
fn stashes(git: &Git, repository: &Repository) -> Result<Option<Loss>, Error> {
    let Some(branch) = repository.head.branch() else { return Ok(None) };
    let list = git.call(["stash", "list", "--format=%gs"]).text()?;
    let on = [format!("WIP on {branch}:"), format!("On {branch}:")];
    let count = list.lines().filter(|line| on.iter().any(|on| line.starts_with(on))).count();
    Ok((count > 0).then_some(Loss::Stashes { count }))
}

/// A worktree's directory, absolute and without links.
pub(crate) fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}
