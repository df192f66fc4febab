//! The tree's nodes and the arithmetic of weights.
//!
//! Must not know rectangles: `tiling` turns weights into cells.

use segno_base::ids::PaneId;
use segno_base::screen::geometry::Axis;

/// The most splits on the way from the root to a pane. Two levels of JSON each, this stays well
/// below what the JSON reader accepts.
pub const DEPTH_MAX: usize = 24;

/// The largest weight. Large enough that repeated halving keeps its proportions, small enough
/// that sums and products fit.
pub const WEIGHT_MAX: u32 = 1 << 20;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Pane(PaneId),
    Split { axis: Axis, children: Vec<Child> },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Child {
    /// The share of the split's space, relative to its siblings.
    pub weight: u32,
    pub node: Node,
}

impl Child {
    pub fn pane(weight: u32, pane: PaneId) -> Child {
        Child { weight, node: Node::Pane(pane) }
    }
}

impl Node {
    /// Adds the panes in reading order.
    pub fn collect(&self, into: &mut Vec<PaneId>) {
        match self {
            Node::Pane(pane) => into.push(*pane),
            Node::Split { children, .. } => {
                children.iter().for_each(|child| child.node.collect(into));
            }
        }
    }

    pub fn contains(&self, pane: PaneId) -> bool {
        match self {
            Node::Pane(own) => *own == pane,
            Node::Split { children, .. } => children.iter().any(|c| c.node.contains(pane)),
        }
    }

    /// The first pane in reading order.
    pub fn first(&self) -> Option<PaneId> {
        match self {
            Node::Pane(pane) => Some(*pane),
            Node::Split { children, .. } => children.first().and_then(|c| c.node.first()),
        }
    }

    /// The last pane in reading order.
    pub fn last(&self) -> Option<PaneId> {
        match self {
            Node::Pane(pane) => Some(*pane),
            Node::Split { children, .. } => children.last().and_then(|c| c.node.last()),
        }
    }

    /// Calls `f` for every pane's place, in reading order.
    pub fn each_mut(&mut self, f: &mut impl FnMut(&mut PaneId)) {
        match self {
            Node::Pane(pane) => f(pane),
            Node::Split { children, .. } => {
                children.iter_mut().for_each(|child| child.node.each_mut(f));
            }
        }
    }

    /// The child indices on the way to a pane; empty for the root itself.
    pub fn path_to(&self, pane: PaneId) -> Option<Vec<usize>> {
        match self {
            Node::Pane(own) => (*own == pane).then(Vec::new),
            Node::Split { children, .. } => {
                children.iter().enumerate().find_map(|(index, child)| {
                    let mut path = child.node.path_to(pane)?;
                    path.insert(0, index);
                    Some(path)
                })
            }
        }
    }

    /// The node at the end of a path.
    pub fn at_mut(&mut self, path: &[usize]) -> Option<&mut Node> {
        let Some((index, rest)) = path.split_first() else {
            return Some(self);
        };
        match self {
            Node::Pane(_) => None,
            Node::Split { children, .. } => children.get_mut(*index)?.node.at_mut(rest),
        }
    }
}

/// Puts the children of splits along `axis` in place of those splits, keeping every share.
pub(super) fn splice(axis: Axis, children: Vec<Child>) -> Vec<Child> {
    let is_nested =
        |child: &Child| matches!(&child.node, Node::Split { axis: inner, .. } if *inner == axis);
    if !children.iter().any(is_nested) {
        return children;
    }
    // The product of the inner sums is a common denominator. A stored tree could make it huge,
    // so it saturates: proportions suffer then, nothing else.
    let sum_of = |node: &Node| match node {
        Node::Split { axis: inner, children } if *inner == axis => {
            children.iter().map(|c| u64::from(c.weight)).sum::<u64>().max(1)
        }
        _ => 1,
    };
    let common = children
        .iter()
        .map(|child| sum_of(&child.node))
        .fold(1u64, |product, sum| product.saturating_mul(sum).min(1 << 40));
    let mut flat: Vec<(u64, Node)> = Vec::with_capacity(children.len());
    for child in children {
        let per_part = u64::from(child.weight) * (common / sum_of(&child.node)).max(1);
        match child.node {
            Node::Split { axis: inner, children } if inner == axis => flat.extend(
                children.into_iter().map(|c| (per_part.saturating_mul(c.weight.into()), c.node)),
            ),
            node => flat.push((per_part, node)),
        }
    }
    fit(flat)
}

/// Brings weights into their range, keeping proportions as well as whole numbers can.
pub(super) fn fit(weighted: Vec<(u64, Node)>) -> Vec<Child> {
    let divisor = weighted.iter().map(|(weight, _)| *weight).fold(0, gcd).max(1);
    let largest = weighted.iter().map(|(weight, _)| weight / divisor).max().unwrap_or(1);
    let excess = largest.div_ceil(u64::from(WEIGHT_MAX)).max(1);
    weighted
        .into_iter()
        .map(|(weight, node)| {
            let weight = (weight / divisor / excess).clamp(1, u64::from(WEIGHT_MAX));
            Child { weight: weight as u32, node }
        })
        .collect()
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
