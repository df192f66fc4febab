//! Every command against the strict stand-ins, as a person and as a program.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use super::log_in;
use crate::scenario::history::with;
use crate::support::segno::{Segno, program};
use crate::support::stand_in::KEY;
use crate::support::stand_in::events::Events;
use crate::support::stand_in::server::Server;
use crate::support::stand_in::sessions::Sessions;

/// What a command prints, in text and as JSON.
fn both(segno: &Segno, args: &[&str]) -> (String, Value) {
    let text = segno.ok(args);
    assert!(!text.trim().is_empty(), "{args:?} says nothing");
    let json = segno.json(&[args, &["--json"]].concat());
    assert_eq!(json["version"], 1, "{args:?}: {json}");
    (text, json)
}

#[test]
fn each_command_speaks_to_people_and_to_programs() {
    let segno = with(&["claude", "codex"]);
    let server = Server::start(Sessions::default());
    let url = server.url.as_str();
    let (done, why) = log_in(&segno, &["opensync", "--url", url, "--name", "own"], "wrong");
    assert!(!done && why.contains("Invalid API key"), "{why}");
    let (done, said) = log_in(&segno, &["opensync", "--url", url, "--name", "own", "--json"], KEY);
    let said: Value = serde_json::from_str(&said).expect("JSON");
    assert!(done && said["target"] == "own" && said["key"] == "key_01…", "{said}");

    let (text, json) = both(&segno, &["sync", "config", "own"]);
    assert!(text.contains("contents = all"), "{text}");
    assert_eq!(json["targets"][0]["contents"], "all");
    let (text, json) = both(&segno, &["sync", "config", "own", "reasoning", "yes"]);
    assert!(text.contains("reasoning = yes") && json["targets"][0]["reasoning"] == "yes");
    let (text, json) = both(&segno, &["sync", "settings"]);
    assert!(text.contains("own") && text.contains("webhook"), "{text}");
    let names = json["services"].as_array().expect("services").iter();
    let names: Vec<_> = names.map(|service| service["name"].clone()).collect();
    assert_eq!(names, ["directory", "hub", "opensync", "stash", "webhook"]);
    assert!(json["settings"].as_array().is_some_and(|all| !all.is_empty()), "{json}");

    let (text, json) = both(&segno, &["sync", "pause", "own"]);
    assert!(text.contains("nothing is sent") && json["paused"] == true, "{text}");
    let (text, json) = both(&segno, &["sync", "status", "own"]);
    assert!(text.contains("paused") && json["targets"][0]["paused"] == true, "{text}");
    let (text, json) = both(&segno, &["sync", "run", "own", "--all"]);
    assert!(text.contains("paused") && json["targets"][0]["paused"] == true, "{text}");
    let (text, _) = both(&segno, &["sync", "resume", "own"]);
    assert!(text.contains("own"), "{text}");

    let (text, shown) = both(&segno, &["sync", "run", "own", "--dry-run"]);
    assert!(text.contains("/sync/session") && !text.contains(KEY), "{text}");
    let report = segno.json(&["sync", "run", "own"])["targets"][0].take();
    assert!(report["problem"].is_null() && report["sent"].as_u64() > Some(3), "{report}");
    // Byte for byte what was shown.
    let sent: Vec<_> = server.seen().into_iter().filter(|seen| seen.method == "POST").collect();
    let shown = shown["requests"].as_array().expect("requests");
    assert_eq!(sent.len(), shown.len());
    for (sent, shown) in sent.iter().zip(shown) {
        assert_eq!(
            (&json!(sent.body), format!("{url}{}", sent.path)),
            (&shown["body"], shown["url"].as_str().expect("an address").to_owned())
        );
    }

    let (text, json) = both(&segno, &["sync", "status"]);
    assert!(text.contains("no problems") && text.contains(url), "{text}");
    assert!(json["targets"][0]["items"].as_u64() > Some(3), "{json}");
    let (text, json) = both(&segno, &["sync", "verify", "own"]);
    assert!(text.contains(" there"), "{text}");
    assert_eq!(json["target"], "own");
    let there = json["there"].as_u64().expect("a count");
    assert_eq!(server.with(|all| all.sessions.len()) as u64, there);
    // What somebody has deleted there is missing, and said to be.
    let gone = server.with(|all| all.sessions.pop_first()).expect("a session").0;
    let missing = segno.cli(&["sync", "verify", "own", "--json"]);
    let missing_text = String::from_utf8_lossy(&missing.stdout);
    assert!(missing.status.code() == Some(1) && missing_text.contains(&gone), "{missing_text}");

    let (text, json) = both(&segno, &["sync", "log", "own"]);
    assert!(text.contains("logged in"), "{text}");
    assert!(json["log"].as_array().is_some_and(|lines| !lines.is_empty()), "{json}");
    let (_, json) = both(&segno, &["sync", "retry", "own"]);
    assert_eq!(json["retried"], 0);
    for command in ["verify", "log", "retry", "logout", "status", "config", "pause", "run"] {
        let (code, why) = segno.fails(&["sync", command, "nobody"]);
        assert!(code == 3 && why.contains("nobody"), "{command}: {code}, {why}");
    }
    let (text, _) = (segno.ok(&["sync", "logout", "own"]), ());
    assert!(text.contains("logged out"), "{text}");
    let (text, json) = both(&segno, &["sync", "status"]);
    assert!(text.contains("nobody has logged in") && json["targets"] == json!([]), "{text}");
}

