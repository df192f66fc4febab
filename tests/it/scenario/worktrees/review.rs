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
    terminal.wait_text("1 file, +3 -0");
    // The last two lines, marked.
    terminal.keys("G v up c");
    terminal.wait_text("file.txt:3-4");
    terminal.type_text("say this differently");
    terminal.keys("enter");
    terminal.wait_text("1 comment, S sends it");
    terminal.keys("S");
    segno.wait_for("the comment", || {
        let heard = segno.file(&format!("heard-{agent}"))?;
        let quoted = "1. file.txt:3-4\n> three\n> four\nsay this differently";
        heard.replace("\\n", "\n").contains(quoted).then_some(())
    });
    terminal.wait_text("sent, unchanged");
    // It is seen by itself, without a key.
    terminal.wait_text("its turn has ended");
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

#[test]
fn outside_of_a_repository_there_is_nothing_to_review() {
    let segno = Segno::new();
    segno.ok(&["new", "--cwd", segno.directory("plain").to_str().unwrap()]);
    let terminal = segno.terminal();
    terminal.wait_text("$");
    terminal.keys("ctrl+b D");
    terminal.wait_text("nothing to review");
    assert_eq!(segno.panes().len(), 1);
}

#[test]
fn differences_have_the_colours_of_their_language_on_a_terminal_alone() {
    let segno = Segno::new();
    let root = repository(&segno);
    fs::write(root.join("file.txt"), "two\n").unwrap();
    fs::write(root.join("new.rs"), "// \u{1b}[2Jsteers \u{9b}31m\nfn it() {}\n").unwrap();
    let path = root.to_str().unwrap();
    let printed = |segno: &Segno| {
        let mut terminal = segno.terminal_of(100, 30, &["diff", path]);
        terminal.wait_end();
        String::from_utf8(terminal.raw()).unwrap()
    };
    let colored = printed(&segno);
    assert!(colored.contains("\u{1b}[32m+two\u{1b}[0m"), "{colored:?}");
    assert!(colored.contains("\u{1b}[32m+\u{1b}[0m\u{1b}[35mfn\u{1b}[0m"), "{colored:?}");
    assert!(colored.contains("steers") && !colored.contains("\u{1b}[2J"), "{colored:?}");
    assert!(!colored.contains('\u{9b}'), "{colored:?}");
    let piped = ok(&segno, &root, &["diff"]);
    assert!(piped.contains("+fn it() {}") && !piped.contains('\u{1b}'), "{piped:?}");
    // By a program of the user's: it gets a patch, or both files.
    segno.write("config.toml", "[worktree]\ndiff_program = \"grep -n .\"\n");
    let numbered = printed(&segno);
    assert!(numbered.contains("1:diff --git a/file.txt b/file.txt"), "{numbered:?}");
    assert!(numbered.contains(":+fn it() {}") && !numbered.contains('\u{1b}'), "{numbered:?}");
    segno.write("config.toml", "[worktree]\ndiff_program = \"grep -r . {old} {new}\"\n");
    let both = printed(&segno);
    assert!(both.contains("one") && both.contains("two"), "{both:?}");
    assert!(both.contains("fn it() {}") && !both.contains('\u{1b}'), "{both:?}");
    assert!(ok(&segno, &root, &["diff"]).contains("-one\n+two\n"));
}
