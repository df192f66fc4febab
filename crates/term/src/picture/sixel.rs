//! Sixel: a picture is what stands in the cells that it was drawn over, until something else is
//! printed or erased there. So these cells hold [`UNDER`].

use super::size;
use super::store::{MAX_BYTES, MAX_CELLS, Placement};
use crate::state::screen::Screen;
use segno_base::screen::picture::{Encoding, Part, Picture, UNDER};

/// Whether a device control string, as far as it has come, can be sixel: numbers and `q`.
pub(crate) fn begins(text: &[u8]) -> bool {
    match text.iter().position(|b| !(b.is_ascii_digit() || *b == b';')) {
        Some(at) => text[at] == b'q',
        None => text.len() < 32,
    }
}

impl Screen {
    /// Shows a picture at the cursor.
    pub fn sixel(&mut self, text: &[u8]) {
        let Some(at) = text.iter().position(|b| *b == b'q') else { return };
        // It goes to terminals as it is: nothing that could end it may.
        let data: Vec<u8> = text.iter().copied().filter(|b| (0x21..0x7f).contains(b)).collect();
        let Some((width, height)) = size::sixel(&data[at + 1..]) else { return };
        if data.len() > MAX_BYTES {
            return;
        }
        let cell = (self.modes.cell.width.max(1), self.modes.cell.height.max(1));
        let cells =
            |pixels: u32, cell: u16| pixels.div_ceil(cell.into()).clamp(1, MAX_CELLS) as u16;
        let (cols, rows) = (cells(width, cell.0), cells(height, cell.1));
        let picture = Picture { encoding: Encoding::Sixel, compressed: false, width, height, data };
        self.replace_sixels(cols, rows);
        let Some(of) = self.pictures.store(0, 0, picture) else { return };
        let part = Part { width, height, ..Part::default() };
        let placement = Placement { of, id: 0, cols, rows, z: 0, part, cell };
        let number = self.pictures.place(placement);
        self.pin(number);
        self.grid.cursor.wraps = false;
        for left in (0..rows).rev() {
            self.lay_under(usize::from(cols));
            let line = self.grid.cursor.line;
            if left > 0 {
                self.linefeed();
                // Below the scroll region there is an end to it.
                if self.grid.cursor.line == line && line + 1 != self.region.end {
                    break;
                }
            }
        }
        self.dirty = true;
    }

    /// Drops the pictures that a new one covers entirely, as each does with the one before it in a
    /// film.
    fn replace_sixels(&mut self, cols: u16, rows: u16) {
        let (line, col) = (self.grid.cursor.line as isize, self.grid.cursor.col);
        for seen in self.pictures_on_screen() {
            let inside = seen.line >= line
                && seen.col >= col
                && seen.line + seen.placement.rows as isize <= line + rows as isize
                && seen.col + usize::from(seen.placement.cols) <= col + usize::from(cols);
            if inside && seen.picture.encoding == Encoding::Sixel {
                self.pictures.displace(seen.number, true);
            }
        }
    }

    /// Makes the cells from the cursor on ones that are under a picture.
    fn lay_under(&mut self, count: usize) {
        let (col, cols) = (self.grid.cursor.col, self.cols());
        let end = cols.min(col + count);
        let (row, _) = self.grid.at_cursor();
        row.fill_with(col..end, UNDER, cols);
    }
}