/// `segno sync login … --browser`, up to the address that it prints.
fn begin(segno: &Segno, args: &[&str]) -> (Child, String, BufReader<impl Read + use<>>) {
    let mut command = segno.command(program());
    command.args(["sync", "login", "stash", "--browser", "--json"]).args(args);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("segno");
    let mut errors = BufReader::new(child.stderr.take().expect("its errors"));
    let (mut said, mut last) = (String::new(), 0);
    while !said[last..].trim().starts_with("http") {
        last = said.len();
        let read = errors.read_line(&mut said).expect("a line");
        assert!(read > 0, "it ended without an address: {said}");
    }
    (child, said[last..].trim().to_owned(), errors)
}

#[test]
fn a_browser_signs_in_and_nothing_is_kept_of_one_that_is_given_up() {
    let mut segno = with(&["codex"]);
    let mut service = Events::new(true);
    service.pending = 1_000_000;
    let server = Server::start(service);
    let page = |line: &str| {
        let wanted = format!("{}/connect-token?session=s-1&device=", server.url);
        assert!(line.starts_with(&wanted), "{line}");
    };
    let (mut child, line, _errors) = begin(&segno, &["--url", &server.url]);
    page(&line);
    segno.wait_for("a question", || (server.count() > 2).then_some(()));
    // As ctrl+c does, which whatever a shell has started in the background ignores.
    kill(Pid::from_raw(child.id() as i32), Signal::SIGTERM).expect("it waits");
    assert!(!child.wait().expect("it ends").success());
    assert!(segno.file("sync/targets/stash.toml").is_none());

    // With a command that opens pages, and an answer that takes a moment.
    let opened = segno.root().join("opened");
    let browser = segno.root().join("browse");
    fs::write(&browser, format!("#!/bin/sh\necho \"$1\" >'{}'\n", opened.display())).expect("it");
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).expect("its rights");
    segno.env("BROWSER", &browser);
    server.with(|all| all.pending = 1);
    let (child, line, mut errors) = begin(&segno, &["--url", &server.url]);
    page(&line);
    let output = child.wait_with_output().expect("it ends");
    let mut more = String::new();
    errors.read_to_string(&mut more).expect("text");
    assert!(output.status.success(), "{more}");
    let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(said["key"] == "key_01…" && said["chosen"]["workspace"] == "w1", "{said}");
    let kept = segno.home().join("sync/keys/stash");
    assert_eq!(fs::metadata(&kept).expect("a key").permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_to_string(&kept).expect("a key").trim(), KEY);
    segno.wait_for("the page", || {
        fs::read_to_string(&opened).is_ok_and(|text| text.trim() == line).then_some(())
    });
    assert!(segno.json(&super::ALL)["targets"][0]["problem"].is_null());
    assert!(!server.with(|all| all.events.is_empty()));
    let (code, why) = segno.fails(&["sync", "login", "directory", "--url", "/x", "--browser"]);
    assert!(code == 2 && why.contains("no page"), "{why}");
}

#[test]
fn what_its_own_programs_have_chosen_is_taken_over() {
    let segno = with(&["codex"]);
    let server = Server::start(Events::new(false));
    let file = segno.user_home().join(".stash/config.json");
    fs::create_dir_all(file.parent().expect("it has one")).expect("a directory");
    let config = json!({ "base_url": server.url, "api_key": KEY, "scope": "s1" });
    fs::write(&file, config.to_string()).expect("a file");
    let said = segno.json(&["sync", "login", "stash"]);
    assert!(said["generation"] == "users" && said["chosen"]["workspace"] == "s1", "{said}");
    assert_eq!(fs::read_to_string(&file).expect("a file"), config.to_string());
    assert!(segno.json(&super::ALL)["targets"][0]["problem"].is_null());
    let scopes: Vec<_> =
        server.seen().iter().map(|s| s.header("x-stash-scope").map(str::to_owned)).collect();
    assert!(scopes.iter().flatten().count() > 1, "{scopes:?}");
}
