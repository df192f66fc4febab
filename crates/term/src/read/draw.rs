//! The grid's cells into a frame.

use std::ops::Range;

use crate::state::cell::{LEFT, TAIL, WIDE};
use crate::state::row::Row;
use crate::state::screen::{BG, FG, Screen};
use segno_base::screen::cell::{Attrs, Cell, Color, ColorKind, Width};
use segno_base::screen::frame::{Cursor, Frame};
use segno_base::screen::geometry::{Point, Rect};
use segno_base::screen::picture::{Placed, UNDER};

impl Screen {
    /// Draws the view as it is, not as a synchronized update holds it.
    pub fn draw_live(&self, frame: &mut Frame, area: Rect) {
        let cols = self.cols().min(area.cols as usize);
        let mut under = false;
        self.grid.visit_view(|y, row| {
            if y >= area.rows as usize {
                return;
            }
            let target = target(frame, area, y as u16);
            let used = cols.min(target.len());
            let (inside, outside) = target.split_at_mut(used);
            under |= copy_row(row, inside);
            self.screen_looks(inside);
            outside.fill(Cell::BLANK);
        });
        for y in (self.rows() as u16)..area.rows {
            target(frame, area, y).fill(Cell::BLANK);
        }
        self.draw_pictures(frame, area, under);
    }

    /// Draws again the lines of a plain screen that changed after a generation, into an area that
    /// shows the screen as it was then; says between which rows they are.
    pub fn draw_changed(&self, frame: &mut Frame, area: Rect, after: u64) -> Range<u16> {
        let cols = self.cols().min(area.cols as usize);
        let (mut first, mut end, mut under) = (area.rows, 0, false);
        for y in 0..area.rows.min(self.rows() as u16) {
            if !self.grid.changed_after(y.into(), after) {
                continue;
            }
            let target = target(frame, area, y);
            let used = cols.min(target.len());
            let (inside, outside) = target.split_at_mut(used);
            under |= copy_row(self.grid.row(y.into()), inside);
            outside.fill(Cell::BLANK);
            (first, end) = (first.min(y), y + 1);
        }
        // The screen has become smaller, and its place will.
        for y in (self.rows() as u16)..area.rows {
            target(frame, area, y).fill(Cell::BLANK);
            (first, end) = (first.min(y), y + 1);
        }
        if under {
            self.draw_pictures(frame, area, under);
        }
        first.min(end)..end
    }

    /// The cursor as it is; `None` when scrolled away.
    pub fn live_cursor(&self) -> Option<Cursor> {
        let at = &self.grid.cursor;
        let y = at.line + self.grid.offset();
        (y < self.rows()).then(|| Cursor {
            at: Point::new(at.col as u16, y as u16),
            shape: self.cursor_shape,
            blinking: self.cursor_blinks,
            visible: self.inner.show_cursor,
        })
    }

    /// What holds for the whole screen: colours that the program changed, and the screen's
    /// reversal.
    pub(crate) fn screen_looks(&self, cells: &mut [Cell]) {
        if !self.overrides.is_empty() {
            self.apply_overrides(cells);
        }
        if self.inner.reverse_screen {
            for cell in cells {
                cell.style.attrs = Attrs(cell.style.attrs.0 ^ Attrs::REVERSE.0);
            }
        }
    }

    /// Colours that the program changed are drawn as what it changed them to.
    fn apply_overrides(&self, cells: &mut [Cell]) {
        let look = |color: Color, default: usize| {
            let index = match color.kind() {
                ColorKind::Default => default,
                ColorKind::Indexed(index) => index as usize,
                ColorKind::Rgb(..) => return color,
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
pub(crate) fn draw_frozen(from: &Frame, frame: &mut Frame, area: Rect) {
    frame.pictures.retain(|placed| placed.area != area);
    frame.pictures.extend(from.pictures.iter().filter_map(|placed| moved(placed, area)));
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

/// A picture of a kept screen where that is drawn; `None` when nothing of it is seen there.
fn moved(placed: &Placed, area: Rect) -> Option<Placed> {
    let seen = placed.seen;
    let cols = area.cols.checked_sub(seen.x).filter(|cols| *cols > 0)?.min(seen.cols);
    let rows = area.rows.checked_sub(seen.y).filter(|rows| *rows > 0)?.min(seen.rows);
    Some(Placed {
        x: i32::from(area.x) + placed.x,
        y: i32::from(area.y) + placed.y,
        area,
        seen: Rect::new(area.x + seen.x, area.y + seen.y, cols, rows),
        ..placed.clone()
    })
}

/// The cells of a row of an area, after repairing what its edges cut in the rest of the row.
pub(crate) fn target(frame: &mut Frame, area: Rect, y: u16) -> &mut [Cell] {
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

/// Copies a row's cells; whether one of them is under a picture, or says so.
#[inline]
pub(crate) fn copy_row(row: &Row, to: &mut [Cell]) -> bool {
    let used = row.cells.len().min(to.len());
    let (inside, blank) = to.split_at_mut(used);
    let from = &row.cells[..used];
    // A program can cut a wide character in two: lone halves are blank.
    let (mut tail, mut under) = (false, false);
    for (i, (source, target)) in from.iter().zip(inside).enumerate() {
        let (mut ch, mut width) = (source.ch, Width::One);
        let was_wide = std::mem::take(&mut tail);
        under |= ch == UNDER;
        if source.is(WIDE) {
            if was_wide {
                width = Width::Tail;
            } else if source.is(LEFT) && from.get(i + 1).is_some_and(|next| next.is(TAIL)) {
                width = Width::Two;
                tail = true;
            } else {
                ch = ' ';
            }
        }
        *target = Cell { ch, width, style: source.look(), extra: row.extra(source).cloned() };
    }
    blank.fill(Cell::BLANK);
    under
}
