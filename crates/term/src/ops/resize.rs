//! Another size for a screen: text flows anew, and what reached the bottom stays there.
//!
//! Rows that no longer fit become history, also those above the cursor only; rows that came free
//! are filled from history only where the screen was full, so that a cleared screen stays clear.

use std::collections::VecDeque;

use crate::scrollback::layout::Layout;
use crate::state::cell::{GCell, LEADING, LEFT};
use crate::state::grid::{Cursor, Grid};
use crate::state::row::Row;

impl Grid {
    /// Changes the size without a history or flowing text: rows are cut or get blanks.
    pub fn resize_cut(&mut self, lines: usize, cols: usize) {
        let rows = self.take_rows();
        let skip = (self.cursor.line + 1).saturating_sub(lines);
        self.cursor.line -= skip;
        let mut rows: Vec<Row> = rows.into_iter().skip(skip).take(lines).collect();
        if cols != self.cols {
            rows.iter_mut().for_each(|row| cut(row, cols));
        }
        self.cols = cols;
        self.put_rows(rows, lines);
        self.cursor.clamp(lines, cols);
        self.saved.clamp(lines, cols);
    }

    /// Changes the size of a screen with a history; text flows.
    pub fn resize(&mut self, lines: usize, cols: usize) {
        let mut rows = VecDeque::from(self.take_rows());
        let full = self.lines() <= used(&rows, self.cursor.line);
        rows.truncate(used(&rows, self.cursor.line));
        if cols != self.cols {
            self.flow(&mut rows, cols);
        }
        // What does not fit leaves at the top, but never the cursor's row.
        while rows.len() > lines && self.cursor.line > 0 {
            if let Some(mut row) = rows.pop_front() {
                self.history.push(&mut row);
            }
            self.cursor.line -= 1;
        }
        if rows.len() > lines {
            rows.truncate(lines);
            // What it went on in is gone.
            if let Some(last) = rows.back_mut() {
                last.wrapped = false;
            }
        }
        while full && rows.len() < lines {
            let Some(line) = self.history.pop_line() else { break };
            let mut back = lay_out(&line, self.cols);
            while rows.len() < lines
                && let Some(row) = back.pop()
            {
                rows.push_front(row);
                self.cursor.line += 1;
            }
            back.iter_mut().for_each(|row| self.history.push(row));
        }
        self.put_rows(rows.into(), lines);
        self.cursor.clamp(lines, cols);
        self.saved.clamp(lines, cols);
        self.offset = self.offset.min(self.history.rows());
    }

    /// Lays the rows out at another width.
    fn flow(&mut self, rows: &mut VecDeque<Row>, cols: usize) {
        // The line at the top may have begun in the history.
        let mut before = None;
        if self.history.continues() && !rows.is_empty() {
            before = self.history.pop_line();
        }
        self.cols = cols;
        self.history.set_width(cols);
        let mut cursor = Place::of(&self.cursor);
        let mut out = Vec::new();
        let mut line = before.unwrap_or_default();
        line.wrapped = false;
        // Nothing comes after the last row, whatever it says.
        if let Some(last) = rows.back_mut() {
            last.wrapped = false;
        }
        let mut has_cursor = None;
        for (at, mut row) in std::mem::take(rows).into_iter().enumerate() {
            if at == self.cursor.line {
                has_cursor = Some(line.cells.len() + cursor.offset);
            }
            let wrapped = row.wrapped;
            if !wrapped {
                row.cells.truncate(row.used());
            }
            append(&mut line, row);
            if wrapped {
                continue;
            }
            let above = out.len();
            let mut keep = 0;
            if let Some(offset) = has_cursor.take() {
                // It has a cell of its own, unless it stays after the last one.
                line.pad(offset + !cursor.wraps as usize);
                (cursor.line, cursor.col, cursor.wraps) = find(&line, offset, cols, above);
                keep = cursor.line - above + 1;
            }
            let mut laid = lay_out(&line, cols);
            cut_ground(&mut laid, keep);
            out.append(&mut laid);
            line = Row::default();
        }
        self.cursor.line = cursor.line;
        self.cursor.col = cursor.col;
        self.cursor.wraps = cursor.wraps;
        rows.extend(out);
    }

