//! One cell of a screen with everything that a terminal can show in it.
//!
//! The common currency between emulators, the view and the renderer; names no emulator.

use std::sync::Arc;

/// A colour as a program chose it; palette entries stay symbolic so that the outer terminal's
/// theme applies. Four bytes that compare at once, because screens are compared all the time;
/// made with what reads like an enum's variants, and taken apart with [`Color::kind`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Color(u32);

/// What a [`Color`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColorKind {
    Default,
    /// A palette entry: 0–7 normal, 8–15 bright, 16–255 the xterm cube and greys.
    Indexed(u8),
    Rgb(u8, u8, u8),
}

#[expect(non_upper_case_globals, non_snake_case, reason = "they read like variants")]
impl Color {
    /// The terminal's own.
    pub const Default: Color = Color(0);

    /// A palette entry.
    pub const fn Indexed(index: u8) -> Color {
        Color(1 << 24 | index as u32)
    }

    pub const fn Rgb(r: u8, g: u8, b: u8) -> Color {
        Color(2 << 24 | (r as u32) << 16 | (g as u32) << 8 | b as u32)
    }
}

impl Color {
    /// Its bytes as a number, for comparing many at once.
    #[inline]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// What it is.
    #[inline]
    pub const fn kind(self) -> ColorKind {
        let [tag, r, g, b] = self.0.to_be_bytes();
        match tag {
            0 => ColorKind::Default,
            1 => ColorKind::Indexed(b),
            _ => ColorKind::Rgb(r, g, b),
        }
    }
}

impl std::fmt::Debug for Color {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.kind().fmt(f)
    }
}

/// Attributes, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Attrs(pub u16);

impl Attrs {
    pub const NONE: Attrs = Attrs(0);
    pub const BOLD: Attrs = Attrs(1);
    pub const DIM: Attrs = Attrs(1 << 1);
    pub const ITALIC: Attrs = Attrs(1 << 2);
    pub const REVERSE: Attrs = Attrs(1 << 3);
    pub const HIDDEN: Attrs = Attrs(1 << 4);
    pub const STRIKE: Attrs = Attrs(1 << 5);
    pub const BLINK: Attrs = Attrs(1 << 6);
    /// Of the five underline bits at most one is set.
    pub const UNDERLINE: Attrs = Attrs(1 << 8);
    pub const DOUBLE_UNDERLINE: Attrs = Attrs(1 << 9);
    pub const CURLY_UNDERLINE: Attrs = Attrs(1 << 10);
    pub const DOTTED_UNDERLINE: Attrs = Attrs(1 << 11);
    pub const DASHED_UNDERLINE: Attrs = Attrs(1 << 12);
    pub const ANY_UNDERLINE: Attrs = Attrs(0b11111 << 8);
    /// Every bit that means something.
    pub const ALL: Attrs = Attrs(0b1_1111_0111_1111);

    pub fn contains(self, other: Attrs) -> bool {
        self.0 & other.0 == other.0
    }

    pub fn intersects(self, other: Attrs) -> bool {
        self.0 & other.0 != 0
    }

    pub fn with(self, other: Attrs) -> Attrs {
        Attrs(self.0 | other.0)
    }

    pub fn without(self, other: Attrs) -> Attrs {
        Attrs(self.0 & !other.0)
    }
}

/// How a cell's text looks, without what few cells have (see [`Extra`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Style {
    pub fg: Color,
    pub bg: Color,
    pub attrs: Attrs,
}

impl Style {
    pub const fn new(fg: Color, bg: Color, attrs: Attrs) -> Style {
        Style { fg, bg, attrs }
    }
}

/// What few cells have.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Extra {
    /// Combining characters after the cell's own.
    pub combining: Vec<char>,
    /// The underline's colour, when it differs from the text's (SGR 58).
    pub underline: Option<Color>,
    /// The hyperlink under the cell (OSC 8).
    pub link: Option<Link>,
}

/// A hyperlink (OSC 8).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Link {
    /// Joins cells into one link; may be empty.
    pub id: String,
    pub uri: String,
}

/// How many columns a cell occupies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Width {
    #[default]
    One,
    /// The left half of a wide character.
    Two,
    /// The right half of a wide character: shows nothing of its own.
    Tail,
}

/// One cell.
#[derive(Debug, Clone, Eq)]
pub struct Cell {
    pub ch: char,
    pub width: Width,
    pub style: Style,
    pub extra: Option<Arc<Extra>>,
}

impl Cell {
    pub const BLANK: Cell = Cell {
        ch: ' ',
        width: Width::One,
        style: Style { fg: Color::Default, bg: Color::Default, attrs: Attrs::NONE },
        extra: None,
    };

    pub fn new(ch: char, style: Style) -> Cell {
        Cell { ch, width: Width::One, style, extra: None }
    }
}

impl PartialEq for Cell {
    /// One test for all that is plain, because screens are compared all the time.
    #[inline]
    fn eq(&self, other: &Cell) -> bool {
        let (one, two) = (&self.style, &other.style);
        let difference = (self.ch as u32 ^ other.ch as u32)
            | (one.fg.bits() ^ two.fg.bits())
            | (one.bg.bits() ^ two.bg.bits())
            | u32::from(one.attrs.0 ^ two.attrs.0)
            | (self.width as u32 ^ other.width as u32);
        difference == 0 && self.extra == other.extra
    }
}

impl Default for Cell {
    fn default() -> Cell {
        Cell::BLANK
    }
}
