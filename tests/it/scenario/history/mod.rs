//! The archive of conversations as a user has it, by the words of `docs/history.md`: without a
//! daemon, on what agents have stored, and with one, on what was said in a pane.

mod kept;
pub(in crate::scenario) mod live;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::segno::Segno;

/// What the agents of the descriptions' tests have stored, each a home.
const STORED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/transcript/tests/data");
const CLAUDE: &str = "11111111-1111-4111-8111-111111111111";
const FORK: &str = "22222222-2222-4222-8222-222222222222";
const CODEX: &str = "01a00000-0000-7000-8000-00000000000a";

/// A Segno in whose user's home these agents have stored conversations.
pub fn with(agents: &[&str]) -> Segno {
    let segno = Segno::new();
    for agent in agents {
        copy(&Path::new(STORED).join(agent), segno.user_home());
    }
    segno
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("fixtures").flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        match from.is_dir() {
            true => copy(&from, &to),
            false => drop(fs::copy(&from, &to).expect("a copy")),
        }
    }
}

/// `segno history …`, as people see it.
fn history(segno: &Segno, args: &[&str]) -> String {
    segno.ok(&[&["history"], args].concat())
}

fn json(segno: &Segno, args: &[&str]) -> Value {
    segno.json(&[&["history"], args].concat())
}

/// The ids of the conversations that a search finds.
fn found(segno: &Segno, query: &str) -> Vec<String> {
    let output = segno.cli(&["history", "search", query, "--json"]);
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["version"], 1);
    let results = report["results"].as_array().expect("results");
    assert_eq!(output.status.code(), Some(i32::from(results.is_empty())));
    results.iter().map(|found| text(&found["conversation"]["id"])).collect()
}

