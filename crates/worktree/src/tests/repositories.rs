//! Repositories of all kinds, each through start, work, finish and back.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::support::{Bench, assert_whole, configure, git, read, script, wanted, work, write};
use crate::finish::{self, Finish, Way};
use crate::status;

/// Starts, works, is refused, goes to the trash, comes back, and merges.
#[track_caller]
fn all_of_it(bench: &Bench) {
    let path = bench.start("task ü").unwrap().path;
    work(&path);
    bench.finish(&path, Way::Merge).unwrap_err();
    assert_whole(&path);
    let to_trash = Finish { to_trash: true, ..wanted(&path, Way::Leave) };
    finish::finish(&bench.context, &to_trash).unwrap();
    assert!(!path.exists());
    bench.restore("task ü").unwrap();
    assert_whole(&path);
    git(&path, &["add", "-A"]);
    git(&path, &["commit", "-q", "-m", "all"]);
    let merge = Finish { into: Some("main".into()), ..wanted(&path, Way::Merge) };
    finish::finish(&bench.context, &merge).unwrap();
    assert_eq!(bench.git(&["show", "main:file.txt"]), "one\nchanged\nthree");
    assert_eq!(bench.git(&["worktree", "list"]).lines().count(), 1);
}

#[test]
fn spaces_and_unicode() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("a b ü\n漢");
    fs::create_dir(&dir).unwrap();
    let bench = Bench::at(temp.path(), "a b ü 漢 $(x) 'q'");
    bench.init();
    all_of_it(&bench);
}

#[test]
fn bare() {
    let first = Bench::new();
    git(&first.dir, &["clone", "-q", "--bare", "project", "bare.git"]);
    let bench = Bench::at(&first.dir, "bare.git");
    configure(&bench.repo);
    all_of_it(&bench);
}

#[test]
fn detached() {
    let bench = Bench::new();
    bench.git(&["checkout", "-q", "--detach"]);
    all_of_it(&bench);
    // And one without a branch of its own.
    let started = bench.start_from(None, Some("main~0")).unwrap();
    assert_eq!(started.branch, None);
}

#[test]
fn before_the_first_commit() {
    let bench = Bench::at(tempfile::tempdir().unwrap().keep().as_path(), "project");
    fs::create_dir(&bench.repo).unwrap();
    bench.git(&["init", "-q", "-b", "main"]);
    configure(&bench.repo);
    let path = bench.start("task").unwrap().path;
    write(&path.join("file.txt"), "x\n");
    git(&path, &["add", "file.txt"]);
    let seen = status::read(&bench.context, &path, None).unwrap();
    assert_eq!((seen.branch.as_deref(), seen.commit, seen.staged), (Some("task"), None, 1));
    let to_trash = Finish { to_trash: true, ..wanted(&path, Way::Leave) };
    finish::finish(&bench.context, &to_trash).unwrap();
    bench.restore("task").unwrap();
    assert_eq!(git(&path, &["show", ":file.txt"]), "x");
    fs::remove_dir_all(&bench.dir).unwrap();
}

#[test]
fn submodules() {
    let mut bench = Bench::new();
    // Git reads this from the user's own settings alone.
    let allows = bench.dir.join("allows");
    script(&allows, "exec git -c protocol.file.allow=always \"$@\"");
    bench.context.git = allows;
    let inner = Bench::at(&bench.dir, "inner");
    inner.init();
    bench.git(&["submodule", "--quiet", "add", "../inner", "sub"]);
    bench.commit("sub");
    let path = bench.start("task").unwrap().path;
    assert_eq!(read(&path.join("sub/file.txt")), "one\ntwo\nthree\n");
    // A commit that is only in the worktree's own submodule.
    configure(&path.join("sub"));
    write(&path.join("sub/file.txt"), "inner\n");
    git(&path.join("sub"), &["commit", "-q", "-a", "-m", "inner"]);
    git(&path, &["commit", "-q", "-a", "-m", "outer"]);
    let refused = bench.finish(&path, Way::Merge).unwrap_err().to_string();
    assert!(refused.contains("1 unpushed commits of the submodule sub"), "{refused}");
    let to_trash = Finish { to_trash: true, ..wanted(&path, Way::Leave) };
    finish::finish(&bench.context, &to_trash).unwrap();
    bench.restore("task").unwrap();
    assert_eq!(git(&path.join("sub"), &["log", "-1", "--format=%s"]), "inner");
    assert_eq!(git(&path, &["status", "--porcelain"]), "");
}

