//! What a new worktree begins with: an existing branch, a new one, or a worktree that is there.

use std::path::Path;

use super::Start;
use crate::git::{Git, words};
use crate::kinds::Kind;
use crate::repository::{self, Head, Listed, Repository};
use crate::{Context, Error, name};

/// Where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Base {
    /// There already.
    Worktree(Listed),
    /// A branch that exists.
    Branch { name: String, commit: String },
    /// A branch to be made.
    New { branch: String, commit: String, from: String },
    /// A commit without a branch.
    Detached { commit: String, from: String },
    /// The first branch of a repository without a commit.
    Orphan { branch: String },
}

impl Base {
    pub fn branch(&self) -> Option<&str> {
        match self {
            Base::Worktree(listed) => listed.branch.as_deref(),
            Base::Branch { name, .. } => Some(name),
            Base::New { branch, .. } | Base::Orphan { branch } => Some(branch),
            Base::Detached { .. } => None,
        }
    }

    pub fn makes_branch(&self) -> bool {
        matches!(self, Base::New { .. } | Base::Orphan { .. })
    }

    /// What it branched off.
    pub fn called(&self) -> Option<&str> {
        match self {
            Base::New { from, .. } | Base::Detached { from, .. } => Some(from),
            _ => None,
        }
    }

    pub fn commit(&self) -> Option<&str> {
        match self {
            Base::Branch { commit, .. }
            | Base::New { commit, .. }
            | Base::Detached { commit, .. } => Some(commit),
            Base::Worktree(listed) => listed.commit.as_deref(),
            Base::Orphan { .. } => None,
        }
    }
}

/// Finds out what is meant.
pub(super) fn find(
    context: &Context,
    repository: &Repository,
    start: &Start,
    kind: &Kind,
) -> Result<Base, Error> {
    let git = Git::look(context, &repository.common);
    let listed = repository::worktrees(context, &repository.common)?;
    let from = start.from.as_deref().map(str::trim).filter(|from| !from.is_empty());
    if let Some(from) = from
        && from.starts_with('-')
    {
        return Err(Error::Refused(format!("{from:?} is no branch and no commit; name one")));
    }
    let wanted = start.name.as_deref().map(name::for_branch).transpose()?;

    // A worktree that has the name, or is at the path, is what is meant.
    let meant = match (&start.name, from) {
        (Some(name), None) => Some(name.as_str()),
        (None, Some(from)) => Some(from),
        _ => None,
    };
    if let Some(meant) = meant {
        let at = start.directory.join(meant).canonicalize().ok();
        let branch = wanted.as_deref().unwrap_or(meant);
        let tree = listed.iter().find(|tree| {
            !tree.bare
                && (tree.branch.as_deref() == Some(branch) || at.as_ref() == Some(&tree.path))
        });
        match tree {
            // The main one is no place for a task of its own.
            Some(tree) if tree.missing => {
                return Err(Error::Refused(format!(
                    "{branch} is checked out at {}, which is missing; `segno worktree prune`",
                    tree.path.display()
                )));
            }
            Some(tree) if listed.first() == Some(tree) => {
                return Err(Error::Refused(format!(
                    "{branch} is checked out in the repository itself; choose another name"
                )));
            }
            Some(tree) => return Ok(Base::Worktree(tree.clone())),
            None => {}
        }
    }

    if let Some(number) = from.and_then(|from| from.strip_prefix('#')) {
        return pull_request(context, repository, number, wanted, kind);
    }
    if let Some(branch) = &wanted {
        refuse_clash(&git, branch)?;
        if let Some(commit) = branch_at(&git, branch)? {
            return match from {
                None => Ok(Base::Branch { name: branch.clone(), commit }),
                Some(_) => Err(Error::Refused(format!(
                    "the branch {branch} exists already; leave out --from to use it as it is"
                ))),
            };
        }
    }
    match (from, wanted) {
        (Some(from), wanted) => {
            if wanted.is_none()
                && let Some(commit) = branch_at(&git, from)?
            {
                return Ok(Base::Branch { name: from.to_string(), commit });
            }
            let seen = Git::look(context, repository.root.as_deref().unwrap_or(&repository.common));
            let Some(commit) = commit(&seen, from)? else {
                return Err(Error::Refused(format!(
                    "there is no branch or commit {from:?}; `git branch -a` lists branches"
                )));
            };
            // `origin/x` becomes a branch `x`.
            let local = git.call(["for-each-ref", "--format=%(refname:lstrip=3)"]);
            let local = local.arg(format!("refs/remotes/{from}")).text()?;
            let branch = wanted.or(Some(local).filter(|name| !name.is_empty()));
            let here = repository.head.branch().filter(|_| matches!(from, "HEAD" | "@"));
            let from = match here {
                Some(branch) => branch.to_string(),
                None if is_lasting(&git, from)? => from.to_string(),
                // `HEAD~2` is another commit tomorrow.
                None => commit.clone(),
            };
            Ok(match branch {
                Some(branch) => new_or_existing(&git, branch, commit, &from)?,
                None => Base::Detached { commit, from },
            })
        }
        (None, Some(branch)) => {
            let begins = match of_remote(&git, &branch)? {
                None => default_base(&git, repository)?,
                there => there,
            };
            Ok(match begins {
                Some((from, commit)) => Base::New { branch, commit, from },
                None => Base::Orphan { branch },
            })
        }
        (None, None) => Err(Error::refused("neither a name nor a base is given; name one")),
    }
}

fn new_or_existing(git: &Git, branch: String, commit: String, from: &str) -> Result<Base, Error> {
    Ok(match branch_at(git, &branch)? {
        Some(commit) => Base::Branch { name: branch, commit },
        None => Base::New { branch, commit, from: from.to_string() },
    })
}

