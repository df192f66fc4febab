//! What a pane says that its agent is doing.

use serde_json::json;

use crate::support::opencode::Bed;

both_versions!(blocked, failed, busy_elsewhere);

/// A permission and a question, asked and answered.
fn blocked(version: &str) {
    let bed = Bed::with(version, 1, json!({"permission": {"bash": "ask"}}));
    let mut pane = bed.open_ready(&[]);
    pane.enter("BASH echo asked-for");
    pane.terminal.wait_text("Permission required");
    let id = pane.wait_id(&[]);
    let status = pane.wait_state("blocked");
    let detail = status["detail"].as_str().unwrap_or_default();
    assert!(detail.contains("bash") && detail.contains("echo asked-for"), "{status:#}");
    bed.segno.ok(&["wait", &pane.id, "--for", "blocked", "--timeout", "10"]);

    // What blocks it is known to the next daemon too.
    bed.segno.kill_daemon();
    bed.segno.daemon_start();
    pane.terminal = bed.terminal();
    pane.terminal.wait_text("Permission required");
    assert_eq!(pane.wait_state("blocked")["detail"], status["detail"]);

    pane.terminal.keys("enter");
    pane.terminal.wait_text("Ran it.");
    pane.wait_idle();
    pane.wait_recorded(&id);

    pane.enter("ASK shall we");
    pane.terminal.wait_text("enter submit");
    let status = pane.wait_state("blocked");
    assert!(status["detail"].as_str().unwrap_or_default().contains("shall we"), "{status:#}");
    pane.terminal.keys("enter");
    pane.terminal.wait_text("You answered.");
    pane.wait_idle();
    pane.reboots_into(&id, "You answered.");
}

/// A model's refusal, its failure that is tried again, and a turn that the user ends.
fn failed(version: &str) {
    let bed = Bed::new(version);
    let mut pane = bed.open_ready(&[]);
    pane.enter("ERR401");
    pane.terminal.wait_text("fake failure 401");
    let id = pane.wait_id(&[]);
    let status = pane.wait_state("error");
    assert!(
        status["detail"].as_str().unwrap_or_default().contains("fake failure 401"),
        "{status:#}"
    );

    pane.say("all is well");
    pane.enter("HANG");
    pane.terminal.wait_text("esc interrupt");
    pane.wait_state("working");
    pane.terminal.keys("escape");
    pane.terminal.wait_text("again to interrupt");
    pane.terminal.keys("escape");
    // It does not always say of an answer without a word that it was interrupted.
    let at_rest = |screen: &str| !screen.contains("esc interrupt") && !screen.contains("esc again");
    pane.terminal.wait(at_rest, "the end of the turn");
    pane.wait_idle();

    pane.enter("ERR500");
    pane.terminal.wait_text("[retrying in");
    let status = pane.wait_state("retrying");
    assert!(status["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{status:#}");
    pane.wait_recorded(&id);
    // In the middle of it the power goes.
    pane.reboots_into(&id, "all is well");
}

/// A conversation goes on while another one is on screen.
fn busy_elsewhere(version: &str) {
    let bed = Bed::new(version);
    let pane = bed.open_ready(&[]);
    pane.enter("SLOW 8 one two three four finished");
    pane.terminal.wait_text("one");
    let first = pane.wait_id(&[]);
    pane.wait_state("working");
    pane.new_conversation();
    pane.wait_recorded_new();
    pane.wait_idle();
    let turn = bed.segno.wait_for("the end of the turn", || {
        let events = bed.segno.file(&format!("events/{}.jsonl", pane.id))?;
        let idle = |line: &&str| line.contains(&first) && line.contains("\"idle\"");
        events.lines().rfind(idle).map(str::to_owned)
    });
    pane.wait_recorded_new();
    assert_eq!(pane.wait_idle()["session"], json!(null), "{turn}");

    pane.say("something else");
    pane.wait_id(&[&first]);
}
