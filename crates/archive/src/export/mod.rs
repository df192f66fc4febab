//! Conversations as files for people and programs.
//!
//! What was said is hostile: a web page that a model has read, a file that a tool has printed. In
//! each format it can be nothing but text.

mod html;
mod markdown;
mod plain;

use serde::Serialize;

use crate::query::time::Now;
use crate::read::{Entry, Shown, VERSION};

/// How it is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    Text,
    Markdown,
    /// One document, see [`Export`].
    Json,
    /// A line for each conversation and each entry, see [`Line`].
    JsonLines,
    /// One file that needs no other, readable on a phone.
    Html,
}

impl Format {
    /// By the name that users give: `text`, `md`, `json`, `jsonl`, `html`.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "text" | "txt" => Self::Text,
            "md" | "markdown" => Self::Markdown,
            "json" => Self::Json,
            "jsonl" => Self::JsonLines,
            "html" => Self::Html,
            _ => return None,
        })
    }
}

#[derive(Debug, Serialize)]
pub struct Export<'a> {
    pub version: u32,
    pub conversations: &'a [Shown],
}

/// A line of JSON.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Line<'a> {
    Conversation {
        version: u32,
        #[serde(flatten)]
        conversation: &'a crate::read::Conversation,
        held: &'a [crate::context::Context],
    },
    Entry {
        agent: &'a str,
        conversation: &'a str,
        #[serde(flatten)]
        entry: &'a Entry,
    },
}

/// The conversations in this format, with a newline at the end.
pub fn export(conversations: &[Shown], format: Format, now: &Now) -> String {
    match format {
        Format::Text => joined(conversations, |shown, out| plain::write(shown, now, out)),
        Format::Markdown => joined(conversations, |shown, out| markdown::write(shown, now, out)),
        Format::Html => html::page(conversations, now),
        Format::Json => json(&Export { version: VERSION, conversations }),
        Format::JsonLines => joined(conversations, lines),
    }
}

fn joined(conversations: &[Shown], write: impl Fn(&Shown, &mut String)) -> String {
    let mut out = String::new();
    for shown in conversations {
        write(shown, &mut out);
    }
    out
}

fn lines(shown: &Shown, out: &mut String) {
    let Shown { conversation, held, entries, .. } = shown;
    out.push_str(&json(&Line::Conversation { version: VERSION, conversation, held }));
    for entry in entries {
        let (agent, conversation) = (&*conversation.agent, &*conversation.id);
        out.push_str(&json(&Line::Entry { agent, conversation, entry }));
    }
}

fn json(value: &impl Serialize) -> String {
    // Plain data with texts as keys cannot fail.
    serde_json::to_string(value).unwrap_or_default() + "\n"
}

/// What the head of each format says of a conversation: a word and a value.
fn facts(shown: &Shown, now: &Now) -> Vec<(&'static str, String)> {
    let about = &shown.conversation;
    let time = |time: Option<i64>| time.map(|time| now.show(time));
    let last = shown.held.last();
    let git = last.and_then(|held| match (&held.branch, &held.commit) {
        (Some(branch), Some(commit)) => Some(format!("{branch} at {commit}")),
        (branch, commit) => branch.clone().or(commit.clone()),
    });
    let facts = [
        ("agent", Some(about.agent.clone())),
        ("id", Some(about.id.clone())),
        ("directory", about.directory.clone()),
        ("branch", git.or(about.branch.clone())),
        ("model", about.model.clone()),
        ("part of", about.parent.clone()),
        ("forked from", about.forked_from.clone()),
        ("forks", (!shown.forks.is_empty()).then(|| shown.forks.join(", "))),
        ("started", time(about.created)),
        ("updated", time(about.updated)),
        ("deleted by its agent", time(about.gone)),
    ];
    facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn title(shown: &Shown) -> &str {
    shown.conversation.title.as_deref().unwrap_or("Conversation")
}

/// What stands above an entry.
fn heading(entry: &Entry, now: &Now) -> String {
    let mut heading = match &entry.tool {
        Some(tool) => format!("tool {tool}"),
        None => entry.role.name().to_owned(),
    };
    if entry.status == Some(crate::read::Status::Failed) {
        heading.push_str(" (failed)");
    }
    if let Some(time) = entry.time {
        heading.push_str(&format!(" · {}", now.show(time)));
    }
    if entry.gone.is_some() {
        heading.push_str(" · taken back");
    }
    heading
}

/// What a terminal would act on, made visible: an escape becomes `␛`.
fn visible(text: &str) -> String {
    let plain = |c| match c {
        '\n' | '\t' => c,
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c => c,
    };
    text.replace("\r\n", "\n").chars().map(plain).collect()
}

#[cfg(test)]
mod tests;
