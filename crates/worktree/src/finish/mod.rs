//! Ending a task: what was done goes into the branch that it is for, and the worktree into the
//! trash.
//!
//! What comes of merging, rebasing or squashing is computed beside every working tree and every
//! index. Only when there is a result does the target move to it, in one step that git refuses
//! where it would touch what is not committed there. So a conflict, a hook that fails, or a kill
//! leaves everything as it was.

mod bring_in;
mod other;

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::git::Git;
use crate::losses::{self, Look, Loss};
use crate::record::{self, Record, State};
use crate::repository::{self, Repository};
use crate::step::step;
use crate::trash::{self, Entry, Reason};
use crate::{Context, Error, kinds, recover};
use bring_in::{bring_in, rebased, target, together};
use other::Other;

/// How what was done gets into the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Not at all.
    Leave,
    /// By a merge commit, or none where the target can simply go on.
    Merge,
    /// Its commits one by one behind the target's.
    Rebase,
    /// As one commit.
    Squash,
}

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Finish {
    /// The worktree.
    pub path: PathBuf,
    pub way: Way,
    /// The branch that gets it. None: the one that it branched off.
    pub into: Option<String>,
    /// The message of the commit of a merge or a squash.
    pub message: Option<String>,
    /// The worktree stays.
    pub keep: bool,
    /// What would be lost goes to the trash without asking.
    pub to_trash: bool,
    /// Programs that run in it.
    pub programs: Vec<String>,
    /// Seconds since the Unix epoch.
    pub now: u64,
}

impl Finish {
    /// Of a worktree in which nothing runs; it goes, and nothing is lost. `now` is in seconds since
    /// the Unix epoch.
    pub fn new(path: &Path, way: Way, now: u64) -> Finish {
        Finish {
            path: path.to_path_buf(),
            way,
            into: None,
            message: None,
            keep: false,
            to_trash: false,
            programs: Vec::new(),
            now,
        }
    }
}

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Finished {
    pub path: PathBuf,
    pub branch: Option<String>,
    /// The branch that got it, and the commit that it is at now.
    pub target: Option<(String, String)>,
    /// What is in the trash with it.
    pub kept: Vec<Loss>,
    /// Its name in the trash. None when it stays.
    pub trashed: Option<String>,
}

/// Does it, or says why not and leaves everything as it was.
pub fn finish(context: &Context, finish: &Finish) -> Result<Finished, Error> {
    recover::recover(context)?;
    let path = losses::real(&finish.path);
    let record = known(context, &path)?;
    let _claim = record::claim(context, &record.id)?;
    let seen = checked_out(context, &record)?;
    let losses = allowed(context, &record, finish)?;
    let target = match (finish.way, Other::of(&record)) {
        (Way::Leave, _) => None,
        (_, other) => Some(match other? {
            Some(other) => other.bring_in(finish)?,
            None => bring_in(context, &record, finish)?,
        }),
    };
    step("finish: merged");
    let branch = record.branch.clone();
    let mut finished =
        Finished { path: record.path.clone(), branch, target, kept: losses, trashed: None };
    if !finish.keep {
        let entry = remove(context, &record, finish, finished.target.is_some(), seen.as_deref())?;
        finished.trashed = Some(entry.id);
    }
    Ok(finished)
}

/// Whether it would conflict; changes nothing.
pub fn rehearse(context: &Context, finish: &Finish) -> Result<(), Error> {
    let record = known(context, &losses::real(&finish.path))?;
    if finish.way == Way::Leave {
        return Ok(());
    }
    if let Some(other) = Other::of(&record)? {
        return other.rehearse(finish.into.as_deref());
    }
    let git = Git::work(context, &record.path);
    let target = target(&git, &record, finish.into.as_deref())?;
    let commit =
        |name: &str| git.call(["rev-parse", "--verify", "-q", "--end-of-options", name]).text();
    let (old, new) = (commit(&format!("refs/heads/{target}"))?, commit("HEAD")?);
    match finish.way {
        Way::Rebase => rebased(&git, &target, &old, &new).map(drop),
        _ => together(&git, None, &target, &old, &new).map(drop),
    }
}

/// Whether it would be refused for what it loses; what would go to the trash with it.
pub fn check(context: &Context, finish: &Finish) -> Result<Vec<Loss>, Error> {
    let record = known(context, &losses::real(&finish.path))?;
    allowed(context, &record, finish)
}

