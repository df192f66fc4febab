//! The split tree of a tab.

use crate::base::ids::PaneId;

/// Placeholder until the tree lands.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    pub panes: Vec<PaneId>,
}
