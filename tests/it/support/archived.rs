//! What the archive has of a conversation, beside what was said in it.

use serde_json::Value;

use super::agent::PATIENCE;
use super::segno::{Segno, for_a_while};

/// Waits until the archive has exactly what was said in a conversation: the prompts that let the
/// model say something, and its answers, word for word, in order, each once. What else stands in
/// it (tools, the agent's own instructions) has another role.
#[track_caller]
pub fn wait_said(segno: &Segno, id: &str, said: &[&str]) {
    let both = |text: &&str| [("user", format!("SAY {text}")), ("assistant", text.to_string())];
    let expected: Vec<(&str, String)> = said.iter().flat_map(both).collect();
    let mut last = Value::Null;
    let agree = for_a_while(PATIENCE, || {
        let shown = segno.cli(&["history", "show", id, "--json"]);
        last = serde_json::from_slice(&shown.stdout).unwrap_or_default();
        let entries =
            last["conversations"][0]["entries"].as_array().map(Vec::as_slice).unwrap_or_default();
        let words = |entry: &Value| entry["text"].as_str().unwrap_or_default().trim().to_owned();
        let role = |entry: &Value| entry["role"].as_str().unwrap_or_default().to_owned();
        let spoken = entries.iter().filter(|e| ["user", "assistant"].contains(&&*role(e)));
        let found = spoken.map(|e| (role(e), words(e))).filter(|(_, words)| !words.is_empty());
        found.eq(expected.iter().map(|(role, text)| ((*role).to_owned(), text.clone())))
    });
    assert!(agree, "{expected:?} was said, and the archive has {last:#}");
}
