//! Pi, followed by an extension.

use serde_json::json;

use crate::e2e::with_agent;
use crate::support::agent::Bed;
use crate::support::agents::{install, node};

const VERSION: &str = "1.6.0";
pub(in crate::e2e) const READY: &str = "(auto)";

pub(in crate::e2e) fn bed() -> Bed {
    let package = install("@earendil-works/pi-coding-agent", VERSION);
    let script = "node_modules/@earendil-works/pi-coding-agent/dist/bundle/cli.js";
    let mut bed = Bed::new("pi", &[&node(), &package.join(script)]);
    let models = json!({"providers": {"fake": {
        "baseUrl": bed.model.base_url(), "api": "openai-completions", "apiKey": "x",
        "models": [{"id": "m1", "cost": {"input": 1, "output": 2, "cacheRead": 0.1, "cacheWrite": 0}}],
    }}});
    bed.write_home(".pi/agent/models.json", &models.to_string());
    let settings = json!({"defaultProvider": "fake", "defaultModel": "m1"});
    bed.write_home(".pi/agent/settings.json", &settings.to_string());
    bed.segno.env("PI_OFFLINE", "1").env("PI_SKIP_VERSION_CHECK", "1");
    bed
}

#[test]
fn comes_back_in_its_conversation() {
    with_agent(|| {
        let bed = bed();
        let mut pane = bed.open(&[], READY);
        let first = pane.wait_id(&[]);
        // Nothing was said: it is begun again under its own id.
        pane.reboots_into(&["--session-id", &first], &first, READY);
        pane.say("peas are round");
        let used = pane.wait_used(|_| true);
        assert_eq!((&used["key"], &used["model"]), (&json!(first), &json!("m1")), "{used:#}");
        // Dollars for a million tokens: 800 at 1, 200 at a tenth, 50 at 2.
        assert!((used["cost"].as_f64().unwrap() - 0.00092).abs() < 1e-9, "{used:#}");
        pane.wait_archived(&first, &["peas are round"]);
        pane.enter("/new");
        let second = pane.wait_id(&[&first]);
        pane.say("plums are blue");
        pane.is_interrupted();
        pane.enter("ERR401");
        pane.wait_state("error");
        pane.command("/name Stone fruit");
        pane.wait_status("its title", |status| status["session_title"] == "Stone fruit");
        pane.reboots_into(&["--session", &second], &second, READY);
        pane.terminal.wait_text("plums are blue");
    });
}

#[test]
fn asks_when_it_does_not_know_the_conversation() {
    with_agent(|| {
        let bed = bed();
        let (pane, id) = bed.asks_and_begins_anew(READY);
        // It writes over its arguments once it runs.
        let explained = bed.segno.ok(&["status", &pane.id, "--explain"]);
        assert!(explained.contains(&format!("--session-id {id}")), "{explained}");
    });
}
