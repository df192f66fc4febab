//! What a person does with a worktree.

use std::fs;
use std::path::Path;

use super::support::{Bench, NOW, assert_whole, git, read, wanted, work, write};
use crate::finish::{self, Way};
use crate::losses::Loss;
use crate::start::{Place, Start};
use crate::{Error, list, record, status, trash};

fn commit(path: &Path, name: &str, text: &str) {
    write(&path.join(name), text);
    git(path, &["add", "-A"]);
    git(path, &["commit", "-q", "-m", name]);
}

#[test]
fn a_task_is_started_merged_and_put_away() {
    let bench = Bench::new();
    bench.write(".worktreeinclude", ".env\nnode_modules/\n");
    bench.commit("include");
    bench.write(".env", "SECRET=1\n");
    bench.write("node_modules/a/index.js", "x\n");
    bench.write("other.log", "not wanted\n");
    std::os::unix::fs::symlink("a", bench.repo.join("node_modules/link")).unwrap();
    let started = bench.start("fix login").unwrap();
    let path = started.path.clone();
    assert_eq!(path, bench.dir.join("project.worktrees/fix-login"));
    assert_eq!(started.branch.as_deref(), Some("fix-login"));
    assert_eq!(read(&path.join(".env")), "SECRET=1\n");
    assert_eq!(read(&path.join("node_modules/a/index.js")), "x\n");
    assert_eq!(fs::read_link(path.join("node_modules/link")).unwrap(), Path::new("a"));
    assert!(!path.join("other.log").exists());
    let record = started.record.unwrap();
    assert_eq!(record.base.as_deref(), Some("main"));
    // Asked again it is taken as it is.
    let again = bench.start("fix login").unwrap();
    assert!(again.existing && again.path == path);
    assert_eq!(again.record, Some(record.clone()));

    commit(&path, "done.txt", "x\n");
    let seen = status::read(&bench.context, &path, Some("main")).unwrap();
    assert_eq!((seen.ahead, seen.behind, seen.is_dirty()), (1, 0, false));
    assert!(seen.watch.iter().any(|file| file.ends_with("fix-login/HEAD")), "{:?}", seen.watch);
    let tip = git(&path, &["rev-parse", "HEAD"]);
    let finished = bench.finish(&path, Way::Merge).unwrap();
    assert_eq!(finished.target, Some(("main".into(), tip.clone())));
    assert_eq!(read(&bench.repo.join("done.txt")), "x\n");
    assert_eq!(bench.git(&["status", "--porcelain"]), "");
    assert!(!path.exists());
    assert_eq!(bench.branches(), ["main"]);
    assert_eq!(record::all(&bench.context), []);

    // What was copied in is known to be a copy after it came back, too.
    let back = bench.restore("fix login").unwrap();
    assert_eq!(back, record);
    assert_eq!(read(&path.join(".env")), "SECRET=1\n");
    assert_eq!(git(&path, &["rev-parse", "fix-login"]), tip);
    assert!(bench.git(&["for-each-ref", "refs/segno"]).is_empty());
    write(&path.join(".env"), "SECRET=2\n");
    let refused = bench.finish(&path, Way::Leave).unwrap_err();
    assert!(
        matches!(&refused, Error::Losses(all) if matches!(&all[..], [Loss::ChangedCopies { .. }])),
        "{refused}"
    );
}

#[test]
fn what_would_be_lost_is_said_and_kept() {
    let bench = Bench::new();
    let path = bench.start("task").unwrap().path;
    work(&path);
    git(&path, &["stash", "list"]);
    for way in [Way::Leave, Way::Merge] {
        let refused = bench.finish(&path, way).unwrap_err().to_string();
        assert!(refused.contains("1 uncommitted file (file.txt)"), "{refused}");
        assert!(refused.contains("2 untracked files"), "{refused}");
        assert_eq!(refused.contains("1 commit ("), way == Way::Leave, "{refused}");
        assert_whole(&path);
    }
    let mut running = wanted(&path, Way::Leave);
    running.programs = vec!["cargo".into()];
    let refused = finish::finish(&bench.context, &running).unwrap_err().to_string();
    assert!(
        refused.contains("running programs (cargo), and would lose 1 uncommitted"),
        "{refused}"
    );
    running.to_trash = true;
    let refused = finish::finish(&bench.context, &running).unwrap_err().to_string();
    assert!(refused.contains("running programs (cargo)"), "{refused}");
    assert_whole(&path);

    let to_trash = finish::Finish { to_trash: true, ..wanted(&path, Way::Leave) };
    let finished = finish::finish(&bench.context, &to_trash).unwrap();
    assert!(!path.exists());
    assert_eq!(bench.branches(), ["main"]);
    // Git's own clearing up does not reach it.
    bench.git(&["reflog", "expire", "--expire=now", "--all"]);
    bench.git(&["-c", "gc.pruneExpire=now", "gc", "-q", "--prune=now"]);
    bench.restore(&finished.trashed.unwrap()).unwrap();
    assert_whole(&path);
}

