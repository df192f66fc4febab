//! Places in a text that stay the same when it is laid out at another width: which line, counted
//! from the cursor's, and how far into it, whatever rows it occupies.

use crate::emulator::Emulator;
use crate::scrollback::frozen::Frozen;
use crate::state::cell::LEADING;
use crate::state::grid::Grid;
use crate::state::row::Row;

/// How many rows of one line are gone through; a place further in is not kept.
const MAX_ROWS: usize = 1000;

/// A place in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// Lines below the cursor's, negative above it: the one line that no change of size loses.
    line: isize,
    /// Cells from the line's start.
    offset: usize,
    alternate: bool,
}

impl Emulator {
    /// What of a place in the frozen text stays through a change of size; `None` where the text is
    /// gone, or of the other screen.
    pub fn anchor(&self, frozen: &Frozen, line: usize, col: u16) -> Option<Anchor> {
        let screen = self.screen();
        let (grid, alternate) = (&screen.grid, screen.main.is_some());
        if !self.is_current(frozen) || frozen.alternate() != alternate {
            return None;
        }
        let row = (frozen.dropped() + line as u64).checked_sub(grid.history.dropped())?;
        let row = usize::try_from(row).ok().filter(|row| *row < rows(grid))?;
        let (start, before) = if alternate { (row, 0) } else { start_of_line(grid, row)? };
        let line = line_of_row(grid, start, alternate) - cursor_line(grid, alternate);
        Some(Anchor { line, offset: before + usize::from(col), alternate })
    }

    /// Where a place is now: its row, counted from the oldest, and column.
    pub fn anchored(&self, anchor: Anchor) -> Option<(usize, u16)> {
        let screen = self.screen();
        let (grid, alternate) = (&screen.grid, screen.main.is_some());
        if anchor.alternate != alternate {
            return None;
        }
        let line = usize::try_from(cursor_line(grid, alternate) + anchor.line).ok()?;
        let last = grid.cols().saturating_sub(1);
        if alternate {
            let col = anchor.offset.min(last) as u16;
            return (line < rows(grid)).then_some((line, col));
        }
        let mut offset = anchor.offset;
        let first = row_of_line(grid, line)?;
        for at in (first..rows(grid)).take(MAX_ROWS) {
            let row = grid.any_row(at)?;
            let cells = text_cells(&row);
            if !row.wrapped || offset < cells {
                return Some((at, offset.min(last) as u16));
            }
            offset -= cells;
        }
        None
    }
}

fn rows(grid: &Grid) -> usize {
    grid.history.rows() + grid.lines()
}

/// A row's cells without the blank that a wide character left at its end.
fn text_cells(row: &Row) -> usize {
    row.cells.iter().filter(|cell| !cell.is(LEADING)).count()
}

/// The first row of the line that a row belongs to, and how many cells of the line stand before it.
fn start_of_line(grid: &Grid, row: usize) -> Option<(usize, usize)> {
    let mut before = 0;
    for start in (0..=row).rev().take(MAX_ROWS) {
        let Some(above) = start.checked_sub(1).and_then(|above| grid.any_row(above)) else {
            return Some((start, before));
        };
        if !above.wrapped {
            return Some((start, before));
        }
        before += text_cells(&above);
    }
    None
}

/// How many lines end above a row. On the alternate screen rows are lines.
fn line_of_row(grid: &Grid, row: usize, alternate: bool) -> isize {
    let history = grid.history.rows();
    let lines = match row.checked_sub(history) {
        _ if alternate => row,
        None => grid.history.lines_above(row),
        Some(on_screen) => {
            grid.history.lines_above(history)
                + (0..on_screen).filter(|line| !grid.row(*line).wrapped).count()
        }
    };
    lines as isize
}

fn cursor_line(grid: &Grid, alternate: bool) -> isize {
    line_of_row(grid, grid.history.rows() + grid.cursor.line, alternate)
}

/// The first row of a line.
fn row_of_line(grid: &Grid, line: usize) -> Option<usize> {
    if let Some(row) = grid.history.row_of_line(line) {
        return Some(row);
    }
    let history = grid.history.rows();
    let mut ended = grid.history.lines_above(history);
    for on_screen in 0..grid.lines() {
        if ended == line {
            return Some(history + on_screen);
        }
        ended += usize::from(!grid.row(on_screen).wrapped);
    }
    None
}
