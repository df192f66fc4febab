//! Characters onto the grid.
//!
//! Runs of ASCII, which are most of what programs print, are written a row at a time.

use std::cmp::min;

use crate::parse::utf8;
use crate::state::cell::{GCell, LEADING, LEFT, TAIL, WIDE};
use crate::state::grid::Charset;
use crate::state::screen::Screen;
use segno_base::screen::cluster::{self, Kind, Widths};

impl Screen {
    /// Prints a run of printable ASCII.
    #[inline]
    pub fn put_ascii(&mut self, run: &[u8]) {
        if let Some(&last) = run.last() {
            self.preceding = Some(last as char);
        }
        if self.charset() != Charset::Ascii || self.inner.insert {
            for &byte in run {
                self.put_width(byte as char, 1);
            }
            return;
        }
        let cols = self.cols();
        let mut rest = run;
        while !rest.is_empty() {
            if self.grid.cursor.wraps {
                self.wrap();
            }
            let (line, col) = (self.grid.cursor.line, self.grid.cursor.col);
            let (now, later) = rest.split_at(min(rest.len(), cols - col));
            let (row, pen) = self.grid.at_cursor();
            let extra = row.intern(pen.extra.as_ref());
            let look = GCell::styled(' ', pen.style, 0, extra);
            if !row.write_ascii(col, now, look, cols) {
                for &byte in now {
                    self.write(byte as char, 0);
                    self.step();
                }
            } else if col + now.len() < cols {
                self.grid.cursor.col = col + now.len();
            } else {
                self.grid.cursor.col = cols - 1;
                self.grid.cursor.wraps = true;
            }
            if self.mark != 0 {
                self.place_mark(line, col);
            }
            rest = later;
        }
    }

