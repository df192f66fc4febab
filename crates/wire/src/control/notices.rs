//! Notifications in calls.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use segno_base::ids::PaneId;

/// The notifications, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NoticeList {
    pub notifications: Vec<NoticeInfo>,
}

/// A notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NoticeInfo {
    pub pane: PaneId,
    /// What the pane was called then.
    pub label: String,
    /// `blocked`, `error`, `warning`, `info`, `finished`, `program` or `bell`; later versions may
    /// add others.
    pub kind: String,
    pub text: String,
    /// Milliseconds since the Unix epoch.
    pub at: u64,
    /// Whether somebody has looked at the pane since.
    pub seen: bool,
    /// How often it came, one after the other.
    pub count: u32,
}
