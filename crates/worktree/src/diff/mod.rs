//! What was done in a worktree, as data: files and hunks against what it branched off, committed or
//! not, new files too.

mod apply;
mod new_file;
mod parse;

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::git::{Git, GitError, words};
use crate::kinds::{self, Kind};
use crate::record::Record;
use crate::{Context, Error};

pub use apply::{Reverted, bring_back, revert, stage};

/// What changed in one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileDiff {
    /// Where it was; none for a new one.
    pub old: Option<PathBuf>,
    /// Where it is; none for one that is gone.
    pub new: Option<PathBuf>,
    pub change: Change,
    /// Permissions before and after, as git writes them, where they differ or one is missing.
    pub old_mode: Option<String>,
    pub new_mode: Option<String>,
    /// It is no text, and has no hunks.
    pub binary: bool,
    /// Git does not know it yet.
    pub untracked: bool,
    pub hunks: Vec<Hunk>,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    Modified,
    Added,
    Deleted,
    Renamed,
    Copied,
    /// Two sides changed it, and nobody has decided yet.
    Conflict,
}

/// Lines that changed, with some around them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hunk {
    /// First line and number of lines before; lines count from 1.
    pub old: (u32, u32),
    /// The same after.
    pub new: (u32, u32),
    /// What it is in, as git guesses: a function's first line.
    pub heading: String,
    pub lines: Vec<Line>,
}

/// A line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    pub side: Side,
    /// Without its end. Whatever the file holds, control characters too.
    pub text: Vec<u8>,
    /// The file ends here without the end of a line.
    pub open: bool,
}

/// Where a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    Both,
    Old,
    New,
}

/// All that changed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Diff {
    /// The commit that it is against; none before the first one.
    pub base: Option<String>,
    pub files: Vec<FileDiff>,
    /// There is more than is shown.
    pub cut: bool,
}

/// Against what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Against<'a> {
    /// Where the branch left this one.
    Base(&'a str),
    /// What is committed.
    Head,
    /// What is staged: what `stage` would add.
    Index,
}

/// The most that is read, in bytes: of git's output, of all new files together.
const OUTPUT_MAX: usize = 32 << 20;
const NEW_FILES_MAX: usize = 4 << 20;

impl FileDiff {
    /// The path to call it by.
    pub fn path(&self) -> &Path {
        self.new.as_deref().or(self.old.as_deref()).unwrap_or(Path::new(""))
    }

    /// Lines added and removed.
    pub fn counts(&self) -> (usize, usize) {
        let lines = || self.hunks.iter().flat_map(|hunk| &hunk.lines);
        let count = |side| lines().filter(|line| line.side == side).count();
        (count(Side::New), count(Side::Old))
    }
}

/// Reads it.
pub fn diff(context: &Context, tree: &Path, against: Against<'_>) -> Result<Diff, Error> {
    let git = Git::look_at_files(context, tree)?;
    let root = git.call(["rev-parse", "--path-format=absolute", "--show-toplevel"]).path()?;
    let git = Git::look_at_files(context, &root)?;
    let base = match against {
        Against::Index => None,
        Against::Head => commit(&git, "HEAD")?,
        Against::Base(base) => match (commit(&git, base)?, commit(&git, "HEAD")?) {
            (Some(base), Some(head)) => {
                let ancestor = git.call(["merge-base", &base, &head]).run()?;
                let oid = String::from_utf8_lossy(&ancestor.out).trim().to_string();
                // Histories that have nothing in common differ in everything.
                Some(if words::is_oid(&oid) { oid } else { base })
            }
            (None, _) => {
                let why = format!("there is no branch or commit {base:?}; name another base");
                return Err(Error::Refused(why));
            }
            (Some(_), None) => None,
        },
    };
    let call = git.call(["diff", "--patch", "--no-ext-diff", "--no-textconv", "--no-color"]);
    let call = call.args(["--full-index", "--find-renames", "--src-prefix=a/", "--dst-prefix=b/"]);
    let call = call.args(["--no-relative", "--submodule=short", "--ignore-submodules=none"]);
    let call = call.args(["--unified=3", "--inter-hunk-context=0", "--output-indicator-context= "]);
    let call = match &base {
        Some(base) => call.arg(base),
        None if against == Against::Index => call,
        // Before the first commit: everything that is staged is new.
        None => call.arg(git.call(["hash-object", "-t", "tree", "--stdin"]).input(vec![]).text()?),
    };
    let mut diff = match call.arg("--").at_most(OUTPUT_MAX).bytes() {
        Ok(patch) => Diff { base, files: parse::patch(&patch), cut: false },
        Err(GitError::Large(..)) => Diff { base, files: Vec::new(), cut: true },
        Err(error) => return Err(error.into()),
    };
    let others = git.call(["ls-files", "-z", "--others", "--exclude-standard"]).bytes()?;
    let mut left = NEW_FILES_MAX;
    for path in words::paths(&others) {
        match new_file::read(&root, path, &mut left) {
            Some(file) => diff.files.push(file),
            None => diff.cut = true,
        }
    }
    Ok(diff)
}

/// What a worktree is compared with unless said: the commit that it branched off, or a later one
/// of the same branch that came in since, by a merge or a rebase: what others did there is not its
/// own.
pub fn begun(context: &Context, tree: &Path, record: &Record) -> Result<Option<String>, Error> {
    let begun = record.base_commit.clone();
    let (Some(began), Some(base)) = (&begun, &record.base) else { return Ok(begun) };
    let git = Git::look(context, tree);
    let (Some(base), Some(head)) = (commit(&git, base)?, commit(&git, "HEAD")?) else {
        return Ok(begun);
    };
    let ancestor = git.call(["merge-base", &base, &head]).run()?;
    let ancestor = String::from_utf8_lossy(&ancestor.out).trim().to_string();
    // Where the branch has all of it, what was done is shown as before.
    if !words::is_oid(&ancestor) || ancestor == head {
        return Ok(begun);
    }
    let later = git.call(["merge-base", "--is-ancestor", began, &ancestor]).is_true();
    Ok(if later.unwrap_or(false) { Some(ancestor) } else { begun })
}

/// The same where another system has the files; `base` is what it calls so.
pub fn of_kind(kind: &Kind, root: &Path, base: &str) -> Result<Diff, Error> {
    let base = kind.commit(root, base)?.unwrap_or_else(|| base.to_string());
    let since = kind.since(&base);
    let patch = kinds::run(kind, &kind.diff, root, &[("{since}", &since)])?;
    let cut = patch.len() > OUTPUT_MAX;
    let files = if cut { Vec::new() } else { parse::patch(&patch) };
    Ok(Diff { base: Some(base), files, cut })
}

fn commit(git: &Git, name: &str) -> Result<Option<String>, Error> {
    let verify = git.call(["rev-parse", "-q", "--verify", "--end-of-options"]);
    let answer = verify.arg(format!("{name}^{{commit}}")).run()?;
    let oid = String::from_utf8_lossy(&answer.out).trim().to_string();
    Ok(Some(oid).filter(|oid| answer.code == Some(0) && words::is_oid(oid)))
}
