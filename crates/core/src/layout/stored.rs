//! How a layout is written down, and how one that was edited by hand or damaged is repaired.
//!
//! What has a sensible reading is repaired (a split of one, nested splits of one axis, a weight
//! out of range, a pane named twice); refused is only what holds no pane at all.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Layout;
use super::tree::{Child, DEPTH_MAX, Node, WEIGHT_MAX, splice};
use segno_base::ids::PaneId;
use segno_base::screen::geometry::Axis;

/// Why a tree is not a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLayout {
    #[error("a layout needs at least one pane")]
    NoPane,
    #[error("a node is either a pane or a split with an axis and children")]
    NeitherPaneNorSplit,
    #[error("pane {0} stands in the layout twice")]
    Duplicate(PaneId),
    #[error("a split needs at least two children")]
    TooFewChildren,
    #[error("a split stands directly inside a split of the same axis")]
    SameAxis,
    #[error("a weight must be between 1 and {WEIGHT_MAX}")]
    Weight,
    #[error("splits are nested deeper than {DEPTH_MAX}")]
    TooDeep,
}

/// A node as it is stored: `{"pane": "p1"}` or `{"axis": "row", "children": [...]}`, and in a
/// split its `weight`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredNode {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    weight: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pane: Option<PaneId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    axis: Option<Axis>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    children: Vec<StoredNode>,
}

impl From<Layout> for StoredNode {
    fn from(layout: Layout) -> StoredNode {
        store(layout.root, None)
    }
}

fn store(node: Node, weight: Option<u32>) -> StoredNode {
    match node {
        Node::Pane(pane) => {
            StoredNode { weight, pane: Some(pane), axis: None, children: Vec::new() }
        }
        Node::Split { axis, children } => StoredNode {
            weight,
            pane: None,
            axis: Some(axis),
            children: children.into_iter().map(|c| store(c.node, Some(c.weight))).collect(),
        },
    }
}

impl TryFrom<StoredNode> for Layout {
    type Error = InvalidLayout;

    fn try_from(stored: StoredNode) -> Result<Layout, InvalidLayout> {
        let node = read(stored)?;
        rebuild(&node, Some).ok_or(InvalidLayout::NoPane)
    }
}

/// Takes the stored shape as it is; `rebuild` repairs it.
fn read(stored: StoredNode) -> Result<Node, InvalidLayout> {
    match (stored.pane, stored.axis) {
        (Some(pane), None) if stored.children.is_empty() => Ok(Node::Pane(pane)),
        (None, Some(axis)) => {
            let mut children = Vec::with_capacity(stored.children.len());
            for child in stored.children {
                let weight = child.weight.unwrap_or(1).clamp(1, WEIGHT_MAX);
                children.push(Child { weight, node: read(child)? });
            }
            Ok(Node::Split { axis, children })
        }
        _ => Err(InvalidLayout::NeitherPaneNorSplit),
    }
}

/// Builds a layout that keeps the invariants from a tree that may not, with the panes that `f`
/// answers. `None` when no pane is left.
pub(super) fn rebuild(root: &Node, mut f: impl FnMut(PaneId) -> Option<PaneId>) -> Option<Layout> {
    let mut seen = BTreeSet::new();
    let mut once = |pane| f(pane).filter(|pane| seen.insert(*pane));
    build(root, 0, &mut once).map(|root| Layout { root })
}

fn build(node: &Node, depth: usize, f: &mut impl FnMut(PaneId) -> Option<PaneId>) -> Option<Node> {
    let (axis, children) = match node {
        Node::Pane(pane) => return f(*pane).map(Node::Pane),
        Node::Split { axis, children } => (*axis, children),
    };
    let mut built: Vec<Child> = Vec::with_capacity(children.len());
    for child in children {
        let weight = child.weight.clamp(1, WEIGHT_MAX);
        if depth + 1 >= DEPTH_MAX {
            // Too deep to be kept: its panes become siblings.
            let mut panes = Vec::new();
            child.node.collect(&mut panes);
            built.extend(panes.into_iter().filter_map(&mut *f).map(|p| Child::pane(weight, p)));
        } else if let Some(node) = build(&child.node, depth + 1, f) {
            built.push(Child { weight, node });
        }
    }
    if built.len() == 1 {
        return built.pop().map(|only| only.node);
    }
    if built.is_empty() {
        return None;
    }
    Some(Node::Split { axis, children: splice(axis, built) })
}

/// Checks the invariants.
pub(super) fn validate(root: &Node) -> Result<(), InvalidLayout> {
    let mut panes = Vec::new();
    root.collect(&mut panes);
    if panes.is_empty() {
        return Err(InvalidLayout::NoPane);
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = panes.into_iter().find(|pane| !seen.insert(*pane)) {
        return Err(InvalidLayout::Duplicate(twice));
    }
    check(root, None, 0)
}

fn check(node: &Node, outer: Option<Axis>, depth: usize) -> Result<(), InvalidLayout> {
    let Node::Split { axis, children } = node else {
        return Ok(());
    };
    if depth >= DEPTH_MAX {
        return Err(InvalidLayout::TooDeep);
    }
    if children.len() < 2 {
        return Err(InvalidLayout::TooFewChildren);
    }
    if outer == Some(*axis) {
        return Err(InvalidLayout::SameAxis);
    }
    children.iter().try_for_each(|child| {
        if !(1..=WEIGHT_MAX).contains(&child.weight) {
            return Err(InvalidLayout::Weight);
        }
        check(&child.node, Some(*axis), depth + 1)
    })
}
