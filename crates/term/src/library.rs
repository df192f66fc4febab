//! Cells of the library that the tests compare with, as Segno's own.

use alacritty_terminal::term::cell::Flags;
use alacritty_terminal::vte::ansi::Color as LibColor;

use segno_base::screen::cell::{Attrs, Color};

/// A colour of the library's.
pub fn color(color: LibColor) -> Color {
    match color {
        LibColor::Named(name) if (name as usize) < 16 => Color::Indexed(name as u8),
        LibColor::Named(_) => Color::Default,
        LibColor::Indexed(index) => Color::Indexed(index),
        LibColor::Spec(rgb) => Color::Rgb(rgb.r, rgb.g, rgb.b),
    }
}

/// Attributes of the library's.
pub fn attrs(flags: Flags) -> Attrs {
    let pairs = [
        (Flags::BOLD, Attrs::BOLD),
        (Flags::DIM, Attrs::DIM),
        (Flags::ITALIC, Attrs::ITALIC),
        (Flags::INVERSE, Attrs::REVERSE),
        (Flags::HIDDEN, Attrs::HIDDEN),
        (Flags::STRIKEOUT, Attrs::STRIKE),
        (Flags::UNDERLINE, Attrs::UNDERLINE),
        (Flags::DOUBLE_UNDERLINE, Attrs::DOUBLE_UNDERLINE),
        (Flags::UNDERCURL, Attrs::CURLY_UNDERLINE),
        (Flags::DOTTED_UNDERLINE, Attrs::DOTTED_UNDERLINE),
        (Flags::DASHED_UNDERLINE, Attrs::DASHED_UNDERLINE),
    ];
    let set = pairs.iter().filter(|(flag, _)| flags.contains(*flag));
    set.fold(Attrs::NONE, |attrs, (_, attr)| attrs.with(*attr))
}
