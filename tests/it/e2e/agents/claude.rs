//! Claude Code: hooks of a plugin that is given at each start, and the file that it keeps of
//! itself.

use std::time::Duration;

use serde_json::{Value, json};

use crate::e2e::with_agent;
use crate::support::agent::{Bed, PATIENCE, Pane};
use crate::support::agents::{install, platform};
use crate::support::model_server::Reply;
use crate::support::segno::{for_a_while, wait_for};

const VERSION: &str = "2.1.332";
/// What its screen shows when it can be typed into.
pub(in crate::e2e) const READY: &str = "Claude Code v";
/// Without this it wants a service to judge commands.
pub(in crate::e2e) const ASKS: [&str; 3] = ["--", "--permission-mode", "default"];

/// A bed with these settings of the user.
pub(in crate::e2e) fn bed_with(settings: &Value) -> Bed {
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

pub(in crate::e2e) fn bed() -> Bed {
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

/// Confirms a dialog; those of the agent miss a key that comes at once.
#[track_caller]
fn confirm(pane: &Pane<'_>, done: impl Fn() -> bool) {
    let confirmed = || {
        pane.terminal.keys("enter");
        for_a_while(Duration::from_secs(3), &done)
    };
    assert!((0..10).any(|_| confirmed()), "it is not confirmed:\n{}", pane.terminal.screen());
}

/// Confirms a dialog, after which this is shown.
#[track_caller]
fn confirm_until(pane: &Pane<'_>, shown: &str) {
    confirm(pane, || pane.terminal.screen().contains(shown));
}

/// Waits until the agent waits for the user, for this.
#[track_caller]
fn wait_blocked(pane: &Pane<'_>, detail: &str) {
    pane.wait_status(detail, |status| status["state"] == "blocked" && status["detail"] == detail);
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
        pane.wait_archived(&id, &["apples are red", "pears are green"]);
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
fn shows_what_it_does() {
    with_agent(|| {
        let bed = bed();
        let pane = open(&bed);
        let id = pane.wait_id(&[]);
        pane.enter("BASH touch grapes");
        wait_blocked(&pane, "permission: Bash: touch grapes");
        pane.terminal.wait_text("Do you want to proceed?");
        confirm_until(&pane, "Ran it.");
        assert!(bed.work.join("grapes").exists());
        pane.wait_state("idle");

        // From the answer to its end a command is work; what is refused ends the turn.
        pane.enter("BASH touch begun && until test -e go; do sleep 0.1; done");
        pane.wait_state("blocked");
        confirm(&pane, || bed.work.join("begun").exists());
        pane.wait_state("working");
        std::fs::write(bed.work.join("go"), "").expect("a file");
        pane.wait_state("idle");
        pane.enter("TASK BASH touch gooseberries");
        // A subagent's.
        wait_blocked(&pane, "permission: Bash: touch gooseberries");
        pane.terminal.wait_text("Do you want to proceed?");
        pane.wait_recorded(&id);
        let refused = || {
            pane.terminal.keys("escape");
            let gone = || !pane.terminal.screen().contains("Do you want to proceed?");
            for_a_while(Duration::from_secs(3), gone)
        };
        assert!((0..10).any(|_| refused()), "it is not refused:\n{}", pane.terminal.screen());
        pane.wait_state("idle");
        assert!(!bed.work.join("gooseberries").exists());

        // Nothing runs when it is interrupted.
        pane.enter("HANG");
        pane.wait_state("working");
        bed.model.wait_for(PATIENCE, |request| request.reply == Reply::Hang).expect("a request");
        pane.terminal.keys("escape");
        pane.wait_state("idle");
        let explained = bed.segno.ok(&["status", &pane.id, "--explain"]);
        assert!(explained.contains("a file it keeps: [[tracker.watch]] 1"), "{explained}");

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
        let (pane, id) = bed.asks_and_begins_anew(READY);
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
fn without_hooks_its_file_reports() {
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

#[test]
fn what_it_used_is_what_it_says_itself() {
    with_agent(|| {
        let bed = bed();
        let pane = open(&bed);
        let id = pane.wait_id(&[]);
        pane.enter("TASK SAY hidden words");
        // Its subagent ends after the turn that started it.
        pane.terminal.wait_text("finished");
        pane.wait_state("idle");
        pane.command("/model haiku");
        // What is cached is lost by that.
        pane.terminal.wait_text("Yes, switch to");
        confirm_until(&pane, "Set model to");
        pane.say("apricots are soft");
        let status = pane.wait_status("another model", |status| {
            status["usage"]["model"].as_str().is_some_and(|model| model.contains("haiku"))
        });
        let usage = &status["usage"];
        assert_eq!((&usage["context"], &usage["context_limit"]), (&json!(1050), &json!(1_000_000)));
        pane.wait_recorded(&id);
        assert_eq!(
            pane.history(),
            [(Some(id.clone()), "start".to_owned())],
            "no subagent is shown"
        );
        let events = bed.segno.file(&format!("events/{}.jsonl", pane.id)).unwrap_or_default();
        let prompts: Vec<Value> = events
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|event| event["event"] == "prompt")
            .map(|event| event["text"].clone())
            .collect();
        assert_eq!(prompts, ["TASK SAY hidden words", "SAY apricots are soft"]);

        pane.command("/exit");
        pane.wait_state("exited");
        let own = bed.segno.user_home().join(".claude.json");
        let own: Value = serde_json::from_slice(&std::fs::read(own).unwrap()).unwrap();
        let own = &own["projects"][bed.work.to_str().unwrap()];
        assert_eq!(own["lastSessionId"], json!(id));
        assert!(own["lastModelUsage"].as_object().unwrap().len() == 2, "{own:#}");
        let agree = || {
            let report = bed.segno.json(&["usage", "--by", "conversation"]);
            let row = report["usage"][0].clone();
            let cost = |value: &Value| value.as_f64().unwrap_or(0.0);
            let same = row["input"] == own["lastTotalInputTokens"]
                && row["output"] == own["lastTotalOutputTokens"]
                && row["cache_read"] == own["lastTotalCacheReadInputTokens"]
                && row["cache_write"] == own["lastTotalCacheCreationInputTokens"]
                && (cost(&row["cost"]) - cost(&own["lastCost"])).abs() < 1e-9;
            assert_eq!(report["usage"].as_array().map(Vec::len), Some(1), "{report:#}");
            same.then_some(()).ok_or(row)
        };
        wait_for("its own figures", PATIENCE, || agree().ok());
        bed.segno.kill_daemon();
        bed.segno.daemon_start();
        assert_eq!(agree(), Ok(()), "after a crash: {own:#}");
    });
}

#[test]
fn follows_what_is_picked_and_what_it_is_called() {
    with_agent(|| {
        let bed = bed();
        let mut pane = open(&bed);
        let first = pane.wait_id(&[]);
        say(&bed, &pane, &first, "bananas are curved");
        pane.command("/rename All about bananas");
        pane.wait_status("its title", |status| status["session_title"] == "All about bananas");
        pane.command("/clear");
        let second = pane.wait_id(&[&first]);
        say(&bed, &pane, &second, "currants are small");
        pane.command("/rename Something else");
        pane.wait_status("its title", |status| status["session_title"] == "Something else");
        pane.command("/resume");
        pane.terminal.wait_text("❯ All about bananas");
        confirm_until(&pane, "bananas are curved");
        pane.wait_recorded(&first);
        pane.wait_status("its title", |status| status["session_title"] == "All about bananas");
        let why: Vec<_> = pane.history().into_iter().map(|(_, why)| why).collect();
        assert_eq!(why, ["start", "new", "selected"]);
        say(&bed, &pane, &first, "damsons are blue");
        pane.reboots_into(&["--resume", &first], &first, "damsons are blue");
        pane.wait_status("its title", |status| status["session_title"] == "All about bananas");
    });
}

#[test]
fn a_question_and_a_server_that_fails_are_reported() {
    with_agent(|| {
        let bed = bed();
        let pane = open(&bed);
        let id = pane.wait_id(&[]);
        pane.enter("ASK Shall we pick the cherries");
        wait_blocked(&pane, "question: Shall we pick the cherries");
        confirm_until(&pane, "You answered.");
        pane.wait_state("idle");
        pane.enter("ERR500");
        let status = pane.wait_state("error");
        assert_eq!(status["detail"], "server_error", "{status:#}");
        // It would say again what failed; a new conversation has no error.
        pane.command("/clear");
        let next = pane.wait_id(&[&id]);
        pane.wait_state("idle");
        pane.say("dewberries are blue");
        pane.wait_recorded(&next);
    });
}

#[test]
fn settings_of_a_file_that_the_user_names_stay_in_force() {
    with_agent(|| {
        let bed = bed();
        let hook = json!([{"hooks": [{"type": "command", "command": "cat >> ~/prompts"}]}]);
        let settings = json!({"hooks": {"UserPromptSubmit": hook}}).to_string();
        bed.write_home("mine.json", &settings);
        let file = bed.segno.user_home().join("mine.json");
        let arguments = ["--settings", file.to_str().unwrap()];
        let mut pane = bed.open(&[&ASKS[..], &arguments].concat(), READY);
        pane.wait_state("idle");
        let id = pane.wait_id(&[]);
        say(&bed, &pane, &id, "guavas are pink");
        let prompts = || std::fs::read_to_string(bed.segno.user_home().join("prompts")).ok();
        assert!(prompts().is_some_and(|text| text.contains("guavas")));
        let events = bed.segno.file(&format!("events/{}.jsonl", pane.id)).unwrap_or_default();
        assert!(events.contains("guavas"), "Segno's hooks run too: {events}");
        pane.reboots_into(&["--resume", &id], &id, "guavas are pink");
        pane.wait_arguments(&arguments);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), settings);
    });
}

#[test]
fn a_directory_is_trusted_by_the_user_alone() {
    with_agent(|| {
        let bed = bed();
        let state = json!({
            "hasCompletedOnboarding": true, "theme": "dark",
            "customApiKeyResponses": {"approved": ["x"], "rejected": []},
        });
        bed.write_home(".claude.json", &state.to_string());
        let pane = bed.open(&ASKS, "trust this folder");
        assert!(!pane.terminal.screen().contains(READY));
        let events = bed.segno.file(&format!("events/{}.jsonl", pane.id));
        assert_eq!(events, None, "no hook may run before");
        // No is the first choice, and again when the dialog is drawn anew.
        wait_for("the user's yes", PATIENCE, || {
            let screen = pane.terminal.screen();
            pane.terminal.keys(if screen.contains("❯ Yes, I trust") { "enter" } else { "down" });
            let there = || pane.terminal.screen().contains(READY);
            for_a_while(Duration::from_secs(2), there).then_some(())
        });
        pane.wait_state("idle");
        let id = pane.wait_id(&[]);
        say(&bed, &pane, &id, "kiwis are green");
    });
}
