//! The screen and its history as text.

use std::fmt::Write as _;

use crate::ops::sgr;
use crate::scrollback::frozen::Frozen;
use crate::state::cell::{GCell, LAYOUT, LEADING, LEFT, PROTECTED, TAIL};
use crate::state::row::Row;
use crate::state::screen::Screen;
use segno_base::screen::cell::{Extra, Link, Style};
use segno_base::screen::picture::UNDER;
use segno_base::screen::text_chunk::TextChunk;

/// Which lines [`crate::Emulator::text`] returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// Scrollback and screen.
    All,
    /// The last so many rows; empty rows at the end do not count.
    Last(usize),
    /// The screen, not scrolled.
    Screen,
}

/// How [`crate::Emulator::text`] writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFormat {
    /// Text only; lines that the terminal wrapped are joined.
    Plain,
    /// With escape sequences for colours, attributes and links, one line per row.
    Ansi,
    /// Text only, one line per row; its first character says whether the row goes on in the next
    /// one: `+`, else a space.
    Rows,
}

/// A screen with its history.
trait Rows {
    /// How many rows the history has.
    fn history(&self) -> usize;

    /// The rows of the screen.
    fn screen(&self) -> impl DoubleEndedIterator<Item = &Row> + ExactSizeIterator;

    /// Gives all rows with their places, history first, from one on.
    fn visit(&self, from: usize, visitor: &mut dyn FnMut(usize, &Row));
}

impl Rows for Screen {
    fn history(&self) -> usize {
        self.grid.history.rows()
    }

    fn screen(&self) -> impl DoubleEndedIterator<Item = &Row> + ExactSizeIterator {
        (0..self.rows()).map(|line| self.grid.row(line))
    }

    fn visit(&self, from: usize, visitor: &mut dyn FnMut(usize, &Row)) {
        self.grid.visit_all(from, visitor);
    }
}

impl Rows for Frozen {
    fn history(&self) -> usize {
        self.history.rows()
    }

    fn screen(&self) -> impl DoubleEndedIterator<Item = &Row> + ExactSizeIterator {
        self.rows.iter()
    }

    fn visit(&self, from: usize, visitor: &mut dyn FnMut(usize, &Row)) {
        let mut at = from;
        self.history.visit(from, |row| {
            visitor(at, row);
            at += 1;
            true
        });
        let history = self.history.rows();
        for (at, row) in self.rows.iter().enumerate().skip(at - history) {
            visitor(history + at, row);
        }
    }
}

impl Screen {
    /// The text, every line ended by a line feed; blanks at the ends are left out.
    pub fn text(&self, lines: Lines, format: TextFormat) -> String {
        text(self, lines, format)
    }
}

impl Frozen {
    /// How many rows of [`Frozen::text`] come before the screen's first.
    pub fn rows_above(&self, lines: Lines, format: TextFormat) -> usize {
        rows_above(self, lines, format)
    }

    /// The text as [`crate::Emulator::text`] has it.
    pub fn text(&self, lines: Lines, format: TextFormat) -> String {
        if (lines, format) != (Lines::All, TextFormat::Plain) {
            return text(self, lines, format);
        }
        let mut all = TextChunk::default();
        for chunk in 0..self.chunks() {
            self.add_chunk(chunk, &mut all);
            all.lines.clear();
        }
        let kept = all.text.trim_end_matches('\n').len();
        all.text.truncate(kept);
        if kept > 0 {
            all.text.push('\n');
        }
        all.text
    }
}

fn text(of: &impl Rows, lines: Lines, format: TextFormat) -> String {
    let history = of.history();
    let top = if lines == Lines::Screen { history } else { 0 };
    let end = end(of, top, format);
    let from = match lines {
        Lines::Last(count) => end.saturating_sub(count).max(top),
        _ => top,
    };
    let mut out = String::new();
    of.visit(from, &mut |at, row| match format {
        _ if at >= end => {}
        TextFormat::Plain => {
            let wrapped = row.wrapped && at + 1 < end;
            plain_row(row, wrapped, &mut out);
            if !wrapped {
                out.push('\n');
            }
        }
        TextFormat::Ansi => {
            ansi_row(row, &mut out);
            out.push('\n');
        }
        TextFormat::Rows => {
            let wrapped = row.wrapped && at + 1 < end;
            out.push(if wrapped { '+' } else { ' ' });
            plain_row(row, wrapped, &mut out);
            out.push('\n');
        }
    });
    out
}

