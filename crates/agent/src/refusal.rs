//! Why a prompt is not given to an agent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a prompt is not given to an agent, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PromptRefusal {
    /// The agent is at another turn.
    Busy,
    /// The agent waits for its user, who has to answer first.
    Blocked,
    /// Nobody knows what the pane's program is doing.
    Unfollowed,
    /// What may be spent is spent.
    Budget,
    /// The program does not run.
    Ended,
    /// The program took no input for a while.
    Silent,
    /// It was dropped from the queue.
    Dropped,
    /// Too many wait already.
    Full,
    /// A reason of a later version, or of none that is listed.
    #[default]
    #[serde(other)]
    Other,
}

/// A refusal with its reason in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// One line.
    pub why: String,
    #[serde(default)]
    pub reason: PromptRefusal,
}

impl PromptRefusal {
    /// A refusal for this reason.
    pub fn because(self, why: impl Into<String>) -> Refused {
        Refused { why: why.into(), reason: self }
    }
}
