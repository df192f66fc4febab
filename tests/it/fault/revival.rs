//! A daemon that dies without being asked to is back by itself, and one that was asked to is not.

#![cfg_attr(not(target_os = "linux"), allow(unused, reason = "some tests need /proc"))]

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::{everything, log, pane_running};
use crate::support::segno::{Segno, alive, for_a_while, kill_and_wait, program};

/// Says what its tracker would, and prints more than anything between it and a daemon holds.
const STREAMER: &str = r#"schema = 1
name = "streamer"
title = "Streamer"
kind = "agent"
[command]
program = "sh"
args = ["-c", '''
say() {{ echo "{{\"v\":1,\"at\":0,\"from\":\"screen\",$1}}" >> "$SEGNO_HOME/events/$SEGNO_PANE.jsonl"; }}
session="\"session\":\"s-${{SEGNO_PANE#p}}\""
say "\"event\":\"current\",$session,\"reason\":\"created\""
say "\"event\":\"state\",$session,\"state\":\"working\""
until [ -e go ]; do sleep 0.02; done
seq 1 60000
say "\"event\":\"state\",$session,\"state\":\"idle\""
exec cat
''']
cwd = "ask"
[tracker]
session_id = '^s-[0-9]+$'
"#;

/// The newest daemon, without asking for one: commands would start it.
fn daemon(segno: &Segno, but: i32) -> Option<i32> {
    segno.running(&["daemon", "run"]).into_iter().find(|pid| *pid != but)
}

#[test]
#[cfg(target_os = "linux")]
fn turns_end_in_time_though_the_daemon_is_killed_and_nobody_is_attached() {
    let mut segno = Segno::with_limit(Duration::from_secs(90));
    segno.revived();
    segno.write("panes/streamer.toml", STREAMER);
    let work = segno.directory("work");
    let panes: Vec<String> = (0..4)
        .map(|_| {
            let cwd = work.to_str().expect("text");
            segno.ok(&["new", "--type", "streamer", "--tab", "--background", "--cwd", cwd])
        })
        .collect();
    for pane in &panes {
        segno.wait_state(pane, "working");
    }
    let (first, keeper) = (segno.daemon_pid().expect("a daemon"), segno.keeper_pid());
    // All of it is printed around the death, and can go nowhere until somebody reads.
    fs::write(work.join("go"), "").expect("written");
    kill_and_wait(first);
    segno.wait_for("another daemon", || daemon(&segno, first));
    for pane in &panes {
        segno.wait_for("the end of its turn", || {
            segno.file(&format!("events/{pane}.jsonl"))?.contains("idle").then_some(())
        });
    }
    assert_eq!(segno.keeper_pid(), keeper);
    for pane in &panes {
        let status = segno.wait_state(pane, "idle");
        assert_eq!(status["session"], format!("s-{}", &pane[1..]), "{status}");
        let text = everything(&segno, pane);
        assert_eq!(text.lines().last(), Some("60000"), "{}", log(&segno));
    }
    assert_eq!(segno.running(&["daemon", "run"]).len(), 1);
}

#[test]
#[cfg(target_os = "linux")]
fn after_an_orderly_stop_nothing_is_started() {
    let mut segno = Segno::new();
    segno.revived();
    let pane = pane_running(&segno, "exec cat");
    let pid = segno.pane_pid(&pane);
    segno.daemon_stop();
    assert!(!for_a_while(Duration::from_secs(1), || daemon(&segno, 0).is_some()));
    let (_, error) = segno.fails(&["ls"]);
    assert!(error.contains("no daemon is running"), "{error}");
    assert!(segno.ok(&["daemon", "status"]).starts_with("stopped"));
    assert!(alive(pid));
    segno.daemon_start();
    assert_eq!(segno.pane_pid(&pane), pid);
}

fn set_version(segno: &Segno, version: u64) {
    let text = segno.file("workspace.json").expect("a workspace");
    let mut value: Value = serde_json::from_str(&text).expect("JSON");
    value["version"] = version.into();
    segno.write("workspace.json", &value.to_string());
}

