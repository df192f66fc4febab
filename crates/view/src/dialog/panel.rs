//! The one form that all dialogs have: a box in the middle with a title, rows, and key hints.
//!
//! Knows no dialog: it shows rows, keeps the important one in sight, and notes what is where.

use ratatui::text::{Line, Span};
use ratatui::widgets::{
    Clear, Paragraph, Scrollbar, ScrollbarOrientation, ScrollbarState, StatefulWidget, Widget,
};

use crate::Composer;
use crate::hits::Target;
use crate::ratatui_bridge as bridge;
use crate::text;
use segno_base::screen::cell::Style;
use segno_base::screen::frame::{Cursor, CursorShape};
use segno_base::screen::geometry::{Point, Rect, Size};
use segno_core::dialog::text_field::TextField;
use segno_core::layout::geometry::areas;

/// Border and padding, left and right together.
const FRAME_COLS: u16 = 4;
/// Border, top and bottom together.
const FRAME_ROWS: u16 = 2;

/// With fewer rows between the bars, a dialog covers them.
const ROWS_BETWEEN_BARS: u16 = 10;

/// A line of a dialog.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    spans: Vec<(String, Style)>,
    /// What a click on it means.
    pub hit: Option<usize>,
    /// The column of the text cursor, if it is in this row.
    pub cursor: Option<u16>,
}

impl Row {
    pub fn new(text: impl Into<String>, style: Style) -> Row {
        Row::default().and(text, style)
    }

    pub fn and(mut self, text: impl Into<String>, style: Style) -> Row {
        self.spans.push((text.into(), style));
        self
    }

    pub fn hit(mut self, index: usize) -> Row {
        self.hit = Some(index);
        self
    }

    /// Adds a text being edited, at most `room` columns of it, always with its cursor in sight.
    pub fn field(mut self, field: &TextField, room: u16, style: Style, active: bool) -> Row {
        let (left, right) = field.split();
        let room = room.max(2);
        // One column is kept for the cursor behind the last character.
        let left = text::fit_end(left, room - 1);
        let at = self.width().saturating_add(text::width(&left));
        let right = text::fit(right, room.saturating_sub(text::width(&left)));
        if active {
            self.cursor = Some(at);
        }
        self.and(format!("{left}{right}"), style)
    }

    pub fn width(&self) -> u16 {
        self.spans.iter().map(|(text, _)| text::width(text)).fold(0, u16::saturating_add)
    }

    /// Fills up to a width, so that a selected row is one bar and columns stay in line.
    pub fn pad(self, to: u16, style: Style) -> Row {
        let missing = to.saturating_sub(self.width());
        if missing == 0 { self } else { self.and(" ".repeat(missing.into()), style) }
    }

    /// Of at most this width.
    pub fn cut(mut self, to: u16) -> Row {
        let mut left = to;
        for (text, _) in &mut self.spans {
            *text = text::fit(text, left);
            left = left.saturating_sub(text::width(text));
        }
        self
    }

    /// The spans of another row after this one's.
    pub fn join(mut self, other: Row) -> Row {
        self.spans.extend(other.spans);
        self
    }

    fn line(&self, room: u16) -> Line<'static> {
        let mut left = room;
        let mut spans = Vec::new();
        for (text, style) in &self.spans {
            let text = text::fit(text, left);
            left -= text::width(&text).min(left);
            spans.push(Span::styled(text, bridge::style(*style)));
        }
        Line::from(spans)
    }
}

/// Which part of too many rows is shown.
#[derive(Debug, Clone, Copy)]
pub(super) enum Show {
    /// This row is in sight.
    Row(usize),
    /// From this row on, as far as that fills the box.
    From(usize),
}

/// A dialog to be drawn.
pub(super) struct Panel {
    pub title: String,
    /// Always seen, above the rows.
    pub head: Vec<Row>,
    pub rows: Vec<Row>,
    pub show: Show,
    /// The keys that matter here, in the lower border.
    pub hints: String,
    /// The columns inside that it would like.
    pub cols: u16,
}

