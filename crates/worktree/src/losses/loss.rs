//! What can be lost, and how that is said.

use std::fmt;
use std::path::Path;

use serde::Serialize;

use crate::error::names;
use crate::repository::Operation;

/// Something that would be lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "what")]
pub enum Loss {
    /// Changes to files of the branch that are not committed, staged or not.
    Uncommitted {
        files: Files,
    },
    /// Files that git does not know and does not ignore.
    Untracked {
        files: Files,
    },
    /// Files that were copied in and changed since.
    ChangedCopies {
        files: Files,
    },
    /// Files that git ignores and that were made here. Mostly what a build makes: they go to the
    /// trash without being asked about.
    Ignored {
        files: Files,
    },
    /// Files that git does not compare, and that may hold changes.
    NotCompared {
        files: Files,
    },
    /// Commits that are nowhere else: neither on another branch nor on a remote.
    Commits {
        count: u64,
        first: Vec<String>,
    },
    /// Commits in a submodule that no remote of it has.
    SubmoduleCommits {
        path: String,
        count: u64,
    },
    /// Stashes that were made on the branch. They stay with the repository.
    Stashes {
        count: usize,
    },
    Operation {
        operation: Operation,
    },
    /// Locked by `git worktree lock`.
    Locked {
        why: String,
    },
    /// Worktrees of the same repository that lie inside of it.
    Nested {
        paths: Vec<String>,
    },
    /// Programs that run in it.
    Programs {
        names: Vec<String>,
    },
}

/// Some files: how many, and the first ones.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Files {
    pub count: usize,
    pub first: Vec<String>,
}

/// How many files are named.
const NAMED: usize = 20;

impl Files {
    pub(super) fn add(&mut self, path: &Path) {
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push(segno_base::text::plain_text::line(&path.to_string_lossy()));
        }
    }
}

impl Loss {
    /// Whether a worktree with it is not removed unless the user wants it in the trash.
    pub fn asks(&self) -> bool {
        !matches!(self, Loss::Ignored { .. } | Loss::Stashes { .. })
    }

    /// Whether it is not removed even then, because somebody is at it.
    pub fn forbids(&self) -> bool {
        matches!(
            self,
            Loss::Locked { .. }
                | Loss::Nested { .. }
                | Loss::Programs { .. }
                | Loss::Operation { operation: Operation::Locked }
        )
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let some = |f: &mut fmt::Formatter<'_>, what: &str, files: &Files| {
            let s = if files.count == 1 { "" } else { "s" };
            let more = files.count - files.first.len().min(3);
            let first = files.first.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            write!(f, "{} {what} file{s} ({first}{more})", files.count)
        };
        match self {
            Loss::Uncommitted { files } => some(f, "uncommitted", files),
            Loss::Untracked { files } => some(f, "untracked", files),
            Loss::ChangedCopies { files } => some(f, "changed ignored", files),
            Loss::Ignored { files } => some(f, "ignored", files),
            Loss::NotCompared { files } => some(f, "not compared", files),
            Loss::Commits { count: 1, first } => write!(f, "1 commit ({})", names(first)),
            Loss::Commits { count, first } => write!(f, "{count} commits ({})", names(first)),
            Loss::SubmoduleCommits { path, count } => {
                write!(f, "{count} unpushed commits of the submodule {path}")
            }
            Loss::Stashes { count } => write!(f, "the branch of {count} stashes"),
            Loss::Operation { operation } => f.write_str(operation.words()),
            Loss::Locked { why } if why.is_empty() => f.write_str("a lock"),
            Loss::Locked { why } => write!(f, "a lock ({why})"),
            Loss::Nested { paths } => write!(f, "worktrees inside of it ({})", names(paths)),
            Loss::Programs { names: all } => write!(f, "running programs ({})", names(all)),
        }
    }
}
