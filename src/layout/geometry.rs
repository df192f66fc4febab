//! How a client's screen is divided: tab bar, panes, status line. The model sizes panes by this
//! and the view draws by it, so both always agree.

use crate::base::geometry::{Rect, Size};
use crate::base::ids::PaneId;

use super::Layout;

/// From this many rows on there is a tab bar.
const ROWS_FOR_TAB_BAR: u16 = 3;
/// From this many rows on there is a status line.
const ROWS_FOR_STATUS: u16 = 5;

/// The parts of a client's screen. Together they cover it exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Areas {
    /// Empty when the screen is too low for it.
    pub tab_bar: Rect,
    pub panes: Rect,
    /// Empty when the screen is too low for it.
    pub status: Rect,
}

/// Divides a client's screen. A low screen loses the status line first, then the tab bar.
pub fn areas(client: Size) -> Areas {
    let top = u16::from(client.rows >= ROWS_FOR_TAB_BAR);
    let bottom = u16::from(client.rows >= ROWS_FOR_STATUS);
    let rows = client.rows - top - bottom;
    Areas {
        tab_bar: Rect::new(0, 0, client.cols, top),
        panes: Rect::new(0, top, client.cols, rows),
        status: Rect::new(0, top + rows, client.cols, bottom),
    }
}

/// Where a client of that size shows panes.
pub fn pane_area(client: Size) -> Rect {
    areas(client).panes
}

/// The part of a client's pane area that a tab of some size takes: the tab may be smaller than
/// this client because a smaller client looks at it too. A tab not yet sized takes all.
pub fn tab_area(client: Size, tab: Size) -> Rect {
    let area = pane_area(client);
    let limit = |tab: u16, own: u16| if tab == 0 { own } else { tab.min(own) };
    Rect::new(area.x, area.y, limit(tab.cols, area.cols), limit(tab.rows, area.rows))
}

/// The rectangles of a tab's visible panes: all of them, or only the focused one when zoomed.
pub fn pane_rects(layout: &Layout, focus: PaneId, zoomed: bool, area: Rect) -> Vec<(PaneId, Rect)> {
    if zoomed && layout.contains(focus) { vec![(focus, area)] } else { layout.rects(area) }
}
