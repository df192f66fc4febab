//! Repositories of all kinds through start, work and finish, with segno killed at some call of git
//! in each of them. Nothing that was committed, changed, new or ignored is ever lost.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Output;

use super::{git, ok, repository};
use crate::support::segno::{Segno, program};

/// At which of its calls of git each command is killed: so many of a hundred of them, and whether
/// that git has done its work by then.
#[derive(Clone, Copy)]
struct Kill(usize, Moment);

#[derive(Clone, Copy, PartialEq)]
enum Moment {
    Before,
    After,
}
use Moment::{After, Before};

/// Calls of git that a command makes at least.
const ADDS: usize = 11;
const REMOVES: usize = 36;
const RESTORES: usize = 4;
const MERGES: usize = 60;

struct Row {
    segno: Segno,
    /// Where commands are given.
    root: PathBuf,
    kill: Kill,
}

impl Row {
    fn new(kill: Kill) -> Row {
        let mut segno = Segno::new();
        deadly_git(&mut segno);
        let root = repository(&segno);
        Row { segno, root, kill }
    }

    /// Runs a command of segno that is killed at its n-th call of git.
    fn at_call(&self, n: usize, args: &[&str]) -> Output {
        fs::write(self.segno.root().join("calls"), "0").unwrap();
        let mut command = self.segno.command(program());
        command.env("DIES_AT", n.to_string());
        command.env("DOES_IT", if self.kill.1 == After { "1" } else { "" });
        command.args(args).current_dir(&self.root).output().unwrap()
    }

    /// Kills a command on its way.
    #[track_caller]
    fn killed(&self, calls: usize, args: &[&str]) {
        let n = 1 + (calls - 1) * self.kill.0 / 100;
        let output = self.at_call(n, args);
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.signal(), Some(9), "{n}, {args:?}: {message}");
        // Whoever comes by next finishes or undoes it.
        ok(&self.segno, &self.root, &["worktree", "list"]);
    }

    /// Starts, works, puts away, restores and merges, and is killed at each of these.
    #[track_caller]
    fn all_of_it(&self) {
        let run = |args: &[&str]| ok(&self.segno, &self.root, args);
        self.killed(ADDS, &["worktree", "add", "task"]);
        let left = git(&self.segno, &self.root, &["worktree", "list", "--porcelain"]);
        assert_eq!(left.lines().filter(|line| line.starts_with("worktree ")).count(), 1, "{left}");
        let tree = PathBuf::from(run(&["worktree", "add", "task"]));
        assert!(tree.is_dir(), "{tree:?}");
        work(&self.segno, &tree);
        let away = ["worktree", "finish", "task", "--leave", "--trash"];
        self.killed(REMOVES, &away);
        self.come_back(&tree);
        if tree.exists() {
            run(&away);
        }
        assert!(!tree.exists());
        self.killed(RESTORES, &["worktree", "restore", "task"]);
        self.come_back(&tree);
        git(&self.segno, &tree, &["add", "-A"]);
        git(&self.segno, &tree, &["commit", "-q", "--no-verify", "-m", "all"]);
        let merge = ["worktree", "finish", "task", "--into", "main"];
        self.killed(MERGES, &merge);
        if tree.exists() {
            run(&merge);
        }
        let show = |what: &str| git(&self.segno, &self.root, &["show", what]);
        assert_eq!(show("main:done.txt"), "committed");
        assert_eq!(show("main:file.txt"), "changed");
        assert_eq!(show("main:new ü.txt"), "untracked");
        // What git ignores is in the trash.
        run(&["worktree", "restore", "task"]);
        assert_eq!(fs::read_to_string(tree.join("deep/.env")).unwrap(), "ignored\n");
    }

    /// It is in its place, or comes there from the trash, with everything.
    #[track_caller]
    fn come_back(&self, tree: &Path) {
        if !tree.exists() {
            ok(&self.segno, &self.root, &["worktree", "restore", "task"]);
        }
        assert_whole(&self.segno, tree);
    }
}

/// Puts a `git` in front of the real one which kills the segno that calls it, as told.
fn deadly_git(segno: &mut Segno) {
    let bin = segno.directory("bin");
    let path = std::env::var_os("PATH").unwrap();
    let real = std::env::split_paths(&path).map(|at| at.join("git")).find(|git| git.exists());
    let (real, calls) = (real.expect("git"), segno.root().join("calls"));
    let script = format!(
        "#!/bin/sh\nreal='{}' calls='{}'\n\
         test -n \"$SLOW\" && sleep 0.01\n\
         read -r parent < /proc/$PPID/comm\n\
         test \"$parent\" = segno && test -n \"$DIES_AT\" || exec \"$real\" \"$@\"\n\
         n=$(($(cat \"$calls\") + 1)); echo $n > \"$calls\"\n\
         test $n -eq $DIES_AT || exec \"$real\" \"$@\"\n\
         test -z \"$DOES_IT\" || \"$real\" \"$@\"\n\
         kill -9 $PPID\n",
        real.display(),
        calls.display()
    );
    fs::write(bin.join("git"), script).unwrap();
    fs::set_permissions(bin.join("git"), fs::Permissions::from_mode(0o755)).unwrap();
    segno.path_first(&bin);
}

