//! Gemini CLI, which is watched from outside: its telemetry, the file of its conversation, its
//! title.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use crate::e2e::with_agent;
use crate::support::agent::{Bed, PATIENCE, Pane};
use crate::support::agents::install;
use crate::support::segno::wait_for;

const VERSION: &str = "0.61.0";
pub(in crate::e2e) const READY: &str = "Type your message";

pub(in crate::e2e) fn bed() -> Bed {
    let package = install("@google/gemini-cli", VERSION).join("node_modules/.bin/gemini");
    let mut bed = Bed::new("gemini", &[&package]);
    let settings = json!({
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "general": {"enableAutoUpdate": false},
        "privacy": {"usageStatisticsEnabled": false},
        // One that it does not choose anew for each prompt by asking a model.
        "model": {"name": "gemini-2.5-pro"},
    });
    bed.write_home(".gemini/settings.json", &settings.to_string());
    let url = format!("http://127.0.0.1:{}", bed.model.port());
    bed.segno
        .env("GOOGLE_GEMINI_BASE_URL", url)
        .env("GEMINI_API_KEY", "x")
        .env("GEMINI_CLI_TRUST_WORKSPACE", "true");
    bed
}

/// The files that it keeps of conversations whose id begins like this one.
fn chats(bed: &Bed, id: &str) -> Vec<PathBuf> {
    let chats = bed.segno.user_home().join(".gemini/tmp/work/chats");
    let entries = fs::read_dir(chats).into_iter().flatten().flatten().map(|entry| entry.path());
    let name = |path: &PathBuf| path.to_string_lossy().into_owned();
    entries.filter(|path| name(path).ends_with(&format!("-{}.jsonl", &id[..8]))).collect()
}

/// How often a text stands in them.
fn stored(bed: &Bed, id: &str, text: &str) -> usize {
    let all = chats(bed, id).into_iter().filter_map(|path| fs::read_to_string(path).ok());
    all.map(|all| all.matches(text).count()).sum()
}

/// Waits until it has made a conversation's file: from then on it takes keys.
fn wait_begun(bed: &Bed, id: &str) {
    wait_for("its file", PATIENCE, || (!chats(bed, id).is_empty()).then_some(()));
}

/// A power cut, after which it is back in the conversation and takes keys: before it has loaded
/// all, it may lose what is typed.
fn reboots_into(bed: &Bed, pane: &mut Pane<'_>, id: &str, shows: &str) {
    const LOADED: &str = r#"{"$set":{"sessionId""#;
    let before = stored(bed, id, LOADED);
    pane.reboots_into(&["--resume", id], id, shows);
    wait_for("the loaded conversation", PATIENCE, || {
        (stored(bed, id, LOADED) > before).then_some(())
    });
    pane.wait_state("idle");
}

#[test]
fn comes_back_in_its_conversation() {
    with_agent(|| {
        let bed = bed();
        let mut pane = bed.open(&[], READY);
        let first = pane.wait_id(&[]);
        pane.say("guavas are pink");
        let used = pane.wait_used(|_| true);
        let model = "gemini-2.5-pro";
        assert_eq!((&used["key"], &used["model"]), (&json!(first), &json!(model)), "{used:#}");
        assert_eq!(used["context_limit"], 1_048_576, "{used:#}");
        pane.enter("/clear");
        let second = pane.wait_id(&[&first]);
        pane.say("hazelnuts are brown");
        let why: Vec<_> = pane.history().into_iter().map(|(_, why)| why).collect();
        assert_eq!(why, ["start", "new"]);
        reboots_into(&bed, &mut pane, &second, "hazelnuts are brown");
        pane.say("jackfruits are huge");
        reboots_into(&bed, &mut pane, &second, "jackfruits are huge");
        pane.wait_archived(&second, &["hazelnuts are brown", "jackfruits are huge"]);
    });
}

/// When it begins a conversation, it deletes those that were returned to before.
#[test]
fn a_conversation_that_it_deletes_is_put_back() {
    with_agent(|| {
        let bed = bed();
        let mut pane = bed.open(&[], READY);
        let id = pane.wait_id(&[]);
        pane.say("kiwis are hairy");
        // Begun in another minute: each of its files is named by one.
        let file = chats(&bed, &id).pop().expect("its file");
        let name = format!("session-2020-01-01T00-00-{}.jsonl", &id[..8]);
        fs::rename(&file, file.with_file_name(name)).expect("another name");
        reboots_into(&bed, &mut pane, &id, "kiwis are hairy");
        pane.say("limes are green");
        assert_eq!(chats(&bed, &id).len(), 2, "the other one has not a word in it");

        let other = bed.open(&[], READY);
        other.wait_id(&[&id]);
        other.say("mangos are sweet");
        assert!(stored(&bed, &id, "kiwis are hairy") > 0);
        assert!(stored(&bed, &id, "limes are green") > 0);
        let log = bed.segno.file("log/daemon.log").expect("a log");
        assert!(log.contains("its conversation were put back"), "it was not deleted: {log}");

        // The first one goes on in it, and comes back in it, also where nobody saw the deletion.
        bed.segno.ok(&["close", &other.id]);
        bed.segno.ok(&["focus", &pane.id]);
        pane.say("nuts are hard");
        assert!(stored(&bed, &id, "nuts are hard") > 0);
        for path in chats(&bed, &id) {
            fs::remove_file(path).expect("a deleted file");
        }
        reboots_into(&bed, &mut pane, &id, "nuts are hard");
    });
}

/// Begun again under another id: it neither returns to one in which nothing was said, nor begins
/// one under an id of which there is a file.
#[test]
fn where_nothing_was_said_it_begins_anew() {
    with_agent(|| {
        let bed = bed();
        let mut pane = bed.open(&[], READY);
        let first = pane.wait_id(&[]);
        wait_begun(&bed, &first);
        pane.reboot();
        let second = pane.wait_id(&[&first]);
        pane.wait_arguments(&["--session-id", &second]);
        wait_begun(&bed, &second);
        pane.say("olives are bitter");
        reboots_into(&bed, &mut pane, &second, "olives are bitter");
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
fn says_what_it_does() {
    with_agent(|| {
        let bed = bed();
        let pane = bed.open(&[], READY);
        pane.enter("BASH touch asked-for");
        pane.terminal.wait_text("Allow execution");
        pane.wait_state("blocked");
        pane.terminal.keys("enter");
        pane.terminal.wait_text("Ran it.");
        pane.wait_state("idle");

        pane.is_interrupted();

        pane.terminal.keys("ctrl+u");
        pane.enter("ERR401");
        let status = pane.wait_state("error");
        assert!(status["detail"].to_string().contains("401"), "{status:#}");
        pane.say("papayas are soft");
    });
}
