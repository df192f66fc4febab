//! Drawing again what one pane shows, in a view that was composed before: most frames differ from
//! the one before in one pane's screen alone.
//!
//! Gives what composing anew would give, as long as the model is the same; must not draw anything
//! but a pane's own screen.

use std::ops::Range;

use super::{Composer, Drawn, Screens, View};
use segno_base::ids::PaneId;
use segno_base::screen::geometry::Rect;

/// A pane that shows its program's screen, with nothing above it.
#[derive(Debug, Clone)]
pub(super) struct Live {
    pane: PaneId,
    rect: Rect,
    /// Whether its cursor is the frame's.
    focused: bool,
    /// What its place shows of it, where that is known.
    drawn: Option<Drawn>,
}

impl Composer<'_> {
    /// Notes that a pane shows its screen and nothing else.
    pub(super) fn is_live(&mut self, pane: PaneId, rect: Rect, focused: bool) {
        self.live.push(Live { pane, rect, focused, drawn: None });
    }
}

impl View {
    /// Draws again what has changed of a pane's screen and says in which rows that is; `None` when
    /// something else depends on it, and the view is to be composed anew.
    pub fn redraw(&mut self, pane: PaneId, screens: &dyn Screens) -> Option<Range<u16>> {
        let live = self.live.iter_mut().find(|live| live.pane == pane)?;
        // How far it is scrolled back is shown elsewhere.
        if screens.scroll(pane).is_some_and(|(offset, _)| offset > 0) {
            return None;
        }
        let (cursor, rows) = screens.redraw(pane, &mut self.frame, live.rect, &mut live.drawn);
        if live.focused {
            self.frame.cursor = cursor.filter(|cursor| live.rect.contains(cursor.at));
        }
        Some(rows)
    }
}