/// Work of every sort: committed, staged, changed on top of that, new, ignored.
fn work(segno: &Segno, tree: &Path) {
    fs::write(tree.join("done.txt"), "committed\n").unwrap();
    git(segno, tree, &["add", "done.txt"]);
    git(segno, tree, &["commit", "-q", "--no-verify", "-m", "work"]);
    fs::write(tree.join("file.txt"), "staged\n").unwrap();
    git(segno, tree, &["add", "file.txt"]);
    fs::write(tree.join("file.txt"), "changed\n").unwrap();
    fs::write(tree.join("new ü.txt"), "untracked\n").unwrap();
    fs::create_dir(tree.join("deep")).unwrap();
    fs::write(tree.join("deep/.env"), "ignored\n").unwrap();
    symlink("nowhere", tree.join("link")).unwrap();
}

/// Nothing of [`work`] is missing.
#[track_caller]
fn assert_whole(segno: &Segno, tree: &Path) {
    let read = |name: &str| fs::read_to_string(tree.join(name)).unwrap_or_default();
    assert_eq!(git(segno, tree, &["log", "-1", "--format=%s"]), "work");
    assert_eq!(read("done.txt"), "committed\n");
    assert_eq!(git(segno, tree, &["show", ":file.txt"]), "staged");
    assert_eq!(read("file.txt"), "changed\n");
    assert_eq!(read("new ü.txt"), "untracked\n");
    assert_eq!(read("deep/.env"), "ignored\n");
    assert_eq!(fs::read_link(tree.join("link")).unwrap(), Path::new("nowhere"));
}

#[test]
fn plain() {
    for percent in [0, 100] {
        Row::new(Kill(percent, Before)).all_of_it();
    }
}

