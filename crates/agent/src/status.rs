//! What an agent is doing and what it has used, as shown in the tab bar and by `segno status`.
//!
//! Plain data; `tracking` derives it from events.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::usage::counts::Counts;

/// What an agent is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Its program runs, and nothing has been heard yet.
    #[default]
    Starting,
    Working,
    /// It waits for the user: a permission or a question.
    Blocked,
    Idle,
    /// The last turn ended in an error.
    Error,
    /// The model refused and the agent tries again by itself.
    Retrying,
    /// The program ended, or was never started.
    Exited,
    /// The program gives no sign of what it does (a shell, a tool).
    Unknown,
}

/// What a conversation has used so far, its subagents included.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Usage {
    pub model: Option<String>,
    #[serde(flatten)]
    pub counts: Counts,
    /// Tokens in the model's context at the last turn.
    pub context: Option<u64>,
    /// How many it has room for.
    pub context_limit: Option<u64>,
}

/// What is shown of the agent in a pane.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Status {
    pub activity: Activity,
    /// Milliseconds since the Unix epoch.
    pub since: u64,
    /// What it waits for, or what the error said; one line, no control characters.
    pub detail: Option<String>,
    /// The conversation's title; one line, no control characters.
    pub title: Option<String>,
    pub usage: Usage,
}
