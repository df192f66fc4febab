//! What a working tree looks like at a glance: branch, ahead and behind, what is changed. Two calls
//! of git that take no locks and run nothing of the repository's.

pub mod glance;

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::git::{Git, words};
use crate::repository::{self, Operation};
use crate::{Context, Error};

/// A worktree at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Status {
    /// None when no branch is checked out.
    pub branch: Option<String>,
    /// None before the first commit.
    pub commit: Option<String>,
    /// What the next two are relative to: the base that was asked for, else the upstream.
    pub base: Option<String>,
    /// Commits that the base does not have.
    pub ahead: u32,
    /// Commits that only the base has.
    pub behind: u32,
    /// Files with staged changes.
    pub staged: usize,
    /// Files with changes that are not staged.
    pub changed: usize,
    pub untracked: usize,
    /// Files that are one or several of these.
    pub files: usize,
    pub conflicts: usize,
    pub operations: Vec<Operation>,
    /// Files and directories that change when this does, beside those that are worked on.
    #[serde(skip)]
    pub watch: Vec<PathBuf>,
}

impl Status {
    /// Whether anything is not committed.
    pub fn is_dirty(&self) -> bool {
        self.staged + self.changed + self.untracked + self.conflicts > 0
    }
}

/// Reads it from git.
pub fn read(context: &Context, tree: &Path, base: Option<&str>) -> Result<Status, Error> {
    let git = Git::look_at_files(context, tree)?;
    // Untracked directories count once: nothing below them is read.
    let status = ["status", "--porcelain=v2", "--branch", "-z", "--untracked-files=normal"];
    let mut seen = parse(&git.call(status).arg("--ignore-submodules=none").bytes()?);
    if let (Some(base), Some(_)) = (base.filter(|base| !base.starts_with('-')), &seen.commit) {
        let count = git.call(["rev-list", "--count", "--left-right", "--end-of-options"]);
        let answer = count.arg(format!("{base}...HEAD")).run()?;
        let counts = String::from_utf8_lossy(&answer.out);
        if let Some((behind, ahead)) = counts.trim().split_once('\t') {
            seen.base = Some(base.to_string());
            seen.ahead = ahead.parse().unwrap_or(0);
            seen.behind = behind.parse().unwrap_or(0);
        }
    }
    if let Some((own, common)) = directories(tree) {
        seen.operations = repository::operations(&own);
        seen.watch = watch(&own, &common, seen.branch.as_deref(), seen.base.as_deref());
    }
    Ok(seen)
}

/// A working tree's own part of its repository, and what it shares, without git.
pub fn directories(tree: &Path) -> Option<(PathBuf, PathBuf)> {
    let main = tree.join(".git");
    if main.is_dir() {
        return Some((main.clone(), main));
    }
    let own = repository::admin_dir(tree)?;
    let common = repository::common_of(&own)?;
    Some((own, common))
}

/// HEAD, the index, what is under way, and where the branch and its base are at. Git replaces these
/// files, so it is their directories that are to be watched.
fn watch(own: &Path, common: &Path, branch: Option<&str>, base: Option<&str>) -> Vec<PathBuf> {
    const OWN: &[&str] = &["HEAD", "index", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD"];
    const ALSO: &[&str] = &["rebase-merge", "rebase-apply", "BISECT_LOG"];
    let mut watch: Vec<PathBuf> = OWN.iter().chain(ALSO).map(|name| own.join(name)).collect();
    watch.push(common.join("packed-refs"));
    watch.push(common.join("reftable/tables.list"));
    watch.extend(branch.map(|branch| common.join("refs/heads").join(branch)));
    if let Some(base) = base.filter(|base| !base.split('/').any(|part| part == "..")) {
        watch.extend(["refs/heads", "refs/remotes"].map(|refs| common.join(refs).join(base)));
    }
    watch
}

fn parse(status: &[u8]) -> Status {
    let mut seen = Status::default();
    let mut fields = status.split(|byte| *byte == 0);
    while let Some(field) = fields.next() {
        let text = String::from_utf8_lossy(field);
        if let Some(header) = text.strip_prefix("# branch.") {
            match header.split_once(' ') {
                Some(("oid", oid)) if words::is_oid(oid) => seen.commit = Some(oid.to_string()),
                Some(("head", name)) if name != "(detached)" => seen.branch = Some(name.into()),
                Some(("upstream", name)) => seen.base = Some(name.to_string()),
                Some(("ab", counts)) => {
                    let mut counts = counts
                        .split(' ')
                        .map(|n| n.trim_start_matches(['+', '-']).parse().unwrap_or(0));
                    seen.ahead = counts.next().unwrap_or(0);
                    seen.behind = counts.next().unwrap_or(0);
                }
                _ => {}
            }
            continue;
        }
        seen.files += usize::from(matches!(field.first(), Some(b'1' | b'2' | b'u' | b'?')));
        match field.first() {
            Some(kind @ (b'1' | b'2')) => {
                seen.staged += usize::from(field.get(2).is_some_and(|sign| *sign != b'.'));
                seen.changed += usize::from(field.get(3).is_some_and(|sign| *sign != b'.'));
                if *kind == b'2' {
                    // The name before a rename.
                    fields.next();
                }
            }
            Some(b'u') => seen.conflicts += 1,
            Some(b'?') => seen.untracked += 1,
            _ => {}
        }
    }
    seen
}
