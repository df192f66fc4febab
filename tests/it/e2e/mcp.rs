//! Agents that get Segno's server by a toggle of their type call its tools.

use serde_json::json;

use crate::e2e::agents::{claude, codex};
use crate::e2e::with_agent;
use crate::support::agent;
use crate::support::agents::OPENCODE_NEWEST;
use crate::support::opencode;

/// Asks for the panes until the agent has its server, which it starts beside everything else.
#[track_caller]
fn finds_its_own_pane(bed: &agent::Bed, args: &[&str]) {
    let work = bed.work.to_str().expect("a path in UTF-8");
    let new = ["new", "--type", bed.agent(), "--cwd", work, "--on", "mcp"];
    let pane = bed.segno.ok(&[&new[..], args].concat());
    let own = format!("\"pane\":\"{pane}\",\"own\":true");
    for round in 0..8 {
        bed.segno.ok(&["send", &pane, &format!("PANES {round}"), "--enter"]);
        bed.segno.ok(&["wait", &pane, "--for", "idle", "--timeout", "120"]);
        let requests = bed.model.requests();
        // A text of JSON within JSON.
        let carries_result = |body: String| body.replace('\\', "").contains(&own);
        if requests.into_iter().any(|request| carries_result(request.body.to_string())) {
            return;
        }
    }
    panic!("no answer of the tool:\n{}", bed.segno.ok(&["read", &pane]));
}

#[test]
fn claude_calls_a_tool() {
    with_agent(|| {
        let bed = claude::bed_with(&json!({ "permissions": { "allow": ["mcp__segno"] } }));
        finds_its_own_pane(&bed, &claude::ASKS);
    });
}

#[test]
fn codex_calls_a_tool() {
    with_agent(|| finds_its_own_pane(&codex::bed(""), &["--on", "skip_approvals"]));
}

#[test]
fn opencode_calls_a_tool() {
    with_agent(|| finds_its_own_pane(&opencode::Bed::new(OPENCODE_NEWEST), &[]));
}
