//! What was sent is read back by the service's own programs, where Python is there to run them.

use std::path::Path;

use serde_json::{Value, json};

use super::log_in;
use crate::scenario::history::with;
use crate::support::python::install;
use crate::support::segno::Segno;
use crate::support::stand_in::KEY;
use crate::support::stand_in::events::Events;
use crate::support::stand_in::server::Server;

/// A Segno that has sent all, and where to.
fn sent(workspaces: bool) -> (Segno, Server<Events>) {
    let segno = with(&["claude", "codex"]);
    let server = Server::start(Events::new(workspaces));
    let (done, why) = log_in(&segno, &["stash", "--url", &server.url], KEY);
    assert!(done, "{why}");
    let report = segno.json(&super::ALL)["targets"][0].take();
    assert!(report["sent"].as_u64() > Some(5) && report["problem"].is_null(), "{report}");
    (segno, server)
}

/// What their program answers, as JSON.
fn asked(segno: &Segno, bin: &Path, url: &str, args: &[&str]) -> Value {
    let mut command = segno.command(bin.join("stash"));
    command.args(args).arg("--json").env("STASH_URL", url).env("STASH_API_KEY", KEY);
    let output = command.output().expect("it runs");
    let (text, why) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{args:?}: {text}{why}");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{args:?}: {error}: {text}{why}"))
}

/// Type, text and session of each event, whatever their order.
fn events(all: &Value) -> Vec<String> {
    let one = |event: &Value| {
        json!([event["session_id"], event["event_type"], event["content"]]).to_string()
    };
    let mut all: Vec<_> = all.as_array().expect("a list").iter().map(one).collect();
    all.sort();
    all
}

fn stored(server: &Server<Events>) -> Vec<String> {
    server.with(|there| events(&Value::Array(there.events.clone())))
}

#[test]
fn the_program_of_workspaces_reads_it() {
    let Some(bin) = install("stashai", "0.1.13") else { return };
    let (segno, server) = sent(true);
    let ask = |args: &[&str]| asked(&segno, &bin, &server.url, args);
    assert_eq!(ask(&["whoami"])["name"], "me");
    assert_eq!(events(&ask(&["history", "query", "--ws", "w1", "-n", "200"])), stored(&server));
    let prompts = ask(&["history", "search", "make it fast", "--ws", "w1"]);
    assert!(events(&prompts).iter().any(|event| event.contains("user_message")), "{prompts}");
}

#[test]
fn the_program_of_users_and_scopes_reads_it() {
    let Some(bin) = install("stashai", "0.1.480") else { return };
    let (segno, server) = sent(false);
    let ask = |args: &[&str]| asked(&segno, &bin, &server.url, args);
    assert_eq!(events(&ask(&["sessions", "-n", "200"])), stored(&server));
    let found = ask(&["search", "make it fast"]);
    assert!(found["results"].as_array().is_some_and(|all| !all.is_empty()), "{found}");
}
