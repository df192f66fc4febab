//! Which pictures are seen, and where.

use std::ops::Range;
use std::sync::Arc;

use super::store::Placement;
use crate::state::row::Row;
use crate::state::screen::Screen;
use segno_base::screen::cell::{Cell, Style};
use segno_base::screen::frame::Frame;
use segno_base::screen::geometry::{Point, Rect, Size};
use segno_base::screen::picture::{Encoding, Picture, Placed, UNDER};

/// A picture on a screen.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// The placement's number.
    pub number: u64,
    pub placement: Placement,
    pub picture: Arc<Picture>,
    /// Its first line, negative above the screen, and column.
    pub line: isize,
    pub col: usize,
}

impl Seen {
    pub fn lines(&self) -> Range<isize> {
        self.line..self.line + self.placement.rows as isize
    }

    pub fn cols(&self) -> Range<usize> {
        self.col..self.col + usize::from(self.placement.cols)
    }

    pub fn covers(&self, line: isize, col: usize) -> bool {
        self.lines().contains(&line) && self.cols().contains(&col)
    }
}

impl Screen {
    /// The pictures on the program's screen, however far the view is scrolled.
    pub(super) fn pictures_on_screen(&self) -> Vec<Seen> {
        self.pictures_from(self.grid.history.rows(), self.rows())
    }

    /// How many rows of the screen there are to the end of the lowest picture.
    pub fn pictures_end(&self) -> usize {
        let ends = self.pictures_on_screen().into_iter().map(|seen| seen.lines().end);
        ends.max().unwrap_or(0).clamp(0, self.rows() as isize) as usize
    }

    /// The pictures in the view.
    fn pictures_in_view(&self) -> Vec<Seen> {
        self.pictures_from(self.grid.history.rows() - self.grid.offset(), self.rows())
    }

    /// The pictures that are seen in so many rows from one on, counted from the history's first;
    /// those whose top is above it too.
    fn pictures_from(&self, top: usize, rows: usize) -> Vec<Seen> {
        if self.pictures.is_empty() {
            return Vec::new();
        }
        let first = top.saturating_sub(self.pictures.tallest());
        let mut all = Vec::new();
        self.grid.visit_range(first..top + rows, |at, row| {
            self.pinned(row, at as isize - top as isize, &mut all);
        });
        all
    }

    /// The pictures that hang on a row, if they reach into the view, which begins at line 0.
    pub fn pinned(&self, row: &Row, line: isize, all: &mut Vec<Seen>) {
        for pin in &row.pins {
            if let Some((placement, picture)) = self.pictures.shown(pin.placement)
                && line + (placement.rows as isize) > 0
            {
                let (placement, picture) = (placement.clone(), picture.clone());
                let (number, col) = (pin.placement, pin.col);
                all.push(Seen { number, placement, picture, line, col });
            }
        }
    }

    /// Puts the view's pictures onto a frame, over what was drawn of it.
    /// `under`: cells of it say that they are under a picture.
    pub fn draw_pictures(&self, frame: &mut Frame, area: Rect, under: bool) {
        let size = Size::new(self.cols() as u16, self.rows() as u16);
        self.lay(self.pictures_in_view(), size, frame, area, under);
    }

    /// Puts pictures onto the area of a frame that a screen of a size was drawn into.
    pub fn lay(&self, mut seen: Vec<Seen>, size: Size, frame: &mut Frame, area: Rect, under: bool) {
        let (cols, rows) = (usize::from(size.cols), usize::from(size.rows));
        frame.pictures.retain(|placed| placed.area != area);
        if !under && seen.is_empty() {
            return;
        }
        let mut all: Vec<(Placed, i32)> = Vec::new();
        seen.sort_by_key(|seen| (seen.placement.z, seen.number));
        for seen in seen {
            let Seen { placement, picture, line, col, .. } = seen;
            let bottom =
                (line + placement.rows as isize).min(rows as isize).min(area.rows as isize);
            let right = (col + usize::from(placement.cols)).min(cols).min(area.cols.into());
            let (top, left) = (line.max(0), col);
            if top >= bottom || left >= right {
                continue;
            }
            let visible = Rect::new(
                area.x + left as u16,
                area.y + top as u16,
                (right - left) as u16,
                (bottom - top) as u16,
            );
            let placed = Placed {
                picture,
                x: i32::from(area.x) + col as i32,
                y: i32::from(area.y) + line as i32,
                cols: placement.cols,
                rows: placement.rows,
                part: placement.part,
                cell: placement.cell,
                area,
                seen: visible,
            };
            all.push((placed, placement.z));
        }
        if under {
            self.placeholders(frame, area, &mut all);
            uncover(frame, area, &all);
        }
        for (placed, z) in all {
            if placed.picture.encoding != Encoding::Sixel {
                cover(frame, placed.seen, z);
            }
            frame.pictures.push(placed);
        }
    }
}

/// Makes cells blank that say they are under a picture and are not: it is gone, or a program
/// printed the character.
fn uncover(frame: &mut Frame, area: Rect, all: &[(Placed, i32)]) {
    for y in area.y..area.bottom() {
        for x in area.x..area.right() {
            let at = Point::new(x, y);
            let Some(cell) = frame.get(at).filter(|cell| cell.ch == UNDER) else { continue };
            let covered = all.iter().any(|(placed, _)| placed.seen.contains(at));
            if !covered || cell.extra.is_some() {
                let bg = cell.style.bg;
                frame.set(at, Cell::new(' ', Style { bg, ..Style::default() }));
            }
        }
    }
}

/// Makes cells ones that are under a picture; below text only those without any.
fn cover(frame: &mut Frame, visible: Rect, z: i32) {
    for y in visible.y..visible.bottom() {
        for x in visible.x..visible.right() {
            let at = Point::new(x, y);
            let blank = frame.get(at).is_some_and(|cell| cell.ch == ' ');
            if z >= 0 || blank {
                frame.set(at, Cell { ch: UNDER, ..Cell::BLANK });
            }
        }
    }
}