/// How many rows of a text come before the screen's first.
fn rows_above(of: &impl Rows, lines: Lines, format: TextFormat) -> usize {
    let history = of.history();
    match lines {
        Lines::Screen => 0,
        Lines::All => history,
        Lines::Last(count) => history.saturating_sub(end(of, 0, format).saturating_sub(count)),
    }
}

/// The row after the last one that shows something, from `top` on.
fn end(of: &impl Rows, top: usize, format: TextFormat) -> usize {
    let on_screen = of.screen().rposition(|row| used(row, format) > 0);
    if let Some(line) = on_screen {
        return of.history() + line + 1;
    }
    let mut end = top;
    of.visit(top, &mut |at, row| {
        if used(row, format) > 0 {
            end = at + 1;
        }
    });
    end
}

/// How many cells of a row show something.
fn used(row: &Row, format: TextFormat) -> usize {
    let shows = |(at, cell): (usize, &GCell)| match format {
        // A lone half, which a program cut off, shows nothing.
        TextFormat::Plain | TextFormat::Rows if cell.is(LEFT) => row.get(at + 1).is(TAIL),
        TextFormat::Plain | TextFormat::Rows => {
            cell.ch != UNDER && (cell.ch != ' ' || row.has_marks(cell))
        }
        TextFormat::Ansi => cell.with(cell.ch, 0).without(PROTECTED.0).marked(0) != GCell::BLANK,
    };
    row.cells.iter().enumerate().rposition(shows).map_or(0, |last| last + 1)
}

pub(crate) fn plain_row(row: &Row, wrapped: bool, out: &mut String) {
    let end = if wrapped { row.cells.len() } else { used(row, TextFormat::Plain) };
    for at in 0..end {
        push(row, at, out);
    }
    if !wrapped {
        out.truncate(out.trim_end_matches(' ').len());
    }
}

/// A cell's characters; the placeholders around wide characters have none.
fn push(row: &Row, at: usize, out: &mut String) {
    let cell = row.cells[at];
    if cell.is(LAYOUT) {
        let before = at.checked_sub(1).map(|before| row.cells[before]);
        if cell.is(LEADING) || cell.is(TAIL) && before.is_some_and(|before| before.is(LEFT)) {
            return;
        }
        // A lone half, which a program cut off, shows nothing.
        if !cell.is(LEFT) || !row.get(at + 1).is(TAIL) {
            out.push(' ');
            return;
        }
    }
    out.push(if cell.ch == UNDER { ' ' } else { cell.ch });
    if let Some(extra) = row.extra(&cell).filter(|_| cell.ch != UNDER) {
        out.extend(&extra.combining);
    }
}

fn ansi_row(row: &Row, out: &mut String) {
    let mut pen = String::from("0");
    let mut link: Option<&Link> = None;
    for (at, cell) in row.cells.iter().enumerate().take(used(row, TextFormat::Ansi)) {
        let extra: Option<&Extra> = row.extra(cell).map(|extra| &**extra);
        let style = cell.look();
        if style != Style::default() || extra.is_some() || pen != "0" {
            let wanted = sgr::parameters(style, extra);
            if wanted != pen {
                let _ = write!(out, "\x1b[{wanted}m");
                pen = wanted;
            }
        }
        let wanted = extra.and_then(|extra| extra.link.as_ref());
        if wanted != link {
            match wanted {
                Some(Link { id, uri }) if id.is_empty() => {
                    let _ = write!(out, "\x1b]8;;{uri}\x1b\\");
                }
                Some(Link { id, uri }) => {
                    let _ = write!(out, "\x1b]8;id={id};{uri}\x1b\\");
                }
                None => out.push_str("\x1b]8;;\x1b\\"),
            }
            link = wanted;
        }
        push(row, at, out);
    }
    if link.is_some() {
        out.push_str("\x1b]8;;\x1b\\");
    }
    if pen != "0" {
        out.push_str("\x1b[0m");
    }
}