#[test]
fn sparse() {
    let bench = Bench::new();
    bench.write("in/a.txt", "a\n");
    bench.write("out/b.txt", "b\n");
    bench.commit("dirs");
    let path = bench.start("task").unwrap().path;
    git(&path, &["sparse-checkout", "set", "in"]);
    assert!(!path.join("out").exists());
    write(&path.join("in/a.txt"), "A\n");
    git(&path, &["commit", "-q", "-a", "-m", "work"]);
    bench.finish(&path, Way::Merge).unwrap();
    assert_eq!(read(&bench.repo.join("in/a.txt")), "A\n");
    assert_eq!(read(&bench.repo.join("out/b.txt")), "b\n");
    bench.restore("task").unwrap();
    assert!(!path.join("out").exists() && path.join("in/a.txt").exists());
    // What git does not compare is no reason to lose it.
    git(&path, &["update-index", "--assume-unchanged", "in/a.txt"]);
    write(&path.join("in/a.txt"), "hidden\n");
    let refused = bench.finish(&path, Way::Leave).unwrap_err().to_string();
    assert!(refused.contains("not compared"), "{refused}");
}

#[test]
fn a_huge_index() {
    let bench = Bench::new();
    for n in 0..1000 {
        bench.write(&format!("many/{}/{n}.txt", n % 50), "x\n");
    }
    bench.commit("many");
    all_of_it(&bench);
}

#[test]
fn slow_git_is_ended_and_nothing_stays() {
    let mut bench = Bench::new();
    let slow = bench.dir.join("slow");
    script(&slow, "case \"$*\" in *'worktree add'*) exec sleep 600;; esac\nexec git \"$@\"");
    bench.context.git = slow;
    bench.context.work_limit = Duration::from_millis(500);
    let refused = bench.start("task").unwrap_err().to_string();
    assert!(refused.contains("took longer"), "{refused}");
    bench.context.work_limit = Duration::from_secs(60);
    bench.assert_nothing("task");
}

#[test]
fn what_somebody_put_there_outlives_a_start_that_fails() {
    let mut bench = Bench::new();
    let fails = bench.dir.join("fails");
    // Files appear while it is made, and then it fails.
    let add = "*'worktree add'*) git \"$@\"; \\
        echo mine > ../project.worktrees/task/mine.txt; echo not so >&2; exit 1;;";
    script(&fails, &format!("case \"$*\" in {add} esac\nexec git \"$@\""));
    bench.context.git = fails;
    bench.start("task").unwrap_err();
    let path = bench.dir.join("project.worktrees/task");
    assert!(!path.exists());
    bench.restore("task").unwrap();
    assert_eq!(read(&path.join("mine.txt")), "mine\n");

    // One that git misses is not replaced: its part of it may hold what is nowhere else.
    fs::rename(&path, bench.dir.join("elsewhere")).unwrap();
    bench.context.git = "git".into();
    bench.start_from(Some("task "), Some("main")).unwrap_err();
    let refused = bench.start("task").unwrap_err().to_string();
    assert!(refused.contains("missing"), "{refused}");
    fs::rename(bench.dir.join("elsewhere"), &path).unwrap();
    assert_eq!(git(&path, &["status", "--porcelain"]), "?? mine.txt");
}