#[test]
fn the_trash_is_emptied_after_thirty_days() {
    let bench = Bench::new();
    let path = bench.start("task").unwrap().path;
    work(&path);
    let to_trash = finish::Finish { to_trash: true, ..wanted(&path, Way::Leave) };
    finish::finish(&bench.context, &to_trash).unwrap();
    assert_eq!(trash::sweep(&bench.context, NOW + trash::KEPT_S - 1).unwrap(), []);
    assert_eq!(trash::all(&bench.context).len(), 1);
    assert_eq!(trash::sweep(&bench.context, NOW + trash::KEPT_S).unwrap().len(), 1);
    bench.assert_nothing("task");
    assert!(bench.git(&["for-each-ref", "refs/segno"]).is_empty());
    assert!(bench.restore("task").unwrap_err().to_string().contains("is not in the trash"));
}

#[test]
fn a_conflict_leaves_everything_as_it_was() {
    let bench = Bench::new();
    let path = bench.start("task").unwrap().path;
    commit(&path, "file.txt", "one\nmine\nthree\n");
    bench.write("file.txt", "one\ntheirs\nthree\n");
    bench.commit("theirs");
    let before = bench.git(&["for-each-ref"]);
    for way in [Way::Merge, Way::Rebase, Way::Squash] {
        let refused = bench.finish(&path, way).unwrap_err();
        let is_it = matches!(&refused, Error::Conflicts { paths, .. } if paths == &["file.txt"]);
        assert!(is_it, "{refused}");
        assert_eq!(bench.git(&["for-each-ref"]), before);
        assert_eq!(bench.git(&["status", "--porcelain"]), "");
        assert_eq!(git(&path, &["status", "--porcelain"]), "");
    }
}

#[test]
fn what_is_not_committed_in_the_target_is_not_touched() {
    let bench = Bench::new();
    let path = bench.start("task").unwrap().path;
    commit(&path, "file.txt", "one\nmine\nthree\n");
    commit(&path, "added.txt", "mine\n");
    bench.write("file.txt", "one\ntwo\nmy own\n");
    bench.write("added.txt", "my own\n");
    for way in [Way::Merge, Way::Squash] {
        bench.finish(&path, way).unwrap_err();
        assert_eq!(read(&bench.repo.join("file.txt")), "one\ntwo\nmy own\n");
        assert_eq!(read(&bench.repo.join("added.txt")), "my own\n");
        assert!(path.exists());
        assert_eq!(bench.git(&["log", "-1", "--format=%s"]), "first");
    }
}

#[test]
fn merging_squashing_and_rebasing_give_the_same_files() {
    for (way, subjects) in [
        (Way::Merge, "Merge branch 'task' into main"),
        (Way::Squash, "task"),
        (Way::Rebase, "b.txt"),
    ] {
        let bench = Bench::new();
        let path = bench.start("task").unwrap().path;
        commit(&path, "a.txt", "a\n");
        commit(&path, "b.txt", "b\n");
        bench.write("file.txt", "one\ntwo\nfour\n");
        bench.commit("meanwhile");
        bench.finish(&path, way).unwrap();
        for (name, text) in [("a.txt", "a\n"), ("b.txt", "b\n"), ("file.txt", "one\ntwo\nfour\n")] {
            assert_eq!(read(&bench.repo.join(name)), text, "{way:?}");
        }
        assert_eq!(bench.git(&["log", "-1", "--format=%s"]), subjects);
        assert_eq!(bench.git(&["log", "-1", "--format=%an"]), "T");
        assert_eq!(bench.git(&["status", "--porcelain"]), "");
        assert_eq!(bench.branches(), ["main"]);
    }
}

