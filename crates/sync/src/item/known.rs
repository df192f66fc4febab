//! What templates may use of a conversation and of an item.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::service::{Kind, Part, Template};
use segno_archive::context::Context;
use segno_archive::read::{Conversation, Entry, Figures, Status};
use segno_archive::secrets;

/// Values by name.
pub type Values = Map<String, Value>;

/// What is known of a conversation beside its messages.
#[derive(Debug)]
pub struct About<'a> {
    pub conversation: &'a Conversation,
    pub held: &'a [Context],
    pub figures: &'a Figures,
    pub counts: Counts,
    /// When the first word was said.
    pub first: Option<i64>,
    /// Files that were touched.
    pub files: &'a [String],
    /// What the service calls agents.
    pub agents: &'a BTreeMap<String, String>,
    /// Whose models agents use, where they do not say it.
    pub providers: &'a BTreeMap<String, String>,
}

/// How much was said and done.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    pub messages: usize,
    pub tools: usize,
}

/// The project of a conversation: as it was noted, or the last part of its directory.
pub fn project(conversation: &Conversation, held: &[Context]) -> Option<String> {
    let noted = held.iter().rev().find_map(|held| held.project.clone());
    noted.or_else(|| {
        let directory = conversation.directory.as_deref()?.trim_end_matches('/');
        directory.rsplit('/').next().filter(|name| !name.is_empty()).map(Into::into)
    })
}

/// What templates may use of a conversation. Everything here stays the same while the conversation
/// does.
pub fn about(about: &About) -> Values {
    let of = about.conversation;
    let figures = about.figures;
    let source = about.agents.get(&of.agent).unwrap_or(&of.agent);
    let named = of.model.as_deref().and_then(|model| model.split_once('/')).map(|(p, _)| p);
    let provider = named.or_else(|| {
        of.model.as_ref()?;
        about.providers.get(&of.agent).map(String::as_str)
    });
    let branch = about.held.iter().rev().find_map(|held| held.branch.clone());
    let branch = branch.or_else(|| of.branch.clone());
    let commit = about.held.iter().rev().find_map(|held| held.commit.clone());
    let prompt = figures.input + figures.cache_read + figures.cache_write;
    let used = prompt + figures.output > 0 || figures.cost.is_some();
    let created = of.created.or(about.first).or(of.updated);
    let duration = created.zip(of.updated).map(|(from, to)| (to - from).max(0));
    let value = json!({
        "agent": of.agent,
        "source": source,
        "conversation": {
            "id": of.id,
            "title": of.title.as_deref().map(secrets::hidden),
            "directory": of.directory,
            "project": project(of, about.held),
            "branch": branch,
            "commit": commit,
            "model": of.model,
            "provider": provider,
            "parent": of.parent,
            "forked_from": of.forked_from,
            "created": created,
            "updated": of.updated.or(of.created),
            "duration": duration,
            "deleted": of.gone.is_some(),
            "messages": about.counts.messages,
            "tools": about.counts.tools,
            "files": about.files.len(),
            "touched": about.files,
        },
        "usage": used.then(|| json!({
            "input": figures.input,
            "output": figures.output,
            "reasoning": figures.reasoning,
            "cache_read": figures.cache_read,
            "cache_write": figures.cache_write,
            "prompt": prompt,
            "total": prompt + figures.output,
            "cost": figures.cost,
        })),
    });
    match value {
        Value::Object(values) => values,
        _ => Values::new(),
    }
}

/// An id that no other conversation's item has: the agent's own where it is long enough to be one,
/// and not copied from elsewhere.
pub fn unique(conversation: &Conversation, id: &str) -> String {
    let own = id.len() >= 16 && conversation.forked_from.is_none();
    if own { id.into() } else { format!("{}:{id}", conversation.id) }
}

