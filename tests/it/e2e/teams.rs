//! Agents that open panes for their teammates, as they do in tmux.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::e2e::agents::claude;
use crate::e2e::with_agent;
use crate::support::agent::PATIENCE;
use crate::support::model_server::Request;
use crate::support::segno::{self, wait_for};

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

/// The reviewer's prompt has the second task in it, and with that what it is to answer.
const TASKS: [&str; 2] = ["SAY it is built", "Test it\nSAY APPROVED, it works"];

#[test]
fn three_of_claude_work_together_by_the_examples() {
    with_agent(|| {
        let bed = claude::bed();
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
        for (program, script) in [("sh", "orchestrate.sh"), ("python3", "orchestrate_mcp.py")] {
            if Command::new(program).args(["-c", ""]).status().is_err() {
                continue;
            }
            let mut run = bed.segno.command(program);
            run.arg(examples.join(script)).arg(bed.agent()).args(TASKS).current_dir(&bed.work);
            run.env("SEGNO_BIN", segno::program()).env("PYTHONDONTWRITEBYTECODE", "1");
            let output = run.output().expect("it runs");
            let errors = String::from_utf8_lossy(&output.stderr);
            assert_eq!(String::from_utf8_lossy(&output.stdout), "APPROVED, it works\n", "{errors}");
            let review = |request: &Request| request.prompt.contains("answered: it is built");
            assert!(bed.model.requests().iter().any(review), "{script}");
        }
    });
}
