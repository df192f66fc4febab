//! Worktrees as a person uses them: made with a pane in it, looked at, merged, brought back.

mod finish;
mod forges;
mod gone;
mod kept;
mod kills;
mod other;
mod review;
mod seen;
mod start;

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::segno::Segno;

fn git(segno: &Segno, directory: &Path, args: &[&str]) -> String {
    let settings = ["-c", "user.name=T", "-c", "user.email=t@example.com"];
    let mut command = segno.command("git");
    let output = command.args(settings).args(args).current_dir(directory).output().unwrap();
    let output_text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {output_text}");
    String::from_utf8(output.stdout).unwrap().trim_end().to_string()
}

/// A repository with one commit, which has a `.env` that git ignores.
fn repository(segno: &Segno) -> PathBuf {
    let root = segno.directory("project").canonicalize().unwrap();
    git(segno, &root, &["init", "-q", "-b", "main"]);
    fs::write(root.join("file.txt"), "one\n").unwrap();
    fs::write(root.join(".gitignore"), ".env\n").unwrap();
    fs::write(root.join(".worktreeinclude"), ".env\n").unwrap();
    fs::write(root.join(".env"), "SECRET=1\n").unwrap();
    git(segno, &root, &["add", "-A"]);
    git(segno, &root, &["commit", "-q", "-m", "first"]);
    root
}

/// Runs the program in a directory.
fn at(segno: &Segno, directory: &Path, args: &[&str]) -> (bool, String) {
    let mut command = segno.command(crate::support::segno::program());
    let output = command.args(args).current_dir(directory).output().unwrap();
    let output_text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(output_text).unwrap().trim_end().to_string())
}

#[track_caller]
fn ok(segno: &Segno, directory: &Path, args: &[&str]) -> String {
    let (done, output_text) = at(segno, directory, args);
    assert!(done, "{args:?}: {output_text}");
    output_text
}

#[test]
fn a_task_from_its_pane_to_the_merged_change() {
    let segno = Segno::new();
    let root = repository(&segno);
    // One that stays: the last pane takes the daemon along.
    segno.ok(&["new", "--name", "stays"]);
    let pane = ok(&segno, &root, &["new", "--worktree", "fix login", "--name", "agent"]);
    let tree = root.with_file_name("project.worktrees").join("fix-login");
    segno.wait_status(&pane, "in the worktree", |status| {
        status["cwd"].as_str() == Some(tree.to_str().unwrap())
    });
    assert_eq!(fs::read_to_string(tree.join(".env")).unwrap(), "SECRET=1\n");
    segno.ok(&[
        "send",
        "agent",
        "echo two > file.txt; echo new > new.txt; echo do\"\"ne",
        "--enter",
    ]);
    segno.ok(&["wait", "agent", "--for", "output=^done", "--timeout", "60"]);

    let shown = ok(&segno, &root, &["diff", "agent"]);
    assert!(shown.contains("-one\n+two\n"), "{shown}");
    assert!(shown.contains("new.txt (untracked)"), "{shown}");
    let listed = ok(&segno, &root, &["worktree", "list"]);
    assert!(listed.contains("1 changed, 1 untracked") && listed.contains("agent"), "{listed}");

    // Refused for the program, then for what would be lost; nothing has changed.
    let (done, output_text) = at(&segno, &root, &["worktree", "finish", "fix login"]);
    assert!(!done && output_text.contains("running programs (shell in agent)"), "{output_text}");
    let (done, output_text) = at(&segno, &root, &["worktree", "finish", "fix login", "--close"]);
    assert!(!done && output_text.contains("1 uncommitted file (file.txt)"), "{output_text}");
    assert_eq!(fs::read_to_string(tree.join("file.txt")).unwrap(), "two\n");
    assert_eq!(segno.status("agent")["state"], "running");

    git(&segno, &tree, &["add", "-A"]);
    git(&segno, &tree, &["commit", "-q", "-m", "login"]);
    let output_text = ok(&segno, &root, &["worktree", "finish", "agent", "--close"]);
    assert!(output_text.contains("in the trash for 30 days"), "{output_text}");
    assert_eq!(fs::read_to_string(root.join("file.txt")).unwrap(), "two\n");
    assert!(!tree.exists());
    assert!(segno.panes().iter().all(|pane| pane["name"] != "agent"));

    assert!(ok(&segno, &root, &["worktree", "restore"]).contains("fix login"));
    ok(&segno, &root, &["worktree", "restore", "fix login"]);
    assert_eq!(git(&segno, &tree, &["log", "-1", "--format=%s"]), "login");
    let pruned = ok(&segno, &root, &["worktree", "prune"]);
    assert!(pruned.contains("it is merged"), "{pruned}");
    assert!(!tree.exists());
}

#[test]
fn a_projects_setup_runs_when_it_is_trusted_and_before_the_pane() {
    let segno = Segno::new();
    let root = repository(&segno);
    let commands = "schema = 1\n[worktree]\n\
        setup = \"echo $SEGNO_WORKTREE_BRANCH $SEGNO_WORKTREE_PORTS > .env\"\n\
        teardown = \"touch $SEGNO_WORKTREE_REPOSITORY/../torn\"\n";
    fs::write(root.join(".segno.toml"), commands).unwrap();
    let (done, output_text) = at(&segno, &root, &["worktree", "add", "before"]);
    assert!(done && output_text.contains("segno project trust"), "{output_text}");
    ok(&segno, &root, &["project", "trust"]);
    ok(&segno, &root, &["new", "--worktree", "after", "--name", "agent"]);
    let tree = root.with_file_name("project.worktrees").join("after");
    let set_up = fs::read_to_string(tree.join(".env")).unwrap();
    assert!(set_up.starts_with("after 2"), "{set_up}");
    ok(&segno, &root, &["worktree", "finish", "after", "--close"]);
    assert!(root.join("torn").exists());

    // What fails is said, and seen.
    fs::write(root.join(".segno.toml"), FAILS).unwrap();
    ok(&segno, &root, &["project", "trust"]);
    let (done, output_text) = at(&segno, &root, &["new", "--worktree", "fails", "--name", "never"]);
    assert!(!done && output_text.contains("setup of the project failed"), "{output_text}");
    assert!(segno.panes().iter().all(|pane| pane["name"] != "never"));
    // It does not run again by itself.
    segno.ok(&["new", "--name", "stays"]);
    segno.wait_status("stays", "saved", |status| status["state"] == "running");
    segno.reboot();
    segno.ok(&["new", "--name", "later"]);
    assert_eq!(segno.status("setup fails")["state"], "exited");
    assert_eq!(fs::read_to_string(root.join("ran")).unwrap(), "ran\n");
    segno.ok(&["restart", "setup fails"]);
    segno.wait_for("it runs again when that is wanted", || {
        (fs::read_to_string(root.join("ran")).ok()? == "ran\nran\n").then_some(())
    });
}

const FAILS: &str = "schema = 1\n[worktree]\n\
    setup = \"echo ran >> $SEGNO_WORKTREE_REPOSITORY/../ran; exit 3\"\n";
