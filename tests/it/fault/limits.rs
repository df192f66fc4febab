//! What the system gives too little of: descriptors, processes and threads.

#![cfg_attr(not(target_os = "linux"), allow(unused, reason = "some tests need /proc"))]

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::Output;
use std::time::Duration;

use super::log;
use crate::support::segno::{Segno, kill_and_wait, program};

/// Runs `segno` with this before it in a shell, which sets a limit, as another user if given.
fn limited(segno: &Segno, limit: &str, user: Option<u32>, args: &[&str]) -> Output {
    let mut command = segno.command("/bin/sh");
    command.args(["-c", &format!("{limit} && exec \"$0\" \"$@\"")]);
    command.arg(program()).args(args);
    if let Some(user) = user {
        command.uid(user).gid(user);
    }
    command.output().expect("a shell")
}

#[track_caller]
fn ok(output: Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    text
}

#[test]
fn panes_leave_descriptors_to_those_who_talk_to_the_daemon() {
    let segno = Segno::with_limit(Duration::from_secs(120));
    let run = |args: &[&str]| limited(&segno, "ulimit -n 256", None, args);
    let mut panes = 0;
    let refused = loop {
        let output = run(&["new", "-b", "--type", "shell", "--", "-c", "exec cat"]);
        if !output.status.success() {
            break String::from_utf8_lossy(&output.stderr).into_owned();
        }
        panes += 1;
        assert!(panes < 80, "never refused");
    };
    assert!(refused.contains("256 files"), "{refused}");
    assert!(panes >= 20, "{panes}");
    let listed = || {
        let text = ok(run(&["ls", "--json"]));
        let list: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        list["panes"].as_array().expect("a list").clone()
    };
    let run_all = || listed().iter().all(|pane| pane["state"] == "running").then_some(());
    segno.wait_for("all that were not refused", run_all);
    assert_eq!(listed().len(), panes);
    // Connections that say nothing take no place from those that do.
    let socket = segno.home().join("run/daemon.sock");
    let silent: Vec<_> = (0..200).map(|_| UnixStream::connect(&socket)).collect();
    assert_eq!(listed().len(), panes, "{}", log(&segno));
    for stream in silent.into_iter().flatten() {
        let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
        let mut said = Vec::new();
        // Closed, with a word or without.
        let _ = (&stream).read_to_end(&mut said);
    }
    ok(run(&["daemon", "restart"]));
    segno.wait_for("all panes", run_all);
    assert_eq!(listed().len(), panes, "{}", log(&segno));
    ok(run(&["kill", "--all"]));
}

/// As root no limit of processes is in force, so that test takes another user then.
#[test]
#[cfg(target_os = "linux")]
fn without_further_threads_the_daemon_works_on() {
    use std::os::unix::fs::chown;
    let segno = Segno::with_limit(Duration::from_secs(90));
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let user = Some(61_234);
    for path in [segno.root(), segno.user_home().to_owned()] {
        chown(path, user, user).expect("root may");
    }
    // The two names that shells have for it.
    let limit = "{ ulimit -u 16 2>/dev/null || ulimit -p 16; }";
    let run = |args: &[&str]| limited(&segno, limit, user, args);
    for _ in 0..5 {
        ok(run(&["new", "-b", "--type", "shell", "--", "-c", "echo here; exec cat"]));
    }
    let pids = || {
        let list: serde_json::Value = serde_json::from_str(&ok(run(&["ls", "--json"]))).ok()?;
        let panes = list["panes"].as_array()?;
        // Those that found no process say so.
        let settled = |p: &serde_json::Value| p["state"] == "running" || p["state"] == "failed";
        let pids: Vec<_> = panes.iter().filter_map(|p| p["pid"].as_i64()).collect();
        (panes.len() == 5 && panes.iter().all(settled) && pids.len() >= 2).then_some(pids)
    };
    let before = segno.wait_for("the panes", pids);
    let status: serde_json::Value =
        serde_json::from_str(&ok(run(&["daemon", "status", "--json"]))).expect("JSON");
    kill_and_wait(status["daemon"]["pid"].as_i64().expect("a daemon") as i32);
    ok(run(&["daemon", "start"]));
    let same = || pids().filter(|pids| pids.starts_with(&before)).map(|_| ());
    segno.wait_for("the panes again", same);
    let log = log(&segno);
    assert!(!log.contains("panicked"), "{log}");
    ok(run(&["kill", "--all"]));
}
