//! A conversation of the archive is forked: the agent begins another one with all that was said,
//! and the first one stays as it is.

use serde_json::Value;

use crate::e2e::agents::{claude, codex, pi, qwen};
use crate::e2e::with_agent;
use crate::support::agent::{Bed, PATIENCE, Pane};
use crate::support::agents::OPENCODE_NEWEST;
use crate::support::opencode;
use crate::support::segno::wait_for;

/// What the archive knows of a conversation.
fn archived(bed: &Bed, id: &str) -> Option<Value> {
    let shown = bed.segno.cli(&["history", "show", id, "--json"]);
    let mut shown: Value = serde_json::from_slice(&shown.stdout).ok()?;
    Some(shown["conversations"][0].take())
}

/// Says something in a fork of the pane's conversation, which is still open; the fork's id.
fn forks(bed: &Bed, pane: &Pane<'_>, words: &str) -> String {
    let id = pane.wait_id(&[]);
    wait_for("the conversation in the archive", PATIENCE, || archived(bed, &id));
    let forked = bed.segno.ok(&["history", "open", &id, "--fork"]);
    assert_ne!(forked, pane.id);
    let forked = bed.look_at(&forked);
    forked.terminal.wait_text(words);
    forked.wait_state("idle");
    forked.enter("SAY pears are green");
    forked.terminal.wait_text("pears are green");
    let fork = forked.wait_id(&[&id]);
    wait_for("the answer", PATIENCE, || {
        let sent = bed.model.requests();
        let last = sent.iter().rfind(|request| request.prompt.contains("pears are green"))?;
        last.body.to_string().contains(words).then_some(())
    });
    assert_eq!(bed.segno.status(&pane.id)["session"], id.as_str());
    fork
}

/// The archive says which one it comes from, and the other way round.
fn is_known(bed: &Bed, fork: &str, of: &str) {
    wait_for("the fork in the archive", PATIENCE, || {
        let shown = archived(bed, fork)?;
        (shown["conversation"]["forked_from"] == of).then_some(())
    });
    let shown = archived(bed, of).expect("the first one");
    assert_eq!(shown["forks"], serde_json::json!([fork]), "{shown:#}");
}

/// What a fork has copied is found in the conversation that it was copied from alone.
fn said_once(bed: &Bed, words: &str, id: &str) {
    let found = bed.segno.json(&["history", "search", &format!("\"{words}\""), "--json"]);
    let ids: Vec<&Value> = found["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|result| &result["conversation"]["id"])
        .collect();
    assert_eq!(ids, [id], "{found:#}");
}

#[test]
fn claude_forks() {
    with_agent(|| {
        let bed = claude::bed();
        let pane = bed.open(&claude::ASKS, claude::READY);
        pane.wait_state("idle");
        pane.say("apples are red");
        let fork = forks(&bed, &pane, "apples are red");
        let first = pane.wait_id(&[]);
        is_known(&bed, &fork, &first);
        said_once(&bed, "apples are red", &first);
    });
}

#[test]
fn codex_forks() {
    with_agent(|| {
        let bed = codex::bed("");
        let pane = bed.open(&[], codex::READY);
        pane.say("apples are red");
        let fork = forks(&bed, &pane, "apples are red");
        is_known(&bed, &fork, &pane.wait_id(&[]));
    });
}

#[test]
fn opencode_forks() {
    with_agent(|| {
        let bed = opencode::Bed::new(OPENCODE_NEWEST);
        let pane = bed.open_ready(&[]);
        pane.prompt("SAY apples are red", "apples are red");
        pane.wait_idle();
        forks(&bed, &pane, "apples are red");
    });
}

#[test]
fn pi_forks() {
    with_agent(|| {
        let bed = pi::bed();
        let pane = bed.open(&[], pi::READY);
        pane.say("apples are red");
        let fork = forks(&bed, &pane, "apples are red");
        let first = pane.wait_id(&[]);
        is_known(&bed, &fork, &first);
        said_once(&bed, "apples are red", &first);
    });
}

#[test]
fn qwen_forks() {
    with_agent(|| {
        let bed = qwen::bed();
        let pane = bed.open(&[], qwen::READY);
        pane.say("apples are red");
        let fork = forks(&bed, &pane, "apples are red");
        let first = pane.wait_id(&[]);
        is_known(&bed, &fork, &first);
        said_once(&bed, "apples are red", &first);
    });
}
