//! Worktrees that agents made themselves are known, and so is which conversation made a commit.

use std::fs;

use super::{at, git, ok, repository};
use crate::support::segno::Segno;

#[test]
fn what_an_agent_made_itself_is_known() {
    let segno = Segno::new();
    let root = repository(&segno);
    // As an agent does it.
    git(&segno, &root, &["worktree", "add", "-q", "../own", "-b", "own"]);
    let tree = root.with_file_name("own");
    let pane = segno.ok(&["new", "--name", "agent", "--cwd", tree.to_str().unwrap()]);
    segno.wait_status(&pane, "the branch", |status| {
        status["worktree"]["branch"] == "own" && status["worktree"]["linked"] == true
    });
    let listed = ok(&segno, &root, &["worktree", "list"]);
    assert!(listed.contains("own") && listed.contains("agent"), "{listed}");

    fs::write(tree.join("new.txt"), "x\n").unwrap();
    git(&segno, &tree, &["add", "-A"]);
    let printed = git(&segno, &tree, &["commit", "-m", "work"]);
    let said = printed.lines().next().unwrap();
    let time = now_text();
    let line = format!(
        "{{\"id\":\"1\",\"role\":\"tool\",\"tool\":\"run\",\"text\":\"{said}\",\"time\":\"{time}\"}}\n"
    );
    segno.write("stored/t-1.jsonl", &line);
    let ty = format!(
        "schema = 1\nname = \"storing\"\ntitle = \"Storing\"\nkind = \"agent\"\n\
         [command]\nprogram = \"sh\"\n[[transcript]]\nfiles = [\"{}/stored/{{session}}.jsonl\"]\n\
         time = \"/time\"\n[[transcript.tool]]\nid = \"/id\"\nname = \"/tool\"\noutput = \"/text\"\n",
        segno.home().display()
    );
    segno.write("panes/storing.toml", &ty);
    segno.ok(&["history", "update"]);
    let found = ok(&segno, &tree, &["history", "commit", "HEAD"]);
    assert!(found.contains("t-1"), "{found}");
    let (known, said) = at(&segno, &tree, &["history", "commit", "HEAD~1"]);
    assert!(!known && said.contains("no conversation is known"), "{said}");
    let (known, said) = at(&segno, &tree, &["history", "commit", "nothing"]);
    assert!(!known && said.contains("go to its repository"), "{said}");
}

/// Now, as agents write it.
fn now_text() -> String {
    let output = std::process::Command::new("date").args(["-u", "+%Y-%m-%dT%H:%M:%SZ"]).output();
    String::from_utf8(output.unwrap().stdout).unwrap().trim().to_string()
}
