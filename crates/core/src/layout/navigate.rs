//! From one pane to another: by direction, and in order.

use super::Layout;
use segno_base::ids::PaneId;
use segno_base::screen::geometry::{Direction, Rect};

impl Layout {
    /// The pane next to this one on a side, or at the opposite edge when there is none. Among
    /// several, `recent` (where the focus was last) if it is one of them, else the one with the
    /// longest common border, the first of equals.
    pub fn neighbor(
        &self,
        pane: PaneId,
        side: Direction,
        area: Rect,
        recent: Option<PaneId>,
    ) -> Option<PaneId> {
        let rects = self.rects(area);
        let from = rects.iter().find(|(id, _)| *id == pane)?.1;
        let candidates = |beside: &dyn Fn(Rect) -> bool| -> Vec<(PaneId, u16)> {
            rects
                .iter()
                .filter(|(id, rect)| *id != pane && !rect.is_empty() && beside(*rect))
                .map(|(id, rect)| (*id, common(side, from, *rect)))
                .filter(|(_, common)| *common > 0)
                .collect()
        };
        let mut found = candidates(&|rect| touches(side, from, rect));
        if found.is_empty() {
            found = candidates(&|rect| at_far_edge(side, area, rect));
        }
        let longest = found.iter().map(|(_, common)| *common).max()?;
        recent
            .filter(|recent| found.iter().any(|(id, _)| id == recent))
            .or_else(|| found.iter().find(|(_, common)| *common == longest).map(|(id, _)| *id))
    }

    /// The pane after this one in reading order, the first after the last. `None` for a pane
    /// that is absent or alone.
    pub fn next(&self, pane: PaneId) -> Option<PaneId> {
        self.step(pane, 1)
    }

    /// The pane before this one in reading order, the last before the first. `None` for a pane
    /// that is absent or alone.
    pub fn previous(&self, pane: PaneId) -> Option<PaneId> {
        self.step(pane, -1)
    }

    fn step(&self, pane: PaneId, by: isize) -> Option<PaneId> {
        let panes = self.panes();
        let at = panes.iter().position(|id| *id == pane)? as isize;
        let to = (at + by).rem_euclid(panes.len() as isize);
        (to != at).then(|| panes[to as usize])
    }
}

/// Whether only a divider lies between `from` and `rect` on that side.
fn touches(side: Direction, from: Rect, rect: Rect) -> bool {
    match side {
        Direction::Left => rect.right().saturating_add(1) == from.x,
        Direction::Right => from.right().saturating_add(1) == rect.x,
        Direction::Up => rect.bottom().saturating_add(1) == from.y,
        Direction::Down => from.bottom().saturating_add(1) == rect.y,
    }
}

/// Whether `rect` lies where one comes in again after leaving the area on that side.
fn at_far_edge(side: Direction, area: Rect, rect: Rect) -> bool {
    match side {
        Direction::Left => rect.right() == area.right(),
        Direction::Right => rect.x == area.x,
        Direction::Up => rect.bottom() == area.bottom(),
        Direction::Down => rect.y == area.y,
    }
}

/// How many cells of their borders two rectangles share, seen along a direction.
fn common(side: Direction, a: Rect, b: Rect) -> u16 {
    match side {
        Direction::Left | Direction::Right => {
            a.bottom().min(b.bottom()).saturating_sub(a.y.max(b.y))
        }
        Direction::Up | Direction::Down => a.right().min(b.right()).saturating_sub(a.x.max(b.x)),
    }
}
