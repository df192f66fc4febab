//! What was done, looked at hunk by hunk.

use std::path::Path;

use super::support::{Bench, git, read, write};
use crate::diff::{Against, Change, Diff, begun, bring_back, diff, revert, stage};

fn find<'d>(diff: &'d Diff, name: &str) -> &'d crate::diff::FileDiff {
    let file = diff.files.iter().find(|file| file.path() == Path::new(name));
    file.unwrap_or_else(|| panic!("{name} in {:?}", diff.files))
}

#[test]
fn everything_is_seen_committed_or_not() {
    let bench = Bench::new();
    bench.write("gone.txt", "x\n");
    bench.write("old.txt", &"line\n".repeat(20));
    bench.commit("more");
    let path = bench.start("task").unwrap().path;
    write(&path.join("committed ü.txt"), "committed\n");
    git(&path, &["mv", "old.txt", "new name.txt"]);
    git(&path, &["add", "-A"]);
    git(&path, &["commit", "-q", "-m", "work"]);
    std::fs::remove_file(path.join("gone.txt")).unwrap();
    write(&path.join("file.txt"), "one\nTWO\nthree\n");
    write(&path.join("new.txt"), "no end");
    std::fs::write(path.join("binary"), b"\0\x01").unwrap();
    // What the base got meanwhile is not the task's.
    bench.write("meanwhile.txt", "x\n");
    bench.commit("meanwhile");
    let review = diff(&bench.context, &path, Against::Base("main")).unwrap();
    assert_eq!(review.files.len(), 6, "{:?}", review.files);
    assert_eq!(find(&review, "committed ü.txt").change, Change::Added);
    assert_eq!(find(&review, "gone.txt").change, Change::Deleted);
    assert_eq!(find(&review, "file.txt").counts(), (1, 1));
    assert_eq!(find(&review, "new name.txt").change, Change::Renamed);
    let new = find(&review, "new.txt");
    assert!(new.untracked && new.hunks[0].lines[0].open);
    assert!(find(&review, "binary").binary);
    assert!(diff(&bench.context, &path, Against::Base("nothing")).is_err());
}

#[test]
fn what_came_in_from_the_base_is_not_the_tasks() {
    let bench = Bench::new();
    let started = bench.start("task").unwrap();
    let (path, record) = (started.path, started.record.unwrap());
    let first = record.base_commit.clone();
    write(&path.join("task.txt"), "x\n");
    git(&path, &["add", "-A"]);
    git(&path, &["commit", "-q", "-m", "work"]);
    bench.write("meanwhile.txt", "x\n");
    bench.commit("meanwhile");
    let since = || begun(&bench.context, &path, &record).unwrap();
    assert_eq!(since(), first);
    git(&path, &["merge", "-q", "-m", "merged", "main"]);
    assert_eq!(since(), Some(bench.git(&["rev-parse", "main"])));
    let review = diff(&bench.context, &path, Against::Base(&since().unwrap())).unwrap();
    assert_eq!(review.files.len(), 1, "{:?}", review.files);
    // What is merged is shown as before.
    bench.git(&["merge", "-q", "--ff-only", "task"]);
    assert_eq!(since(), first);
    // A commit that was said relative to another one stays that one.
    let behind = bench.start_from(Some("behind"), Some("HEAD~1")).unwrap().record.unwrap();
    assert_eq!(behind.base, behind.base_commit);
}

#[test]
fn hunks_are_staged_and_taken_back_one_by_one() {
    let bench = Bench::new();
    let lines = |first: &str, last: &str| {
        let middle: String = (0..20).map(|n| format!("{n}\n")).collect();
        format!("{first}\n{middle}{last}\n")
    };
    bench.write("a \"b\" ü.txt", &lines("first", "last"));
    bench.commit("lines");
    let path = bench.start("task").unwrap().path;
    let file = path.join("a \"b\" ü.txt");
    write(&file, &lines("FIRST", "LAST"));
    write(&path.join("new.txt"), "x");
    let review = diff(&bench.context, &path, Against::Index).unwrap();
    let changed = find(&review, "a \"b\" ü.txt");
    assert_eq!(changed.hunks.len(), 2);
    stage(&bench.context, &path, changed, &changed.hunks[1]).unwrap();
    let new = find(&review, "new.txt");
    stage(&bench.context, &path, new, &new.hunks[0]).unwrap();
    assert_eq!(git(&path, &["show", ":new.txt"]), "x");
    assert_eq!(git(&path, &["show", ":a \"b\" ü.txt"]), lines("first", "LAST").trim_end());
    let reverted = revert(&bench.context, &path, changed, &changed.hunks[0]).unwrap();
    bring_back(&bench.context, &path, &reverted).unwrap();
    assert_eq!(read(&file), lines("FIRST", "LAST"));
    revert(&bench.context, &path, changed, &changed.hunks[0]).unwrap();
    assert_eq!(read(&file), lines("first", "LAST"));
    // A second time it does not fit, and changes nothing.
    revert(&bench.context, &path, changed, &changed.hunks[0]).unwrap_err();
    assert_eq!(read(&file), lines("first", "LAST"));
}
