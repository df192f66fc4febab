//! The rows of a screen, its history, and the cursor.
//!
//! Lines count from the screen's top, whatever the view shows. Scrolling moves places of rows,
//! not rows.

use std::ops::Range;

use crate::scrollback::history::History;
use crate::state::cell::Pen;
use crate::state::row::Row;
use segno_base::screen::cell::Color;

/// A character set that a program may choose.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Charset {
    #[default]
    Ascii,
    /// DEC's line drawing.
    Drawing,
    /// The United Kingdom's: `#` is `£`.
    British,
}

/// Where the next character goes, and how it looks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub line: usize,
    pub col: usize,
    /// The last column was written: the next character goes to the next line first.
    pub wraps: bool,
    /// The four character sets (G0 to G3).
    pub charsets: [Charset; 4],
    pub pen: Pen,
    /// Of a saved cursor: the state that is saved with it, origin mode and the set in use.
    pub origin: bool,
    pub charset: usize,
}

impl Cursor {
    /// Within a screen.
    pub fn clamp(&mut self, rows: usize, cols: usize) {
        self.line = self.line.min(rows - 1);
        self.col = self.col.min(cols - 1);
        self.wraps &= self.col + 1 == cols;
    }
}

/// A screen.
#[derive(Debug)]
pub(crate) struct Grid {
    pub(crate) rows: Vec<Row>,
    /// Where each line's row stands.
    pub(crate) order: Vec<u16>,
    /// In which generation each line was changed last, or may have been.
    changed: Vec<u64>,
    /// The generation that changes are part of.
    pub(crate) generation: u64,
    pub(crate) cols: usize,
    pub cursor: Cursor,
    pub saved: Cursor,
    pub history: History,
    /// How many rows the view is scrolled back.
    pub(crate) offset: usize,
}

impl Grid {
    /// A blank screen.
    pub fn new(rows: usize, cols: usize, scrollback: usize) -> Grid {
        Grid {
            rows: vec![Row::default(); rows],
            order: (0..rows as u16).collect(),
            changed: vec![0; rows],
            // What is seen before anything changes is generation 0.
            generation: 1,
            cols,
            cursor: Cursor::default(),
            saved: Cursor::default(),
            history: History::new(scrollback, cols),
            offset: 0,
        }
    }

    pub fn lines(&self) -> usize {
        self.order.len()
    }

    pub fn cols(&self) -> usize {
        self.cols
    }

    #[inline]
    pub fn row(&self, line: usize) -> &Row {
        &self.rows[self.order[line] as usize]
    }

    #[inline]
    pub fn row_mut(&mut self, line: usize) -> &mut Row {
        self.changed[line] = self.generation;
        &mut self.rows[self.order[line] as usize]
    }

    /// The cursor's row, and the pen.
    #[inline]
    pub fn at_cursor(&mut self) -> (&mut Row, &Pen) {
        self.changed[self.cursor.line] = self.generation;
        (&mut self.rows[self.order[self.cursor.line] as usize], &self.cursor.pen)
    }

    /// What changes from now on is part of this generation.
    pub fn begin_generation(&mut self, generation: u64) {
        self.generation = generation;
    }

    /// All lines are others than were shown.
    pub fn all_changed(&mut self, generation: u64) {
        self.generation = generation;
        self.changed.clear();
        self.changed.resize(self.lines(), generation);
    }

    /// Whether a line may have changed after a generation.
    pub fn changed_after(&self, line: usize, generation: u64) -> bool {
        self.changed[line] > generation
    }

    fn background(&self) -> Color {
        self.cursor.pen.style.bg
    }

    /// Makes lines blank, with the pen's background.
    pub fn clear(&mut self, lines: Range<usize>) {
        let (bg, cols) = (self.background(), self.cols);
        for line in lines {
            self.row_mut(line).clear(bg, cols);
        }
    }

    /// Moves the lines of a region up. What leaves the screen at its top becomes history.
    pub fn scroll_up(&mut self, region: Range<usize>, count: usize) {
        let count = count.min(region.len());
        if count == 0 {
            return;
        }
        if region.start == 0 {
            for line in 0..count {
                let row = &mut self.rows[self.order[line] as usize];
                self.history.push(row);
            }
            // A view that is scrolled back stays where it is.
            if self.offset != 0 {
                self.offset = (self.offset + count).min(self.history.rows());
            }
        }
        let blank = region.end - count..region.end;
        self.changed[region.clone()].fill(self.generation);
        self.order[region].rotate_left(count);
        self.clear(blank);
    }

    /// Moves the lines of a region down.
    pub fn scroll_down(&mut self, region: Range<usize>, count: usize) {
        let count = count.min(region.len());
        let blank = region.start..region.start + count;
        self.changed[region.clone()].fill(self.generation);
        self.order[region].rotate_right(count);
        self.clear(blank);
    }

    /// Makes the screen blank; what it showed becomes history, and so many rows at least.
    pub fn clear_screen(&mut self, least: usize) {
        let shows = |line: &usize| {
            let row = self.row(*line);
            row.wrapped
                || !row.pins.is_empty()
                || row.cells.iter().any(|cell| !cell.shows_nothing(row.has_marks(cell)))
        };
        let used = (0..self.lines()).rev().find(shows).map_or(0, |last| last + 1);
        self.scroll_up(0..self.lines(), used.max(least));
        self.clear(0..self.lines());
    }

    pub fn clear_history(&mut self) {
        self.history.clear();
        self.offset = 0;
    }

    /// Everything as at the start.
    pub fn reset(&mut self) {
        self.clear_history();
        self.cursor = Cursor::default();
        self.saved = Cursor::default();
        self.clear(0..self.lines());
    }

    // ---- the view --------------------------------------------------------------------------

    /// How many rows the view is scrolled back.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Scrolls the view: positive is back into history.
    pub fn scroll_view(&mut self, delta: isize) {
        self.offset = self.offset.saturating_add_signed(delta).min(self.history.rows());
    }

    /// Gives the view's rows with their places, from the top.
    pub fn visit_view(&self, mut visitor: impl FnMut(usize, &Row)) {
        let mut y = 0;
        if self.offset > 0 {
            self.history.visit(self.history.rows() - self.offset, |row| {
                visitor(y, row);
                y += 1;
                y < self.lines()
            });
        }
        for y in y..self.lines() {
            visitor(y, self.row(y - self.offset));
        }
    }

    /// Gives rows with their places, counted from the history's first.
    pub fn visit_range(&self, rows: Range<usize>, mut visitor: impl FnMut(usize, &Row)) {
        let history = self.history.rows();
        let mut at = rows.start;
        if at < history {
            self.history.visit(at, |row| {
                visitor(at, row);
                at += 1;
                at < rows.end
            });
        }
        for at in at..rows.end.min(history + self.lines()) {
            visitor(at, self.row(at - history));
        }
    }

    /// A row, counted from the history's first.
    pub fn any_row(&self, at: usize) -> Option<Row> {
        if let Some(line) = at.checked_sub(self.history.rows()) {
            return (line < self.lines()).then(|| self.row(line).clone());
        }
        let mut result = None;
        self.history.visit(at, |row| {
            result = Some(row.clone());
            false
        });
        result
    }

    /// Gives all rows with their places, history first, from one on.
    pub fn visit_all(&self, from: usize, mut visitor: impl FnMut(usize, &Row)) {
        let mut at = from;
        self.history.visit(from, |row| {
            visitor(at, row);
            at += 1;
            true
        });
        for at in at..self.history.rows() + self.lines() {
            visitor(at, self.row(at - self.history.rows()));
        }
    }
}
