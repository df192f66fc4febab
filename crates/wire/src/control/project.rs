//! Methods on projects: `project.*`.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::control::panes::pane_info::TabInfo;
use segno_base::ids::PaneId;

/// A project in the result of `project.list`: tabs with one root directory.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ProjectInfo {
    /// The root; nothing: these tabs are in no project.
    #[serde(serialize_with = "crate::control::lossy::option")]
    pub root: Option<PathBuf>,
    /// The root's name.
    pub name: String,
    /// Its tabs, in the order of the tab bar.
    pub tabs: Vec<TabInfo>,
    /// The panes of these tabs.
    pub panes: Vec<PaneId>,
    /// How many panes cannot go on without their user.
    pub blocked: usize,
    /// How many ended their last turn in an error, or could not be started.
    pub failed: usize,
    /// How many work, or try again.
    pub working: usize,
    /// How many are done, and nobody has looked yet.
    pub finished: usize,
    /// How many are pinned.
    pub pinned: usize,
    /// Whether it has the focused pane.
    pub focused: bool,
}

/// The result of `project.list`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ProjectList {
    /// In the order of their first tabs.
    pub projects: Vec<ProjectInfo>,
}

/// `project.open`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OnDirectory {
    /// Absolute; the project is the one that it is in.
    pub directory: PathBuf,
}

/// The result of `project.open`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ProjectOpened {
    /// Its root.
    #[serde(serialize_with = "crate::control::lossy::option")]
    pub root: Option<PathBuf>,
    /// The panes that were opened; none when the project was open already.
    pub panes: Vec<PaneId>,
}

/// `project.trust`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProjectTrust {
    /// Absolute; the project is the one that it is in.
    pub directory: PathBuf,
    /// Whether its file is trusted; otherwise what was decided about it is forgotten.
    pub trusted: bool,
}

/// The result of `project.trust`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ProjectTrusted {
    /// The file.
    #[serde(serialize_with = "crate::control::lossy::option")]
    pub path: Option<PathBuf>,
    /// The SHA-256 of its content.
    pub hash: String,
}
