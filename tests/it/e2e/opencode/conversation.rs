//! The promise: a pane comes back in the conversation that was on its screen, whatever was done to
//! get there.

use crate::support::archived::wait_said;
use crate::support::model_server::{COMPLETION_TOKENS, PROMPT_TOKENS};
use crate::support::opencode::{Bed, READY};
use crate::support::segno::alive;

both_versions!(said_new_and_picked, forked_to_deleted, a_subagent);

/// The first prompt; a new conversation without and with a prompt; an older one, picked from the
/// list.
fn said_new_and_picked(version: &str) {
    let bed = Bed::new(version);
    let mut pane = bed.open_ready(&[]);
    pane.wait_recorded_new();
    assert_eq!(pane.arguments(), [""; 0]);

    pane.say("apples are red");
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

    pane.say("bananas are yellow");
    let second = pane.wait_id(&[&first]);
    pane.reboots_into(&second, "bananas are yellow");
    wait_said(&bed.segno, &first, &["apples are red"]);
    wait_said(&bed.segno, &second, &["bananas are yellow"]);

    pane.pick_older("apples are red");
    pane.wait_recorded(&first);
    pane.reboots_into(&first, "apples are red");
}

/// Fork, compaction, rename, undo, and deleting what is on screen.
fn forked_to_deleted(version: &str) {
    let bed = Bed::new(version);
    let mut pane = bed.open_ready(&[]);
    pane.say("cherries are dark");
    let first = pane.wait_id(&[]);

    pane.enter("/fork");
    pane.terminal.wait_text("Full session");
    pane.terminal.keys("enter");
    // A long title is wrapped before its number.
    pane.terminal.wait_text("(fork");
    let fork = pane.wait_id(&[&first]);
    pane.reboots_into(&fork, "(fork");
    pane.terminal.wait_text("cherries are dark");
    assert!(
        pane.history().contains(&(Some(fork.clone()), "forked".into())),
        "{:?}",
        pane.history()
    );

    pane.say("dates are sweet");
    pane.enter("/compact");
    pane.terminal.wait_text("Compaction ·");
    pane.wait_idle();
    pane.wait_recorded(&fork);

    pane.enter("/rename");
    pane.terminal.wait_text("Rename Session");
    pane.terminal.keys("ctrl+u");
    pane.enter("Fruit salad");
    pane.terminal.wait_gone("Rename Session");
    pane.wait_status("the new name", |status| status["session_title"] == "Fruit salad");
    pane.wait_recorded(&fork);

    pane.say("elderberries are small");
    pane.enter("/undo");
    pane.terminal.wait_text("1 message reverted");
    pane.reboots_into(&fork, "1 message reverted");
    pane.terminal.wait_text("Fruit salad");

    pane.enter("/sessions");
    pane.terminal.wait_text("Search");
    // The list is there, and the present conversation selected.
    pane.terminal.wait_text("● Fruit salad");
    pane.terminal.keys("ctrl+d");
    pane.terminal.wait_text("again to confirm");
    pane.terminal.keys("ctrl+d");
    pane.terminal.wait_gone("again to confirm");
    pane.terminal.keys("escape");
    pane.terminal.wait_text(READY);
    pane.wait_recorded_new();
    assert!(pane.history().contains(&(None, "deleted".into())), "{:?}", pane.history());
    pane.reboots_into_new();
}

/// A subagent has a conversation of its own, which is never the pane's; also not while it is looked
/// at. In a `SEGNO_HOME` whose name has all that could be taken for syntax.
fn a_subagent(version: &str) {
    let bed = Bed::at(version, "se gno's \"$HOME\" {env:HOME} {pane} é%20#");
    let mut pane = bed.open_ready(&[]);
    pane.prompt("TASK SAY hidden words", "The task is done.");
    let root = pane.wait_id(&[]);
    // What the subagent used counts for the conversation.
    let alone = bed.model.requests().len() as u64;
    assert!(alone >= 3, "the task, the subagent and the end");
    pane.wait_status("the usage of both", |status| status["usage"]["output"].as_u64() >= Some(150));

    pane.terminal.keys("ctrl+x down");
    pane.terminal.wait_text("(1 of 1)");
    pane.terminal.wait_text("hidden words");
    pane.wait_recorded(&root);
    pane.reboots_into(&root, "The task is done.");
    let history = pane.history();
    assert!(history.iter().all(|(id, _)| id.as_ref().is_none_or(|id| *id == root)), "{history:?}");
}
