//! Which conversation a pane is in, and the history of that.
//!
//! Must not read files: `store/` does, and hands over what passed the checks.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The longest session id that is accepted, in bytes.
pub const SESSION_ID_MAX: usize = 128;

/// An agent's own id of a conversation. Cannot be empty, begin with `-`, or hold anything that is
/// not a letter, digit, `_`, `-`, `.` or `:`; a pane type's pattern narrows that further.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionId(String);

impl JsonSchema for SessionId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SessionId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "An agent's own id of a conversation.",
            "type": "string",
            "pattern": "^[0-9A-Za-z_][0-9A-Za-z_.:-]{0,127}$",
        })
    }
}

/// A text that cannot be a session id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a session id")]
pub struct InvalidSessionId;

impl SessionId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SessionId {
    type Error = InvalidSessionId;

    fn try_from(text: String) -> Result<SessionId, InvalidSessionId> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_-.:".contains(&b);
        let fits = (1..=SESSION_ID_MAX).contains(&text.len());
        if !fits || text.starts_with(['-', '.']) || !text.bytes().all(allowed) {
            return Err(InvalidSessionId);
        }
        Ok(SessionId(text))
    }
}

impl From<SessionId> for String {
    fn from(id: SessionId) -> String {
        id.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is recorded of a pane's conversation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
pub enum Recorded {
    /// Nothing was ever recorded.
    #[default]
    Nothing,
    /// The pane showed a new conversation in which nothing has been said.
    New,
    /// The pane showed this conversation.
    Id(SessionId),
}

/// What a session file says, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    pub shown: Recorded,
    /// When it was written, in milliseconds since the Unix epoch; 0 when there is no file.
    pub at: u64,
}

/// Why a pane's conversation changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeReason {
    /// The agent started with it.
    Start,
    /// The first prompt created it.
    Created,
    /// The user picked it in the agent.
    Selected,
    /// It was forked from the one before.
    Forked,
    /// The user began a new conversation.
    New,
    /// The one before was deleted.
    Deleted,
    /// Segno started the agent with it.
    Resumed,
    /// Segno started the agent with it, and the agent did not know it any more.
    Stale,
    /// It ended without the tracker saying why.
    #[serde(other)]
    Unknown,
}

/// One stretch of a pane's time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TimelineEntry {
    /// `None`: a new conversation in which nothing had been said.
    pub session: Option<SessionId>,
    /// Milliseconds since the Unix epoch.
    pub from: u64,
    /// `None` while it lasts.
    pub to: Option<u64>,
    pub reason: ChangeReason,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_an_option_or_a_path_is_no_id() {
        for text in
            ["", "-x", "--session", "a b", "a/b", "..", ".a", "a\n", "a\0", "é", &"x".repeat(129)]
        {
            assert!(SessionId::try_from(text.to_string()).is_err(), "{text:?}");
        }
        assert!(SessionId::try_from("ses_01AZaz".to_string()).is_ok());
    }
}
