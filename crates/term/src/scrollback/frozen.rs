//! A terminal's text as it was at one moment, for reading while the program goes on printing, on
//! any thread.
//!
//! Only the screen is copied: the history is shared with the terminal that goes on.

use std::borrow::Cow;

use crate::emulator::Emulator;
use crate::read::draw::{copy_row, target};
use crate::read::text::plain_row;
use crate::scrollback::history::{Packed, end_line};
use crate::scrollback::layout::is_pair;
use crate::state::cell::{INPUT, LEADING, OUTPUT, PROMPT, TAIL, WIDE};
use crate::state::row::Row;
use crate::state::screen::Screen;
use segno_base::screen::cell::Cell;
use segno_base::screen::frame::Frame;
use segno_base::screen::geometry::{Rect, Size};
use segno_base::screen::picture::UNDER;
use segno_base::screen::text_chunk::{ChunkLine, TextChunk};
use segno_base::screen::text_row::{LinkSpan, Mark, TextRow};

/// The screen and the history of one moment. Lines count from 0, the oldest one that there was.
#[derive(Debug, Clone)]
pub struct Frozen {
    pub(crate) rows: Vec<Row>,
    pub(crate) history: Packed,
    size: Size,
    /// How many rows were lost before.
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
        self.history.rows() + self.rows.len()
    }

    /// How many lines the terminal had lost by then.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The program's cursor, as line and column.
    pub fn cursor(&self) -> (usize, u16) {
        self.cursor
    }

    /// Whether it is the alternate screen's.
    pub(crate) fn alternate(&self) -> bool {
        self.alternate
    }

    /// The line that was at the top of the view.
    pub fn top(&self) -> usize {
        self.top
    }

    /// A line; one that is not there is blank.
    pub fn row(&self, line: usize) -> TextRow {
        self.cells(line).map(|row| text_row(&row)).unwrap_or_default()
    }

    fn cells(&self, line: usize) -> Option<Cow<'_, Row>> {
        match line.checked_sub(self.history.rows()) {
            Some(row) => self.rows.get(row).map(Cow::Borrowed),
            None => self.history.row(line).map(Cow::Owned),
        }
    }

    /// The nearest line that may have a shell's mark, from a line on: of those that have one none
    /// is passed over.
    pub fn marked(&self, from: usize, backward: bool) -> Option<usize> {
        let history = self.history.rows();
        let on_screen = (from < self.lines()).then_some(from).filter(|from| *from >= history);
        match backward {
            true if from >= history => on_screen.or(self.lines().checked_sub(1)),
            true => self.history.marked(from, true),
            false if from < history => self.history.marked(from, false).or(Some(history)),
            false => on_screen,
        }
    }

    /// In how many pieces [`Frozen::chunk`] gives the text: some hundred lines each.
    pub fn chunks(&self) -> usize {
        self.history.blocks() + 1
    }

    /// The piece that holds a line, or the beginning of what it continues.
    pub fn chunk_of(&self, line: usize) -> usize {
        match line < self.history.rows() {
            true => self.history.block_of(line),
            false => self.history.blocks(),
        }
    }

    /// Gives the lines that begin in a piece.
    pub fn chunk(&self, index: usize, chunk: &mut TextChunk) {
        chunk.clear();
        self.add_chunk(index, chunk);
    }

    pub(crate) fn add_chunk(&self, index: usize, chunk: &mut TextChunk) {
        chunk.cols = self.size.cols.into();
        let blocks = self.history.blocks();
        // The rows at the top of the screen may belong to a line that begins in the history.
        let rest = match self.history.continues() {
            true => {
                self.rows.iter().position(|row| !row.wrapped).map_or(self.rows.len(), |n| n + 1)
            }
            false => 0,
        };
        if index < blocks {
            if self.history.chunk(index, chunk) {
                self.end_chunk_line(0..rest, chunk);
            }
            return;
        }
        let mut at = rest;
        while at < self.rows.len() {
            let wrapped = self.rows[at..].iter().take_while(|row| row.wrapped).count();
            let end = self.rows.len().min(at + wrapped + 1);
            let (begin, row) = (chunk.text.len(), self.history.rows() + at);
            chunk.lines.push(ChunkLine { at: begin, row, rows: 0, plain: false });
            self.end_chunk_line(at..end, chunk);
            at = end;
        }
    }

    /// Adds rows of the screen to a chunk's last line, which ends there.
    fn end_chunk_line(&self, rows: std::ops::Range<usize>, chunk: &mut TextChunk) {
        let Some(line) = chunk.lines.last_mut() else { return };
        line.rows += rows.len();
        for row in &self.rows[rows] {
            plain_row(row, row.wrapped, &mut chunk.text);
        }
        end_line(&mut chunk.text, line.at);
    }
}

impl Emulator {
    /// What the terminal shows and has in its history now. Takes microseconds, however much that
    /// is.
    pub fn freeze(&self) -> Frozen {
        let screen = self.screen();
        let grid = &screen.grid;
        let history = grid.history.packed();
        let above = history.rows();
        Frozen {
            rows: (0..screen.rows()).map(|line| grid.row(line).clone()).collect(),
            history,
            size: self.size(),
            dropped: grid.history.dropped(),
            epoch: screen.epoch,
            alternate: screen.main.is_some(),
            cursor: (above + grid.cursor.line, grid.cursor.col as u16),
            top: above.saturating_sub(grid.offset()),
        }
    }

    /// Whether the text still has the same rows, apart from new and lost ones: not after the
    /// terminal got another size.
    pub fn is_current(&self, frozen: &Frozen) -> bool {
        self.screen().epoch == frozen.epoch
    }

    /// Draws the frozen text from a line on into an area of a frame.
    pub fn draw_frozen_from(&self, frozen: &Frozen, top: usize, frame: &mut Frame, area: Rect) {
        let mut under = false;
        for y in 0..area.rows {
            let row = frozen.cells(top.saturating_add(y.into()));
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
                if let Some(row) = frozen.cells(line) {
                    self.pinned(&row, line as isize - top as isize, &mut seen);
                }
            }
        }
        self.lay(seen, Size::new(frozen.size.cols, area.rows), frame, area, under);
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
