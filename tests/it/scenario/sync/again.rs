//! What was held up goes on: one directory's conversations, and what the other side refused.

use std::time::Duration;

use super::{events, log_in, receiving};
use crate::scenario::history::live::{parrots, said};
use crate::scenario::history::with;
use crate::support::segno::program;

#[test]
fn one_directory_is_paused_and_goes_on() {
    let segno = parrots();
    let receiving = receiving();
    assert!(log_in(&segno, &["webhook", "--url", &receiving.url], "k").0);
    let _ = receiving.requests.try_iter().count();
    let tree = segno.directory("tree");
    let here = |words: &[&str]| {
        let output = segno.command(program()).args(words).current_dir(&tree).output();
        let output = output.expect("segno");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    let paused = here(&["sync", "pause", "--here"]);
    assert!(paused.contains(&tree.display().to_string()), "{paused}");
    let (_pane, _id, _terminal) = said(&segno, "polly");
    segno.json(&super::ALL);
    assert!(events(&receiving.requests).is_empty(), "it was said here");
    here(&["sync", "resume", "--here"]);
    segno.json(&super::ALL);
    let sent = events(&receiving.requests);
    assert!(sent.iter().any(|event| event["text"] == "polly"), "{sent:?}");
}

#[test]
fn what_was_refused_is_sent_once_more_when_asked() {
    let segno = with(&["codex"]);
    let receiving = receiving();
    assert!(log_in(&segno, &["webhook", "--url", &receiving.url], "k").0);
    let _ = receiving.requests.try_iter().count();
    *receiving.status.lock().expect("it") = (400, Duration::ZERO);
    let report = segno.json(&super::ALL)["targets"][0].take();
    assert!(report["set_aside"].as_u64() > Some(0) && report["sent"] == 0, "{report}");
    *receiving.status.lock().expect("it") = (200, Duration::ZERO);
    let _ = receiving.requests.try_iter().count();
    // Set aside, with the reason; not tried again by itself.
    assert!(segno.ok(&["sync", "log", "webhook"]).contains("400"));
    assert_eq!(segno.json(&["sync", "run"])["targets"][0]["sent"], 0);
    assert!(events(&receiving.requests).is_empty());
    segno.ok(&["sync", "retry", "webhook"]);
    segno.json(&["sync", "run"]);
    let sent = events(&receiving.requests).len() as u64;
    assert_eq!(Some(sent), report["set_aside"].as_u64());
    // And then never again.
    segno.ok(&["sync", "retry", "webhook"]);
    segno.json(&["sync", "run"]);
    assert!(events(&receiving.requests).is_empty());
}