    /// Prints text of any characters; C1 controls in it do nothing.
    pub fn put_text(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            if !self.inner.insert && self.charset() == Charset::Ascii && self.mark == 0 {
                rest = &rest[self.append(rest)..];
            }
            // What needs care: the last column, what was there, what has no width.
            let mut chars = rest.chars();
            match chars.next() {
                Some('\u{80}'..='\u{9f}') | None => {}
                Some(ch) => self.put(ch),
            }
            rest = chars.as_str();
        }
    }

    /// Appends characters to the row, as most output does, until one would be special; says how
    /// many bytes they had.
    fn append(&mut self, text: &str) -> usize {
        let (cols, start) = (self.cols(), self.grid.cursor.col);
        let (row, _) = self.grid.at_cursor();
        if row.cells.len() != start {
            return 0;
        }
        if self.inner.clusters && self.attracts() {
            return 0;
        }
        let (row, pen) = self.grid.at_cursor();
        let extra = row.intern(pen.extra.as_ref());
        let one = GCell::styled(' ', pen.style, 0, extra);
        let looks = [one, one.with(' ', LEFT)];
        // No character takes more cells than it has bytes. All are right halves at first, so that
        // those of wide characters need not be written.
        let end = min(start + text.len(), cols - 1);
        row.cells.resize(end, one.with(' ', TAIL));
        let widths = Widths::get();
        let (mut col, mut used, mut last) = (start, 0, None);
        while let Some((ch, length)) = utf8::first(&text.as_bytes()[used..]) {
            let width = match widths.kind(ch) {
                Kind::Narrow => 1,
                Kind::Wide => 2,
                Kind::Mark | Kind::Careful => break,
            };
            if col + width > end {
                break;
            }
            row.cells[col] = looks[width - 1].of(ch);
            col += width;
            used += length;
            last = Some(ch);
        }
        row.cells.truncate(col);
        if last.is_some() {
            self.preceding = last;
            self.grid.cursor.col = col;
        }
        used
    }

    #[inline]
    fn charset(&self) -> Charset {
        self.grid.cursor.charsets[self.charset]
    }

    /// Prints any character.
    #[inline]
    pub fn put(&mut self, ch: char) {
        self.preceding = Some(ch);
        let kind = match ch {
            ' '..='~' => return self.put_width(ch, 1),
            _ => Widths::get().kind(ch),
        };
        let width = match kind {
            Kind::Mark => return self.combine(ch),
            Kind::Narrow => 1,
            Kind::Wide => 2,
            Kind::Careful => return self.put_careful(ch),
        };
        if !(self.inner.clusters && self.attracts() && self.join(ch)) {
            self.put_width(ch, width);
        }
    }

    /// Prints what may join any character; controls do nothing.
    #[cold]
    fn put_careful(&mut self, ch: char) {
        let Some(width) = cluster::columns(ch) else { return };
        if !self.inner.clusters {
            self.put_width(ch, width);
        } else if !self.join(ch) {
            self.put_width(ch, cluster::cluster_columns([ch]));
        }
    }

    /// REP: prints the last character again.
    pub fn repeat(&mut self, count: usize) {
        if let Some(ch) = self.preceding {
            // More than the screen holds shows nothing new, so it need not cost more.
            for _ in 0..min(count, self.cols() * self.rows()) {
                self.put(ch);
            }
        }
    }

    #[inline]
    fn put_width(&mut self, ch: char, width: usize) {
        if self.grid.cursor.wraps {
            self.wrap();
        }
        let cols = self.cols();
        let col = self.grid.cursor.col;
        if self.inner.insert && col + width < cols {
            let (row, _) = self.grid.at_cursor();
            row.open(col, width, cols);
            // What was pushed out on the right is gone.
            row.cells[col..col + width].fill(GCell::BLANK);
        }
        if width == 1 {
            self.write(ch, 0);
            self.step();
            if self.mark != 0 {
                self.place_mark(self.grid.cursor.line, col);
            }
            return;
        }
        if col + 1 >= cols {
            if !self.inner.wrap {
                self.grid.cursor.wraps = true;
                return;
            }
            // A wide character does not fit into the last column: it wraps as a whole.
            self.write(' ', LEADING);
            self.wrap();
        }
        let col = self.grid.cursor.col;
        let (row, pen) = self.grid.at_cursor();
        if row.cells.len() == col {
            let extra = row.intern(pen.extra.as_ref());
            let left = GCell::styled(ch, pen.style, LEFT, extra);
            row.cells.extend([left, left.with(' ', TAIL)]);
            row.wrapped &= col + 2 < cols;
            self.grid.cursor.col += 1;
        } else {
            self.write(ch, LEFT);
            self.grid.cursor.col += 1;
            self.write(' ', TAIL);
        }
        self.step();
        if self.mark != 0 {
            self.place_mark(self.grid.cursor.line, col);
        }
    }

    /// Puts the shell's mark on a cell that was just printed.
    #[cold]
    fn place_mark(&mut self, line: usize, col: usize) {
        let mark = std::mem::take(&mut self.mark);
        let cell = self.grid.row_mut(line).cell_mut(col);
        *cell = cell.marked(mark);
    }

    /// The cursor goes on after a character.
    #[inline]
    pub(crate) fn step(&mut self) {
        if self.grid.cursor.col + 1 < self.cols() {
            self.grid.cursor.col += 1;
        } else {
            self.grid.cursor.wraps = true;
        }
    }

    /// Writes the cell under the cursor with the pen.
    #[inline]
    fn write(&mut self, ch: char, flags: u16) {
        let ch = match self.charset() {
            Charset::Ascii => ch,
            Charset::Drawing => drawing(ch),
            Charset::British => british(ch),
        };
        let (row, pen) = self.grid.at_cursor();
        let extra = row.intern(pen.extra.as_ref());
        let cell = GCell::styled(ch, pen.style, flags, extra);
        self.put_cell(cell);
    }

    /// Puts a cell of the cursor's row under the cursor, repairing wide characters that it cuts.
    #[inline]
    pub(crate) fn put_cell(&mut self, cell: GCell) {
        let col = self.grid.cursor.col;
        let last = col + 1 == self.cols();
        let (row, _) = self.grid.at_cursor();
        row.wrapped &= !last;
        let old = match row.cells.len() == col {
            true => {
                row.cells.push(cell);
                return;
            }
            false => std::mem::replace(row.cell_mut(col), cell),
        };
        if old.is(WIDE) {
            self.repair(col, old);
        }
    }

    /// Makes the other half of a wide character blank, whose one half, `old`, was at a column of
    /// the cursor's line.
    #[cold]
    fn repair(&mut self, col: usize, old: GCell) {
        let last = self.cols() - 1;
        let line = self.grid.cursor.line;
        let (row, _) = self.grid.at_cursor();
        if old.is(LEFT) && col < last {
            row.cell_mut(col + 1).remove(TAIL);
        } else if col > 0 {
            row.clear_wide(col - 1);
        }
        if col <= 1 && line > 0 {
            // The character that the blank at the line's end made room for is gone.
            self.grid.row_mut(line - 1).unlead();
        }
    }
}

/// The United Kingdom's set.
fn british(ch: char) -> char {
    if ch == '#' { '£' } else { ch }
}

/// DEC's line drawing set.
fn drawing(ch: char) -> char {
    const SET: [char; 31] = [
        '◆', '▒', '\u{2409}', '\u{240c}', '\u{240d}', '\u{240a}', '°', '±', '\u{2424}', '\u{240b}',
        '┘', '┐', '┌', '└', '┼', '⎺', '⎻', '─', '⎼', '⎽', '├', '┤', '┴', '┬', '│', '≤', '≥', 'π',
        '≠', '£', '·',
    ];
    match ch {
        '_' => ' ',
        '`'..='~' => SET[ch as usize - '`' as usize],
        _ => ch,
    }
}
