//! Kilo, which runs OpenCode's trackers.

use std::time::Duration;

use serde_json::json;

use crate::e2e::with_agent;
use crate::support::agent::Bed;
use crate::support::agents::{install, platform};
use crate::support::segno::for_a_while;

const VERSION: &str = "7.7.9";

pub(in crate::e2e) fn bed() -> Bed {
    let (system, processor) = platform();
    let package = format!("@kilocode/cli-{system}-{processor}");
    let program = install(&package, VERSION).join("node_modules").join(&package).join("bin/kilo");
    let mut bed = Bed::new("kilo", &[&program]);
    let settings = json!({
        "autoupdate": false, "share": "disabled", "model": "fake/m1", "small_model": "fake/m1",
        "provider": {"fake": {
            "npm": "@ai-sdk/openai-compatible", "name": "Fake",
            "options": {"baseURL": bed.model.base_url(), "apiKey": "x"},
            "models": {"m1": {"name": "m1", "cost": {"input": 1, "output": 2, "cache_read": 0.1}, "limit": {"context": 100_000, "output": 8_000}}},
        }},
    });
    bed.write_home(".config/kilo/kilo.json", &settings.to_string());
    bed.segno.env("KILO_DISABLE_AUTOUPDATE", "1").env("KILO_DISABLE_MODELS_FETCH", "1");
    bed
}

#[test]
fn comes_back_in_its_conversation() {
    with_agent(|| {
        let bed = bed();
        let mut pane = bed.open(&[], "Ask anything");
        pane.say("kale is green");
        let first = pane.wait_id(&[]);
        let used = pane.wait_used(|request| !request.body.to_string().contains("title generator"));
        assert_eq!(
            (&used["key"], &used["context_limit"]),
            (&json!(first), &json!(100_000)),
            "{used:#}"
        );
        assert!((used["cost"].as_f64().unwrap() - 0.00092).abs() < 1e-9, "{used:#}");
        pane.wait_archived(&first, &["kale is green"]);
        pane.enter("/new");
        pane.terminal.wait_text("Ask anything");
        pane.say("leeks are long");
        let second = pane.wait_id(&[&first]);
        pane.enter("HANG");
        pane.wait_state("working");
        pane.terminal.wait_text("Thinking");
        let ended = || {
            pane.terminal.keys("escape escape");
            for_a_while(Duration::from_secs(3), || bed.segno.status(&pane.id)["state"] == "idle")
        };
        assert!((0..10).any(|_| ended()), "the turn did not end");
        pane.enter("ERR401");
        pane.wait_state("error");
        pane.reboots_into(&["--session", &second], &second, "leeks are long");
        pane.wait_state("idle");
    });
}

#[test]
fn asks_when_it_does_not_know_the_conversation() {
    with_agent(|| {
        let bed = bed();
        let lost = "ses_0123456789abcdefghijklmnop";
        let pane = bed.open(&["--session", lost], "choose another");
        pane.terminal.keys("1");
        pane.terminal.wait_text("Ask anything");
        pane.say("mint is fresh");
        pane.wait_id(&[lost]);
    });
}
