//! Conversations that Segno never saw: each agent's are listed with what was said first and last,
//! are resumed when they are picked, and refused while another pane has them.

use serde_json::{Value, json};

use super::agents::{claude, codex, copilot, gemini, kilo, pi, qwen};
use super::with_agent;
use crate::support::agent::{Bed, PATIENCE};
use crate::support::segno::wait_for;

/// Has one without Segno, by command lines for what is said first and what is said then.
fn listed_and_resumed(bed: &Bed, first: &[&str], then: &[&str], ready: &str) {
    let say = |args: &[&str]| {
        let output = bed.segno.command(bed.agent()).args(args).current_dir(&bed.work).output();
        let output = output.expect("the agent can be run");
        assert!(output.status.success(), "{args:?}: {output:?}");
    };
    say(&[first, &["SAY walnuts are brown"]].concat());
    say(&[then, &["SAY yams are heavy"]].concat());

    let work = bed.work.to_str().expect("a path in UTF-8");
    let list = || -> Vec<Value> {
        let list = bed.segno.json(&["sessions", "--dir", work])["conversations"].take();
        list.as_array().expect("a list").clone()
    };
    let found = list();
    assert_eq!(found.len(), 1, "{found:#?}");
    // Some quote words that they are given as one.
    let said = |key: &str| found[0][key].as_str().unwrap_or_default().trim_matches('"').to_owned();
    assert_eq!(said("first_prompt"), "SAY walnuts are brown", "{found:#?}");
    assert_eq!(said("last_prompt"), "SAY yams are heavy", "{found:#?}");
    assert_eq!(found[0]["open_in"], json!(null));
    assert!(found[0]["last_seen"].as_u64() > Some(0), "{found:#?}");
    let id = found[0]["session"].as_str().expect("an id").to_owned();

    // Picked where they are listed. The shell is in the same directory.
    bed.segno.ok(&["new", "--focus", "--type", "shell", "--cwd", work]);
    let terminal = bed.terminal();
    terminal.keys("ctrl+b A");
    terminal.wait_text("walnuts are brown");
    terminal.wait_text("yams are heavy");
    terminal.keys("enter");
    let pane = wait_for("the pane of the conversation", PATIENCE, || {
        let pane = bed.segno.panes().into_iter().find(|pane| pane["session"] == id.as_str())?;
        pane["id"].as_str().map(str::to_owned)
    });
    terminal.wait_text(ready);
    terminal.wait_text("yams are heavy");
    assert_eq!(list()[0]["open_in"], pane.as_str());
    let (_, why) =
        bed.segno.fails(&["new", "--type", bed.agent(), "--cwd", work, "--session", &id]);
    assert!(why.contains(&pane), "{why}");
}

#[test]
fn codex_lists_them() {
    with_agent(|| {
        let first = ["exec", "--skip-git-repo-check"];
        let then = ["exec", "--skip-git-repo-check", "resume", "--last"];
        listed_and_resumed(&codex::bed(""), &first, &then, codex::READY);
    });
}

#[test]
fn claude_lists_them() {
    with_agent(|| listed_and_resumed(&claude::bed(), &["-p"], &["-c", "-p"], claude::READY));
}

#[test]
fn qwen_lists_them() {
    with_agent(|| listed_and_resumed(&qwen::bed(), &["-p"], &["-c", "-p"], qwen::READY));
}

#[test]
fn copilot_lists_them() {
    with_agent(|| {
        listed_and_resumed(&copilot::bed(), &["-p"], &["--continue", "-p"], copilot::READY);
    });
}

#[test]
fn pi_lists_them() {
    with_agent(|| listed_and_resumed(&pi::bed(), &["-p"], &["-c", "-p"], pi::READY));
}

#[test]
fn kilo_lists_them() {
    with_agent(|| {
        listed_and_resumed(&kilo::bed(), &["run"], &["run", "--continue"], "ctrl+p");
    });
}

#[test]
fn gemini_lists_them() {
    with_agent(|| {
        let then = ["--resume", "latest", "-p"];
        listed_and_resumed(&gemini::bed(), &["-p"], &then, gemini::READY);
    });
}
