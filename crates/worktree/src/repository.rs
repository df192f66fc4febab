//! Which repository a directory belongs to, and what is checked out there.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::git::{Git, words};
use crate::{Context, Error};

/// A repository as seen from a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The working tree that the directory is in; none in a bare repository.
    pub root: Option<PathBuf>,
    /// What all its worktrees share.
    pub common: PathBuf,
    /// What belongs to this working tree alone; the same as `common` for the main one.
    pub git_dir: PathBuf,
    pub head: Head,
}

/// What is checked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    Branch {
        name: String,
        commit: String,
    },
    /// A branch without a commit.
    Unborn {
        name: String,
    },
    Detached {
        commit: String,
    },
}

impl Head {
    /// The branch's name.
    pub fn branch(&self) -> Option<&str> {
        match self {
            Head::Branch { name, .. } | Head::Unborn { name } => Some(name),
            Head::Detached { .. } => None,
        }
    }

    /// The commit, if there is one.
    pub fn commit(&self) -> Option<&str> {
        match self {
            Head::Branch { commit, .. } | Head::Detached { commit } => Some(commit),
            Head::Unborn { .. } => None,
        }
    }
}

impl Repository {
    /// The repository that a directory is in.
    pub fn find(context: &Context, directory: &Path) -> Result<Repository, Error> {
        if !directory.is_dir() {
            return Err(Error::Refused(format!("{} is missing", directory.display())));
        }
        let git = Git::look(context, directory);
        let answer = git.call(["rev-parse", "--is-inside-work-tree"]).run()?;
        let message = answer.message();
        if answer.code != Some(0) && message.starts_with("not a git repository") {
            return Err(Error::NoRepository(directory.to_path_buf()));
        }
        if answer.code != Some(0) {
            return Err(Error::Refused(format!("git refuses {}: {message}", directory.display())));
        }
        let absolute = ["rev-parse", "--path-format=absolute"];
        let root = match answer.out.starts_with(b"true") {
            true => Some(git.call(absolute).arg("--show-toplevel").path()?),
            false => None,
        };
        let common = git.call(absolute).arg("--git-common-dir").path()?;
        let git_dir = git.call(absolute).arg("--git-dir").path()?;
        let commit = git.call(["rev-parse", "-q", "--verify", "HEAD^{commit}"]).run()?;
        let commit = String::from_utf8_lossy(&commit.out).trim().to_string();
        let commit = Some(commit).filter(|commit| words::is_oid(commit));
        let name = git.call(["symbolic-ref", "-q", "HEAD"]).run()?;
        let name = String::from_utf8_lossy(&name.out).trim().to_string();
        let name = name.strip_prefix("refs/heads/").map(str::to_string);
        let head = match (name, commit) {
            (Some(name), Some(commit)) => Head::Branch { name, commit },
            (Some(name), None) => Head::Unborn { name },
            (None, Some(commit)) => Head::Detached { commit },
            (None, None) => return Err(Error::refused("HEAD is broken; `git fsck` says more")),
        };
        Ok(Repository { root, common, git_dir, head })
    }

    /// Whether this is a worktree beside the main one.
    pub fn is_linked(&self) -> bool {
        self.root.is_some() && self.git_dir != self.common
    }

    /// The main working tree, or where the bare repository is: what the repository is called after.
    pub fn main(&self) -> &Path {
        match self.common.file_name().is_some_and(|name| name == ".git") {
            true => self.common.parent().unwrap_or(&self.common),
            false => &self.common,
        }
    }
}

/// One worktree as git lists it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listed {
    pub path: PathBuf,
    pub commit: Option<String>,
    pub branch: Option<String>,
    pub bare: bool,
    pub locked: Option<String>,
    /// Git misses its directory.
    pub missing: bool,
}

