//! Kimi Code, which does not say what is on its screen: a pane returns to the last conversation of
//! its directory, or to the one that was chosen for it, whose files are followed.

use serde_json::json;

use crate::e2e::with_agent;
use crate::support::agent::{Bed, PATIENCE};
use crate::support::agents::{install, node};
use crate::support::segno::wait_for;

const VERSION: &str = "2.1.0";
const READY: &str = "context: ";

fn bed() -> Bed {
    let package = install("@moonshot-ai/kimi-code", VERSION);
    let script = package.join("node_modules/@moonshot-ai/kimi-code/dist/main.mjs");
    let bed = Bed::new("kimi", &[&node(), &script]);
    let settings = format!(
        "default_model = 'fake'\ntelemetry = false\n[providers.fake]\ntype = 'openai'\nbase_url = '{}'\n\
         api_key = 'x'\n[models.fake]\nprovider = 'fake'\nmodel = 'm1'\nmax_context_size = 100000\n\
         capabilities = ['tool_use']\n",
        bed.model.base_url()
    );
    bed.write_home(".kimi-code/config.toml", &settings);
    bed.write_home(".kimi-code/tui.toml", "[upgrade]\nauto_install = false\n");
    bed
}

#[test]
fn comes_back_in_the_last_or_in_a_chosen_conversation() {
    with_agent(|| {
        let bed = bed();
        let mut pane = bed.open(&[], "Trust this folder?");
        let asks = pane.wait_state("blocked");
        assert!(asks["detail"].to_string().contains("trust"), "{asks:#}");
        pane.terminal.keys("enter");
        pane.terminal.wait_text(READY);
        pane.enter("SAY apricots are soft");
        pane.terminal.wait_text("● apricots are soft");
        let work = bed.work.to_str().expect("a path in UTF-8");
        let id = wait_for("the stored conversation", PATIENCE, || {
            let list = bed.segno.json(&["sessions", "--dir", work])["conversations"].take();
            let one = list.as_array()?.iter().find(|c| c.to_string().contains("apricots"))?;
            Some(one["session"].as_str()?.to_owned())
        });
        pane.reboot();
        pane.wait_status("--continue", |status| {
            status["explain"].to_string().contains("--continue")
        });
        pane.terminal.wait_text("apricots are soft");
        pane.terminal.wait_text(READY);

        bed.segno.ok(&["restart", &pane.id, "--session", &id]);
        pane.wait_recorded(&id);
        // What stands above the line is of the program before.
        let started = |screen: &str| {
            let at = screen.rfind("restarted");
            at.is_some_and(|at| screen[at..].contains(&id) && screen[at..].contains(READY))
        };
        pane.terminal.wait(started, "the chosen session");
        pane.say("berries are blue");
        let used = pane.wait_used(|_| true);
        assert_eq!(used["key"], json!(id), "{used:#}");
        pane.wait_archived(&id, &["apricots are soft", "berries are blue"]);
        pane.enter("HANG");
        pane.wait_state("working");
        pane.terminal.keys("escape");
        pane.wait_state("idle");
        pane.reboot();
        pane.wait_recorded(&id);
        pane.terminal.wait_text("berries are blue");
    });
}

#[test]
fn asks_when_it_does_not_know_the_conversation() {
    with_agent(|| {
        let bed = bed();
        let pane = bed.open(&[], "Trust this folder?");
        pane.terminal.keys("enter");
        pane.terminal.wait_text(READY);
        let lost = "session_01234567-89ab-4cde-8f01-23456789abcd";
        let other = bed.open(&["--session", lost], "choose another");
        other.terminal.keys("1");
        other.terminal.wait_text(READY);
    });
}