#[test]
#[cfg(target_os = "linux")]
fn a_daemon_that_cannot_start_is_tried_again_and_a_client_waits_for_it() {
    let mut segno = Segno::new();
    segno.revived();
    let terminal = segno.terminal();
    terminal.wait_text("$");
    let first = segno.daemon_pid().expect("a daemon");
    segno.wait_for("a workspace", || segno.file("workspace.json"));
    set_version(&segno, 99);
    kill_and_wait(first);
    // The client says so on its screen, keeps what is typed, and leaves only when it is asked to.
    terminal.wait_text("newer Segno");
    terminal.wait_text("ctrl+\\ leaves");
    terminal.type_text("echo typed-meanwhile");
    terminal.keys("enter");
    terminal.wait_text("typed bytes are kept");
    let (_, error) = segno.fails(&["ls"]);
    for words in ["newer Segno", "1 program runs on", "the keeper goes on trying"] {
        assert!(error.contains(words), "{words}: {error}");
    }
    set_version(&segno, 1);
    terminal.wait(
        |text| text.matches("typed-meanwhile").count() == 2,
        "what was typed, and its output",
    );
    terminal.wait_gone("ctrl+\\ leaves");
}

#[test]
fn a_start_that_is_refused_leaves_nothing_running() {
    let segno = Segno::new();
    segno.write("workspace.json", "{\"version\":99}\n");
    let (_, error) = segno.fails(&["daemon", "start"]);
    assert!(error.contains("newer Segno"), "{error}");
    assert!(segno.running(&["keeper"]).is_empty());
    assert!(segno.running(&["daemon", "run"]).is_empty());
}

/// The program under a name that can be removed.
fn removable(segno: &Segno) -> PathBuf {
    let other = segno.root().join("other-segno");
    if fs::hard_link(program(), &other).is_err() {
        fs::copy(program(), &other).expect("copied");
    }
    other
}

#[test]
#[cfg(target_os = "linux")]
fn a_removed_program_goes_on_by_its_client_and_by_its_keeper() {
    for by_keeper in [false, true] {
        let mut segno = Segno::new();
        if by_keeper {
            segno.revived();
        }
        let other = removable(&segno);
        let mut terminal = segno.terminal_with(&other);
        terminal.wait_text("$");
        let first = segno.running(&["daemon", "run"]);
        fs::remove_file(&other).expect("removed");
        if by_keeper {
            terminal.keys("ctrl+b d");
            terminal.wait_end();
        }
        kill_and_wait(first[0]);
        segno.wait_for("another daemon", || daemon(&segno, first[0]));
        if !by_keeper {
            terminal.type_text("echo here$((1 + 1))");
            terminal.keys("enter");
            terminal.wait_text("here2");
        }
        assert_eq!(segno.panes().len(), 1);
    }
}

#[test]
fn commands_on_events_end_with_everything() {
    let segno = Segno::new();
    let mark = segno.root().join("mark");
    segno.write(
        "config.toml",
        &format!(
            "[[on]]\nevent = [\"pane.started\"]\n\
             run = [\"sh\", \"-c\", \"echo $$ > {0}.new; mv {0}.new {0}; exec sleep 600\"]\n\
             timeout = 600\n",
            mark.display()
        ),
    );
    pane_running(&segno, "exec cat");
    let pid: i32 =
        segno.wait_for("the command", || fs::read_to_string(&mark).ok()?.trim().parse().ok());
    assert!(alive(pid));
    segno.ok(&["kill", "--all"]);
    segno.wait_for("its end", || (!alive(pid)).then_some(()));
}

#[test]
fn panes_of_a_lost_workspace_come_back_with_their_output() {
    let segno = Segno::new();
    let panes: Vec<String> = ["first", "second"]
        .map(|text| pane_running(&segno, &format!("echo the {text}; exec cat")))
        .into();
    for (pane, text) in panes.iter().zip(["the first", "the second"]) {
        segno.wait_for(text, || everything(&segno, pane).contains(text).then_some(()));
    }
    segno.write(&format!("notes/{}.md", panes[1]), "of the second\n");
    segno.daemon_stop();
    segno.daemon_start();
    segno.reboot();
    for name in ["workspace.json", "workspace.json.bak"] {
        segno.write(name, "{ nonsense");
    }
    segno.daemon_start();
    let found: Vec<String> =
        segno.panes().iter().filter_map(|pane| pane["id"].as_str().map(str::to_owned)).collect();
    assert_eq!(found, panes, "{}", log(&segno));
    for (pane, text) in panes.iter().zip(["the first", "the second"]) {
        segno.wait_for(text, || everything(&segno, pane).contains(text).then_some(()));
    }
    assert_eq!(segno.ok(&["note", &panes[1]]), "of the second");
    // What is new gets a number of its own.
    let new = pane_running(&segno, "echo new; exec cat");
    assert!(!panes.contains(&new), "{new}");
    segno.wait_for("its output", || everything(&segno, &new).contains("new").then_some(()));
    assert!(!everything(&segno, &new).contains("the "), "{}", everything(&segno, &new));
}
