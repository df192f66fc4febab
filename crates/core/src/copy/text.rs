//! The text that copy mode reads, and moving about in it character by character.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use segno_base::ids::{ClientId, PaneId};
use segno_base::screen::geometry::Size;
use segno_base::screen::text_chunk::{ChunkLine, TextChunk};
use segno_base::screen::text_row::TextRow;

/// A pane's screen and history at one moment. Lines count from 0, the oldest.
pub trait ScreenText {
    /// The size of the screen.
    fn size(&self) -> Size;

    /// How many lines there are.
    fn lines(&self) -> usize;

    /// The program's cursor, as line and column.
    fn cursor(&self) -> (usize, u16);

    /// The line at the top of what was seen.
    fn top(&self) -> usize;

    /// A line; blank when there is none.
    fn row(&self, line: usize) -> TextRow;

    /// In how many pieces [`ScreenText::chunk`] gives the text.
    fn chunks(&self) -> usize {
        1
    }

    /// The piece that holds a line, or the beginning of what it continues.
    fn chunk_of(&self, line: usize) -> usize {
        let _ = line;
        0
    }

    /// The nearest line that may have a mark, from a line on.
    fn marked(&self, from: usize, backward: bool) -> Option<usize> {
        Some(from).filter(|line| backward || *line < self.lines())
    }

    /// Gives the lines that begin in a piece, whole.
    fn chunk(&self, index: usize, chunk: &mut TextChunk) {
        let _ = index;
        chunk.clear();
        chunk.cols = usize::from(self.size().cols).max(1);
        let mut row = 0;
        while row < self.lines() {
            let mut line = ChunkLine { at: chunk.text.len(), row, rows: 0, plain: false };
            loop {
                let next = self.row(row);
                chunk.text.push_str(&next.text);
                (row, line.rows) = (row + 1, line.rows + 1);
                if !next.wrapped || row == self.lines() {
                    break;
                }
            }
            chunk.text.push('\n');
            chunk.lines.push(line);
        }
    }

    /// Where a place is that was in the text before its size changed; `None` when that is gone.
    fn moved(&self, _before: Pos) -> Option<Pos> {
        None
    }
}

/// Where the texts of panes come from.
pub trait Texts {
    /// The text of a pane as it was when this client first asked for it, until it leaves copy
    /// mode there.
    fn open(&self, client: ClientId, pane: PaneId) -> Option<Box<dyn ScreenText + '_>>;

    /// Whether the pane's program wants to know of clicks.
    fn wants_mouse(&self, pane: PaneId) -> bool;

    /// The name of the program in the foreground of the pane's terminal, where that is known.
    fn foreground(&self, pane: PaneId) -> Option<String> {
        let _ = pane;
        None
    }
}

/// A place in the text: a line and the first column of a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Pos {
    pub line: usize,
    pub col: u16,
}

impl Pos {
    pub fn new(line: usize, col: u16) -> Pos {
        Pos { line, col }
    }
}

/// The kinds of characters between which words end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Space,
    Word,
    Other,
}

/// How many rows are remembered; more are read again.
const CACHED: usize = 4096;

/// A text with its rows at hand.
pub struct Doc<'a> {
    text: &'a dyn ScreenText,
    rows: RefCell<HashMap<usize, Rc<TextRow>>>,
}

impl<'a> Doc<'a> {
    pub fn new(text: &'a dyn ScreenText) -> Doc<'a> {
        Doc { text, rows: RefCell::default() }
    }

    pub fn text(&self) -> &dyn ScreenText {
        self.text
    }

    /// Rows of the view.
    pub fn height(&self) -> usize {
        usize::from(self.text.size().rows).max(1)
    }

    pub fn last_line(&self) -> usize {
        self.text.lines().saturating_sub(1)
    }

    /// The line at the top of the newest screen.
    pub fn last_top(&self) -> usize {
        self.text.lines().saturating_sub(self.height())
    }

    pub fn row(&self, line: usize) -> Rc<TextRow> {
        let mut rows = self.rows.borrow_mut();
        if rows.len() > CACHED {
            rows.clear();
        }
        rows.entry(line).or_insert_with(|| Rc::new(self.text.row(line))).clone()
    }

    /// The nearest place that there is: on a character, or at the start of a blank line.
    pub fn clamp(&self, pos: Pos) -> Pos {
        let line = pos.line.min(self.last_line());
        let row = self.row(line);
        let col = row.index_at(pos.col).and_then(|i| row.glyphs.get(i)).map_or(0, |g| g.col);
        Pos { line, col }
    }

    /// The last column of the character at a place.
    pub fn last_col(&self, pos: Pos) -> u16 {
        let row = self.row(pos.line);
        let glyph = row.index_at(pos.col).and_then(|index| row.glyphs.get(index).copied());
        glyph.map_or(pos.col, |glyph| (glyph.col + glyph.width).saturating_sub(1).max(pos.col))
    }

    /// The character at a place; a space on a blank line.
    pub fn char_at(&self, pos: Pos) -> char {
        let row = self.row(pos.line);
        let index = row.index_at(pos.col);
        index.and_then(|index| row.glyph_text(index).chars().next()).unwrap_or(' ')
    }

    pub fn class(&self, pos: Pos, big: bool) -> Class {
        match self.char_at(pos) {
            c if c.is_whitespace() => Class::Space,
            c if big || c.is_alphanumeric() || c == '_' => Class::Word,
            _ => Class::Other,
        }
    }

    /// The next character, and whether a line ended between.
    pub fn next(&self, pos: Pos) -> Option<(Pos, bool)> {
        let row = self.row(pos.line);
        if let Some(glyph) = row.index_at(pos.col).and_then(|index| row.glyphs.get(index + 1)) {
            return Some((Pos::new(pos.line, glyph.col), false));
        }
        (pos.line < self.last_line()).then(|| (self.clamp(Pos::new(pos.line + 1, 0)), !row.wrapped))
    }

    /// The character before, and whether a line ended between.
    pub fn previous(&self, pos: Pos) -> Option<(Pos, bool)> {
        let row = self.row(pos.line);
        let before = row.index_at(pos.col).and_then(|index| index.checked_sub(1));
        if let Some(glyph) = before.and_then(|index| row.glyphs.get(index)) {
            return Some((Pos::new(pos.line, glyph.col), false));
        }
        let line = pos.line.checked_sub(1)?;
        Some((self.clamp(Pos::new(line, u16::MAX)), !self.row(line).wrapped))
    }

    /// The row in which the line that holds a row begins.
    pub fn line_start(&self, mut line: usize) -> usize {
        while line > 0 && self.row(line - 1).wrapped {
            line -= 1;
        }
        line
    }

    /// The row in which the line that holds a row ends.
    pub fn line_end(&self, mut line: usize) -> usize {
        while line < self.last_line() && self.row(line).wrapped {
            line += 1;
        }
        line
    }

    pub fn is_blank(&self, line: usize) -> bool {
        self.row(line).is_blank()
    }
}
