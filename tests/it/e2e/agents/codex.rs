//! Codex: hooks that come with the start, the approvals it asks for, and conversations that it
//! begins late.

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::e2e::with_agent;
use crate::support::agent::{Bed, PATIENCE, Pane};
use crate::support::agents::{install, platform};
use crate::support::segno::wait_for;

const VERSION: &str = "0.171.0";
/// What stands below the input when it can be typed into.
pub(in crate::e2e) const READY: &str = "for agents";

/// With this in front of the settings.
pub(in crate::e2e) fn bed(settings: &str) -> Bed {
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
         [projects.{}]\ntrust_level = 'trusted'\n[analytics]\nenabled = false\n\
         [tui]\nscreen_reader_detection_done = true\nshow_tooltips = false\n",
        bed.model.base_url(),
        json!(bed.work),
    );
    bed.write_home(".codex/config.toml", &text);
    bed
}

/// Lets the model say something, and waits until commands are taken again: a moment after the title
/// has come to rest.
#[track_caller]
fn say(pane: &Pane<'_>, text: &str) {
    pane.say(text);
    // Below the answer; further down the conversation's title may have its words.
    let answer = format!("• {text}");
    let over = |screen: &str| screen.rfind("Worked for") > screen.rfind(&answer);
    pane.terminal.wait(over, "the end of the turn");
}

/// Through a new conversation, a fork and a picked one.
#[test]
fn comes_back_in_its_conversation() {
    with_agent(|| {
        let bed = bed("");
        let mut pane = bed.open(&["--model", "m2"], READY);
        say(&pane, "corn is yellow");
        let first = pane.wait_id(&[]);
        pane.enter("/new");
        say(&pane, "dates are sweet");
        let second = pane.wait_id(&[&first]);
        pane.enter("/fork");
        pane.terminal.wait_text("Fork created");
        say(&pane, "eggs are round");
        let third = pane.wait_id(&[&first, &second]);

        pane.reboots_into(&["resume", &third, "--model", "m2"], &third, READY);
        pane.terminal.wait_text("eggs are round");
        say(&pane, "figs are old");
        pane.wait_recorded(&third);
        pane.wait_archived(&second, &["dates are sweet"]);
        // What a fork has copied stays in the conversation that it was copied from.
        pane.wait_archived(&third, &["eggs are round", "figs are old"]);
    });
}

/// Its service says with each answer how much of the plan is used up.
#[test]
fn says_how_much_of_its_plan_is_used() {
    with_agent(|| {
        let bed = bed("");
        let pane = bed.open(&[], READY);
        say(&pane, "corn is yellow");
        let status = pane.wait_status("its quotas", |status| status["quotas"][1].is_object());
        let quotas = json!([
            { "name": "5 h", "used": 12.5, "resets": 4_102_444_800_000_u64 },
            { "name": "week", "used": 40.0, "resets": 4_102_444_800_000_u64 },
        ]);
        assert_eq!(status["quotas"], quotas);
        assert_eq!(bed.segno.json(&["usage"])["quotas"][0]["quotas"], quotas);
    });
}