#[test]
fn a_locked_index_holds_up_and_breaks_nothing() {
    let bench = Bench::new();
    let path = bench.start("task").unwrap().path;
    let lock = PathBuf::from(git(&path, &["rev-parse", "--absolute-git-dir"])).join("index.lock");
    work(&path);
    fs::write(&lock, "").unwrap();
    assert_eq!(status::read(&bench.context, &path, None).unwrap().changed, 1);
    let to_trash = Finish { to_trash: true, ..wanted(&path, Way::Leave) };
    let refused = finish::finish(&bench.context, &to_trash).unwrap_err().to_string();
    assert!(refused.contains("index.lock"), "{refused}");
    fs::remove_file(&lock).unwrap();
    assert_whole(&path);
    // The one of the target.
    git(&path, &["add", "-A"]);
    git(&path, &["commit", "-q", "-m", "all"]);
    fs::write(bench.repo.join(".git/index.lock"), "").unwrap();
    bench.finish(&path, Way::Merge).unwrap_err();
    assert!(path.exists());
    assert_eq!(bench.git(&["log", "-1", "--format=%s", "main"]), "first");
}

#[test]
fn hooks_that_fail_are_reported() {
    let bench = Bench::new();
    let hooks = bench.repo.join(".git/hooks");
    let path = bench.start("task").unwrap().path;
    write(&path.join("done.txt"), "x\n");
    git(&path, &["add", "-A"]);
    git(&path, &["commit", "-q", "-m", "work"]);
    bench.write("other.txt", "x\n");
    bench.commit("other");
    for (hook, way) in [("pre-merge-commit", Way::Merge), ("commit-msg", Way::Squash)] {
        script(
            &hooks.join(hook),
            "git diff --cached --quiet HEAD && exit 0; echo not so >&2; exit 1",
        );
        let refused = bench.finish(&path, way).unwrap_err().to_string();
        assert!(refused.contains("not so"), "{refused}");
        assert!(path.exists());
        assert_eq!(bench.git(&["log", "-1", "--format=%s"]), "other");
        fs::remove_file(hooks.join(hook)).unwrap();
    }
    bench.finish(&path, Way::Merge).unwrap();
    assert_eq!(read(&bench.repo.join("done.txt")), "x\n");
    // One that fails when the files are there: the start has failed.
    script(&hooks.join("post-checkout"), "echo not so >&2; exit 1");
    if bench.start("second").is_err() {
        assert!(!bench.branches().contains(&"second".to_string()));
        assert!(!bench.dir.join("project.worktrees/second").exists());
    }
}

#[test]
fn looking_runs_nothing_of_the_repository() {
    let bench = Bench::new();
    let path = bench.start("task").unwrap().path;
    let ran = bench.dir.join("ran");
    let evil = bench.dir.join("evil");
    script(&evil, &format!("touch '{}'; cat", ran.display()));
    let evil = evil.to_str().unwrap();
    for key in ["core.fsmonitor", "filter.evil.clean", "filter.evil.process", "diff.evil.textconv"]
    {
        bench.git(&["config", key, evil]);
    }
    bench.git(&["config", "diff.external", evil]);
    bench.git(&["config", "core.pager", evil]);
    script(&bench.repo.join(".git/hooks/post-index-change"), evil);
    write(&path.join(".gitattributes"), "* filter=evil diff=evil\n");
    write(&path.join("file.txt"), "changed\n");
    status::read(&bench.context, &path, Some("main")).unwrap();
    crate::diff::diff(&bench.context, &path, crate::diff::Against::Base("main")).unwrap();
    crate::list::list(&bench.context, Some(&bench.repo), false).unwrap();
    assert!(!ran.exists());
}

#[test]
fn on_another_disk() {
    let shared = Path::new("/dev/shm");
    let number = |path: &Path| {
        use std::os::unix::fs::MetadataExt;
        fs::metadata(path).map(|metadata| metadata.dev()).ok()
    };
    let temp = tempfile::tempdir().unwrap();
    if number(shared).is_none() || number(shared) == number(temp.path()) {
        return;
    }
    let other = tempfile::tempdir_in(shared).unwrap();
    // The trash is on one disk, the repository and its worktrees on the other.
    let mut bench = Bench::at(temp.path(), "unused");
    bench.dir = other.path().canonicalize().unwrap();
    bench.repo = bench.dir.join("project");
    bench.init();
    all_of_it(&bench);
}

