//! The split tree of a tab: which pane stands where, and every operation on that.
//!
//! Pure: knows panes by id only, never what runs in them. Sizes come in as an area and come out
//! as rectangles; what is stored are weights, so that a layout fits any terminal.
//!
//! Invariants (kept by every operation, restored when a stored tree breaks them, property-tested):
//!
//! * there is at least one pane, and each stands in the tree once;
//! * a split has at least two children;
//! * a split's children are panes or splits of the *other* axis;
//! * weights are between 1 and [`WEIGHT_MAX`];
//! * the tree is at most [`DEPTH_MAX`] splits deep, so that no stored tree is too deep to be read.

mod arrange;
mod edit;
pub mod floating;
pub mod geometry;
mod navigate;
mod resize;
mod stored;
#[cfg(test)]
mod tests;
mod tiling;
mod tree;

use serde::{Deserialize, Serialize};

use segno_base::ids::PaneId;

pub use edit::Removed;
pub use segno_base::preset::Preset;
pub use stored::InvalidLayout;
pub use tiling::{Divider, DividerPath};
pub use tree::{DEPTH_MAX, WEIGHT_MAX};

use stored::StoredNode;
use tree::Node;

/// The split tree of a tab. See the module for its invariants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StoredNode", into = "StoredNode")]
pub struct Layout {
    root: Node,
}

impl Layout {
    /// One pane that has the whole tab.
    pub fn new(pane: PaneId) -> Layout {
        Layout { root: Node::Pane(pane) }
    }

    /// The panes in reading order; never empty.
    pub fn panes(&self) -> Vec<PaneId> {
        let mut panes = Vec::new();
        self.root.collect(&mut panes);
        panes
    }

    pub fn contains(&self, pane: PaneId) -> bool {
        self.root.contains(pane)
    }

    /// Whether the invariants hold, with the first one that does not. For tests and `verify`.
    pub fn validate(&self) -> Result<(), InvalidLayout> {
        stored::validate(&self.root)
    }
}
