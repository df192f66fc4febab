//! The cell that the grid stores: 24 bytes, in the shared vocabulary of colours and attributes.
//!
//! Having our own cell rather than the grid library's makes drawing a copy instead of a
//! translation, and keeps what the library's cell cannot hold (blinking).

use std::sync::Arc;

use alacritty_terminal::grid::GridCell;
pub(super) use alacritty_terminal::term::cell::Flags;
use alacritty_terminal::term::cell::ResetDiscriminant;

use crate::base::cell::{Attrs, Color, Extra};

/// One cell of a grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GCell {
    pub ch: char,
    pub fg: Color,
    pub bg: Color,
    pub attrs: Attrs,
    /// Only the layout flags (wide, spacer, wrapped) and the marks are used; attributes are in `attrs`.
    pub flags: Flags,
    pub extra: Option<Arc<Extra>>,
}

/// The layout flags that a cell may carry.
pub(super) const LAYOUT: Flags = Flags::WRAPLINE
    .union(Flags::WIDE_CHAR)
    .union(Flags::WIDE_CHAR_SPACER)
    .union(Flags::LEADING_WIDE_CHAR_SPACER);

/// Marks of a shell's prompt (OSC 133), on the first cell that is printed after them: so they stay
/// with the text wherever it goes. They use bits that the grid library has for attributes, which
/// are kept in `attrs` here.
pub(super) const PROMPT: Flags = Flags::BOLD;
pub(super) const INPUT: Flags = Flags::ITALIC;
pub(super) const OUTPUT: Flags = Flags::DIM;
pub(super) const MARKS: Flags = PROMPT.union(INPUT).union(OUTPUT);

/// Both halves of a wide character.
pub(super) const WIDE: Flags = Flags::WIDE_CHAR.union(Flags::WIDE_CHAR_SPACER);

/// How many zero-width characters a cell holds; more are dropped, so that a stream of them
/// cannot use memory without limit.
pub(super) const MAX_COMBINING: usize = 16;

impl Default for GCell {
    fn default() -> GCell {
        GCell::blank(Color::Default)
    }
}

impl GCell {
    /// An erased cell: erasing keeps the background colour.
    #[inline]
    pub fn blank(bg: Color) -> GCell {
        GCell {
            ch: ' ',
            fg: Color::Default,
            bg,
            attrs: Attrs::NONE,
            flags: Flags::empty(),
            extra: None,
        }
    }

    /// Adds a zero-width character.
    pub fn push_combining(&mut self, ch: char) {
        let extra = Arc::make_mut(self.extra.get_or_insert_default());
        if extra.combining.len() < MAX_COMBINING {
            extra.combining.push(ch);
        }
    }

    /// Makes half of a wide character a blank.
    pub fn clear_wide(&mut self) {
        self.flags.remove(Flags::WIDE_CHAR);
        if self.extra.as_ref().is_some_and(|extra| !extra.combining.is_empty()) {
            self.edit_extra(|extra| extra.combining.clear());
        }
        self.ch = ' ';
    }

    /// Changes what few cells have, without keeping an allocation for nothing.
    pub fn edit_extra(&mut self, change: impl FnOnce(&mut Extra)) {
        let mut extra = self.extra.as_deref().cloned().unwrap_or_default();
        change(&mut extra);
        self.extra = (extra != Extra::default()).then(|| Arc::new(extra));
    }
}

impl GridCell for GCell {
    fn is_empty(&self) -> bool {
        self.ch == ' '
            && self.bg == Color::Default
            && self.fg == Color::Default
            && !self.attrs.intersects(Attrs::REVERSE.with(Attrs::ANY_UNDERLINE).with(Attrs::STRIKE))
            && !self.flags.intersects(
                Flags::WRAPLINE | Flags::WIDE_CHAR_SPACER | Flags::LEADING_WIDE_CHAR_SPACER,
            )
            && self.extra.as_ref().is_none_or(|extra| extra.combining.is_empty())
    }

    fn reset(&mut self, template: &Self) {
        *self = GCell::blank(template.bg);
    }

    fn flags(&self) -> &Flags {
        &self.flags
    }

    fn flags_mut(&mut self) -> &mut Flags {
        &mut self.flags
    }
}

impl ResetDiscriminant<Color> for GCell {
    fn discriminant(&self) -> Color {
        self.bg
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_stays_small() {
        assert_eq!(std::mem::size_of::<GCell>(), 24);
    }
}
