//! Auggie, followed by the hooks of a plugin that is given at each start.

use std::time::Duration;

use serde_json::json;

use crate::e2e::with_agent;
use crate::support::agent::{Bed, Pane};
use crate::support::agents::{install, node};
use crate::support::segno::for_a_while;

const VERSION: &str = "0.36.0";
const READY: &str = "? to show shortcuts";

fn bed() -> Bed {
    let package = install("@augmentcode/auggie", VERSION);
    let script = package.join("node_modules/@augmentcode/auggie/augment.mjs");
    let mut bed = Bed::new("auggie", &[&node(), &script]);
    let account = json!({
        "accessToken": "x", "scopes": ["read", "write"],
        "tenantURL": format!("http://127.0.0.1:{}/augment/", bed.model.port()),
    });
    // What it says at its first start was read, and nothing is to be sent away as an index.
    let settings = json!({"indexingDenyDirs": [bed.work]});
    bed.write_home(".augment/settings.json", &settings.to_string());
    bed.segno
        .env("AUGMENT_SESSION_AUTH", account.to_string())
        .env("AUGMENT_DISABLE_AUTO_UPDATE", "1");
    bed
}

/// Opens a pane, and goes on past what it shows a new user.
fn open(bed: &Bed) -> Pane<'_> {
    let pane = bed.begin(&[]);
    let ready = || for_a_while(Duration::from_secs(3), || pane.terminal.screen().contains(READY));
    for _ in 0..40 {
        if ready() {
            break;
        }
        pane.terminal.keys("escape");
    }
    pane.wait_state("idle");
    pane
}

#[test]
fn comes_back_in_its_conversation() {
    with_agent(|| {
        let bed = bed();
        let mut pane = open(&bed);
        let first = pane.wait_id(&[]);
        pane.say("plums are blue");
        pane.wait_recorded(&first);
        bed.segno.ok(&["restart", &pane.id, "--fresh"]);
        let second = pane.wait_id(&[&first]);
        // Nothing was said in it: there is none to return to.
        pane.reboot();
        let third = pane.wait_id(&[&first, &second]);
        pane.terminal.wait_text(READY);
        pane.say("quinces are hard");
        pane.reboots_into(&["--resume", &third], &third, READY);
        pane.terminal.wait_text("quinces are hard");
        pane.wait_state("idle");

        // One that was left is found again.
        let work = bed.work.to_str().expect("a path in UTF-8");
        let list = bed.segno.json(&["sessions", "--dir", work])["conversations"].take();
        assert!(list.to_string().contains("plums are blue"), "{list:#}");
        bed.segno.ok(&["restart", &pane.id, "--session", &first]);
        pane.wait_arguments(&["--resume", &first]);
        pane.terminal.wait_text("plums are blue");
        pane.wait_recorded(&first);
    });
}

#[test]
fn asks_when_it_does_not_know_the_conversation() {
    with_agent(|| {
        let bed = bed();
        drop(open(&bed));
        let lost = "01234567-89ab-4cde-8f01-23456789abcd";
        let pane = bed.open(&["--session", lost], "choose another");
        pane.terminal.keys("1");
        pane.terminal.wait_text(READY);
        pane.wait_id(&[lost]);
    });
}
