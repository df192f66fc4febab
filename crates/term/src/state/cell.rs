//! The cell that the grid stores: 16 bytes without a pointer, so that rows are copied and cleared
//! as plain memory.
//!
//! What few cells have (combining characters, links, underline colours) stands in a table of the
//! cell's row; the cell only says where.

use std::sync::Arc;

use segno_base::screen::cell::{Attrs, Color, Extra, Style};

/// One cell of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GCell {
    pub ch: char,
    pub fg: Color,
    pub bg: Color,
    /// Attributes, and how the cell takes part in the layout: bits that [`Attrs`] leaves free.
    bits: u16,
    /// Where its extra stands in the row's table, from 1; 0 for none. Above that, a mark.
    place: u16,
}

/// Selective erasing leaves the cell alone (DECSCA): with the attributes, of which others see
/// nothing (see [`GCell::look`]).
pub(crate) const PROTECTED: Attrs = Attrs(1 << 7);

/// The left half of a wide character.
pub(crate) const LEFT: u16 = 1 << 13;
/// The right half of a wide character.
pub(crate) const TAIL: u16 = 1 << 14;
/// The blank at the end of a row where a wide character did not fit and wrapped.
pub(crate) const LEADING: u16 = 1 << 15;
/// Both halves of a wide character.
pub(crate) const WIDE: u16 = LEFT | TAIL;
/// Every flag.
pub(crate) const LAYOUT: u16 = LEFT | TAIL | LEADING;

/// Marks of a shell's prompt (OSC 133), on the first cell that is printed after them: so they stay
/// with the text wherever it goes.
pub(crate) const PROMPT: u16 = 1 << MARK_SHIFT;
pub(crate) const INPUT: u16 = 2 << MARK_SHIFT;
pub(crate) const OUTPUT: u16 = 3 << MARK_SHIFT;
const MARK: u16 = 3 << MARK_SHIFT;
/// Where marks stand, which are a number below this bit.
pub(crate) const MARK_SHIFT: u16 = 14;
/// The last place in a row's table.
pub(crate) const MAX_PLACE: u16 = !MARK;

/// How many characters a cell holds besides its first; more are dropped, so that a stream of them
/// cannot use memory without limit.
pub(crate) const MAX_COMBINING: usize = 16;

impl GCell {
    pub const BLANK: GCell = GCell::blank(Color::Default);

    /// An erased cell: erasing keeps the background colour.
    #[inline]
    pub const fn blank(bg: Color) -> GCell {
        GCell { ch: ' ', fg: Color::Default, bg, bits: 0, place: 0 }
    }

    /// A cell of a style, with flags.
    #[inline]
    pub const fn styled(ch: char, style: Style, flags: u16, place: u16) -> GCell {
        GCell { ch, fg: style.fg, bg: style.bg, bits: style.attrs.0 | flags, place }
    }

    /// Where its extra stands in the row's table, from 1; 0 for none.
    #[inline]
    pub fn place(&self) -> u16 {
        self.place & !MARK
    }

    /// The same with its extra elsewhere.
    #[inline]
    pub fn at_place(self, place: u16) -> GCell {
        GCell { place: place | self.mark(), ..self }
    }

    /// The shell's mark; 0 for none.
    #[inline]
    pub fn mark(&self) -> u16 {
        self.place & MARK
    }

    /// The same with another mark, or none.
    pub fn marked(self, mark: u16) -> GCell {
        GCell { place: self.place() | mark, ..self }
    }

    /// Its style, with [`PROTECTED`].
    #[inline]
    pub fn style(&self) -> Style {
        Style::new(self.fg, self.bg, Attrs(self.bits & !LAYOUT))
    }

    /// Its style as it is seen.
    #[inline]
    pub fn look(&self) -> Style {
        Style::new(self.fg, self.bg, Attrs(self.bits & !(LAYOUT | PROTECTED.0)))
    }

