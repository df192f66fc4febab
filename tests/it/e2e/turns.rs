//! A prompt that is given by a script, and the wait for what comes of it: the README's own example.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::e2e::agents::{claude, codex};
use crate::e2e::with_agent;
use crate::support::agent;
use crate::support::agents::OPENCODE_NEWEST;
use crate::support::opencode;

/// Turns of each kind: quick ones, and ones in which the model takes its time.
const ROUNDS: usize = 15;

/// Begins with a prompt, and then prompts and waits, again and again; each answer is on the screen
/// when the wait ends.
#[track_caller]
fn prompts_and_waits(bed: &agent::Bed, keyword: &str, args: &[&str]) {
    let work = bed.work.to_str().expect("a path in UTF-8");
    let new = ["new", "--type", bed.agent(), "--cwd", work];
    let first = format!("{keyword} begun-with-this");
    let pane = bed.segno.ok(&[&new[..], &["--prompt", &first], args].concat());
    let answered = |answer: &str| {
        bed.segno.ok(&["wait", &pane, "--for", "idle", "--timeout", "300"]);
        let screen = bed.segno.ok(&["read", &pane, "--lines", "40"]);
        // Once in the prompt, once in the answer.
        assert!(screen.matches(answer).count() > 1, "{answer}:\n{screen}");
    };
    answered("begun-with-this");
    for round in 0..ROUNDS {
        let answer = format!("answer-{round}-");
        bed.segno.ok(&["send", &pane, &format!("{keyword} {answer}"), "--enter"]);
        answered(&answer);
    }
    // Each prompt has arrived once.
    let asked =
        |text: &str| bed.model.requests().iter().filter(|r| r.prompt.contains(text)).count();
    assert!((0..ROUNDS).all(|round| asked(&format!("answer-{round}-")) >= 1));
}

/// A text for an agent that has just been started arrives.
#[track_caller]
fn text_right_after_the_start_arrives(bed: &agent::Bed, args: &[&str]) {
    let work = bed.work.to_str().expect("a path in UTF-8");
    let new = ["new", "--type", bed.agent(), "--cwd", work];
    let pane = bed.segno.ok(&[&new[..], args].concat());
    bed.segno.ok(&["send", &pane, "SAY straight-away", "--enter"]);
    bed.segno.ok(&["wait", &pane, "--for", "idle", "--timeout", "300"]);
    let screen = bed.segno.ok(&["read", &pane]);
    assert!(screen.matches("straight-away").count() > 1, "{screen}");
}

/// A script prompts an agent and gets its answer as text.
#[track_caller]
fn prompts_for_an_answer(bed: &agent::Bed, args: &[&str]) {
    let work = bed.work.to_str().expect("a path in UTF-8");
    let new = ["new", "--type", bed.agent(), "--cwd", work];
    let pane = bed.segno.ok(&[&new[..], args].concat());
    for answer in ["first-answer", "second-answer"] {
        let text = format!("SAY {answer}");
        let said = bed.segno.ok(&["prompt", &pane, &text, "--wait", "--timeout", "300"]);
        assert_eq!(said, answer);
    }
    let said = bed.segno.json(&["prompt", &pane, "SAY third", "--wait", "--timeout", "300"]);
    let said = &said["prompt"];
    assert_eq!((&said["end"], &said["text"]), (&json!("done"), &json!("third")), "{said:#}");
    assert_eq!(said["session"], bed.segno.status(&pane)["session"], "{said:#}");
}

#[test]
fn opencode_answers_a_prompt() {
    with_agent(|| prompts_for_an_answer(&opencode::Bed::new(OPENCODE_NEWEST), &[]));
}

#[test]
fn claude_answers_a_prompt() {
    with_agent(|| prompts_for_an_answer(&claude::bed(), &claude::ASKS));
}

#[test]
fn opencode_answers_quickly() {
    with_agent(|| {
        let bed = opencode::Bed::new(OPENCODE_NEWEST);
        prompts_and_waits(&bed, "SAY", &[]);
    });
}

#[test]
fn opencode_takes_its_time() {
    with_agent(|| {
        let bed = opencode::Bed::new(OPENCODE_NEWEST);
        prompts_and_waits(&bed, "SLOW 0.3", &[]);
    });
}

#[test]
fn opencode_gets_a_text_right_after_its_start() {
    with_agent(|| {
        text_right_after_the_start_arrives(&opencode::Bed::new(OPENCODE_NEWEST), &[]);
    });
}

/// Asked to continue where there is nothing, it is ready when its home screen is.
#[test]
fn opencode_has_nothing_to_continue() {
    with_agent(|| {
        let bed = opencode::Bed::new(OPENCODE_NEWEST);
        let pane = bed.open(&["--", "--continue"]);
        pane.terminal.wait_text(opencode::READY);
        let ready = Instant::now();
        pane.wait_idle();
        // Before the time in which a conversation might still come on screen.
        assert!(ready.elapsed() < Duration::from_secs(8), "{:?}", ready.elapsed());
    });
}

#[test]
fn claude_answers_quickly() {
    with_agent(|| prompts_and_waits(&claude::bed(), "SAY", &claude::ASKS));
}

#[test]
fn claude_takes_its_time() {
    with_agent(|| prompts_and_waits(&claude::bed(), "SLOW 0.3", &claude::ASKS));
}

#[test]
fn claude_gets_a_text_right_after_its_start() {
    with_agent(|| text_right_after_the_start_arrives(&claude::bed(), &claude::ASKS));
}

/// Before its first prompt an agent may want to know whether it is trusted: nothing is typed into
/// that question.
#[test]
fn claude_asks_for_trust() {
    with_agent(|| {
        let bed = claude::bed();
        let file = bed.segno.user_home().join(".claude.json");
        let text = std::fs::read_to_string(&file).expect("its settings");
        let mut settings: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        settings["projects"] = json!({});
        std::fs::write(&file, settings.to_string()).expect("its settings");
        asks_before_the_first_prompt(&bed, &["down", "enter"]);
    });
}

#[test]
fn codex_asks_for_a_sign_in() {
    with_agent(|| {
        let bed = codex::bed("");
        bed.write_home(".codex/config.toml", "check_for_update_on_startup = false\n");
        asks_before_the_first_prompt(&bed, &[]);
    });
}

#[track_caller]
fn asks_before_the_first_prompt(bed: &agent::Bed, answer: &[&str]) {
    let work = bed.work.to_str().expect("a path in UTF-8");
    let pane = bed.segno.ok(&["new", "--type", bed.agent(), "--cwd", work]);
    let (code, why) = bed.segno.fails(&["send", &pane, "SAY hello", "--enter"]);
    assert!(code == 4 && why.contains("waits for you"), "{why}");
    let output = bed.segno.cli(&["wait", &pane, "--for", "done", "--timeout", "60"]);
    assert_eq!(output.status.code(), Some(10));
    let status = bed.segno.status(&pane);
    let detail = status["detail"].as_str().unwrap_or_default();
    assert!(detail.starts_with("trust") || detail.starts_with("sign-in"), "{status:#}");
    if answer.is_empty() {
        return;
    }
    for key in answer {
        bed.segno.ok(&["keys", &pane, key]);
    }
    bed.segno.wait_status(&pane, "a prompt", |status| status["state"] == "idle");
    bed.segno.ok(&["send", &pane, "SAY hello", "--enter"]);
    bed.segno.ok(&["wait", &pane, "--for", "idle", "--timeout", "60"]);
    assert!(bed.segno.ok(&["read", &pane]).matches("hello").count() > 1);
}
