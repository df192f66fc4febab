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