    /// Whether selective erasing leaves it alone.
    pub fn is_protected(&self) -> bool {
        self.is(PROTECTED.0)
    }

    #[inline]
    pub fn flags(&self) -> u16 {
        self.bits & LAYOUT
    }

    /// Whether it has one of these flags.
    #[inline]
    pub fn is(&self, flags: u16) -> bool {
        self.bits & flags != 0
    }

    /// The same without these flags.
    pub fn without(self, flags: u16) -> GCell {
        GCell { bits: self.bits & !flags, ..self }
    }

    pub fn remove(&mut self, flags: u16) {
        self.bits &= !flags;
    }

    /// The same with another character.
    #[inline]
    pub const fn of(self, ch: char) -> GCell {
        GCell { ch, ..self }
    }

    /// The same with another character and other flags.
    #[inline]
    pub fn with(self, ch: char, flags: u16) -> GCell {
        GCell { ch, bits: self.bits & !LAYOUT | flags, ..self }
    }

    /// Whether two cells of one row differ in their characters at most.
    #[inline]
    pub fn looks_like(&self, other: &GCell) -> bool {
        self.difference(other) == 0
    }

    /// What differs in two cells' looks, as bits; without branches, so that many are compared
    /// at once.
    #[inline]
    pub fn difference(&self, other: &GCell) -> u32 {
        self.difference_beside(other, 0)
    }

    /// The same, whatever these flags are.
    #[inline]
    fn difference_beside(&self, other: &GCell, flags: u16) -> u32 {
        (self.fg.bits() ^ other.fg.bits())
            | (self.bg.bits() ^ other.bg.bits())
            | u32::from((self.bits ^ other.bits) & !flags | (self.place ^ other.place))
    }

    /// How many cells at the start differ from the first in their characters at most.
    #[inline]
    pub fn alike(cells: &[GCell]) -> usize {
        let [first, rest @ ..] = cells else { return 0 };
        // Colourful output changes with every cell.
        if !rest.first().is_some_and(|second| second.looks_like(first)) {
            return 1;
        }
        GCell::alike_beside(cells, first, 0)
    }

    /// How many cells at the start differ from one in their characters and these flags at most.
    #[inline]
    pub fn alike_beside(cells: &[GCell], one: &GCell, flags: u16) -> usize {
        let (chunks, _) = cells.as_chunks::<8>();
        let difference = |cell: &GCell| cell.difference_beside(one, flags);
        let same =
            |chunk: &&[GCell; 8]| chunk.iter().fold(0, |all, cell| all | difference(cell)) == 0;
        let from = 8 * chunks.iter().take_while(same).count();
        from + cells[from..].iter().take_while(|cell| difference(cell) == 0).count()
    }

    /// Whether clearing the screen need not keep it; `marks` says whether it has combining
    /// characters.
    pub fn shows_nothing(&self, marks: bool) -> bool {
        let seen = Attrs::REVERSE.with(Attrs::ANY_UNDERLINE).with(Attrs::STRIKE);
        self.ch == ' '
            && self.bg == Color::Default
            && self.fg == Color::Default
            && !Attrs(self.bits).intersects(seen)
            && !self.is(TAIL | LEADING)
            && !marks
    }
}

/// What characters are printed with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Pen {
    pub style: Style,
    /// Never combining characters, and never nothing.
    pub extra: Option<Arc<Extra>>,
}

impl Pen {
    /// Changes what few cells have, without keeping an allocation for nothing.
    pub fn edit_extra(&mut self, change: impl FnOnce(&mut Extra)) {
        let mut extra = self.extra.as_deref().cloned().unwrap_or_default();
        change(&mut extra);
        self.extra = (extra != Extra::default()).then(|| Arc::new(extra));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_stays_small() {
        assert_eq!(std::mem::size_of::<GCell>(), 16);
        assert_eq!(Attrs::ALL.0 & (LAYOUT | PROTECTED.0), 0);
        assert_eq!(PROTECTED.0 & LAYOUT, 0);
    }
}
