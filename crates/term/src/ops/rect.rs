//! Rectangles of the screen: filling, erasing and copying them, and moving columns.

use std::ops::Range;

use crate::parse::csi::Csi;
use crate::state::cell::GCell;
use crate::state::screen::Screen;
use segno_base::screen::cell::Color;

/// A rectangle, not empty, within the screen.
#[derive(Debug, Clone)]
struct Area {
    lines: Range<usize>,
    columns: Range<usize>,
}

impl Screen {
    /// The rectangle of four parameters (top, left, bottom, right) from one on.
    fn area(&self, csi: &Csi, at: usize) -> Option<Area> {
        let (top, end) = match self.inner.origin {
            true => (self.region.start, self.region.end),
            false => (0, self.rows()),
        };
        let last = |at: usize, all: usize| match csi.get(at) {
            0 => all,
            given => all.min(given.into()),
        };
        let lines = top + csi.count(at) - 1..top + last(at + 2, end - top);
        let columns = csi.count(at + 1) - 1..last(at + 3, self.cols());
        (!lines.is_empty() && !columns.is_empty()).then_some(Area { lines, columns })
    }

    /// DECFRA: `character ; top ; left ; bottom ; right`, with the pen's look.
    pub fn fill_area(&mut self, csi: &Csi) {
        let Some(ch) = char::from_u32(csi.get(0).into())
            .filter(|ch| matches!(ch, ' '..='~' | '\u{a0}'..='\u{ff}'))
        else {
            return;
        };
        let Some(Area { lines, columns }) = self.area(csi, 1) else { return };
        let (cols, pen) = (self.cols(), self.grid.cursor.pen.clone());
        for line in lines {
            let row = self.grid.row_mut(line);
            row.cut_wide(columns.clone(), cols);
            row.pad(columns.end);
            let place = row.intern(pen.extra.as_ref());
            row.cells[columns.clone()].fill(GCell::styled(ch, pen.style, 0, place));
        }
    }

    /// DECERA and DECSERA, which spares what DECSCA protects.
    pub fn erase_area(&mut self, csi: &Csi, selective: bool) {
        let Some(Area { lines, columns }) = self.area(csi, 0) else { return };
        let (cols, bg) = (self.cols(), self.grid.cursor.pen.style.bg);
        for line in lines {
            if selective {
                self.erase_unprotected(line, columns.clone());
            } else {
                let row = self.grid.row_mut(line);
                row.cut_wide(columns.clone(), cols);
                row.erase(columns.clone(), bg, cols);
            }
        }
    }

    /// DECCRA: `top ; left ; bottom ; right ; page ; top ; left ; page`. There is one page.
    pub fn copy_area(&mut self, csi: &Csi) {
        let Some(Area { lines, columns }) = self.area(csi, 0) else { return };
        let (top, end) = match self.inner.origin {
            true => (self.region.start, self.region.end),
            false => (0, self.rows()),
        };
        let (top, left) = (top + csi.count(5) - 1, csi.count(6) - 1);
        let cols = self.cols();
        let count = columns.len().min(cols.saturating_sub(left));
        if count == 0 {
            return;
        }
        let from: Vec<_> = lines.map(|line| self.grid.row(line).clone()).collect();
        for (line, mut source) in (top..end).zip(from) {
            // Neither halves of wide characters nor the blank of the margin are copied as such.
            source.cut_wide(columns.start..columns.start + count, cols);
            let row = self.grid.row_mut(line);
            row.cut_wide(left..left + count, cols);
            row.pad(left + count);
            for offset in 0..count {
                let cell = source.get(columns.start + offset);
                let place = row.intern(source.extra(&cell));
                row.cells[left + offset] = cell.marked(0).at_place(place);
            }
        }
    }

    /// DECIC: blank columns at the cursor, in all lines of the scroll region.
    pub fn insert_columns(&mut self, at: usize, count: usize) {
        self.move_columns(at, count, true);
    }

    /// DECDC: without the columns at the cursor, in all lines of the scroll region.
    pub fn delete_columns(&mut self, at: usize, count: usize) {
        self.move_columns(at, count, false);
    }

    fn move_columns(&mut self, at: usize, count: usize, right: bool) {
        if !self.region.contains(&self.grid.cursor.line) {
            return;
        }
        let (cols, bg) = (self.cols(), self.grid.cursor.pen.style.bg);
        let count = count.min(cols - at);
        for line in self.region.clone() {
            let row = self.grid.row_mut(line);
            row.cut_wide(at..cols, cols);
            if right {
                row.open(at, count, cols);
                row.erase(at..at + count, bg, cols);
            } else {
                row.close(at, count, cols);
                row.erase(cols - count..cols, bg, cols);
            }
        }
    }

    /// DECBI: left, at the left edge by moving what is there to the right.
    pub fn back_index(&mut self) {
        match self.grid.cursor.col {
            0 => self.insert_columns(0, 1),
            col => self.goto_col(col - 1),
        }
    }

    /// DECFI: right, at the right edge by moving what is there to the left.
    pub fn forward_index(&mut self) {
        match self.grid.cursor.col + 1 {
            col if col == self.cols() => self.delete_columns(0, 1),
            col => self.goto_col(col),
        }
    }
}

impl crate::state::row::Row {
    /// Makes the halves of wide characters blank that an edge of some columns cuts.
    pub fn cut_wide(&mut self, columns: Range<usize>, cols: usize) {
        self.unlead();
        if columns.start > 0 && self.get(columns.start).is(crate::state::cell::TAIL) {
            self.clear_wide(columns.start - 1);
            self.cell_mut(columns.start).remove(crate::state::cell::TAIL);
        }
        if columns.end < cols && self.get(columns.end - 1).is(crate::state::cell::LEFT) {
            self.clear_wide(columns.end - 1);
            self.cell_mut(columns.end).remove(crate::state::cell::TAIL);
        }
    }

    /// Makes cells blank ones of another character: those under a picture.
    pub fn fill_with(&mut self, columns: Range<usize>, ch: char, cols: usize) {
        self.cut_wide(columns.clone(), cols);
        self.erase(columns.clone(), Color::Default, cols);
        self.pad(columns.end);
        self.cells[columns].fill(GCell::BLANK.of(ch));
    }
}