#[test]
fn read_only() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    let path = bench.start("task").unwrap().path;
    work(&path);
    let close = |mode| fs::set_permissions(path.join("deep"), fs::Permissions::from_mode(mode));
    close(0o555).unwrap();
    let to_trash = Finish { to_trash: true, ..wanted(&path, Way::Leave) };
    finish::finish(&bench.context, &to_trash).unwrap();
    bench.restore("task").unwrap();
    assert_whole(&path);
    // A place where nothing can be made. The administrator may write everywhere.
    if nix::unistd::Uid::effective().is_root() {
        return;
    }
    fs::set_permissions(&bench.dir, fs::Permissions::from_mode(0o555)).unwrap();
    let refused = bench.start("second");
    fs::set_permissions(&bench.dir, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(refused.is_err());
    assert!(!bench.branches().contains(&"second".to_string()));
}

/// Large files as pointers: what is checked out is what they stand for, and what is merged are
/// pointers.
#[test]
fn large_files_as_pointers() {
    let mut bench = Bench::new();
    let store = bench.dir.join("store");
    fs::create_dir(&store).unwrap();
    let filter = bench.dir.join("filter");
    let clean = "cat > new; name=pointer-$(cksum < new | tr ' ' -); mv new $name; echo $name";
    let smudge = "read name; cat $name";
    let store = store.display();
    script(&filter, &format!("cd '{store}'; case $1 in clean) {clean};; *) {smudge};; esac"));
    let settings = bench.dir.join("settings");
    let filter = filter.display();
    let filter = format!(
        "[filter \"lfs\"]\nclean = '{filter}' clean\nsmudge = '{filter}' smudge\nrequired = true\n"
    );
    write(&settings, &filter);
    // As the user's own settings have it.
    let own = bench.dir.join("own");
    script(&own, &format!("GIT_CONFIG_GLOBAL='{}' exec git \"$@\"", settings.display()));
    bench.context.git = own.clone();
    bench.write(".gitattributes", "*.bin filter=lfs\n");
    bench.write("large.bin", "large\n");
    let mine = |directory: &Path, args: &[&str]| {
        let ran = std::process::Command::new(&own).args(args).current_dir(directory).output();
        let ran = ran.unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    };
    mine(&bench.repo, &["add", "-A"]);
    mine(&bench.repo, &["commit", "-q", "-m", "large"]);
    assert!(bench.git(&["show", "main:large.bin"]).starts_with("pointer-"));
    let path = bench.start("task").unwrap().path;
    assert_eq!(read(&path.join("large.bin")), "large\n");
    write(&path.join("large.bin"), "larger\n");
    assert_eq!(status::read(&bench.context, &path, None).unwrap().changed, 1);
    mine(&path, &["commit", "-q", "-a", "-m", "larger"]);
    bench.finish(&path, Way::Merge).unwrap();
    assert_eq!(read(&bench.repo.join("large.bin")), "larger\n");
    assert!(bench.git(&["show", "main:large.bin"]).starts_with("pointer-"));
    bench.restore("task").unwrap();
    assert_eq!(read(&path.join("large.bin")), "larger\n");
}

#[test]
fn names_that_differ_in_their_case_alone() {
    let bench = Bench::new();
    bench.write("FILE.txt", "other\n");
    bench.commit("case");
    all_of_it(&bench);
    // On a disk that does not distinguish them the second is refused, or is the first one.
    let first = bench.start("Task").unwrap().path;
    write(&first.join("mine.txt"), "mine\n");
    if let Ok(second) = bench.start("task") {
        assert!(second.existing || !second.path.join("mine.txt").exists());
    }
    assert_eq!(read(&first.join("mine.txt")), "mine\n");
}
