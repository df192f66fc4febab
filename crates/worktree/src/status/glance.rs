//! What is shown of the working tree that somebody works in, all at once: for a process of its own,
//! which may take its time or be ended.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::forge::{self, PullRequest};
use crate::record;
use crate::repository::{self, Repository};
use crate::status;
use crate::{Context, Error};

/// A working tree at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Glance {
    /// Its root.
    pub path: PathBuf,
    /// Whether it is a worktree beside the repository's own.
    pub linked: bool,
    /// None when no branch is checked out.
    pub branch: Option<String>,
    /// None before the first commit.
    pub commit: Option<String>,
    /// What the next two are relative to.
    pub base: Option<String>,
    /// Commits that the base does not have.
    pub ahead: u32,
    /// Commits that only the base has.
    pub behind: u32,
    /// Files that are not committed.
    pub changed: usize,
    /// Files that two sides have changed.
    pub conflicts: usize,
    /// What is under way, in words.
    pub operations: Vec<String>,
    pub pull_request: Option<PullRequest>,
}

/// What was seen, and what changes when it does.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Seen {
    pub glance: Glance,
    /// Files of git's that are replaced then; some are not there yet.
    pub watch: Vec<PathBuf>,
    /// Whether somebody can be asked for its pull request.
    pub forge: bool,
}

/// Looks; `None` where git has no working tree. `has` says whether a program is installed; the
/// pull request is asked for where that is wanted, which takes seconds.
pub fn look(
    context: &Context,
    directory: &Path,
    has: &dyn Fn(&str) -> bool,
    ask: bool,
) -> Result<Option<Seen>, Error> {
    let found = match Repository::find(context, directory) {
        Err(Error::NoRepository(_)) => return Ok(None),
        found => found?,
    };
    let linked = found.is_linked();
    let Some(path) = found.root else { return Ok(None) };
    let record = record::at(context, &path).filter(|_| linked);
    let base = record.and_then(|record| record.base);
    let seen = status::read(context, &path, base.as_deref())?;
    let forge = forge::of(context, &path, has).filter(|_| seen.branch.is_some());
    let asked = forge.as_ref().filter(|_| ask).zip(seen.branch.as_deref());
    let pull_request = asked.and_then(|(forge, branch)| forge.view(&path, branch));
    let operations = seen.operations.iter().copied();
    let operations = operations.filter(|operation| *operation != repository::Operation::Locked);
    let glance = Glance {
        linked,
        commit: seen.commit,
        base: seen.base,
        ahead: seen.ahead,
        behind: seen.behind,
        changed: seen.files,
        conflicts: seen.conflicts,
        operations: operations.map(|operation| operation.words().to_string()).collect(),
        pull_request,
        branch: seen.branch,
        path,
    };
    Ok(Some(Seen { glance, watch: seen.watch, forge: forge.is_some() }))
}

impl Glance {
    /// The branch, or the beginning of the commit.
    pub fn head(&self) -> &str {
        let commit = || self.commit.as_deref().and_then(|commit| commit.get(..9));
        self.branch.as_deref().or_else(commit).unwrap_or("no commit")
    }

    /// In as few signs as possible: `fix ↑2 ↓1 ±3 ✗1 #12`.
    pub fn short(&self) -> String {
        let mut text = self.head().to_string();
        let counts = [
            ('↑', u64::from(self.ahead)),
            ('↓', u64::from(self.behind)),
            ('±', self.changed as u64),
            ('✗', self.conflicts as u64),
        ];
        for (sign, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            text.push_str(&format!(" {sign}{count}"));
        }
        if let Some(request) = &self.pull_request {
            text.push_str(&format!(" #{}", request.number));
        }
        text
    }

    /// In words: `2 ahead of main, 1 behind, 3 not committed`.
    pub fn words(&self) -> String {
        let base = self.base.as_deref().map(|base| format!(" of {base}")).unwrap_or_default();
        let count = |count: u64, words: String| (count > 0).then(|| format!("{count} {words}"));
        let mut parts: Vec<String> = [
            count(self.ahead.into(), format!("ahead{base}")),
            count(self.behind.into(), "behind".into()),
            count(self.changed as u64, "not committed".into()),
            count(self.conflicts as u64, "in conflict".into()),
        ]
        .into_iter()
        .flatten()
        .collect();
        parts.extend(self.operations.iter().cloned());
        match parts.is_empty() {
            true => "clean".into(),
            false => parts.join(", "),
        }
    }
}
