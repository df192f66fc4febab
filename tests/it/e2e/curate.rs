//! Real agents curate without a terminal: the model has them read the conversation and write a
//! note.

use std::fs;

use serde_json::{Value, json};

use super::agents::claude;
use super::with_agent;
use crate::support::agent::{Bed, PATIENCE};
use crate::support::agents::{OPENCODE_NEWEST, OpencodeHome};
use crate::support::model_server::{ModelServer, Reply};
use crate::support::opencode;
use crate::support::segno::wait_for;

const MARK: &str = "Segno curation of ";

/// How often a tool has answered in a request.
fn answered(body: &Value) -> usize {
    let messages = body["messages"].as_array().cloned().unwrap_or_default();
    let of = |message: &Value| match &message["content"] {
        Value::Array(parts) => parts.iter().filter(|part| part["type"] == "tool_result").count(),
        _ => usize::from(message["role"] == "tool"),
    };
    messages.iter().map(|message| of(message).max(usize::from(message["role"] == "tool"))).sum()
}

/// A model that, in a curation, reads, then writes a note, then says so. `write`: the tool that
/// writes, and its argument for the path.
fn model(
    shell: &'static str,
    (write, path): (&'static str, &'static str),
    projects: std::path::PathBuf,
) -> ModelServer {
    ModelServer::scripted(Box::new(move |body, prompt| {
        let (_, rest) = prompt.split_once(MARK)?;
        body["tools"].as_array().filter(|tools| !tools.is_empty())?;
        let id = rest.split_whitespace().next()?;
        Some(match answered(body) {
            0 => {
                let command = format!("segno history show {id}");
                let arguments = json!({ "command": command, "description": "Reads it" });
                Reply::Tool { name: shell, arguments: arguments.to_string() }
            }
            1 => {
                // The one project's directory.
                let directory = fs::read_dir(&projects).ok()?.flatten().next()?.path();
                let mut arguments = json!({ "content": "# Nuts\n\nWalnuts are brown.\n" });
                arguments[path] = json!(directory.join("nuts.md"));
                Reply::Tool { name: write, arguments: arguments.to_string() }
            }
            _ => Reply::Text("Kept in nuts.md.".into()),
        })
    }))
}

fn notes(bed: &Bed) -> Vec<String> {
    let projects = bed.segno.home().join("notes/projects");
    let directories = fs::read_dir(projects).into_iter().flatten().flatten();
    let note = |directory: fs::DirEntry| fs::read_to_string(directory.path().join("nuts.md")).ok();
    directories.filter_map(note).collect()
}

/// Each request of the curation, by how often a tool had answered.
fn curation(bed: &Bed) -> Vec<(usize, Value)> {
    let requests = bed.model.requests().into_iter();
    let ours =
        requests.filter(|r| r.prompt.contains(MARK) && matches!(r.reply, Reply::Tool { .. }));
    ours.map(|request| (answered(&request.body), request.body)).collect()
}

fn was_read_and_written_once(bed: &Bed) {
    assert_eq!(notes(bed), ["# Nuts\n\nWalnuts are brown.\n"]);
    let asked = curation(bed);
    let steps: Vec<usize> = asked.iter().map(|(n, _)| *n).collect();
    assert_eq!(steps, [0, 1], "one run");
    let read = asked[1].1["messages"].to_string();
    assert!(read.contains("walnuts are brown"), "what it read: {read}");
}

fn costs(bed: &Bed) -> bool {
    let usage = bed.segno.json(&["usage", "--by", "pane", "--since", "1d"]);
    let rows = usage["usage"].as_array().expect("rows");
    rows.iter().any(|row| row["key"] == "-" && row["input"].as_u64() > Some(0))
}

#[test]
fn claude_curates_by_hand() {
    with_agent(|| {
        let mut bed = claude::bed();
        let projects = bed.segno.home().join("notes/projects");
        bed.model = model("Bash", ("Write", "file_path"), projects);
        let url = format!("http://127.0.0.1:{}", bed.model.port());
        bed.segno.env("ANTHROPIC_BASE_URL", url);
        let mut command = bed.segno.command("claude");
        let output = command.args(["-p", "SAY walnuts are brown"]).current_dir(&bed.work).output();
        assert!(output.expect("it runs").status.success());
        bed.segno.ok(&["history", "update"]);
        let list = bed.segno.json(&["history", "list"])["conversations"].take();
        let id = list[0]["id"].as_str().expect("an id").to_owned();
        let report = bed.segno.json(&["curate", &id]);
        assert_eq!(report["notes"], json!(["nuts.md"]), "{report:#}");
        assert!(report["output"].to_string().contains("Kept in nuts.md."), "{report:#}");
        was_read_and_written_once(&bed);
        assert!(costs(&bed));
        // What it said itself is not curated.
        bed.segno.ok(&["history", "update"]);
        let list = bed.segno.json(&["history", "list"])["conversations"].take();
        let own = list.as_array().expect("a list").iter().find(|one| one["id"] != id.as_str());
        let own = own.expect("the curation's")["id"].as_str().expect("an id").to_owned();
        assert_eq!(bed.segno.fails(&["curate", &own]).0, 4);
    });
}

#[test]
fn opencode_curates_by_itself() {
    with_agent(|| {
        let mut bed = opencode::Bed::new(OPENCODE_NEWEST);
        let projects = bed.segno.home().join("notes/projects");
        bed.model = model("bash", ("write", "filePath"), projects);
        OpencodeHome::create(bed.segno.user_home(), &bed.model.base_url(), json!({}));
        bed.segno
            .write("config.toml", "[curate]\nenabled = true\nafter_min = 0\ncooldown_min = 0\n");
        let pane = bed.open_ready(&[]);
        // What was said before it is on is left alone.
        wait_for("a first look", PATIENCE, || bed.segno.file("curate/state.json"));
        pane.prompt("SAY walnuts are brown", "walnuts are brown");
        wait_for("the end in the notifications", PATIENCE, || {
            let list = bed.segno.json(&["notifications"])["notifications"].to_string();
            list.contains("notes in nuts.md").then_some(())
        });
        was_read_and_written_once(&bed);
        wait_for("what it cost", PATIENCE, || costs(&bed).then_some(()));
        // Nothing more is due: not its own conversation either.
        bed.segno.ok(&["curate", "--background"]);
        assert_eq!(curation(&bed).len(), 2);
    });
}
