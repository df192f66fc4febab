//! Characters that join the one before them: marks, selectors, and what Unicode joins into
//! grapheme clusters (mode 2027).
//!
//! Nothing is remembered for it: what a character joins is read from the cell before the cursor,
//! as other terminals do, so that a cluster may arrive in pieces, with a dump between any two of
//! them. After every piece the cluster has the columns that its text has so far. One that grows at
//! the right margin moves to the next line as a whole.

use crate::scrollback::layout::is_pair;
use crate::state::cell::{GCell, LEADING, LEFT, MAX_COMBINING, TAIL, WIDE};
use crate::state::row::Row;
use crate::state::screen::Screen;
use segno_base::screen::cluster::{self, EMOJI_LOOK, TEXT_LOOK};

/// The cluster that the cursor is right behind.
#[derive(Debug, Clone, Copy)]
struct Before {
    col: usize,
    /// It takes two columns.
    wide: bool,
}

impl Screen {
    /// Whether what is before the cursor may join an ordinary character; seldom so.
    #[inline]
    pub(crate) fn attracts(&self) -> bool {
        let cursor = &self.grid.cursor;
        let Some(mut col) = (cursor.col + cursor.wraps as usize).checked_sub(1) else {
            return false;
        };
        let row = self.grid.row(cursor.line);
        if row.get(col).is(TAIL) {
            col = col.saturating_sub(1);
        }
        let cell = row.get(col);
        cluster::is_leading_jamo(cell.ch) || cell.place() != 0 && marks_attract(row, &cell)
    }

    /// The whole character that ends at the cursor.
    fn before(&self) -> Option<Before> {
        let cursor = &self.grid.cursor;
        let end = cursor.col + cursor.wraps as usize;
        let row = self.grid.row(cursor.line);
        let col = end.checked_sub(1)?;
        if !row.get(col).is(WIDE) {
            return Some(Before { col, wide: false });
        }
        let col = col.checked_sub(1)?;
        is_pair(&row.cells, col).then_some(Before { col, wide: true })
    }

    /// Lets a character of one or two columns join the one before it; false when it begins
    /// one of its own.
    #[cold]
    pub(crate) fn join(&mut self, ch: char) -> bool {
        let Some(before) = self.before() else { return false };
        let row = self.grid.row(self.grid.cursor.line);
        let text = String::from_iter(characters(row, before.col));
        if !cluster::joins(&text, ch) {
            return false;
        }
        self.add(before, ch);
        true
    }

    /// A character without columns goes to the cell before the cursor.
    pub(crate) fn combine(&mut self, ch: char) {
        let selects = self.inner.clusters && matches!(ch, EMOJI_LOOK | TEXT_LOOK);
        if selects {
            // There is nothing to select at a line's start, or for half of a character.
            if let Some(before) = self.before() {
                self.add(before, ch);
            }
            return;
        }
        let mut col = self.grid.cursor.col;
        if !self.grid.cursor.wraps {
            col = col.saturating_sub(1);
        }
        let (row, _) = self.grid.at_cursor();
        if row.get(col).is(TAIL) {
            col = col.saturating_sub(1);
        }
        row.push_combining(col, ch);
    }

    /// Adds a character to the one before the cursor, which may take other columns then. Where it
    /// cannot, at a margin without wrapping, it stays as it is.
    fn add(&mut self, before: Before, ch: char) {
        let Before { col, wide } = before;
        let room = col + 1 < self.cols() || self.inner.wrap;
        let (row, _) = self.grid.at_cursor();
        let cell = row.get(col);
        if row.extra(&cell).is_some_and(|extra| extra.combining.len() == MAX_COMBINING) {
            return;
        }
        let columns = cluster::cluster_columns(characters(row, col).chain([ch]));
        if columns == 2 && !wide && !room {
            return;
        }
        row.push_combining(col, ch);
        match (columns, wide) {
            (2, false) if col + 1 < self.cols() => self.widen(col),
            (2, false) => self.widen_in_next_line(col),
            (1, true) => self.narrow(col),
            _ => {}
        }
    }

    /// The character before the cursor takes the column under the cursor, too.
    fn widen(&mut self, col: usize) {
        let cols = self.cols();
        let insert = self.inner.insert;
        let (row, _) = self.grid.at_cursor();
        if insert && col + 2 < cols {
            row.open(col + 1, 1, cols);
            row.cells[col + 1] = GCell::BLANK;
        }
        let left = row.get(col);
        let plain = row.without_marks(&left);
        let place = row.intern(plain.as_ref());
        // Making room in the row's table may have moved its place.
        let left = row.get(col);
        row.cells[col] = left.with(left.ch, LEFT);
        let tail = left.marked(0).with(' ', TAIL).at_place(place);
        let old = std::mem::replace(row.cell_mut(col + 1), tail);
        if col + 2 == cols {
            row.wrapped = false;
        }
        if old.is(LEFT) && col + 2 < cols {
            row.cell_mut(col + 2).remove(TAIL);
        }
        self.step();
    }

    /// The character in the last column needs two: it wraps as if it had come as a whole.
    fn widen_in_next_line(&mut self, col: usize) {
        let (row, _) = self.grid.at_cursor();
        let (cell, extra) = (row.get(col), row.extra(&row.get(col)).cloned());
        let plain = row.without_marks(&cell);
        let place = row.intern(plain.as_ref());
        row.cells[col] = cell.with(' ', LEADING).marked(0).at_place(place);
        self.wrap();
        let (row, _) = self.grid.at_cursor();
        let place = row.intern(extra.as_ref());
        self.put_cell(cell.with(cell.ch, LEFT).at_place(place));
        self.grid.cursor.col += 1;
        let (row, _) = self.grid.at_cursor();
        let place = row.intern(plain.as_ref());
        self.put_cell(cell.marked(0).with(' ', TAIL).at_place(place));
        self.step();
    }

    /// The character before the cursor gives its second column back.
    fn narrow(&mut self, col: usize) {
        let cols = self.cols();
        let insert = self.inner.insert;
        let (row, _) = self.grid.at_cursor();
        row.cells[col].remove(LEFT);
        row.cells[col + 1] = GCell::blank(row.cells[col].style().bg);
        if insert {
            row.close(col + 1, 1, cols);
            row.cells[cols - 1] = GCell::BLANK;
        }
        self.grid.cursor.col = col + 1;
        self.grid.cursor.wraps = false;
    }
}

/// A cell's characters.
fn characters(row: &Row, col: usize) -> impl Iterator<Item = char> + '_ {
    let cell = row.get(col);
    let marks = row.extra(&cell).map_or(&[][..], |extra| &extra.combining);
    std::iter::once(cell.ch).chain(marks.iter().copied())
}

#[cold]
fn marks_attract(row: &Row, cell: &GCell) -> bool {
    row.extra(cell).is_some_and(|extra| extra.combining.iter().any(|&ch| cluster::attracts(ch)))
}