#[test]
fn bare() {
    let mut row = Row::new(Kill(10, After));
    let bare = row.segno.root().join("bare.git");
    git(&row.segno, &row.root, &["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    row.root = bare;
    row.all_of_it();
}

#[test]
fn detached() {
    let row = Row::new(Kill(20, Before));
    git(&row.segno, &row.root, &["checkout", "-q", "--detach"]);
    row.all_of_it();
}

#[test]
fn spaces_and_unicode() {
    let mut row = Row::new(Kill(30, After));
    let odd = row.segno.root().join("a b ü 漢 $(x) 'q'");
    fs::rename(&row.root, &odd).unwrap();
    row.root = odd;
    row.all_of_it();
}

#[test]
fn names_that_differ_in_their_case_alone() {
    let row = Row::new(Kill(40, Before));
    fs::write(row.root.join("FILE.txt"), "other\n").unwrap();
    git(&row.segno, &row.root, &["add", "-A"]);
    git(&row.segno, &row.root, &["commit", "-q", "-m", "case"]);
    row.all_of_it();
}

#[test]
fn sparse() {
    let row = Row::new(Kill(50, After));
    fs::create_dir(row.root.join("out")).unwrap();
    fs::write(row.root.join("out/b.txt"), "b\n").unwrap();
    git(&row.segno, &row.root, &["add", "-A"]);
    git(&row.segno, &row.root, &["commit", "-q", "-m", "out"]);
    git(&row.segno, &row.root, &["sparse-checkout", "set", "in"]);
    row.all_of_it();
    assert_eq!(git(&row.segno, &row.root, &["show", "main:out/b.txt"]), "b");
}

#[test]
fn submodules() {
    let row = Row::new(Kill(60, Before));
    let inner = row.segno.directory("inner");
    git(&row.segno, &inner, &["init", "-q", "-b", "main"]);
    git(&row.segno, &inner, &["commit", "-q", "--allow-empty", "-m", "inner"]);
    let settings = "[protocol \"file\"]\nallow = always\n";
    fs::write(row.segno.user_home().join(".gitconfig"), settings).unwrap();
    git(&row.segno, &row.root, &["submodule", "--quiet", "add", inner.to_str().unwrap(), "sub"]);
    git(&row.segno, &row.root, &["commit", "-q", "-m", "sub"]);
    row.all_of_it();
}

#[test]
fn large_files() {
    let row = Row::new(Kill(70, After));
    if !row.segno.command("git").args(["lfs", "version"]).output().unwrap().status.success() {
        eprintln!("left out: there is no git-lfs here");
        return;
    }
    git(&row.segno, &row.root, &["lfs", "install", "--skip-repo"]);
    git(&row.segno, &row.root, &["lfs", "track", "*.bin"]);
    fs::write(row.root.join("large.bin"), "large\n").unwrap();
    git(&row.segno, &row.root, &["add", "-A"]);
    git(&row.segno, &row.root, &["commit", "-q", "-m", "large"]);
    let stored = git(&row.segno, &row.root, &["show", "main:large.bin"]);
    assert!(stored.starts_with("version https://git-lfs"), "{stored}");
    let tree = PathBuf::from(ok(&row.segno, &row.root, &["worktree", "add", "other"]));
    assert_eq!(fs::read_to_string(tree.join("large.bin")).unwrap(), "large\n");
    fs::write(tree.join("large.bin"), "larger\n").unwrap();
    git(&row.segno, &tree, &["commit", "-q", "-a", "-m", "larger"]);
    ok(&row.segno, &row.root, &["worktree", "finish", "other"]);
    assert_eq!(fs::read_to_string(row.root.join("large.bin")).unwrap(), "larger\n");
    row.all_of_it();
}

#[test]
fn a_slow_git() {
    let mut row = Row::new(Kill(80, Before));
    row.segno.env("SLOW", "1");
    row.all_of_it();
}

#[test]
fn hooks_that_fail() {
    let row = Row::new(Kill(90, After));
    let hooks = row.root.join(".git/hooks");
    fs::create_dir_all(&hooks).unwrap();
    for hook in ["pre-commit", "pre-merge-commit", "commit-msg", "post-checkout", "post-merge"] {
        fs::write(hooks.join(hook), "#!/bin/sh\nexit 1\n").unwrap();
        fs::set_permissions(hooks.join(hook), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let (done, said) = super::at(&row.segno, &row.root, &["worktree", "add", "task"]);
    // Git itself takes no offence at some of them.
    if !done {
        assert!(!said.is_empty() && !row.root.with_file_name("project.worktrees").exists());
        fs::remove_file(hooks.join("post-checkout")).unwrap();
    } else {
        ok(&row.segno, &row.root, &["worktree", "finish", "task", "--leave"]);
    }
    row.all_of_it();
}

#[test]
fn a_locked_index() {
    let row = Row::new(Kill(25, After));
    let tree = PathBuf::from(ok(&row.segno, &row.root, &["worktree", "add", "task"]));
    work(&row.segno, &tree);
    let lock = PathBuf::from(git(&row.segno, &tree, &["rev-parse", "--absolute-git-dir"]));
    fs::write(lock.join("index.lock"), "").unwrap();
    for dies in [0, 3] {
        let away = ["worktree", "finish", "task", "--leave", "--trash"];
        assert!(!row.at_call(dies, &away).status.success());
        assert_whole(&row.segno, &tree);
    }
    fs::remove_file(lock.join("index.lock")).unwrap();
    let away = ["worktree", "finish", "task", "--leave", "--trash"];
    row.killed(REMOVES, &away);
    row.come_back(&tree);
}

#[test]
fn before_the_first_commit() {
    let mut row = Row::new(Kill(75, Before));
    row.root = row.segno.directory("empty");
    git(&row.segno, &row.root, &["init", "-q", "-b", "main"]);
    row.killed(4, &["worktree", "add", "task"]);
    let tree = PathBuf::from(ok(&row.segno, &row.root, &["worktree", "add", "task"]));
    fs::write(tree.join("new.txt"), "staged\n").unwrap();
    git(&row.segno, &tree, &["add", "new.txt"]);
    fs::write(tree.join("new.txt"), "changed\n").unwrap();
    row.killed(REMOVES, &["worktree", "finish", "task", "--leave", "--trash"]);
    if !tree.exists() {
        ok(&row.segno, &row.root, &["worktree", "restore", "task"]);
    }
    assert_eq!(git(&row.segno, &tree, &["show", ":new.txt"]), "staged");
    assert_eq!(fs::read_to_string(tree.join("new.txt")).unwrap(), "changed\n");
}

#[test]
fn on_another_disk() {
    let shared = Path::new("/dev/shm");
    let number = |path: &Path| fs::metadata(path).map(|metadata| metadata.dev()).ok();
    let mut row = Row::new(Kill(55, After));
    if number(shared).is_none() || number(shared) == number(&row.root) {
        return;
    }
    let other = tempfile::tempdir_in(shared).unwrap();
    let moved = other.path().canonicalize().unwrap().join("project");
    git(&row.segno, &row.root, &["clone", "-q", ".", moved.to_str().unwrap()]);
    git(&row.segno, &moved, &["remote", "remove", "origin"]);
    row.root = moved;
    row.all_of_it();
}

#[test]
fn read_only() {
    let row = Row::new(Kill(35, Before));
    let tree = PathBuf::from(ok(&row.segno, &row.root, &["worktree", "add", "task"]));
    work(&row.segno, &tree);
    fs::set_permissions(tree.join("deep"), fs::Permissions::from_mode(0o555)).unwrap();
    row.killed(REMOVES, &["worktree", "finish", "task", "--leave", "--trash"]);
    row.come_back(&tree);
    assert_eq!(fs::metadata(tree.join("deep")).unwrap().mode() & 0o777, 0o555);
    fs::set_permissions(tree.join("deep"), fs::Permissions::from_mode(0o755)).unwrap();
}
