//! The list of notifications, newest first.

use super::panel::{Panel, Row, Show};
use crate::facts::Mark;
use crate::{Composer, text};
use segno_base::screen::cell::Style;
use segno_core::attention::notices::{Notice, NoticeKind};

const COLS: u16 = 84;
/// The columns of the pane before the text, and where there is no room for its name.
const PANE: u16 = 18;
const PANE_ID: u16 = 5;

impl Composer<'_> {
    pub(super) fn notices(&self, selected: usize) -> Panel {
        let theme = self.theme();
        let room = self.panel_room(COLS);
        let notices = self.model.notices.iter();
        let selected = selected.min(notices.len().saturating_sub(1));
        let mut rows: Vec<Row> = notices
            .enumerate()
            .map(|(at, notice)| self.notice_row(notice, at == selected, room).hit(at))
            .collect();
        if rows.is_empty() {
            rows.push(Row::new("No notifications", theme.quiet));
        }
        let unseen = self.model.notices.unseen();
        Panel {
            title: match unseen {
                0 => "Notifications".to_string(),
                _ => format!("Notifications · {unseen} unseen"),
            },
            head: Vec::new(),
            rows,
            show: Show::Row(selected),
            hints: "↑↓ select · enter go there · d drop · c clear · esc close".to_string(),
            cols: COLS,
        }
    }

    /// The mark, the pane, what it says, and how old it is.
    fn notice_row(&self, notice: &Notice, selected: bool, room: u16) -> Row {
        let theme = self.theme();
        let pick = |style: Style| if selected { theme.selected } else { style };
        let mark = match notice.kind {
            NoticeKind::Blocked | NoticeKind::Warning => Mark::Blocked,
            NoticeKind::Error => Mark::Error,
            NoticeKind::Finished => Mark::Done,
            NoticeKind::Program | NoticeKind::Info | NoticeKind::Bell => Mark::Bell,
        };
        let style = pick(if notice.seen { theme.quiet } else { theme.text });
        let tint = if notice.seen { style } else { pick(mark.style(theme)) };
        let sign = match self.plain() {
            true => format!("{:<8} ", notice.kind.name()),
            false => format!("{} ", mark.sign()),
        };
        let unseen = match (notice.seen, self.plain()) {
            (true, true) => "       ",
            (false, true) => "unseen ",
            (true, false) => "  ",
            (false, false) => "• ",
        };
        let times = if notice.count > 1 { format!(" ×{}", notice.count) } else { String::new() };
        let age = text::age(notice.at, self.context.now_ms);
        let (pane, cols) = match room > COLS / 2 {
            true => (notice.title(), PANE),
            false => (notice.pane.to_string(), PANE_ID),
        };
        let pane = text::one_line(&pane, cols - 1);
        let row =
            Row::new(unseen, pick(theme.attention)).and(sign, tint).and(pane, pick(theme.quiet));
        let lead = text::width(unseen) + if self.plain() { 9 } else { 2 } + cols;
        let left = room.saturating_sub(lead + text::width(&age) + text::width(&times) + 1);
        row.pad(lead, style)
            .and(text::one_line(&notice.text, left), style)
            .and(times, pick(theme.quiet))
            .pad(room.saturating_sub(text::width(&age)), style)
            .and(age, pick(theme.quiet))
    }
}
