//! What is where on a client's screen, for the mouse.
//!
//! Filled while the frame is composed, so that a click always means what is seen.

use segno_base::ids::{PaneId, TabId};
use segno_base::screen::geometry::{Point, Rect};
use segno_core::layout::DividerPath;
use segno_core::layout::floating::Grip;

/// What is under the pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hit {
    Tab(TabId),
    /// A pane's line in the sidebar.
    PaneEntry(PaneId),
    /// The `+` in the tab bar.
    NewTab,
    /// A pane, and where in it.
    Pane {
        pane: PaneId,
        x: u16,
        y: u16,
    },
    Divider {
        tab: TabId,
        path: DividerPath,
    },
    /// The border of a tab's popup, and what of it.
    Popup {
        tab: TabId,
        grip: Grip,
    },
    Status,
    /// A row of the open dialog: in lists its index; in the new-pane dialog the index of a type,
    /// or the number of types plus the index in its `rows`.
    DialogRow(usize),
    /// An answer to a pane's question about a stale conversation.
    Answer {
        pane: PaneId,
        index: usize,
    },
    Nothing,
}

/// What a rectangle stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Tab(TabId),
    PaneEntry(PaneId),
    NewTab,
    Pane(PaneId),
    Divider(TabId, DividerPath),
    PopupBorder(TabId),
    Status,
    DialogRow(usize),
    Answer(PaneId, usize),
    Nothing,
}

/// What is where; later entries lie above earlier ones.
#[derive(Debug, Clone, Default)]
pub struct HitMap {
    targets: Vec<(Rect, Target)>,
    /// Panes of which a part is shown, and where in them that begins.
    shifted: Vec<(PaneId, Point)>,
}

impl HitMap {
    pub(super) fn add(&mut self, rect: Rect, target: Target) {
        if !rect.is_empty() {
            self.targets.push((rect, target));
        }
    }

    /// Of a pane is shown what begins there.
    pub(super) fn shift(&mut self, pane: PaneId, from: Point) {
        self.shifted.push((pane, from));
    }

    #[cfg(test)]
    pub(super) fn rects(&self) -> impl Iterator<Item = Rect> + '_ {
        self.targets.iter().map(|(rect, _)| *rect)
    }

    /// Where a pane's screen is.
    pub fn pane_rect(&self, pane: PaneId) -> Option<Rect> {
        let is = |target: &Target| *target == Target::Pane(pane);
        self.targets.iter().find(|(_, target)| is(target)).map(|(rect, _)| *rect)
    }

    /// What is at a cell of the frame.
    pub fn at(&self, x: u16, y: u16) -> Hit {
        let point = Point::new(x, y);
        let Some((rect, target)) = self.targets.iter().rev().find(|(rect, _)| rect.contains(point))
        else {
            return Hit::Nothing;
        };
        match target {
            Target::Tab(tab) => Hit::Tab(*tab),
            Target::PaneEntry(pane) => Hit::PaneEntry(*pane),
            Target::NewTab => Hit::NewTab,
            Target::Pane(pane) => {
                let from = self.shifted.iter().find(|(shifted, _)| shifted == pane);
                let from = from.map_or(Point::new(0, 0), |(_, from)| *from);
                Hit::Pane { pane: *pane, x: x - rect.x + from.x, y: y - rect.y + from.y }
            }
            Target::Divider(tab, path) => Hit::Divider { tab: *tab, path: path.clone() },
            Target::PopupBorder(tab) => Hit::Popup { tab: *tab, grip: Grip::at(*rect, point) },
            Target::Status => Hit::Status,
            Target::DialogRow(index) => Hit::DialogRow(*index),
            Target::Answer(pane, index) => Hit::Answer { pane: *pane, index: *index },
            Target::Nothing => Hit::Nothing,
        }
    }
}
