//! `segno web` by the words of `docs/web.md`, with a client that is no browser.

mod flood;

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::scripted;
use crate::support::segno::{Segno, program};
use crate::support::web::{Pane, Web};

/// A Segno with a shell in a pane.
fn with_shell() -> (Segno, String) {
    let segno = Segno::new();
    let pane = segno.ok(&["new", "--type", "shell"]);
    segno.wait_state(&pane, "running");
    (segno, pane)
}

#[test]
fn one_pane_is_shown_in_its_own_size_and_typed_in() {
    let (segno, pane) = with_shell();
    segno.ok(&["new", "--split", "right", "--of", &pane]);
    let web = Web::start(&segno, 0);
    let cookie = web.sign_in(&web.code);
    let mut phone = Pane::open(&web, &cookie, &pane, (44, 21), 1, 0);
    // Nobody else looks: the pane takes the size, without what is beside it.
    phone.wait_text("\x1b[8;21;44t");
    phone.typed(1, "stty size\r");
    phone.wait_text("21 44");
    // Every key is the program's: none is a command of Segno's.
    phone.typed(2, ": \x02c\recho typ''ed\r");
    phone.wait_text("typed");
    assert_eq!(segno.panes().len(), 2);

    // The desk's size counts as soon as somebody is there, and the phone's does not change it.
    let desk = segno.terminal();
    desk.wait_text("stty size");
    let screen = segno.json(&["read", &pane])["screen"].take();
    let size = format!("\x1b[8;{};{}t", screen["rows"], screen["cols"]);
    assert_ne!(size, "\x1b[8;21;44t");
    phone.wait_text(&size);
    let before = segno.status(&pane);
    let watcher =
        segno.json(&["web", "tokens", "new", "--may", "watch", "--pane", &pane])["token"].take();
    let code = watcher["code"].as_str().expect("a code");
    let tv = web.sign_in(code);
    let mut tv = Pane::open(&web, &tv, &pane, (10, 5), 2, 0);
    tv.wait_text(&size);
    assert_eq!(segno.status(&pane)["pid"], before["pid"]);

    // Who only looks does not type.
    tv.typed(1, "exit\r");
    assert_eq!(tv.closed(), Some(4403));
    let mut gone = web.channel("/ws/panes/p9", &cookie);
    let token = "0".repeat(32);
    gone.send(
        1,
        json!({ "cols": 9, "rows": 9, "token": token, "acked": 0 }).to_string().as_bytes(),
    );
    assert_eq!(gone.closed(), Some(4404));
    let log = segno.file("log/web.log").expect("an audit log");
    assert!(log.contains("login") && log.contains("beyond scope"), "{log}");
    assert!(!log.contains(code), "{log}");
}

#[test]
fn no_key_is_lost_or_doubled_when_the_daemon_is_killed() {
    let (segno, pane) = with_shell();
    let web = Web::start(&segno, 0);
    let cookie = web.sign_in(&web.code);
    let mut browser = Pane::open(&web, &cookie, &pane, (60, 20), 1, 0);
    browser.typed(1, "cat > keys\r");
    browser.wait_acked(1);
    let mut typed = 1;
    for round in 0..2 {
        for n in 0..10 {
            typed += 1;
            browser.typed(typed, &format!("{round}-{n}\r"));
        }
        segno.kill_daemon();
        while browser.take() {}
        // What a page does by itself: it comes back, and sends again what is not acknowledged.
        let acked = browser.acked;
        browser = segno.wait_for("another daemon", || {
            segno.daemon_start();
            Some(Pane::open(&web, &cookie, &pane, (60, 20), 1, acked))
        });
        for seq in browser.acked + 1..=typed {
            let n = seq - 2;
            browser.typed(seq, &format!("{}-{}\r", n / 10, n % 10));
        }
        browser.wait_acked(typed);
    }
    browser.typed(typed + 1, "\x04");
    let wanted: String = (0..20).map(|n| format!("{}-{}\n", n / 10, n % 10)).collect();
    let keys = segno.user_home().join("keys");
    segno.wait_for("all keys, once", || {
        let found = std::fs::read_to_string(&keys).ok()?;
        assert!(wanted.starts_with(&found), "{found}");
        (found == wanted).then_some(())
    });
}

#[test]
fn a_flood_costs_no_more_than_what_is_drawn() {
    let (segno, pane) = with_shell();
    let web = Web::start(&segno, 0);
    let cookie = web.sign_in(&web.code);
    let mut browser = Pane::open(&web, &cookie, &pane, (80, 24), 1, 0);
    browser.typed(1, "yes flooded\r");
    browser.wait_text("flooded");
    // It says no more what it has drawn: a frame or two come, and then nothing.
    browser.within(Duration::from_secs(1));
    let before = browser.output.len();
    while browser.take() {}
    let undrawn = browser.output.len() - before;
    assert!(undrawn < 64 * 1024, "{undrawn} bytes that nobody draws");
    browser.within(Duration::from_secs(20));
    browser.send(&segno_wire::frame::FromClient::Shown(browser.output.len() as u64));
    let mut again = Pane::open(&web, &cookie, &pane, (80, 24), 2, 0);
    again.wait_text("flooded");
    again.typed(1, "\x03");
    again.wait_acked(1);
}

