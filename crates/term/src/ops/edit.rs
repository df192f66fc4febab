//! Erasing, inserting and deleting on the screen, and its tab stops.

use std::cmp::min;
use std::ops::Range;

use crate::state::cell::{GCell, PROTECTED};
use crate::state::screen::{Protection, Screen, default_tabs};

impl Screen {
    /// Cells of the cursor's line without the pen's attributes but with its background.
    fn erase(&mut self, columns: Range<usize>) {
        let cols = self.cols();
        let (row, pen) = self.grid.at_cursor();
        row.erase(columns, pen.style.bg, cols);
    }

    /// The same, but for cells that are protected.
    pub fn erase_unprotected(&mut self, line: usize, columns: Range<usize>) {
        let (bg, cols) = (self.grid.cursor.pen.style.bg, self.cols());
        let row = self.grid.row_mut(line);
        let mut at = columns.start;
        while at < columns.end {
            let protected = row.get(at).is_protected();
            let same = |col: &usize| row.get(*col).is_protected() == protected;
            let end =
                (at..columns.end).take_while(same).last().map_or(columns.end, |last| last + 1);
            if !protected {
                row.erase(at..end, bg, cols);
            }
            at = end;
        }
    }

    /// Whether an erasing, selective or not, leaves protected cells alone.
    fn spares(&self, selective: bool) -> bool {
        selective || self.protection == Protection::Always
    }

    /// DECSCA, SPA and EPA: what is printed from now on is protected, or not.
    pub fn protect(&mut self, from: Protection, on: bool) {
        self.protection = from;
        let attrs = &mut self.grid.cursor.pen.style.attrs;
        *attrs = if on { attrs.with(PROTECTED) } else { attrs.without(PROTECTED) };
    }

    pub fn insert_blanks(&mut self, count: usize) {
        let (col, cols) = (self.grid.cursor.col, self.cols());
        let count = min(count, cols - col);
        let (row, _) = self.grid.at_cursor();
        row.open(col, count, cols);
        self.erase(col..col + count);
    }

    pub fn delete_chars(&mut self, count: usize) {
        let (col, cols) = (self.grid.cursor.col, self.cols());
        let count = min(count, cols - col);
        let (row, _) = self.grid.at_cursor();
        row.close(col, count, cols);
        self.erase(cols - count..cols);
    }

    pub fn erase_chars(&mut self, count: usize) {
        let col = self.grid.cursor.col;
        self.erase_part(col..min(col.saturating_add(count), self.cols()), false);
    }

    /// Erases in the cursor's line.
    fn erase_part(&mut self, columns: Range<usize>, selective: bool) {
        match self.spares(selective) {
            true => self.erase_unprotected(self.grid.cursor.line, columns),
            false => self.erase(columns),
        }
    }

    /// EL and DECSEL: 0 right of the cursor, 1 left of it, 2 all.
    pub fn erase_line(&mut self, what: u16, selective: bool) {
        let (col, cols) = (self.grid.cursor.col, self.cols());
        match what {
            // The cursor is past the last character, so nothing is right of it.
            0 if self.grid.cursor.wraps => {}
            0 => self.erase_part(col..cols, selective),
            1 => self.erase_part(0..col + 1, selective),
            2 => self.erase_part(0..cols, selective),
            _ => {}
        }
    }

    /// ED and DECSED: 0 below the cursor, 1 above it, 2 all (kept in the history), 3 the history.
    pub fn erase_display(&mut self, what: u16, selective: bool) {
        let (line, col, cols) = (self.grid.cursor.line, self.grid.cursor.col, self.cols());
        if self.spares(selective) && what < 3 {
            let lines = match what {
                0 => line + 1..self.rows(),
                1 => 0..line,
                _ => 0..self.rows(),
            };
            if what < 2 {
                self.erase_line(what, selective);
            }
            return lines.for_each(|line| self.erase_unprotected(line, 0..cols));
        }
        match what {
            0 => {
                self.erase(col..cols);
                self.grid.clear(line + 1..self.rows());
            }
            1 => {
                self.grid.clear(0..line);
                self.erase(0..col + 1);
            }
            2 if self.main.is_some() => self.grid.clear(0..self.rows()),
            2 => self.grid.clear_screen(self.pictures_end()),
            3 => self.grid.clear_history(),
            _ => {}
        }
    }

    /// DECALN: the screen full of `E`, the cursor at its start, no margins.
    pub fn align_test(&mut self) {
        let cols = self.cols();
        self.region = 0..self.rows();
        self.goto(0, 0);
        for line in 0..self.rows() {
            let row = self.grid.row_mut(line);
            row.wrapped = false;
            row.extras.clear();
            row.cells.clear();
            row.cells.resize(cols, GCell::BLANK.of('E'));
        }
    }

    /// Moves to the next tab stop; after the last column it wraps first, like a character.
    pub fn tab(&mut self) {
        if self.grid.cursor.wraps {
            self.wrap();
        } else {
            self.tab_forward(1);
        }
    }

    pub fn tab_forward(&mut self, count: usize) {
        let mut col = self.grid.cursor.col;
        let last = self.cols() - 1;
        for _ in 0..min(count, last) {
            col = (col + 1..last).find(|&c| self.tabs[c]).unwrap_or(last);
        }
        if col != self.grid.cursor.col {
            self.goto_col(col);
        }
    }

    pub fn tab_backward(&mut self, count: usize) {
        let mut col = self.grid.cursor.col;
        for _ in 0..min(count, self.cols()) {
            col = (0..col).rev().find(|&c| self.tabs[c]).unwrap_or(0);
        }
        self.goto_col(col);
    }

    pub fn set_tab(&mut self) {
        let col = self.grid.cursor.col;
        self.tabs[col] = true;
    }

    pub fn clear_tab(&mut self) {
        let col = self.grid.cursor.col;
        self.tabs[col] = false;
    }

    pub fn clear_tabs(&mut self) {
        self.tabs.fill(false);
    }

    pub fn reset_tabs(&mut self) {
        self.tabs = default_tabs(self.cols());
    }
}
