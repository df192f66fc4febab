//! Characters onto the grid.
//!
//! Runs of ASCII, which are most of what programs print, are written a row at a time.

use std::cmp::min;

use alacritty_terminal::grid::Dimensions as _;
use alacritty_terminal::index::{Column, Point};
use alacritty_terminal::vte::ansi::StandardCharset;
use unicode_width::UnicodeWidthChar as _;

use super::cell::{Flags, GCell, WIDE};
use super::screen::Screen;

impl Screen {
    /// Prints a run of printable ASCII.
    pub fn put_ascii(&mut self, run: &[u8]) {
        if let Some(&last) = run.last() {
            self.preceding = Some(last as char);
        }
        let mapped = self.grid.cursor.charsets[self.charset] != StandardCharset::Ascii;
        if mapped || self.inner.insert {
            for &byte in run {
                self.put_width(byte as char, 1);
            }
            return;
        }
        let cols = self.cols();
        let mut rest = run;
        while !rest.is_empty() {
            if self.grid.cursor.input_needs_wrap {
                self.wrap();
            }
            let at = self.grid.cursor.point;
            let col = at.column.0;
            let count = min(rest.len(), cols - col);
            let (now, later) = rest.split_at(count);
            let pen = self.grid.cursor.template.clone();
            let cells = &mut self.grid[at.line][Column(col)..Column(col + count)];
            if cells.iter().any(|cell| cell.flags.intersects(WIDE)) {
                // Halves of wide characters have partners to mend.
                for &byte in now {
                    self.write(byte as char, Flags::empty());
                    self.step();
                }
            } else {
                for (cell, &byte) in cells.iter_mut().zip(now) {
                    *cell = GCell { ch: byte as char, ..pen.clone() };
                }
                if col + count < cols {
                    self.grid.cursor.point.column = Column(col + count);
                } else {
                    self.grid.cursor.point.column = Column(cols - 1);
                    self.grid.cursor.input_needs_wrap = true;
                }
            }
            if !self.mark.is_empty() {
                self.place_mark(at);
            }
            rest = later;
        }
    }

    /// Prints any character.
    #[inline]
    pub fn put(&mut self, ch: char) {
        self.preceding = Some(ch);
        match ch.width() {
            Some(0) => self.combine(ch),
            Some(width) => self.put_width(ch, width),
            None => {}
        }
    }

    /// REP: prints the last character again.
    pub fn repeat(&mut self, count: usize) {
        if let Some(ch) = self.preceding {
            // More than the screen holds shows nothing new, so it need not cost more.
            for _ in 0..min(count, self.cols() * self.rows()) {
                self.put(ch);
            }
        }
    }

    /// A character without width goes to the cell before the cursor.
    fn combine(&mut self, ch: char) {
        let at = self.grid.cursor.point;
        let mut col = at.column.0;
        if !self.grid.cursor.input_needs_wrap {
            col = col.saturating_sub(1);
        }
        if self.grid[at.line][Column(col)].flags.contains(Flags::WIDE_CHAR_SPACER) {
            col = col.saturating_sub(1);
        }
        self.grid[at.line][Column(col)].push_combining(ch);
    }

    #[inline]
    fn put_width(&mut self, ch: char, width: usize) {
        if self.grid.cursor.input_needs_wrap {
            self.wrap();
        }
        let cols = self.cols();
        let at = self.grid.cursor.point;
        if self.inner.insert && at.column.0 + width < cols {
            let cells = &mut self.grid[at.line][..][at.column.0..];
            cells.rotate_right(width);
            // What was pushed out on the right is gone.
            cells[..width].fill(GCell::default());
        }
        if width == 1 {
            self.write(ch, Flags::empty());
            self.step();
            if !self.mark.is_empty() {
                self.place_mark(at);
            }
            return;
        }
        if self.grid.cursor.point.column.0 + 1 >= cols {
            if !self.inner.wrap {
                self.grid.cursor.input_needs_wrap = true;
                return;
            }
            // A wide character does not fit into the last column: it wraps as a whole.
            self.write(' ', Flags::LEADING_WIDE_CHAR_SPACER);
            self.wrap();
        }
        let at = self.grid.cursor.point;
        let pen = &self.grid.cursor.template;
        let left = GCell { ch, flags: Flags::WIDE_CHAR, ..pen.clone() };
        let right = GCell { ch: ' ', flags: Flags::WIDE_CHAR_SPACER, ..pen.clone() };
        let cells = &mut self.grid[at.line][at.column..at.column + 2];
        let old = [cells[0].flags & WIDE, cells[1].flags & WIDE];
        let replaces_one = old == [Flags::WIDE_CHAR, Flags::WIDE_CHAR_SPACER] && at.column > 1;
        if old == [Flags::empty(); 2] || replaces_one {
            cells[0] = left;
            cells[1] = right;
            self.grid.cursor.point.column += 1;
        } else {
            self.write(ch, Flags::WIDE_CHAR);
            self.grid.cursor.point.column += 1;
            self.write(' ', Flags::WIDE_CHAR_SPACER);
        }
        self.step();
        if !self.mark.is_empty() {
            self.place_mark(at);
        }
    }

    /// Puts the shell's mark on a cell that was just printed.
    #[cold]
    fn place_mark(&mut self, at: Point) {
        let mark = std::mem::replace(&mut self.mark, Flags::empty());
        self.grid[at.line][at.column].flags.insert(mark);
    }

    /// The cursor goes on after a character.
    #[inline]
    fn step(&mut self) {
        if self.grid.cursor.point.column.0 + 1 < self.cols() {
            self.grid.cursor.point.column += 1;
        } else {
            self.grid.cursor.input_needs_wrap = true;
        }
    }

    /// Writes the cell under the cursor with the pen, mending wide characters that it cuts.
    #[inline]
    fn write(&mut self, ch: char, flags: Flags) {
        let cursor = &self.grid.cursor;
        let at = cursor.point;
        let ch = cursor.charsets[self.charset].map(ch);
        let new = GCell { ch, flags, ..cursor.template.clone() };
        let cell = &mut self.grid[at.line][at.column];
        let old = cell.flags;
        *cell = new;
        if old.intersects(WIDE) {
            self.mend(at, old);
        }
    }

    /// Makes the other half of a wide character blank, whose one half, with flags `old`, was at
    /// `at`.
    #[cold]
    fn mend(&mut self, at: Point, old: Flags) {
        let last = Column(self.cols() - 1);
        if old.contains(Flags::WIDE_CHAR) && at.column < last {
            self.grid[at.line][at.column + 1].flags.remove(Flags::WIDE_CHAR_SPACER);
        } else if at.column > 0 {
            self.grid[at.line][at.column - 1].clear_wide();
        }
        if at.column <= 1 && at.line > self.grid.topmost_line() {
            self.grid[at.line - 1i32][last].flags.remove(Flags::LEADING_WIDE_CHAR_SPACER);
        }
    }
}
