//! From weights to cells: the rectangle of every pane and of every divider in an area.
//!
//! Panes and dividers always cover the area exactly and never overlap. Where an area is too
//! small for all panes of a split, the last ones get empty rectangles.

use super::Layout;
use super::tree::{Child, Node};
use segno_base::ids::PaneId;
use segno_base::screen::geometry::{Axis, Rect};

/// The line between two neighbours in a split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divider {
    /// One cell thick, never empty.
    pub rect: Rect,
    /// The axis of the split: along [`Axis::Row`] the line is vertical.
    pub axis: Axis,
    pub path: DividerPath,
}

/// Which divider, while the layout keeps its shape. One that does not exist is harmless.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DividerPath {
    /// Child indices from the root to the split.
    pub(super) split: Vec<usize>,
    /// The child before the divider.
    pub(super) index: usize,
}

/// Where a child lies along its split's axis, relative to the split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub start: u16,
    pub len: u16,
}

impl Layout {
    /// Every pane's rectangle, in reading order.
    pub fn rects(&self, area: Rect) -> Vec<(PaneId, Rect)> {
        let mut tiling = Tiling::default();
        tiling.add(&self.root, area, &mut Vec::new());
        tiling.panes
    }

    /// The lines between the panes.
    pub fn dividers(&self, area: Rect) -> Vec<Divider> {
        let mut tiling = Tiling::default();
        tiling.add(&self.root, area, &mut Vec::new());
        tiling.dividers
    }

    /// The rectangle of one pane.
    pub fn rect(&self, pane: PaneId, area: Rect) -> Option<Rect> {
        self.rects(area).into_iter().find(|(id, _)| *id == pane).map(|(_, rect)| rect)
    }
}

#[derive(Default)]
struct Tiling {
    panes: Vec<(PaneId, Rect)>,
    dividers: Vec<Divider>,
}

impl Tiling {
    fn add(&mut self, node: &Node, area: Rect, path: &mut Vec<usize>) {
        let (axis, children) = match node {
            Node::Pane(pane) => return self.panes.push((*pane, area)),
            Node::Split { axis, children } => (*axis, children),
        };
        let spans = spans(axis, children, length(axis, area));
        for (index, (child, span)) in children.iter().zip(&spans).enumerate() {
            if index > 0 && span.len > 0 {
                let line = Span { start: span.start - 1, len: 1 };
                let rect = part(axis, area, line);
                if !rect.is_empty() {
                    let path = DividerPath { split: path.clone(), index: index - 1 };
                    self.dividers.push(Divider { rect, axis, path });
                }
            }
            path.push(index);
            self.add(&child.node, part(axis, area, *span), path);
            path.pop();
        }
    }
}

/// How long an area is along an axis.
pub(super) fn length(axis: Axis, area: Rect) -> u16 {
    match axis {
        Axis::Row => area.cols,
        Axis::Column => area.rows,
    }
}

/// A stretch of an area along an axis.
pub(super) fn part(axis: Axis, area: Rect, span: Span) -> Rect {
    match axis {
        Axis::Row => Rect::new(area.x.saturating_add(span.start), area.y, span.len, area.rows),
        Axis::Column => Rect::new(area.x, area.y.saturating_add(span.start), area.cols, span.len),
    }
}

/// How many cells a node needs along an axis to show each of its panes.
pub(super) fn needed(node: &Node, axis: Axis) -> u16 {
    let Node::Split { axis: own, children } = node else {
        return 1;
    };
    let parts = children.iter().map(|child| needed(&child.node, axis));
    if *own == axis {
        parts.fold(0u16, |sum, cells| sum.saturating_add(cells).saturating_add(1)).max(1) - 1
    } else {
        parts.max().unwrap_or(1)
    }
}

/// How the children of a split share `len` cells, one cell between two of them for the divider.
pub(super) fn spans(axis: Axis, children: &[Child], len: u16) -> Vec<Span> {
    let mut start = 0;
    let cells = share(axis, children, len);
    let mut spans = Vec::with_capacity(cells.len());
    for cells in cells {
        if cells == 0 {
            spans.push(Span { start: len, len: 0 });
            continue;
        }
        spans.push(Span { start, len: cells });
        start = start.saturating_add(cells).saturating_add(1);
    }
    spans
}

fn share(axis: Axis, children: &[Child], len: u16) -> Vec<u16> {
    let count = u16::try_from(children.len()).unwrap_or(u16::MAX);
    let lines = count.saturating_sub(1);
    if len < count.saturating_add(lines) {
        // Too small to show every child: as many as fit, from the first on.
        let shown = len.div_ceil(2);
        let spare = len.saturating_sub(shown.saturating_mul(2).saturating_sub(1));
        return (0..count)
            .map(|index| match index {
                _ if index >= shown => 0,
                0 => 1 + spare,
                _ => 1,
            })
            .collect();
    }
    let space = len - lines;
    let mut least: Vec<u16> = children.iter().map(|c| needed(&c.node, axis)).collect();
    if least.iter().map(|cells| u32::from(*cells)).sum::<u32>() > u32::from(space) {
        least.fill(1);
    }
    let mut cells = by_weight(children, space);
    for index in 0..cells.len() {
        while cells[index] < least[index] {
            // Taken from whoever has most to spare; together they have enough.
            let Some(from) = (0..cells.len())
                .filter(|other| cells[*other] > least[*other])
                .max_by_key(|other| cells[*other] - least[*other])
            else {
                break;
            };
            let taken = (least[index] - cells[index]).min(cells[from] - least[from]);
            cells[from] -= taken;
            cells[index] += taken;
        }
    }
    cells
}

/// Rounds the boundaries instead of the sizes, so that sizes add up and weights that are cell
/// counts come out exactly.
fn by_weight(children: &[Child], space: u16) -> Vec<u16> {
    let total = children.iter().map(|c| u64::from(c.weight)).sum::<u64>().max(1);
    let mut passed = 0u64;
    let mut begin = 0u16;
    children
        .iter()
        .map(|child| {
            passed += u64::from(child.weight);
            let end = ((u64::from(space) * passed + total / 2) / total) as u16;
            let cells = end - begin;
            begin = end;
            cells
        })
        .collect()
}