/// A conversation with what was said in it.
fn shown(segno: &Segno, args: &[&str]) -> Value {
    json(segno, &[&["show"], args].concat())["conversations"][0].take()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn claude_file(segno: &Segno) -> PathBuf {
    segno.user_home().join(format!(".claude/projects/-w-app/{CLAUDE}.jsonl"))
}

#[test]
fn it_is_found_listed_and_read() {
    let segno = with(&["claude", "codex", "gemini", "cline"]);
    assert_eq!(found(&segno, "fast"), [CODEX]);
    assert!(found(&segno, "bug").contains(&CLAUDE.to_owned()));
    assert!(found(&segno, "bug agent:codex").is_empty());
    // Parts of a path, a phrase, a word that must not occur, and what means nothing.
    assert_eq!(found(&segno, "\"make it fast\" role:user"), [CODEX]);
    assert!(found(&segno, "fast -make role:user").is_empty());
    assert!(found(&segno, "tool:edit file:src/x").contains(&CLAUDE.to_owned()));
    assert!(found(&segno, "(((\" OR NEAR").is_empty());
    let output = segno.cli(&["history", "search", "zebra"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "no matches\n");
    assert!(history(&segno, &["search", "fast"]).contains(CODEX));
    let regex = json(&segno, &["search", "--regex", "it is f.st"]);
    assert_eq!(regex["results"][0]["conversation"]["id"], CODEX);
    assert_eq!(json(&segno, &["search", "--substring", "t is fas"])["results"][0]["count"], 1);

    let prompts = json(&segno, &["query", "--type", "prompt", "--agent", "codex"]);
    assert!(prompts["events"].as_array().expect("events").iter().all(|e| e["role"] == "user"));
    let printed = history(&segno, &["query", "--type", "answer"]);
    assert!(printed.contains("It is fast."), "{printed}");

    // Newest first, and each with a time, also where the format has none for the conversation.
    let list = json(&segno, &["list", "--limit", "100"]);
    let list = list["conversations"].as_array().expect("a list").clone();
    assert!(list.len() >= 4, "{list:?}");
    let times: Vec<_> = list.iter().map(|c| c["updated"].as_i64()).collect();
    assert!(times.iter().all(Option::is_some), "{list:#?}");
    assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
    let printed = history(&segno, &["list"]);
    assert!(printed.lines().all(|line| !line.starts_with("  ")), "no time in {printed}");

    let printed = history(&segno, &["show", CODEX]);
    assert!(printed.contains("make it fast") && printed.contains("apply_patch"), "{printed}");
    let message = shown(&segno, &[CODEX])["entries"][0]["id"].take();
    let (id, message_id) = (format!("codex:{CODEX}"), text(&message));
    let around = shown(&segno, &[&id, "--around", &message_id]);
    assert_eq!(around["entries"][0]["id"], message);
    let (code, why) = segno.fails(&["history", "show", "nothing-like-this"]);
    assert!(code != 0 && why.contains("history list"), "{why}");

    let files = json(&segno, &["files", "/w/app/src/x.rs"]);
    assert_eq!(files["touches"][0]["conversation"]["id"], CLAUDE);
    assert!(text(&files["touches"][0]["prompt"]).contains("bug"), "{files}");
    let stats = json(&segno, &["stats"]);
    let agents = stats["agents"].as_array().expect("agents");
    assert!(agents.iter().any(|tally| tally["name"] == "codex"), "{stats}");
    assert!(history(&segno, &["check"]).contains("all can be read"));
}

#[test]
fn forks_are_named_and_refused_where_a_type_cannot() {
    let segno = with(&["claude", "gemini"]);
    let list = json(&segno, &["list"])["conversations"].take();
    let listed = |id: &str| {
        let found = list.as_array().expect("a list").iter().find(|one| one["id"] == id);
        found.expect("it is listed").clone()
    };
    assert_eq!(listed(CLAUDE)["forks"], serde_json::json!([FORK]));
    assert_eq!(listed(FORK)["forked_from"], CLAUDE);
    assert_eq!(shown(&segno, &[CLAUDE])["forks"], serde_json::json!([FORK]));
    let printed = history(&segno, &["list", "--agent", "claude"]);
    let row =
        |id: &str| printed.lines().find(|line| line.contains(&format!(" {id} "))).expect("a row");
    assert!(row(FORK).ends_with(&format!("fork of {CLAUDE}")), "{printed}");
    assert!(row(CLAUDE).ends_with(&format!("forked to {FORK}")), "{printed}");
    assert!(row("agent-a7").ends_with(&format!("part of {CLAUDE}")), "{printed}");
    let printed = history(&segno, &["show", FORK]);
    assert!(printed.contains(&format!("forked from: {CLAUDE}\n")), "{printed}");
    let printed = history(&segno, &["show", CLAUDE]);
    assert!(printed.contains(&format!("forks: {FORK}\n")), "{printed}");
    // Without a daemon, and none was started for it.
    let (code, why) = segno.fails(&["history", "open", "gemini:", "--fork"]);
    assert!(code != 0 && why.contains("several"), "{why}");
    let (code, why) = segno.fails(&["history", "open", "gemini:3", "--fork"]);
    assert!(code != 0 && why.contains("\"gemini\"") && why.contains("fork"), "{why}");
}

#[test]
fn lists_and_figures_are_of_what_was_said_then_and_by_whom() {
    let segno = with(&["claude", "codex"]);
    let count = |args: &[&str]| {
        let list = json(&segno, &[&["list"], args].concat());
        let total = json(&segno, &[&["stats"], args].concat())["total"]["conversations"].take();
        let listed = list["conversations"].as_array().expect("a list").len();
        assert_eq!(total.as_u64(), Some(listed as u64), "{args:?}");
        listed
    };
    assert_eq!(count(&["--since", "2026-11-02"]), 1);
    assert_eq!(count(&["--until", "2026-10-01"]), 0);
    assert_eq!(count(&["--tool", "edit"]), 1);
    assert_eq!(count(&["--role", "user", "--agent", "codex"]), 2);
    let (code, _) = segno.fails(&["history", "query", "--type", "prompt", "--role", "tool"]);
    assert_eq!(code, 2, "one contradicts the other");
    let (code, why) = segno.fails(&["history", "show", CLAUDE, "--around", "nothing"]);
    assert!(code == 3 && why.contains("no message") && why.contains("--json"), "{why}");
    // Before anything is lost, it says how much.
    let (_, why) = segno.fails(&["history", "forget", "nothing"]);
    assert!(why.contains("no conversation"), "{why}");
    let (_, why) = segno.fails(&["history", "forget", FORK]);
    assert!(why.contains("--yes"), "{why}");
}

#[test]
fn it_is_exported() {
    let segno = with(&["claude"]);
    let page = segno.user_home().join("talk.html");
    let out = page.display().to_string();
    let said = history(&segno, &["export", CLAUDE, FORK, "--format", "html", "-o", &out]);
    assert_eq!(said, out);
    let page = fs::read_to_string(page).expect("the page");
    assert!(page.contains("&lt;b&gt;bug&lt;/b&gt;") && !page.contains("<b>bug"), "{page}");
    assert!(!page.contains("<script") && page.contains("and now?"), "{page}");
    let markdown = history(&segno, &["export", CLAUDE]);
    assert!(markdown.starts_with("# ") && markdown.contains("I look."), "{markdown}");
    for line in history(&segno, &["export", CLAUDE, "--format", "jsonl"]).lines() {
        serde_json::from_str::<Value>(line).expect("a line of JSON");
    }
}

#[test]
fn secrets_are_hidden_unless_asked_for() {
    let segno = with(&["claude"]);
    let key = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
    let path = claude_file(&segno);
    let all = fs::read_to_string(&path).expect("the transcript");
    fs::write(path, all.replace("other way", &format!("use zebra {key} now"))).expect("written");
    for args in [
        &["search", "zebra"][..],
        &["query", "zebra"],
        &["show", CLAUDE],
        &["show", CLAUDE, "--json"],
        &["export", CLAUDE, "--format", "html"],
        &["list"],
        &["secrets"],
    ] {
        let said = history(&segno, args);
        assert!(!said.contains(&key[4..]), "{args:?}: {said}");
    }
    let secrets = json(&segno, &["secrets"]);
    assert_eq!(secrets["secrets"][0]["conversation"]["id"], CLAUDE);
    assert!(history(&segno, &["show", CLAUDE, "--reveal"]).contains(key));
    assert!(history(&segno, &["search", "zebra", "--reveal"]).contains(key));
}
