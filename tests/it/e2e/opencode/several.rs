//! Panes beside each other, and panes that are started with a prompt.

use serde_json::json;

use crate::support::opencode::{Bed, PATIENCE, READY};
use crate::support::segno::wait_for;

newest_version!(two_in_one_directory, started_with_a_prompt);

/// Each has its own conversation, before and after a power cut, and nothing that Segno does puts
/// both into one.
fn two_in_one_directory(version: &str) {
    let bed = Bed::with(version, 2, json!({}));
    let mut left = bed.open_ready(&[]);
    left.say("grapes hang left");
    let first = left.wait_id(&[]);
    let mut right = bed.open_ready(&[]);
    right.say("hazelnuts lie right");
    let second = right.wait_id(&[&first]);
    left.wait_recorded(&first);

    // A pane of its own for a conversation that is open is refused.
    let (code, why) = bed.segno.fails(&["new", "--type", "opencode", "--session", &first]);
    assert!(code == 4 && why.contains(&left.id), "{why}");
    let (code, why) = bed.segno.fails(&["restart", &right.id, "--session", &first]);
    assert!(code == 4 && why.contains(&left.id), "{why}");

    // Both at once, and then with one record lost: continuing "the last one" could be the other's.
    right.reboots_into(&second, "hazelnuts lie right");
    assert_eq!(left.arguments(), ["--session", &first]);
    bed.segno.ok(&["focus", &left.id]);
    right.terminal.wait_text("grapes hang left");
    right.wait_recorded(&second);
    left.wait_recorded(&first);

    bed.segno.reboot();
    let file = bed.segno.home().join(format!("sessions/opencode-{}.id", right.id));
    std::fs::remove_file(file).expect("the record of the right pane");
    left.terminal = bed.terminal();
    assert_eq!(left.arguments(), ["--session", &first]);
    wait_for("the right pane's arguments", PATIENCE, || {
        (right.arguments().is_empty()).then_some(())
    });
    let status = bed.segno.status(&right.id);
    let notes = status["notes"].to_string();
    assert!(notes.contains("started a new conversation"), "{status:#}");
    bed.segno.ok(&["focus", &right.id]);
    left.terminal.wait_text(READY);
    right.wait_recorded_new();
}

/// `--prompt`, `--model`, `--session`, toggles and arguments of one's own.
fn started_with_a_prompt(version: &str) {
    let bed = Bed::new(version);
    let prompt = "SAY it's \"quoted\" $HOME {env:HOME}";
    let options = ["--prompt", prompt, "--model", "fake/m1", "--name", "fruit", "--label", "k=v"];
    let mut pane = bed.open(&options);
    pane.terminal.wait_text("Build · m1 ·");
    assert_eq!(pane.arguments(), ["--model", "fake/m1", "--prompt", prompt]);
    let id = pane.wait_id(&[]);
    pane.wait_idle();
    assert!(bed.model.requests().iter().any(|request| request.prompt == prompt));

    // The prompt was for once; the model stays.
    pane.reboot();
    assert_eq!(pane.arguments(), ["--session", &id, "--model", "fake/m1"]);
    pane.terminal.wait_text("quoted");
    let status = pane.wait_idle();
    assert_eq!(status["name"], "fruit");
    assert_eq!(status["labels"]["k"], "v");

    // A pane for a conversation that has no pane any more.
    bed.segno.ok(&["close", &pane.id]);
    let pane = bed.open(&["--session", &id]);
    pane.terminal.wait_text("quoted");
    assert_eq!(pane.arguments(), ["--session", &id]);
    pane.wait_recorded(&id);
}
