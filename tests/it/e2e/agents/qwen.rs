//! Qwen Code, whose hooks come as settings of the system.

use serde_json::json;

use crate::e2e::with_agent;
use crate::support::agent::Bed;
use crate::support::agents::install;

const VERSION: &str = "0.24.4";
pub(in crate::e2e) const READY: &str = "Type your message";

pub(in crate::e2e) fn bed() -> Bed {
    let package = install("@qwen-code/qwen-code", VERSION).join("node_modules/.bin/qwen");
    let mut bed = Bed::new("qwen", &[&package]);
    let settings = json!({
        "security": {"auth": {"selectedType": "openai"}, "folderTrust": {"enabled": false}},
        "general": {"enableAutoUpdate": false},
        "privacy": {"usageStatisticsEnabled": false},
        "model": {"name": "m1"},
        "tools": {"approvalMode": "default"},
    });
    bed.write_home(".qwen/settings.json", &settings.to_string());
    let url = bed.model.base_url();
    bed.segno.env("OPENAI_BASE_URL", url).env("OPENAI_API_KEY", "x").env("OPENAI_MODEL", "m1");
    bed
}

#[test]
fn comes_back_in_its_conversation() {
    with_agent(|| {
        let bed = bed();
        let mut pane = bed.open(&[], READY);
        let first = pane.wait_id(&[]);
        pane.say("quinces are hard");
        let used = pane.wait_used(|_| true);
        assert_eq!((&used["key"], &used["model"]), (&json!(first), &json!("m1")), "{used:#}");
        pane.wait_archived(&first, &["quinces are hard"]);
        pane.enter("/clear");
        let second = pane.wait_id(&[&first]);
        pane.say("radishes are hot");
        pane.asks_before("BASH touch asked-for", "Allow execution");
        pane.reboots_into(&["--resume", &second], &second, READY);
        pane.terminal.wait_text("radishes are hot");
    });
}

/// What the user ends, what fails, and an id under which nothing was said.
#[test]
fn says_what_it_does() {
    with_agent(|| {
        let bed = bed();
        let mut pane = bed.open(&[], READY);
        let id = pane.wait_id(&[]);
        pane.reboots_into(&["--session-id", &id], &id, READY);
        pane.wait_state("idle");
        pane.is_interrupted();
        pane.terminal.keys("ctrl+u");
        // Last: what failed is sent again with whatever is said next.
        pane.enter("ERR401");
        let status = pane.wait_state("error");
        assert!(status["detail"].to_string().contains("401"), "{status:#}");
    });
}

#[test]
fn asks_when_it_does_not_know_the_conversation() {
    with_agent(|| {
        let bed = bed();
        let (pane, id) = bed.asks_and_begins_anew(READY);
        pane.wait_arguments(&["--session-id", &id]);
    });
}
