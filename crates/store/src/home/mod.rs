//! The home directory: which one it is, and that it is ours alone. [`paths`] is the one definition
//! of the layout on disk.
//!
//! Must not read the environment: the command line hands over what it found there.

mod directory;
mod paths;

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::file::atomic;
use directory::{directory, is_loose, no_link, tighten};

pub use directory::own_directory;
pub use paths::toml_files;

/// An absolute, usable path of a home directory. Pane types' names that are made part of a path
/// must have passed the registry, which allows no `/` and no leading dot.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Home(PathBuf);

/// Why a directory cannot be Segno's home.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    #[error("the path {0:?} contains a {1}, which no program can be given safely")]
    Character(PathBuf, &'static str),
    #[error("neither SEGNO_HOME nor a home directory of the user is known")]
    Unknown,
    #[error("the path {0:?} is relative, and so is the working directory")]
    Relative(PathBuf),
    #[error("{0:?} is {1}: give Segno a directory of its own")]
    NotOwn(PathBuf, &'static str),
    #[error("{path:?} belongs to another user (id {owner}, you are {me})")]
    Owner { path: PathBuf, owner: u32, me: u32 },
    #[error("{0:?} is not a directory")]
    NotADirectory(PathBuf),
    #[error("{0:?} is a symbolic link, and must be a directory; link the whole home instead")]
    Symlink(PathBuf),
    #[error(
        "{0:?} can be entered by others and holds more than Segno's ({1:?}): give Segno a directory \
         of its own, or close this one with `chmod 700`"
    )]
    Shared(PathBuf, PathBuf),
    #[error("cannot {action} {path:?}: {source}")]
    Io { action: &'static str, path: PathBuf, source: io::Error },
}

impl Home {
    /// Finds the home: `segno_home` (the variable's value; empty counts as unset), else `.segno`
    /// in the user's home directory. A relative path is taken from `cwd`.
    pub fn resolve(
        segno_home: Option<&OsStr>,
        user_home: Option<&Path>,
        cwd: &Path,
    ) -> Result<Home, HomeError> {
        let wanted = match segno_home.filter(|value| !value.is_empty()) {
            Some(value) => PathBuf::from(value),
            None => user_home
                .filter(|home| !home.as_os_str().is_empty())
                .ok_or(HomeError::Unknown)?
                .join(".segno"),
        };
        // Through the components, so that `a//b/./c/` and `a/b/c` are one home. `..` stays: only
        // the file system knows what it means after a symbolic link.
        let path: PathBuf = cwd.join(wanted).components().collect();
        for (byte, name) in [(0, "NUL"), (b'\n', "newline")] {
            if path.as_os_str().as_bytes().contains(&byte) {
                return Err(HomeError::Character(path, name));
            }
        }
        if !path.is_absolute() {
            return Err(HomeError::Relative(path));
        }
        // Its permissions will be tightened, so it must be nobody else's.
        if path.parent().is_none() {
            return Err(HomeError::NotOwn(path, "the root directory"));
        }
        if user_home.is_some_and(|home| home == path) {
            return Err(HomeError::NotOwn(path, "your home directory"));
        }
        Ok(Home(path))
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.0
    }
    /// Makes sure that the home and its directories exist, are ours, and are ours alone.
    ///
    /// The home itself may be a symbolic link to a directory of ours. What is in it may not: its
    /// permissions are tightened and files are written into it, and a link leads to where that
    /// was never meant.
    pub fn create(&self) -> Result<(), HomeError> {
        let found = directory(&self.0)?;
        self.refuse_shared(found)?;
        tighten(&self.0, found)?;
        self.directories().iter().try_for_each(|path| own_directory(path))
    }

    /// Why [`Home::create`] would refuse the home that is there. Changes nothing.
    pub fn check(&self) -> Result<(), HomeError> {
        if let Ok(found) = fs::metadata(&self.0) {
            self.refuse_shared(found.mode())?;
        }
        self.directories().iter().try_for_each(|path| no_link(path))
    }

    fn refuse_shared(&self, mode: u32) -> Result<(), HomeError> {
        match self.something_else().filter(|_| is_loose(mode)) {
            Some(name) => Err(HomeError::Shared(self.0.clone(), name)),
            None => Ok(()),
        }
    }
    /// Something in the directory by which it is not Segno's: permissions that others may count on
    /// are not taken away.
    fn something_else(&self) -> Option<PathBuf> {
        if self.sessions_dir().is_dir() && self.events_dir().is_dir() {
            return None;
        }
        let is_ours = |path: &PathBuf| {
            let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
            name.starts_with("workspace.json")
                || NAMES.contains(&name)
                || atomic::is_temporary(name)
        };
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).find(|path| !is_ours(path))
    }
}
/// What may stand in a home beside the workspace.
const NAMES: &[&str] = &[
    ".daemon.lock",
    ".keeper.lock",
    "config.toml",
    "keys.toml",
    "panes",
    "themes",
    "assets",
    "shims",
    "usage.jsonl",
    "archive",
    "sync",
    "sinks",
    "prompts",
    "environment.json",
    "ssh-agent.sock",
    "trust.json",
    "sessions",
    "protected",
    "worktrees",
    "trash",
    "tour",
    "notes",
    "events",
    "journal",
    "run",
    "log",
];

#[cfg(test)]
mod tests;
