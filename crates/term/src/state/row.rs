//! A row of cells: as many as were written, blank beyond, with a table for what few cells have.
//!
//! Rows that nobody wrote to hold no memory. Keeps wide characters' halves only where
//! asked: repairing is the printer's.

use std::ops::Range;
use std::sync::Arc;

use crate::picture::Pin;
use crate::state::cell::{GCell, LAYOUT, LEADING, LEFT, MAX_COMBINING, MAX_PLACE, WIDE};
use segno_base::screen::cell::{Color, Extra};

/// A row, or a whole line of rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    pub cells: Vec<GCell>,
    pub extras: Vec<Arc<Extra>>,
    /// The pictures that hang on it.
    pub pins: Vec<Pin>,
    /// Its text goes on in the next row.
    pub wrapped: bool,
}

/// How many extras that no cell has any more a row may keep.
const STALE_EXTRAS: usize = 64;

impl Row {
    /// A cell, blank where nothing was written.
    #[inline]
    pub fn get(&self, col: usize) -> GCell {
        self.cells.get(col).copied().unwrap_or(GCell::BLANK)
    }

    /// A cell to change; its row is filled up to it.
    #[inline]
    pub fn cell_mut(&mut self, col: usize) -> &mut GCell {
        self.pad(col + 1);
        &mut self.cells[col]
    }

    /// What few cells have, of one of this row's cells.
    #[inline]
    pub fn extra(&self, cell: &GCell) -> Option<&Arc<Extra>> {
        self.extras.get((cell.place() as usize).wrapping_sub(1))
    }

    /// Whether a cell of this row has combining characters.
    pub fn has_marks(&self, cell: &GCell) -> bool {
        self.extra(cell).is_some_and(|extra| !extra.combining.is_empty())
    }

    /// The place of an extra in this row's table, which it is put into.
    #[inline]
    pub fn intern(&mut self, extra: Option<&Arc<Extra>>) -> u16 {
        match extra {
            None => 0,
            Some(extra) => self.intern_some(extra),
        }
    }

    fn intern_some(&mut self, extra: &Arc<Extra>) -> u16 {
        if self.extras.last().is_some_and(|last| Arc::ptr_eq(last, extra)) {
            return self.extras.len() as u16;
        }
        if self.extras.len() >= self.cells.len() + STALE_EXTRAS {
            self.drop_stale_extras();
        }
        // Lines of that many are nobody's text.
        if self.extras.len() >= MAX_PLACE as usize {
            return 0;
        }
        self.extras.push(extra.clone());
        self.extras.len() as u16
    }

    /// Drops the extras that no cell has.
    fn drop_stale_extras(&mut self) {
        let old = std::mem::take(&mut self.extras);
        let mut places = vec![0; old.len() + 1];
        for cell in &mut self.cells {
            let Some(extra) = old.get((cell.place() as usize).wrapping_sub(1)) else { continue };
            let place = &mut places[cell.place() as usize];
            if *place == 0 {
                self.extras.push(extra.clone());
                *place = self.extras.len() as u16;
            }
            *cell = cell.at_place(*place);
        }
    }

    /// Fills up with blanks to a length.
    #[inline]
    pub fn pad(&mut self, len: usize) {
        if self.cells.len() < len {
            self.cells.resize(len, GCell::BLANK);
        }
    }

    /// Whether it shows anything: text, or a picture.
    pub fn shows(&self) -> bool {
        self.wrapped || self.used() > 0 || !self.pins.is_empty()
    }

    /// How many cells are not blanks at the end.
    pub fn used(&self) -> usize {
        self.cells.iter().rposition(|cell| *cell != GCell::BLANK).map_or(0, |last| last + 1)
    }

    /// Everything blank, of a background, up to the screen's width.
    #[inline]
    pub fn clear(&mut self, bg: Color, cols: usize) {
        self.cells.clear();
        self.extras.clear();
        self.pins.clear();
        self.wrapped = false;
        if bg != Color::Default {
            self.cells.resize(cols, GCell::blank(bg));
        }
    }

