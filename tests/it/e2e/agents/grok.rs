//! Grok Build, which is followed by the files that it keeps of a session.

use serde_json::json;

use crate::e2e::with_agent;
use crate::support::agent::Bed;
use crate::support::agents::install;

const VERSION: &str = "1.0.41";
const READY: &str = "shortcuts";

fn bed() -> Bed {
    let package = install("@xai-official/grok", VERSION);
    let bed = Bed::new("grok", &[&package.join("node_modules/.bin/grok")]);
    let model = format!(
        "[models]\ndefault = \"fake\"\n[model.fake]\nname = \"Fake\"\nmodel = \"m1\"\nbase_url = \"{}\"\n\
         api_key = \"x\"\napi_backend = \"chat_completions\"\n",
        bed.model.base_url()
    );
    bed.write_home(".grok/config.toml", &model);
    bed
}

#[test]
fn comes_back_in_its_conversation() {
    with_agent(|| {
        let bed = bed();
        let mut pane = bed.open(&[], READY);
        // It was chosen before it ran.
        let id = pane.wait_id(&[]);
        pane.wait_arguments(&["--session-id", &id]);
        pane.say("peas are round");
        pane.wait_status("tokens of a turn", |status| status["usage"]["model"] == json!("m1"));
        pane.wait_archived(&id, &["peas are round"]);
        pane.reboots_into(&["--resume", &id], &id, READY);
        pane.terminal.wait_text("peas are round");
        pane.enter("ERR401");
        pane.wait_state("error");
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
