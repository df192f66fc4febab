//! The lines above the screen, packed: text and looks as bytes, in blocks, a tenth of what cells
//! take.
//!
//! Kept as logical lines, which know no width: a resize only counts anew how many rows they
//! take, and rows are laid out when somebody looks. A very long line is held in pieces; where one
//! ends, a row may be short at another width. Everything that decides what rows there are is
//! written into dumps as it is, so that a restored history goes on the same.

mod packed;

pub(crate) use crate::scrollback::history::packed::{Packed, end_line};

use std::collections::VecDeque;
use std::sync::Arc;

use crate::DumpError;
use crate::scrollback::codec::{Reader, Writer};
use crate::scrollback::layout::{self, Layout};
use crate::scrollback::runs::{RunReader, RunWriter};
use crate::state::cell::LEFT;
use crate::state::row::Row;

/// How many cells a piece of a line has, one row more or less.
const PIECE: usize = 4096;
/// The most cells of a line in a dump.
const MAX_CELLS: usize = PIECE + 4096;
/// A block takes no more lines from this size on.
const BLOCK: usize = 16 * 1024;
const BLOCK_LINES: usize = 256;
/// The bytes that a row may take on average, so that a hostile program's rows, full of links,
/// cannot use memory without limit.
const ROW_BYTES: usize = 8 * 1024;

/// Flags of a line, above its number of cells.
const CONTINUES: u16 = 1 << 14;
const FLAGGED: u16 = 1 << 15;
const CELLS: u16 = CONTINUES - 1;

/// A line in a block.
#[derive(Debug, Clone, Copy)]
struct Line {
    /// Where it ends in its block.
    end: u32,
    cells: u16,
    /// How many rows it takes, without those that are gone.
    rows: u16,
}

impl Line {
    fn cells(self) -> usize {
        (self.cells & CELLS) as usize
    }

    fn continues(self) -> bool {
        self.cells & CONTINUES != 0
    }
}

/// A line's number of cells with its flags.
fn line_cells(cells: usize, continues: bool, flagged: bool) -> u16 {
    cells as u16 | u16::from(continues) << 14 | u16::from(flagged) << 15
}

#[derive(Debug, Clone, Default)]
struct Block {
    bytes: Vec<u8>,
    lines: Vec<Line>,
    /// Of all lines that are not gone.
    rows: usize,
}

impl Block {
    fn start(&self, line: usize) -> usize {
        line.checked_sub(1).map_or(0, |before| self.lines[before].end as usize)
    }

    fn bytes(&self, line: usize) -> &[u8] {
        &self.bytes[self.start(line)..self.lines[line].end as usize]
    }

    fn is_full(&self) -> bool {
        self.bytes.len() >= BLOCK || self.lines.len() >= BLOCK_LINES
    }
}

/// The history of a screen.
#[derive(Debug)]
pub(crate) struct History {
    /// Shared with what was [`History::packed`]; changed ones are copied first, then.
    blocks: VecDeque<Arc<Block>>,
    /// How many lines of the first block are gone.
    gone: usize,
    /// How many cells of the first line are gone.
    cut: usize,
    rows: usize,
    bytes: usize,
    limit: usize,
    cols: usize,
    /// What goes on where the last line ends.
    writer: RunWriter,
    /// The last line takes no more rows.
    sealed: bool,
    /// How many rows were ever lost, for those who count from the first one.
    dropped: u64,
    /// A block to use again.
    spare: Option<Arc<Block>>,
}

