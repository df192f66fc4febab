//! A past conversation, as it is listed, chosen and shown, and what each is known by.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::identity::SessionId;
use segno_base::ids::PaneId;

/// What a conversation is known by beside its id.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Summary {
    pub title: Option<String>,
    /// The first and the last thing that the user was seen to say in it.
    pub first_prompt: Option<String>,
    pub last_prompt: Option<String>,
}

impl Summary {
    /// Its title, else how it began; never empty.
    pub fn label(&self) -> Option<&str> {
        let texts = [&self.title, &self.first_prompt].into_iter().flatten();
        texts.map(String::as_str).find(|text| !text.is_empty())
    }

    /// Notes what the user said now.
    pub fn prompted(&mut self, text: &str) {
        self.first_prompt.get_or_insert_with(|| text.to_owned());
        self.last_prompt = Some(text.to_owned());
    }

    /// What this one knows, and where it knows nothing, what the other one does.
    pub fn or(self, other: Summary) -> Summary {
        Summary {
            title: self.title.or(other.title),
            first_prompt: self.first_prompt.or(other.first_prompt),
            last_prompt: self.last_prompt.or(other.last_prompt),
        }
    }

    /// Each text changed or, with `None`, left out.
    pub fn map(self, change: impl Fn(String) -> Option<String>) -> Summary {
        Summary {
            title: self.title.and_then(&change),
            first_prompt: self.first_prompt.and_then(&change),
            last_prompt: self.last_prompt.and_then(&change),
        }
    }
}

/// A conversation that can be returned to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PastConversation {
    #[serde(rename = "type")]
    pub type_name: String,
    pub session: SessionId,
    pub cwd: PathBuf,
    #[serde(flatten)]
    pub summary: Summary,
    /// Milliseconds since the Unix epoch.
    pub last_seen: u64,
    /// The pane that is in it now; it cannot be resumed in another.
    pub open_in: Option<PaneId>,
}

impl PastConversation {
    /// What to call it: its title, else how it began, else its id.
    pub fn label(&self) -> &str {
        self.summary.label().unwrap_or(self.session.as_str())
    }

    /// Why it cannot be chosen, if it cannot.
    pub fn refusal(&self) -> Option<String> {
        self.open_in.map(|pane| format!("this conversation is open in {pane}"))
    }

    /// Everything that a search looks at.
    pub fn words(&self) -> String {
        let prompts = [&self.summary.first_prompt, &self.summary.last_prompt];
        let prompts: Vec<&str> = prompts.into_iter().flatten().map(String::as_str).collect();
        format!("{} {} {}", self.label(), self.type_name, prompts.join(" "))
    }
}
