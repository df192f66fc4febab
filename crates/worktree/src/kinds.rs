//! Which systems worktrees can be made with, as data: `defaults/worktrees/kinds.toml`. Git's own
//! commands are code, because nothing of a repository may get lost between them; what others do is
//! a list of commands.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::Error;

const TEXT: &str = include_str!("../../../defaults/worktrees/kinds.toml");

/// Git's name among the kinds.
pub const GIT: &str = "git";

/// One system.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    pub name: String,
    /// What lies in the root of a repository; nothing: every directory is one.
    pub marker: Option<String>,
    /// What has to be installed; without it the next kind that fits is taken.
    pub program: Option<String>,
    /// Prints the directory of the repository itself, asked in a worktree of it.
    #[serde(default)]
    pub main: Vec<String>,
    /// Makes a worktree. `{name}`, `{path}` and `{base}` stand for what they say.
    #[serde(default)]
    pub add: Vec<String>,
    /// Makes the system forget a worktree whose files are gone.
    #[serde(default)]
    pub forget: Vec<String>,
    /// What a worktree has in its root that is the system's and nobody's work.
    #[serde(default)]
    pub own: Vec<String>,
    /// Lists the files, one a line, that the repository keeps when the worktree goes.
    #[serde(default)]
    pub recorded: Vec<String>,
    /// Prints what was done since `{since}`, as git would.
    #[serde(default)]
    pub diff: Vec<String>,
    /// What `{since}` is, by the commit `{base}` that something began with.
    #[serde(default)]
    pub since: String,
    /// What `{base}` is unless said.
    #[serde(default)]
    pub base: String,
    /// Prints a line for each commit that `{revision}` names: its name in hexadecimal digits, then
    /// `c` where it has conflicts, and `n` where it has no description.
    #[serde(default)]
    pub commits: Vec<String>,
    /// Prints a line for each branch: its name and its commit.
    #[serde(default)]
    pub branches: Vec<String>,
    /// Prints the names of the branches that the commit `{base}` is nearest to, one a line.
    #[serde(default)]
    pub nearest: Vec<String>,
    /// What whoever solves a conflict runs; `{target}` is the branch that is to get it.
    #[serde(default)]
    pub solve: String,
    /// How what was done gets into a branch; nothing: by hand.
    pub finish: Option<Finishing>,
    /// How a worktree that was forgotten is known again; nothing: by hand.
    pub remember: Option<Remembering>,
    /// Whether a worktree is a copy of the whole directory.
    #[serde(default)]
    pub copy: bool,
    /// Where a remote keeps the heads of pull requests; `{number}` is one's number.
    #[serde(default)]
    pub pull_requests: Vec<String>,
}

/// How a kind merges. `{commit}` is what was done, `{target}` the commit of the branch that gets
/// it.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Finishing {
    /// The commit to be merged.
    pub head: String,
    /// The commits that the target does not have.
    pub own: String,
    /// Prints the files of a commit that conflict, one a line.
    pub conflicted: Vec<String>,
    /// Prints what the commits `{revision}` say, one a line, oldest first.
    pub said: Vec<String>,
    /// Gives a commit the description `{message}`.
    pub describe: Vec<String>,
    pub merge: Making,
    pub rebase: Making,
    pub squash: Making,
    /// Gives a commit all files of the commit `{from}`.
    pub fill: Vec<String>,
    /// Makes commits invisible.
    pub drop: Vec<String>,
    /// Moves `{branch}` on to a commit.
    pub advance: Vec<String>,
}

/// A command that makes commits, and where they are found.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Making {
    pub make: Vec<String>,
    pub made: String,
}

/// How forgetting is reverted.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Remembering {
    /// Prints what was done to the repository, newest first: a name and what it is called, a line
    /// each.
    pub done: Vec<String>,
    /// What forgetting is called.
    pub called: String,
    /// Reverts `{operation}`.
    pub revert: Vec<String>,
}

#[derive(Deserialize)]
struct File {
    kind: Vec<Kind>,
}

/// All kinds; the first one that fits is taken.
pub fn all() -> Vec<Kind> {
    // A test holds that it can be read.
    toml::from_str::<File>(TEXT).map(|file| file.kind).unwrap_or_default()
}

/// A kind by its name.
pub fn named(name: &str) -> Option<Kind> {
    all().into_iter().find(|kind| kind.name == name)
}

/// What a directory is under, and its root: by the nearest marker from it upwards.
pub fn of(directory: &Path, has: &dyn Fn(&str) -> bool) -> Option<(Kind, PathBuf)> {
    let kinds: Vec<_> =
        all().into_iter().filter(|kind| kind.program.as_deref().is_none_or(has)).collect();
    for dir in directory.ancestors() {
        for kind in &kinds {
            let marked = |marker| fs::symlink_metadata(dir.join(marker)).is_ok();
            if kind.marker.as_ref().is_some_and(marked) {
                return Some((kind.clone(), dir.to_path_buf()));
            }
        }
        // A bare repository has no marker.
        if dir.join("HEAD").is_file() && dir.join("objects").is_dir() && dir.join("refs").is_dir() {
            return Some((kinds.iter().find(|kind| kind.name == GIT)?.clone(), dir.to_path_buf()));
        }
    }
    let plain = kinds.into_iter().find(|kind| kind.marker.is_none())?;
    Some((plain, directory.to_path_buf()))
}

impl Kind {
    /// The one commit that a revision names; none where this system has no commits.
    pub(crate) fn commit(&self, directory: &Path, revision: &str) -> Result<Option<String>, Error> {
        if self.commits.is_empty() {
            return Ok(None);
        }
        let printed = run(self, &self.commits, directory, &[("{revision}", revision)])?;
        let printed = String::from_utf8_lossy(&printed).into_owned();
        let mut lines = printed.lines();
        let one = lines.next().and_then(|line| line.split(' ').next()).filter(|c| is_commit(c));
        match (one, lines.next()) {
            (Some(one), None) => Ok(Some(one.to_string())),
            _ => {
                let why = format!("{revision:?} is not one commit for {}; name one", self.name);
                Err(Error::Refused(why))
            }
        }
    }

