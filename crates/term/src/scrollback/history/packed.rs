//! A history as it was at one moment. It shares the blocks with the one that goes on, so it costs
//! next to nothing to take, and can be read on another thread.

use std::sync::Arc;

use crate::read::text::plain_row;
use crate::scrollback::history::{Block, FLAGGED, History, decode};
use crate::scrollback::layout::Layout;
use crate::scrollback::runs::{MARK, RunReader};
use crate::state::row::Row;
use segno_base::screen::text_chunk::{ChunkLine, TextChunk};

/// The lines of one moment.
#[derive(Debug, Clone)]
pub(crate) struct Packed {
    blocks: Vec<Arc<Block>>,
    /// The first row of each block, and behind the last.
    starts: Vec<usize>,
    /// How many lines of the first block are gone, and how many cells of the first line.
    gone: usize,
    cut: usize,
    cols: usize,
}

impl History {
    /// The history as it is now.
    pub fn packed(&self) -> Packed {
        let mut starts = Vec::with_capacity(self.blocks.len() + 1);
        let mut rows = 0;
        for block in &self.blocks {
            starts.push(rows);
            rows += block.rows;
        }
        starts.push(rows);
        let blocks = self.blocks.iter().cloned().collect();
        Packed { blocks, starts, gone: self.gone, cut: self.cut, cols: self.cols }
    }
}

impl Packed {
    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }

    /// How many blocks there are.
    pub fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// The block that holds a row.
    pub fn block_of(&self, row: usize) -> usize {
        self.starts.partition_point(|start| *start <= row).saturating_sub(1)
    }

    /// Whether the last line goes on on the screen.
    pub fn continues(&self) -> bool {
        let last = self.blocks.last().and_then(|block| block.lines.last());
        last.is_some_and(|line| line.continues())
    }

    /// A row.
    pub fn row(&self, at: usize) -> Option<Row> {
        let mut result = None;
        self.visit(at, |row| {
            result = Some(row.clone());
            false
        });
        result
    }

    /// Gives rows from one on, until the visitor has enough.
    pub fn visit(&self, from: usize, mut visitor: impl FnMut(&Row) -> bool) {
        let first = self.block_of(from);
        let mut skip = from - self.starts.get(first).copied().unwrap_or(0).min(from);
        let mut row = Row::default();
        for index in first..self.blocks.len() {
            let block = &self.blocks[index];
            for at in self.first_line(index)..block.lines.len() {
                let rows = block.lines[at].rows as usize;
                if skip >= rows {
                    skip -= rows;
                    continue;
                }
                let line = decode(block, at, self.cut_of(index, at));
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

    /// The nearest row that may have a shell's mark, from a row on.
    pub fn marked(&self, from: usize, backward: bool) -> Option<usize> {
        let first = self.block_of(from);
        let blocks: Box<dyn Iterator<Item = usize>> = match backward {
            true => Box::new((0..self.blocks.len().min(first + 1)).rev()),
            false => Box::new(first..self.blocks.len()),
        };
        for index in blocks {
            let block = &self.blocks[index];
            // No character is this byte, and most blocks have it nowhere.
            if !block.bytes.contains(&MARK) {
                continue;
            }
            let mut row = self.starts[index];
            let mut last = None;
            for at in self.first_line(index)..block.lines.len() {
                let rows = row..row + block.lines[at].rows as usize;
                row = rows.end;
                if rows.is_empty() || !block.bytes(at).contains(&MARK) {
                    continue;
                }
                if backward && rows.start <= from {
                    last = Some((rows.end - 1).min(from));
                } else if !backward && rows.end > from {
                    return Some(rows.start.max(from));
                }
            }
            if last.is_some() {
                return last;
            }
        }
        None
    }

    fn first_line(&self, block: usize) -> usize {
        if block == 0 { self.gone } else { 0 }
    }

    fn cut_of(&self, block: usize, line: usize) -> usize {
        if block == 0 && line == self.gone { self.cut } else { 0 }
    }

    /// Whether a line continues what stands before it.
    fn is_rest(&self, block: usize, line: usize) -> bool {
        let before = match line.checked_sub(1) {
            Some(before) if line > self.first_line(block) => self.blocks[block].lines.get(before),
            None if block > 0 => self.blocks[block - 1].lines.last(),
            _ => None,
        };
        before.is_some_and(|before| before.continues())
    }

    /// Adds the lines that begin in a block to a chunk. Answers whether the last one goes on on
    /// the screen; then it has no end yet.
    pub fn chunk(&self, index: usize, chunk: &mut TextChunk) -> bool {
        let Some(block) = self.blocks.get(index) else { return false };
        let mut row = self.starts[index];
        for at in self.first_line(index)..block.lines.len() {
            if self.is_rest(index, at) {
                row += block.lines[at].rows as usize;
                continue;
            }
            let begin = chunk.text.len();
            let mut line = ChunkLine { at: begin, row, rows: 0, plain: true };
            let (mut piece, mut pieces) = ((index, at), 0);
            let open = loop {
                let (block, at) = piece;
                let of = self.blocks[block].lines[at];
                line.plain &= self.text(block, at, &mut chunk.text) && pieces == 0;
                line.rows += of.rows as usize;
                pieces += 1;
                if !of.continues() {
                    break false;
                }
                piece = (block, at + 1);
                if piece.1 == self.blocks[block].lines.len() {
                    piece = (block + 1, 0);
                }
                if piece.0 == self.blocks.len() {
                    break true;
                }
            };
            row += block.lines[at].rows as usize;
            line.plain &= !open && chunk.text.as_bytes()[begin..].is_ascii();
            chunk.lines.push(line);
            if open {
                return true;
            }
            end_line(&mut chunk.text, begin);
        }
        false
    }

    /// Appends a line's text; false where its columns have to be looked at.
    fn text(&self, block: usize, at: usize, out: &mut String) -> bool {
        let (begin, cut) = (out.len(), self.cut_of(block, at));
        let of = &self.blocks[block];
        if cut == 0 && RunReader::text(of.bytes(at), out).is_some() {
            return of.lines[at].cells & FLAGGED == 0;
        }
        out.truncate(begin);
        plain_row(&decode(of, at, cut), true, out);
        false
    }
}

/// Ends a line that begins at a byte; blanks at its end are left out.
pub(crate) fn end_line(text: &mut String, begin: usize) {
    let kept = text[begin..].trim_end_matches(' ').len();
    text.truncate(begin + kept);
    text.push('\n');
}
