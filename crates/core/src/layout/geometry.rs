//! How a client's screen is divided: tab bar, sidebar, panes, status line. The model sizes panes by
//! this and the view draws by it, so both always agree.

use super::Layout;
use segno_base::ids::PaneId;
use segno_base::screen::geometry::{Rect, Size};
use segno_config::sections::looks::{Bar, Looks, PaneTitles};

/// From this many rows on there is a tab bar.
const ROWS_FOR_TAB_BAR: u16 = 3;
/// From this many rows on there is a status line.
const ROWS_FOR_STATUS: u16 = 5;
/// From this many rows for panes on a line of them may hold names.
const ROWS_FOR_TITLES: u16 = 6;

/// Fewer columns for panes are not worth a sidebar.
const COLS_BESIDE_SIDEBAR: u16 = 50;

/// The parts of a client's screen. Together they cover it exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Areas {
    /// Empty when the screen is too low for it.
    pub tab_bar: Rect,
    /// Left of the panes; empty when it is not wanted, or the screen is too narrow for it.
    pub sidebar: Rect,
    pub panes: Rect,
    /// Empty when the screen is too low for it.
    pub status: Rect,
}

/// Divides a client's screen. A low screen loses the status line first, then the tab bar.
pub fn areas(client: Size, looks: &Looks, sidebar: bool) -> Areas {
    let bar = u16::from(client.rows >= ROWS_FOR_TAB_BAR && looks.tab_bar != Bar::Off);
    let status = u16::from(client.rows >= ROWS_FOR_STATUS && looks.status_line);
    let rows = client.rows - bar - status;
    let top = if looks.tab_bar == Bar::Top { bar } else { 0 };
    // At the bottom, the tab bar is above the status line, next to the panes that it is about.
    let tab_bar = if looks.tab_bar == Bar::Bottom { rows } else { 0 };
    let side = sidebar_cols(client, looks, sidebar);
    Areas {
        tab_bar: Rect::new(0, tab_bar, client.cols, bar),
        sidebar: Rect::new(0, top, side, rows),
        panes: Rect::new(side, top, client.cols - side, rows),
        status: Rect::new(0, client.rows - status, client.cols, status),
    }
}

/// The columns that the sidebar takes of a client's screen, if it is wanted.
pub fn sidebar_cols(client: Size, looks: &Looks, wanted: bool) -> u16 {
    let fits = client.cols >= looks.sidebar_width.saturating_add(COLS_BESIDE_SIDEBAR);
    if wanted && fits { looks.sidebar_width } else { 0 }
}

/// Where a client of that size shows panes.
pub fn pane_area(client: Size, looks: &Looks, sidebar: bool) -> Rect {
    areas(client, looks, sidebar).panes
}

/// Whether a tab has a line with its panes' names above them. `rows` is what there is for both.
pub fn is_titled(looks: &Looks, panes: usize, zoomed: bool, rows: u16) -> bool {
    let wanted = match looks.pane_titles {
        PaneTitles::Off => false,
        PaneTitles::Auto => panes > 1 && !zoomed,
        PaneTitles::Always => true,
    };
    wanted && rows >= ROWS_FOR_TITLES
}

/// The part of a client's pane area that a tab's panes take, below the line with their names if
/// there is one: the tab may be smaller than this client because a smaller client looks at it
/// too. A tab not yet sized takes all.
pub fn tab_area(client: Size, tab: Size, titled: bool, looks: &Looks, sidebar: bool) -> Rect {
    let area = pane_area(client, looks, sidebar);
    let titles = u16::from(titled).min(area.rows);
    let limit = |tab: u16, own: u16| if tab == 0 { own } else { tab.min(own) };
    let rows = limit(tab.rows, area.rows - titles);
    Rect::new(area.x, area.y + titles, limit(tab.cols, area.cols), rows)
}

/// The rectangles of a tab's visible panes: all of them, or only the focused one when zoomed.
pub fn pane_rects(layout: &Layout, focus: PaneId, zoomed: bool, area: Rect) -> Vec<(PaneId, Rect)> {
    if zoomed && layout.contains(focus) { vec![(focus, area)] } else { layout.rects(area) }
}
