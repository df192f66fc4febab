//! Why something was not done. Each message is one line: why, and after a semicolon what to do.

use std::io;
use std::path::{Path, PathBuf};

use crate::git::GitError;
use crate::losses::Loss;

/// What ends an operation. Unless it says otherwise, everything is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Git(#[from] GitError),
    #[error("{0:?} is in no repository; go to one, or name one")]
    NoRepository(PathBuf),
    #[error("cannot name a branch or a directory after {0:?}; choose another name")]
    Name(String),
    #[error("{0}")]
    Refused(String),
    #[error("there is no worktree {0:?}; `segno worktree list` shows them")]
    Unknown(String),
    #[error("{0:?} is not in the trash; `segno worktree restore` lists what is")]
    NotInTrash(String),
    #[error("{}; commit it, or remove it with --trash, which keeps it for 30 days", losses(.0))]
    Losses(Vec<Loss>),
    #[error(
        "merging conflicts in {}; nothing was changed: merge {target} into the branch, solve them \
         there, and try again", names(.paths)
    )]
    Conflicts { target: String, paths: Vec<String> },
    #[error("cannot {action} {path:?}: {source}")]
    Io { action: &'static str, path: PathBuf, source: io::Error },
}

impl Error {
    /// Refused in words of one's own.
    pub(crate) fn refused(why: impl Into<String>) -> Error {
        Error::Refused(why.into())
    }
}

/// Makes an error of the operating system one of ours.
pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_path_buf();
    move |source| Error::Io { action, path, source }
}

fn losses(losses: &[Loss]) -> String {
    let named: Vec<_> = losses.iter().map(ToString::to_string).collect();
    format!("it would lose {}", named.join(", "))
}

/// The first few of some names.
pub(crate) fn names(all: &[String]) -> String {
    const SHOWN: usize = 5;
    let mut text = all.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if all.len() > SHOWN {
        text.push_str(&format!(" and {} more", all.len() - SHOWN));
    }
    text
}
