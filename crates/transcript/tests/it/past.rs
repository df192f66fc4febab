//! What can be returned to in a directory, and the files of one conversation.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::support::{data, database, describe, environment, home};
use segno_transcript::read::{Past, Wanted, of_conversation, past};

fn listed(agent: &str, home: &Path, names: &[&str]) -> Vec<Past> {
    let names: Vec<PathBuf> = names.iter().map(PathBuf::from).collect();
    let until = Instant::now() + Duration::from_secs(60);
    let wanted = Wanted { names: &names, most: 500, allowed: &|id| !id.is_empty(), until };
    let mut found = past(&describe(agent), &environment(home), wanted);
    found.sort_by(|a, b| a.id.cmp(&b.id));
    found
}

/// Without the times, which are those of files.
fn printed(agent: &str, home: &Path, names: &[&str]) -> String {
    let mut text = String::new();
    for past in listed(agent, home, names) {
        let said = |text: &Option<String>| text.clone().unwrap_or_default();
        assert!(past.updated > 0, "{agent}: {past:?}");
        text += &format!(
            "{agent} {} {:?} {:?} {:?}\n",
            past.id,
            said(&past.title),
            said(&past.first_prompt),
            said(&past.last_prompt)
        );
    }
    text
}

#[test]
fn every_agents_conversations_of_a_directory() {
    let mut text = String::new();
    for agent in ["claude", "codex", "qwen", "copilot", "pi", "grok", "cline", "kimi"] {
        text += &printed(agent, &data().join(agent), &["/w/app"]);
    }
    // Only the hash of `/w/app` says where it was held.
    let gemini = home("gemini");
    let at = gemini.path().join(".gemini/tmp/app/chats/session-2026-11-01T10-00-33333333.jsonl");
    let hash = "ece9371bedcbc1139e32f73cc67f0e41d989923d6c820725b6bc0a499922f610";
    let hashed = fs::read_to_string(&at).unwrap().replace("\"ab\"", &format!("\"{hash}\""));
    fs::write(&at, hashed).unwrap();
    text += &printed("gemini", gemini.path(), &["/w/app"]);
    let opencode = home("opencode");
    let at = opencode.path().join(".local/share/opencode/opencode.db");
    let sql = fs::read_to_string(data().join("opencode/opencode.sql")).unwrap();
    drop(database(&at, &sql));
    text += &printed("opencode", opencode.path(), &["/w/app"]);
    let kilo = tempfile::tempdir().unwrap();
    drop(database(&kilo.path().join(".local/share/kilo/kilo.db"), &sql));
    text += &printed("kilo", kilo.path(), &["/w/app"]);
    let goose = tempfile::tempdir().unwrap();
    let sql = fs::read_to_string(data().join("goose/sessions.sql")).unwrap();
    drop(database(&goose.path().join(".local/share/goose/sessions/sessions.db"), &sql));
    text += &printed("goose", goose.path(), &["/w/app"]);
    let crush = tempfile::tempdir().unwrap();
    let sql = fs::read_to_string(data().join("crush/crush.sql")).unwrap();
    drop(database(&crush.path().join(".crush/crush.db"), &sql));
    text += &printed("crush", crush.path(), &[crush.path().to_str().unwrap()]);
    insta::assert_snapshot!("past", text);
}

#[test]
fn nothing_of_another_directory() {
    for agent in ["claude", "codex", "qwen", "copilot", "pi", "grok", "cline", "kimi", "gemini"] {
        assert_eq!(listed(agent, &data().join(agent), &["/w"]), []);
    }
}

#[test]
fn the_files_of_one_conversation_and_of_its_subagents() {
    let files = |agent: &str, id: &str| {
        let data = data().join(agent);
        let sources = of_conversation(&describe(agent), &environment(&data), id);
        let mut names: Vec<String> =
            sources.iter().map(|s| s.name().replace(data.to_str().unwrap(), "~")).collect();
        names.sort();
        names
    };
    let id = "11111111-1111-4111-8111-111111111111";
    let at = "~/.claude/projects/-w-app/11111111-1111-4111-8111-111111111111";
    let subagent = format!("{at}/subagents/agent-a7.jsonl");
    assert_eq!(files("claude", id), [format!("{at}.jsonl"), subagent].map(String::from));
    let id = "33333333-3333-4333-8333-333333333333";
    assert_eq!(files("gemini", id).len(), 1, "by the beginning of its id");
    assert_eq!(files("grok", "88888888-8888-4888-8888-888888888888").len(), 3);
    for none in ["", "..", "../x", "nothing"] {
        assert_eq!(files("claude", none), [""; 0]);
    }
}
