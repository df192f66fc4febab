//! Agents that sleep: their program is ended, and comes back in its conversation.

use serde_json::json;

use crate::support::quiet;
use crate::support::scripted;
use crate::support::segno::{Segno, alive};

fn segno() -> Segno {
    let segno = Segno::new();
    scripted::install_sleeper(&segno);
    segno
}

/// How its program was started, the last time last.
fn starts(segno: &Segno) -> Vec<String> {
    let text = segno.file("started").unwrap_or_default();
    text.lines().map(str::to_string).collect()
}

#[test]
fn an_idle_agent_sleeps_and_any_key_brings_it_back_in_its_conversation() {
    let segno = segno();
    let pane = segno.ok(&["new", "--type", "sleeper"]);
    segno.ok(&["new"]);
    segno.wait_state(&pane, "idle");
    let pid = segno.pane_pid(&pane);
    let terminal = segno.terminal();
    segno.ok(&["focus", &pane]);
    segno.ok(&["sleep", &pane]);
    segno.wait_state(&pane, "asleep");
    assert!(!alive(pid));
    // It has nothing to do, and nobody is called.
    segno.ok(&["wait", &pane, "--for", "idle", "--timeout", "20"]);
    assert_eq!(segno.json(&["notifications"])["notifications"], serde_json::json!([]));
    terminal.wait_text("any key wakes");
    terminal.type_text("x");
    segno.wait_state(&pane, "idle");
    assert_eq!(starts(&segno), ["", "--session t-1"]);
}

#[test]
fn a_sleeping_agent_wakes_when_somebody_wants_it() {
    let segno = segno();
    let pane = segno.ok(&["new", "--type", "sleeper"]);
    let other = segno.ok(&["new"]);
    let sleeps = || {
        segno.wait_state(&pane, "idle");
        segno.ok(&["sleep", &pane]);
        segno.wait_state(&pane, "asleep");
    };
    sleeps();
    segno.ok(&["prompt", &pane, "say hello", "--wait", "--timeout", "30"]);
    assert!(segno.ok(&["read", &pane]).contains("<hello>"));
    sleeps();
    segno.ok(&["wake", &pane]);
    sleeps();
    segno.ok(&["focus", &other]);
    segno.ok(&["focus", &pane]);
    sleeps();
    // It sleeps on over a reboot.
    segno.reboot();
    segno.daemon_start();
    segno.wait_state(&other, "running");
    assert_eq!(segno.status(&pane)["state"], "asleep");
    segno.ok(&["wake", &pane]);
    segno.wait_state(&pane, "idle");
    assert_eq!(starts(&segno).last().map(String::as_str), Some("--session t-1"));
    segno.ok(&["prompt", &pane, "work"]);
    let (code, why) = segno.fails(&["sleep", &pane]);
    assert!(code == 4 && why.contains("not idle"), "{why}");
    let (code, why) = segno.fails(&["sleep", &other]);
    assert!(code == 4 && why.contains("could not be started again"), "{why}");
}

#[test]
fn a_prompt_that_is_added_in_the_queue_wakes_its_agent() {
    let segno = segno();
    let pane = segno.ok(&["new", "--type", "sleeper"]);
    segno.wait_state(&pane, "idle");
    let terminal = segno.terminal();
    segno.ok(&["focus", &pane]);
    segno.ok(&["sleep", &pane]);
    segno.wait_state(&pane, "asleep");
    terminal.wait_text("any key wakes");
    terminal.keys("ctrl+b Q");
    terminal.wait_text("Queue of");
    terminal.keys("a");
    terminal.type_text("say hello");
    terminal.keys("enter escape");
    terminal.wait_text("<hello>");
    assert_eq!(starts(&segno), ["", "--session t-1"]);
}

#[test]
fn a_prompt_that_a_budget_refuses_wakes_nobody() {
    let segno = segno();
    segno.write("config.toml", "[budget]\nconversation = 3.0\nat_limit = \"hold\"\n");
    let pane = segno.ok(&["new", "--type", "sleeper"]);
    segno.ok(&["new"]);
    segno.wait_state(&pane, "idle");
    let usage = json!({"session": "t-1", "model": "a/m", "input": 5, "output": 1, "cost": 3.5});
    quiet::report(&segno, &pane, "usage", usage);
    segno.wait_for("the limit", || segno.ok(&["budget"]).contains("used up").then_some(()));
    segno.ok(&["sleep", &pane]);
    segno.wait_state(&pane, "asleep");
    let (code, why) = segno.fails(&["prompt", &pane, "say hello"]);
    assert!(code == 23 && why.contains("segno budget allow"), "{why}");
    assert_eq!(segno.status(&pane)["state"], "asleep");
}

#[test]
fn a_lazy_workspace_starts_only_what_is_seen() {
    let segno = segno();
    segno.write("config.toml", "[restore]\nlazy = true\n");
    let hidden = segno.ok(&["new", "--type", "sleeper"]);
    segno.wait_state(&hidden, "idle");
    let shown = segno.ok(&["new"]);
    segno.ok(&["focus", &shown]);
    let tab = segno.status(&shown)["tab"]["id"].as_str().expect("a tab").to_owned();
    segno.wait_for("the focus to be stored", || {
        let stored = segno.file("workspace.json").unwrap_or_default();
        let stored: serde_json::Value = serde_json::from_str(&stored).unwrap_or_default();
        (stored["active"] == tab.as_str()).then_some(())
    });
    segno.reboot();
    segno.daemon_start();
    segno.wait_state(&shown, "running");
    segno.wait_state(&hidden, "asleep");
    segno.ok(&["focus", &hidden]);
    segno.wait_state(&hidden, "idle");
    assert_eq!(starts(&segno), ["", "--session t-1"]);
}