impl History {
    /// An empty history of at most so many rows.
    pub fn new(limit: usize, cols: usize) -> History {
        History {
            blocks: VecDeque::new(),
            gone: 0,
            cut: 0,
            rows: 0,
            bytes: 0,
            limit,
            cols,
            writer: RunWriter::default(),
            sealed: false,
            dropped: 0,
            spare: None,
        }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many rows were ever lost.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    pub fn clear(&mut self) {
        let dropped = self.dropped + self.rows as u64;
        *self = History { dropped, ..History::new(self.limit, self.cols) };
    }

    fn last(&self) -> Option<Line> {
        self.blocks.back()?.lines.last().copied()
    }

    /// Whether the last line goes on on the screen.
    pub fn continues(&self) -> bool {
        self.last().is_some_and(Line::continues)
    }

    /// Takes the row that leaves the screen.
    pub fn push(&mut self, row: &mut Row) {
        if self.limit == 0 {
            self.dropped += 1;
            return;
        }
        let open = self.last().filter(|line| line.continues());
        let end = if row.wrapped {
            row.pad(self.cols);
            // Half of a wide character would find another half in the next row.
            if let Some(last) = row.cells.last_mut().filter(|last| last.is(LEFT)) {
                *last = last.with(' ', 0);
            }
            row.cells.len()
        } else {
            // An empty row at the end of a line would not count as one.
            row.pad(open.is_some() as usize);
            row.used().max(open.is_some() as usize)
        };
        let append = !self.sealed && open.is_some_and(|line| line.cells() + end <= PIECE);
        if !append {
            self.begin_line();
        }
        let Some(block) = self.blocks.back_mut().map(Arc::make_mut) else { return };
        let before = block.bytes.len();
        let mut out = Writer(std::mem::take(&mut block.bytes));
        self.writer.write(&mut out, row, &row.cells[..end]);
        block.bytes = out.0;
        self.bytes += block.bytes.len() - before;
        block.rows += 1;
        self.rows += 1;
        if let Some(line) = block.lines.last_mut() {
            line.end = block.bytes.len() as u32;
            line.rows += 1;
            line.cells = line_cells(line.cells() + end, row.wrapped, self.writer.flagged);
        }
        self.evict();
    }

    fn begin_line(&mut self) {
        self.sealed = false;
        self.writer.restart();
        if self.blocks.back().is_none_or(|block| block.is_full()) {
            // What a block did not need is little, but there are many blocks.
            if let Some(full) = self.blocks.back_mut().and_then(Arc::get_mut)
                && full.bytes.capacity() > full.bytes.len() + BLOCK / 4
            {
                full.bytes.shrink_to_fit();
            }
            self.blocks.push_back(self.spare.take().unwrap_or_default());
        }
        if let Some(block) = self.blocks.back_mut().map(Arc::make_mut) {
            block.lines.push(Line { end: block.bytes.len() as u32, cells: 0, rows: 0 });
        }
    }

    /// Keeps the limits.
    fn evict(&mut self) {
        while self.rows > self.limit {
            self.drop_row();
        }
        while self.bytes / ROW_BYTES > self.limit && self.rows > 1 {
            self.drop_line();
        }
    }

    fn drop_row(&mut self) {
        let (gone, cut, cols) = (self.gone, self.cut, self.cols);
        let Some(block) = self.blocks.front_mut().map(Arc::make_mut) else { return };
        let line = block.lines[gone];
        if line.rows <= 1 {
            return self.drop_line();
        }
        self.cut = match line.cells & FLAGGED {
            0 => cut + cols,
            _ => {
                let whole = decode(block, gone, cut);
                let mut layout = Layout::new(&whole, cols);
                layout.next(&mut Row::default());
                cut + layout.position()
            }
        };
        block.lines[gone].rows -= 1;
        block.rows -= 1;
        self.rows -= 1;
        self.dropped += 1;
    }

    fn drop_line(&mut self) {
        let Some(block) = self.blocks.front_mut().map(Arc::make_mut) else { return };
        let rows = block.lines[self.gone].rows as usize;
        self.bytes -= block.bytes(self.gone).len();
        block.rows -= rows;
        self.rows -= rows;
        self.dropped += rows as u64;
        self.cut = 0;
        self.gone += 1;
        if self.gone == block.lines.len() {
            self.gone = 0;
            if let Some(mut block) = self.blocks.pop_front()
                && let Some(spare) = Arc::get_mut(&mut block)
            {
                spare.bytes.clear();
                spare.lines.clear();
                self.spare = Some(block);
            }
        }
    }

    /// Counts the rows at another width.
    pub fn set_width(&mut self, cols: usize) {
        self.cols = cols;
        self.sealed = true;
        self.rows = 0;
        let (mut gone, mut cut) = (self.gone, self.cut);
        for block in self.blocks.iter_mut().map(Arc::make_mut) {
            block.rows = 0;
            for at in std::mem::take(&mut gone)..block.lines.len() {
                let line = block.lines[at];
                let cells = line.cells() - cut;
                let rows = if line.cells & FLAGGED == 0 || cells <= cols {
                    cells.div_ceil(cols).max(1)
                } else {
                    layout::rows(&decode(block, at, cut), cols)
                };
                cut = 0;
                block.lines[at].rows = rows as u16;
                block.rows += rows;
            }
            self.rows += block.rows;
        }
        self.evict();
    }

    /// Takes the last piece of a line out.
    pub fn pop_line(&mut self) -> Option<Row> {
        let block = self.blocks.back()?;
        let at = block.lines.len() - 1;
        let first = self.blocks.len() == 1 && at == self.gone;
        let cut = if first { self.cut } else { 0 };
        let block = Arc::make_mut(self.blocks.back_mut()?);
        let row = decode(block, at, cut);
        let start = block.start(at);
        self.bytes -= block.bytes.len() - start;
        block.bytes.truncate(start);
        let line = block.lines.pop()?;
        block.rows -= line.rows as usize;
        self.rows -= line.rows as usize;
        if first {
            self.clear();
        } else if block.lines.is_empty() {
            self.blocks.pop_back();
        }
        // What comes next is a line, or a piece, of its own.
        self.sealed = true;
        Some(row)
    }

    /// How many lines end above a row.
    pub fn lines_above(&self, row: usize) -> usize {
        let (mut gone, mut skip, mut ended) = (self.gone, row, 0);
        for block in &self.blocks {
            for line in &block.lines[std::mem::take(&mut gone)..] {
                match skip.checked_sub(line.rows as usize) {
                    Some(rest) => skip = rest,
                    None => return ended,
                }
                ended += usize::from(!line.continues());
            }
        }
        ended
    }

    /// The first row of the line above which so many end; `None` when it begins below the history.
    pub fn row_of_line(&self, line: usize) -> Option<usize> {
        let (mut gone, mut rows, mut ended) = (self.gone, 0, 0);
        for block in &self.blocks {
            for piece in &block.lines[std::mem::take(&mut gone)..] {
                if ended == line {
                    return Some(rows);
                }
                rows += piece.rows as usize;
                ended += usize::from(!piece.continues());
            }
        }
        None
    }

    /// Gives rows, the oldest first, from one on, until the visitor has enough.
    pub fn visit(&self, from: usize, mut visitor: impl FnMut(&Row) -> bool) {
        let mut skip = from;
        let (mut gone, mut cut) = (self.gone, self.cut);
        let mut row = Row::default();
        for block in &self.blocks {
            let (first, mut cut) = (std::mem::take(&mut gone), std::mem::take(&mut cut));
            if skip >= block.rows {
                skip -= block.rows;
                continue;
            }
            for at in first..block.lines.len() {
                let cut = std::mem::take(&mut cut);
                let rows = block.lines[at].rows as usize;
                if skip >= rows {
                    skip -= rows;
                    continue;
                }
                let line = decode(block, at, cut);
                let mut layout = Layout::new(&line, self.cols);
                while layout.next(&mut row) {
                    if skip > 0 {
                        skip -= 1;
                    } else if !visitor(&row) {
                        return;
                    }
                }
            }
        }
    }

    /// Writes everything for a dump.
    pub fn write(&self, out: &mut Writer) {
        let count: usize = self.blocks.iter().map(|block| block.lines.len()).sum();
        out.number((count - self.gone) as u64);
        out.number(self.cut as u64);
        out.flag(self.sealed);
        let mut gone = self.gone;
        for block in &self.blocks {
            for at in std::mem::take(&mut gone)..block.lines.len() {
                out.flag(block.lines[at].continues());
                out.bytes(block.bytes(at));
            }
        }
    }

    /// Reads what [`History::write`] wrote, into an empty history.
    pub fn read(&mut self, from: &mut Reader) -> Result<(), DumpError> {
        let count = from.up_to(from.0.len())?;
        let cut = from.up_to(MAX_CELLS)?;
        let sealed = from.flag()?;
        let mut row = Row::default();
        for at in 0..count {
            row.clear(segno_base::screen::cell::Color::Default, 0);
            row.wrapped = from.flag()?;
            let bytes = from.bytes()?;
            let mut reader = RunReader::default();
            reader.read(bytes, &mut row, MAX_CELLS)?;
            let cells = row.cells.len();
            let flagged = !row.is_plain();
            if at == 0 {
                if cut > 0 && cut >= cells {
                    return Err(DumpError("a line has no cells left"));
                }
                self.cut = cut;
                cut_start(&mut row, cut);
            }
            let rows = layout::rows(&row, self.cols);
            self.begin_line();
            let Some(block) = self.blocks.back_mut().map(Arc::make_mut) else { continue };
            block.bytes.extend_from_slice(bytes);
            if let Some(line) = block.lines.last_mut() {
                line.end = block.bytes.len() as u32;
                line.rows = rows as u16;
                line.cells = line_cells(cells, row.wrapped, flagged);
            }
            block.rows += rows;
            self.rows += rows;
            self.bytes += bytes.len();
            self.writer = reader.into_writer(flagged);
            // Here and not at the end, so that memory never exceeds the limit.
            self.evict();
        }
        self.sealed = sealed;
        Ok(())
    }
}

/// Drops the cells at a line's start, with the pictures that hang there.
fn cut_start(line: &mut Row, cut: usize) {
    line.cells.drain(..cut.min(line.cells.len()));
    line.pins.retain_mut(|pin| match pin.col.checked_sub(cut) {
        Some(col) => {
            pin.col = col;
            true
        }
        None => false,
    });
}

/// A line's cells, without those at the start that are gone.
fn decode(block: &Block, at: usize, cut: usize) -> Row {
    let mut row = Row { wrapped: block.lines[at].continues(), ..Row::default() };
    row.cells.reserve(block.lines[at].cells());
    let read = RunReader::default().read(block.bytes(at), &mut row, usize::MAX);
    debug_assert_eq!(read, Ok(()), "it was written by this program, or read before");
    cut_start(&mut row, cut);
    row
}

#[cfg(test)]
impl History {
    /// What the rows take, and what stands beside them.
    pub fn size(&self) -> (usize, usize) {
        let lines: usize = self.blocks.iter().map(|b| b.lines.len()).sum();
        (self.bytes, lines * std::mem::size_of::<Line>())
    }
}