#[test]
fn what_waits_is_seen_and_answered() {
    let segno = Segno::new();
    scripted::install(&segno);
    let path = "panes/scripted.toml";
    let ty = segno.file(path).expect("the type");
    segno.write(path, &format!("{ty}[answer]\nscreen = 'ask'\nallow = [\"y\", \"enter\"]\n"));
    let pane = segno.ok(&["new", "--type", "scripted"]);
    segno.wait_state(&pane, "idle");
    let web = Web::start(&segno, 0);
    let cookie = web.sign_in(&web.code);
    let mut overview = web.channel("/ws/overview", &cookie);
    let mut next = |wanted: &str| loop {
        let (_, said) = overview.next().expect("the overview");
        let said: Value = serde_json::from_slice(&said).expect("JSON");
        let first = said["panes"].get(0).cloned().unwrap_or_default();
        if first["state"] == wanted {
            break first;
        }
    };
    assert_eq!(next("idle")["answers"], json!([]));
    segno.ok(&["send", &pane, "ask", "--enter"]);
    let asks = next("blocked");
    assert_eq!(asks["detail"], "question: which one");
    assert_eq!(asks["answers"][0], json!({ "name": "allow", "label": "Allow" }));

    // The overview goes on with the next daemon.
    segno.kill_daemon();
    segno.daemon_start();
    let asks = segno.wait_state(&pane, "blocked");
    let answer = json!({ "answer": "allow", "since": asks["since"] });
    let path = format!("/api/panes/{pane}/answer");
    let answered = web.post(&path, &cookie, &answer);
    assert_eq!(answered.0, 200, "{answered:?}");
    segno.wait_for("the keys", || segno.ok(&["read", &pane]).contains("y").then_some(()));
    segno.ok(&["send", &pane, "say on and on", "--enter"]);
    next("idle");
}

#[test]
fn past_conversations_are_found_and_saved() {
    let segno = crate::scenario::history::with(&["claude"]);
    segno.ok(&["history", "update"]);
    let web = Web::start(&segno, 0);
    let cookie = web.sign_in(&web.code);
    let list = segno.json(&["history", "list"]);
    let first = &list["conversations"][0];
    let json = |path: &str| -> Value {
        let (status, text) = web.get(path, &cookie);
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(text.split_once("\r\n\r\n").expect("a body").1).expect("JSON")
    };
    assert_eq!(json("/api/history/search")["conversations"][0], *first);
    let id = format!("{}:{}", first["agent"].as_str().unwrap(), first["id"].as_str().unwrap());
    assert_eq!(json(&format!("/api/history/show?id={id}"))["conversation"]["id"], first["id"]);
    assert!(json("/api/history/stats")["total"]["messages"].as_u64() > Some(0));
    let (status, saved) = web.get(&format!("/api/history/export?id={id}&format=md"), &cookie);
    assert_eq!(status, 200);
    let markdown = segno.ok(&["history", "export", &id, "--format", "md"]);
    assert!(saved.contains(markdown.lines().next().unwrap()), "{saved}");
    assert_eq!(web.get("/api/history/show?id=nothing", &cookie).0, 404);
    assert_eq!(web.get("/api/history/export?id=x&format=exe", &cookie).0, 400);
}

#[test]
fn a_token_names_a_server_that_runs_and_a_pane_by_its_name() {
    let segno = Segno::new();
    let pane = segno.ok(&["new", "--name", "builder"]);
    let new = || segno.json(&["web", "tokens", "new", "--pane", "builder"])["token"].take();
    let url = |token: &Value| token["url"].as_str().expect("an address").to_string();
    let token = new();
    assert!(token["serving"] == false && token["over"].to_string().contains(&pane), "{token}");
    let mut web = Web::start(&segno, 0);
    let at = format!("http://{}/", web.address);
    let token = new();
    assert!(token["serving"] == true && url(&token).starts_with(&at), "{token}");
    web.kill();
    let token = new();
    assert!(token["serving"] == false && !url(&token).starts_with(&at), "{token}");

    let mut command = segno.command(program());
    command.args(["web", "--listen", "localhost:0", "--json"]).stdout(Stdio::piped());
    let mut child = command.spawn().expect("segno can be run");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    let _ = child.kill();
    let _ = child.wait();
    let shown: Value = serde_json::from_str(&line).expect("JSON");
    assert!(shown["address"].to_string().contains("127.0.0.1"), "{shown}");
    assert!(shown["url"].to_string().contains(shown["code"].as_str().expect("a code")), "{shown}");
}

#[test]
fn tokens_are_listed_and_revoked_and_outlive_the_server() {
    let (segno, _) = with_shell();
    let mut web = Web::start(&segno, 0);
    let cookie = web.sign_in(&web.code);
    let list = segno.json(&["web", "tokens"]);
    let token = list["tokens"][0].clone();
    assert_eq!((&token["may"], &token["over"]), (&json!("full"), &json!("all")));
    // The next server knows the same browsers.
    let port = web.address.port();
    web.kill();
    let web = Web::start(&segno, port);
    assert_eq!(web.get("/api/me", &cookie).0, 200);
    let made =
        segno.ok(&["web", "tokens", "new", "--may", "watch", "--for", "12h", "--name", "tv"]);
    assert!(made.contains(&format!("http://{}/#code=", web.address)), "{made}");
    assert!(segno.ok(&["web", "tokens", "list"]).contains("watch all"));
    segno.ok(&["web", "tokens", "revoke", token["id"].as_str().expect("an id")]);
    assert_eq!(web.get("/api/me", &cookie).0, 401);
    let (code, said) = segno.fails(&["web", "tokens", "revoke", "nobody"]);
    assert!(code == 3 && said.contains("segno web tokens"), "{said}");
    segno.ok(&["web", "tokens", "revoke", "--all"]);
    assert_eq!(segno.json(&["web", "tokens"])["tokens"], json!([]));
    let (code, said) = segno.fails(&["web", "--listen", "0.0.0.0:0"]);
    assert!(code == 4 && said.contains("--tls"), "{said}");
}
