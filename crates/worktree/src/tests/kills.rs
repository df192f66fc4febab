//! A kill between any two steps loses nothing, and what was under way is finished or undone by
//! whoever comes by next.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;

use super::support::{Bench, assert_whole, git, read, wanted, work, write};
use crate::finish::{self, Finish, Way};
use crate::{list, record, step::testing::DIES_AT, trash};

/// What the process that is to be killed does.
const TASK: &str = "SEGNO_WORKTREE_TEST_TASK";
/// Where it dies.
const STEP: &str = "SEGNO_WORKTREE_TEST_STEP";
/// Where its repository is, and its home.
const REPO: &str = "SEGNO_WORKTREE_TEST_REPO";
const HOME: &str = "SEGNO_WORKTREE_TEST_HOME";

/// Not a test by itself: what the others start.
#[test]
fn victim() {
    let Ok(task) = std::env::var(TASK) else { return };
    DIES_AT.set(std::env::var(STEP).unwrap()).unwrap();
    let repo = std::path::PathBuf::from(std::env::var_os(REPO).unwrap());
    let home = std::path::PathBuf::from(std::env::var_os(HOME).unwrap());
    let mut bench = Bench::at(home.parent().unwrap(), "unused");
    bench.dir = repo.parent().unwrap().to_path_buf();
    bench.repo = repo;
    let path = bench.dir.join("project.worktrees/task");
    match task.as_str() {
        "start" => drop(bench.start("task")),
        "merge" => drop(bench.finish(&path, Way::Merge)),
        "trash" => {
            let to_trash = Finish { to_trash: true, ..wanted(&path, Way::Leave) };
            drop(finish::finish(&bench.context, &to_trash));
        }
        "restore" => drop(bench.restore("task")),
        _ => panic!("{task}"),
    }
}

/// Does something in a process that is killed at a step; whether it came there.
fn killed(bench: &Bench, task: &str, step: &str) -> bool {
    let ended = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tests::kills::victim", "--test-threads=1"])
        .envs([(TASK, task), (STEP, step)])
        .env(REPO, &bench.repo)
        .env(HOME, bench.context.home.path())
        .output()
        .unwrap();
    ended.status.signal() == Some(9)
}

#[test]
fn a_killed_start_leaves_nothing_behind() {
    for step in ["start: recorded", "start: added", "start: included"] {
        let bench = Bench::new();
        bench.write(".worktreeinclude", ".env\n");
        bench.write(".env", "x\n");
        assert!(killed(&bench, "start", step), "{step}");
        list::list(&bench.context, Some(&bench.repo), false).unwrap();
        let path = bench.dir.join("project.worktrees/task");
        assert!(!path.exists(), "{step}");
        assert_eq!(bench.git(&["worktree", "list"]).lines().count(), 1, "{step}");
        // And the same can be started again.
        bench.start("task").unwrap();
        assert_eq!(read(&path.join(".env")), "x\n");
    }
}

#[test]
fn work_in_a_worktree_whose_start_was_killed_is_kept() {
    let bench = Bench::new();
    assert!(killed(&bench, "start", "start: added"));
    let path = bench.dir.join("project.worktrees/task");
    work(&path);
    // Years ago: it is kept from now on all the same.
    let mut record = record::all(&bench.context).remove(0);
    record.created = 1;
    record.store(&bench.context).unwrap();
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    list::prune(&bench.context, Some(&bench.repo), now, false, &|_| false).unwrap();
    assert!(!path.exists());
    bench.restore("task").unwrap();
    assert_whole(&path);
}

