//! A terminal's text as it was at one moment, for reading while the program goes on printing.
//!
//! Only the screen is copied. The history does not change but for losing its oldest lines, so it
//! is read where it is, by a count of the lines that were ever dropped.

use std::borrow::Cow;

use super::cell::{INPUT, LEADING, OUTPUT, PROMPT, TAIL, WIDE};
use super::draw::{copy_row, target};
use super::emulator::Emulator;
use super::grid::Grid;
use super::layout::is_pair;
use super::row::Row;
use super::screen::Screen;
use crate::base::cell::Cell;
use crate::base::frame::Frame;
use crate::base::geometry::{Rect, Size};
use crate::base::picture::UNDER;
use crate::base::text_row::{LinkSpan, Mark, TextRow};

/// The screen of one moment, and how to find the history above it. Lines count from 0, the oldest
/// one that there was.
#[derive(Debug, Clone)]
pub struct Frozen {
    rows: Vec<Row>,
    size: Size,
    history: usize,
    dropped: u64,
    epoch: u64,
    alternate: bool,
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

    /// How many lines above its first one were dropped before.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Whether it is the alternate screen's.
    pub(super) fn alternate(&self) -> bool {
        self.alternate
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
        let history = grid.history.rows();
        Frozen {
            rows: (0..screen.rows()).map(|line| grid.row(line).clone()).collect(),
            size: self.size(),
            history,
            dropped: grid.history.dropped(),
            epoch: screen.epoch,
            alternate: screen.main.is_some(),
            cursor: (history + grid.cursor.line, grid.cursor.col as u16),
            top: history.saturating_sub(grid.offset()),
        }
    }

    /// Whether the history still has the lines that it had, apart from dropped ones: not after
    /// the terminal got another size.
    pub fn is_current(&self, frozen: &Frozen) -> bool {
        self.screen().epoch == frozen.epoch
    }

    /// A line of the frozen text; one that is gone is blank.
    pub fn frozen_row(&self, frozen: &Frozen, line: usize) -> TextRow {
        self.screen().frozen_row(frozen, line).map(|row| text_row(&row)).unwrap_or_default()
    }

    /// Draws the frozen text from a line on into an area of a frame.
    pub fn draw_frozen_from(&self, frozen: &Frozen, top: usize, frame: &mut Frame, area: Rect) {
        let mut under = false;
        for y in 0..area.rows {
            let row = self.screen().frozen_row(frozen, top.saturating_add(y.into()));
            let target = target(frame, area, y);
            let used = usize::from(frozen.size.cols).min(target.len());
            let (inside, outside) = target.split_at_mut(if row.is_some() { used } else { 0 });
            under |= copy_row(&row.unwrap_or_default(), inside);
            self.screen().screen_looks(inside);
            outside.fill(Cell::BLANK);
        }
        self.screen().frozen_pictures(frozen, top, frame, area, under);
    }
}

impl Screen {
    /// The main screen's grid, whichever is shown.
    fn main_grid(&self) -> &Grid {
        self.main.as_ref().unwrap_or(&self.grid)
    }

    /// Puts the pictures of the frozen text onto a frame that it was drawn into.
    fn frozen_pictures(
        &self,
        frozen: &Frozen,
        top: usize,
        frame: &mut Frame,
        area: Rect,
        under: bool,
    ) {
        let mut seen = Vec::new();
        if !self.pictures.is_empty() {
            let first = top.saturating_sub(self.pictures.tallest());
            for line in first..top + usize::from(area.rows) {
                if let Some(row) = self.frozen_row(frozen, line) {
                    self.pinned(&row, line as isize - top as isize, &mut seen);
                }
            }
        }
        self.lay(seen, Size::new(frozen.size.cols, area.rows), frame, area, under);
    }

    fn frozen_row<'a>(&self, frozen: &'a Frozen, line: usize) -> Option<Cow<'a, Row>> {
        if let Some(row) = line.checked_sub(frozen.history) {
            return frozen.rows.get(row).map(Cow::Borrowed);
        }
        if self.epoch != frozen.epoch {
            return None;
        }
        let grid = self.main_grid();
        // Where it is among the lines that are still there.
        let line = (frozen.dropped + line as u64).checked_sub(grid.history.dropped())?;
        grid.any_row(usize::try_from(line).ok()?).map(Cow::Owned)
    }
}

fn text_row(row: &Row) -> TextRow {
    let mut out = TextRow { wrapped: row.wrapped, ..TextRow::default() };
    for (at, cell) in row.cells.iter().enumerate() {
        let col = at as u16;
        for (flag, mark) in [(PROMPT, Mark::Prompt), (INPUT, Mark::Input), (OUTPUT, Mark::Output)] {
            if cell.mark() == flag {
                out.marks.push((col, mark));
            }
        }
        let extra = row.extra(cell);
        if let Some(link) = extra.and_then(|extra| extra.link.as_ref()) {
            match out.links.last_mut().filter(|l| l.end == col && l.uri == link.uri) {
                Some(last) => last.end = col + 1,
                None => {
                    let uri = link.uri.clone();
                    out.links.push(LinkSpan { start: col, end: col + 1, uri });
                }
            }
        }
        if cell.is(LEADING) {
            continue;
        }
        let combining = extra.map_or(&[][..], |extra| &extra.combining);
        if !cell.is(WIDE) {
            out.push(col, 1, if cell.ch == UNDER { ' ' } else { cell.ch }, combining);
        } else if is_pair(&row.cells, at) {
            out.push(col, 2, cell.ch, combining);
        } else if !cell.is(TAIL) || at == 0 || !is_pair(&row.cells, at - 1) {
            // A lone half, which a program cut off, shows nothing.
            out.push(col, 1, ' ', &[]);
        }
    }
    if !out.wrapped {
        out.trim();
    }
    out
}