#[test]
fn branches_commits_and_pull_requests_are_taken_as_bases() {
    let origin = Bench::new();
    origin.git(&["checkout", "-q", "-b", "offered"]);
    origin.write("offered.txt", "x\n");
    origin.commit("offered");
    origin.git(&["update-ref", "refs/pull/7/head", "HEAD"]);
    origin.git(&["checkout", "-q", "main"]);
    let bench = Bench::at(&origin.dir, "clone");
    git(&origin.dir, &["clone", "-q", "project", "clone"]);
    super::support::configure(&bench.repo);

    // The remote's main branch, whatever is checked out.
    bench.git(&["checkout", "-q", "-b", "elsewhere"]);
    bench.write("elsewhere.txt", "x\n");
    bench.commit("elsewhere");
    let started = bench.start("task").unwrap();
    assert_eq!(started.record.unwrap().base.as_deref(), Some("origin/main"));
    assert!(!started.path.join("elsewhere.txt").exists());

    let pull = bench.start_from(None, Some("#7")).unwrap();
    assert_eq!(pull.branch.as_deref(), Some("pr-7"));
    assert!(pull.path.join("offered.txt").exists());
    let remote = bench.start_from(None, Some("origin/offered")).unwrap();
    assert_eq!(remote.branch.as_deref(), Some("offered"));
    // By its name alone too: whoever began it there means that one.
    origin.git(&["branch", "begun", "offered"]);
    bench.git(&["fetch", "-q"]);
    let begun = bench.start("begun").unwrap();
    assert_eq!(begun.record.unwrap().base.as_deref(), Some("origin/begun"));
    assert!(begun.path.join("offered.txt").exists());
    let here = bench.start_from(Some("here"), Some("HEAD")).unwrap();
    assert_eq!(here.record.unwrap().base.as_deref(), Some("elsewhere"));
    let named = bench.start_from(Some("mine"), Some("elsewhere")).unwrap();
    assert!(named.path.join("elsewhere.txt").exists());
    bench.git(&["branch", "there"]);
    let there = bench.start("there").unwrap();
    assert!(!there.record.unwrap().made_branch);
    bench.finish(&there.path, Way::Leave).unwrap();
    assert!(bench.branches().contains(&"there".to_string()), "a branch of the user's stays");

    for (name, from) in [
        (Some("x"), "#8"),
        (Some("x"), "#"),
        (Some("x"), "--upload-pack=evil"),
        (Some("x"), "nothing"),
        (Some("there"), "main"),
        (None, "elsewhere"),
        (Some("../.."), "main"),
    ] {
        let refused = bench.start_from(name, Some(from)).unwrap_err().to_string();
        assert!(refused.contains(';'), "{refused}");
        assert!(!bench.branches().contains(&"x".to_string()));
    }
    let ranges: Vec<_> =
        record::all(&bench.context).iter().map(|r| r.ports.unwrap().first).collect();
    let mut different = ranges.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(ranges.len(), different.len(), "{ranges:?}");
}

#[test]
fn worktrees_of_others_are_recognised() {
    let bench = Bench::new();
    bench.git(&["worktree", "add", "-q", "-b", "theirs", "../theirs"]);
    let path = bench.dir.join("theirs");
    let started = bench.start("theirs").unwrap();
    assert!(started.existing && started.record.is_none() && started.path == path);
    commit(&path, "done.txt", "x\n");
    let mut merge = wanted(&path, Way::Merge);
    assert!(finish::finish(&bench.context, &merge).is_err(), "into what is not known");
    merge.into = Some("main".into());
    finish::finish(&bench.context, &merge).unwrap();
    assert_eq!(bench.branches(), ["main", "theirs"], "the branch was not made by Segno");
    // The repository itself is none.
    let refused = bench.finish(&bench.repo, Way::Leave).unwrap_err().to_string();
    assert!(refused.contains("the repository itself"), "{refused}");
}

#[test]
fn one_inside_of_another_holds_it_up() {
    let bench = Bench::new();
    let path = bench.start("task").unwrap().path;
    // As agents do it, in a place that git ignores.
    git(&path, &["worktree", "add", "-q", "-b", "inner", "node_modules/inner"]);
    write(&path.join("node_modules/inner/new.txt"), "work\n");
    let to_trash = finish::Finish { to_trash: true, ..wanted(&path, Way::Leave) };
    let refused = finish::finish(&bench.context, &to_trash).unwrap_err().to_string();
    assert!(refused.contains("worktrees inside of it (node_modules/inner)"), "{refused}");
    bench.git(&["worktree", "remove", "--force", "../project.worktrees/task/node_modules/inner"]);
    finish::finish(&bench.context, &to_trash).unwrap();
}

#[test]
fn a_commit_that_came_meanwhile_is_not_taken_for_merged() {
    let bench = Bench::new();
    let started = bench.start("task").unwrap();
    let (path, record) = (started.path, started.record.unwrap());
    let seen = git(&path, &["rev-parse", "HEAD"]);
    commit(&path, "late.txt", "x\n");
    let put = trash::put(&bench.context, &record, NOW, trash::Reason::Finished, Some(&seen));
    assert!(put.unwrap_err().to_string().contains("try again"));
    assert!(path.join("late.txt").exists() && bench.branches().contains(&"task".to_string()));
    assert_eq!(bench.git(&["for-each-ref", "refs/segno"]), "");
    assert_eq!(trash::all(&bench.context), []);
}

