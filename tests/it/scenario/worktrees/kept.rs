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

#[test]
fn who_likely_made_a_commit_is_known_by_its_files() {
    let segno = Segno::new();
    let root = repository(&segno);
    let tree = ok(&segno, &root, &["worktree", "add", "task"]);
    let tree = std::path::Path::new(&tree);
    let time = now_text();
    let line = |n: u32, file: &std::path::Path| {
        format!(
            "{{\"id\":\"{n}\",\"tool\":\"edit\",\"input\":{{\"path\":\"{}\"}},\"time\":\"{time}\"}}\n",
            file.display()
        )
    };
    segno.write("stored/t-1.jsonl", &line(1, &tree.join("file.txt")));
    // The same name in another project.
    segno.write("stored/t-2.jsonl", &line(1, std::path::Path::new("/elsewhere/file.txt")));
    let ty = format!(
        "schema = 1\nname = \"storing\"\ntitle = \"Storing\"\nkind = \"agent\"\n\
         [command]\nprogram = \"sh\"\n[[transcript]]\nfiles = [\"{}/stored/{{session}}.jsonl\"]\n\
         time = \"/time\"\n[[transcript.tool]]\nid = \"/id\"\nname = \"/tool\"\ninput = \"/input\"\n\
         [transcript.touches]\n\"^edit$\" = \"/path\"\n",
        segno.home().display()
    );
    segno.write("panes/storing.toml", &ty);
    segno.ok(&["history", "update"]);
    fs::write(tree.join("file.txt"), "two\n").unwrap();
    git(&segno, tree, &["commit", "-q", "-a", "-m", "work"]);
    // From the repository too, when the worktree is in the trash.
    let commit = git(&segno, tree, &["rev-parse", "HEAD"]);
    ok(&segno, &root, &["worktree", "finish", "task"]);
    let found = ok(&segno, &root, &["history", "commit", &commit]);
    assert!(found.contains("t-1") && found.contains("likely: touched 1 of its 1 files"), "{found}");
    assert!(!found.contains("t-2"), "{found}");
    let found = ok(&segno, &root, &["history", "commit", &commit, "--json"]);
    assert!(found.contains("\"likely\""), "{found}");
}

/// Now, as agents write it.
fn now_text() -> String {
    let output = std::process::Command::new("date").args(["-u", "+%Y-%m-%dT%H:%M:%SZ"]).output();
    String::from_utf8(output.unwrap().stdout).unwrap().trim().to_string()
}
