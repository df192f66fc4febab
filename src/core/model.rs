//! The workspace's data. Invariants (checked by `Model::verify`, property-tested):
//!
//! * every pane stands in exactly one tab's layout, and every layout holds only known panes;
//! * a tab has at least one pane, and its focus is one of its panes;
//! * while there are tabs, `active` and every client's tab are among them;
//! * ids are never reused.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::agent::identity::{Recorded, TimelineEntry};
use crate::agent::status::Status;
use crate::base::geometry::Size;
use crate::base::ids::{ClientId, PaneId, TabId};
use crate::layout::Layout;

use super::dialog::Dialog;

/// The workspace.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// In the order of the tab bar.
    pub tabs: Vec<Tab>,
    pub panes: BTreeMap<PaneId, Pane>,
    pub clients: BTreeMap<ClientId, Client>,
    /// The tab that was looked at last; where the next client begins.
    pub active: Option<TabId>,
    pub(super) last_pane: u32,
    pub(super) last_tab: u32,
}

#[derive(Debug, Clone)]
pub struct Tab {
    pub id: TabId,
    /// Given by the user; otherwise the focused pane's label is shown.
    pub name: Option<String>,
    pub layout: Layout,
    pub focus: PaneId,
    /// The pane that had the focus before.
    pub last_focus: Option<PaneId>,
    /// Whether the focused pane fills the tab.
    pub zoomed: bool,
    /// The area for panes: what the smallest client that looks at the tab offers.
    pub size: Size,
}

/// How a pane was asked for: what is needed to start its program again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PaneSpec {
    #[serde(rename = "type")]
    pub type_name: String,
    pub name: Option<String>,
    /// Where the program starts; follows the pane's working directory.
    pub cwd: PathBuf,
    pub toggles: BTreeSet<String>,
    pub fields: BTreeMap<String, String>,
    pub args: Vec<String>,
    pub labels: BTreeMap<String, String>,
    pub model: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Pane {
    pub id: PaneId,
    pub spec: PaneSpec,
    pub life: Life,
    /// What is recorded of its conversation, as last read.
    pub recorded: Recorded,
    pub timeline: Vec<TimelineEntry>,
    /// `None` for a pane type without a tracker.
    pub agent: Option<Status>,
    /// The title its program set (OSC 0 and 2); one line, no control characters.
    pub title: String,
    /// What the user should know of this pane, for example a tracker that was left out.
    pub notes: Vec<String>,
    /// Rang the bell or finished while no client looked.
    pub unseen: bool,
    /// The question that the pane asks instead of showing its program, if any.
    pub choice: Option<StaleChoice>,
}

/// Where a pane's program is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Life {
    /// Waits for its turn to start.
    Queued,
    Running {
        pid: i32,
        /// Milliseconds since the Unix epoch.
        since: u64,
    },
    Exited {
        status: ExitStatus,
        /// Milliseconds since the Unix epoch.
        at: u64,
    },
    /// Could not be started.
    Failed { why: String },
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitStatus {
    Code(i32),
    Signal(i32),
    /// Ended while nobody could take its status.
    Unknown,
}

/// The agent did not know the conversation it was started with: what now?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaleChoice {
    pub session: String,
    /// The answer the cursor is on.
    pub selected: usize,
    pub can_continue: bool,
}

/// An attached client: its own tab, mode and dialog on the shared workspace.
#[derive(Debug, Clone)]
pub struct Client {
    pub id: ClientId,
    pub size: Size,
    pub tab: Option<TabId>,
    pub last_tab: Option<TabId>,
    pub read_only: bool,
    /// Whether the prefix key was pressed and the next key is a command.
    pub prefix: bool,
    pub dialog: Option<Dialog>,
    /// A line shown in the status line until the next key.
    pub message: Option<String>,
}
