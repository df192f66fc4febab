//! Worktrees of another system than git: its commands, played by a script.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{at, ok};
use crate::support::segno::Segno;

/// Does what the documentation says of these commands, and notes them.
const STAND_IN: &str = r#"#!/bin/sh
echo "$*" >> "$LOG"
case "$1 $2" in
  "workspace add") for path; do :; done; mkdir -p "$path/.jj"; cp tracked "$path/" ;;
  "file list") find . -type f ! -path './.jj/*' ! -name '*.o' | sed 's|^[.]/||' ;;
  "diff --git")
    printf 'diff --git a/tracked b/tracked\nindex 1111111..2222222 100644\n'
    printf -- '--- a/tracked\n+++ b/tracked\n@@ -1,1 +1,1 @@\n-one\n+two\n' ;;
esac
"#;

#[test]
fn a_workspace_is_made_shown_and_put_away_with_the_systems_commands() {
    let mut segno = Segno::new();
    let (bin, log) = (segno.directory("bin"), segno.root().join("asked"));
    fs::write(bin.join("jj"), STAND_IN.replace("$LOG", log.to_str().unwrap())).unwrap();
    fs::set_permissions(bin.join("jj"), fs::Permissions::from_mode(0o755)).unwrap();
    segno.path_first(&bin);
    let root = segno.directory("project").canonicalize().unwrap();
    fs::create_dir(root.join(".jj")).unwrap();
    fs::write(root.join("tracked"), "one\n").unwrap();
    let tree = ok(&segno, &root, &["worktree", "add", "task"]);
    let tree = std::path::Path::new(&tree);
    fs::write(tree.join("tracked"), "two\n").unwrap();
    fs::write(tree.join("made.o"), "built\n").unwrap();
    let shown = ok(&segno, &root, &["diff", tree.to_str().unwrap()]);
    assert!(shown.contains("-one\n+two"), "{shown}");
    let (done, said) = at(&segno, &root, &["worktree", "finish", "task"]);
    assert!(!done && said.contains("--leave"), "{said}");
    // What the system has recorded stays there, and what it ignores is in the trash.
    ok(&segno, &root, &["worktree", "finish", "task", "--leave"]);
    assert!(!tree.exists());
    let asked = fs::read_to_string(&log).unwrap();
    let add = format!("workspace add --name task --revision trunk() {}", tree.display());
    assert!(asked.starts_with(&add), "{asked}");
    assert!(asked.contains("diff --git --from trunk()\n"), "{asked}");
    assert!(asked.contains("file list --revision @\n"), "{asked}");
    assert!(asked.ends_with("workspace forget task\n"), "{asked}");
    ok(&segno, &root, &["worktree", "restore", "task"]);
    assert_eq!(fs::read_to_string(tree.join("made.o")).unwrap(), "built\n");
}
