//! What comes of merging, rebasing or squashing with git.

use std::path::Path;

use super::{Finish, Way};
use crate::error::io as failed;
use crate::git::{Git, GitError, words};
use crate::record::Record;
use crate::repository::{self, Repository};
use crate::step::step;
use crate::{Context, Error};

/// Computes the result and moves the target to it.
pub(super) fn bring_in(
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
pub(super) fn target(git: &Git, record: &Record, into: Option<&str>) -> Result<String, Error> {
    // A commit is no branch that could get anything.
    let began = record.base.as_deref().filter(|base| !words::is_oid(base));
    let base = into.or(began).ok_or_else(|| {
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
pub(super) fn together(
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
pub(super) fn rebased(git: &Git, target: &str, old: &str, commit: &str) -> Result<String, Error> {
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
