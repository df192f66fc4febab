//! GitHub Copilot CLI, whose hooks come as a plugin.

use std::time::Duration;

use serde_json::json;

use crate::e2e::with_agent;
use crate::support::agent::Bed;
use crate::support::agents::{install, platform};
use crate::support::segno::for_a_while;

const VERSION: &str = "1.0.102";
pub(in crate::e2e) const READY: &str = "/ commands";

pub(in crate::e2e) fn bed() -> Bed {
    let (system, processor) = platform();
    let packages = install("@github/copilot", VERSION).join("node_modules/@github");
    let mut bed =
        Bed::new("copilot", &[&packages.join(format!("copilot-{system}-{processor}/copilot"))]);
    let settings = json!({"trustedFolders": [bed.work]});
    bed.write_home(".copilot/config.json", &settings.to_string());
    let url = bed.model.base_url();
    bed.segno
        .env("COPILOT_PROVIDER_BASE_URL", url)
        .env("COPILOT_PROVIDER_TYPE", "openai")
        .env("COPILOT_PROVIDER_API_KEY", "x")
        .env("COPILOT_MODEL", "m1")
        .env("COPILOT_OFFLINE", "true")
        .env("COPILOT_AUTO_UPDATE", "false");
    bed
}

#[test]
fn comes_back_in_its_conversation() {
    with_agent(|| {
        let bed = bed();
        let mut pane = bed.open(&[], READY);
        pane.say("coconuts are heavy");
        let first = pane.wait_id(&[]);
        let used = pane.wait_used(|_| true);
        assert_eq!((&used["key"], &used["model"]), (&json!(first), &json!("m1")), "{used:#}");
        assert_eq!(used["context_limit"], 128_000, "{used:#}");
        pane.wait_archived(&first, &["coconuts are heavy"]);
        pane.enter("/clear");
        pane.terminal.wait_text("fresh session");
        pane.say("currants are small");
        let second = pane.wait_id(&[&first]);
        pane.asks_before("BASH touch asked-for", "Do you want to run");

        // It takes two, quickly after each other, for the end of a turn.
        pane.enter("HANG");
        pane.wait_state("working");
        pane.terminal.wait_text("Thinking");
        let ended = || {
            pane.terminal.keys("escape escape");
            for_a_while(Duration::from_secs(3), || !pane.terminal.screen().contains("interrupt"))
        };
        assert!((0..10).any(|_| ended()), "the turn did not end");
        pane.wait_state("idle");

        let resume = format!("--resume={second}");
        pane.reboots_into(&[&resume], &second, READY);
        pane.terminal.wait_text("currants are small");
    });
}

/// What fails, and an id under which nothing was said.
#[test]
fn says_what_it_does() {
    with_agent(|| {
        let bed = bed();
        let mut pane = bed.open(&[], READY);
        let id = pane.wait_id(&[]);
        pane.reboots_into(&[&format!("--session-id={id}")], &id, READY);
        pane.enter("ERR401");
        pane.wait_state("error");
        pane.say("dewberries are blue");
    });
}

#[test]
fn asks_when_it_does_not_know_the_conversation() {
    with_agent(|| {
        let bed = bed();
        let (pane, id) = bed.asks_and_begins_anew(READY);
        pane.wait_arguments(&[&format!("--session-id={id}")]);
    });
}
