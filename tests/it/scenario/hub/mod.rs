//! `segno hub` by the words of `docs/hub.md`: from nothing to a conversation that is found there.

mod browser;

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use super::history::with;
use crate::support::agents::{self, agents_enabled, node};
use crate::support::python::install;
use crate::support::segno::{Segno, program};
use crate::support::web::plain;

/// A hub of this Segno's; killed when dropped.
struct Hub {
    child: Child,
    address: SocketAddr,
}

impl Drop for Hub {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Hub {
    /// On a port that is free, or on this one.
    fn start(segno: &Segno, port: u16) -> Self {
        let mut command = segno.command(program());
        command.args(["hub", "--listen", &format!("127.0.0.1:{port}")]).stdout(Stdio::piped());
        let mut child = command.spawn().expect("segno can be run");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let url = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("The hub is at http://")?.trim().parse().ok());
        Self { child, address: url.expect("it says where it is") }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn page(&self, method: &str, path: &str, cookie: &str, body: &Value) -> (u16, String) {
        let (head, body) = (plain::head(self.address), body.to_string());
        let length = body.len();
        let asked = format!(
            "{method} {path} HTTP/1.1\r\n{head}Cookie: {cookie}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        plain::request(self.address, &asked)
    }

    /// What a page is answered.
    fn json(&self, path: &str, cookie: &str) -> Value {
        let (status, text) = self.page("GET", path, cookie, &Value::Null);
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(text.split_once("\r\n\r\n").expect("a body").1).expect("JSON")
    }

    fn sign_in(&self, code: &str) -> String {
        let (status, text) = self.page("POST", "/api/login", "", &json!({ "code": code }));
        assert_eq!(status, 200, "{text}");
        let line = text.lines().find_map(|line| line.strip_prefix("set-cookie: "));
        line.and_then(|line| line.split(';').next()).expect("a cookie").to_owned()
    }

    /// Ids of the conversations that a search finds.
    fn found(&self, words: &str, cookie: &str) -> Vec<String> {
        let report = self.json(&format!("/api/history/search?q={words}"), cookie);
        let results = report["results"].as_array().expect("results").iter();
        results.map(|found| found["conversation"]["id"].as_str().expect("an id").into()).collect()
    }
}

/// `segno sync login … --key-stdin`.
fn log_in(segno: &Segno, args: &[&str], key: &str) {
    let mut command = segno.command(program());
    command.args(["sync", "login"]).args(args).arg("--key-stdin");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("segno");
    child.stdin.take().expect("its input").write_all(key.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("its output");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn token(segno: &Segno, read: bool) -> String {
    let may: &[&str] = if read { &["--read"] } else { &[] };
    let args = [&["hub", "devices", "add", "--user", "ann", "laptop"], may].concat();
    segno.json(&args)["token"].as_str().expect("a token").to_owned()
}

#[test]
fn what_is_said_on_a_machine_is_found_in_the_hub() {
    let segno = with(&["claude", "codex"]);
    let mut hub = Hub::start(&segno, 0);
    let invited = segno.json(&["hub", "users", "add", "ann", "--admin"]);
    // Where it really is, whatever the port; and a name that is given wins.
    let link = invited["url"].as_str().expect("an address").to_owned();
    assert!(link.starts_with(&format!("{}/#code=", hub.url())), "{link}");
    let named = ["hub", "--public-url", "https://hub.example/", "invite", "ann"];
    let link = segno.json(&named)["url"].as_str().expect("an address").to_owned();
    assert!(link.starts_with("https://hub.example/#code="), "{link}");
    let cookie = hub.sign_in(invited["code"].as_str().expect("a code"));
    log_in(&segno, &["hub", "--url", &hub.url()], &token(&segno, false));
    let sent = segno.json(&["sync", "run", "--all"])["targets"][0].take();
    assert!(sent["problem"].is_null() && sent["sent"].as_u64() > Some(3), "{sent}");
    let verified = segno.json(&["sync", "verify", "hub"]);
    assert!(verified["missing"].as_array().is_some_and(Vec::is_empty), "{verified}");

    // The same words find the same in the hub and here.
    let here = segno.json(&["history", "search", "bug"]);
    let here: Vec<&str> = here["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|found| found["conversation"]["id"].as_str().expect("an id"))
        .collect();
    let mut there = hub.found("bug", &cookie);
    assert!(!here.is_empty());
    assert_eq!(there.len(), here.len(), "{there:?}, {here:?}");
    there.retain(|id| !here.contains(&id.as_str()));
    assert!(there.is_empty(), "{there:?}");
    let id = here[0].to_owned();
    let shown = hub.json(&format!("/api/history/show?id={id}"), &cookie);
    let local = segno.json(&["history", "show", &id])["conversations"][0].take();
    let texts = |shown: &Value| {
        let entries = shown["entries"].as_array().expect("entries").iter();
        let said = entries.filter(|entry| entry["role"] == "user");
        said.map(|entry| entry["text"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(texts(&shown), texts(&local));

    // A hub that is killed, and a machine that does not know what has arrived: nothing is doubled.
    let count = |hub: &Hub| hub.json("/api/history/stats", &cookie)["total"].clone();
    let before = count(&hub);
    let port = hub.address.port();
    hub.child.kill().expect("it runs");
    hub.child.wait().expect("it ends");
    std::fs::remove_file(segno.home().join("sync/state.db")).expect("what was sent");
    let refused = segno.cli(&["sync", "run", "--all", "--json"]);
    assert!(!refused.status.success());
    let refused: Value = serde_json::from_slice(&refused.stdout).expect("JSON");
    assert!(!refused["targets"][0]["problem"].is_null(), "{refused}");
    drop(hub);
    let hub = Hub::start(&segno, port);
    segno.ok(&["sync", "retry", "hub"]);
    let again = segno.json(&["sync", "status", "hub"])["targets"][0].take();
    assert!(again["problem"].is_null() && again["items"].as_u64() > Some(3), "{again}");
    assert_eq!(count(&hub), before);

    // What is forgotten here is deleted there.
    segno.ok(&["history", "forget", &id, "--yes"]);
    segno.ok(&["sync", "run"]);
    assert!(!hub.found("bug", &cookie).contains(&id));
    let (status, _) = hub.page("GET", &format!("/api/history/show?id={id}"), &cookie, &Value::Null);
    assert_eq!(status, 404);
}

#[test]
fn sinks_made_for_other_services_point_at_a_hub() {
    let segno = with(&["codex"]);
    let hub = Hub::start(&segno, 0);
    let invited = segno.json(&["hub", "users", "add", "ann"]);
    let cookie = hub.sign_in(invited["code"].as_str().expect("a code"));
    let key = token(&segno, true);
    for service in ["opensync", "stash"] {
        log_in(&segno, &[service, "--url", &hub.url()], &key);
        let sent = segno.json(&["sync", "run", service, "--all"])["targets"][0].take();
        assert!(sent["problem"].is_null() && sent["sent"].as_u64() > Some(1), "{service}: {sent}");
        let listed = hub.json("/api/history/search", &cookie)["conversations"].take();
        let listed = listed.as_array().expect("a list");
        assert!(listed.iter().all(|of| of["agent"] == "codex"), "{service}: {listed:?}");
        assert!(!listed.is_empty(), "{service}");
    }
    let verified = segno.json(&["sync", "verify", "opensync"]);
    assert!(verified["missing"].as_array().is_some_and(Vec::is_empty), "{verified}");
}

#[test]
fn a_machine_is_let_in_by_its_owner_in_a_browser_and_out_again() {
    let segno = with(&["codex"]);
    let hub = Hub::start(&segno, 0);
    let invited = segno.json(&["hub", "users", "add", "ann"]);
    let cookie = hub.sign_in(invited["code"].as_str().expect("a code"));
    let mut command = segno.command(program());
    command.args(["sync", "login", "hub", "--browser", "--url", &hub.url()]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("segno");
    let lines = BufReader::new(child.stderr.take().expect("its errors")).lines();
    let session = lines.map_while(Result::ok).find_map(|line| {
        line.trim().rsplit_once("/#/device/").map(|(_, session)| session.to_owned())
    });
    let session = session.expect("an address");
    let allow = json!({ "session": session });
    assert_eq!(hub.page("POST", "/api/devices/allow", "", &allow).0, 401);
    let waiting = hub.json(&format!("/api/devices/waiting?session={session}"), &cookie);
    assert!(waiting["device"].is_string(), "{waiting}");
    assert_eq!(hub.page("POST", "/api/devices/allow", &cookie, &allow).0, 200);
    assert!(child.wait().expect("it ends").success());
    assert!(segno.json(&["sync", "run", "--all"])["targets"][0]["problem"].is_null());

    let devices = segno.json(&["hub", "devices", "list"])["devices"].take();
    let id = devices[0]["id"].to_string();
    assert_eq!(devices[0]["may"], "write");
    segno.ok(&["hub", "devices", "revoke", &id]);
    let (code, why) = segno.fails(&["sync", "verify", "hub"]);
    assert!(code != 0 && why.contains("401"), "{why}");

    // Sharing by command: a preview, a link, and no link.
    let list = hub.json("/api/history/search", &cookie);
    let native = list["conversations"][0]["id"].as_str().expect("an id");
    let preview = segno.ok(&["hub", "share", "preview", "--user", "ann", native]);
    let link = segno.json(&["hub", "share", "link", "--user", "ann", native]);
    let url = link["url"].as_str().expect("an address");
    let path = &url[url.find("/s/").expect("a link")..];
    let (status, text) = hub.page("GET", &format!("{path}?format=md"), "", &Value::Null);
    assert!(status == 200 && text.contains(preview.lines().next().expect("a line")), "{text}");
    let links = segno.json(&["hub", "share", "list", "--user", "ann"]);
    assert_eq!(links["links"][0]["views"], 1);
    segno.ok(&["hub", "share", "revoke", "--user", "ann", &links["links"][0]["id"].to_string()]);
    assert_eq!(hub.page("GET", path, "", &Value::Null).0, 404);
    let (code, why) = segno.fails(&["hub", "invite", "nobody"]);
    assert!(code == 3 && why.contains("segno hub users list"), "{why}");
}

/// What a program made for another service prints, as JSON.
fn asked(segno: &Segno, program: &std::path::Path, hub: &Hub, key: &str, args: &[&str]) -> Value {
    let mut command = segno.command(program);
    command.args(args).arg("--json").env("STASH_URL", hub.url()).env("STASH_API_KEY", key);
    let output = command.output().expect("it runs");
    let (text, why) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{args:?}: {text}{why}");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{args:?}: {error}: {text}{why}"))
}

#[test]
fn a_services_own_programs_of_both_generations_use_a_hub() {
    let (old, new) = (install("stashai", "0.1.13"), install("stashai", "0.1.480"));
    let (Some(old), Some(new)) = (old, new) else { return };
    let segno = with(&["claude", "codex"]);
    let hub = Hub::start(&segno, 0);
    segno.ok(&["hub", "users", "add", "ann"]);
    let key = token(&segno, true);
    log_in(&segno, &["stash", "--url", &hub.url()], &key);
    let sent = segno.json(&["sync", "run", "--all"])["targets"][0].take();
    assert!(sent["problem"].is_null(), "{sent}");
    let old = |args: &[&str]| asked(&segno, &old.join("stash"), &hub, &key, args);
    assert_eq!(old(&["whoami"])["name"], "ann");
    let workspace = "00000000-0000-4000-8000-000000000001";
    let all = old(&["history", "query", "--ws", workspace, "-n", "200"]);
    let prompts = old(&["history", "search", "make it fast", "--ws", workspace]);
    let is_prompt = |event: &Value| event["event_type"] == "user_message";
    assert!(prompts.as_array().expect("a list").iter().any(is_prompt), "{prompts}");
    let new = |args: &[&str]| asked(&segno, &new.join("stash"), &hub, &key, args);
    let same = new(&["sessions", "-n", "200"]);
    assert_eq!(same.as_array().expect("a list").len(), all.as_array().expect("a list").len());
    let found = new(&["search", "make it fast"]);
    assert!(found["results"].as_array().is_some_and(|all| !all.is_empty()), "{found}");
}

#[test]
fn a_services_own_plugin_sends_to_a_hub() {
    if !agents_enabled() {
        return;
    }
    let package = agents::install("claude-code-sync", "0.1.15");
    let program = package.join("node_modules/claude-code-sync/dist/cli.js");
    let segno = Segno::new();
    let hub = Hub::start(&segno, 0);
    let invited = segno.json(&["hub", "users", "add", "ann"]);
    let cookie = hub.sign_in(invited["code"].as_str().expect("a code"));
    let key = token(&segno, false).replacen("sgd_", "osk_", 1);
    let hook = |event: &str, input: Value| {
        let mut command = segno.command(node());
        command.arg(&program).args(["hook", event]);
        command.env("CLAUDE_SYNC_CONVEX_URL", hub.url()).env("CLAUDE_SYNC_API_KEY", &key);
        command.env("NO_PROXY", "127.0.0.1").stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.spawn().expect("it runs");
        let mut input = input;
        input["session_id"] = json!("5e551017-0000-4000-8000-000000000001");
        input["cwd"] = json!("/src/app");
        let text = input.to_string();
        child.stdin.take().expect("its input").write_all(text.as_bytes()).expect("it reads");
        assert!(child.wait().expect("it ends").success(), "{event}");
    };
    hook("SessionStart", json!({ "source": "startup" }));
    hook("UserPromptSubmit", json!({ "prompt": "Where is the giraffe?" }));
    let ran = json!({
        "tool_name": "Bash", "tool_use_id": "toolu_1", "tool_input": { "command": "ls" },
        "tool_response": { "stdout": "giraffe.txt" },
    });
    hook("PostToolUse", ran);
    assert_eq!(hub.found("giraffe", &cookie).len(), 1);
    let listed = hub.json("/api/history/search", &cookie);
    assert_eq!(listed["conversations"][0]["agent"], "claude", "{listed}");
}
