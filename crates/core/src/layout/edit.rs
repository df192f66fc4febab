//! Adding, removing and exchanging panes.

use super::Layout;
use super::stored;
use super::tiling::length;
use super::tree::{Child, DEPTH_MAX, Node, WEIGHT_MAX, fit, splice};
use segno_base::ids::PaneId;
use segno_base::screen::geometry::{Direction, Rect};

/// What became of the space of a removed pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// The pane is the layout's only one and stays: the tab has to go with it.
    Last,
    /// The pane's space went to this neighbour (or to the split it stands in).
    Neighbor(PaneId),
}

impl Layout {
    /// Puts `new` on a side of `target`, each with half of the target's share. False, and
    /// nothing changed, when `target` is absent or `new` is present.
    pub fn split(&mut self, target: PaneId, side: Direction, new: PaneId) -> bool {
        if self.contains(new) {
            return false;
        }
        let Some(path) = self.root.path_to(target) else {
            return false;
        };
        let axis = side.axis();
        // Axes alternate, so either the parent or (where the tree must not get deeper) the
        // grandparent has this axis: there the new pane becomes a sibling.
        let up = if path.len() >= DEPTH_MAX { 2 } else { 1 };
        for depth in (0..path.len()).rev().take(up) {
            if let Some(Node::Split { axis: own, children }) = self.root.at_mut(&path[..depth])
                && *own == axis
            {
                *children = beside(std::mem::take(children), path[depth], side, new);
                return true;
            }
        }
        let Some(node) = self.root.at_mut(&path) else {
            return false;
        };
        let children = vec![Child { weight: 1, node: Node::Pane(target) }];
        *node = Node::Split { axis, children: beside(children, 0, side, new) };
        true
    }

    /// Whether both halves of a split would have at least one cell.
    pub fn has_room(&self, target: PaneId, side: Direction, area: Rect) -> bool {
        let needed = 3;
        self.rect(target, area)
            .is_some_and(|rect| !rect.is_empty() && length(side.axis(), rect) >= needed)
    }

    /// Takes a pane out; the sibling before it (or else after it) gets its space. For a pane that
    /// is absent nothing changes, and the first pane is named.
    pub fn remove(&mut self, pane: PaneId) -> Removed {
        let first = self.root.first().map_or(Removed::Last, Removed::Neighbor);
        let Some(path) = self.root.path_to(pane) else {
            return first;
        };
        let Some((&index, up)) = path.split_last() else {
            return Removed::Last;
        };
        let Some(Node::Split { children, .. }) = self.root.at_mut(up) else {
            return first;
        };
        let gone = children.remove(index);
        let heir = index.saturating_sub(1);
        let neighbor = children.get_mut(heir).and_then(|child| {
            child.weight = child.weight.saturating_add(gone.weight).min(WEIGHT_MAX);
            if index == 0 { child.node.first() } else { child.node.last() }
        });
        self.collapse(up);
        neighbor.map_or(first, Removed::Neighbor)
    }

    /// Replaces a split that has only one child left by that child, and puts the children of a
    /// split that thereby came to stand in one of its own axis into that one.
    fn collapse(&mut self, path: &[usize]) {
        let Some(node) = self.root.at_mut(path) else {
            return;
        };
        if let Node::Split { children, .. } = node
            && children.len() == 1
            && let Some(only) = children.pop()
        {
            *node = only.node;
        }
        if let Some((_, up)) = path.split_last()
            && let Some(Node::Split { axis, children }) = self.root.at_mut(up)
        {
            *children = splice(*axis, std::mem::take(children));
        }
    }

    /// Exchanges the places of two panes. False when one of them is absent.
    pub fn swap(&mut self, a: PaneId, b: PaneId) -> bool {
        if !self.contains(a) || !self.contains(b) {
            return false;
        }
        self.root.each_mut(&mut |pane| {
            if *pane == a {
                *pane = b;
            } else if *pane == b {
                *pane = a;
            }
        });
        true
    }

    /// Puts `new` in the place of `old`. False when `old` is absent or `new` present.
    pub fn replace(&mut self, old: PaneId, new: PaneId) -> bool {
        if !self.contains(old) || self.contains(new) {
            return false;
        }
        self.root.each_mut(&mut |pane| {
            if *pane == old {
                *pane = new;
            }
        });
        true
    }

    /// The same layout with other panes. Where `f` answers `None`, or a pane a second time, that
    /// place is dropped; `None` when nothing is left.
    pub fn map(&self, f: impl FnMut(PaneId) -> Option<PaneId>) -> Option<Layout> {
        stored::rebuild(&self.root, f)
    }
}

/// The children with `new` on a side of the one at `index`, which gives it half of its share.
fn beside(children: Vec<Child>, index: usize, side: Direction, new: PaneId) -> Vec<Child> {
    let after = matches!(side, Direction::Right | Direction::Down);
    let mut weighted = Vec::with_capacity(children.len() + 1);
    for (at, child) in children.into_iter().enumerate() {
        let weight = u64::from(child.weight);
        if at != index {
            weighted.push((weight * 2, child.node));
        } else if after {
            weighted.extend([(weight, child.node), (weight, Node::Pane(new))]);
        } else {
            weighted.extend([(weight, Node::Pane(new)), (weight, child.node)]);
        }
    }
    fit(weighted)
}
