//! What a conversation used, as Segno keeps it and as the agent itself has it; and what a user does
//! when one is deleted.

use std::fs;

use serde_json::Value;

use crate::support::agents::{OPENCODE_NEWEST, agents_enabled};
use crate::support::opencode::{Bed, PATIENCE, READY};
use crate::support::segno::wait_for;

#[test]
fn the_figures_are_the_agents_own_and_a_deletion_is_reported() {
    if agents_enabled() {
        crate::e2e::twice_at_most(counted_and_deleted);
    }
}

/// Tokens and cost of opencode's own export of a conversation and of the subagents' that it
/// started.
struct Own {
    input: u64,
    output: u64,
    cache_read: u64,
    cost: f64,
}

fn exported(bed: &Bed, session: &str, own: &mut Own) {
    let mut command = bed.segno.command("opencode");
    let output = command.args(["export", session]).current_dir(&bed.work).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let json = &text[text.find('{').expect("an object")..];
    let export: Value = serde_json::from_str(json).unwrap();
    for message in export["messages"].as_array().unwrap() {
        let (info, parts) = (&message["info"], message["parts"].as_array().unwrap());
        let count = |path: &str| info.pointer(path).and_then(Value::as_f64).unwrap_or(0.0);
        own.input += count("/tokens/input") as u64;
        own.output += count("/tokens/output") as u64;
        own.cache_read += count("/tokens/cache/read") as u64;
        own.cost += count("/cost");
        for part in parts.iter().filter(|part| part["tool"] == "task") {
            let of = part["state"]["metadata"]["sessionId"].as_str().expect("the subagent's id");
            exported(bed, of, own);
        }
    }
}

fn counted_and_deleted() {
    let bed = Bed::new(OPENCODE_NEWEST);
    let received = bed.segno.root().join("received");
    bed.segno.write(
        "config.toml",
        &format!(
            "[[on]]\nevent = [\"conversation.deleted\"]\nrun = [\"sh\", \"-c\", \"cat >> '{}'\"]\n",
            received.display()
        ),
    );
    fs::create_dir(bed.work.join(".git")).unwrap();
    let pane = bed.open_ready(&[]);
    pane.prompt("TASK SAY hidden words", "The task is done.");
    let id = pane.wait_id(&[]);
    pane.wait_idle();

    let mut own = Own { input: 0, output: 0, cache_read: 0, cost: 0.0 };
    exported(&bed, &id, &mut own);
    assert!(own.output >= 150 && own.cost > 0.0, "the task, the subagent and the end");
    let kept = || {
        let report = bed.segno.json(&["usage", "--by", "conversation", "--since", "1d"]);
        (report["usage"][0].clone(), report)
    };
    let agree = |row: &Value| {
        let cost = row["cost"].as_f64().unwrap_or(0.0);
        row["output"] == own.output
            && row["input"] == own.input
            && row["cache_read"] == own.cache_read
            && (cost - own.cost).abs() < 1e-9
    };
    wait_for("the agent's own figures", PATIENCE, || agree(&kept().0).then_some(()));
    let (row, report) = kept();
    assert_eq!(report["usage"].as_array().unwrap().len(), 1, "a subagent is no conversation");
    assert_eq!(row["key"], id.as_str());
    assert_eq!(row["context_limit"], 100_000, "{row:#}");
    assert!(row["model"].as_str().unwrap().ends_with("/m1"), "{row:#}");
    let project = bed.segno.json(&["usage", "--by", "project"]);
    assert_eq!(project["usage"][0]["key"], bed.work.to_str().unwrap());

    // What is read again after a crash is not counted again.
    bed.segno.kill_daemon();
    assert!(agree(&kept().0), "{:#}", kept().1);
    let terminal = bed.terminal();
    terminal.wait_text(" today");

    terminal.wait_text("The task is done.");
    pane.enter("/sessions");
    pane.terminal.wait_text("Search");
    pane.terminal.wait_text("● ");
    pane.terminal.keys("ctrl+d");
    pane.terminal.wait_text("again to confirm");
    pane.terminal.keys("ctrl+d");
    pane.terminal.wait_gone("again to confirm");
    let text = wait_for("the command on the deletion", PATIENCE, || {
        fs::read_to_string(&received).ok().filter(|text| text.ends_with('\n'))
    });
    let event: Value = serde_json::from_str(&text).expect("one line of JSON, once");
    assert_eq!(event["session"], id.as_str());
    assert!(event["title"].as_str().unwrap().starts_with("Title"), "{event:#}");
    pane.terminal.keys("escape");
    pane.terminal.wait_text(READY);
    assert!(agree(&kept().0), "what was used stays");

    // A conversation that Segno never saw is listed by the agent itself; the deleted one is not.
    let mut outside = bed.segno.command("opencode");
    let run = outside.args(["run", "SAY hello outside"]).current_dir(&bed.work).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let work = bed.work.to_str().unwrap();
    let list = bed.segno.json(&["sessions", "--dir", work])["conversations"].clone();
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), 1, "{list:#?}");
    assert!(list[0]["session"] != id.as_str() && list[0]["open_in"].is_null(), "{list:#?}");
    // It quotes words that it is given as one.
    assert_eq!(list[0]["first_prompt"], "\"SAY hello outside\"", "{list:#?}");
    assert_eq!(list[0]["last_prompt"], "\"SAY hello outside\"", "{list:#?}");
    assert!(list[0]["title"].is_string() && list[0]["last_seen"].as_u64() > Some(0), "{list:#?}");
}
