//! Agents that open panes for their teammates, as they do in tmux.

use serde_json::json;

use crate::e2e::agents::claude;
use crate::e2e::with_agent;
use crate::support::agent::PATIENCE;
use crate::support::segno::wait_for;

#[test]
fn claude_gets_a_pane_for_its_teammate() {
    with_agent(|| {
        let bed = claude::bed_with(&json!({}));
        let segno = &bed.segno;
        let work = bed.work.to_str().expect("a path in UTF-8");
        let new = ["new", "--type", bed.agent(), "--cwd", work, "--on", "teams"];
        let leader = segno.ok(&[&new[..], &claude::ASKS].concat());
        segno.ok(&["prompt", &leader, "MATE helper SAY all grapes are blue"]);
        let mate = wait_for("the teammate's pane", PATIENCE, || {
            segno.panes().into_iter().find(|pane| pane["parent"] == json!(leader))
        });
        let mate = mate["id"].as_str().expect("an id");
        segno.ok(&["wait", mate, "--for", "output=all grapes are blue", "--timeout", "120"]);
        let status = segno.status(mate);
        assert_eq!((&status["name"], &status["tab"]["id"]), (&json!("helper"), &json!("t1")));
        let tree = segno.ok(&["ls", "--tree"]);
        assert!(tree.contains(&format!("\n  {mate} ")), "{tree}");
        // The last pane's end would be the daemon's.
        let other = segno.ok(&["new", "--type", "command", "--", "cat"]);
        segno.ok(&["close", &leader, "--children"]);
        let left: Vec<_> = segno.panes().iter().map(|pane| pane["id"].clone()).collect();
        assert_eq!(left, [other]);
    });
}
