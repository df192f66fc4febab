//! What `pane.list` and `pane.status` say of a pane.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::worktree::WorktreeInfo;
use segno_agent::identity::SessionId;
use segno_agent::status::Usage;
use segno_agent::usage::quota::Quota;
use segno_base::ids::{PaneId, TabId};
use segno_base::key::Key;

/// What a pane is doing: the agent's activity, or its program's life where there is no agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaneState {
    /// Waits for its turn to start.
    Queued,
    /// The agent's program runs, it has reported nothing yet.
    Starting,
    /// The agent works.
    Working,
    /// The agent waits for a permission or an answer.
    Blocked,
    /// The agent is done and waits for a prompt.
    Idle,
    /// The agent's last turn ended in an error.
    Error,
    /// The agent tries again by itself.
    Retrying,
    /// A program without a tracker runs.
    Running,
    /// The program ended.
    Exited,
    /// The program of an idle agent was ended until somebody wants it.
    Asleep,
    /// The program could not be started.
    Failed,
    /// A state of a later version.
    #[default]
    #[serde(other)]
    Unknown,
}

impl PaneState {
    /// The state's name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            PaneState::Queued => "queued",
            PaneState::Starting => "starting",
            PaneState::Working => "working",
            PaneState::Blocked => "blocked",
            PaneState::Idle => "idle",
            PaneState::Error => "error",
            PaneState::Retrying => "retrying",
            PaneState::Running => "running",
            PaneState::Exited => "exited",
            PaneState::Asleep => "asleep",
            PaneState::Failed => "failed",
            PaneState::Unknown => "unknown",
        }
    }
}

/// The tab a pane is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TabInfo {
    /// The tab's id.
    pub id: TabId,
    /// As shown in the tab bar.
    #[serde(default)]
    pub name: String,
    /// Its place in the tab bar, from 1.
    #[serde(default)]
    pub index: usize,
}

/// How a program ended: a code or a signal; neither when nobody could take its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ExitInfo {
    /// The exit code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<i32>,
    /// The signal that ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
}

/// The question that a pane asks instead of showing its program.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Asks {
    /// For people.
    pub question: String,
    /// What it can be answered with.
    pub choices: Vec<Choice>,
}

/// An answer to a pane's question.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Choice {
    /// For people.
    pub label: String,
    /// The command that gives this answer.
    pub command: String,
}

/// The prompts that wait for an agent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct QueueInfo {
    /// How many.
    pub count: usize,
    /// Why none is sent now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
}

/// One pane in the result of `pane.list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaneInfo {
    /// The pane's id.
    pub id: PaneId,
    /// The pane type.
    #[serde(rename = "type", default)]
    pub type_name: String,
    /// The type of the agent that was typed in its shell, while that runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The pane from which it was asked for; it may be closed by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<PaneId>,
    /// The name its user gave it.
    #[serde(default)]
    pub name: Option<String>,
    /// What it is called on the screen: its name, or else what runs in it.
    #[serde(default)]
    pub label: String,
    /// The tab it is on.
    pub tab: TabInfo,
    /// Its working directory.
    #[serde(default, serialize_with = "crate::control::lossy::path")]
    pub cwd: PathBuf,
    /// What git says of it, where it is in a repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worktree: Option<WorktreeInfo>,
    /// Its program's process id while that runs.
    #[serde(default)]
    pub pid: Option<i32>,
    /// What it is doing.
    #[serde(default)]
    pub state: PaneState,
    /// Since when, in milliseconds since the Unix epoch.
    #[serde(default)]
    pub since: u64,
    /// The conversation it shows.
    #[serde(default)]
    pub session: Option<SessionId>,
    /// The conversation's title.
    #[serde(default)]
    pub session_title: Option<String>,
    /// How its program ended, if it did.
    #[serde(default)]
    pub exit: Option<ExitInfo>,
    /// The question that it asks instead of showing its program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks: Option<Asks>,
    /// Whether it is the focused pane of the active tab.
    #[serde(default)]
    pub focused: bool,
    /// Whether it floats above its tab.
    #[serde(default)]
    pub popup: bool,
    /// Its title, as its program set it.
    #[serde(default)]
    pub title: String,
    /// Its labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Whether it stands first in lists and is not closed by accident.
    #[serde(default)]
    pub pinned: bool,
    /// Whether it posts no notifications.
    #[serde(default)]
    pub muted: bool,
    /// Whether it gets what is typed in the other panes that have this.
    #[serde(default)]
    pub broadcast: bool,
    /// The file that it is logged to.
    #[serde(default, serialize_with = "crate::control::lossy::option")]
    pub log: Option<PathBuf>,
    /// The colour of its label and lines, by name.
    #[serde(default)]
    pub color: Option<String>,
    /// Bytes of input that its program has not taken yet.
    #[serde(default)]
    pub input_waiting: usize,
    /// The prompts that wait for its agent, if any do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueInfo>,
    /// Who drives it now from outside: prompts it, types or presses keys there; for some seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driven: Option<DrivenInfo>,
}

/// Who drives a pane.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct DrivenInfo {
    /// The pane that the program runs in; left out: it runs in none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<PaneId>,
    /// When that was last.
    pub at: u64,
}

/// The result of `pane.list`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PaneList {
    /// In the order of tabs, then of ids.
    pub panes: Vec<PaneInfo>,
}

/// An answer to what an agent asks, as its pane type knows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct KnownAnswer {
    /// `allow`, `always` or `deny`.
    pub name: String,
    /// For people.
    pub label: String,
    /// The keys to press, one after the other.
    pub keys: Vec<Key>,
}

/// The result of `pane.status`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PaneStatus {
    /// What `pane.list` says.
    #[serde(flatten)]
    pub pane: PaneInfo,
    /// What the agent waits for, or what the error said.
    #[serde(default)]
    pub detail: Option<String>,
    /// What the conversation has used; left out without a tracker.
    #[serde(default)]
    pub usage: Option<Usage>,
    /// What it asks can be answered with these keys, while it asks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<KnownAnswer>,
    /// How much of its service's allowance the agent says is used up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotas: Vec<Quota>,
    /// What the user noted about it.
    #[serde(default)]
    pub note: String,
    /// What the user should know.
    #[serde(default)]
    pub notes: Vec<String>,
    /// How it came to this: where the state and the id come from, what was injected, what was
    /// left out and why. One fact per line.
    #[serde(default)]
    pub explain: Vec<String>,
}
