//! Agents that are typed by hand in a shell pane: followed, distinguished, and back after a reboot.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::segno::Segno;
use crate::support::terminal::Terminal;

/// An agent whose conversation goes on by `--session`. `end` ends it; what else is said makes a
/// turn.
const MIMIC: &str = r#"#!/bin/sh
[ "$1" = list ] && { echo "listed $2"; exit 3; }
session=m-$$ yolo=
while [ $# -gt 0 ]; do
  case $1 in
    --session) session=$2; shift ;;
    --yolo) yolo=' at any risk' ;;
    *) echo "prompted: $1" ;;
  esac
  shift
done
report() {
  [ -n "$EVENTS" ] || return
  printf '{"v":1,"at":%s,"n":1,"from":"screen","event":%s}\n' "$(date +%s%3N)" "$1" >> "$EVENTS"
}
report "\"current\",\"session\":\"$session\",\"reason\":\"start\""
echo "mimic in $session$yolo"
while IFS= read -r line; do
  [ "$line" = end ] && exit 7
  report "\"prompt\",\"session\":\"$session\",\"text\":\"$line\""
  report "\"state\",\"session\":\"$session\",\"state\":\"working\""
  report "\"state\",\"session\":\"$session\",\"state\":\"idle\""
  echo "<$line>"
done
"#;

const TYPE: &str = "schema = 1\nname = 'mimic'\ntitle = 'Mimic'\nkind = 'agent'\n\
    [command]\nprogram = 'mimic'\n[tracker]\nsession_id = '^m-[0-9]+$'\n\
    [tracker.env]\nEVENTS = '{events_file}'\n\
    [shell]\nplain = ['list']\nflags = ['--yolo']\n[resume]\nwith_id = ['--session', '{session}']\n";

/// A Segno whose shells find a `mimic`, and where that is.
fn with_mimic(settings: &str) -> (Segno, PathBuf) {
    let mut segno = Segno::new();
    segno.write("panes/mimic.toml", TYPE);
    segno.write("config.toml", settings);
    let programs = segno.directory("bin");
    let program = programs.join("mimic");
    fs::write(&program, MIMIC).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    segno.path_first(&programs);
    (segno, program)
}

/// Somebody before a shell.
fn shell(segno: &Segno) -> Terminal {
    let terminal = segno.terminal_of(120, 30, &["attach"]);
    terminal.wait_text("$");
    segno.wait_for("the shims", || segno.home().join("shims/mimic").exists().then_some(()));
    terminal
}

fn enter(terminal: &Terminal, line: &str) {
    terminal.type_text(line);
    terminal.keys("enter");
}

/// The conversation that a pane is in, once it is idle there.
#[track_caller]
fn conversation(segno: &Segno) -> String {
    let status = segno.wait_status("p1", "a conversation", |status| {
        status["state"] == "idle" && status["session"].is_string()
    });
    assert_eq!((&status["type"], &status["agent"]), (&"shell".into(), &"mimic".into()));
    status["session"].as_str().unwrap().to_string()
}

fn is_a_shell(status: &Value) -> bool {
    status["state"] == "running" && status["session"].is_null() && status["agent"].is_null()
}

#[test]
fn an_agent_that_is_typed_is_followed_and_back_after_a_reboot() {
    let (segno, _) = with_mimic("");
    let terminal = shell(&segno);
    enter(&terminal, "mimic; echo it ended with $?");
    terminal.wait_text("mimic in m-");
    let first = conversation(&segno);
    let explained = segno.ok(&["status", "p1", "--explain"]);
    assert!(explained.contains("typed in the shell, and started as"), "{explained}");
    enter(&terminal, "end");
    terminal.wait_text("it ended with 7");
    segno.wait_status("p1", "the shell alone", is_a_shell);

    enter(&terminal, "mimic --yolo hello");
    terminal.wait_text("prompted: hello");
    let second = conversation(&segno);
    assert_ne!(first, second);
    enter(&terminal, "one more thing");
    terminal.wait_text("<one more thing>");
    // The daemon comes and goes; the agent does not notice.
    segno.kill_daemon();
    segno.daemon_start();
    assert_eq!(conversation(&segno), second);

    segno.reboot();
    let terminal = segno.terminal_of(120, 30, &["attach"]);
    let back = format!("mimic in {second} at any risk");
    // Once before, and again; what it was asked first is not asked again.
    terminal.wait(|screen| screen.matches(&back).count() == 2, "the conversation again");
    assert_eq!(terminal.screen().matches("prompted: hello").count(), 1);
    assert_eq!(conversation(&segno), second);
    enter(&terminal, "end");
    segno.wait_status("p1", "the shell alone", is_a_shell);
    // And by hand.
    enter(&terminal, &format!("{}/shims/segno-return", segno.home().display()));
    terminal.wait(|screen| screen.matches(&back).count() == 3, "the conversation once more");
    assert_eq!(conversation(&segno), second);
}