fn allowed(context: &Context, record: &Record, finish: &Finish) -> Result<Vec<Loss>, Error> {
    let look = Look {
        path: &record.path,
        record: Some(record),
        programs: &finish.programs,
        merged: finish.way != Way::Leave,
    };
    let losses = losses::losses(context, &look)?;
    let refused = |loss: &&Loss| match finish.keep {
        // Nothing is removed; only what is not committed would not be merged.
        true => matches!(
            loss,
            Loss::Uncommitted { .. } | Loss::Untracked { .. } | Loss::Operation { .. }
        ),
        false => loss.forbids() || (loss.asks() && !finish.to_trash),
    };
    let refused: Vec<_> = losses.iter().filter(refused).cloned().collect();
    if refused.iter().any(Loss::forbids) {
        let (reasons, lost): (Vec<_>, Vec<_>) = refused.iter().partition(|loss| loss.forbids());
        return Err(Error::Refused(forbidden(&reasons, &lost)));
    }
    if !refused.is_empty() {
        return Err(Error::Losses(refused));
    }
    Ok(losses)
}

/// Why it cannot be finished now, and what it would lose then.
fn forbidden(reasons: &[&Loss], lost: &[&Loss]) -> String {
    let listed =
        |losses: &[&Loss]| losses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let lost =
        if lost.is_empty() { String::new() } else { format!(", and would lose {}", listed(lost)) };
    let programs = reasons.iter().any(|loss| matches!(loss, Loss::Programs { .. }));
    let close = if programs { " (`--close` closes its panes)" } else { "" };
    format!("it has {}{lost}; end that{close}, then try again", listed(reasons))
}

/// Puts it into the trash; the branch goes along when it was made for the worktree and its commits
/// are elsewhere, or the user wants to be rid of them.
fn remove(
    context: &Context,
    record: &Record,
    finish: &Finish,
    merged: bool,
    seen: Option<&str>,
) -> Result<Entry, Error> {
    let drops = record.made_branch && (merged || finish.to_trash || is_elsewhere(context, record)?);
    let record = Record { made_branch: drops, ..record.clone() };
    trash::put(context, &record, finish.now, Reason::Finished, seen)
}

/// The commit that is checked out in a worktree of git's.
fn checked_out(context: &Context, record: &Record) -> Result<Option<String>, Error> {
    match record.kind == kinds::GIT {
        true => Ok(Repository::find(context, &record.path)?.head.commit().map(str::to_string)),
        false => Ok(None),
    }
}

/// Whether every commit of a worktree is on another branch or a remote.
fn is_elsewhere(context: &Context, record: &Record) -> Result<bool, Error> {
    let look = Look { path: &record.path, record: Some(record), programs: &[], merged: false };
    let losses = losses::losses(context, &look)?;
    Ok(!losses.iter().any(|loss| matches!(loss, Loss::Commits { .. })))
}

/// The record of a worktree; one that others made gets one.
pub(crate) fn known(context: &Context, path: &Path) -> Result<Record, Error> {
    if let Some(record) = record::at(context, path) {
        let branch = match record.kind == kinds::GIT {
            true => Repository::find(context, &record.path)?.head.branch().map(str::to_string),
            false => None,
        };
        // Somebody checked out another branch: that one is not ours to take away.
        let same = branch == record.branch;
        return Ok(Record { made_branch: record.made_branch && same, branch, ..record });
    }
    let repository = Repository::find(context, path)?;
    let root = repository.root.clone().filter(|_| repository.is_linked());
    let Some(root) = root.filter(|root| repository::admin_dir(root).is_some()) else {
        let why = format!("{} is the repository itself, no worktree; go to one", path.display());
        return Err(Error::Refused(why));
    };
    if let Some(record) = record::at(context, &root) {
        return Ok(record);
    }
    let name = root.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Record {
        id: record::new_id(),
        state: State::Ready,
        kind: kinds::GIT.into(),
        repository: repository.common.clone(),
        path: root,
        name,
        branch: repository.head.branch().map(str::to_string),
        made_branch: false,
        base: None,
        base_commit: None,
        ports: None,
        also_of: None,
        created: 0,
    })
}
