//! A terminal's text as it was at one moment, for reading while the program goes on printing.
//!
//! Only the screen is copied. The history does not change but for losing its oldest lines, so it
//! is read where it is, by a count of the lines that were ever dropped.

use alacritty_terminal::grid::{Dimensions as _, Grid};
use alacritty_terminal::index::{Column, Line};

use super::cell::{Flags, GCell, INPUT, OUTPUT, PROMPT, WIDE};
use super::draw::{copy_row, target};
use super::emulator::Emulator;
use super::screen::Screen;
use crate::base::cell::Cell;
use crate::base::frame::Frame;
use crate::base::geometry::{Rect, Size};
use crate::base::text_row::{LinkSpan, Mark, TextRow};

/// The screen of one moment, and how to find the history above it. Lines count from 0, the oldest
/// one that there was.
#[derive(Debug, Clone)]
pub struct Frozen {
    rows: Vec<Vec<GCell>>,
    size: Size,
    history: usize,
    dropped: u64,
    epoch: u64,
    cursor: (usize, u16),
    top: usize,
}

impl Frozen {
    /// The size of the screen.
    pub fn size(&self) -> Size {
        self.size
    }

    /// How many lines there are, history and screen; never 0.
    pub fn lines(&self) -> usize {
        self.history + self.rows.len()
    }

    /// The program's cursor, as line and column.
    pub fn cursor(&self) -> (usize, u16) {
        self.cursor
    }

    /// The line that was at the top of the view.
    pub fn top(&self) -> usize {
        self.top
    }
}

impl Emulator {
    /// What the terminal shows and has in its history now.
    pub fn freeze(&self) -> Frozen {
        let screen = self.screen();
        let grid = &screen.grid;
        let history = grid.history_size();
        let row = |line: i32| grid[Line(line)][Column(0)..Column(screen.cols())].to_vec();
        let at = grid.cursor.point;
        // The end of the line above the screen still changes when a wide character that had not
        // fitted there is overwritten, so that line is copied too.
        let above = history.min(1);
        Frozen {
            rows: (-(above as i32)..screen.rows() as i32).map(row).collect(),
            size: self.size(),
            history: history - above,
            dropped: screen.dropped,
            epoch: screen.epoch,
            cursor: (history + at.line.0.max(0) as usize, at.column.0 as u16),
            top: history.saturating_sub(grid.display_offset()),
        }
    }

    /// Whether the history still has the lines that it had, apart from dropped ones: not after
    /// the terminal got another size.
    pub fn is_current(&self, frozen: &Frozen) -> bool {
        self.screen().epoch == frozen.epoch
    }

    /// A line of the frozen text; one that is gone is blank.
    pub fn frozen_row(&self, frozen: &Frozen, line: usize) -> TextRow {
        self.screen().frozen_cells(frozen, line).map(text_row).unwrap_or_default()
    }

    /// Draws the frozen text from a line on into an area of a frame.
    pub fn draw_frozen_from(&self, frozen: &Frozen, top: usize, frame: &mut Frame, area: Rect) {
        for y in 0..area.rows {
            let cells = self.screen().frozen_cells(frozen, top.saturating_add(y.into()));
            let cells = cells.unwrap_or_default();
            let target = target(frame, area, y);
            let used = cells.len().min(target.len());
            let (inside, outside) = target.split_at_mut(used);
            copy_row(&cells[..used], inside);
            self.screen().color_overrides(inside);
            outside.fill(Cell::BLANK);
        }
    }
}

impl Screen {
    /// The main screen's grid, whichever is shown.
    fn main_grid(&self) -> &Grid<GCell> {
        self.main.as_ref().unwrap_or(&self.grid)
    }

    fn frozen_cells<'a>(&'a self, frozen: &'a Frozen, line: usize) -> Option<&'a [GCell]> {
        if let Some(row) = line.checked_sub(frozen.history) {
            return frozen.rows.get(row).map(Vec::as_slice);
        }
        if self.epoch != frozen.epoch {
            return None;
        }
        let grid = self.main_grid();
        // Where it is among the lines that are still there.
        let line = frozen.dropped.checked_add(line as u64)?.checked_sub(self.dropped)?;
        let line = i64::try_from(line).ok()? - grid.history_size() as i64;
        if line >= grid.screen_lines() as i64 {
            return None;
        }
        Some(&grid[Line(line as i32)][Column(0)..Column(grid.columns())])
    }
}

fn text_row(cells: &[GCell]) -> TextRow {
    let mut row = TextRow {
        wrapped: cells.last().is_some_and(|cell| cell.flags.contains(Flags::WRAPLINE)),
        ..TextRow::default()
    };
    for (at, cell) in cells.iter().enumerate() {
        let col = at as u16;
        for (flag, mark) in [(PROMPT, Mark::Prompt), (INPUT, Mark::Input), (OUTPUT, Mark::Output)] {
            if cell.flags.contains(flag) {
                row.marks.push((col, mark));
            }
        }
        if let Some(link) = cell.extra.as_ref().and_then(|extra| extra.link.as_ref()) {
            match row.links.last_mut().filter(|l| l.end == col && l.uri == link.uri) {
                Some(last) => last.end = col + 1,
                None => {
                    let uri = link.uri.clone();
                    row.links.push(LinkSpan { start: col, end: col + 1, uri });
                }
            }
        }
        if cell.flags.contains(Flags::LEADING_WIDE_CHAR_SPACER) {
            continue;
        }
        let combining = cell.extra.as_ref().map_or(&[][..], |extra| &extra.combining);
        if !cell.flags.intersects(WIDE) {
            row.push(col, 1, cell.ch, combining);
            continue;
        }
        let whole = |left: &GCell, right: Option<&GCell>| {
            left.flags.contains(Flags::WIDE_CHAR)
                && right.is_some_and(|right| right.flags.contains(Flags::WIDE_CHAR_SPACER))
        };
        if whole(cell, cells.get(at + 1)) {
            row.push(col, 2, cell.ch, combining);
        } else if !at.checked_sub(1).is_some_and(|left| whole(&cells[left], Some(cell))) {
            // A lone half, which a program cut off, shows nothing.
            row.push(col, 1, ' ', &[]);
        }
    }
    if !row.wrapped {
        row.trim();
    }
    row
}
