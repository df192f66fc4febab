//! A pane type that is added at run time, for a scripted agent: what `docs/pane-types.md` builds
//! step by step does what the page says.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::support::segno::{Segno, arguments};
use crate::support::terminal::Terminal;

const PAGE: &str = include_str!("../../../../docs/pane-types.md");

/// The first block of code in this language, in the page's chapter that builds a type.
pub(in crate::scenario) fn block(language: &str) -> &'static str {
    let chapter = PAGE.split("## Step by step").nth(1).expect("the chapter");
    let begin = format!("```{language}\n");
    let code = chapter.split(&begin).nth(1).expect("a block of code");
    code.split("```").next().expect("its end")
}

/// A Segno that runs, and then gets the type.
fn with_type() -> Segno {
    let mut segno = Segno::new();
    let bin = segno.directory("bin");
    let program = bin.join("parrot");
    fs::write(&program, block("sh")).expect("the agent");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("its rights");
    segno.path_first(&bin);
    segno.daemon_start();
    let path = segno.ok(&["types", "new", "parrot"]);
    assert_eq!(segno.ok(&["types", "check", &path]).lines().count(), 1);
    let (_, again) = segno.fails(&["types", "new", "parrot"]);
    assert!(again.contains("exists already"), "{again}");
    fs::write(path, block("toml")).expect("the type");
    segno.wait_for("the type", || {
        let types = segno.json(&["types", "ls"]);
        let types = types["types"].as_array()?.clone();
        types.iter().find(|ty| ty["title"] == "Parrot").cloned()
    });
    segno
}

fn open(segno: &Segno, options: &[&str]) -> (String, Terminal) {
    let pane = segno.ok(&[&["new", "--focus", "--type", "parrot"], options].concat());
    segno.ok(&["focus", &pane]);
    (pane, segno.terminal())
}

fn id(segno: &Segno, pane: &str) -> String {
    let status = segno.wait_status(pane, "an id", |status| status["session"].is_string());
    status["session"].as_str().expect("just seen").to_owned()
}

fn enter(terminal: &Terminal, text: &str) {
    terminal.type_text(text);
    terminal.keys("enter");
}

/// The ids of a pane over time, and what led to each.
fn history(segno: &Segno, pane: &str) -> Vec<(Value, Value)> {
    let sessions = segno.json(&["sessions", pane])["sessions"].take();
    let entries = sessions.as_array().expect("a list").clone();
    entries.into_iter().map(|e| (e["session"].clone(), e["reason"].clone())).collect()
}

#[test]
fn it_is_followed_and_comes_back() {
    let segno = with_type();
    let (pane, terminal) = open(&segno, &[]);
    let first = id(&segno, &pane);
    terminal.wait_text(&format!("Parrot, conversation {first}"));
    segno.wait_state(&pane, "idle");

    // Nothing was said: it begins again, under the same id.
    segno.reboot();
    let terminal = segno.terminal();
    segno.wait_state(&pane, "idle");
    let args = arguments(segno.pane_pid(&pane));
    assert!(args.windows(2).any(|two| two == ["--id", first.as_str()]), "{args:?}");

    enter(&terminal, "apples");
    terminal.wait_text("apples, apples!");
    segno.wait_status(&pane, "the prompt", |s| {
        s["state"] == "idle" && s["session"] == first.as_str()
    });
    enter(&terminal, "new");
    let second = segno
        .wait_status(&pane, "another id", |s| s["session"].as_str().is_some_and(|id| id != first));
    let second = second["session"].as_str().expect("just seen").to_owned();
    enter(&terminal, "pears");
    terminal.wait_text("pears, pears!");
    let reasons: Vec<_> = history(&segno, &pane).into_iter().map(|(_, why)| why).collect();
    assert_eq!(reasons, ["start", "start", "new"]);

    segno.reboot();
    let terminal = segno.terminal();
    terminal.wait_text("pears, pears!");
    segno.wait_status(&pane, "the second id", |s| {
        s["session"] == second.as_str() && s["state"] == "idle"
    });
    let args = arguments(segno.pane_pid(&pane));
    assert!(args.windows(2).any(|two| two == ["--resume", second.as_str()]), "{args:?}");

    // A second pane in it is refused.
    let (_, why) = segno.fails(&["new", "--type", "parrot", "--session", &second]);
    assert!(why.contains(&pane), "{why}");
}

#[test]
fn its_states_are_shown_with_the_rules_that_gave_them() {
    let segno = with_type();
    let (pane, terminal) = open(&segno, &[]);
    segno.wait_state(&pane, "idle");
    enter(&terminal, "ask");
    let status = segno.wait_state(&pane, "blocked");
    assert_eq!(status["detail"], "question: May I eat the cracker?");
    let explained = segno.ok(&["status", &pane, "--explain"]);
    assert!(
        explained.contains("the state is known from: its hooks: asking, rule 4"),
        "{explained}"
    );
    assert!(
        explained.contains("the conversation is known from: its hooks: opened, rule 1"),
        "{explained}"
    );
    enter(&terminal, "yes");
    segno.wait_state(&pane, "idle");
    enter(&terminal, "fail");
    let status = segno.wait_state(&pane, "error");
    assert_eq!(status["detail"], "out of crackers");

    // Also what it did while no daemon ran.
    segno.kill_daemon();
    segno.daemon_start();
    let status = segno.wait_state(&pane, "error");
    assert_eq!(status["detail"], "out of crackers");
    let terminal = segno.terminal();
    enter(&terminal, "think");
    segno.wait_state(&pane, "working");
    let explained = segno.ok(&["status", &pane, "--explain"]);
    assert!(explained.contains("a file it keeps: [[tracker.watch]] 1, rule 1"), "{explained}");
    enter(&terminal, "");
    segno.wait_state(&pane, "idle");
}

#[test]
fn a_conversation_that_it_does_not_know_is_asked_about() {
    let segno = with_type();
    let (pane, terminal) = open(&segno, &["--session", "0badc0de"]);
    terminal.wait_text("choose another");
    segno.wait_state(&pane, "exited");
    terminal.keys("1");
    terminal.wait_text("Parrot, conversation");
    assert_ne!(id(&segno, &pane), "0badc0de");
}

/// Nothing that comes to the command, and nothing that is there instead of its files, makes it
/// print, fail, or do anything outside of its pane.
#[test]
fn a_hook_is_silent_whatever_happens() {
    let mut segno = with_type();
    let (pane, _terminal) = open(&segno, &[]);
    segno.wait_state(&pane, "idle");
    let events = format!("events/{pane}.jsonl");
    let before = segno.file(&events);
    let silent = |segno: &Segno, args: &[&str]| {
        let output = segno.cli(&[&["hook"], args].concat());
        assert!(output.status.success(), "{args:?}");
        assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{args:?}");
    };
    let said = r#"{"event":"failed","session":"0badc0de","text":"x"}"#;
    // Outside of a pane, in one that is not there, and in place of the pane's own agent.
    silent(&segno, &[said]);
    for name in ["p999", "../x", ""] {
        segno.env("SEGNO_PANE", name);
        silent(&segno, &[said]);
    }
    segno.env("SEGNO_PANE", &pane);
    for args in [&[said][..], &["--help"], &["a", "b", "c"], &["failed", "{"], &[]] {
        silent(&segno, args);
    }
    assert_eq!(segno.file(&events), before);
    segno.env("SEGNO_HOME", "relative\nwith a line break");
    silent(&segno, &[said]);
    let home = segno.home().to_owned();
    segno.env("SEGNO_HOME", home);
}
