//! Copy mode as it is seen: the text, what is selected and found in it, labels, the search.

use super::text::{self, Pieces};
use super::{Composer, Screens};
use segno_base::ids::PaneId;
use segno_base::screen::cell::{Attrs, Cell, Style, Width};
use segno_base::screen::frame::{Cursor, CursorShape};
use segno_base::screen::geometry::{Point, Rect};
use segno_core::copy::{CopyMode, Kind};

/// The mode, and how far from the newest line it is.
pub(super) fn badge(copy: &CopyMode) -> String {
    let selecting = match copy.selected.map(|selected| selected.kind) {
        Some(Kind::Char) => " CHAR",
        Some(Kind::Line) => " LINE",
        Some(Kind::Block) => " BLOCK",
        None => "",
    };
    format!("COPY{selecting} {}/{}", copy.cursor.line + 1, copy.lines)
}

impl Composer<'_> {
    pub(super) fn copy_mode(
        &mut self,
        id: PaneId,
        copy: &CopyMode,
        rect: Rect,
        focused: bool,
        screens: &dyn Screens,
    ) {
        if !screens.draw_copy(self.client.id, id, copy.top, &mut self.frame, rect) {
            screens.draw(id, &mut self.frame, rect);
        }
        let theme = *self.theme();
        for y in 0..rect.rows {
            let line = copy.top + usize::from(y);
            let search = copy.search.iter().flat_map(|search| search.on_line(line));
            for (index, found) in search {
                let current = copy.search.as_ref().and_then(|s| s.current) == Some(index);
                let style = if current { theme.badge } else { reversed(theme.message) };
                if let Some(columns) = found.columns(line) {
                    self.restyle(rect, y, columns, |_| style);
                }
            }
            if let Some(columns) = copy.selected.and_then(|selected| selected.columns(line)) {
                let matched = [theme.badge, reversed(theme.message)];
                self.restyle(rect, y, columns, |cell| match theme.selected {
                    style if matched.contains(&cell) => style,
                    // The program's own colours stay where the theme only reverses.
                    style if Style { attrs: Attrs::NONE, ..style } == Style::default() => {
                        let toggled = Attrs(cell.attrs.0 ^ (style.attrs.0 & Attrs::REVERSE.0));
                        let added = style.attrs.without(Attrs::REVERSE);
                        Style { attrs: toggled.with(added), ..cell }
                    }
                    style => style,
                });
            }
        }
        self.labels(copy, rect);
        let at = u16::try_from(copy.cursor.line.saturating_sub(copy.top)).unwrap_or(u16::MAX);
        let at = Point::new(rect.x.saturating_add(copy.cursor.col), rect.y.saturating_add(at));
        if focused && copy.prompt.is_none() && copy.cursor.line >= copy.top && rect.contains(at) {
            self.frame.cursor = Some(Cursor::steady(at, CursorShape::Block));
        }
    }

    /// Gives the cells of some columns of a pane's row another style.
    fn restyle(
        &mut self,
        rect: Rect,
        y: u16,
        (from, to): (u16, u16),
        style: impl Fn(Style) -> Style,
    ) {
        let start = usize::from(rect.x.saturating_add(from.min(rect.cols)));
        let mut end = usize::from(rect.x.saturating_add(to.min(rect.cols)));
        let row = self.frame.row_mut(rect.y.saturating_add(y));
        end = end.min(row.len());
        // The right half of a wide character goes with its left one.
        if row.get(end).is_some_and(|cell| cell.width == Width::Tail) && end > start {
            end += 1;
        }
        for cell in row.get_mut(start..end).unwrap_or_default() {
            cell.style = style(cell.style);
        }
    }

    fn labels(&mut self, copy: &CopyMode, rect: Rect) {
        let Some(hints) = &copy.hints else { return };
        let theme = *self.theme();
        for hint in hints.items.iter().filter(|hint| hint.label.starts_with(&hints.typed)) {
            for y in 0..rect.rows {
                if let Some(columns) = hint.place.columns(copy.top + usize::from(y)) {
                    self.restyle(rect, y, columns, |_| theme.accent);
                }
            }
            let Some(y) = hint.place.start.line.checked_sub(copy.top) else { continue };
            let Some(y) = u16::try_from(y).ok().filter(|y| *y < rect.rows) else { continue };
            let x = hint.place.start.col.min(rect.cols);
            let at = Point::new(rect.x + x, rect.y + y);
            self.frame.text(at, &hint.label, theme.badge, rect.cols - x);
        }
    }

    /// The search in the status line; false when there is nothing to say.
    pub(super) fn copy_status(&mut self, pane: PaneId, area: Rect) -> bool {
        let Some(copy) = self.model.copy_mode(self.client.id, pane) else { return false };
        let theme = *self.theme();
        let at = Point::new(area.x, area.y);
        self.frame.fill(area, &Cell::BLANK);
        if let Some(hints) = &copy.hints {
            let what = "label copy · in capitals open · esc leave";
            let mut pieces = Pieces::default();
            pieces.push(format!("{}▏ ", hints.typed), theme.accent);
            pieces.push(what, theme.quiet);
            pieces.draw(&mut self.frame, at, area.cols);
            return true;
        }
        let mut pieces = Pieces::default();
        let count = copy.search.as_ref().map(|search| {
            let (current, all) = search.count();
            let literal = if search.literal { " (literal)" } else { "" };
            let more = if search.more == (false, false) { "" } else { "+" };
            match search.under_way {
                true => format!("  {all}…"),
                false => format!("  {current}/{all}{more}{literal}"),
            }
        });
        if let Some(digits) = &copy.line_prompt {
            pieces.push(format!(":{digits}▏ "), theme.text);
            pieces.push(format!("line of {}", copy.lines), theme.quiet);
            pieces.draw(&mut self.frame, at, area.cols);
            return true;
        }
        if let Some(prompt) = &copy.prompt {
            let sign = if prompt.backward { '?' } else { '/' };
            let (left, right) = prompt.field.split();
            let left = format!("{sign}{left}");
            let x = text::width(&left).min(area.cols.saturating_sub(1));
            pieces.push(format!("{left}{right} "), theme.text);
            let found = copy.search.as_ref().is_some_and(|s| s.under_way || !s.matches.is_empty());
            if let Some(count) = count {
                pieces.push(count, if found { theme.quiet } else { theme.error });
            }
            pieces.draw(&mut self.frame, at, area.cols);
            let at = Point::new(area.x + x, area.y);
            self.frame.cursor = (!area.is_empty()).then_some(Cursor::steady(at, CursorShape::Bar));
            return true;
        }
        if let (Some(search), Some(count)) = (&copy.search, count) {
            let sign = if search.backward { '?' } else { '/' };
            pieces.push(format!("{sign}{}", text::one_line(&search.pattern, 40)), theme.text);
            pieces.push(count, theme.accent);
            pieces.push("  ", theme.text);
        }
        if !copy.pending.is_empty() {
            pieces.push(format!("{}  ", text::one_line(&copy.pending, 20)), theme.accent);
        }
        pieces.push(copy.hint.clone(), theme.quiet);
        pieces.draw(&mut self.frame, at, area.cols);
        true
    }
}

fn reversed(style: Style) -> Style {
    Style { attrs: style.attrs.with(Attrs::REVERSE), ..style }
}