/// Adds what is known of an item: of `entries` the first is the message or tool itself, what
/// follows are tools that it asked for.
pub fn fill(
    values: &mut Values,
    kind: Kind,
    conversation: &Conversation,
    entries: &[Entry],
    figures: Option<&Figures>,
    reasoning: bool,
) {
    let mut set = |name: &str, value: Value| drop(values.insert(name.into(), value));
    let word = match kind {
        Kind::Session => "session",
        Kind::User => "user",
        Kind::Assistant => "assistant",
        Kind::System => "system",
        Kind::Tool => "tool",
        Kind::End => "end",
        Kind::Deleted => "deleted",
    };
    set("kind", word.into());
    let Some(entry) = entries.first() else { return };
    set("id", entry.id.clone().into());
    set("uid", unique(conversation, &entry.id).into());
    set("role", word.into());
    set("time", entry.time.or(conversation.updated).into());
    set("model", entry.model.clone().into());
    set("text", entry.text.clone().into());
    set("reasoning", entry.reasoning.clone().filter(|_| reasoning).into());
    if let Some(figures) = figures {
        let prompt = figures.input + figures.cache_read + figures.cache_write;
        set("tokens", json!({ "prompt": prompt, "output": figures.output, "cost": figures.cost }));
    }
    if kind == Kind::Tool {
        for (name, value) in tool(entry) {
            set(&name, value);
        }
    }
}

/// What is known of a tool's call.
fn tool(entry: &Entry) -> Values {
    let input = entry
        .input
        .as_deref()
        .map(|text| serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())));
    let at = |name: &str| input.as_ref().and_then(|input| input.get(name)).cloned();
    let command = at("command").or_else(|| at("cmd")).filter(|command| !command.is_null());
    let mut values = Values::new();
    values.insert("tool".into(), entry.tool.clone().into());
    values.insert("summary".into(), summary(entry, command.as_ref()).into());
    values.insert("command".into(), command.unwrap_or_default());
    values.insert("file".into(), entry.files.first().cloned().into());
    values.insert("files".into(), entry.files.clone().into());
    values.insert("input".into(), input.unwrap_or_default());
    values.insert("output".into(), entry.output.clone().into());
    values.insert("failed".into(), (entry.status == Some(Status::Failed)).into());
    values
}

/// A tool's call in a line.
fn summary(entry: &Entry, command: Option<&Value>) -> String {
    let tool = entry.tool.as_deref().unwrap_or("tool");
    let lower = tool.to_lowercase();
    if let Some(command) = command {
        let text = match command {
            Value::String(text) => text.clone(),
            Value::Array(words) => {
                words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
            }
            other => other.to_string(),
        };
        return format!("Ran: {}", text.chars().take(300).collect::<String>());
    }
    let edits =
        ["edit", "write", "patch", "replace", "create"].iter().any(|verb| lower.contains(verb));
    match entry.files.first() {
        Some(file) if edits => format!("Edited {file}"),
        Some(file) => format!("{tool} {file}"),
        None => {
            let input = entry.input.as_deref().unwrap_or_default();
            format!("{tool} {}", input.chars().take(200).collect::<String>()).trim().to_owned()
        }
    }
}

/// The parts of a message, each by its template: what the model thought, what it said, and what
/// tools took and printed.
pub fn parts(
    entries: &[Entry],
    templates: &BTreeMap<Part, Template>,
    reasoning: bool,
) -> Vec<Value> {
    let mut parts = Vec::new();
    let mut add = |part: Part, values: &Value| {
        parts.extend(templates.get(&part).and_then(|template| template.render(values)));
    };
    for entry in entries {
        if let Some(thought) = entry.reasoning.as_ref().filter(|_| reasoning) {
            add(Part::Reasoning, &json!({ "reasoning": thought }));
        }
        if let Some(text) = entry.text.as_ref().filter(|text| !text.trim().is_empty()) {
            add(Part::Text, &json!({ "text": text }));
        }
        if entry.tool.is_some() || entry.input.is_some() {
            let mut values = tool(entry);
            values.insert("id".into(), entry.id.clone().into());
            let values = Value::Object(values);
            add(Part::Call, &values);
            if entry.output.is_some() {
                add(Part::Result, &values);
            }
        }
    }
    parts
}
