//! Gemini CLI, which is read from its telemetry and its title.

use serde_json::json;

use crate::e2e::with_agent;
use crate::support::agent::Bed;
use crate::support::agents::install;

const VERSION: &str = "0.61.0";
const READY: &str = "Type your message";

fn bed() -> Bed {
    let program = install("@google/gemini-cli", VERSION).join("node_modules/.bin/gemini");
    let mut bed = Bed::new("gemini", &[&program]);
    let settings = json!({
        "security": {"auth": {"selectedType": "gemini-api-key"}, "folderTrust": {"enabled": false}},
        "general": {"enableAutoUpdate": false, "disableAutoUpdate": true, "disableUpdateNag": true},
        "privacy": {"usageStatisticsEnabled": false},
        "model": {"name": "gemini-2.5-flash"},
        "ide": {"hasSeenNudge": true},
    });
    bed.write_home(".gemini/settings.json", &settings.to_string());
    let url = bed.model.base_url();
    let url = url.trim_end_matches("/v1");
    bed.segno.env("GOOGLE_GEMINI_BASE_URL", url).env("GEMINI_API_KEY", "x");
    bed
}

#[test]
fn comes_back_in_its_conversation() {
    with_agent(|| {
        let bed = bed();
        let mut pane = bed.open(&[], READY);
        pane.say("grapes hang");
        let first = pane.wait_id(&[]);
        pane.enter("/clear");
        pane.say("guavas fall");
        let second = pane.wait_id(&[&first]);
        pane.reboots_into(&["--resume", &second], &second, READY);
        pane.say("gourds roll");
        // What was said before goes with it.
        let remembers = |body: &serde_json::Value| body.to_string().contains("guavas fall");
        let asked = bed.model.requests();
        let last = asked.iter().rfind(|request| request.prompt.contains("gourds"));
        assert!(last.is_some_and(|request| remembers(&request.body)));
    });
}