#[test]
fn one_comes_back_beside_another_of_its_name() {
    let bench = Bench::new();
    let path = bench.start("task").unwrap().path;
    work(&path);
    let to_trash = finish::Finish { to_trash: true, ..wanted(&path, Way::Leave) };
    finish::finish(&bench.context, &to_trash).unwrap();
    bench.git(&["worktree", "add", "-q", "-b", "other", "../elsewhere/task"]);
    bench.restore("task").unwrap();
    assert_whole(&path);
    assert_eq!(git(&bench.dir.join("elsewhere/task"), &["branch", "--show-current"]), "other");
    // And goes again.
    finish::finish(&bench.context, &to_trash).unwrap();
    assert_eq!(bench.git(&["worktree", "list"]).lines().count(), 2);
}

#[test]
fn they_live_where_the_settings_say() {
    let bench = Bench::new();
    for (place, inside) in [(Place::Below, &bench.repo), (Place::Home, &bench.dir.join("home"))] {
        let start = Start {
            directory: bench.repo.clone(),
            name: Some(format!("{place:?}")),
            from: None,
            place,
            also_of: None,
            user_home: None,
            copy_all: false,
            now: NOW,
        };
        let started = crate::start::start(&bench.context, &start, &|_| true).unwrap();
        assert!(started.path.starts_with(inside), "{:?}", started.path);
        assert_eq!(bench.git(&["status", "--porcelain"]), "");
    }
}

#[test]
fn merged_ones_are_pruned_and_others_stay() {
    let bench = Bench::new();
    let merged = bench.start("merged").unwrap().path;
    commit(&merged, "a.txt", "a\n");
    bench.git(&["merge", "-q", "merged"]);
    let fresh = bench.start("fresh").unwrap().path;
    let dirty = bench.start("dirty").unwrap().path;
    commit(&dirty, "b.txt", "b\n");
    bench.git(&["merge", "-q", "--no-edit", "dirty"]);
    write(&dirty.join("new"), "x\n");
    let used = bench.start("used").unwrap().path;
    commit(&used, "c.txt", "c\n");
    bench.git(&["merge", "-q", "--no-edit", "used"]);
    let gone = bench.start("gone").unwrap().path;
    fs::remove_dir_all(&gone).unwrap();
    let prune = |dry| {
        let is_used = |path: &Path| path == used;
        let pruned = list::prune(&bench.context, Some(&bench.repo), NOW, dry, &is_used).unwrap();
        let mut paths: Vec<_> = pruned.into_iter().map(|pruned| pruned.path).collect();
        paths.sort();
        paths
    };
    assert_eq!(prune(true), [gone.clone(), merged.clone()]);
    assert!(merged.exists());
    assert_eq!(prune(false), [gone, merged.clone()]);
    assert!(!merged.exists() && fresh.exists() && dirty.exists() && used.exists());
    bench.restore("merged").unwrap();
    assert_eq!(read(&merged.join("a.txt")), "a\n");
    let listed = list::list(&bench.context, Some(&bench.repo), true).unwrap();
    let find = |path: &Path| listed.iter().find(|tree| tree.path == path).unwrap();
    assert_eq!(find(&merged).merged, Some(true));
    assert!(find(&dirty).seen.as_ref().unwrap().is_dirty());
    assert!(find(&dirty).size.unwrap() > 0);
}

#[test]
fn plain_directories_are_copied_and_other_systems_get_their_commands() {
    let bench = Bench::at(tempfile::tempdir().unwrap().keep().as_path(), "project");
    bench.write("a/b.txt", "x\n");
    let started = bench.start("task").unwrap();
    let path = started.path;
    assert_eq!(read(&path.join("a/b.txt")), "x\n");
    write(&path.join("a/b.txt"), "y\n");
    assert_eq!(read(&bench.repo.join("a/b.txt")), "x\n");
    let refused = bench.finish(&path, Way::Leave).unwrap_err().to_string();
    assert!(refused.contains("1 uncommitted file (a/b.txt)"), "{refused}");
    let to_trash = finish::Finish { to_trash: true, ..wanted(&path, Way::Leave) };
    finish::finish(&bench.context, &to_trash).unwrap();
    assert!(!path.exists());
    bench.restore("task").unwrap();
    assert_eq!(read(&path.join("a/b.txt")), "y\n");
    fs::remove_dir_all(&bench.dir).unwrap();
}
