//! Sockets, locks and directories tidied away while Segno runs: there is one daemon and one keeper,
//! and both can be reached.

#![cfg_attr(not(target_os = "linux"), allow(unused, reason = "some tests need /proc"))]

use std::fs;
use std::os::fd::AsFd;

use nix::fcntl::{Flock, FlockArg};

use super::{everything, pane_running};
use crate::support::segno::{Segno, alive, kill_and_wait};

#[track_caller]
fn one_of_each(segno: &Segno, daemon: i32, keeper: Option<i32>) {
    assert_eq!(segno.daemon_pid(), Some(daemon));
    assert_eq!(segno.keeper_pid(), keeper);
    if cfg!(target_os = "linux") {
        assert_eq!(segno.running(&["daemon", "run"]), [daemon]);
        assert_eq!(segno.running(&["keeper"]), Vec::from_iter(keeper));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn whatever_is_tidied_away_there_is_one_daemon() {
    let segno = Segno::new();
    let pane = pane_running(&segno, "exec cat");
    let pid = segno.pane_pid(&pane);
    let (daemon, keeper) = (segno.daemon_pid().expect("a daemon"), segno.keeper_pid());
    let run = segno.home().join("run");
    let mut opened = 1;
    for what in
        ["", "daemon.sock", "daemon.lock", "../.daemon.lock", "../.keeper.lock", "", "keeper.sock"]
    {
        let path = run.join(what);
        if what.is_empty() {
            // What is made anew meanwhile may be in the way of the last step.
            let _ = fs::remove_dir_all(&run);
        } else {
            fs::remove_file(&path).expect("removed");
        }
        segno.ok(&["new", "--background"]);
        opened += 1;
        assert_eq!(segno.panes().len(), opened, "{what:?}");
        one_of_each(&segno, daemon, keeper);
        segno.wait_for("what was removed", || path.exists().then_some(()));
    }
    // What trackers write is seen again in directories that were made anew.
    let _ = fs::remove_dir_all(segno.home().join("events"));
    segno.wait_for("the directory", || segno.home().join("events").is_dir().then_some(()));
    // The keeper is found by the next daemon, too, and it holds the same program.
    let _ = fs::remove_dir_all(&run);
    segno.wait_for("both sockets", || {
        ["daemon.sock", "keeper.sock"].iter().all(|name| run.join(name).exists()).then_some(())
    });
    segno.kill_daemon();
    segno.daemon_start();
    assert_eq!(segno.pane_pid(&pane), pid);
    one_of_each(&segno, segno.daemon_pid().expect("a daemon"), keeper);
    segno.ok(&["send", &pane, "still here", "--enter"]);
    segno.wait_for("it", || everything(&segno, &pane).contains("still here").then_some(()));
}

#[test]
#[cfg(target_os = "linux")]
fn without_a_socket_the_daemon_is_stopped_all_the_same() {
    let segno = Segno::new();
    segno.daemon_start();
    let daemon = segno.daemon_pid().expect("a daemon");
    fs::remove_file(segno.home().join("run/daemon.sock")).expect("removed");
    segno.daemon_stop();
    segno.wait_for("its end", || (!alive(daemon)).then_some(()));
}

#[test]
#[cfg(target_os = "linux")]
fn the_programs_of_a_keeper_without_a_socket_are_found() {
    let mut segno = Segno::new();
    segno.revived();
    let pane = pane_running(&segno, "exec cat");
    let (pid, keeper) = (segno.pane_pid(&pane), segno.keeper_pid());
    let daemon = segno.daemon_pid().expect("a daemon");
    fs::remove_file(segno.home().join("run/keeper.sock")).expect("removed");
    kill_and_wait(daemon);
    assert_eq!(segno.pane_pid(&pane), pid);
    assert_eq!(segno.keeper_pid(), keeper);
    assert_eq!(segno.running(&["keeper"]).len(), 1);
}

/// A daemon of the version before has its lock below `run/` alone.
#[test]
fn beside_a_daemon_of_the_version_before_none_is_started() {
    let segno = Segno::new();
    fs::create_dir_all(segno.home().join("run")).expect("made");
    let file = fs::File::create(segno.home().join("run/daemon.lock")).expect("made");
    let held =
        Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|(_, e)| e).expect("locked");
    let (_, error) = segno.fails(&["daemon", "start"]);
    assert!(error.contains("does not answer"), "{error}");
    assert!(segno.running(&["daemon", "run"]).is_empty());
    assert!(held.as_fd().try_clone_to_owned().is_ok());
    drop(held);
    segno.daemon_start();
    // And the other way round: one of that version finds its lock taken.
    let file = fs::File::open(segno.home().join("run/daemon.lock")).expect("there");
    assert!(Flock::lock(file, FlockArg::LockExclusiveNonblock).is_err());
    let file = fs::File::open(segno.home().join("run/keeper.lock")).expect("there");
    assert!(Flock::lock(file, FlockArg::LockExclusiveNonblock).is_err());
}