impl Composer<'_> {
    /// The columns that a dialog's rows have at most.
    pub(super) fn panel_room(&self, wanted: u16) -> u16 {
        let cols = self.frame.size().cols;
        wanted.min(if bordered(self.frame.size()) { cols.saturating_sub(FRAME_COLS) } else { cols })
    }

    /// Draws it in the middle; answers the row that it is shown from, when that was asked for.
    pub(super) fn panel(&mut self, panel: Panel) -> Option<usize> {
        self.panel_at(panel, None)
    }

    /// The same at the mouse's place, as far as the screen goes.
    pub(super) fn panel_at(&mut self, panel: Panel, at: Option<Point>) -> Option<usize> {
        let whole = self.frame.area();
        if whole.is_empty() {
            return None;
        }
        let bordered = bordered(whole.size());
        let screen = self.dialogs_area();
        let (cols, rows) = if bordered { (FRAME_COLS, FRAME_ROWS) } else { (0, 0) };
        let inner_cols = panel.cols.min(screen.cols - cols).max(1);
        let wanted = panel.head.len() + panel.rows.len();
        let wanted = u16::try_from(wanted).unwrap_or(u16::MAX).max(1);
        let inner_rows = wanted.min(screen.rows - rows);
        let mut outer = centered(screen, Size::new(inner_cols + cols, inner_rows + rows));
        if let Some(at) = at {
            outer.x = at.x.min(screen.right().saturating_sub(outer.cols));
            outer.y = at.y.min(screen.bottom().saturating_sub(outer.rows));
        }
        let inner = Rect::new(outer.x + cols / 2, outer.y + rows / 2, inner_cols, inner_rows);
        bridge::draw(Clear, &mut self.frame, outer);
        if bordered {
            let theme = self.theme();
            let block = bridge::border(self.borders())
                .border_style(bridge::style(theme.line_focused))
                .title(Span::styled(
                    format!(" {} ", text::fit(&panel.title, inner_cols)),
                    bridge::style(theme.accent),
                ))
                .title_bottom(Span::styled(
                    format!(" {} ", text::fit(&panel.hints, inner_cols)),
                    bridge::style(theme.quiet),
                ));
            bridge::draw(block, &mut self.frame, outer);
        }
        let start = self.panel_rows(&panel, inner, bordered.then_some(outer));
        let ground = self.theme().panel;
        self.ground(outer, ground);
        matches!(panel.show, Show::From(_)).then_some(start)
    }

    fn panel_rows(&mut self, panel: &Panel, inner: Rect, border: Option<Rect>) -> usize {
        // The rows are what is chosen from: at least one line is theirs.
        let most = usize::from(inner.rows.saturating_sub(u16::from(!panel.rows.is_empty())));
        // A head that holds the cursor is kept even then.
        let edited = panel.head.iter().any(|row| row.cursor.is_some());
        let head = panel.head.len().min(most.max(usize::from(edited)));
        let body = usize::from(inner.rows).saturating_sub(head);
        let last_start = panel.rows.len().saturating_sub(body);
        let start = match panel.show {
            Show::From(row) => row.min(last_start),
            Show::Row(row) => row.saturating_sub(body / 2).min(last_start),
        };
        let shown = panel.head[..head].iter().chain(panel.rows.iter().skip(start).take(body));
        let mut lines = Vec::new();
        // Where a screen reader reads: the row that the dialog is about.
        if let Show::Row(row) = panel.show
            && self.plain()
            && (start..start + body).contains(&row)
            && row < panel.rows.len()
        {
            let y = inner.y + (head + row - start) as u16;
            let at = Point::new(inner.x, y);
            self.frame.cursor = Some(Cursor::steady(at, CursorShape::Default));
        }
        for (y, row) in (inner.y..).zip(shown) {
            lines.push(row.line(inner.cols));
            if let Some(index) = row.hit {
                self.hits.add(Rect::new(inner.x, y, inner.cols, 1), Target::DialogRow(index));
            }
            if let Some(column) = row.cursor {
                let x = inner.x + column.min(inner.cols.saturating_sub(1));
                let cursor = Cursor::steady(Point::new(x, y), CursorShape::Bar);
                self.frame.cursor = Some(cursor);
            }
        }
        bridge::draw(Paragraph::new(lines), &mut self.frame, inner);
        if last_start > 0
            && let Some(outer) = border
        {
            let bar = ScrollBar {
                position: start,
                positions: last_start + 1,
                shown: body,
                style: self.theme().line_focused,
            };
            // Between the corners.
            let column = Rect::new(outer.right() - 1, outer.y + 1, 1, outer.rows - FRAME_ROWS);
            bridge::draw(bar, &mut self.frame, column);
        }
        start
    }
}

impl Composer<'_> {
    /// Where dialogs are: between the bars, unless that is too low for them.
    fn dialogs_area(&self) -> Rect {
        let whole = self.frame.area();
        let parts = areas(whole.size(), &self.model.looks, self.client.sidebar);
        let between = Rect::new(0, parts.panes.y, whole.cols, parts.panes.rows);
        if between.rows >= ROWS_BETWEEN_BARS { between } else { whole }
    }
}

/// A scrollbar in place of the right border.
struct ScrollBar {
    position: usize,
    positions: usize,
    shown: usize,
    style: Style,
}

impl Widget for ScrollBar {
    fn render(self, area: ratatui::layout::Rect, buffer: &mut ratatui::buffer::Buffer) {
        let mut state = ScrollbarState::new(self.positions)
            .position(self.position)
            .viewport_content_length(self.shown);
        Scrollbar::new(ScrollbarOrientation::VerticalRight)
            .begin_symbol(None)
            .end_symbol(None)
            .track_symbol(Some("│"))
            .thumb_symbol("┃")
            .style(bridge::style(self.style))
            .render(area, buffer, &mut state);
    }
}

/// Whether a screen has room for a border around a dialog.
fn bordered(screen: Size) -> bool {
    screen.cols >= 12 && screen.rows >= 4
}

fn centered(screen: Rect, size: Size) -> Rect {
    let x = screen.x + screen.cols.saturating_sub(size.cols) / 2;
    let y = screen.y + screen.rows.saturating_sub(size.rows) / 2;
    Rect::new(x, y, size.cols.min(screen.cols), size.rows.min(screen.rows))
}
