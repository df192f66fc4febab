//! Codex: hooks that come with the start, the approvals it asks for, and conversations that it begins late.

use serde_json::json;

use crate::e2e::with_agent;
use crate::support::agent::Bed;
use crate::support::agents::{install, platform};

const VERSION: &str = "0.169.0";
/// What stands below the input when it can be typed into.
const READY: &str = "for agents";

/// With this in front of the settings.
fn bed(settings: &str) -> Bed {
    let (system, processor) = platform();
    let packages = install("@openai/codex", VERSION).join("node_modules/@openai");
    let vendor = packages.join(format!("codex-{system}-{processor}/vendor"));
    let targets = std::fs::read_dir(vendor).expect("the package for this platform");
    let target = targets.flatten().next().expect("a directory named by the target").path();
    let bed = Bed::new("codex", &[&target.join("bin/codex")]);
    let text = format!(
        "{settings}\nmodel = 'm1'\nmodel_provider = 'fake'\ncheck_for_update_on_startup = false\n\
         approval_policy = 'on-request'\nsandbox_mode = 'read-only'\n\
         [model_providers.fake]\nname = 'Fake'\nwire_api = 'responses'\nbase_url = '{}'\n\
         [projects.{}]\ntrust_level = 'trusted'\n[analytics]\nenabled = false\n",
        bed.model.base_url(),
        json!(bed.work),
    );
    bed.write_home(".codex/config.toml", &text);
    bed
}

/// Through a new conversation, a fork and a picked one; and the user's own hook runs beside Segno's.
#[test]
fn comes_back_in_its_conversation() {
    with_agent(|| {
        let bed = bed("");
        let mut pane = bed.open(&["--model", "m2"], READY);
        pane.say("corn is yellow");
        let first = pane.wait_id(&[]);
        pane.enter("/new");
        pane.say("dates are sweet");
        let second = pane.wait_id(&[&first]);
        pane.enter("/fork");
        pane.terminal.wait_text("Fork created");
        pane.say("eggs are round");
        let third = pane.wait_id(&[&first, &second]);

        pane.reboots_into(&["resume", &third, "--model", "m2"], &third, READY);
        pane.terminal.wait_text("eggs are round");
        pane.say("figs are old");
        pane.wait_recorded(&third);
    });
}

/// Approvals, an answer that the user ends, and an id that is gone.
#[test]
fn says_what_it_does() {
    with_agent(|| {
        let bed = bed("");
        let mut pane = bed.open(&[], READY);
        pane.enter("ESCALATE touch asked-for");
        pane.terminal.wait_text("Would you like to run");
        let status = pane.wait_state("blocked");
        assert!(status["detail"].to_string().contains("touch asked-for"), "{status:#}");
        pane.terminal.keys("enter");
        pane.terminal.wait_text("Ran it.");
        pane.wait_state("idle");
        let id = pane.wait_id(&[]);

        pane.enter("HANG");
        pane.wait_state("working");
        pane.terminal.keys("escape");
        pane.terminal.wait_text("Conversation interrupted");
        pane.wait_state("idle");

        pane.reboots_into(&["resume", &id], &id, READY);
        std::fs::remove_dir_all(bed.segno.user_home().join(".codex/sessions")).expect("sessions");
        pane.reboot();
        pane.wait_status("that it is gone", |status| status["notes"].to_string().contains(&id));
    });
}
