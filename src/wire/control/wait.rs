//! Waiting: `pane.wait` and `workspace.wait`.

use serde::{Deserialize, Serialize};

use super::pane::PaneRef;
use super::pane_info::PaneState;

/// What `pane.wait` waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitFor {
    /// The agent is done.
    Idle,
    /// The agent works.
    Working,
    /// The agent waits for its user.
    Blocked,
    /// The program ended.
    Exited,
    /// A line on the screen, or printed from now on, matches this regular expression.
    Output(String),
}

/// `pane.wait`. The answer comes when it is known; other calls on the connection go on meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// Which pane.
    pub pane: PaneRef,
    /// What for.
    #[serde(rename = "for")]
    pub wait_for: WaitFor,
    /// Left out: for ever.
    #[serde(default)]
    pub timeout_ms: Option<u64>,
}

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitEnd {
    /// What was waited for happened.
    Met,
    /// Time is up.
    Timeout,
    /// The program ended, so that it cannot happen any more.
    Exited,
    /// The pane was closed.
    Closed,
    /// A reason of a later version.
    #[default]
    #[serde(other)]
    Unknown,
}

/// The result of `pane.wait`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Waited {
    /// Whether it happened.
    pub met: bool,
    /// Why the wait ended.
    pub end: WaitEnd,
    /// The pane's state now.
    pub state: PaneState,
    /// The line that matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
}

/// `workspace.wait`: the answer comes when the workspace is another than when `mark` was given out:
/// its tabs and panes, who is attached, and where they look.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WaitChange {
    /// Left out: the answer comes at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
}

/// The result of `workspace.wait`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Changed {
    /// Stands for the workspace as it is now; any text.
    pub mark: String,
}
