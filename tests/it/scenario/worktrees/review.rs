//! What an agent did is reviewed: lines get comments, which reach it as one prompt.

use std::fs;

use super::{git, ok, repository};
use crate::support::scripted;
use crate::support::segno::Segno;

#[test]
fn comments_reach_the_agent_and_what_became_of_them_is_seen() {
    let segno = Segno::new();
    scripted::install_team(&segno);
    let root = repository(&segno);
    let agent = ok(&segno, &root, &["new", "--worktree", "task", "--type", "team"]);
    let tree = root.with_file_name("project.worktrees").join("task");
    fs::write(tree.join("file.txt"), "one\ntwo\nthree\n").unwrap();
    git(&segno, &tree, &["commit", "-q", "-a", "-m", "work"]);
    fs::write(tree.join("file.txt"), "one\ntwo\nthree\nfour\n").unwrap();

    let terminal = segno.terminal_of(160, 40, &[]);
    terminal.keys("ctrl+b D");
    terminal.wait_text("+ four");
    terminal.wait_text("1 files, +3 -0");
    // The last two lines, marked.
    terminal.keys("G v up c");
    terminal.wait_text("file.txt:3-4");
    terminal.type_text("say this differently");
    terminal.keys("enter");
    terminal.wait_text("1 comments, S sends them");
    terminal.keys("S");
    segno.wait_for("the comment", || {
        let heard = segno.file(&format!("heard-{agent}"))?;
        let quoted = "1. file.txt:3-4\n> three\n> four\nsay this differently";
        heard.replace("\\n", "\n").contains(quoted).then_some(())
    });
    terminal.wait_text("sent, unchanged");
    fs::write(tree.join("file.txt"), "one\ntwo\nTHREE\n").unwrap();
    terminal.keys("R");
    terminal.wait_text("+ THREE");

    // A hunk is staged, reverted and brought back.
    terminal.keys("G s");
    terminal.wait_text("staged");
    assert_eq!(git(&segno, &tree, &["show", ":file.txt"]), "one\ntwo\nTHREE");
    terminal.keys("r y");
    terminal.wait_text("reverted");
    assert_eq!(fs::read_to_string(tree.join("file.txt")).unwrap(), "one\n");
    terminal.keys("u");
    terminal.wait_text("brought back");
    assert_eq!(fs::read_to_string(tree.join("file.txt")).unwrap(), "one\ntwo\nTHREE\n");
    terminal.keys("q");
    segno.wait_for("one pane", || (segno.panes().len() == 1).then_some(()));
}