    /// The rows in order.
    fn take_rows(&mut self) -> Vec<Row> {
        let rows = &mut self.rows;
        self.order.iter().map(|&place| std::mem::take(&mut rows[place as usize])).collect()
    }

    fn put_rows(&mut self, mut rows: Vec<Row>, lines: usize) {
        rows.resize_with(lines, Row::default);
        self.rows = rows;
        self.order = (0..lines as u16).collect();
        self.all_changed(self.generation);
    }
}

/// Where a cursor is, and where it comes to be.
struct Place {
    /// Columns from the row's start; after the last one when it is about to wrap.
    offset: usize,
    line: usize,
    col: usize,
    wraps: bool,
}

impl Place {
    fn of(cursor: &Cursor) -> Place {
        Place {
            offset: cursor.col + cursor.wraps as usize,
            line: cursor.line,
            col: cursor.col,
            wraps: cursor.wraps,
        }
    }
}

/// The row and column of a place in a line, and whether it is past the last column.
fn find(line: &Row, offset: usize, cols: usize, above: usize) -> (usize, usize, bool) {
    let mut layout = Layout::new(line, cols);
    let mut row = Row::default();
    let mut place = (above, 0, false);
    let mut y = above;
    loop {
        let start = layout.position();
        if !layout.next(&mut row) || start > offset {
            return place;
        }
        // Blanks that only a row's end shows take no column here.
        let passed = line.cells.get(start..offset).unwrap_or_default();
        let hidden = passed.iter().filter(|cell| cell.is(LEADING)).count();
        let col = offset - start - hidden;
        place = (y, col.min(cols - 1), col >= cols);
        y += 1;
    }
}

/// Puts a row at the end of the line that it goes on.
fn append(line: &mut Row, mut row: Row) {
    // Half of a wide character would find another half in the next row.
    if let Some(last) = row.cells.last_mut().filter(|last| row.wrapped && last.is(LEFT)) {
        *last = last.with(' ', 0);
    }
    let before = line.cells.len();
    for pin in &mut row.pins {
        pin.col += before;
    }
    if line.cells.is_empty() && line.extras.is_empty() {
        row.wrapped = false;
        row.pins.splice(..0, line.pins.drain(..));
        *line = row;
        return;
    }
    for cell in &row.cells {
        let place = line.intern(row.extra(cell));
        line.cells.push(cell.at_place(place));
    }
    line.pins.append(&mut row.pins);
}

/// Cuts a coloured ground after the text, which once reached a row's end, where the row that the
/// text or the cursor is in ends now: it is no text to go on in further rows.
fn cut_ground(rows: &mut Vec<Row>, keep: usize) {
    let ground = |cell: &GCell| *cell == GCell::blank(cell.bg);
    while rows.len() > keep.max(1) && rows.last().is_some_and(|row| row.cells.iter().all(ground)) {
        rows.pop();
        if let Some(last) = rows.last_mut() {
            last.wrapped = false;
        }
    }
}

/// All rows of a line.
fn lay_out(line: &Row, cols: usize) -> Vec<Row> {
    let mut layout = Layout::new(line, cols);
    let mut rows = Vec::new();
    let mut row = Row::default();
    while layout.next(&mut row) {
        rows.push(std::mem::take(&mut row));
    }
    rows
}

/// How many rows there are without the blank ones at the end, but with the cursor's.
fn used(rows: &VecDeque<Row>, cursor: usize) -> usize {
    rows.iter().rposition(Row::shows).map_or(0, |last| last + 1).max(cursor + 1)
}

/// Another width for a row whose text does not flow.
fn cut(row: &mut Row, cols: usize) {
    row.wrapped = false;
    row.cells.truncate(cols);
    row.pins.retain(|pin| pin.col < cols);
    // Its right half may be gone already, with nothing after it.
    if let Some(last) = row.cells.get_mut(cols - 1).filter(|last| last.is(LEFT)) {
        *last = last.with(' ', 0);
    }
    for cell in row.cells.iter_mut().filter(|cell| cell.is(LEADING)) {
        cell.remove(LEADING);
    }
}
