//! A pane whose worktree is gone waits for it, and starts nowhere else by itself.

use std::fs;

use super::{ok, repository};
use crate::support::scripted;
use crate::support::segno::Segno;

#[test]
fn a_pane_whose_worktree_is_gone_waits_for_it() {
    let segno = Segno::new();
    scripted::install_sleeper(&segno);
    let root = repository(&segno);
    segno.ok(&["new", "--name", "stays"]);
    let new = ["new", "--worktree", "task", "--name", "agent", "--type", "sleeper"];
    ok(&segno, &root, &new);
    let tree = root.with_file_name("project.worktrees").join("task");
    segno.wait_state("agent", "idle");
    segno.ok(&["sleep", "agent"]);
    segno.wait_state("agent", "asleep");
    ok(&segno, &root, &["worktree", "finish", "task", "--leave"]);
    assert!(!tree.exists());

    // It says what to do, and nothing runs elsewhere.
    segno.ok(&["wake", "agent"]);
    let status = segno.wait_state("agent", "failed");
    let notes = status["notes"].to_string();
    assert!(notes.contains("project.worktrees/task is gone"), "{notes}");
    assert!(notes.contains("segno worktree restore w") && notes.contains("--cwd"), "{notes}");
    assert!(status["pid"].is_null() && status["cwd"] == tree.to_str().unwrap(), "{status}");
    let (_, said) = segno.fails(&["prompt", "agent", "hello"]);
    assert!(said.contains("could not be started: its directory"), "{said}");
    let terminal = segno.terminal_of(100, 30, &[]);
    segno.ok(&["focus", "agent"]);
    terminal.wait_text("is gone");

    // Back by itself with its directory, also in another daemon.
    ok(&segno, &root, &["worktree", "restore", "task"]);
    segno.wait_state("agent", "idle");
    segno.reboot();
    let away = root.with_file_name("away");
    fs::rename(&tree, &away).unwrap();
    segno.daemon_start();
    segno.wait_state("agent", "failed");
    fs::rename(&away, &tree).unwrap();
    segno.wait_state("agent", "idle");

    // Or where its user says.
    fs::rename(&tree, &away).unwrap();
    segno.ok(&["restart", "agent"]);
    segno.wait_state("agent", "failed");
    let (_, said) = segno.fails(&["restart", "agent", "--cwd", tree.to_str().unwrap()]);
    assert!(said.contains("is no directory"), "{said}");
    segno.ok(&["restart", "agent", "--cwd", away.to_str().unwrap()]);
    let status = segno.wait_state("agent", "idle");
    assert_eq!(status["cwd"], away.to_str().unwrap());
}
