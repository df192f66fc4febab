//! A repository with a home of Segno's beside it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::finish::{Finish, Finished, Way};
use crate::start::{Place, Start, Started};
use crate::{Context, Error};
use segno_store::home::Home;

/// Now, for the tests.
pub const NOW: u64 = 1_800_000_000;

pub struct Bench {
    _temp: Option<tempfile::TempDir>,
    pub dir: PathBuf,
    pub repo: PathBuf,
    pub context: Context,
}

impl Bench {
    /// With a repository of one commit.
    pub fn new() -> Bench {
        let temp = tempfile::tempdir().unwrap();
        let bench = Bench::at(temp.path(), "project");
        bench.init();
        Bench { _temp: Some(temp), ..bench }
    }

    /// Where things are in a directory; makes nothing but the home.
    pub fn at(dir: &Path, name: &str) -> Bench {
        let dir = dir.canonicalize().unwrap();
        let home = Home::resolve(Some(dir.join("home").as_os_str()), None, &dir).unwrap();
        home.create().unwrap();
        let repo = dir.join(name);
        Bench { _temp: None, repo, context: Context::new(home), dir }
    }

    pub fn init(&self) {
        fs::create_dir_all(&self.repo).unwrap();
        self.git(&["init", "-q", "-b", "main"]);
        configure(&self.repo);
        self.write("file.txt", "one\ntwo\nthree\n");
        self.write(".gitignore", "*.log\n.env\nnode_modules/\n");
        self.commit("first");
    }

    pub fn write(&self, name: &str, text: &str) {
        write(&self.repo.join(name), text);
    }

    pub fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
    }

    pub fn git(&self, args: &[&str]) -> String {
        git(&self.repo, args)
    }

    pub fn start(&self, name: &str) -> Result<Started, Error> {
        self.start_from(Some(name), None)
    }

    pub fn start_from(&self, name: Option<&str>, from: Option<&str>) -> Result<Started, Error> {
        let start = Start {
            directory: self.repo.clone(),
            name: name.map(str::to_string),
            from: from.map(str::to_string),
            place: Place::Beside,
            also_of: None,
            user_home: None,
            copy_all: false,
            now: NOW,
        };
        crate::start::start(&self.context, &start, &|program| program == "git")
    }

    pub fn finish(&self, path: &Path, way: Way) -> Result<Finished, Error> {
        crate::finish::finish(&self.context, &wanted(path, way))
    }

    pub fn restore(&self, what: &str) -> Result<crate::record::Record, Error> {
        crate::trash::restore(&self.context, what)
    }

    pub fn branches(&self) -> Vec<String> {
        let all = self.git(&["for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads"]);
        all.lines().map(str::to_string).collect()
    }

    /// Nothing of a worktree is there: no directory, no branch, no record, nothing in the trash.
    #[track_caller]
    pub fn assert_nothing(&self, branch: &str) {
        assert!(!self.branches().iter().any(|name| name == branch), "{:?}", self.branches());
        let listed = self.git(&["worktree", "list"]);
        assert_eq!(listed.lines().count(), 1, "{listed}");
        assert_eq!(crate::record::all(&self.context), []);
        assert_eq!(crate::trash::all(&self.context), []);
        let beside = self.dir.join("project.worktrees");
        assert!(!beside.exists(), "{:?}", fs::read_dir(beside).unwrap().collect::<Vec<_>>());
    }
}

pub fn wanted(path: &Path, way: Way) -> Finish {
    Finish::new(path, way, NOW)
}

pub fn configure(repo: &Path) {
    for (key, value) in [
        ("user.name", "T"),
        ("user.email", "t@example.com"),
        ("commit.gpgsign", "false"),
        ("protocol.file.allow", "always"),
    ] {
        git(repo, &["config", key, value]);
    }
}

/// Git as a user has it, but for the user's own settings.
#[track_caller]
pub fn git(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "protocol.file.allow=always"])
        .args(args)
        .current_dir(dir)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {message}");
    String::from_utf8_lossy(&output.stdout).trim_end().to_string()
}

pub fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

pub fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn script(path: &Path, text: &str) {
    write(path, &format!("#!/bin/sh\n{text}\n"));
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Work of every sort: committed, staged, changed on top of that, new, ignored.
pub fn work(path: &Path) {
    write(&path.join("done.txt"), "committed\n");
    git(path, &["add", "done.txt"]);
    git(path, &["commit", "-q", "-m", "work"]);
    write(&path.join("file.txt"), "one\nstaged\nthree\n");
    git(path, &["add", "file.txt"]);
    write(&path.join("file.txt"), "one\nchanged\nthree\n");
    write(&path.join("new ü.txt"), "untracked\n");
    write(&path.join("deep/build.log"), "ignored\n");
    std::os::unix::fs::symlink("nowhere", path.join("link")).unwrap();
}

/// Nothing of [`work`] is missing.
#[track_caller]
pub fn assert_whole(path: &Path) {
    assert_eq!(git(path, &["log", "-1", "--format=%s"]), "work");
    assert_eq!(read(&path.join("done.txt")), "committed\n");
    assert_eq!(git(path, &["show", ":file.txt"]), "one\nstaged\nthree");
    assert_eq!(read(&path.join("file.txt")), "one\nchanged\nthree\n");
    assert_eq!(read(&path.join("new ü.txt")), "untracked\n");
    assert_eq!(read(&path.join("deep/build.log")), "ignored\n");
    assert_eq!(fs::read_link(path.join("link")).unwrap(), Path::new("nowhere"));
    let status = git(path, &["-c", "core.quotePath=false", "status", "--porcelain"]);
    assert_eq!(status, "MM file.txt\n?? link\n?? \"new ü.txt\"", "{status}");
}
