//! Cline, which does not say what is on its screen: a pane returns to the session that was chosen
//! for it.

use crate::e2e::with_agent;
use crate::support::agent::{Bed, PATIENCE};
use crate::support::agents::{install, platform};
use crate::support::segno::wait_for;

const VERSION: &str = "3.0.65";
const READY: &str = "Auto-approve";

fn bed() -> Bed {
    let (system, processor) = platform();
    let package = format!("@cline/cli-{system}-{processor}");
    let program = install(&package, VERSION).join("node_modules").join(&package).join("bin/cline");
    let bed = Bed::new("cline", &[&program]);
    let mut sign_in = bed.segno.command("cline");
    let url = bed.model.base_url();
    let output = sign_in
        .args(["auth", "-p", "openai", "-k", "x", "-m", "m1", "-b", &url])
        .output()
        .expect("cline runs");
    assert!(output.status.success(), "{output:?}");
    bed
}

#[test]
fn comes_back_in_a_chosen_session() {
    with_agent(|| {
        let bed = bed();
        let mut pane = bed.open(&[], READY);
        // What it wants to sell.
        pane.terminal.keys("escape");
        pane.enter("SAY cherries are dark");
        pane.terminal.wait_text("* cherries are dark");
        let work = bed.work.to_str().expect("a path in UTF-8");
        let id = wait_for("the stored session", PATIENCE, || {
            let list = bed.segno.json(&["sessions", "--dir", work])["conversations"].take();
            let one = list.as_array()?.iter().find(|c| c.to_string().contains("cherries"))?;
            Some(one["session"].as_str()?.to_owned())
        });
        pane.wait_archived(&id, &["cherries are dark"]);
        bed.segno.ok(&["restart", &pane.id, "--session", &id]);
        pane.wait_arguments(&["--id", &id]);
        pane.terminal.wait_text("cherries are dark");
        pane.reboots_into(&["--id", &id], &id, READY);
        pane.terminal.wait_text("cherries are dark");
    });
}
