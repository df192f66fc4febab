//! Methods on arrangements of panes: `layout.*`.

use serde::{Deserialize, Serialize};

use crate::control::panes::pane::PaneRef;
use segno_base::ids::PaneId;
use segno_base::preset::Preset;

/// `layout.arrange`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrange {
    /// A pane of the tab.
    pub pane: PaneRef,
    /// The ready-made arrangement.
    pub preset: Preset,
}

/// The result of `layout.export` and the parameter of `layout.apply`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayoutText {
    /// TOML.
    pub toml: String,
}

/// The result of `layout.apply`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LayoutApplied {
    /// The panes that were made.
    pub panes: Vec<PaneId>,
}
