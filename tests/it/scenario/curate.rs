//! What conversations taught is kept as notes, by the words of `docs/history.md`: with and without
//! a daemon. The agent that curates is a few lines of shell, of a type of the user's.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use super::history::live::{parrots, said};
use super::history::with;
use crate::support::segno::{Segno, program};

const CONVERSATION: &str = "11111111-1111-4111-8111-111111111111";

const TYPE: &str = r#"schema = 1
name = "curator"
title = "Curator"
kind = "agent"

[command]
program = "curator"
args = ["--ui"]
run_args = ["--", "{prompt}"]

[tracker]
session_id = '^c-[0-9]+$'

[[transcript]]
files = ["{user_home}/.curator/{session}.jsonl"]
time = "/at"

[[transcript.conversation]]
directory = "/cwd"

[[transcript.message]]
where = { "/who" = "." }
id = "/id"
role = { at = "/who", user = "user", assistant = "curator" }
text = "/text"

[[transcript.usage]]
where = { "/cost" = "." }
key = "/id"
input = "/input"
output = "/output"
cost = "/cost"
"#;

/// Reads the conversation and writes a note; waits for as long as `~/slow` is there.
const SCRIPT: &str = r#"#!/bin/sh
shift
first=$(printf '%s\n' "$1" | head -n 1)
id=${first#Segno curation of }
printf '%s\n' "$id" >> ~/ran
mkdir -p ~/.curator
own=c-$(wc -l < ~/ran | tr -d ' ')
put() {
  printf '{"who":"%s","id":"%s.%s","text":"%s","cwd":"%s","at":%s%s}\n' \
    "$1" "$own" "$1" "$2" "$PWD" "$(date +%s)" "$3" >> ~/.curator/"$own".jsonl
}
put user "$first"
while [ -e ~/slow ]; do sleep 0.05; done
segno history show "$id" > about.md || exit 7
segno curate "$id" 2> ~/refused
put curator kept ',"input":1000,"output":50,"cost":0.25'
[ -e ~/bad ] && { echo "no more tokens"; exit 5; }
echo "kept what is in about.md"
"#;

/// Makes the type known, and lets it curate everything.
fn with_curator(segno: &mut Segno, settings: &str) {
    let bin = segno.directory("curators");
    fs::write(bin.join("curator"), SCRIPT).expect("the agent");
    fs::set_permissions(bin.join("curator"), fs::Permissions::from_mode(0o755)).expect("rights");
    segno.path_first(&bin);
    segno.write("panes/curator.toml", TYPE);
    segno.write("config.toml", &format!("[curate]\ntype = \"curator\"\n{settings}"));
}

fn archived() -> Segno {
    let mut segno = with(&["claude"]);
    with_curator(&mut segno, "");
    segno
}

/// The conversations that were curated, in order.
fn ran(segno: &Segno) -> Vec<String> {
    let text = fs::read_to_string(segno.user_home().join("ran")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn begun(segno: &Segno, args: &[&str]) -> Child {
    let mut command = segno.command(program());
    command.args(args).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("segno")
}

fn notices(segno: &Segno) -> Vec<String> {
    let list = segno.json(&["notifications"])["notifications"].take();
    let list = list.as_array().cloned().unwrap_or_default();
    list.iter().map(|one| one["text"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn by_hand_a_conversation_becomes_notes_and_is_counted() {
    let segno = archived();
    segno.ok(&["history", "update"]);
    let shown = segno.ok(&["curate", CONVERSATION, "--dry-run"]);
    assert!(shown.contains("curator") && shown.contains("segno history show"), "{shown}");
    assert!(ran(&segno).is_empty() && !segno.home().join("notes/projects").exists());

    let report = segno.json(&["curate", CONVERSATION]);
    assert_eq!(report["notes"][0], "about.md", "{report:#}");
    assert_eq!(report["succeeded"], true);
    assert_eq!(ran(&segno), [format!("claude:{CONVERSATION}")]);
    let directory = report["directory"].as_str().expect("a path");
    let projects = segno.home().join("notes/projects").display().to_string();
    assert!(directory.starts_with(&projects), "{directory}");
    let note = fs::read_to_string(format!("{directory}/about.md")).expect("the note");
    assert_eq!(note.trim(), segno.ok(&["history", "show", CONVERSATION]));
    // In it, nothing is curated.
    let refused = fs::read_to_string(segno.user_home().join("refused")).expect("a reason");
    assert!(refused.contains("this is a curation itself"), "{refused}");

    // Its own conversation is none to learn from.
    let (code, why) = segno.fails(&["curate", "curator:c-1"]);
    assert!(code == 4 && why.contains("a curation's own"), "{code} {why}");
    let usage = segno.json(&["usage", "--by", "conversation"]);
    let of = |row: &Value| row["key"] == "c-1" && row["cost"] == 0.25 && row["input"] == 1000;
    assert!(usage["usage"].as_array().expect("rows").iter().any(of), "{usage:#}");
}

#[test]
fn one_at_a_time_also_after_a_kill_and_it_ends_with_the_command() {
    let segno = archived();
    segno.ok(&["history", "update"]);
    let slow = segno.user_home().join("slow");
    fs::write(&slow, "").expect("a file");
    let wait = |count: usize| {
        segno.wait_for("the agent", || (ran(&segno).len() == count).then_some(()));
    };
    let mut first = begun(&segno, &["curate", CONVERSATION]);
    wait(1);
    let busy = || segno.cli(&["curate", CONVERSATION]).status.code();
    assert_eq!(busy(), Some(4));
    // Killed, its agent goes on, and keeps the next one out.
    first.kill().expect("it runs");
    first.wait().expect("its end");
    assert_eq!(busy(), Some(4));
    assert_eq!(ran(&segno).len(), 1);
    fs::remove_file(&slow).expect("removed");
    segno.wait_for("the end of the agent", || {
        segno.cli(&["curate", CONVERSATION]).status.success().then_some(())
    });
    assert_eq!(ran(&segno).len(), 2);

    // Asked to end, it ends the agent first.
    fs::write(&slow, "").expect("a file");
    let mut last = begun(&segno, &["curate", CONVERSATION]);
    wait(3);
    kill(Pid::from_raw(last.id().cast_signed()), Signal::SIGTERM).expect("it runs");
    assert_eq!(last.wait().expect("its end").code(), Some(1));
    let lock = segno.home().join("curate/.lock");
    let held = || {
        let lock = segno_base::system::lock_file::LockFile::try_acquire(&lock);
        lock.expect("a lock").map(drop)
    };
    segno.wait_for("nobody at it", held);
}

#[test]
fn what_an_agent_says_of_its_failure_is_shown() {
    let segno = archived();
    segno.ok(&["history", "update"]);
    fs::write(segno.user_home().join("bad"), "").expect("a file");
    let output = segno.cli(&["curate", CONVERSATION]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("failed: no more tokens"), "{said}");
    let (code, why) = segno.fails(&["curate", "unheard-of"]);
    assert!(code == 3 && why.contains("segno history list"), "{why}");
    segno.write("config.toml", "[curate]\ntype = \"shell\"\n");
    let (_, why) = segno.fails(&["curate", CONVERSATION]);
    assert!(why.contains("run_args"), "{why}");
}

#[test]
fn what_is_at_rest_is_curated_by_itself_once_and_in_its_time() {
    let mut segno = parrots();
    with_curator(&mut segno, "enabled = true\nafter_min = 0\ncooldown_min = 100\n");
    // With the agent in its PATH.
    segno.ok(&["daemon", "restart"]);
    segno.wait_for("a first look", || segno.file("curate/state.json"));
    let (pane, id, terminal) = said(&segno, "walnuts are brown");
    segno.wait_for("its end in the notifications", || {
        notices(&segno).iter().any(|text| text.contains("notes in about.md")).then_some(())
    });
    assert_eq!(ran(&segno), [format!("parrot:{id}")]);
    segno.wait_for("what it cost", || {
        let usage = segno.json(&["usage", "--by", "conversation"]);
        let rows = usage["usage"].as_array()?;
        rows.iter().any(|row| row["key"] == "c-1" && row["cost"] == 0.25).then_some(())
    });
    // It goes on; but for a while nothing more is run, whoever asks.
    terminal.type_text("and figs");
    terminal.keys("enter");
    segno.wait_state(&pane, "idle");
    segno.ok(&["history", "update"]);
    segno.ok(&["curate", "--background"]);
    let state: Value =
        serde_json::from_str(&segno.file("curate/state.json").expect("it")).expect("JSON");
    assert_eq!(state["runs"].as_array().map(Vec::len), Some(1), "{state:#}");
    assert_eq!(ran(&segno).len(), 1);
}

#[test]
fn what_is_deleted_is_curated_at_once_and_its_own_conversation_never() {
    let mut segno = parrots();
    with_curator(&mut segno, "enabled = true\nafter_min = 1000\ncooldown_min = 0\n");
    segno.ok(&["daemon", "restart"]);
    segno.wait_for("a first look", || segno.file("curate/state.json"));
    let (pane, id, _terminal) = said(&segno, "walnuts are brown");
    let is_archived = || {
        let found = segno.cli(&["history", "search", "walnuts", "--json"]);
        found.status.success().then_some(())
    };
    segno.wait_for("the conversation in the archive", is_archived);
    segno.ok(&["curate", "--background"]);
    assert!(ran(&segno).is_empty(), "it is not at rest");
    segno.ok(&["close", "--force", &pane]);
    fs::remove_file(segno.user_home().join(format!(".parrot/{id}.jsonl"))).expect("deleted");
    // An update of the archive that had begun before does not see that it is gone.
    segno.wait_for("the curation", || {
        segno.ok(&["curate", "--background"]);
        (!ran(&segno).is_empty()).then_some(())
    });
    assert_eq!(ran(&segno), [format!("parrot:{id}")]);
    // Nor when it is deleted, too.
    fs::remove_file(segno.user_home().join(".curator/c-1.jsonl")).expect("deleted");
    segno.ok(&["curate", "--background"]);
    assert_eq!(ran(&segno).len(), 1);
}