/// What a name stands for; none when it stands for no commit.
fn commit(git: &Git, name: &str) -> Result<Option<String>, Error> {
    let verify = git.call(["rev-parse", "-q", "--verify", "--end-of-options"]);
    let answer = verify.arg(format!("{name}^{{commit}}")).run()?;
    let oid = String::from_utf8_lossy(&answer.out).trim().to_string();
    Ok(Some(oid).filter(|oid| answer.code == Some(0) && words::is_oid(oid)))
}

/// Whether this is the name of a branch or a tag.
fn is_lasting(git: &Git, name: &str) -> Result<bool, Error> {
    let refs = ["refs/heads", "refs/remotes", "refs/tags"].map(|refs| format!("{refs}/{name}"));
    let found = git.call(["for-each-ref", "--format=%(refname)"]).args(&refs).text()?;
    Ok(found.lines().any(|line| refs.iter().any(|name| name == line)))
}

/// Where a branch is; none when there is no branch of exactly this name.
fn branch_at(git: &Git, name: &str) -> Result<Option<String>, Error> {
    let verify = git.call(["show-ref", "--verify", "--hash", "--"]);
    let answer = verify.arg(format!("refs/heads/{name}")).run()?;
    let oid = String::from_utf8_lossy(&answer.out).trim().to_string();
    Ok(Some(oid).filter(|oid| answer.code == Some(0) && words::is_oid(oid)))
}

/// The branch of this name that a remote has, which somebody has begun: `origin`'s, or the only
/// one.
fn of_remote(git: &Git, branch: &str) -> Result<Option<(String, String)>, Error> {
    let format = "--format=%(objectname) %(refname:lstrip=2)";
    let all = git.call(["for-each-ref", format, "refs/remotes"]).text()?;
    let named = all.lines().filter_map(|line| line.split_once(' '));
    let mut found: Vec<_> = named
        .filter(|(_, name)| name.split_once('/').is_some_and(|(_, rest)| rest == branch))
        .map(|(commit, name)| (name.to_string(), commit.to_string()))
        .collect();
    let origin = found.iter().position(|(name, _)| name.starts_with("origin/"));
    Ok(match (origin, found.len()) {
        (Some(at), _) => Some(found.swap_remove(at)),
        (None, 1) => found.pop(),
        _ => None,
    })
}

/// What the remote calls its main branch; without one, what is checked out.
fn default_base(git: &Git, repository: &Repository) -> Result<Option<(String, String)>, Error> {
    let remote = git.call(["symbolic-ref", "-q", "--short", "refs/remotes/origin/HEAD"]).run()?;
    let remote = String::from_utf8_lossy(&remote.out).trim().to_string();
    if !remote.is_empty()
        && let Some(commit) = commit(git, &format!("refs/remotes/{remote}"))?
    {
        return Ok(Some((remote, commit)));
    }
    Ok(match &repository.head {
        Head::Branch { name, commit } => Some((name.clone(), commit.clone())),
        Head::Detached { commit } => Some((commit.clone(), commit.clone())),
        Head::Unborn { .. } => None,
    })
}

/// On a file system that does not distinguish upper and lower case, two branches must differ in
/// more.
fn refuse_clash(git: &Git, branch: &str) -> Result<(), Error> {
    let folds = git.call(["config", "--type=bool", "--default=false", "core.ignorecase"]).text()?;
    if folds != "true" {
        return Ok(());
    }
    let all = git.call(["for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads/"]).text()?;
    let lower = branch.to_lowercase();
    match all.lines().find(|other| *other != branch && other.to_lowercase() == lower) {
        Some(other) => Err(Error::Refused(format!(
            "the branch {other} differs in upper and lower case only; choose another name"
        ))),
        None => Ok(()),
    }
}

/// The head of a pull request, by the remote's refs.
fn pull_request(
    context: &Context,
    repository: &Repository,
    number: &str,
    wanted: Option<String>,
    kind: &Kind,
) -> Result<Base, Error> {
    let called = format!("#{number}");
    if number.is_empty() || number.len() > 12 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::Refused(format!("{called:?} is no pull request; write #123")));
    }
    let at: &Path = repository.root.as_deref().unwrap_or(&repository.common);
    let git = Git::work(context, at);
    let remotes = git.call(["remote"]).text()?;
    let remote = remotes.lines().find(|name| *name == "origin").or(remotes.lines().next());
    let remote = remote.filter(|name| !name.starts_with('-'));
    let remote = remote.ok_or_else(|| Error::refused("the repository has no remote; add one"))?;
    let refs: Vec<_> =
        kind.pull_requests.iter().map(|name| name.replace("{number}", number)).collect();
    let offered = git.call(["ls-remote", "--", remote]).args(&refs).text()?;
    let offered = offered.lines().filter_map(|line| line.split_once('\t'));
    let name = offered.map(|(_, name)| name).find(|name| refs.iter().any(|r| r == name));
    let name = name.ok_or_else(|| {
        Error::Refused(format!("{remote} has no pull request {called}; look whether it is open"))
    })?;
    let kept = format!("refs/segno/pull/{number}");
    git.call(["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--"])
        .arg(remote)
        .arg(format!("+{name}:{kept}"))
        .bytes()?;
    let commit = commit(&git, &kept)?.ok_or(crate::git::GitError::Answer("fetch"))?;
    let branch = wanted.unwrap_or(format!("pr-{number}"));
    match branch_at(&git, &branch)? {
        Some(_) => Err(Error::Refused(format!(
            "the branch {branch} exists already; choose another name, or leave out --from"
        ))),
        None => Ok(Base::New { branch, commit, from: called }),
    }
}
