//! What git says of a pane's directory is shown, as soon as git has changed something.

use std::fs;

use serde_json::json;

use super::forges::FORGES;
use super::{at, git, ok, repository};
use crate::support::segno::Segno;

#[test]
fn branch_distance_and_changes_are_seen_everywhere() {
    let segno = Segno::new();
    let root = repository(&segno);
    segno.ok(&["new", "--name", "stays"]);
    let pane = ok(&segno, &root, &["new", "--worktree", "fix login", "--name", "agent"]);
    let tree = root.with_file_name("project.worktrees").join("fix-login");
    let shown = segno
        .wait_status(&pane, "the branch", |status| status["worktree"]["branch"] == "fix-login");
    assert_eq!(shown["worktree"]["linked"], json!(true), "{shown:#}");
    assert_eq!(segno.status("stays").get("worktree"), None);

    fs::write(tree.join("new.txt"), "x\n").unwrap();
    git(&segno, &tree, &["add", "new.txt"]);
    segno.wait_status(&pane, "a change", |status| status["worktree"]["changed"] == 1);
    git(&segno, &tree, &["commit", "-q", "-m", "work"]);
    segno.wait_status(&pane, "a commit", |status| {
        status["worktree"]["ahead"] == 1 && status["worktree"]["changed"] == 0
    });
    // The base moves on, and the two do not fit together.
    fs::write(root.join("new.txt"), "y\n").unwrap();
    git(&segno, &root, &["add", "new.txt"]);
    git(&segno, &root, &["commit", "-q", "-m", "other"]);
    segno.wait_status(&pane, "a commit of the base", |status| status["worktree"]["behind"] == 1);
    let (merged, _) = at_git(&segno, &tree, &["merge", "main"]);
    assert!(!merged);
    segno.wait_status(&pane, "a conflict", |status| status["worktree"]["conflicts"] == 1);

    let listed = segno.ok(&["ls"]);
    assert!(listed.contains("fix-login ↑1 ↓1 ±1 ✗1"), "{listed}");
    let told = segno.ok(&["status", &pane]);
    assert!(told.contains("branch    fix-login"), "{told}");
    assert!(told.contains("1 in conflict, a merge under way"), "{told}");
    let terminal = segno.terminal_of(120, 30, &[]);
    terminal.keys("ctrl+b W");
    terminal.wait_text("fix-login ↑1 ↓1 ±1 ✗1");
    terminal.keys("ctrl+b W");
    terminal.wait_gone("fix-login ↑1");
    terminal.keys("ctrl+b w");
    terminal.wait_text("fix-login ↑1 ↓1 ±1 ✗1");
}

/// Git, which may fail.
fn at_git(segno: &Segno, directory: &std::path::Path, args: &[&str]) -> (bool, String) {
    let settings = ["-c", "user.name=T", "-c", "user.email=t@example.com"];
    let mut command = segno.command("git");
    let output = command.args(settings).args(args).current_dir(directory).output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn the_pull_request_is_asked_for_once() {
    let mut segno = Segno::new();
    let known = FORGES[0].install(&mut segno);
    fs::write(known.join("made"), "").unwrap();
    let root = repository(&segno);
    git(&segno, &root, &["remote", "add", "origin", "https://github.com/a/b"]);
    let pane = ok(&segno, &root, &["new", "--name", "agent"]);
    let shown = segno.wait_status(&pane, "the pull request", |status| {
        status["worktree"]["pull_request"]["number"] == 7
    });
    assert_eq!(shown["worktree"]["pull_request"]["state"], "open");
    assert!(segno.ok(&["ls"]).contains("main #7"));
    fs::write(root.join("new.txt"), "x\n").unwrap();
    git(&segno, &root, &["add", "new.txt"]);
    segno.wait_status(&pane, "a change", |status| status["worktree"]["changed"] == 1);
    let asked = fs::read_to_string(known.join("asked")).unwrap();
    assert_eq!(asked, "pr view main --json number,state,url\n");
    let (found, _) = at(&segno, &root, &["status", "agent"]);
    assert!(found);
}
