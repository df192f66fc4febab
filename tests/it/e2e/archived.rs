//! What an agent has deleted comes back from the archive: its pane offers it, and the conversation
//! goes on with all that was said. (What Segno guards while it runs comes back without a question;
//! see `a_conversation_that_it_deletes_is_put_back`.)

use std::fs;
use std::path::PathBuf;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::e2e::agents::{claude, codex};
use crate::e2e::with_agent;
use crate::support::agent::{Bed, PATIENCE, Pane};
use crate::support::agents::OPENCODE_NEWEST;
use crate::support::opencode;
use crate::support::segno::wait_for;

/// The agent's own files of a conversation, when the archive has them with these words.
fn files(bed: &Bed, id: &str, words: &str) -> Vec<PathBuf> {
    wait_for("the conversation in the archive", PATIENCE, || {
        let found = bed.segno.cli(&["history", "search", words, "--json"]);
        let found: Value = serde_json::from_slice(&found.stdout).ok()?;
        let results = found["results"].as_array()?;
        results.iter().any(|result| result["conversation"]["id"] == id).then_some(())
    });
    let there = bed.segno.json(&["history", "restore", id])["restored"].take();
    let there = there.as_array().expect("a list").clone();
    there.iter().map(|file| file["there"]["path"].as_str().expect("a file").into()).collect()
}

/// The agent ends, its transcript is deleted, and the pane is started again.
fn comes_back(bed: &Bed, pane: &Pane<'_>, words: &str) {
    let id = pane.wait_id(&[]);
    let files = files(bed, &id, words);
    assert!(!files.is_empty());
    kill(Pid::from_raw(pane.pid()), Signal::SIGKILL).expect("it runs");
    pane.wait_state("exited");
    for file in &files {
        fs::remove_file(file).expect("deleted");
    }
    bed.segno.ok(&["restart", &pane.id]);
    pane.terminal.wait_text("restore it from the archive and resume");
    let asks = bed.segno.status(&pane.id)["asks"].take();
    let number = asks["choices"].as_array().expect("choices").len();
    pane.terminal.keys(&number.to_string());
    pane.terminal.wait_text(words);
    pane.wait_state("idle");
    assert!(files.iter().all(|file| file.exists()), "{files:?}");
    assert_eq!(pane.wait_id(&[]), id);
    pane.say("pears are green");
    let sent = bed.model.requests();
    let last = sent.iter().rfind(|request| request.prompt.contains("pears are green"));
    let body = last.expect("the prompt").body.to_string();
    assert!(body.contains(words), "the model was not sent what was said before: {body}");
}

#[test]
fn claude_goes_on() {
    with_agent(|| {
        let bed = claude::bed();
        let pane = bed.open(&claude::ASKS, claude::READY);
        pane.wait_state("idle");
        pane.say("apples are red");
        comes_back(&bed, &pane, "apples are red");
    });
}

#[test]
fn codex_goes_on() {
    with_agent(|| {
        let bed = codex::bed("");
        let pane = bed.open(&[], codex::READY);
        pane.say("apples are red");
        comes_back(&bed, &pane, "apples are red");
    });
}

/// A conversation in a database: kept as the agent exports it, and imported again.
#[test]
fn opencode_goes_on() {
    with_agent(|| {
        let bed = opencode::Bed::new(OPENCODE_NEWEST);
        let pane = bed.open_ready(&[]);
        pane.prompt("SAY apples are red", "apples are red");
        let id = pane.wait_id(&[]);
        pane.wait_idle();
        let kept = || {
            // The daemon's own may be at it.
            let _ = bed.segno.cli(&["history", "update"]);
            let originals = bed.segno.home().join("archive/originals/opencode");
            std::fs::read_dir(originals).is_ok_and(|mut found| found.next().is_some()).then_some(())
        };
        wait_for("the export in the archive", PATIENCE, kept);
        kill(Pid::from_raw(pane.pid()), Signal::SIGKILL).expect("it runs");
        pane.wait_state("exited");
        let delete = bed.segno.command("opencode").args(["session", "delete", &id]).output();
        assert!(delete.expect("it runs").status.success());

        bed.segno.ok(&["restart", &pane.id]);
        pane.terminal.wait_text("restore it from the archive and resume");
        let asks = bed.segno.status(&pane.id)["asks"].take();
        let number = asks["choices"].as_array().expect("choices").len();
        pane.terminal.keys(&number.to_string());
        pane.terminal.wait_text("apples are red");
        assert_eq!(pane.wait_id(&[]), id);
        pane.wait_idle();
        pane.wait_session();
        pane.prompt("SAY pears are green", "pears are green");
        let sent = bed.model.requests();
        let last = sent.iter().rfind(|request| request.prompt.contains("pears are green"));
        let body = last.expect("the prompt").body.to_string();
        assert!(body.contains("apples are red"), "the model was not sent what was said: {body}");

        // By hand, too; what is there is left alone.
        let there = bed.segno.json(&["history", "restore", &id])["restored"].take();
        assert!(there[0]["there"]["path"].is_string(), "{there:#}");
    });
}
