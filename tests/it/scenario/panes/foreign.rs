//! What is not Segno's own: directories in its place, texts with escape sequences, files that
//! vanish, and the system's end.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::segno::{Segno, alive};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

fn open(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_link_in_the_home_is_refused_and_its_target_left_alone() {
    let segno = Segno::new();
    let theirs = segno.directory("theirs");
    open(&theirs);
    fs::create_dir(segno.home()).unwrap();
    for name in ["panes", "themes", "assets", "journal", "log"] {
        let link = segno.home().join(name);
        symlink(&theirs, &link).unwrap();
        let (_, why) = segno.fails(&["new"]);
        assert!(why.contains("symbolic link") && why.lines().count() == 1, "{name}: {why}");
        fs::remove_file(link).unwrap();
    }
    assert_eq!((mode(&theirs), fs::read_dir(&theirs).unwrap().count()), (0o755, 0));
}

#[test]
fn a_directory_with_other_things_in_it_is_no_home_unless_it_is_closed() {
    let segno = Segno::new();
    fs::create_dir(segno.home()).unwrap();
    fs::write(segno.home().join("main.c"), "").unwrap();
    open(segno.home());
    let (_, why) = segno.fails(&["new"]);
    assert!(why.contains("main.c") && why.contains("chmod 700"), "{why}");
    assert_eq!(mode(segno.home()), 0o755);
    fs::set_permissions(segno.home(), fs::Permissions::from_mode(0o700)).unwrap();
    segno.ok(&["new"]);
}

#[test]
fn texts_of_others_do_not_steer_the_terminal() {
    let segno = Segno::new();
    segno.ok(&["new", "--name", "a\u{202e}b"]);
    assert_eq!(segno.status("p1")["name"], "ab");
    segno.ok(&["rename", "p1", "c\u{202e}\u{1b}[2Jd"]);
    assert_eq!(segno.status("p1")["name"], "c[2Jd");
    segno.ok(&["note", "p1", "--set", "one\u{1b}[31m\ntwo\u{202e}"]);
    assert_eq!(segno.ok(&["note", "p1"]), "one[31m\ntwo");
    let note = segno.home().join("notes/p1.md");
    fs::remove_file(&note).unwrap();
    fs::create_dir(&note).unwrap();
    let status = segno.status("p1");
    assert!(status["notes"].to_string().contains("the note cannot be read"), "{status}");
    assert!(segno.fails(&["note", "p1"]).1.contains("a directory"));
}

#[test]
fn links_that_are_programs_do_not_reach_the_terminal() {
    let mut segno = Segno::new();
    segno.env("TERM_PROGRAM", "ghostty");
    let terminal = segno.terminal();
    terminal.wait_text("$");
    let link = |uri: &str, text: &str| format!("\\033]8;;{uri}\\033\\\\{text}\\033]8;;\\033\\\\");
    let text = link("javascript:alert(1)", "bad") + &link("https://example.org/", "good");
    segno.ok(&["new", "--focus", "--", "-c", &format!("printf '{text}'; exec cat")]);
    terminal.wait_text("badgood");
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(raw.contains("https://example.org/") && !raw.contains("javascript:"), "{raw:?}");
}

#[test]
fn a_program_that_succeeds_in_a_shutdown_does_not_close_its_pane() {
    let segno = Segno::new();
    let ready = segno.root().join("ready");
    let script =
        format!("trap 'exit 0' TERM; : > '{}'; while :; do sleep 0.1; done", ready.display());
    segno.ok(&["new", "--", "-c", &script]);
    segno.wait_for("its trap", || ready.exists().then_some(()));
    let (program, daemon) = (segno.pane_pid("p1"), segno.daemon_pid().unwrap());
    let keeper = segno.keeper_pid().unwrap();
    for pid in [program, keeper, daemon] {
        kill(Pid::from_raw(pid), Signal::SIGTERM).unwrap();
    }
    for pid in [program, keeper, daemon] {
        segno.wait_for("everything to end", || (!alive(pid)).then_some(()));
    }
    fs::remove_file(&ready).unwrap();
    segno.daemon_start();
    segno.wait_state("p1", "running");
    segno.wait_for("its trap", || ready.exists().then_some(()));
    // Without a shutdown it closes, and nothing stays of it.
    segno.ok(&["new"]);
    kill(Pid::from_raw(segno.pane_pid("p1")), Signal::SIGTERM).unwrap();
    segno.wait_for("its end", || (segno.panes().len() == 1).then_some(()));
    segno.wait_for("its journal's end", || {
        (!segno.home().join("journal/p1").exists()).then_some(())
    });
}

#[test]
fn a_directory_that_is_gone_for_one_start_is_not_forgotten() {
    let segno = Segno::new();
    let (work, other) = (segno.directory("work"), segno.directory("other"));
    segno.ok(&["new", "--cwd", work.to_str().unwrap()]);
    segno.wait_state("p1", "running");
    let wanted = |status: &serde_json::Value| status["cwd"] == work.to_str().unwrap();
    for _ in 0..2 {
        segno.daemon_stop();
        segno.reboot();
        fs::rename(&work, segno.root().join("away")).unwrap();
        segno.daemon_start();
        segno.wait_state("p1", "failed");
        // A call looks up where programs are.
        segno.ok(&["new"]);
        assert!(wanted(&segno.status("p1")), "{}", segno.status("p1"));
        fs::rename(segno.root().join("away"), &work).unwrap();
        segno.wait_state("p1", "running");
    }
    segno.ok(&["send", "p1", &format!("cd '{}'", other.display()), "--enter"]);
    segno.wait_status("p1", "where it went", |s| s["cwd"] == other.to_str().unwrap());
}

#[test]
fn a_removed_journal_is_reported_and_started_anew() {
    let segno = Segno::new();
    segno.ok(&["new", "--", "-c", "echo first; exec cat"]);
    segno.wait_for("its output", || {
        let read = segno.cli(&["read", "p1"]);
        String::from_utf8_lossy(&read.stdout).contains("first").then_some(())
    });
    fs::remove_dir_all(segno.home().join("journal")).unwrap();
    segno.ok(&["send", "p1", "second", "--enter"]);
    let noted = |text: &'static str| {
        move |status: &serde_json::Value| status["notes"].to_string().contains(text)
    };
    segno.wait_status("p1", "a note", noted("journal was removed"));
    segno.wait_for("a journal", || {
        fs::read_dir(segno.home().join("journal/p1")).ok()?.next().map(drop)
    });
    segno.kill_daemon();
    let all = segno.ok(&["read", "p1", "--all"]);
    assert!(all.contains("first") && all.contains("second"), "{all}");
    segno.daemon_stop();
    segno.reboot();
    fs::remove_dir_all(segno.home().join("journal")).unwrap();
    segno.daemon_start();
    segno.wait_status("p1", "a note", noted("journal is gone"));
}
