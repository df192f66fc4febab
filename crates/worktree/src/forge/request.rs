//! Ending a task by a pull request: the branch goes to the remote, and the program that knows the
//! remote makes the request. The worktree stays until that is merged.

use std::path::Path;

use serde::Serialize;

use crate::finish::{self, Finish, Way};
use crate::forge;
use crate::git::{Git, words};
use crate::kinds;
use crate::losses;
use crate::record;
use crate::{Context, Error};

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Requested {
    pub branch: String,
    pub remote: String,
    /// The pull request's address; empty where the program did not say it.
    pub url: String,
    /// It was there already, and has the new commits.
    pub existed: bool,
}

/// Does it. `into` is the branch that is to get it, and `message` the title with a text below it;
/// else they are where the branch began and what its commits say.
pub fn request(
    context: &Context,
    path: &Path,
    into: Option<&str>,
    message: Option<&str>,
    has: &dyn Fn(&str) -> bool,
) -> Result<Requested, Error> {
    let path = losses::real(path);
    let record = finish::known(context, &path)?;
    if record.kind != kinds::GIT {
        let why = format!("a pull request of a {} worktree is made by hand", record.kind);
        return Err(Error::Refused(format!("{why}; then put it away with --leave")));
    }
    let _claim = record::claim(context, &record.id)?;
    // What is not committed would not be in it.
    let whole = Finish { keep: true, ..Finish::new(&record.path, Way::Leave, 0) };
    finish::check(context, &whole)?;
    let git = Git::work(context, &record.path);
    let branch = record.branch.clone();
    let branch =
        branch.ok_or_else(|| Error::refused("it is on no branch; `git switch -c NAME`"))?;
    let forge = forge::of(context, &record.path, has).ok_or_else(|| {
        let known: Vec<_> = forge::all().into_iter().map(|forge| forge.program).collect();
        let why = "no program that knows pull requests is installed for its remote";
        Error::Refused(format!("{why}; install {}", known.join(" or ")))
    })?;
    let remotes = git.call(["remote"]).text()?;
    let remotes: Vec<&str> = remotes.lines().collect();
    let of_base = record.base.as_deref().and_then(|base| base.split_once('/'));
    let of_base = of_base.filter(|(remote, _)| remotes.contains(remote));
    let remote = of_base.map(|(remote, _)| remote).or(remotes.first().copied());
    let remote = remote.ok_or_else(|| Error::refused("it has no remote; `git remote add` one"))?;
    let base = match (into, of_base, record.base.as_deref()) {
        (Some(into), ..) => into,
        (None, Some((_, base)), _) | (None, None, Some(base)) => base,
        (None, None, None) => {
            return Err(Error::refused("what it branched off is unknown; name it with --into"));
        }
    };
    if base.starts_with('-') || base == branch {
        return Err(Error::Refused(format!("{base:?} cannot get it; name a branch with --into")));
    }
    let reference = format!("refs/heads/{branch}:refs/heads/{branch}");
    git.call(["push", "--quiet", "--set-upstream", "--", remote, &reference]).bytes()?;
    let requested = |url, existed| Requested {
        branch: branch.clone(),
        remote: remote.to_string(),
        url,
        existed,
    };
    let open = forge.view(&record.path, &branch).filter(|request| !is_over(&request.state));
    if let Some(open) = open {
        return Ok(requested(open.url, true));
    }
    let from = record.base_commit.as_deref().filter(|commit| words::is_oid(commit));
    let (title, body) = texts(&git, from, message)?;
    let values =
        [("{branch}", branch.as_str()), ("{base}", base), ("{title}", &title), ("{body}", &body)];
    Ok(requested(forge.create(&record.path, &values)?, false))
}

fn is_over(state: &str) -> bool {
    matches!(state, "merged" | "closed")
}

/// The title and the text.
fn texts(git: &Git, from: Option<&str>, message: Option<&str>) -> Result<(String, String), Error> {
    let message = match message {
        Some(message) => message.to_string(),
        None => {
            let log = git.call(["log", "--reverse", "--format=%s"]);
            let range = from.map_or("HEAD".to_string(), |from| format!("{from}..HEAD"));
            let log = log.arg("--max-count=50").arg(range).text()?;
            match log.lines().count() {
                0 => return Err(Error::refused("it has no commit of its own; nothing to ask for")),
                1 => git.call(["log", "-1", "--format=%B"]).text()?,
                _ => {
                    let title = log.lines().last().unwrap_or_default();
                    let list: String = log.lines().map(|line| format!("* {line}\n")).collect();
                    format!("{title}\n\n{list}")
                }
            }
        }
    };
    let (title, body) = message.split_once('\n').unwrap_or((&message, ""));
    Ok((title.trim().to_string(), body.trim().to_string()))
}
