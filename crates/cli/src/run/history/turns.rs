//! Where turns began, as the daemon reports it: a line of JSON each, on standard input.

use std::io::BufRead as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::environment::user_home;
use segno_archive::context::{self, Context};
use segno_archive::{Archive, Result};
use segno_store::project;
use segno_worktree::repository;

/// A turn that has begun.
#[derive(Debug, Deserialize)]
pub struct Turn {
    /// Milliseconds since the Unix epoch.
    at: u64,
    pane: String,
    #[serde(rename = "type")]
    agent: String,
    cwd: PathBuf,
    session: String,
}

/// All that stands on standard input.
pub fn read() -> Vec<Turn> {
    let lines = std::io::stdin().lock().lines().map_while(std::result::Result::ok);
    lines.filter_map(|line| serde_json::from_str(&line).ok()).collect()
}

impl Turn {
    /// Notes where it began, with git's state there.
    pub fn note(&self, archive: &Archive) -> Result<()> {
        let head = Head::of(&self.cwd);
        let root = project::root(&self.cwd, user_home().as_deref());
        let root = root.as_deref().unwrap_or(&self.cwd);
        let held = Context {
            time: i64::try_from(self.at).unwrap_or_default(),
            pane: Some(self.pane.clone()),
            project: root.file_name().map(|name| name.to_string_lossy().into_owned()),
            directory: Some(self.cwd.to_string_lossy().into_owned()),
            branch: head.as_ref().and_then(|head| head.branch.clone()),
            commit: head.and_then(|head| head.commit),
        };
        context::note(archive, &self.agent, &self.session, &held)
    }
}

/// What is checked out in a directory, as git's own files say: no program is started for it.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    branch: Option<String>,
    commit: Option<String>,
}

/// The largest of git's small files that is read, in bytes.
const SMALL: u64 = 4096;
/// The largest list of packed references.
const PACKED: u64 = 16 << 20;

impl Head {
    fn of(directory: &Path) -> Option<Head> {
        let (git, common) = directory.ancestors().find_map(repository::git_dirs)?;
        let head = text(&git.join("HEAD"), SMALL)?;
        let head = head.trim();
        let Some(reference) = head.strip_prefix("ref: ") else {
            let commit = is_commit(head).then(|| head.to_string());
            return Some(Head { branch: None, commit });
        };
        let branch = reference.strip_prefix("refs/heads/").map(str::to_string);
        // Worktrees share the branches of their repository.
        let loose = text(&common.join(reference), SMALL).map(|text| text.trim().to_string());
        let commit = loose.filter(|text| is_commit(text)).or_else(|| packed(&common, reference));
        Some(Head { branch, commit })
    }
}

fn packed(git: &Path, reference: &str) -> Option<String> {
    let list = text(&git.join("packed-refs"), PACKED)?;
    list.lines().find_map(|line| {
        let (commit, name) = line.split_once(' ')?;
        (name == reference && is_commit(commit)).then(|| commit.to_string())
    })
}

fn is_commit(text: &str) -> bool {
    (text.len() == 40 || text.len() == 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn text(path: &Path, limit: u64) -> Option<String> {
    segno_store::file::user_file::read(path, limit).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn git_is_read_as_it_stands_on_disk() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().join("work");
        let deep = root.join("a/b");
        fs::create_dir_all(&deep).unwrap();
        assert_eq!(Head::of(&deep), None);
        let git = root.join(".git");
        fs::create_dir_all(git.join("refs/heads")).unwrap();
        fs::write(git.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        let head = |commit: Option<&str>| {
            let commit = commit.map(str::to_string);
            Some(Head { branch: Some("main".into()), commit })
        };
        assert_eq!(Head::of(&deep), head(None), "no commit yet");
        fs::write(git.join("packed-refs"), format!("# pack\n{COMMIT} refs/heads/main\n")).unwrap();
        assert_eq!(Head::of(&deep), head(Some(COMMIT)));
        let other = COMMIT.replace('0', "f");
        fs::write(git.join("refs/heads/main"), format!("{other}\n")).unwrap();
        assert_eq!(Head::of(&deep), head(Some(&other)));
        fs::write(git.join("HEAD"), format!("{COMMIT}\n")).unwrap();
        assert_eq!(Head::of(&deep).unwrap().branch, None);
        // A worktree of it.
        let tree = temp.path().join("tree");
        let inner = git.join("worktrees/tree");
        fs::create_dir_all(&tree).unwrap();
        fs::create_dir_all(&inner).unwrap();
        fs::write(tree.join(".git"), format!("gitdir: {}\n", inner.display())).unwrap();
        fs::write(inner.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(inner.join("commondir"), "../..\n").unwrap();
        let found = Head::of(&tree).unwrap();
        assert_eq!((found.branch.as_deref(), found.commit), (Some("main"), Some(other)));
    }
}
