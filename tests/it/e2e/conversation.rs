//! The promise: a pane comes back in the conversation that was on its screen, whatever was done to get there.

use crate::support::model_server::{COMPLETION_TOKENS, PROMPT_TOKENS};
use crate::support::opencode::Bed;
use crate::support::segno::alive;

both_versions!(said_new_and_picked);

/// The first prompt; a new conversation without and with a prompt; an older one, picked from the list.
fn said_new_and_picked(version: &str) {
    let bed = Bed::new(version);
    let mut pane = bed.open_ready(&[]);
    pane.wait_recorded_new();
    assert_eq!(pane.arguments(), [""; 0]);

    pane.prompt("SAY apples are red", "Build · m1 ·");
    let first = pane.wait_id(&[]);
    let status = pane.wait_status("title and usage", |status| {
        status["session_title"].is_string() && status["usage"]["output"] == COMPLETION_TOKENS
    });
    assert!(status["session_title"].as_str().unwrap().starts_with("Title"), "{status:#}");
    assert_eq!(
        status["usage"]["input"].as_u64().unwrap()
            + status["usage"]["cache_read"].as_u64().unwrap(),
        PROMPT_TOKENS
    );
    assert!(status["usage"]["cost"].as_f64().unwrap() > 0.0);

    // The daemon comes and goes; opencode does not notice.
    let before = pane.pid();
    bed.segno.daemon_stop();
    assert!(alive(before));
    bed.segno.daemon_start();
    pane.terminal = bed.terminal();
    pane.terminal.wait_text("apples are red");
    assert_eq!(pane.pid(), before);
    let status = pane.wait_idle();
    assert_eq!(status["session"], first.as_str());
    assert!(status["session_title"].as_str().unwrap().starts_with("Title"), "{status:#}");

    pane.reboots_into(&first, "apples are red");

    pane.new_conversation();
    pane.wait_recorded_new();
    pane.reboots_into_new();

    pane.prompt("SAY bananas are yellow", "Build · m1 ·");
    let second = pane.wait_id(&[&first]);
    pane.reboots_into(&second, "bananas are yellow");

    pane.pick_older("apples are red");
    pane.wait_recorded(&first);
    pane.reboots_into(&first, "apples are red");
}
