//! What is shown of a working tree.

use super::support::{Bench, git, script, write};
use crate::glance;

#[test]
fn branch_distance_changes_conflicts_and_pull_request() {
    let bench = Bench::new();
    let path = bench.start("task").unwrap().path;
    write(&path.join("file.txt"), "theirs\n");
    git(&path, &["commit", "-q", "-a", "-m", "work"]);
    bench.write("file.txt", "ours\n");
    bench.commit("other");
    write(&path.join("new.txt"), "x\n");
    let look = |has: bool| {
        let has = |_: &str| has;
        glance::look(&bench.context, &path.join("."), &has, false).unwrap().unwrap()
    };
    let seen = look(false);
    assert_eq!(seen.glance.short(), "task ↑1 ↓1 ±1");
    assert_eq!(seen.glance.words(), "1 ahead of main, 1 behind, 1 not committed");
    assert!(seen.glance.linked && seen.glance.path == path);
    for file in ["HEAD", "index", "refs/heads/task", "refs/heads/main"] {
        assert!(seen.watch.iter().any(|watched| watched.ends_with(file)), "{file}");
    }
    bench.git(&["remote", "add", "origin", "https://github.com/a/b"]);
    assert!(!look(false).forge && look(true).forge);
    let merging =
        std::process::Command::new("git").args(["merge", "main"]).current_dir(&path).output();
    assert!(!merging.unwrap().status.success());
    let seen = look(false).glance;
    assert_eq!(
        (seen.conflicts, seen.operations.as_slice()),
        (1, &["a merge under way".to_string()][..])
    );
    let nowhere = std::path::Path::new("/");
    assert!(glance::look(&bench.context, nowhere, &|_| false, false).unwrap().is_none());
}

#[test]
fn a_forge_is_read_with_care() {
    let bench = Bench::new();
    let mut forge = crate::forge::all().remove(0);
    let program = bench.dir.join("forge");
    forge.program = program.to_str().unwrap().to_string();
    let view = |text: &str| {
        script(&program, &format!("test \"$3\" = task || exit 1; echo '{text}'"));
        forge.view(&bench.repo, "task")
    };
    let answer = view(r#"{"number":12,"state":"OPEN","url":"https://x/12"}"#).unwrap();
    assert_eq!((answer.number, answer.state.as_str()), (12, "open"));
    for hostile in [
        r#"{"number":12,"state":"OPEN","url":"javascript:x"}"#,
        r#"{"number":12,"state":"a b","url":"https://x"}"#,
        r#"{"number":"12"}"#,
        "",
    ] {
        assert_eq!(view(hostile), None, "{hostile}");
    }
    assert_eq!(forge.view(&bench.repo, "12"), None);
}
