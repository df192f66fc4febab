//! Conversations: those a pane has been in (`pane.sessions`), and the past ones of a directory
//! (`conversations.list`).

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use segno_agent::identity::TimelineEntry;
use segno_agent::past::PastConversation;

/// The result of `pane.sessions`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SessionList {
    /// Oldest first.
    pub sessions: Vec<TimelineEntry>,
}

/// Which past conversations are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConversationsOf {
    /// Absolute.
    pub directory: PathBuf,
    /// Nothing: of every type.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub type_name: Option<String>,
}

/// Past conversations, seen last first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConversationList {
    pub conversations: Vec<PastConversation>,
    /// The agents whose own lists are missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
}

/// An agent that did not list its conversations.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LeftOut {
    #[serde(rename = "type")]
    pub type_name: String,
    /// For people.
    pub why: String,
}