    /// Makes cells blank, of a background.
    pub fn erase(&mut self, columns: Range<usize>, bg: Color, cols: usize) {
        if columns.end >= cols {
            self.wrapped = false;
        }
        if bg == Color::Default && columns.end >= self.cells.len() {
            self.cells.truncate(columns.start);
            if self.cells.is_empty() {
                self.extras.clear();
            }
            return;
        }
        self.pad(columns.end);
        self.cells[columns].fill(GCell::blank(bg));
    }

    /// Moves the cells from a column on to the right; what leaves the screen is gone. The cells
    /// that come free are stale.
    pub fn open(&mut self, col: usize, count: usize, cols: usize) {
        self.pad(cols);
        self.unlead();
        self.cells[col..].rotate_right(count);
        self.wrapped = false;
    }

    /// Moves the cells from a column on to the left. The cells that come free at the end are
    /// stale.
    pub fn close(&mut self, col: usize, count: usize, cols: usize) {
        self.pad(cols);
        self.unlead();
        self.cells[col..].rotate_left(count);
        self.wrapped = false;
    }

    /// The blank at the end of a row that a wide character left is an ordinary one from now on.
    pub fn unlead(&mut self) {
        if let Some(last) = self.cells.last_mut() {
            last.remove(LEADING);
        }
    }

    /// Writes ASCII of one look from a column on; false when it would cut wide characters, whose
    /// halves must be repaired one by one.
    #[inline]
    pub fn write_ascii(&mut self, col: usize, text: &[u8], look: GCell, cols: usize) -> bool {
        let len = self.cells.len();
        if col > len {
            self.pad(col);
        }
        let over = text.len().min(self.cells.len() - col);
        let (now, beyond) = text.split_at(over);
        let old = &mut self.cells[col..col + over];
        if old.iter().fold(0, |all, cell| all | cell.flags()) & WIDE != 0 {
            return false;
        }
        for (cell, &byte) in old.iter_mut().zip(now) {
            *cell = look.of(byte as char);
        }
        self.cells.extend(beyond.iter().map(|&byte| look.of(byte as char)));
        if col + text.len() >= cols {
            self.wrapped = false;
        }
        true
    }

    /// Adds a character to the one in a cell.
    pub fn push_combining(&mut self, col: usize, ch: char) {
        let cell = *self.cell_mut(col);
        // The table's entry may be other cells' too.
        let mut extra = self.extra(&cell).map(|extra| Extra::clone(extra)).unwrap_or_default();
        if extra.combining.len() == MAX_COMBINING {
            return;
        }
        extra.combining.push(ch);
        let place = self.intern(Some(&Arc::new(extra)));
        self.cells[col] = self.cells[col].at_place(place);
    }

    /// Makes half of a wide character a blank.
    pub fn clear_wide(&mut self, col: usize) {
        let cell = *self.cell_mut(col);
        let plain = self.without_marks(&cell);
        let place = self.intern(plain.as_ref());
        let cell = &mut self.cells[col];
        *cell = cell.at_place(place);
        cell.remove(LEFT);
        cell.ch = ' ';
    }

    /// A cell's extra without its combining characters.
    pub fn without_marks(&self, cell: &GCell) -> Option<Arc<Extra>> {
        let extra = self.extra(cell)?;
        if extra.combining.is_empty() {
            return Some(extra.clone());
        }
        let plain = Extra { combining: Vec::new(), ..Extra::clone(extra) };
        (plain != Extra::default()).then(|| Arc::new(plain))
    }

    /// Whether no cell takes part in the layout other than by its column.
    pub fn is_plain(&self) -> bool {
        self.cells.iter().fold(0, |all, cell| all | cell.flags()) & LAYOUT == 0
    }

    /// A cell as others see it, its extra in place.
    #[cfg(test)]
    pub fn seen(&self, col: usize) -> (GCell, Option<Extra>) {
        let cell = self.get(col);
        (cell.at_place(0), self.extra(&cell).map(|extra| Extra::clone(extra)))
    }
}
