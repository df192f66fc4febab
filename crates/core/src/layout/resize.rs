//! Moving the line between two neighbours, by mouse or by key.

use super::Layout;
use super::tiling::{DividerPath, length, needed, part, spans};
use super::tree::Node;
use segno_base::ids::PaneId;
use segno_base::screen::geometry::{Axis, Direction, Point, Rect};

impl Layout {
    /// Moves a divider to where the pointer is, as far as its neighbours can shrink. False when
    /// nothing moved.
    pub fn drag(&mut self, divider: &DividerPath, to: Point, area: Rect) -> bool {
        let Some((axis, split)) = self.split_area(divider, area) else {
            return false;
        };
        let Some(Node::Split { children, .. }) = self.root.at_mut(&divider.split) else {
            return false;
        };
        let spans = spans(axis, children, length(axis, split));
        let Some(before) = spans.get(divider.index) else {
            return false;
        };
        let (to, origin) = match axis {
            Axis::Row => (to.x, split.x),
            Axis::Column => (to.y, split.y),
        };
        let line = i32::from(origin) + i32::from(before.start) + i32::from(before.len);
        self.shift(divider, i32::from(to) - line, area)
    }

    /// Moves the pane's border on that side; for a pane at the edge, its border on the other
    /// side moves in that direction (as in tmux). False when nothing moved.
    pub fn resize(&mut self, pane: PaneId, side: Direction, cells: u16, area: Rect) -> bool {
        let Some(path) = self.root.path_to(pane) else {
            return false;
        };
        let by = match side {
            Direction::Right | Direction::Down => i32::from(cells),
            Direction::Left | Direction::Up => -i32::from(cells),
        };
        for depth in (0..path.len()).rev() {
            let Some(Node::Split { axis, children }) = self.root.at_mut(&path[..depth]) else {
                continue;
            };
            if *axis != side.axis() {
                continue;
            }
            // The border on the side itself, unless that is the edge.
            let at = path[depth];
            let last = children.len().saturating_sub(1);
            let index = match side {
                Direction::Right | Direction::Down if at == last => at.saturating_sub(1),
                Direction::Right | Direction::Down => at,
                Direction::Left | Direction::Up => at.saturating_sub(1),
            };
            return self.shift(&DividerPath { split: path[..depth].to_vec(), index }, by, area);
        }
        false
    }

    /// Moves a divider by some cells and stores the sizes of its split as weights.
    fn shift(&mut self, divider: &DividerPath, by: i32, area: Rect) -> bool {
        let Some((axis, split)) = self.split_area(divider, area) else {
            return false;
        };
        let Some(Node::Split { children, .. }) = self.root.at_mut(&divider.split) else {
            return false;
        };
        let mut cells: Vec<i32> = spans(axis, children, length(axis, split))
            .iter()
            .map(|span| i32::from(span.len))
            .collect();
        let (a, b) = (divider.index, divider.index + 1);
        if b >= cells.len() || cells.contains(&0) {
            return false;
        }
        let least = |at: usize| i32::from(needed(&children[at].node, axis));
        let both = cells[a] + cells[b];
        if least(a) + least(b) > both {
            return false;
        }
        let moved = (cells[a] + by).clamp(least(a), both - least(b));
        if moved == cells[a] {
            return false;
        }
        cells[a] = moved;
        cells[b] = both - moved;
        for (child, cells) in children.iter_mut().zip(cells) {
            child.weight = cells.max(1) as u32;
        }
        true
    }

    /// The axis and the area of the split that a divider stands in.
    fn split_area(&self, divider: &DividerPath, area: Rect) -> Option<(Axis, Rect)> {
        let mut node = &self.root;
        let mut area = area;
        for index in &divider.split {
            let Node::Split { axis, children } = node else {
                return None;
            };
            let span = *spans(*axis, children, length(*axis, area)).get(*index)?;
            area = part(*axis, area, span);
            node = &children.get(*index)?.node;
        }
        match node {
            Node::Split { axis, .. } => Some((*axis, area)),
            Node::Pane(_) => None,
        }
    }
}