/// Approvals, an answer that the user ends, and an id that is gone.
#[test]
fn says_what_it_does() {
    with_agent(|| {
        let bed = bed("");
        let mut pane = bed.open(&[], READY);
        pane.asks_before("ESCALATE touch asked-for", "Would you like to run");
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

/// What is on screen is known before anything is said in it, and nothing comes back in a
/// conversation that was left.
#[test]
fn follows_what_is_on_its_screen() {
    with_agent(|| {
        let bed = bed("");
        let mut pane = bed.open(&[], READY);
        say(&pane, "corn is yellow");
        let first = pane.wait_id(&[]);
        pane.enter("/new");
        pane.wait_status("a new conversation", |status| status["session"] == json!(null));
        wait_for("its record", PATIENCE, || (pane.recorded()? == "@new").then_some(()));
        pane.reboot();
        pane.terminal.wait_text(READY);
        let arguments = pane.wait_arguments(&["-c"]);
        assert!(!arguments.contains(&"resume".to_owned()), "{arguments:?}");
        say(&pane, "dates are sweet");
        let second = pane.wait_id(&[&first]);

        pane.enter("/fork");
        pane.terminal.wait_text("Fork created");
        let third = pane.wait_id(&[&first, &second]);
        pane.reboots_into(&["resume", &third], &third, READY);
        pane.terminal.wait_text("dates are sweet");

        pane.command("/resume");
        let listed = |screen: &str| {
            let has = |text| screen.contains(text);
            has("Type to search") && has("corn is yellow") && has("dates are sweet")
        };
        pane.terminal.wait(listed, "the list of conversations");
        pane.terminal.type_text("corn");
        // Not by what is gone: the status line has the other one's title.
        let filtered = |screen: &str| screen.contains("Search: corn") && screen.contains("1 / 1");
        pane.terminal.wait(filtered, "the one that is looked for");
        pane.terminal.keys("enter");
        pane.wait_recorded(&first);
        say(&pane, "eggs are round");
        pane.enter("/clear");
        pane.wait_status("a new conversation", |status| status["session"] == json!(null));
        say(&pane, "figs are old");
        let fourth = pane.wait_id(&[&first, &second, &third]);

        pane.command("/compact");
        pane.terminal.wait_text("Context compacted");
        wait_for("the compaction", PATIENCE, || {
            let events = bed.segno.file(&format!("events/{}.jsonl", pane.id))?;
            events.lines().any(|l| l.contains("\"compacted\"") && l.contains(&fourth)).then_some(())
        });
        pane.command("/rename Ripe fruit");
        pane.wait_status("its title", |status| status["session_title"] == "Ripe fruit");
        // What is Segno's alone is not shown.
        pane.wait_status("the terminal's", |status| status["title"] == "work | Ripe fruit");
        pane.wait_recorded(&fourth);
        let why: Vec<_> = pane.history().into_iter().map(|(_, why)| why).collect();
        assert_eq!(why[..3], ["start", "created", "new"], "{why:?}");
    });
}

/// A refusal of the model, and an answer that breaks off.
#[test]
fn says_what_went_wrong() {
    with_agent(|| {
        let bed = bed("");
        let mut pane = bed.open(&[], READY);
        pane.enter("ERR401");
        let status = pane.wait_state("error");
        assert!(status["detail"].to_string().contains("401"), "{status:#}");
        let id = pane.wait_id(&[]);
        let explained = bed.segno.ok(&["status", &pane.id, "--explain"]);
        assert!(explained.contains("a file it keeps: [[tracker.watch]] 1"), "{explained}");
        // What went wrong before it was started anew is over.
        pane.reboots_into(&["resume", &id], &id, READY);
        pane.wait_state("idle");
        say(&pane, "all is well");
        // Not what stands on the screen already.
        pane.enter("ERR401 again");
        pane.wait_state("error");
        say(&pane, "all is well again");
    });
}

/// What a conversation used is what Codex itself says in `/status`.
#[test]
fn the_figures_are_its_own() {
    with_agent(|| {
        let bed = bed("");
        let mut pane = bed.open(&["--model", "m2"], READY);
        say(&pane, "corn is yellow");
        let id = pane.wait_id(&[]);
        say(&pane, "dates are sweet");
        let figures = json!({
            "model": "m2", "input": 1600, "output": 100, "reasoning": 0, "cache_read": 400,
            "cache_write": 0, "cost": 0.0, "context": 1050, "context_limit": 258_400,
        });
        pane.wait_status("the figures", |status| status["usage"] == figures);
        pane.command("/status");
        pane.terminal.wait_text("1.7K total  (1.6K input + 100 output)");
        pane.terminal.wait_text("1.05K used / 258K");
        // Nothing counts twice.
        pane.reboots_into(&["resume", &id], &id, READY);
        say(&pane, "eggs are round");
        pane.wait_status("one more answer", |status| status["usage"]["output"] == 150);
        let usage = bed.segno.json(&["usage", "--by", "conversation"]);
        assert_eq!(usage["usage"][0]["output"], 150, "{usage:#}");
    });
}

/// A subagent's conversation is not the pane's, and what it is asked is not what the user said.
#[test]
fn a_subagent_is_not_followed() {
    with_agent(|| {
        let bed = bed("");
        let mut pane = bed.open(&[], READY);
        pane.enter("SPAWN SAY hidden words");
        pane.terminal.wait_text("It was spawned.");
        pane.wait_state("idle");
        let id = pane.wait_id(&[]);
        bed.model
            .wait_for(PATIENCE, |request| request.prompt == "SAY hidden words")
            .expect("the subagent's request");
        say(&pane, "grapes are small");
        pane.wait_recorded(&id);
        let events = bed.segno.file(&format!("events/{}.jsonl", pane.id)).expect("events");
        let prompts: Vec<_> = events.lines().filter(|l| l.contains("\"prompt\"")).collect();
        assert_eq!(prompts.len(), 2, "{prompts:#?}");
        let work = bed.work.to_str().expect("a path in UTF-8");
        let list = bed.segno.json(&["sessions", "--dir", work])["conversations"].take();
        assert_eq!(list.as_array().map(Vec::len), Some(1), "{list:#}");
        pane.reboots_into(&["resume", &id], &id, READY);
    });
}

/// A hook that the user trusted runs beside Segno's without a question. About one that nobody has
/// trusted yet Codex asks as ever, and about no other.
#[test]
fn the_users_hooks_and_settings_stay_in_force() {
    with_agent(|| {
        let bed = bed("");
        let file = bed.segno.user_home().join(".codex/config.toml");
        let kept = || std::fs::read_to_string(&file).expect("the user's settings");
        let hook = |event: &str, command: &str| {
            format!(
                "[[hooks.{event}]]\n[[hooks.{event}.hooks]]\n\
                 type = 'command'\ntimeout = 5\ncommand = '{command}'\n"
            )
        };
        // What Codex stores when the user has said yes: a hash of the hook with its keys sorted.
        let trusted = r#"{"event_name":"stop","hooks":[{"async":false,"command":"cat >> ~/stops","timeout":5,"type":"command"}]}"#;
        let hash = Sha256::digest(trusted);
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        let place = json!(format!("{}:stop:0:0", file.display()));
        let settings = format!(
            "{}{}[hooks.state.{place}]\ntrusted_hash = 'sha256:{hash}'\n",
            kept(),
            hook("Stop", "cat >> ~/stops")
        );
        bed.write_home(".codex/config.toml", &settings);
        let pane = bed.open(&[], READY);
        say(&pane, "grapes are small");
        pane.wait_id(&[]);
        let stops = bed.segno.user_home().join("stops");
        wait_for("the user's hook", PATIENCE, || {
            let answers = std::fs::read_to_string(&stops).ok()?;
            answers.contains("grapes are small").then_some(())
        });
        assert_eq!(kept(), settings);

        let settings = settings + &hook("SessionStart", "true");
        bed.write_home(".codex/config.toml", &settings);
        let pane = bed.open(&[], "Hooks need review");
        pane.terminal.wait_text("1 hook is new or changed");
        assert_eq!(kept(), settings);
    });
}
