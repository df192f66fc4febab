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
    /// Makes a worktree. `{name}`, `{path}` and `{base}` stand for what they say.
    #[serde(default)]
    pub add: Vec<String>,
    /// Makes the system forget a worktree whose files are gone.
    #[serde(default)]
    pub forget: Vec<String>,
    /// Lists the files, one a line, that the repository keeps when the worktree goes.
    #[serde(default)]
    pub recorded: Vec<String>,
    /// Prints what was done since `{base}`, as git would.
    #[serde(default)]
    pub diff: Vec<String>,
    /// What `{base}` is unless said.
    #[serde(default)]
    pub base: String,
    /// Whether a worktree is a copy of the whole directory.
    #[serde(default)]
    pub copy: bool,
    /// Where a remote keeps the heads of pull requests; `{number}` is one's number.
    #[serde(default)]
    pub pull_requests: Vec<String>,
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
    let filled = command.iter().map(|arg| {
        // One value for one argument: nothing is pasted into a text.
        values.iter().find(|(name, _)| arg == name).map_or(arg.as_str(), |(_, value)| value)
    });
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