#[test]
fn a_killed_merge_is_done_or_not() {
    for step in ["finish: computed", "finish: merged"] {
        let bench = Bench::new();
        let path = bench.start("task").unwrap().path;
        write(&path.join("done.txt"), "x\n");
        git(&path, &["add", "-A"]);
        git(&path, &["commit", "-q", "-m", "work"]);
        bench.write("other.txt", "x\n");
        bench.commit("other");
        assert!(killed(&bench, "merge", step), "{step}");
        assert_eq!(bench.git(&["status", "--porcelain"]), "", "{step}");
        assert_eq!(bench.repo.join("done.txt").exists(), step == "finish: merged");
        assert_eq!(read(&path.join("done.txt")), "x\n");
        bench.finish(&path, Way::Merge).unwrap();
        assert_eq!(read(&bench.repo.join("done.txt")), "x\n");
        assert!(!path.exists());
    }
}

/// Everything is in its place, or comes back from the trash.
#[track_caller]
fn nothing_is_lost(bench: &Bench, step: &str) {
    let path = bench.dir.join("project.worktrees/task");
    list::list(&bench.context, Some(&bench.repo), false).unwrap();
    let kept = trash::all(&bench.context);
    assert!(kept.iter().all(|entry| entry.state == trash::State::Kept), "{step}: {kept:?}");
    if !path.exists() {
        assert_eq!(bench.branches(), ["main"], "{step}");
        bench.restore("task").unwrap_or_else(|error| panic!("{step}: {error}"));
    }
    assert_eq!(trash::all(&bench.context), [], "{step}");
    assert_whole(&path);
    // And it is a worktree as before: it can be finished.
    let to_trash = Finish { to_trash: true, ..wanted(&path, Way::Leave) };
    finish::finish(&bench.context, &to_trash).unwrap();
}

const TRASH: &[&str] = &[
    "trash: held",
    "trash: written",
    "trash: aside",
    "trash: tree",
    "trash: admin",
    "trash: branch",
    "trash: kept",
];
const RESTORE: &[&str] = &[
    "restore: written",
    "restore: branch",
    "restore: admin",
    "restore: tree",
    "restore: recorded",
];

fn removals_and_returns(bench: &Bench, more: &[&str]) {
    bench.start("task").unwrap();
    work(&bench.dir.join("project.worktrees/task"));
    for step in TRASH.iter().chain(more) {
        assert!(killed(bench, "trash", step), "{step}");
        nothing_is_lost(bench, step);
        bench.restore("task").unwrap();
    }
    let to_trash = wanted(&bench.dir.join("project.worktrees/task"), Way::Leave);
    finish::finish(&bench.context, &Finish { to_trash: true, ..to_trash }).unwrap();
    for step in RESTORE.iter().chain(more) {
        assert!(killed(bench, "restore", step), "{step}");
        nothing_is_lost(bench, step);
    }
}

#[test]
fn killed_removals_and_returns_lose_nothing() {
    removals_and_returns(&Bench::new(), &[]);
}

#[test]
fn the_same_across_disks() {
    use std::os::unix::fs::MetadataExt;
    let temp = tempfile::tempdir().unwrap();
    let shared = Path::new("/dev/shm");
    let number = |path: &Path| fs::metadata(path).map(|metadata| metadata.dev()).ok();
    if number(shared).is_none() || number(shared) == number(temp.path()) {
        return;
    }
    let other = tempfile::tempdir_in(shared).unwrap();
    let mut bench = Bench::at(temp.path(), "unused");
    bench.dir = other.path().canonicalize().unwrap();
    bench.repo = bench.dir.join("project");
    bench.init();
    removals_and_returns(&bench, &["carry: copied", "carry: named"]);
}

#[test]
fn what_came_to_the_place_meanwhile_is_not_touched() {
    let bench = Bench::new();
    let path = bench.start("task").unwrap().path;
    work(&path);
    assert!(killed(&bench, "trash", "trash: aside"));
    write(&path.join("mine.txt"), "somebody else's\n");
    list::list(&bench.context, Some(&bench.repo), false).unwrap();
    assert!(bench.restore("task").unwrap_err().to_string().contains("is there"));
    assert_eq!(read(&path.join("mine.txt")), "somebody else's\n");
    fs::remove_dir_all(&path).unwrap();
    bench.restore("task").unwrap();
    assert_whole(&path);
}
