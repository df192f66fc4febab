//! Prompts: `pane.prompt`, `pane.prompt_wait` and `pane.queue`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::control::panes::pane::PaneRef;
use crate::control::panes::pane_info::{ExitInfo, PaneState};
use segno_agent::identity::SessionId;
use segno_agent::usage::counts::Counts;
use segno_base::ids::PaneId;

/// The longest prompt, in bytes.
pub const TEXT_MAX: usize = 1 << 20;

/// What becomes of a prompt for an agent that is busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhenBusy {
    /// It is refused.
    #[default]
    Refuse,
    /// It waits in the pane's queue.
    Queue,
    /// It is typed all the same.
    Force,
}

/// `pane.prompt`. Who asks again with the same `id`, also the next daemon, is answered for the
/// first one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Prompt {
    /// Which pane.
    pub pane: PaneRef,
    /// Any text but an empty one.
    pub text: String,
    /// 32 random hexadecimal digits.
    pub id: String,
    /// When the agent is at another turn.
    pub busy: WhenBusy,
}

/// The result of `pane.prompt`: it is stored, and goes in when the agent takes input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Prompted {
    /// The pane.
    pub pane: PaneId,
    /// As it was asked for.
    pub id: String,
    /// Its number in the pane.
    #[serde(default)]
    pub number: u64,
    /// Whether it waits in the queue.
    #[serde(default)]
    pub queued: bool,
}

/// How far a prompt has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PromptStage {
    /// The agent has said so, or has it for later because it is busy.
    #[default]
    Begun,
    /// The agent has ended the turn, or waits for its user.
    Ended,
}

/// `pane.prompt_wait`. The answer comes when it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PromptWait {
    /// Which pane.
    pub pane: PaneRef,
    /// Which prompt.
    pub id: String,
    /// What for.
    pub until: PromptStage,
    /// Left out: for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

/// How a wait for a prompt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PromptEnd {
    /// The agent has begun.
    Begun,
    /// The agent has ended the turn.
    Done,
    /// The agent waits for its user.
    Blocked,
    /// The turn ended in an error.
    Error,
    /// The program ended.
    Exited,
    /// The pane was closed.
    Closed,
    /// The agent was not seen to begin.
    Unseen,
    /// Time is up.
    Timeout,
    /// A reason of a later version.
    #[default]
    #[serde(other)]
    Unknown,
}

/// The result of `pane.prompt_wait`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PromptEnded {
    /// How.
    pub end: PromptEnd,
    /// The pane.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pane: Option<PaneId>,
    /// Its type.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_name: Option<String>,
    /// The pane's state now.
    pub state: PaneState,
    /// The conversation that the turn was in.
    pub session: Option<SessionId>,
    /// What the agent waits for, or what the error said.
    pub detail: Option<String>,
    /// When the agent got the prompt, in milliseconds since the Unix epoch; 0 when it did not.
    pub at: u64,
    /// What the conversation has used since.
    pub used: Counts,
    /// How the program ended, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit: Option<ExitInfo>,
}

/// `pane.queue`: changes the queue where `change` says so, and shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct QueueChange {
    /// Which pane.
    pub pane: PaneRef,
    /// Left out: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
}

/// A change of a queue. Prompts are added by `pane.prompt`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Another text for the prompt with this number.
    Edit {
        /// Which.
        number: u64,
        /// Any text but an empty one.
        text: String,
    },
    /// Without the prompt with this number.
    Drop {
        /// Which.
        number: u64,
    },
    /// Nothing is sent until `resume`.
    Pause,
    /// Goes on, also after an error and in another conversation.
    Resume,
    /// Without any.
    Clear,
}

/// The result of `pane.queue`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Queue {
    /// The pane.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pane: Option<PaneId>,
    /// Whether nothing is sent until `resume`.
    pub paused: bool,
    /// Why none is sent now.
    pub held: Option<String>,
    /// In the order in which they are sent.
    pub prompts: Vec<QueuedPrompt>,
}

/// A prompt that waits.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct QueuedPrompt {
    /// Its number, which it keeps.
    pub number: u64,
    /// The text.
    pub text: String,
    /// Whether it is being typed, and cannot be changed any more.
    pub typed: bool,
}
