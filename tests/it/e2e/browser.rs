//! `segno web` in a real browser.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::support::agents;
use crate::support::browser::Player;
use crate::support::opencode::Bed;
use crate::support::scripted;
use crate::support::web::Web;

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/js").join(name)
}

#[test]
fn a_permission_that_an_agent_asks_for_is_given_and_refused() {
    let Some(chromium) = Player::chromium() else { return };
    super::with_agent(|| {
        let asks = json!({ "permission": { "bash": "ask" } });
        let bed = Bed::with(agents::OPENCODE_NEWEST, 1, asks);
        let pane = bed.open_ready(&[]);
        pane.enter("BASH echo allowed");
        let web = Web::start(&bed.segno, 0);
        let link = format!("http://{}/#code={}", web.address, web.code);
        let mut player = Player::start(&bed.segno, &chromium, &script("answer.mjs"), &link);
        player.step("allowed");
        pane.terminal.wait_text("Ran it.");
        pane.wait_idle();
        pane.enter("BASH touch refused");
        player.next();
        player.step("done");
        player.ends();
        pane.wait_idle();
        assert!(!bed.work.join("refused").exists());
        let log = bed.segno.file("log/web.log").expect("an audit log");
        assert_eq!(log.matches("\"answer\":\"").count(), 2, "{log}");
    });
}

#[test]
fn panes_are_seen_answered_and_typed_in() {
    let Some(chromium) = Player::chromium() else { return };
    if !agents::agents_enabled() {
        return;
    }
    let segno = crate::scenario::history::with(&["claude", "codex"]);
    segno.ok(&["history", "update"]);
    scripted::install(&segno);
    let path = "panes/scripted.toml";
    let ty = segno.file(path).expect("the type");
    segno.write(path, &format!("{ty}[answer]\nscreen = 'ask'\nallow = [\"y\"]\ndeny = [\"n\"]\n"));
    let asks = segno.ok(&["new", "--type", "scripted", "--name", "<img src=x onerror=hacked=1>"]);
    segno.wait_state(&asks, "idle");
    segno.ok(&["send", &asks, "ask", "--enter"]);
    let shell = segno.ok(&["new", "--type", "shell", "--name", "worker"]);
    segno.wait_state(&asks, "blocked");
    let mut web = Web::start(&segno, 0);
    let port = web.address.port();

    let link = format!("http://{}/#code={}", web.address, web.code);
    let mut player = Player::start(&segno, &chromium, &script("browser.mjs"), &link);
    let prints = |text: &str| {
        segno.wait_for(text, || segno.ok(&["read", &shell, "--all"]).contains(text).then_some(()));
    };
    player.step("answered");
    segno.wait_for("the answer", || segno.ok(&["read", &asks]).contains('y').then_some(()));
    player.next();
    player.step("typed");
    segno.kill_daemon();
    player.next();
    player.step("typed without a daemon");
    segno.daemon_start();
    player.next();
    player.step("it is back");
    web.kill();
    player.next();
    player.step("typed without a server");
    let web = Web::start(&segno, port);
    player.next();
    player.step("done");
    prints("phone-45");
    for once in ["browser-42", "later-43", "last-44"] {
        let printed = segno.ok(&["read", &shell, "--all"]);
        assert_eq!(printed.matches(once).count(), 1, "{printed}");
    }
    player.ends();
    drop(web);
}