/// All worktrees of a repository, the main one first.
pub fn worktrees(context: &Context, common: &Path) -> Result<Vec<Listed>, Error> {
    let bytes =
        Git::look(context, common).call(["worktree", "list", "--porcelain", "-z"]).bytes()?;
    let mut all: Vec<Listed> = Vec::new();
    for field in words::fields(&bytes) {
        let at = field.iter().position(|byte| *byte == b' ').unwrap_or(field.len());
        let (key, value) = field.split_at(at);
        let value = value.strip_prefix(b" ").unwrap_or_default();
        let text = || String::from_utf8_lossy(value).into_owned();
        if key == b"worktree" {
            all.push(Listed { path: words::path(value), ..Listed::default() });
            continue;
        }
        let Some(last) = all.last_mut() else { continue };
        match key {
            b"HEAD" => last.commit = Some(text()).filter(|c| c.bytes().any(|b| b != b'0')),
            b"branch" => last.branch = text().strip_prefix("refs/heads/").map(str::to_string),
            b"bare" => last.bare = true,
            b"locked" => last.locked = Some(text()),
            b"prunable" => last.missing = true,
            _ => {}
        }
    }
    Ok(all)
}

/// The longest that git writes into the small files that say where something is.
const POINTER_MAX: usize = 16 << 10;

/// Where a linked worktree's own part of the repository is, read without git. None unless it is
/// a directory of `worktrees/` in the repository.
pub fn admin_dir(tree: &Path) -> Option<PathBuf> {
    let path = pointer(&tree.join(".git"), b"gitdir: ")?;
    let path = tree.join(path);
    let path = path.canonicalize().unwrap_or(path);
    let is_ours = path.parent()?.file_name()? == "worktrees" && path.file_name().is_some();
    is_ours.then_some(path)
}

/// What a working tree has of its repository for itself, and what it shares with others; read
/// without git. The tree may be the main one, one beside it, or a submodule's.
pub fn git_dirs(tree: &Path) -> Option<(PathBuf, PathBuf)> {
    let main = tree.join(".git");
    let own = match main.is_dir() {
        true => main,
        false => tree.join(pointer(&main, b"gitdir: ")?),
    };
    let common = common_of(&own).unwrap_or_else(|| own.clone());
    Some((own, common))
}

/// The repository of a worktree, by its own part of it.
pub fn common_of(admin: &Path) -> Option<PathBuf> {
    let path = admin.join(pointer(&admin.join("commondir"), b"")?);
    path.canonicalize().ok()
}

/// Where one of the small files of git's leads.
pub(crate) fn pointer(file: &Path, prefix: &[u8]) -> Option<PathBuf> {
    let metadata = fs::symlink_metadata(file).ok()?;
    if !metadata.is_file() || metadata.len() > POINTER_MAX as u64 {
        return None;
    }
    let bytes = fs::read(file).ok()?;
    let path = bytes.strip_suffix(b"\n").unwrap_or(&bytes).strip_prefix(prefix)?;
    (!path.is_empty()).then(|| PathBuf::from(std::ffi::OsStr::from_bytes(path)))
}

/// What is under way in a working tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    Merge,
    Rebase,
    CherryPick,
    Revert,
    Bisect,
    /// Another git holds the index, or was killed.
    Locked,
}

impl Operation {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Operation::Merge => "a merge under way",
            Operation::Rebase => "a rebase under way",
            Operation::CherryPick => "a cherry-pick under way",
            Operation::Revert => "a revert under way",
            Operation::Bisect => "a bisection under way",
            Operation::Locked => "a git that holds index.lock (or was killed)",
        }
    }
}

/// What is under way, by the files that git keeps about it.
pub fn operations(git_dir: &Path) -> Vec<Operation> {
    [
        ("MERGE_HEAD", Operation::Merge),
        ("rebase-merge", Operation::Rebase),
        ("rebase-apply", Operation::Rebase),
        ("CHERRY_PICK_HEAD", Operation::CherryPick),
        ("REVERT_HEAD", Operation::Revert),
        ("BISECT_LOG", Operation::Bisect),
        ("index.lock", Operation::Locked),
    ]
    .into_iter()
    .filter(|(name, _)| fs::symlink_metadata(git_dir.join(name)).is_ok())
    .map(|(_, operation)| operation)
    .collect()
}
