//! What was held up goes on: one directory's conversations, and what the other side refused.

use std::process::Stdio;
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

#[test]
fn who_stops_it_need_not_wait_for_the_rest() {
    let segno = with(&["claude", "codex", "opencode"]);
    let receiving = receiving();
    assert!(log_in(&segno, &["webhook", "--url", &receiving.url], "k").0);
    let _ = receiving.requests.try_iter().count();
    *receiving.status.lock().expect("it") = (200, Duration::from_millis(500));
    let mut command = segno.command(program());
    let sends = command.args(super::ALL).stdout(Stdio::piped()).spawn().expect("segno");
    receiving.requests.recv_timeout(Duration::from_secs(30)).expect("a request");
    segno.ok(&["sync", "pause"]);
    let _ = receiving.requests.try_iter().count();
    let output = sends.wait_with_output().expect("it ends");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["targets"][0]["paused"], true, "{report}");
    assert_eq!(receiving.requests.try_iter().count(), 0, "nothing more was sent");
    *receiving.status.lock().expect("it") = (200, Duration::ZERO);
    segno.ok(&["sync", "resume"]);
    assert!(segno.json(&super::ALL)["targets"][0]["sent"].as_u64() > Some(0));
}

#[test]
fn what_was_written_by_hand_holds_up_no_other() {
    let segno = with(&["codex"]);
    let receiving = receiving();
    assert!(log_in(&segno, &["webhook", "--url", &receiving.url], "k").0);
    segno.write("sync/targets/broken.toml", "service = [");
    let output = segno.cli(&super::ALL);
    let why = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{why}");
    assert!(why.contains("broken.toml") && why.contains("segno sync logout broken"), "{why}");
    assert!(events(&receiving.requests).len() > 1);
    segno.ok(&["sync", "logout", "broken"]);
    segno.ok(&["sync", "run"]);
    // A service of the user's that cannot be read is not replaced by the one that it replaces.
    segno.write("sinks/webhook.toml", "schema = 2");
    let output = segno.cli(&["sync", "run", "--all"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.code() == Some(1) && said.contains("webhook.toml"), "{said}");
    let (code, why) = segno.fails(&["sync", "config", "webhook", "no", "1"]);
    assert!(code == 2 && why.contains("there is no setting"), "{why}");
    // As agents name it, who know no links.
    let real = segno.directory("real").canonicalize().expect("it").display().to_string();
    let link = segno.root().join("link");
    std::os::unix::fs::symlink(&real, &link).expect("a link");
    let link = format!("{},/no/where", link.display());
    let shown = segno.ok(&[
        "sync",
        "login",
        "directory",
        "--url",
        &real,
        "--set",
        &format!("exclude_directories={link}"),
    ]);
    assert!(shown.contains(&real), "{shown}");
    let shown = segno.ok(&["sync", "config", "directory"]);
    assert!(shown.contains(&format!("exclude_directories = {real},/no/where")), "{shown}");
    let files = segno.directory("files").display().to_string();
    segno.ok(&["sync", "login", "directory", "--url", &files]);
    let (code, why) = segno.fails(&["sync", "config", "directory", "format", "xml"]);
    assert!(code == 2 && why.contains("jsonl, md"), "{why}");
}
