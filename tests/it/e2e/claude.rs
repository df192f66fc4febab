//! Claude Code: hooks of a plugin that is given at each start, and the file that it keeps of itself.

use std::time::Duration;

use serde_json::{Value, json};

use crate::e2e::with_agent;
use crate::support::agent::{Bed, PATIENCE, Pane};
use crate::support::agents::{install, platform};
use crate::support::model_server::Reply;
use crate::support::segno::{for_a_while, wait_for};

const VERSION: &str = "2.1.330";
/// What its screen shows when it can be typed into.
pub(super) const READY: &str = "Claude Code v";
/// Without this it wants a service to judge commands.
const ASKS: [&str; 3] = ["--", "--permission-mode", "default"];

/// A bed with these settings of the user.
fn bed_with(settings: &Value) -> Bed {
    let (system, processor) = platform();
    let package = format!("@anthropic-ai/claude-code-{system}-{processor}");
    let program = install(&package, VERSION).join("node_modules").join(&package).join("claude");
    let mut bed = Bed::new("claude", &[&program]);
    let work = bed.work.to_str().expect("a path in UTF-8").to_owned();
    let state = json!({
        "hasCompletedOnboarding": true, "theme": "dark",
        "customApiKeyResponses": {"approved": ["x"], "rejected": []},
        "projects": {work: {"hasTrustDialogAccepted": true}},
    });
    bed.write_home(".claude.json", &state.to_string());
    bed.write_home(".claude/settings.json", &settings.to_string());
    let url = format!("http://127.0.0.1:{}", bed.model.port());
    bed.segno
        .env("ANTHROPIC_BASE_URL", url)
        .env("ANTHROPIC_API_KEY", "x")
        .env("DISABLE_AUTOUPDATER", "1")
        // A setting of the user, which must get through.
        .env("CLAUDE_CODE_MAX_RETRIES", "1")
        .env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
        // What it leaves for its children, when Segno itself was started by one.
        .env("CLAUDECODE", "1")
        .env("CLAUDE_CODE_CHILD_SESSION", "1");
    bed
}

pub(super) fn bed() -> Bed {
    bed_with(&json!({}))
}

fn open(bed: &Bed) -> Pane<'_> {
    let pane = bed.open(&ASKS, READY);
    pane.wait_state("idle");
    pane
}

/// Lets the model say something, and waits until the agent has stored it, which it does a moment
/// later: what is lost in a power cut then is its own affair.
fn say(bed: &Bed, pane: &Pane<'_>, id: &str, text: &str) {
    pane.say(text);
    let projects = bed.segno.user_home().join(".claude/projects");
    wait_for("the stored conversation", PATIENCE, || {
        let directories = std::fs::read_dir(&projects).ok()?.flatten();
        let files = directories.map(|directory| directory.path().join(format!("{id}.jsonl")));
        let stored =
            |file| std::fs::read_to_string(file).is_ok_and(|t| t.matches(text).count() > 1);
        files.into_iter().any(stored).then_some(())
    });
}

#[test]
fn comes_back_by_an_id_that_is_known_from_the_start() {
    with_agent(|| {
        let bed = bed();
        let mut pane = open(&bed);
        let id = pane.wait_id(&[]);
        // Nothing was said, so there is nothing to resume: it begins again under its id.
        pane.reboots_into(&["--session-id", &id], &id, READY);
        pane.wait_state("idle");
        say(&bed, &pane, &id, "apples are red");
        pane.reboots_into(&["--resume", &id], &id, "apples are red");
        let arguments = pane.wait_arguments(&["--permission-mode", "default"]);
        assert!(arguments.contains(&"--plugin-dir".to_owned()), "{arguments:?}");
        pane.wait_state("idle");
        say(&bed, &pane, &id, "pears are green");
        pane.reboots_into(&["--resume", &id], &id, "pears are green");
    });
}

#[test]
fn follows_from_cleared_to_branched_to_compacted() {
    with_agent(|| {
        let bed = bed();
        let mut pane = open(&bed);
        pane.say("cherries are dark");
        let first = pane.wait_id(&[]);
        pane.command("/clear");
        let second = pane.wait_id(&[&first]);
        pane.say("dates are sweet");
        pane.command("/branch");
        let third = pane.wait_id(&[&first, &second]);
        pane.say("elderberries are small");
        pane.command("/compact");
        wait_for("the compaction", PATIENCE, || {
            let events = bed.segno.file(&format!("events/{}.jsonl", pane.id))?;
            events.contains("\"compacted\"").then_some(())
        });
        pane.wait_recorded(&third);
        pane.wait_state("idle");
        say(&bed, &pane, &third, "figs are soft");
        let why: Vec<_> = pane.history().into_iter().map(|(_, why)| why).collect();
        assert_eq!(why, ["start", "new", "forked"]);
        pane.reboots_into(&["--resume", &third], &third, "figs are soft");
    });
}

