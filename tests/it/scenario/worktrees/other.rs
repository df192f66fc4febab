//! Worktrees of another system than git: its commands, played by a script that knows no others.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::{at, ok};
use crate::support::segno::Segno;

/// Answers what the real program was seen to answer, and refuses whatever it was not asked then. One
/// branch, `main`; a workspace has one commit. `moved`, `conflicts` and `merged` are files that say
/// how things stand.
const STAND_IN: &str = r#"#!/bin/sh
cd "$STATE/.." || exit 1
echo "$*" >> "$STATE/asked"
refuse() { echo "error: unexpected argument '$*' found" >&2; exit 2; }
name() { printf "%s%039d" "$1" 0; }
first=$(name a) head=$(name b) other=$(name c) merged=$(name d)
# It is called otherwise once it says something.
described=n; test -e "$STATE/described" && { described=; head=$(name e); }
main=$first; test -e "$STATE/moved" && main=$other
test -e "$STATE/main" && main=$(cat "$STATE/main")
is() { test -e "$STATE/$1"; }
case "$1 $2" in
"workspace root") test "$*" = "workspace root --name default" || refuse "$@"; pwd ;;
"workspace add")
    test "$3 $4 $5 $6 $#" = "--name task --revision $first 7" || refuse "$@"
    test ! -d "$7" -o -z "$(ls -A "$7" 2>/dev/null)" || { echo "Error: not empty" >&2; exit 1; }
    mkdir -p "$7/.jj" && cp tracked "$7/" ;;
"workspace forget")
    test "$*" = "workspace forget task" || refuse "$@"
    test -d ../project.worktrees/task && touch "$STATE/forgotten" ;;
"operation log")
    test "$3 $4 $5 $6 $7 $8 $#" = "--no-graph --color never --limit 200 --template 9" || refuse "$@"
    is forgotten && echo "$(name f) forget workspace task"
    echo "$(name 0) snapshot working copy" ;;
"operation revert") test "$*" = "operation revert $(name f)" || refuse "$@"; rm "$STATE/forgotten" ;;
"file list")
    test "$*" = "file list --revision @" || refuse "$@"
    cd ../project.worktrees/task && find . -type f ! -path './.jj/*' ! -name '*.o' | sed 's|^[.]/||' ;;
"diff --git")
    test "$*" = "diff --git --color never --from fork_point($first | @)" || refuse "$@"
    printf 'diff --git a/tracked b/tracked\nindex 1111111..2222222 100644\n'
    printf -- '--- a/tracked\n+++ b/tracked\n@@ -1,1 +1,1 @@\n-one\n+two\n' ;;
"bookmark list")
    test "$3 $4 $5 $#" = "--color never --template 6" || refuse "$@"
    echo "main $main" ;;
"bookmark set")
    test "$3 $4 $#" = "main --revision 5" || refuse "$@"
    echo "$5" > "$STATE/main" ;;
"log --no-graph")
    test "$3 $4 $5 $7 $#" = "--color never --revisions --template 8" || refuse "$@"
    case "$6" in
    "coalesce(trunk() & ~root(), @-)" | "$first") echo "$first " ;;
    "heads(::$first & (bookmarks() | remote_bookmarks()))") printf 'main\nmain\n' ;;
    "coalesce(@ & ~("*) echo "$head $described" ;;
    "$main..$head") echo "$head $described" ;;
    "$head..$main") is moved && echo "$main " ;;
    "$main+ & $head+") is merged && { is conflicts && echo "$merged c" || echo "$merged "; } ;;
    "$merged") echo tracked ;;
    *) refuse "$6" ;;
    esac
    : ;;
"describe --message") test "$4 $#" = "$head 4" || refuse "$@"; echo "$3" > "$STATE/described" ;;
"new --no-edit")
    test "$3 $5 $6 $#" = "--message $main $head 6" || refuse "$@"
    touch "$STATE/merged" ;;
"abandon $merged") rm "$STATE/merged" ;;
*) refuse "$@" ;;
esac
"#;

/// A repository of that system, and the directory of what the script knows.
fn repository(segno: &mut Segno) -> (PathBuf, PathBuf) {
    let root = segno.directory("project").canonicalize().unwrap();
    let state = root.join(".state");
    fs::create_dir(&state).unwrap();
    let bin = segno.directory("bin");
    fs::write(bin.join("jj"), STAND_IN.replace("$STATE", state.to_str().unwrap())).unwrap();
    fs::set_permissions(bin.join("jj"), fs::Permissions::from_mode(0o755)).unwrap();
    segno.path_first(&bin);
    fs::create_dir(root.join(".jj")).unwrap();
    fs::write(root.join("tracked"), "one\n").unwrap();
    (root, state)
}

#[test]
fn a_workspace_is_made_shown_put_away_and_brought_back_with_the_systems_commands() {
    let mut segno = Segno::new();
    let (root, state) = repository(&mut segno);
    let tree = ok(&segno, &root, &["worktree", "add", "task"]);
    let tree = Path::new(&tree);
    fs::write(tree.join("tracked"), "two\n").unwrap();
    fs::write(tree.join("made.o"), "built\n").unwrap();
    let listed = ok(&segno, &root, &["worktree", "list"]);
    assert_eq!(listed.matches("project.worktrees/task").count(), 1, "{listed}");
    let shown = ok(&segno, &root, &["diff", "task"]);
    assert!(shown.contains("-one\n+two"), "{shown}");
    // What the system has recorded stays there, and what it ignores is in the trash.
    ok(&segno, &root, &["worktree", "finish", "task", "--leave"]);
    assert!(!tree.exists() && state.join("forgotten").exists());
    ok(&segno, &root, &["worktree", "restore", "task"]);
    assert_eq!(fs::read_to_string(tree.join("made.o")).unwrap(), "built\n");
    assert!(!state.join("forgotten").exists());
}

#[test]
fn a_workspace_is_merged_and_a_conflict_leaves_everything_as_it_was() {
    let mut segno = Segno::new();
    let (root, state) = repository(&mut segno);
    let tree = ok(&segno, &root, &["worktree", "add", "task"]);
    let main = || fs::read_to_string(state.join("main")).unwrap_or_default();
    fs::write(state.join("moved"), "").unwrap();
    fs::write(state.join("conflicts"), "").unwrap();
    let (done, said) = at(&segno, &root, &["worktree", "finish", "task"]);
    assert!(!done && said.contains("conflicts in tracked"), "{said}");
    assert!(Path::new(&tree).exists() && !state.join("merged").exists() && main().is_empty());
    assert!(!state.join("described").exists() && !state.join("forgotten").exists());

    fs::remove_file(state.join("conflicts")).unwrap();
    let (done, said) = at(&segno, &root, &["worktree", "finish", "task", "--into", "nothing"]);
    assert!(!done && said.contains("no local branch nothing"), "{said}");
    let (done, said) = at(&segno, &root, &["worktree", "finish", "task", "--pr"]);
    assert!(!done && said.contains("by hand"), "{said}");
    ok(&segno, &root, &["worktree", "finish", "task"]);
    assert!(main().starts_with('d'), "{}", main());
    assert_eq!(fs::read_to_string(state.join("described")).unwrap(), "task\n");
    assert!(!Path::new(&tree).exists() && state.join("forgotten").exists());
}
