//! A hub's pages in a real browser, as a person and as a stranger with a link.

use std::path::Path;

use serde_json::json;

use super::{Hub, token};
use crate::support::agents;
use crate::support::browser::Player;
use crate::support::segno::Segno;

/// Titles, texts and directories that would be markup if a page let them.
const IMAGE: &str = "<img src=x onerror=hacked=1>";
const SCRIPT: &str = "<script>hacked=2</script>";

#[test]
fn a_hub_is_read_searched_and_shared_in_a_browser() {
    let Some(chromium) = Player::chromium() else { return };
    if !agents::agents_enabled() {
        return;
    }
    let segno = Segno::new();
    let hub = Hub::start(&segno, 0);
    let invited = segno.json(&["hub", "users", "add", "ann", "--admin"]);
    segno.ok(&["hub", "teams", "add", "desk"]);
    segno.ok(&["hub", "teams", "join", "desk", "ann"]);
    let token = token(&segno, false);
    let send = |events: serde_json::Value| {
        let body = json!({ "version": 1, "events": events }).to_string();
        let head = format!("Host: {}\r\nAuthorization: Bearer {token}\r\n", hub.address);
        let length = body.len();
        let asked = format!(
            "POST /v1/events HTTP/1.1\r\n{head}Content-Type: application/json\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        let (status, text) = super::plain::request(hub.address, &asked);
        assert_eq!(status, 200, "{text}");
    };
    let of = |kind: &str, id: &str, text: &str| json!({ "kind": kind, "agent": "claude", "conversation": "c1", "id": id, "text": text });
    send(json!([
        { "kind": "session", "agent": "claude", "conversation":
            { "id": "c1", "title": IMAGE, "directory": IMAGE, "branch": SCRIPT, "model": SCRIPT },
          "usage": { "prompt": 12_000, "output": 800, "cost": 0.31 } },
        of("user", "m1", "Where is the giraffe?"),
        of("assistant", "m2", SCRIPT),
        of("assistant", "m4", "[x](javascript:hacked=3) <svg onload=hacked=4></svg> ![](//evil.example/x)"),
        of("assistant", "m3", "The key is ghp_0123456789abcdefghijABCDEFGHIJ012345 there."),
        { "kind": "tool", "agent": "claude", "conversation": "c1", "id": "t1", "tool": IMAGE,
          "input": { "command": SCRIPT }, "output": SCRIPT, "files": [IMAGE] },
    ]));

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/js/hub.mjs");
    let link = invited["url"].as_str().expect("an address");
    let mut player = Player::start(&segno, &chromium, &script, link);
    player.step("listed");
    send(json!([
        { "kind": "session", "agent": "claude", "conversation":
            { "id": "c2", "title": "Something quite new" } },
    ]));
    player.next();
    player.step("done");
    player.ends();
}
