//! Methods on arrangements of panes: `layout.*`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::control::panes::pane::PaneRef;
use segno_base::ids::PaneId;
use segno_base::preset::Preset;

/// `layout.arrange`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Arrange {
    /// A pane of the tab.
    pub pane: PaneRef,
    /// The ready-made arrangement.
    pub preset: Preset,
}

/// The result of `layout.export`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LayoutText {
    /// TOML.
    pub toml: String,
}

/// `layout.apply`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApplyLayout {
    /// TOML.
    pub toml: String,
    /// With the same one again, within a day, nothing is made, and the first result is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// The result of `layout.apply`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LayoutApplied {
    /// The panes that were made.
    pub panes: Vec<PaneId>,
}
