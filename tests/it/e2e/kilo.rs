//! Kilo, which runs OpenCode's trackers.

use serde_json::json;

use crate::e2e::with_agent;
use crate::support::agent::Bed;
use crate::support::agents::{install, platform};

const VERSION: &str = "7.7.7";

pub(super) fn bed() -> Bed {
    let (system, processor) = platform();
    let package = format!("@kilocode/cli-{system}-{processor}");
    let program = install(&package, VERSION).join("node_modules").join(&package).join("bin/kilo");
    let mut bed = Bed::new("kilo", &[&program]);
    let settings = json!({
        "autoupdate": false, "share": "disabled", "model": "fake/m1", "small_model": "fake/m1",
        "provider": {"fake": {
            "npm": "@ai-sdk/openai-compatible", "name": "Fake",
            "options": {"baseURL": bed.model.base_url(), "apiKey": "x"},
            "models": {"m1": {"name": "m1", "limit": {"context": 100_000, "output": 8_000}}},
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
        pane.enter("/new");
        pane.terminal.wait_text("Ask anything");
        pane.say("leeks are long");
        let second = pane.wait_id(&[&first]);
        pane.reboots_into(&["--session", &second], &second, "leeks are long");
        pane.wait_state("idle");
    });
}