    /// The directory of the repository itself, by that of one of its worktrees.
    pub(crate) fn main(&self, root: &Path) -> PathBuf {
        let printed = run(self, &self.main, root, &[]).unwrap_or_default();
        let path = crate::git::words::path(printed.strip_suffix(b"\n").unwrap_or(&printed));
        match path.is_absolute() && path.is_dir() {
            true => path,
            false => root.to_path_buf(),
        }
    }

    /// Where a branch of this name is; none where there is none.
    pub(crate) fn branch(&self, directory: &Path, name: &str) -> Result<Option<String>, Error> {
        let printed = run(self, &self.branches, directory, &[])?;
        let printed = String::from_utf8_lossy(&printed);
        let branches = printed.lines().filter_map(|line| line.rsplit_once(' '));
        let mut found = branches.filter(|(branch, commit)| *branch == name && is_commit(commit));
        Ok(found.next().map(|(_, commit)| commit.to_string()))
    }

    /// The branch that a commit is nearest to, or the only one that there is.
    pub(crate) fn nearest(&self, directory: &Path, commit: &str) -> Option<String> {
        let printed = |command: &[String]| {
            let printed = run(self, command, directory, &[("{base}", commit)]).ok()?;
            Some(String::from_utf8_lossy(&printed).into_owned())
        };
        let mut names: Vec<String> = printed(&self.nearest)?.lines().map(str::to_string).collect();
        if names.is_empty() {
            let branches = printed(&self.branches)?;
            let branches = branches.lines().filter_map(|line| line.rsplit_once(' '));
            names = branches.map(|(name, _)| name.to_string()).collect();
        }
        // One that a remote has too is there twice.
        names.sort();
        names.dedup();
        names.pop().filter(|_| names.is_empty())
    }

    /// What a repository calls it that it has forgotten a worktree; the last time.
    pub(crate) fn forgotten(&self, repository: &Path, name: &str) -> Option<String> {
        let remember = self.remember.as_ref()?;
        let called = remember.called.replace("{name}", name);
        let printed = run(self, &remember.done, repository, &[]).ok()?;
        let printed = String::from_utf8_lossy(&printed).into_owned();
        let mut done = printed.lines().filter_map(|line| line.split_once(' '));
        let (operation, _) = done.find(|(id, what)| *what == called && is_commit(id))?;
        Some(operation.to_string())
    }

    /// What was done since a commit, where this system says so: since the two went apart.
    pub(crate) fn since(&self, commit: &str) -> String {
        match self.since.is_empty() {
            true => commit.to_string(),
            false => fill(&self.since, &[("{base}", commit)]),
        }
    }
}

/// Puts values into an argument. One value is one argument: only the names of commits, which cannot
/// be taken for anything else, are put into a text.
pub(crate) fn fill(arg: &str, values: &[(&str, &str)]) -> String {
    if let Some((_, value)) = values.iter().find(|(name, _)| arg == *name) {
        return value.to_string();
    }
    let names = values.iter().filter(|(_, value)| is_commit(value));
    names.fold(arg.to_string(), |text, (name, value)| text.replace(name, value))
}

/// Whether this can only be a commit's name.
pub(crate) fn is_commit(text: &str) -> bool {
    (8..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Runs one of a kind's commands in a directory; what it printed.
pub(crate) fn run(
    kind: &Kind,
    command: &[String],
    directory: &Path,
    values: &[(&str, &str)],
) -> Result<Vec<u8>, Error> {
    let Some(program) = kind.program.as_ref().filter(|_| !command.is_empty()) else {
        return Ok(Vec::new());
    };
    let filled = command.iter().map(|arg| fill(arg, values));
    let mut started = Command::new(program);
    started.args(filled).current_dir(directory).stdin(Stdio::null());
    segno_base::system::os::leave_terminal(&mut started);
    let output = started.output().map_err(crate::error::io("start", Path::new(program)))?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => {
            let message = String::from_utf8_lossy(&output.stderr);
            let message = segno_base::text::plain_text::line(message.trim());
            Err(Error::Refused(format!("{program}: {message}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kinds_can_be_read() {
        let all = toml::from_str::<File>(TEXT).unwrap().kind;
        assert!(all.iter().any(|kind| kind.name == GIT && !kind.pull_requests.is_empty()));
        assert!(all.last().unwrap().marker.is_none(), "the last one fits everything");
    }

    #[test]
    fn only_names_of_commits_are_put_into_a_text() {
        let values = [("{target}", "0123456789ab"), ("{message}", "all() | x")];
        assert_eq!(fill("{target}+", &values), "0123456789ab+");
        assert_eq!(fill("{message}", &values), "all() | x");
        assert_eq!(fill("({message})", &values), "({message})");
    }

    #[test]
    fn the_nearest_marker_counts_and_a_missing_program_does_not() {
        let temp = tempfile::tempdir().unwrap();
        let deep = temp.path().join("a/b");
        fs::create_dir_all(&deep).unwrap();
        let name = |has: bool| of(&deep, &|_| has).map(|(kind, root)| (kind.name, root)).unwrap();
        assert_eq!(name(true), ("copy".into(), deep.clone()));
        fs::create_dir(temp.path().join(".git")).unwrap();
        fs::create_dir(temp.path().join(".jj")).unwrap();
        assert_eq!(name(true), ("jj".into(), temp.path().to_path_buf()));
    }
}
