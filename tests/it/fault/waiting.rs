//! What has to be waited for is waited for beside the owner: a keeper that does not answer, files
//! that are none, a tracker that has reported a lot. Everybody else goes on.

use std::fs::{self, File};
use std::process::Child;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::segno::{self, Segno};
use crate::support::terminal::Terminal;

/// Somebody types into a shell, and the shell answers.
#[track_caller]
fn echoes(terminal: &Terminal, word: &str) {
    let (begin, end) = word.split_at(1);
    terminal.type_text(&format!("echo {begin}''{end}"));
    terminal.keys("enter");
    terminal.wait_text(word);
}

fn pipe(path: &std::path::Path) {
    let _ = fs::remove_file(path);
    nix::unistd::mkfifo(path, nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
}

#[test]
fn panes_closed_while_the_keeper_is_stopped_hold_up_nobody() {
    // Each of them would be waited for for five seconds.
    let segno = Segno::with_limit(Duration::from_secs(120));
    let terminal = segno.terminal_of(80, 24, &[]).with_patience(Duration::from_secs(20));
    terminal.wait_text("$");
    let panes: Vec<String> = (0..8)
        .map(|_| segno.ok(&["new", "--tab", "--background", "--", "-c", "exec sleep 1000"]))
        .map(|pane| pane.trim().to_string())
        .collect();
    let programs: Vec<i32> = panes.iter().map(|pane| segno.pane_pid(pane)).collect();
    let keeper = segno.keeper_pid().expect("a keeper");
    kill(Pid::from_raw(keeper), Signal::SIGSTOP).expect("stopped");
    let close = |pane: &String| {
        segno.command(segno::program()).args(["close", pane]).spawn().expect("a process")
    };
    let calls: Vec<Child> = panes.iter().map(close).collect();
    echoes(&terminal, "beside-a-stopped-keeper");
    segno.wait_for("the panes to be gone", || (segno.panes().len() == 1).then_some(()));
    for mut call in calls {
        assert!(call.wait().expect("ended").success());
    }
    kill(Pid::from_raw(keeper), Signal::SIGCONT).expect("goes on");
    segno.wait_for("the programs to end", || {
        programs.iter().all(|pid| !segno::alive(*pid)).then_some(())
    });
}

#[test]
fn settings_that_are_pipes_or_huge_hold_up_nobody() {
    let segno = Segno::with_limit(Duration::from_secs(120));
    segno.write("config.toml", "[general]\nscrollback_lines = 500\n");
    let terminal = segno.terminal_of(80, 24, &[]);
    terminal.wait_text("$");
    let warned = |what: &str| {
        segno.wait_for(what, || segno.ok(&["daemon", "status"]).contains(what).then_some(()));
    };
    fs::create_dir_all(segno.home().join("themes")).expect("a directory");
    pipe(&segno.home().join("themes/mine.toml"));
    pipe(&segno.home().join("keys.toml"));
    pipe(&segno.home().join("config.toml"));
    warned("no regular file");
    echoes(&terminal, "beside-pipes");
    fs::remove_file(segno.home().join("config.toml")).expect("removed");
    let huge = File::create(segno.home().join("config.toml")).expect("made");
    huge.set_len(3 << 30).expect("a hole");
    warned("larger than");
    echoes(&terminal, "beside-a-hole");
    // The log is as little waited for, and nothing of it at a start.
    segno.daemon_stop();
    pipe(&segno.home().join("log/daemon.log"));
    segno.daemon_start();
    warned("larger than");
}

/// A pane type whose trackers are played by the test.
const TRACKED: &str = "schema = 1\nname = \"tracked\"\ntitle = \"Tracked\"\nkind = \"agent\"\n\
    [command]\nprogram = \"sh\"\nargs = [\"-c\", \"exec sleep 1000\"]\n\
    [tracker]\nsession_id = '^s[0-9]+$'\n";

#[test]
fn a_tracker_that_has_reported_a_lot_holds_up_nobody() {
    let segno = Segno::with_limit(Duration::from_secs(120));
    segno.write("panes/tracked.toml", TRACKED);
    let terminal = segno.terminal();
    terminal.wait_text("$");
    let pane = segno.ok(&["new", "--type", "tracked", "--tab", "--background"]);
    let pane = pane.trim();
    segno.wait_status(pane, "a program", |status| status["pid"].is_number());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_millis();
    let line = |n: u32, title: &str| {
        format!(
            "{{\"v\":1,\"event\":\"title\",\"session\":\"s1\",\"title\":\"{title}\",\"n\":{n},\
             \"at\":{now},\"from\":\"screen\"}}\n"
        )
    };
    let mut events = format!(
        "{{\"v\":1,\"event\":\"current\",\"session\":\"s1\",\"n\":1,\"at\":{now},\
         \"from\":\"screen\"}}\n"
    );
    for n in 2..60_000 {
        events.push_str(&line(n, &format!("title {n}")));
    }
    events.push_str(&line(60_000, "the last of all"));
    let title = || segno.status(pane)["session_title"].as_str().map(str::to_string);
    let is_last = || title().is_some_and(|title| title == "the last of all");
    segno.write(&format!("events/{pane}.jsonl"), &events);
    segno.wait_for("the first events", title);
    echoes(&terminal, "beside-events");
    assert!(!is_last(), "somebody typed before all of it was read");
    segno.wait_for("the last event", || is_last().then_some(()));
}
