//! Ending a task: what was done goes into the branch that it is for, and the worktree into the
//! trash.
//!
//! What comes of merging, rebasing or squashing is computed beside every working tree and every
//! index. Only when there is a result does the target move to it, in one step that git refuses
//! where it would touch what is not committed there. So a conflict, a hook that fails, or a kill
//! leaves everything as it was.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::io as failed;
use crate::git::{Git, GitError, words};
use crate::losses::{self, Look, Loss};
use crate::record::{self, Record, State};
use crate::repository::{self, Repository};
use crate::step::step;
use crate::trash::{self, Entry, Reason};
use crate::{Context, Error, kinds, recover};

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
    let losses = allowed(context, &record, finish)?;
    let target = match finish.way {
        Way::Leave => None,
        _ if record.kind != kinds::GIT => {
            let why =
                format!("what {} has is merged by hand; put it away with --leave", record.kind);
            return Err(Error::Refused(why));
        }
        _ => Some(bring_in(context, &record, finish)?),
    };
    step("finish: merged");
    let branch = record.branch.clone();
    let mut finished =
        Finished { path: record.path.clone(), branch, target, kept: losses, trashed: None };
    if !finish.keep {
        let entry = remove(context, &record, finish, finished.target.is_some())?;
        finished.trashed = Some(entry.id);
    }
    Ok(finished)
}

