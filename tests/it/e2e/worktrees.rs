//! The real opencode at two tasks at once, each in a worktree; a reviewer comments, and both are
//! merged.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::with_agent;
use crate::support::agents::OPENCODE_NEWEST;
use crate::support::opencode::{Bed, PATIENCE};
use crate::support::segno::{program, wait_for};

#[track_caller]
fn git(bed: &Bed, directory: &Path, args: &[&str]) -> String {
    let mut command = bed.segno.command("git");
    let output = command.args(args).current_dir(directory).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_string()
}

#[test]
fn two_tasks_are_done_reviewed_and_merged() {
    with_agent(|| {
        let bed = Bed::with(OPENCODE_NEWEST, 2, json!({}));
        let settings = "[user]\nname = T\nemail = t@example.com\n";
        fs::write(bed.segno.user_home().join(".gitconfig"), settings).unwrap();
        let root = bed.work.canonicalize().unwrap();
        git(&bed, &root, &["init", "-q", "-b", "main"]);
        fs::write(root.join("left.txt"), "old\n").unwrap();
        fs::write(root.join("right.txt"), "old\n").unwrap();
        git(&bed, &root, &["add", "-A"]);
        git(&bed, &root, &["commit", "-q", "-m", "first"]);
        let cwd = root.to_str().unwrap();
        // One that stays: the last pane takes the daemon along.
        bed.segno.ok(&["new", "--name", "stays", "--cwd", cwd]);
        let names = ["left", "right"];
        for name in names {
            let new = ["new", "--type", "opencode", "--worktree", name, "--name", name];
            bed.segno.ok(&[&new[..], &["--cwd", cwd]].concat());
        }
        let tree = |name: &str| root.with_file_name("work.worktrees").join(name);
        // Two that come up at the same time take long on a busy machine.
        for name in names {
            bed.segno.ok(&["wait", name, "--for", "output=Ask anything", "--timeout", "120"]);
        }
        let asked = names.map(|name| {
            let task = format!("BASH echo new > {name}.txt && git commit -qam {name}");
            let mut command = bed.segno.command(program());
            command.args(["prompt", name, &task, "--wait", "--timeout", "300"]).spawn().unwrap()
        });
        for mut one in asked {
            assert!(one.wait().unwrap().success());
        }
        for name in names {
            assert_eq!(git(&bed, &tree(name), &["log", "-1", "--format=%s"]), name);
        }

        // The reviewer wants something else, and gets it.
        let review = bed.segno.terminal_of(140, 44, &["diff", "--review", "left"]);
        review.wait_text("left.txt +1 -1");
        review.keys("G c");
        review.wait_text("enter keep");
        review.type_text("BASH echo newer > left.txt && git commit -qam reviewed");
        review.wait_text("git commit -qam reviewed");
        review.keys("enter");
        review.wait_text("not sent");
        review.keys("S");
        wait_for("what came of the comment", PATIENCE, || {
            let last = git(&bed, &tree("left"), &["log", "-1", "--format=%s"]);
            (last == "reviewed").then_some(())
        });
        review.wait_text("sent, changed");
        review.keys("q");

        for name in names {
            bed.segno.ok(&["wait", name, "--for", "idle", "--timeout", "300"]);
            let mut command = bed.segno.command(program());
            let finish = ["worktree", "finish", name, "--close"];
            let output = command.args(finish).current_dir(&root).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        assert_eq!(fs::read_to_string(root.join("left.txt")).unwrap(), "newer\n");
        assert_eq!(fs::read_to_string(root.join("right.txt")).unwrap(), "new\n");
        assert_eq!(bed.segno.panes().len(), 1);
        // Which conversation it was is known.
        bed.segno.ok(&["history", "update"]);
        let list = bed.segno.json(&["history", "list", "--branch", "left"]);
        assert_eq!(list["conversations"].as_array().map(Vec::len), Some(1), "{list:#}");
    });
}