#[test]
fn two_agents_in_one_shell_are_distinguished() {
    let (segno, _) = with_mimic("");
    let terminal = shell(&segno);
    enter(&terminal, "mimic");
    let first = conversation(&segno);
    terminal.keys("ctrl+z");
    terminal.wait_text("Stopped");
    enter(&terminal, "mimic");
    segno.wait_status("p1", "another conversation", |status| {
        status["session"].as_str().is_some_and(|session| session != first)
    });
    let second = conversation(&segno);
    enter(&terminal, "end");
    segno.wait_status("p1", "the first again", |status| status["session"] == first.as_str());
    enter(&terminal, "fg");
    enter(&terminal, "still there");
    terminal.wait_text("<still there>");
    assert_eq!(conversation(&segno), first);
    assert_ne!(first, second);
}

#[test]
fn what_shows_no_conversation_is_left_alone() {
    let (segno, program) = with_mimic("");
    let terminal = shell(&segno);
    enter(&terminal, "mimic list a; echo it ended with $?");
    terminal.wait_text("it ended with 3");
    assert!(terminal.screen().contains("listed a"));
    enter(&terminal, "echo piped | mimic | cat; echo over");
    terminal.wait_text("<piped>");
    assert!(is_a_shell(&segno.status("p1")), "{:#}", segno.status("p1"));
    // Started past its shim: that is said.
    enter(&terminal, program.to_str().unwrap());
    terminal.wait_text("Mimic: this conversation is not kept");
    enter(&terminal, "end");
    terminal.wait_gone("Mimic: this conversation is not kept");
}

#[test]
fn it_can_be_switched_off_and_comes_back_when_asked() {
    let (segno, _) = with_mimic("[shells]\ncome_back = \"ask\"\n");
    let terminal = shell(&segno);
    enter(&terminal, "mimic");
    let session = conversation(&segno);
    segno.reboot();
    let terminal = segno.terminal_of(120, 30, &["attach"]);
    terminal.wait_text("shims/segno-return");
    terminal.wait_text("any key leaves the shell alone");
    terminal.keys("enter");
    segno.wait_status("p1", "the conversation", |status| status["session"] == session.as_str());
    enter(&terminal, "end");
    segno.write("config.toml", "[shells]\nexcept = [\"mimic\"]\n");
    let shim = segno.home().join("shims/mimic");
    segno.wait_for("no shim", || shim.symlink_metadata().is_err().then_some(()));
    enter(&terminal, "mimic again");
    terminal.wait_text("prompted: again");
    assert!(is_a_shell(&segno.status("p1")), "{:#}", segno.status("p1"));
}

#[test]
fn the_doctor_says_when_a_start_up_file_puts_something_in_front() {
    let (mut segno, program) = with_mimic("");
    segno.env("SHELL", "/bin/bash");
    segno.daemon_start();
    segno.wait_for("the shims", || segno.home().join("shims/mimic").exists().then_some(()));
    let doctor = |segno: &Segno| {
        let output = segno.cli(&["doctor"]);
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let good = doctor(&segno);
    assert!(good.contains("agents typed there are followed"), "{good}");
    let front = format!("PATH=\"{}:$PATH\"\n", program.parent().unwrap().display());
    fs::write(segno.user_home().join(".bashrc"), &front).unwrap();
    let found = doctor(&segno);
    assert!(found.contains("agents typed there are not followed"), "{found}");
    let line = "[ -n \"$SEGNO_SHIMS\" ] && PATH=\"$SEGNO_SHIMS:$PATH\"";
    assert!(found.contains(&format!("~/.bashrc: {line}")), "{found}");
    fs::write(segno.user_home().join(".bashrc"), format!("{front}{line}\n")).unwrap();
    let repaired = doctor(&segno);
    assert!(repaired.contains("agents typed there are followed"), "{repaired}");
}
