//! Holding on to what git would clear away once a worktree is gone: what is staged, what its
//! reflogs lead to, and what is under way in it. All of it becomes the parents and the files of one
//! commit with a reference of its own.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::Entry;
use crate::error::io as failed;
use crate::git::{Git, GitError, words};
use crate::repository::Repository;
use crate::{Context, Error, copy};

/// Reflogs are read up to this many bytes from their end.
const LOG_MAX: usize = 1 << 20;
/// The most parents that one commit gets.
const PARENTS_MAX: usize = 2000;

pub(super) fn hold(context: &Context, entry: &mut Entry) -> Result<(), Error> {
    let Some(admin) = entry.admin.clone() else { return Ok(()) };
    let path = entry.record.path.clone();
    let repository = Repository::find(context, &path)?;
    let git = Git::work(context, &path);
    entry.record.branch = repository.head.branch().map(str::to_string);
    entry.commit = repository.head.commit().map(str::to_string);
    entry.branch_commit = entry.record.branch.as_ref().and(entry.commit.clone());

    let mut oids: BTreeSet<String> = entry.commit.iter().cloned().collect();
    for name in ["ORIG_HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "AUTO_MERGE"] {
        read_oids(&admin.join(name), &mut oids);
    }
    for name in ["orig-head", "onto", "stopped-sha", "autostash", "rewritten-list", "done"] {
        read_oids(&admin.join("rebase-merge").join(name), &mut oids);
        read_oids(&admin.join("rebase-apply").join(name), &mut oids);
    }
    read_oids(&admin.join("logs/HEAD"), &mut oids);
    if let Some(branch) = &entry.record.branch {
        read_oids(&repository.common.join("logs/refs/heads").join(branch), &mut oids);
    }
    let own = git.call(["for-each-ref", "--format=%(objectname)", "refs/worktree", "refs/bisect"]);
    oids.extend(own.text()?.lines().map(str::to_string));

    // Those that are there and are commits.
    let asked = oids.iter().fold(String::new(), |text, oid| text + oid + "^{commit}\n");
    let check = git.call(["cat-file", "--batch-check"]).input(asked.into_bytes()).text()?;
    let commits = check.lines().filter_map(|line| {
        let mut words = line.split(' ');
        let oid = words.next()?;
        (words.next() == Some("commit")).then(|| oid.to_string())
    });
    let commits: BTreeSet<String> = commits.collect();
    let tree = index(context, entry, &git, &admin)?;
    // What is checked out first.
    let head = entry.commit.clone();
    let others = commits.into_iter().filter(|oid| Some(oid) != head.as_ref());
    let parents: Vec<String> = head.iter().cloned().chain(others).collect();
    let mut held = holding(&git, &tree, &[])?;
    for parents in parents.rchunks(PARENTS_MAX) {
        held = holding(&git, &tree, &[parents, &[held]].concat())?;
    }
    git.call(["update-ref", &entry.reference(), &held]).bytes()?;
    entry.held = Some(held);
    Ok(())
}

/// A commit that holds on to a tree and to others.
fn holding(git: &Git, tree: &str, parents: &[String]) -> Result<String, Error> {
    let mut commit = git.call(["commit-tree", "-m", "kept by segno", tree]);
    for name in ["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"] {
        commit = commit.env(name, "Segno");
    }
    for name in ["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"] {
        commit = commit.env(name, "segno@localhost");
    }
    for parent in parents {
        commit = commit.arg("-p").arg(parent);
    }
    let held = commit.text()?;
    match words::is_oid(&held) {
        true => Ok(held),
        false => Err(GitError::Answer("commit-tree").into()),
    }
}

/// Whatever in a file is an object's name.
fn read_oids(file: &Path, oids: &mut BTreeSet<String>) {
    let bytes = fs::read(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(LOG_MAX)..]).into_owned();
    let words = text.split_ascii_whitespace().filter(|word| words::is_oid(word));
    oids.extend(words.filter(|oid| oid.bytes().any(|b| b != b'0')).map(str::to_string));
}

/// What is staged, as a tree.
fn index(context: &Context, entry: &Entry, git: &Git, admin: &Path) -> Result<String, Error> {
    let own = admin.join("index");
    if fs::symlink_metadata(&own).is_err() {
        return Ok(git.call(["mktree"]).input(Vec::new()).text()?);
    }
    // A copy: the index itself may be locked, and stays as it is.
    let kept = entry.dir(context).join("index");
    copy::remove(&kept).map_err(failed("remove", &kept))?;
    copy::file(&own, &kept).map_err(failed("copy", &own))?;
    let git = git.with_index(&kept);
    let answer = git.call(["write-tree", "--missing-ok"]).run()?;
    let tree = String::from_utf8_lossy(&answer.out).trim().to_string();
    let tree = match answer.code == Some(0) && words::is_oid(&tree) {
        true => tree,
        // With conflicts there is no such tree; every file of every side under a number will do.
        false => {
            let staged = git.call(["ls-files", "-s", "-z"]).bytes()?;
            let mut text = Vec::new();
            for (n, field) in words::fields(&staged).enumerate() {
                let mut parts = field.splitn(3, |byte| *byte == b' ');
                let (Some(mode), Some(oid)) = (parts.next(), parts.next()) else { continue };
                if mode != b"160000" {
                    text.extend([mode, b" blob ", oid, format!("\t{n}\0").as_bytes()].concat());
                }
            }
            git.call(["mktree", "-z", "--missing"]).input(text).text()?
        }
    };
    copy::remove(&kept).map_err(failed("remove", &kept))?;
    Ok(tree)
}
