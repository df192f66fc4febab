//! A worktree from the dialog for new panes, and what programs in it know.

use std::fs;

use super::{at, git, ok, repository};
use crate::support::segno::Segno;

#[test]
fn the_dialog_makes_a_worktree_and_its_programs_know_it() {
    let segno = Segno::new();
    let root = repository(&segno);
    let commands = "schema = 1\n[worktree]\nsetup = \"echo set up > .env\"\n";
    fs::write(root.join(".segno.toml"), commands).unwrap();
    ok(&segno, &root, &["project", "trust"]);
    ok(&segno, &root, &["new", "--name", "first"]);
    let terminal = segno.terminal_of(120, 40, &[]);
    terminal.wait_text("$");
    terminal.keys("ctrl+b a");
    terminal.wait_text("New pane");
    let (x, y) = terminal.find("  Shell").unwrap();
    terminal.click(x + 3, y);
    terminal.keys("enter");
    terminal.wait_text("Worktree");
    let (x, y) = terminal.find("Worktree").unwrap();
    terminal.click(x + 2, y);
    terminal.type_text("fix login");
    terminal.keys("enter");
    let tree = root.with_file_name("project.worktrees").join("fix-login");
    let pane = segno.wait_for("a pane in the worktree", || {
        let panes = segno.panes();
        let shell = panes.iter().find(|pane| {
            pane["cwd"].as_str() == tree.to_str() && pane["type"].as_str() == Some("shell")
        });
        shell.map(|pane| pane["id"].as_str().unwrap().to_string())
    });
    // Set up before it, and nothing else is left open.
    assert_eq!(fs::read_to_string(tree.join(".env")).unwrap(), "set up\n");
    segno.wait_for("two panes", || (segno.panes().len() == 2).then_some(()));
    segno.ok(&["send", &pane, "echo $SEGNO_WORKTREE_BRANCH=$SEGNO_WORKTREE_PORT.", "--enter"]);
    segno.ok(&["wait", &pane, "--for", r"output=^fix-login=2\d+\.", "--timeout", "60"]);
    // One elsewhere knows of none.
    segno.ok(&["send", "first", "echo \"<${SEGNO_WORKTREE-none}>\"", "--enter"]);
    segno.ok(&["wait", "first", "--for", "output=^<none>", "--timeout", "60"]);
}

#[test]
fn a_start_that_is_refused_leaves_nothing() {
    let segno = Segno::new();
    let root = repository(&segno);
    let commands = "schema = 1\n[worktree]\nsetup = \"touch $SEGNO_WORKTREE_REPOSITORY/../ran\"\n";
    fs::write(root.join(".segno.toml"), commands).unwrap();
    ok(&segno, &root, &["project", "trust"]);
    // Before anything is made, by what the type says; and by what only the daemon knows.
    for more in [["--type", "shell", "--prompt", "x"], ["--type", "shell", "--model", "m"]] {
        let new = [&["new", "--worktree", "task"][..], &more].concat();
        let (made, said) = at(&segno, &root, &new);
        assert!(!made && said.contains("cannot make a pane"), "{said}");
    }
    let (made, said) = at(&segno, &root, &["new", "--worktree", "task", "--type", "nonsense"]);
    assert!(!made && said.contains("no pane type"), "{said}");
    assert!(!root.join("ran").exists());
    let (made, said) =
        at(&segno, &root, &["new", "--worktree", "task", "--split", "right", "--of", "nobody"]);
    assert!(!made && said.contains("nobody"), "{said}");
    assert!(!root.with_file_name("project.worktrees").exists());
    assert_eq!(git(&segno, &root, &["branch", "--format=%(refname:short)"]), "main");
    assert_eq!(ok(&segno, &root, &["worktree", "restore"]), "the trash is empty");
}

#[test]
fn what_is_no_project_is_not_copied() {
    let segno = Segno::new();
    let home = segno.user_home().to_path_buf();
    for directory in [home.as_path(), std::path::Path::new("/")] {
        let (made, said) = at(&segno, directory, &["worktree", "add", "copy"]);
        assert!(!made && said.contains("is no project"), "{said}");
    }
    let plain = segno.directory("plain");
    fs::write(plain.join("notes"), "mine\n").unwrap();
    // Holes take no space, and would be copied all the same.
    fs::File::create(plain.join("disk")).unwrap().set_len(2 << 30).unwrap();
    let (made, said) = at(&segno, &plain, &["worktree", "add", "copy"]);
    assert!(!made && said.contains("--copy-all"), "{said}");
    fs::remove_file(plain.join("disk")).unwrap();
    let tree = ok(&segno, &plain, &["worktree", "add", "copy"]);
    let (done, said) = at(&segno, &plain, &["worktree", "finish", "copy"]);
    assert!(!done && said.contains("--leave"), "{said}");
    // As it was copied, although it was written again.
    fs::write(std::path::Path::new(&tree).join("notes"), "mine\n").unwrap();
    ok(&segno, &plain, &["worktree", "finish", "copy", "--leave"]);
    assert!(!std::path::Path::new(&tree).exists());
}

#[test]
fn a_pull_request_and_other_repositories_by_add() {
    let segno = Segno::new();
    let root = repository(&segno);
    let remote = segno.directory("remote.git");
    git(&segno, &remote, &["init", "-q", "--bare"]);
    git(&segno, &root, &["remote", "add", "origin", remote.to_str().unwrap()]);
    git(&segno, &root, &["push", "-q", "origin", "main:refs/pull/7/head"]);
    let tree = ok(&segno, &root, &["worktree", "add", "#7"]);
    let tree = std::path::Path::new(&tree);
    assert_eq!(git(&segno, tree, &["branch", "--show-current"]), "pr-7");
    let other = segno.directory("other").canonicalize().unwrap();
    git(&segno, &other, &["init", "-q", "-b", "main"]);
    git(&segno, &other, &["commit", "-q", "--allow-empty", "-m", "first"]);
    let also = other.to_str().unwrap();
    ok(&segno, &root, &["worktree", "add", "task", "--also", also]);
    assert!(root.with_file_name("project.worktrees").join("task").exists());
    assert!(other.with_file_name("other.worktrees").join("task").exists());
}

#[test]
fn a_task_in_two_repositories() {
    let segno = Segno::new();
    let root = repository(&segno);
    let other = segno.directory("other").canonicalize().unwrap();
    git(&segno, &other, &["init", "-q", "-b", "main"]);
    git(&segno, &other, &["commit", "-q", "--allow-empty", "-m", "first"]);
    let also = other.to_str().unwrap();
    let pane = ok(&segno, &root, &["new", "--worktree", "task", "--also", also]);
    let tree = other.with_file_name("other.worktrees").join("task");
    assert_eq!(git(&segno, &tree, &["branch", "--show-current"]), "task");
    segno.ok(&["send", &pane, "echo \"<$SEGNO_WORKTREE_ALSO>\"", "--enter"]);
    let output = format!("output=^<{}>", tree.display());
    segno.ok(&["wait", &pane, "--for", &output, "--timeout", "60"]);
    // All or none.
    let nowhere = segno.directory("plain/.git");
    let nowhere = nowhere.to_str().unwrap();
    let (made, said) = at(&segno, &root, &["new", "--worktree", "second", "--also", nowhere]);
    assert!(!made, "{said}");
    assert!(!root.with_file_name("project.worktrees").join("second").exists());
}
