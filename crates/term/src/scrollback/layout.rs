//! Lines into rows: where a line of any length wraps at a width.
//!
//! The rows of a line, put together again, are the line; at the width that a line was written
//! at, its rows are what they were.

use crate::picture::Pin;
use crate::state::cell::{GCell, LEADING, LEFT, TAIL};
use crate::state::row::Row;

/// Goes through the rows of a line.
pub(crate) struct Layout<'a> {
    line: &'a Row,
    cols: usize,
    plain: bool,
    /// The next cell.
    at: usize,
    started: bool,
}

impl<'a> Layout<'a> {
    pub fn new(line: &'a Row, cols: usize) -> Layout<'a> {
        let mut layout = Layout { line, cols, plain: line.is_plain(), at: 0, started: false };
        layout.skip();
        layout
    }

    /// Where the next row begins in the line.
    pub fn position(&self) -> usize {
        self.at
    }

    /// Fills in the next row; false when there is none. Even an empty line has one.
    pub fn next(&mut self, row: &mut Row) -> bool {
        if self.started && self.at >= self.line.cells.len() {
            return false;
        }
        self.started = true;
        let start = self.at;
        row.cells.clear();
        row.pins.clear();
        row.extras.clone_from(&self.line.extras);
        let cells = &self.line.cells;
        if self.plain {
            let end = cells.len().min(self.at + self.cols);
            row.cells.extend_from_slice(&cells[self.at..end]);
            self.at = end;
        } else {
            self.fill(row);
            self.skip();
        }
        row.wrapped = self.at < cells.len() || self.line.wrapped;
        let rest = self.at >= cells.len();
        let here = |pin: &&Pin| pin.col >= start && (rest || pin.col < self.at);
        let pins = self.line.pins.iter().filter(here);
        row.pins.extend(pins.map(|pin| Pin { col: pin.col - start, ..*pin }));
        true
    }

    fn fill(&mut self, row: &mut Row) {
        let cells = &self.line.cells;
        while row.cells.len() < self.cols
            && let Some(&cell) = cells.get(self.at)
        {
            let last = row.cells.len() + 1 == self.cols;
            if cell.is(LEADING) && !last {
                // The character after it fits now.
                self.at += 1;
                continue;
            }
            if last && is_pair(cells, self.at) {
                // As if it had just been printed: the blank has its look.
                let extra = self.line.without_marks(&cell);
                let place = row.intern(extra.as_ref());
                row.cells.push(cell.with(' ', LEADING).marked(0).at_place(place));
                return;
            }
            row.cells.push(cell);
            self.at += 1;
        }
    }

    /// Passes the blanks that no row begins with.
    fn skip(&mut self) {
        if !self.plain {
            let cells = &self.line.cells[self.at..];
            self.at += cells.iter().take_while(|cell| cell.is(LEADING)).count();
        }
    }
}

/// Whether a whole wide character stands at a place.
pub(crate) fn is_pair(cells: &[GCell], at: usize) -> bool {
    cells[at].is(LEFT) && cells.get(at + 1).is_some_and(|next| next.is(TAIL))
}

/// How many rows a line occupies.
pub(crate) fn rows(line: &Row, cols: usize) -> usize {
    if line.is_plain() {
        return line.cells.len().div_ceil(cols).max(1);
    }
    let mut layout = Layout::new(line, cols);
    let mut row = Row::default();
    std::iter::from_fn(|| layout.next(&mut row).then_some(())).count()
}
