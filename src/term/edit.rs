//! Erasing, inserting and deleting on the screen, and its tab stops.

use std::cmp::min;
use std::ops::Range;

use alacritty_terminal::grid::{Dimensions as _, GridCell as _};
use alacritty_terminal::index::{Column, Line};

use super::cell::GCell;
use super::screen::{Screen, default_tabs};

impl Screen {
    /// Cells without the pen's attributes but with its background.
    fn erase(&mut self, line: Line, columns: Range<usize>) {
        let bg = self.grid.cursor.template.bg;
        for cell in &mut self.grid[line][Column(columns.start)..Column(columns.end)] {
            *cell = GCell::blank(bg);
        }
    }

    pub fn insert_blanks(&mut self, count: usize) {
        let at = self.grid.cursor.point;
        let (col, cols) = (at.column.0, self.cols());
        let count = min(count, cols - col);
        let row = &mut self.grid[at.line][..];
        row[col..].rotate_right(count);
        self.erase(at.line, col..col + count);
    }

    pub fn delete_chars(&mut self, count: usize) {
        let at = self.grid.cursor.point;
        let (col, cols) = (at.column.0, self.cols());
        let count = min(count, cols - col);
        let row = &mut self.grid[at.line][..];
        row[col..].rotate_left(count);
        self.erase(at.line, cols - count..cols);
    }

    pub fn erase_chars(&mut self, count: usize) {
        let at = self.grid.cursor.point;
        let col = at.column.0;
        self.erase(at.line, col..min(col.saturating_add(count), self.cols()));
    }

    /// EL: 0 right of the cursor, 1 left of it, 2 all.
    pub fn erase_line(&mut self, what: u16) {
        let at = self.grid.cursor.point;
        let (col, cols) = (at.column.0, self.cols());
        match what {
            // The cursor is past the last character, so nothing is right of it.
            0 if self.grid.cursor.input_needs_wrap => {}
            0 => self.erase(at.line, col..cols),
            1 => self.erase(at.line, 0..col + 1),
            2 => self.erase(at.line, 0..cols),
            _ => {}
        }
    }

    /// ED: 0 below the cursor, 1 above it, 2 all (kept in the history), 3 the history.
    pub fn erase_display(&mut self, what: u16) {
        let at = self.grid.cursor.point;
        let (col, cols) = (at.column.0, self.cols());
        match what {
            0 => {
                self.erase(at.line, col..cols);
                if at.line < self.last_line() {
                    self.grid.reset_region(at.line + 1..);
                }
            }
            1 => {
                if at.line > 0 {
                    self.grid.reset_region(..at.line);
                }
                self.erase(at.line, 0..col + 1);
            }
            2 if self.main.is_some() => self.grid.reset_region(..),
            2 => {
                let (history, full) = (self.grid.history_size(), self.lines_in_use());
                self.grid.clear_viewport();
                self.dropped += (history + full).saturating_sub(self.grid.history_size()) as u64;
            }
            3 => {
                if self.main.is_none() {
                    self.dropped += self.grid.history_size() as u64;
                }
                self.grid.clear_history();
            }
            _ => {}
        }
    }

    /// The rows of the screen down to the last one with something in it.
    fn lines_in_use(&self) -> usize {
        let used = |line: &usize| self.grid[Line(*line as i32)][..].iter().any(|c| !c.is_empty());
        (0..self.rows()).rev().find(used).map_or(0, |last| last + 1)
    }

    /// DECALN: the screen full of `E`.
    pub fn align_test(&mut self) {
        for line in 0..self.rows() {
            for cell in &mut self.grid[Line(line as i32)][..] {
                *cell = GCell { ch: 'E', ..GCell::default() };
            }
        }
    }

    /// Moves to the next tab stop; after the last column it wraps first, like a character.
    pub fn tab(&mut self) {
        if self.grid.cursor.input_needs_wrap {
            self.wrap();
        } else {
            self.tab_forward(1);
        }
    }

    pub fn tab_forward(&mut self, count: usize) {
        let mut col = self.grid.cursor.point.column.0;
        let last = self.cols() - 1;
        for _ in 0..min(count, last) {
            col = (col + 1..last).find(|&c| self.tabs[c]).unwrap_or(last);
        }
        if col != self.grid.cursor.point.column.0 {
            self.goto_col(col);
        }
    }

    pub fn tab_backward(&mut self, count: usize) {
        let mut col = self.grid.cursor.point.column.0;
        for _ in 0..min(count, self.cols()) {
            col = (0..col).rev().find(|&c| self.tabs[c]).unwrap_or(0);
        }
        self.goto_col(col);
    }

    pub fn set_tab(&mut self) {
        let col = self.grid.cursor.point.column.0;
        self.tabs[col] = true;
    }

    pub fn clear_tab(&mut self) {
        let col = self.grid.cursor.point.column.0;
        self.tabs[col] = false;
    }

    pub fn clear_tabs(&mut self) {
        self.tabs.fill(false);
    }

    pub fn reset_tabs(&mut self) {
        self.tabs = default_tabs(self.cols());
    }
}
