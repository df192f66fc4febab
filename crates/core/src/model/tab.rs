//! A tab: panes in a layout, and one that may float above it.

use std::path::PathBuf;

use crate::layout::{Layout, Preset};
use crate::panes::popup::Popup;
use segno_base::ids::{PaneId, TabId};
use segno_base::screen::geometry::Size;

#[derive(Debug, Clone)]
pub struct Tab {
    pub id: TabId,
    /// Given by the user; otherwise the focused pane's label is shown.
    pub name: Option<String>,
    pub layout: Layout,
    /// The root of the project that it was opened for.
    pub project: Option<PathBuf>,
    /// The pane of the layout where the focus was moved last; clients that were elsewhere then have
    /// their own. All have the popup instead while it is shown.
    pub focus: PaneId,
    /// The pane that floats above the layout; while it is shown, it has the focus.
    pub popup: Option<Popup>,
    /// The pane that had it before.
    pub last_focus: Option<PaneId>,
    /// Whether the focused pane fills the tab.
    pub zoomed: bool,
    /// The arrangement that the next-layout command gave it last.
    pub preset: Option<Preset>,
    /// The area for panes: what the client offers that decides it.
    pub size: Size,
    /// Whether a line with the panes' names is above them.
    pub titled: bool,
}

impl Tab {
    /// A tab with these panes; the first one has the focus.
    pub fn new(id: TabId, layout: Layout, size: Size) -> Tab {
        Tab {
            id,
            name: None,
            focus: layout.panes()[0],
            layout,
            project: None,
            popup: None,
            last_focus: None,
            zoomed: false,
            preset: None,
            size,
            titled: false,
        }
    }

    /// Its panes: those of the layout in reading order, then the popup.
    pub fn panes(&self) -> Vec<PaneId> {
        let mut panes = self.layout.panes();
        panes.extend(self.popup.map(|popup| popup.pane));
        panes
    }

    pub fn contains(&self, pane: PaneId) -> bool {
        self.floats(pane) || self.layout.contains(pane)
    }

    /// Whether this pane is its popup.
    pub fn floats(&self, pane: PaneId) -> bool {
        self.popup.is_some_and(|popup| popup.pane == pane)
    }

    /// The popup, while it is shown.
    pub fn shown_popup(&self) -> Option<Popup> {
        self.popup.filter(|popup| popup.shown)
    }

    /// The pane that gets keys.
    pub fn focused(&self) -> PaneId {
        self.shown_popup().map_or(self.focus, |popup| popup.pane)
    }

    /// Whether somebody who looks at the tab sees the pane.
    pub fn shows(&self, pane: PaneId) -> bool {
        match self.floats(pane) {
            true => self.shown_popup().is_some(),
            false => self.layout.contains(pane) && (!self.zoomed || self.focus == pane),
        }
    }
}