#[test]
fn tells_what_it_does() {
    with_agent(|| {
        let bed = bed();
        let pane = open(&bed);
        let id = pane.wait_id(&[]);
        pane.enter("BASH touch grapes");
        let status = pane.wait_state("blocked");
        assert_eq!(status["detail"], "permission: Bash: touch grapes", "{status:#}");
        pane.terminal.wait_text("Do you want to proceed?");
        // Its dialogs do not hear a key that comes at once.
        let ran = || {
            pane.terminal.keys("enter");
            for_a_while(Duration::from_secs(3), || bed.work.join("grapes").exists())
        };
        assert!((0..10).any(|_| ran()), "the command did not run");
        pane.wait_state("idle");

        // Nothing runs when it is interrupted.
        pane.enter("HANG");
        pane.wait_state("working");
        bed.model.wait_for(PATIENCE, |request| request.reply == Reply::Hang).expect("a request");
        pane.terminal.keys("escape");
        pane.wait_state("idle");
        let told = bed.segno.ok(&["status", &pane.id, "--explain"]);
        assert!(told.contains("a file it keeps: [[tracker.watch]] 1"), "{told}");

        // It may offer what was interrupted again.
        pane.terminal.keys("ctrl+u");
        pane.enter("ERR401");
        pane.wait_state("error");
        pane.wait_recorded(&id);
    });
}

#[test]
fn killed_in_the_middle_it_comes_back() {
    with_agent(|| {
        let bed = bed();
        let pane = open(&bed);
        let id = pane.wait_id(&[]);
        say(&bed, &pane, &id, "lemons are sour");
        pane.enter("HANG");
        pane.wait_state("working");
        let pid = nix::unistd::Pid::from_raw(pane.pid());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).expect("it runs");
        pane.wait_state("exited");
        bed.segno.ok(&["restart", &pane.id]);
        pane.wait_arguments(&["--resume", &id]);
        pane.terminal.wait_text("lemons are sour");
        pane.wait_state("idle");
        pane.say("limes are green");
        pane.wait_recorded(&id);
    });
}

#[test]
fn asks_when_it_does_not_know_the_conversation() {
    with_agent(|| {
        let bed = bed();
        let lost = "01234567-89ab-4cde-8f01-23456789abcd";
        let pane = bed.open(&["--session", lost], "choose another");
        pane.terminal.keys("1");
        pane.terminal.wait_text(READY);
        let id = pane.wait_id(&[lost]);
        pane.wait_arguments(&["--session-id", &id]);
    });
}

#[test]
fn the_users_hooks_and_settings_stay_in_force() {
    with_agent(|| {
        let hook = |file: &str| json!([{"hooks": [{"type": "command", "command": format!("cat >> ~/{file}")}]}]);
        let settings =
            json!({"hooks": {"UserPromptSubmit": hook("prompts"), "Stop": hook("stops")}});
        let bed = bed_with(&settings);
        let pane = open(&bed);
        pane.say("mangos are sweet");
        for file in ["prompts", "stops"] {
            wait_for(file, PATIENCE, || bed.segno.user_home().join(file).exists().then_some(()));
        }
        let kept = bed.segno.user_home().join(".claude/settings.json");
        assert_eq!(std::fs::read_to_string(kept).unwrap(), settings.to_string());
    });
}

#[test]
fn without_hooks_its_file_tells() {
    with_agent(|| {
        let bed = bed_with(&json!({"disableAllHooks": true}));
        let mut pane = open(&bed);
        let first = pane.wait_id(&[]);
        pane.say("nuts are hard");
        pane.command("/clear");
        let second = pane.wait_id(&[&first]);
        say(&bed, &pane, &second, "oranges are round");
        let events = bed.segno.file(&format!("events/{}.jsonl", pane.id));
        assert_eq!(events, None, "no hook may have run");
        pane.reboots_into(&["--resume", &second], &second, "oranges are round");
    });
}
