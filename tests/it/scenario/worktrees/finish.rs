//! The end of a task: the project's own check, conflicts, and pull requests.

use std::fs;

use super::forges::FORGES;
use super::{at, git, ok, repository};
use crate::support::scripted;
use crate::support::segno::Segno;

#[test]
fn a_check_that_fails_and_a_conflict_leave_everything_as_it_was() {
    let segno = Segno::new();
    scripted::install_team(&segno);
    let root = repository(&segno);
    let commands = "schema = 1\n[worktree]\npre_merge = \"test -e checked\"\n\
        teardown = \"touch $SEGNO_WORKTREE_REPOSITORY/../torn\"\n";
    fs::write(root.join(".segno.toml"), commands).unwrap();
    git(&segno, &root, &["add", "-A"]);
    git(&segno, &root, &["commit", "-q", "-m", "project"]);
    ok(&segno, &root, &["project", "trust"]);
    let agent = ok(&segno, &root, &["new", "--worktree", "task", "--type", "team"]);
    let tree = root.with_file_name("project.worktrees").join("task");
    fs::write(tree.join("file.txt"), "task\n").unwrap();
    git(&segno, &tree, &["commit", "-q", "-a", "-m", "work"]);
    let finish =
        |more: &[&str]| at(&segno, &root, &[&["worktree", "finish", "task"][..], more].concat());
    let (done, said) = finish(&["--keep"]);
    assert!(!done && said.contains("pre_merge of the project failed"), "{said}");
    assert_eq!(git(&segno, &root, &["log", "-1", "--format=%s"]), "project");

    fs::write(root.join("file.txt"), "main\n").unwrap();
    git(&segno, &root, &["commit", "-q", "-a", "-m", "other"]);
    segno.wait_state(&agent, "idle");
    let (done, said) = finish(&["--close"]);
    assert!(!done && said.contains("conflicts in file.txt"), "{said}");
    assert!(said.contains("--ask-agent"), "{said}");
    let (done, _) = finish(&["--keep", "--ask-agent"]);
    assert!(!done);
    segno.wait_for("what the agent is asked", || {
        let heard = segno.file(&format!("heard-{agent}"))?;
        heard.contains("git merge main").then_some(())
    });
    assert!(!root.join("torn").exists() && tree.exists());
    assert_eq!(git(&segno, &root, &["log", "-1", "--format=%s"]), "other");
}

#[test]
fn what_is_refused_ends_with_4() {
    let segno = Segno::new();
    let root = repository(&segno);
    let commands = "schema = 1\n[worktree]\npre_merge = \"test -e checked\"\n";
    fs::write(root.join(".segno.toml"), commands).unwrap();
    git(&segno, &root, &["add", "-A"]);
    git(&segno, &root, &["commit", "-q", "-m", "project"]);
    ok(&segno, &root, &["project", "trust"]);
    segno.ok(&["new", "--name", "stays"]);
    let tree = ok(&segno, &root, &["worktree", "add", "task"]);
    let tree = std::path::Path::new(&tree);
    fs::write(tree.join("file.txt"), "task\n").unwrap();
    git(&segno, tree, &["commit", "-q", "-a", "-m", "work"]);
    let finish = || {
        let mut command = segno.command(crate::support::segno::program());
        let output = command.args(["worktree", "finish", "task"]).current_dir(&root);
        let output = output.output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = finish();
    assert!(code == Some(4) && said.contains("pre_merge of the project failed"), "{said}");
    assert!(segno.panes().iter().any(|pane| pane["name"] == "pre_merge task"));
    // Changes of the user's that would be overwritten.
    git(&segno, tree, &["commit", "-q", "--allow-empty", "-m", "more"]);
    fs::write(tree.join("checked"), "").unwrap();
    git(&segno, tree, &["add", "checked"]);
    git(&segno, tree, &["commit", "-q", "-m", "checked"]);
    fs::write(root.join("file.txt"), "mine\n").unwrap();
    let (code, said) = finish();
    assert!(code == Some(4) && said.contains("main is checked out at"), "{code:?} {said}");
    assert_eq!(fs::read_to_string(root.join("file.txt")).unwrap(), "mine\n");
    git(&segno, &root, &["checkout", "-q", "file.txt"]);
    // What was copied in is as it was, although it was written again.
    fs::write(tree.join(".env"), "SECRET=1\n").unwrap();
    let (code, said) = finish();
    assert_eq!(code, Some(0), "{said}");
    // Nothing of it stays on the screen.
    assert!(segno.panes().iter().all(|pane| pane["name"] == "stays"));
}

#[test]
fn the_last_pane_may_be_one_in_the_worktree() {
    let segno = Segno::new();
    let root = repository(&segno);
    let commands = "schema = 1\n[worktree]\npre_merge = \"test -e checked\"\n";
    fs::write(root.join(".segno.toml"), commands).unwrap();
    git(&segno, &root, &["add", "-A"]);
    git(&segno, &root, &["commit", "-q", "-m", "project"]);
    ok(&segno, &root, &["project", "trust"]);
    ok(&segno, &root, &["new", "--worktree", "task", "--name", "only"]);
    let tree = root.with_file_name("project.worktrees").join("task");
    let (done, said) = at(&segno, &root, &["worktree", "finish", "task", "--close"]);
    assert!(!done && said.contains("pre_merge of the project failed"), "{said}");
    fs::write(tree.join("checked"), "").unwrap();
    git(&segno, &tree, &["add", "checked"]);
    git(&segno, &tree, &["commit", "-q", "-m", "checked"]);
    ok(&segno, &root, &["worktree", "finish", "task", "--close"]);
    assert!(root.join("checked").exists() && !tree.exists());
}

#[test]
fn a_pull_request_is_made_of_what_was_committed() {
    for forge in FORGES {
        let mut segno = Segno::new();
        let known = forge.install(&mut segno);
        let root = repository(&segno);
        let remote = segno.directory(&format!("{}.git", forge.remote));
        git(&segno, &remote, &["init", "-q", "--bare"]);
        git(&segno, &root, &["remote", "add", "origin", remote.to_str().unwrap()]);
        git(&segno, &root, &["push", "-q", "origin", "main"]);
        ok(&segno, &root, &["worktree", "add", "task", "--from", "main"]);
        let tree = root.with_file_name("project.worktrees").join("task");
        fs::write(tree.join("file.txt"), "task\n").unwrap();
        let (done, said) = at(&segno, &root, &["worktree", "finish", "task", "--pr"]);
        assert!(!done && said.contains("1 uncommitted file"), "{said}");
        git(&segno, &tree, &["commit", "-q", "-a", "-m", "Log in again\n\nIt was broken."]);
        let finish = || ok(&segno, &root, &["worktree", "finish", "task", "--pr"]);
        let said = finish();
        assert!(said.contains("https://forge.example/7"), "{said}");
        let made = fs::read_to_string(known.join("made")).unwrap();
        assert_eq!(made, "task|main|Log in again|It was broken.\n");
        assert_eq!(git(&segno, &remote, &["log", "-1", "--format=%s", "task"]), "Log in again");
        assert!(tree.exists());
        // A second one is not made: it gets the new commits.
        git(&segno, &tree, &["commit", "-q", "--allow-empty", "-m", "More"]);
        assert!(finish().contains("https://forge.example/7"));
        assert_eq!(git(&segno, &remote, &["log", "-1", "--format=%s", "task"]), "More");
    }
}
