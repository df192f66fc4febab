//! The grid's cells into a frame.

use alacritty_terminal::index::{Column, Line};

use super::cell::{Flags, GCell, WIDE};
use super::screen::{BG, FG, Screen};
use crate::base::cell::{Cell, Color, Style, Width};
use crate::base::frame::{Cursor, Frame};
use crate::base::geometry::{Point, Rect};

impl Screen {
    /// Draws the view as it is, not as a synchronized update holds it.
    pub fn draw_live(&self, frame: &mut Frame, area: Rect) {
        let cols = self.cols().min(area.cols as usize);
        let offset = self.grid.display_offset() as i32;
        for y in 0..area.rows {
            let target = target(frame, area, y);
            let used = cols.min(target.len());
            let (inside, outside) = target.split_at_mut(used);
            if (y as usize) < self.rows() {
                let row = &self.grid[Line(y as i32 - offset)][Column(0)..Column(used)];
                copy_row(row, inside);
                if !self.overrides.is_empty() {
                    self.apply_overrides(inside);
                }
            } else {
                inside.fill(Cell::BLANK);
            }
            outside.fill(Cell::BLANK);
        }
    }

    /// The cursor as it is; `None` when hidden or scrolled away.
    pub fn live_cursor(&self) -> Option<Cursor> {
        let at = self.grid.cursor.point;
        let y = at.line.0 + self.grid.display_offset() as i32;
        let shown = self.inner.show_cursor && y < self.rows() as i32;
        shown.then(|| Cursor {
            at: Point::new(at.column.0 as u16, y as u16),
            shape: self.cursor_shape,
            blinking: self.cursor_blinks,
        })
    }

    /// [`Screen::apply_overrides`], where there are any.
    pub(super) fn color_overrides(&self, cells: &mut [Cell]) {
        if !self.overrides.is_empty() {
            self.apply_overrides(cells);
        }
    }

    /// Colours that the program changed are drawn as what it changed them to.
    fn apply_overrides(&self, cells: &mut [Cell]) {
        let look = |color: Color, default: usize| {
            let index = match color {
                Color::Default => default,
                Color::Indexed(index) => index as usize,
                Color::Rgb(..) => return color,
            };
            match self.overrides.get(index).copied().flatten() {
                Some((r, g, b)) => Color::Rgb(r, g, b),
                None => color,
            }
        };
        for cell in cells {
            cell.style.fg = look(cell.style.fg, FG);
            cell.style.bg = look(cell.style.bg, BG);
        }
    }
}

/// Draws cells that were kept.
pub(super) fn draw_frozen(from: &Frame, frame: &mut Frame, area: Rect) {
    for y in 0..area.rows {
        let target = target(frame, area, y);
        let row = from.row(y);
        let used = row.len().min(target.len());
        let (inside, outside) = target.split_at_mut(used);
        inside.clone_from_slice(&row[..used]);
        outside.fill(Cell::BLANK);
        // A wide character that the edge cuts shows nothing.
        if let Some(last) = inside.last_mut().filter(|last| last.width == Width::Two) {
            *last = Cell::new(' ', last.style);
        }
    }
}

/// The cells of a row of an area, after mending what its edges cut in the rest of the row.
pub(super) fn target(frame: &mut Frame, area: Rect, y: u16) -> &mut [Cell] {
    let row = match area.y.checked_add(y) {
        Some(y) => frame.row_mut(y),
        None => &mut [],
    };
    let start = (area.x as usize).min(row.len());
    let end = (area.right() as usize).min(row.len());
    if start < end {
        if row[start].width == Width::Tail && start > 0 {
            row[start - 1] = Cell::new(' ', row[start - 1].style);
        }
        if row[end - 1].width == Width::Two && end < row.len() {
            row[end] = Cell::new(' ', row[end].style);
        }
    }
    &mut row[start..end]
}

#[inline]
pub(super) fn copy_row(from: &[GCell], to: &mut [Cell]) {
    // A program can cut a wide character in two: lone halves are blank.
    let mut tail = false;
    for (i, (source, target)) in from.iter().zip(to.iter_mut()).enumerate() {
        let style = Style::new(source.fg, source.bg, source.attrs);
        let (mut ch, mut width) = (source.ch, Width::One);
        let was_wide = std::mem::take(&mut tail);
        if source.flags.intersects(WIDE) {
            let next_is_tail =
                from.get(i + 1).is_some_and(|n| n.flags.contains(Flags::WIDE_CHAR_SPACER));
            if was_wide {
                width = Width::Tail;
            } else if source.flags.contains(Flags::WIDE_CHAR) && next_is_tail {
                width = Width::Two;
                tail = true;
            } else {
                ch = ' ';
            }
        }
        *target = Cell { ch, width, style, extra: source.extra.clone() };
    }
}