/// Whether it would conflict; changes nothing.
pub fn rehearse(context: &Context, finish: &Finish) -> Result<(), Error> {
    let record = known(context, &losses::real(&finish.path))?;
    if finish.way == Way::Leave || record.kind != kinds::GIT {
        return Ok(());
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
) -> Result<Entry, Error> {
    let drops = record.made_branch && (merged || finish.to_trash || is_elsewhere(context, record)?);
    let record = Record { made_branch: drops, ..record.clone() };
    trash::put(context, &record, finish.now, Reason::Finished)
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

/// Computes the result and moves the target to it.
fn bring_in(
    context: &Context,
    record: &Record,
    finish: &Finish,
) -> Result<(String, String), Error> {
    let git = Git::work(context, &record.path);
    let repository = Repository::find(context, &record.path)?;
    let commit = repository.head.commit().map(str::to_string);
    let commit =
        commit.ok_or_else(|| Error::refused("it has no commit; there is nothing to merge"))?;
    let target = target(&git, record, finish.into.as_deref())?;
    if Some(target.as_str()) == repository.head.branch() {
        let why = format!("it is on {target} itself; name another branch with --into");
        return Err(Error::Refused(why));
    }
    let reference = format!("refs/heads/{target}");
    let old = git.call(["rev-parse", "--verify", "-q", "--end-of-options", &reference]).text()?;
    let ancestor = |a: &str, b: &str| git.call(["merge-base", "--is-ancestor", a, b]).is_true();
    let new = if ancestor(&commit, &old)? {
        old.clone()
    } else {
        match finish.way {
            Way::Leave => old.clone(),
            Way::Merge if ancestor(&old, &commit)? => commit.clone(),
            Way::Merge => merged(&git, record, finish, &target, &old, &commit)?,
            Way::Squash => squashed(&git, record, finish, &target, &old, &commit)?,
            Way::Rebase => rebased(&git, &target, &old, &commit)?,
        }
    };
    step("finish: computed");
    if new != old {
        advance(context, &repository, &target, &old, &new)?;
    }
    Ok((target, new))
}

/// The local branch that gets it.
fn target(git: &Git, record: &Record, into: Option<&str>) -> Result<String, Error> {
    let base = into.or(record.base.as_deref()).ok_or_else(|| {
        Error::refused("the branch that it started from is unknown; name one with --into")
    })?;
    let exists = |name: &str| {
        let name = format!("refs/heads/{name}");
        git.call(["show-ref", "--verify", "--quiet", "--", &name])
            .run()
            .is_ok_and(|a| a.code == Some(0))
    };
    let local = base.split_once('/').map(|(_, rest)| rest);
    let name = [Some(base), local.filter(|_| into.is_none())].into_iter().flatten();
    let name = name.filter(|name| !name.starts_with('-')).find(|name| exists(name));
    name.map(str::to_string).ok_or_else(|| {
        Error::Refused(format!("there is no local branch {base}; name one with --into"))
    })
}

/// The tree of two sides together.
fn together(
    git: &Git,
    base: Option<&str>,
    target: &str,
    ours: &str,
    theirs: &str,
) -> Result<String, Error> {
    let mut merge = git.call(["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages"]);
    if let Some(base) = base {
        merge = merge.arg(format!("--merge-base={base}"));
    }
    let answer = merge.arg(ours).arg(theirs).run()?;
    let mut fields = words::fields(&answer.out).map(|f| String::from_utf8_lossy(f).into_owned());
    let tree = fields.next().map(|tree| tree.trim().to_string()).filter(|tree| words::is_oid(tree));
    match (answer.code, tree) {
        (Some(0), Some(tree)) => Ok(tree),
        (Some(1), Some(_)) => {
            let paths = fields.map(|path| segno_base::text::plain_text::line(&path)).collect();
            Err(Error::Conflicts { target: target.to_string(), paths })
        }
        (code, _) => {
            let message = answer.message();
            Err(GitError::Failed { command: "merge-tree".into(), code, message }.into())
        }
    }
}

fn merged(
    git: &Git,
    record: &Record,
    finish: &Finish,
    target: &str,
    old: &str,
    commit: &str,
) -> Result<String, Error> {
    let tree = together(git, None, target, old, commit)?;
    let called = record.branch.as_deref().unwrap_or(&record.name);
    let message =
        finish.message.clone().unwrap_or(format!("Merge branch '{called}' into {target}"));
    let message = hooks(git, &tree, "pre-merge-commit", &message)?;
    commit_tree(git, &tree, &[old, commit], &message, &[])
}

fn squashed(
    git: &Git,
    record: &Record,
    finish: &Finish,
    target: &str,
    old: &str,
    commit: &str,
) -> Result<String, Error> {
    let tree = together(git, None, target, old, commit)?;
    let message = match &finish.message {
        Some(message) => message.clone(),
        None => {
            let called = record.branch.as_deref().unwrap_or(&record.name);
            let log = git.call(["log", "--reverse", "--format=* %s", "--end-of-options"]);
            let log = log.arg(format!("{old}..{commit}")).text()?;
            match log.lines().count() {
                1 => git.call(["log", "-1", "--format=%B", "--end-of-options", commit]).text()?,
                _ => format!("{called}\n\n{log}"),
            }
        }
    };
    let message = hooks(git, &tree, "pre-commit", &message)?;
    commit_tree(git, &tree, &[old], &message, &[])
}

/// Each commit behind the target's, one after the other; merges are left out, and what the target
/// has already too.
fn rebased(git: &Git, target: &str, old: &str, commit: &str) -> Result<String, Error> {
    let list = git.call(["rev-list", "--reverse", "--topo-order", "--no-merges"]);
    let list = list.args(["--cherry-pick", "--right-only", "--end-of-options"]);
    let list = list.arg(format!("{old}...{commit}")).text()?;
    let mut new = old.to_string();
    for one in list.lines() {
        let parent = format!("{one}^");
        let parent =
            git.call(["rev-parse", "-q", "--verify", "--end-of-options", &parent]).run()?;
        let parent = match parent.code == Some(0) {
            true => String::from_utf8_lossy(&parent.out).trim().to_string(),
            // The first commit of a history of its own.
            false => git.call(["mktree"]).input(Vec::new()).text()?,
        };
        let tree = together(git, Some(&parent), target, &new, one)?;
        let before = git.call(["rev-parse", "--verify", "--end-of-options"]);
        if before.arg(format!("{new}^{{tree}}")).text()? == tree {
            continue;
        }
        let format = "--format=%an%x00%ae%x00%ad%x00%B";
        let shown = git.call(["show", "-s", "--date=raw", format, "--end-of-options", one]);
        let shown = shown.text()?;
        let mut parts = shown.splitn(4, '\0');
        let mut next = || parts.next().ok_or(GitError::Answer("show"));
        let author = [
            ("GIT_AUTHOR_NAME", next()?.to_string()),
            ("GIT_AUTHOR_EMAIL", next()?.to_string()),
            ("GIT_AUTHOR_DATE", next()?.to_string()),
        ];
        let message = next()?.to_string();
        new = commit_tree(git, &tree, &[&new], &message, &author)?;
    }
    Ok(new)
}

fn commit_tree(
    git: &Git,
    tree: &str,
    parents: &[&str],
    message: &str,
    env: &[(&'static str, String)],
) -> Result<String, Error> {
    let signs = git.call(["config", "--type=bool", "--default=false", "commit.gpgsign"]).text()?;
    let mut call = git.call(["commit-tree", tree, "-F", "-"]);
    if signs == "true" {
        call = call.arg("-S");
    }
    for parent in parents {
        call = call.arg("-p").arg(parent);
    }
    for (name, value) in env {
        call = call.env(name, value);
    }
    let message = format!("{}\n", message.trim_end());
    Ok(call.input(message.into_bytes()).text()?)
}

/// Runs the hooks that a commit of this tree has to pass, with an index that holds it; the message
/// as they leave it.
fn hooks(git: &Git, tree: &str, first: &str, message: &str) -> Result<String, Error> {
    let dir = tempfile::tempdir().map_err(failed("make", Path::new("a temporary directory")))?;
    let staged = git.with_index(&dir.path().join("index"));
    staged.call(["read-tree", tree]).bytes()?;
    let refused = |why: &str| format!("a hook of the repository refuses it: {why}");
    let run = |hook: &str, args: &[&Path]| {
        let call = staged.call(["hook", "run", "--ignore-missing", hook]);
        let call = args.iter().fold(call, |call, arg| call.arg("--").arg(arg));
        call.bytes().map(drop).map_err(|error| unless_failed(error, refused))
    };
    run(first, &[])?;
    let file = dir.path().join("message");
    std::fs::write(&file, message).map_err(failed("write", &file))?;
    run("commit-msg", &[&file])?;
    std::fs::read_to_string(&file).map_err(failed("read", &file))
}

/// What git would not do as things are is refused, in these words; anything else has failed.
fn unless_failed(error: GitError, refused: impl Fn(&str) -> String) -> Error {
    match error {
        GitError::Failed { message, .. } => Error::Refused(refused(&message)),
        error => error.into(),
    }
}

/// Moves a branch on to a commit that has it as an ancestor.
fn advance(
    context: &Context,
    repository: &Repository,
    target: &str,
    old: &str,
    new: &str,
) -> Result<(), Error> {
    let reference = format!("refs/heads/{target}");
    for tree in repository::worktrees(context, &repository.common)? {
        if tree.missing || tree.bare {
            continue;
        }
        let Some((own, _)) = crate::status::directories(&tree.path) else { continue };
        for name in ["rebase-merge/head-name", "rebase-apply/head-name"] {
            let under_way = std::fs::read_to_string(own.join(name)).unwrap_or_default();
            if under_way.trim() == reference {
                let at = tree.path.display();
                let why = format!("{target} is being rebased at {at}; finish that first");
                return Err(Error::Refused(why));
            }
        }
        if tree.branch.as_deref() == Some(target) {
            // Its files move along; git refuses where that would touch what is not committed.
            let git = Git::work(context, &tree.path);
            let forward = ["merge", "--ff-only", "--no-autostash", "--no-stat", "--quiet"];
            let at = tree.path.display();
            let refused = |why: &str| {
                format!("{target} is checked out at {at}, and git does not move it: {why}")
            };
            git.call(forward).arg(new).bytes().map_err(|error| unless_failed(error, refused))?;
            return Ok(());
        }
    }
    let git = Git::work(context, &repository.common);
    let note = "segno: worktree finished";
    git.call(["update-ref", "-m", note, &reference, new, old]).bytes()?;
    Ok(())
}
